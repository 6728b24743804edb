/*
 * The parts of the module "dotnet": the table of fields (dotnet_field.c), their values
 * (dotnet.c), lists that have to be filtered before they can be counted (dotnet_list.c)
 * and classes with their methods (dotnet_class.c).
 */
#ifndef RAQUET_ENGINE_MODULE_DOTNET_INTERNAL_H
#define RAQUET_ENGINE_MODULE_DOTNET_INTERNAL_H

#include "engine/module/module.h"
#include "format/dotnet_type.h"

enum net_field {
	NET_IS_DOTNET,
	NET_VERSION,
	NET_MODULE_NAME,
	NET_TYPELIB,
	NET_NUMBER_OF_STREAMS,
	NET_NUMBER_OF_RESOURCES,
	NET_NUMBER_OF_CLASSES,
	NET_NUMBER_OF_ASSEMBLY_REFS,

	NET_ASSEMBLY_MAJOR,
	NET_ASSEMBLY_MINOR,
	NET_ASSEMBLY_BUILD,
	NET_ASSEMBLY_REVISION,
	NET_ASSEMBLY_NAME,
	NET_ASSEMBLY_CULTURE,

	/* each list, then its number, in the order of net_list */
	NET_GUIDS,
	NET_NUMBER_OF_GUIDS,
	NET_MODULEREFS,
	NET_NUMBER_OF_MODULEREFS,
	NET_USER_STRINGS,
	NET_NUMBER_OF_USER_STRINGS,
	NET_CONSTANTS,
	NET_NUMBER_OF_CONSTANTS,
	NET_FIELD_OFFSETS,
	NET_NUMBER_OF_FIELD_OFFSETS,

	NET_STREAMS,
	NET_STREAM_NAME,
	NET_STREAM_OFFSET,
	NET_STREAM_SIZE,

	NET_RESOURCES,
	NET_RESOURCE_OFFSET,
	NET_RESOURCE_LENGTH,
	NET_RESOURCE_NAME,

	NET_ASSEMBLY_REFS,
	NET_REF_MAJOR,
	NET_REF_MINOR,
	NET_REF_BUILD,
	NET_REF_REVISION,
	NET_REF_TOKEN,
	NET_REF_NAME,

	NET_CLASSES,
	NET_CLASS_FULLNAME,
	NET_CLASS_NAME,
	NET_CLASS_NAMESPACE,
	NET_CLASS_VISIBILITY,
	NET_CLASS_TYPE,
	NET_CLASS_ABSTRACT,
	NET_CLASS_SEALED,
	NET_CLASS_NUMBER_OF_GENERICS,
	NET_CLASS_GENERICS,
	NET_CLASS_NUMBER_OF_BASES,
	NET_CLASS_BASES,
	NET_CLASS_NUMBER_OF_METHODS,

	NET_METHODS,
	NET_METHOD_GENERICS,
	NET_METHOD_NUMBER_OF_GENERICS,
	NET_METHOD_NUMBER_OF_PARAMETERS,
	NET_METHOD_RETURN_TYPE,
	NET_METHOD_ABSTRACT,
	NET_METHOD_FINAL,
	NET_METHOD_VIRTUAL,
	NET_METHOD_STATIC,
	NET_METHOD_VISIBILITY,
	NET_METHOD_NAME,

	NET_PARAMETERS,
	NET_PARAMETER_NAME,
	NET_PARAMETER_TYPE,
};

extern const struct module_field dotnet_fields[];

/* A list of values; is_defined: whether its number is. */
struct net_values {
	bool is_made, is_defined;
	struct value *at;
	size_t n, capacity;
};

enum net_list {
	NET_LIST_GUIDS,
	NET_LIST_MODULEREFS,
	NET_LIST_USER_STRINGS,
	NET_LIST_CONSTANTS,
	NET_LIST_FIELD_OFFSETS,
	N_NET_LISTS,
};

/* Makes a list in arena. */
void net_list_make(const struct dotnet *dotnet, enum net_list list, struct arena *arena,
		   struct net_values *values_out);

/* The value of the GuidAttribute of the assembly. */
struct value net_typelib(const struct dotnet *dotnet);

struct net_parameter {
	struct bytes name; /* at == NULL: undefined */
	struct bytes type;
};

struct net_method {
	struct bytes name, return_type; /* at == NULL: undefined */
	uint32_t flags;
	struct dotnet_generics generics;
	bool has_parameters;
	struct net_parameter *parameters;
	uint32_t n_parameters;
};

struct net_class {
	uint32_t row; /* of TYPE_DEF */
	uint32_t flags;
	struct bytes name;

	/* made when asked for */
	bool has_generics, has_bases, has_methods;
	struct dotnet_generics generics;
	struct bytes *bases;
	uint32_t n_bases;
	bool are_methods_defined;
	struct net_method *methods;
	uint32_t n_methods;
};

/* Rows of a table by the value of one of their columns. */
struct net_index {
	bool is_made;
	uint16_t *first; /* row by value; 0: none */
	uint16_t *next;  /* row by row */
};

struct net_classes {
	const struct dotnet *dotnet;
	struct arena *arena;
	struct dotnet_types types;
	bool is_made;
	struct net_class *at;
	size_t n, capacity;
	struct net_index nested, interfaces, generics;
};

/* All classes that have a name; undefined (n is 0) unless the tables are complete. */
void net_classes_make(const struct dotnet *dotnet, struct arena *arena,
		      struct net_classes *classes_out);

const struct dotnet_generics *net_class_generics(struct net_classes *classes,
						 struct net_class *class_);
void net_class_make_bases(struct net_classes *classes, struct net_class *class_);
void net_class_make_methods(struct net_classes *classes, struct net_class *class_);

/* Their namespace and full name, at == NULL when undefined. */
struct bytes net_class_namespace(struct net_classes *classes,
				 const struct net_class *class_);
struct bytes net_class_fullname(struct net_classes *classes,
				const struct net_class *class_);

#endif
