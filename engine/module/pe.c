#include "engine/module/pe_state.h"

#include "bytes/alloc.h"

/*
 * Of memory the first block that starts with an image counts, unless that is a DLL:
 * libyara wants the program of a process.
 */
static void find_image(struct pe_state *s, const struct object *object)
{
	for (size_t i = 0; i < object->n_blocks && !s->is_pe; i++) {
		const struct block *block = &object->blocks[i];
		struct bytes bytes = {block->data, block->size};

		if (!pe_open(bytes, &s->image))
			continue;
		s->base = block->base;
		s->is_pe = !object->is_memory ||
			   !(s->image.headers.characteristics & PE_CHARACTERISTIC_DLL);
	}
}

static enum rq_err open(const struct module_context *context, void **state_out)
{
	struct pe_state *s = arena_make(context->arena, struct pe_state);

	*state_out = s;
	if (s == NULL)
		return RQ_ERR_MEMORY;
	s->context = context;
	find_image(s, context->object);
	return RQ_OK;
}

/*
 * Each part is read once.  A part that memory did not suffice for is read again when
 * somebody asks again, and fails again.
 */
static void *allocate(struct pe_state *s, size_t size)
{
	return arena_array(s->context->arena, 1, size);
}

static void *keep(void *part, enum rq_err err)
{
	if (part == NULL || err != RQ_OK) {
		alloc_count_refusal(); /* whoever asks again is told again */
		return NULL;
	}
	return part;
}

const struct pe_rich *pe_state_rich(struct pe_state *s)
{
	if (s->rich == NULL) {
		struct pe_rich *rich = allocate(s, sizeof *rich);

		s->rich =
		    keep(rich, rich == NULL
				   ? RQ_ERR_MEMORY
				   : pe_read_rich(&s->image, s->context->arena, rich));
	}
	return s->rich;
}

const struct pe_imports *pe_state_imports(struct pe_state *s, bool delayed)
{
	struct arena *arena = s->context->arena;

	if (s->imports[delayed] == NULL) {
		struct pe_imports *imports = allocate(s, sizeof *imports);
		enum rq_err err = RQ_ERR_MEMORY;

		if (imports != NULL)
			err = delayed
				  ? pe_read_delayed_imports(&s->image, arena, imports)
				  : pe_read_imports(&s->image, arena, imports);
		s->imports[delayed] = keep(imports, err);
	}
	return s->imports[delayed];
}

const struct pe_exports *pe_state_exports(struct pe_state *s)
{
	if (s->exports == NULL) {
		struct pe_exports *exports = allocate(s, sizeof *exports);
		enum rq_err err = RQ_ERR_MEMORY;

		if (exports != NULL)
			err = pe_read_exports(&s->image, s->context->arena, exports);
		s->exports = keep(exports, err);
	}
	return s->exports;
}

const struct pe_resources *pe_state_resources(struct pe_state *s)
{
	if (s->resources == NULL) {
		struct pe_resources *resources = allocate(s, sizeof *resources);
		enum rq_err err = RQ_ERR_MEMORY;

		if (resources != NULL)
			err =
			    pe_read_resources(&s->image, s->context->arena, resources);
		s->resources = keep(resources, err);
	}
	return s->resources;
}

const struct pe_version *pe_state_version(struct pe_state *s)
{
	const struct pe_resources *resources = pe_state_resources(s);

	if (s->version == NULL && resources != NULL) {
		struct pe_version *version = allocate(s, sizeof *version);
		enum rq_err err = RQ_ERR_MEMORY;

		if (version != NULL)
			err = pe_read_version(&s->image, resources, s->context->arena,
					      version);
		s->version = keep(version, err);
	}
	return s->version;
}

/* The security directory is the only one that gives an offset (PE Format 5.7). */
struct pe_signatures *pe_state_signatures(struct pe_state *s)
{
	struct pe_directory where = s->image.directories[PE_DIRECTORY_SECURITY];
	size_t n = s->image.file.n;

	if (s->signatures == NULL) {
		struct pe_signatures *signatures = NULL;

		/* libyara's test, with a sum of 32 bits */
		if (where.rva == 0 || where.rva > n || where.size > n ||
		    (uint32_t)(where.rva + where.size) > n)
			where = (struct pe_directory){0};
		enum rq_err err = pe_signatures_open(s->context->arena, s->image.file,
						     where.rva, where.size, &s->image,
						     s->context->now, &signatures);
		s->signatures = keep(signatures, err);
	}
	return s->signatures;
}

static bool is_signature_field(uint16_t id)
{
	return id >= PE_SIGNATURES && id < PE_SIGNATURE_FIELDS_END;
}

static void get(void *state, uint16_t id, const struct value *keys,
		struct value *value_out)
{
	struct pe_state *s = state;

	*value_out = value_undefined();
	if (id == PE_IS_PE)
		*value_out = value_int(s->is_pe);
	else if (!s->is_pe)
		return;
	else if (id >= PE_HEADERS_FIRST && id <= PE_HEADERS_LAST)
		pe_get_header(s, id, value_out);
	else if (id >= PE_SECTIONS_FIRST && id <= PE_SECTIONS_LAST)
		pe_get_section(s, id, keys, value_out);
	else if (id >= PE_RICH_FIRST && id <= PE_RICH_LAST)
		pe_get_rich(s, id, value_out);
	else if (id >= PE_IMPORTS_FIRST && id <= PE_IMPORTS_LAST)
		pe_get_import(s, id, keys, value_out);
	else if (id >= PE_EXPORTS_FIRST && id <= PE_EXPORTS_LAST)
		pe_get_export(s, id, keys, value_out);
	else if (id >= PE_RESOURCES_FIRST && id <= PE_RESOURCES_LAST)
		pe_get_resource(s, id, keys, value_out);
	else if (is_signature_field(id) && pe_state_signatures(s) != NULL)
		pe_signatures_get(s->signatures, id, keys, value_out);
}

/* Without an image, libyara has arrays all the same: empty ones. */
static int64_t count(void *state, uint16_t id, const struct value *keys)
{
	struct pe_state *s = state;

	if (!s->is_pe)
		return 0;
	if (id >= PE_SECTIONS_FIRST && id <= PE_SECTIONS_LAST)
		return pe_count_section(s, id);
	if (id >= PE_IMPORTS_FIRST && id <= PE_IMPORTS_LAST)
		return pe_count_import(s, id, keys);
	if (id >= PE_EXPORTS_FIRST && id <= PE_EXPORTS_LAST)
		return pe_count_export(s, id);
	if (id >= PE_RESOURCES_FIRST && id <= PE_RESOURCES_LAST)
		return pe_count_resource(s, id);
	if (is_signature_field(id) && pe_state_signatures(s) != NULL)
		return pe_signatures_count(s->signatures, id, keys);
	return 0;
}

static void key(void *state, uint16_t id, const struct value *keys, int64_t index,
		struct value *key_out)
{
	struct pe_state *s = state;

	(void)keys;
	*key_out = value_undefined();
	if (s->is_pe)
		pe_key_resource(s, id, index, key_out);
}

static void call(void *state, uint16_t id, const struct value *args,
		 struct value *value_out)
{
	struct pe_state *s = state;

	*value_out = value_undefined();
	if (!s->is_pe)
		return;
	if (!is_signature_field(id))
		pe_call(s, id, args, value_out);
	else if (pe_state_signatures(s) != NULL)
		pe_signatures_call(s->signatures, id, args, value_out);
}

const struct module module_pe = {
    .name = "pe",
    .fields = pe_fields,
    .open = open,
    .get = get,
    .count = count,
    .key = key,
    .call = call,
};
