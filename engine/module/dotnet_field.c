#include "engine/module/dotnet_internal.h"

/* In the order of libyara, which is the order in which values are printed. */

static const struct module_field streams[] = {
    FIELD_OF_TEXT("name", NET_STREAM_NAME),
    FIELD_OF_INT("offset", NET_STREAM_OFFSET),
    FIELD_OF_INT("size", NET_STREAM_SIZE),
    {0},
};

static const struct module_field resources[] = {
    FIELD_OF_INT("offset", NET_RESOURCE_OFFSET),
    FIELD_OF_INT("length", NET_RESOURCE_LENGTH),
    FIELD_OF_TEXT("name", NET_RESOURCE_NAME),
    {0},
};

static const struct module_field parameters[] = {
    FIELD_OF_TEXT("name", NET_PARAMETER_NAME),
    FIELD_OF_TEXT("type", NET_PARAMETER_TYPE),
    {0},
};

static const struct module_field methods[] = {
    FIELD_OF_ARRAY("generic_parameters", NET_METHOD_GENERICS, VALUE_TEXT),
    FIELD_OF_INT("number_of_generic_parameters", NET_METHOD_NUMBER_OF_GENERICS),
    FIELD_OF_STRUCTS("parameters", NET_PARAMETERS, parameters),
    FIELD_OF_INT("number_of_parameters", NET_METHOD_NUMBER_OF_PARAMETERS),
    FIELD_OF_TEXT("return_type", NET_METHOD_RETURN_TYPE),
    FIELD_OF_INT("abstract", NET_METHOD_ABSTRACT),
    FIELD_OF_INT("final", NET_METHOD_FINAL),
    FIELD_OF_INT("virtual", NET_METHOD_VIRTUAL),
    FIELD_OF_INT("static", NET_METHOD_STATIC),
    FIELD_OF_TEXT("visibility", NET_METHOD_VISIBILITY),
    FIELD_OF_TEXT("name", NET_METHOD_NAME),
    {0},
};

static const struct module_field classes[] = {
    FIELD_OF_TEXT("fullname", NET_CLASS_FULLNAME),
    FIELD_OF_TEXT("name", NET_CLASS_NAME),
    FIELD_OF_TEXT("namespace", NET_CLASS_NAMESPACE),
    FIELD_OF_TEXT("visibility", NET_CLASS_VISIBILITY),
    FIELD_OF_TEXT("type", NET_CLASS_TYPE),
    FIELD_OF_INT("abstract", NET_CLASS_ABSTRACT),
    FIELD_OF_INT("sealed", NET_CLASS_SEALED),
    FIELD_OF_INT("number_of_generic_parameters", NET_CLASS_NUMBER_OF_GENERICS),
    FIELD_OF_ARRAY("generic_parameters", NET_CLASS_GENERICS, VALUE_TEXT),
    FIELD_OF_INT("number_of_base_types", NET_CLASS_NUMBER_OF_BASES),
    FIELD_OF_ARRAY("base_types", NET_CLASS_BASES, VALUE_TEXT),
    FIELD_OF_INT("number_of_methods", NET_CLASS_NUMBER_OF_METHODS),
    FIELD_OF_STRUCTS("methods", NET_METHODS, methods),
    {0},
};

static const struct module_field ref_version[] = {
    FIELD_OF_INT("major", NET_REF_MAJOR),
    FIELD_OF_INT("minor", NET_REF_MINOR),
    FIELD_OF_INT("build_number", NET_REF_BUILD),
    FIELD_OF_INT("revision_number", NET_REF_REVISION),
    {0},
};

static const struct module_field assembly_refs[] = {
    FIELD_OF_STRUCT("version", ref_version),
    FIELD_OF_TEXT("public_key_or_token", NET_REF_TOKEN),
    FIELD_OF_TEXT("name", NET_REF_NAME),
    {0},
};

static const struct module_field version[] = {
    FIELD_OF_INT("major", NET_ASSEMBLY_MAJOR),
    FIELD_OF_INT("minor", NET_ASSEMBLY_MINOR),
    FIELD_OF_INT("build_number", NET_ASSEMBLY_BUILD),
    FIELD_OF_INT("revision_number", NET_ASSEMBLY_REVISION),
    {0},
};

static const struct module_field assembly[] = {
    FIELD_OF_STRUCT("version", version),
    FIELD_OF_TEXT("name", NET_ASSEMBLY_NAME),
    FIELD_OF_TEXT("culture", NET_ASSEMBLY_CULTURE),
    {0},
};

const struct module_field dotnet_fields[] = {
    FIELD_OF_INT("is_dotnet", NET_IS_DOTNET),
    FIELD_OF_TEXT("version", NET_VERSION),
    FIELD_OF_TEXT("module_name", NET_MODULE_NAME),
    FIELD_OF_STRUCTS("streams", NET_STREAMS, streams),
    FIELD_OF_INT("number_of_streams", NET_NUMBER_OF_STREAMS),
    FIELD_OF_ARRAY("guids", NET_GUIDS, VALUE_TEXT),
    FIELD_OF_INT("number_of_guids", NET_NUMBER_OF_GUIDS),
    FIELD_OF_STRUCTS("resources", NET_RESOURCES, resources),
    FIELD_OF_INT("number_of_resources", NET_NUMBER_OF_RESOURCES),
    FIELD_OF_STRUCTS("classes", NET_CLASSES, classes),
    FIELD_OF_INT("number_of_classes", NET_NUMBER_OF_CLASSES),
    FIELD_OF_STRUCTS("assembly_refs", NET_ASSEMBLY_REFS, assembly_refs),
    FIELD_OF_INT("number_of_assembly_refs", NET_NUMBER_OF_ASSEMBLY_REFS),
    FIELD_OF_STRUCT("assembly", assembly),
    FIELD_OF_ARRAY("modulerefs", NET_MODULEREFS, VALUE_TEXT),
    FIELD_OF_INT("number_of_modulerefs", NET_NUMBER_OF_MODULEREFS),
    FIELD_OF_ARRAY("user_strings", NET_USER_STRINGS, VALUE_TEXT),
    FIELD_OF_INT("number_of_user_strings", NET_NUMBER_OF_USER_STRINGS),
    FIELD_OF_TEXT("typelib", NET_TYPELIB),
    FIELD_OF_ARRAY("constants", NET_CONSTANTS, VALUE_TEXT),
    FIELD_OF_INT("number_of_constants", NET_NUMBER_OF_CONSTANTS),
    FIELD_OF_ARRAY("field_offsets", NET_FIELD_OFFSETS, VALUE_INT),
    FIELD_OF_INT("number_of_field_offsets", NET_NUMBER_OF_FIELD_OFFSETS),
    {0},
};
