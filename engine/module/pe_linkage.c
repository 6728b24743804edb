#include "engine/module/pe_state.h"

/* Imports, delayed imports and exports. */

static void get_function(const struct pe_function *f, uint16_t id, struct value *out)
{
	if (id == PE_IMPORT_NAME)
		*out = value_text(f->name);
	else if (id == PE_IMPORT_ORDINAL && f->by_ordinal)
		*out = value_int(f->ordinal);
	else if (id == PE_IMPORT_RVA && f->rva != 0)
		*out = value_int((int64_t)f->rva);
}

/* The two kinds of imports have the same fields in the same order. */
static bool split_import(uint16_t *id)
{
	bool delayed = *id >= PE_DELAYED_FIRST;

	if (delayed)
		*id = (uint16_t)(*id - PE_DELAYED_FIRST + PE_IMPORTS_FIRST);
	return delayed;
}

void pe_get_import(struct pe_state *s, uint16_t id, const struct value *keys,
		   struct value *out)
{
	const struct pe_imports *imports = pe_state_imports(s, split_import(&id));

	if (imports == NULL)
		return;
	if (id == PE_NUMBER_OF_IMPORTS) {
		*out = value_int((int64_t)imports->n_libraries);
		return;
	}
	if (id == PE_NUMBER_OF_IMPORTED_FUNCTIONS) {
		*out = value_int((int64_t)imports->n_functions);
		return;
	}
	if (!pe_index(&keys[0], imports->n_libraries))
		return;

	const struct pe_library *library = &imports->libraries[keys[0].integer];
	if (id == PE_IMPORT_LIBRARY_NAME)
		*out = value_text(library->name);
	else if (id == PE_IMPORT_NUMBER_OF_FUNCTIONS)
		*out = value_int((int64_t)library->n_functions);
	else if (pe_index(&keys[1], library->n_functions))
		get_function(
		    &imports->functions[library->first + (size_t)keys[1].integer], id,
		    out);
}

int64_t pe_count_import(struct pe_state *s, uint16_t id, const struct value *keys)
{
	const struct pe_imports *imports = pe_state_imports(s, split_import(&id));

	if (imports == NULL)
		return 0;
	if (id == PE_IMPORT_DETAILS)
		return (int64_t)imports->n_libraries;
	if (!pe_index(&keys[0], imports->n_libraries))
		return 0;
	return (int64_t)imports->libraries[keys[0].integer].n_functions;
}

static void get_one_export(const struct pe_export *e, uint16_t id, struct value *out)
{
	switch (id) {
	case PE_EXPORT_OFFSET:
		if (e->has_off)
			*out = value_int((int64_t)e->off);
		break;
	case PE_EXPORT_NAME:
		if (e->name.at != NULL)
			*out = value_text(e->name);
		break;
	case PE_EXPORT_FORWARD_NAME:
		if (e->forward.at != NULL)
			*out = value_text(e->forward);
		break;
	case PE_EXPORT_ORDINAL: *out = value_int(e->ordinal); break;
	default: *out = value_int(e->rva);
	}
}

void pe_get_export(struct pe_state *s, uint16_t id, const struct value *keys,
		   struct value *out)
{
	const struct pe_exports *exports = pe_state_exports(s);

	if (exports == NULL)
		return;
	switch (id) {
	case PE_NUMBER_OF_EXPORTS: *out = value_int((int64_t)exports->n_exports); break;
	case PE_DLL_NAME:
		if (exports->library.at != NULL)
			*out = value_text(exports->library);
		break;
	case PE_EXPORT_TIMESTAMP:
		if (exports->present)
			*out = value_int(exports->timestamp);
		break;
	default:
		if (pe_index(&keys[0], exports->n_exports))
			get_one_export(&exports->exports[keys[0].integer], id, out);
	}
}

int64_t pe_count_export(struct pe_state *s, uint16_t id)
{
	const struct pe_exports *exports = pe_state_exports(s);

	(void)id;
	return exports == NULL ? 0 : (int64_t)exports->n_exports;
}
