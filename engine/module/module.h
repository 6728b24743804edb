/*
 * A module: what a rule may ask of an object beyond its strings (import "pe").
 *
 * A module is a const table of fields, known when a rule is compiled, and functions
 * that give the value of one field of one object on demand.  Nothing is computed for
 * an object until a condition asks: open parses no more than it must.
 *
 *     pe.sections[i].name          field PE_SECTION_NAME, keys {i}
 *     pe.version_info["Company"]   field PE_VERSION_INFO, keys {"Company"}
 *     pe.signatures[i].valid_on(t) call PE_VALID_ON, args {i, t}
 *
 * The checker resolves the path to a field when it compiles, so that a scan never
 * looks a name up.  Keys come outermost first, and already have the right type (INT
 * for arrays, TEXT for dictionaries, never undefined); an index may be negative or too
 * large, and then the value is undefined.
 *
 * Whatever the bytes are, a module gives values or undefined: it has no way to fail
 * but RQ_ERR_MEMORY from open.  Who calls one compares alloc_refusals before and after:
 * a value that is undefined only because memory ran out is not known, and the object
 * has a gap from then on.  Where a cap makes it leave out something that is there, it
 * calls cut_note: then it answers by what it has read, and the object has a gap beside
 * what was found.
 * State belongs to one scan of one object.  All functions of one state are called from
 * one thread.
 */
#ifndef RAQUET_ENGINE_MODULE_MODULE_H
#define RAQUET_ENGINE_MODULE_MODULE_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "engine/module/value.h"
#include "engine/object/object.h"

enum field_kind {
	FIELD_END,      /* closes a table: {0} */
	FIELD_VALUE,    /* get() gives it */
	FIELD_CONSTANT, /* its value stands in the table (integer or real) */
	FIELD_STRUCT,   /* has fields */
	FIELD_ARRAY,    /* of values (type) or, with fields, of structures; key: INT */
	FIELD_DICT,     /* likewise; key: TEXT */
	FIELD_FUNCTION, /* call(); overloads are consecutive rows of one name */
};

enum { MODULE_MAX_KEYS = 8, MODULE_MAX_ARGUMENTS = 16 };

struct module_field {
	const char *name;
	enum field_kind kind;
	enum value_type type; /* of the value, the element or the result */
	uint16_t id; /* what the functions below receive; unique in the module */
	/* FUNCTION: a letter each: b boolean, i int, f float, s text, r regex */
	const char *arguments;
	const struct module_field *fields; /* STRUCT; ARRAY and DICT of structures */
	int64_t integer;                   /* CONSTANT of type INT */
	double real;                       /* CONSTANT of type FLOAT */
	const char *text;                  /* CONSTANT of type TEXT */
};

/* What a module may use while it serves one object. */
struct module_context {
	const struct object *object;
	struct arena *arena; /* dropped when the scan ends */
	/* Whether regex matches somewhere in text (`matches` of the language); matcher
	 * is passed on as it stands here. */
	bool (*matches)(void *matcher, const struct regex_program *regex,
			struct bytes text);
	void *matcher;
	/* console.log: one line without its end; NULL: nobody listens. */
	void (*console)(void *listener, struct bytes line);
	void *listener;
	int64_t now; /* seconds since 1970, UTC; what time.now() gives */
};

struct module {
	const char *name;
	const struct module_field *fields;

	/* Fetches what the module needs of the system, once for each thread: after it a
	 * confined worker can serve objects.  NULL: it needs nothing. */
	enum rq_err (*prepare)(struct rq_diag *diag);

	/* Makes the state for one object; *state_out lives in context->arena.  context
	 * stays until the scan ends. */
	enum rq_err (*open)(const struct module_context *context, void **state_out);

	/* The value of a FIELD_VALUE, or of one element of a plain ARRAY or DICT. */
	void (*get)(void *state, uint16_t id, const struct value *keys,
		    struct value *value_out);

	/* How many elements an ARRAY or DICT has; -1 when it is undefined. */
	int64_t (*count)(void *state, uint16_t id, const struct value *keys);

	/* The text key of the index-th element of a DICT (for k, v in ...). */
	void (*key)(void *state, uint16_t id, const struct value *keys, int64_t index,
		    struct value *key_out);

	/* The result of a FUNCTION; args are the keys of its path, then its arguments,
	 * none of them undefined: a call with an undefined argument is
	 * undefined without being made. */
	void (*call)(void *state, uint16_t id, const struct value *args,
		     struct value *value_out);
};

/* Shorthand for tables. */
#define FIELD_OF_INT(name_, id_)                                                       \
	{                                                                              \
		.name = (name_), .kind = FIELD_VALUE, .type = VALUE_INT, .id = (id_)   \
	}
#define FIELD_OF_FLOAT(name_, id_)                                                     \
	{                                                                              \
		.name = (name_), .kind = FIELD_VALUE, .type = VALUE_FLOAT, .id = (id_) \
	}
#define FIELD_OF_TEXT(name_, id_)                                                      \
	{                                                                              \
		.name = (name_), .kind = FIELD_VALUE, .type = VALUE_TEXT, .id = (id_)  \
	}
#define FIELD_OF_CONSTANT(name_, value_)                                               \
	{                                                                              \
		.name = (name_), .kind = FIELD_CONSTANT, .type = VALUE_INT,            \
		.integer = (value_)                                                    \
	}
#define FIELD_OF_STRUCT(name_, fields_)                                                \
	{                                                                              \
		.name = (name_), .kind = FIELD_STRUCT, .fields = (fields_)             \
	}
#define FIELD_OF_ARRAY(name_, id_, type_)                                              \
	{                                                                              \
		.name = (name_), .kind = FIELD_ARRAY, .type = (type_), .id = (id_)     \
	}
#define FIELD_OF_STRUCTS(name_, id_, fields_)                                          \
	{                                                                              \
		.name = (name_), .kind = FIELD_ARRAY, .id = (id_), .fields = (fields_) \
	}
#define FIELD_OF_DICT(name_, id_, type_)                                               \
	{                                                                              \
		.name = (name_), .kind = FIELD_DICT, .type = (type_), .id = (id_)      \
	}
#define FIELD_OF_FUNCTION(name_, id_, arguments_, type_)                               \
	{                                                                              \
		.name = (name_), .kind = FIELD_FUNCTION, .type = (type_), .id = (id_), \
		.arguments = (arguments_)                                              \
	}

/* The module of that name, or NULL.  Static storage. */
const struct module *module_find(struct bytes name);

/* Whether name is one that YARA 4.5 has and this build refuses by name. */
bool module_is_known_unsupported(struct bytes name);

/* All modules, ended by NULL; the order is stable and part of the image. */
extern const struct module *const module_list[];

#endif
