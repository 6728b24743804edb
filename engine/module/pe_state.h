/*
 * What the files of module "pe" share: ids of its fields, its state, and the readers of
 * each area.  engine/module/pe_table.c is the table that names the fields.
 */
#ifndef RAQUET_ENGINE_MODULE_PE_STATE_H
#define RAQUET_ENGINE_MODULE_PE_STATE_H

#include "engine/module/module.h"
#include "engine/module/pe_signatures.h"
#include "format/pe.h"
#include "format/pe_export.h"
#include "format/pe_import.h"
#include "format/pe_resource.h"
#include "format/pe_rich.h"
#include "format/pe_version.h"

/* Fields, by the part of the image that must be read for them.  Those of signatures
 * follow from 0x100 on: enum pe_signature_field. */
enum pe_field {
	PE_IS_PE,

	/* headers */
	PE_HEADERS_FIRST,
	PE_MACHINE = PE_HEADERS_FIRST,
	PE_NUMBER_OF_SECTIONS,
	PE_TIMESTAMP,
	PE_POINTER_TO_SYMBOL_TABLE,
	PE_NUMBER_OF_SYMBOLS,
	PE_SIZE_OF_OPTIONAL_HEADER,
	PE_CHARACTERISTICS,
	PE_ENTRY_POINT,
	PE_ENTRY_POINT_RAW,
	PE_IMAGE_BASE,
	PE_NUMBER_OF_RVA_AND_SIZES,
	PE_OPTHDR_MAGIC,
	PE_SIZE_OF_CODE,
	PE_SIZE_OF_INITIALIZED_DATA,
	PE_SIZE_OF_UNINITIALIZED_DATA,
	PE_BASE_OF_CODE,
	PE_BASE_OF_DATA,
	PE_SECTION_ALIGNMENT,
	PE_FILE_ALIGNMENT,
	PE_LINKER_MAJOR,
	PE_LINKER_MINOR,
	PE_OS_MAJOR,
	PE_OS_MINOR,
	PE_IMAGE_MAJOR,
	PE_IMAGE_MINOR,
	PE_SUBSYSTEM_MAJOR,
	PE_SUBSYSTEM_MINOR,
	PE_WIN32_VERSION_VALUE,
	PE_SIZE_OF_IMAGE,
	PE_SIZE_OF_HEADERS,
	PE_CHECKSUM,
	PE_SUBSYSTEM,
	PE_DLL_CHARACTERISTICS,
	PE_SIZE_OF_STACK_RESERVE,
	PE_SIZE_OF_STACK_COMMIT,
	PE_SIZE_OF_HEAP_RESERVE,
	PE_SIZE_OF_HEAP_COMMIT,
	PE_LOADER_FLAGS,
	PE_HEADERS_LAST = PE_LOADER_FLAGS,

	/* directories and sections */
	PE_SECTIONS_FIRST,
	PE_DATA_DIRECTORIES = PE_SECTIONS_FIRST,
	PE_DIRECTORY_ADDRESS,
	PE_DIRECTORY_SIZE,
	PE_SECTIONS,
	PE_SECTION_NAME,
	PE_SECTION_FULL_NAME,
	PE_SECTION_CHARACTERISTICS,
	PE_SECTION_VIRTUAL_ADDRESS,
	PE_SECTION_VIRTUAL_SIZE,
	PE_SECTION_RAW_DATA_OFFSET,
	PE_SECTION_RAW_DATA_SIZE,
	PE_SECTION_POINTER_TO_RELOCATIONS,
	PE_SECTION_POINTER_TO_LINE_NUMBERS,
	PE_SECTION_NUMBER_OF_RELOCATIONS,
	PE_SECTION_NUMBER_OF_LINE_NUMBERS,
	PE_OVERLAY_OFFSET,
	PE_OVERLAY_SIZE,
	PE_PDB_PATH,
	PE_SECTIONS_LAST = PE_PDB_PATH,

	/* the rich signature */
	PE_RICH_FIRST,
	PE_RICH_OFFSET = PE_RICH_FIRST,
	PE_RICH_LENGTH,
	PE_RICH_KEY,
	PE_RICH_RAW_DATA,
	PE_RICH_CLEAR_DATA,
	PE_RICH_VERSION_DATA,
	PE_RICH_LAST = PE_RICH_VERSION_DATA,

	/* imports, of both kinds */
	PE_IMPORTS_FIRST,
	PE_NUMBER_OF_IMPORTS = PE_IMPORTS_FIRST,
	PE_NUMBER_OF_IMPORTED_FUNCTIONS,
	PE_IMPORT_DETAILS,
	PE_IMPORT_LIBRARY_NAME,
	PE_IMPORT_NUMBER_OF_FUNCTIONS,
	PE_IMPORT_FUNCTIONS,
	PE_IMPORT_NAME,
	PE_IMPORT_ORDINAL,
	PE_IMPORT_RVA,
	PE_DELAYED_FIRST,
	PE_NUMBER_OF_DELAYED_IMPORTS = PE_DELAYED_FIRST,
	PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS,
	PE_DELAYED_DETAILS,
	PE_DELAYED_LIBRARY_NAME,
	PE_DELAYED_NUMBER_OF_FUNCTIONS,
	PE_DELAYED_FUNCTIONS,
	PE_DELAYED_NAME,
	PE_DELAYED_ORDINAL,
	PE_DELAYED_RVA,
	PE_IMPORTS_LAST = PE_DELAYED_RVA,

	/* exports */
	PE_EXPORTS_FIRST,
	PE_NUMBER_OF_EXPORTS = PE_EXPORTS_FIRST,
	PE_DLL_NAME,
	PE_EXPORT_TIMESTAMP,
	PE_EXPORT_DETAILS,
	PE_EXPORT_OFFSET,
	PE_EXPORT_NAME,
	PE_EXPORT_FORWARD_NAME,
	PE_EXPORT_ORDINAL,
	PE_EXPORT_RVA,
	PE_EXPORTS_LAST = PE_EXPORT_RVA,

	/* resources and version information */
	PE_RESOURCES_FIRST,
	PE_NUMBER_OF_RESOURCES = PE_RESOURCES_FIRST,
	PE_RESOURCE_TIMESTAMP,
	PE_RESOURCE_MAJOR,
	PE_RESOURCE_MINOR,
	PE_RESOURCES,
	PE_RESOURCE_RVA,
	PE_RESOURCE_OFFSET,
	PE_RESOURCE_LENGTH,
	PE_RESOURCE_TYPE,
	PE_RESOURCE_ID,
	PE_RESOURCE_LANGUAGE,
	PE_RESOURCE_TYPE_STRING,
	PE_RESOURCE_NAME_STRING,
	PE_RESOURCE_LANGUAGE_STRING,
	PE_NUMBER_OF_VERSION_INFOS,
	PE_VERSION_INFO,
	PE_VERSION_INFO_LIST,
	PE_VERSION_KEY,
	PE_VERSION_VALUE,
	PE_RESOURCES_LAST = PE_VERSION_VALUE,

	/* functions */
	PE_CALCULATE_CHECKSUM,
	PE_RICH_VERSION,
	PE_RICH_VERSION_TOOLID,
	PE_RICH_TOOLID,
	PE_RICH_TOOLID_VERSION,
	PE_IMPHASH,
	PE_SECTION_INDEX_NAME,
	PE_SECTION_INDEX_ADDRESS,
	PE_EXPORTS_NAME,
	PE_EXPORTS_REGEX,
	PE_EXPORTS_ORDINAL,
	PE_EXPORTS_INDEX_NAME,
	PE_EXPORTS_INDEX_ORDINAL,
	PE_EXPORTS_INDEX_REGEX,
	PE_IMPORTS_NAME,
	PE_IMPORTS_ORDINAL,
	PE_IMPORTS_LIBRARY,
	PE_IMPORTS_REGEX,
	PE_IMPORTS_FLAGS_NAME,
	PE_IMPORTS_FLAGS_ORDINAL,
	PE_IMPORTS_FLAGS_LIBRARY,
	PE_IMPORTS_FLAGS_REGEX,
	PE_IMPORT_RVA_NAME,
	PE_IMPORT_RVA_ORDINAL,
	PE_DELAYED_RVA_NAME,
	PE_DELAYED_RVA_ORDINAL,
	PE_LOCALE,
	PE_LANGUAGE,
	PE_IS_DLL,
	PE_IS_32BIT,
	PE_IS_64BIT,
	PE_RVA_TO_OFFSET,
	PE_FIELDS_END, /* must stay below PE_SIGNATURES */
};

enum { PE_IMPORT_STANDARD = 1, PE_IMPORT_DELAYED = 2 };

/* The state of one object.  Parts are NULL until somebody asks for them; the functions
 * below read them. */
struct pe_state {
	const struct module_context *context;
	bool is_pe;
	uint64_t base; /* of the block that holds the image */
	struct pe_image image;

	struct pe_rich *rich;
	struct pe_imports *imports[2]; /* standard, delayed */
	struct pe_exports *exports;
	struct pe_resources *resources;
	struct pe_version *version;
	struct pe_version_keys *version_keys;
	struct pe_signatures *signatures;
	struct value imphash;
	struct value checksum;
};

extern const struct module_field pe_fields[];

/* Each reads its part on the first call.  NULL: out of memory, which counts as a
 * refusal each time somebody asks (alloc_refusals).  Only for images (is_pe). */
const struct pe_rich *pe_state_rich(struct pe_state *s);
const struct pe_imports *pe_state_imports(struct pe_state *s, bool delayed);
const struct pe_exports *pe_state_exports(struct pe_state *s);
const struct pe_resources *pe_state_resources(struct pe_state *s);
const struct pe_version *pe_state_version(struct pe_state *s);
struct pe_signatures *pe_state_signatures(struct pe_state *s);

/* One file each: values of the fields of that area.  Keys beyond the end of an array
 * give an undefined value. */
void pe_get_header(struct pe_state *s, uint16_t id, struct value *out);
void pe_get_section(struct pe_state *s, uint16_t id, const struct value *keys,
		    struct value *out);
int64_t pe_count_section(struct pe_state *s, uint16_t id);
void pe_get_rich(struct pe_state *s, uint16_t id, struct value *out);
void pe_get_import(struct pe_state *s, uint16_t id, const struct value *keys,
		   struct value *out);
int64_t pe_count_import(struct pe_state *s, uint16_t id, const struct value *keys);
void pe_get_export(struct pe_state *s, uint16_t id, const struct value *keys,
		   struct value *out);
int64_t pe_count_export(struct pe_state *s, uint16_t id);
void pe_get_resource(struct pe_state *s, uint16_t id, const struct value *keys,
		     struct value *out);
int64_t pe_count_resource(struct pe_state *s, uint16_t id);
void pe_key_resource(struct pe_state *s, uint16_t id, int64_t index, struct value *out);

/* The functions of the module. */
void pe_call(struct pe_state *s, uint16_t id, const struct value *args,
	     struct value *out);

/* Whether key is an index of an array of n elements. */
static inline bool pe_index(const struct value *key, size_t n)
{
	return key->integer >= 0 && (uint64_t)key->integer < n;
}

#endif
