#include "engine/ruleset/condition.h"

#include "crypto/digest.h"

#include <string.h>

struct listing {
	struct condition_field *fields;
	uint32_t n, room;
};

static void add_types(struct condition_field *f, const char *types)
{
	size_t n = strlen(f->types);

	for (; *types != 0 && n + 1 < sizeof f->types; types++)
		f->types[n++] = *types;
}

/* outer: the structure around fields, with the keys that lead there. */
static void list(struct listing *l, const struct module_field *fields,
		 const struct condition_field *outer)
{
	for (; fields != NULL && fields->kind != FIELD_END; fields++) {
		struct condition_field f = *outer;

		f.field = fields;
		if (fields->kind == FIELD_ARRAY || fields->kind == FIELD_DICT) {
			add_types(&f, fields->kind == FIELD_ARRAY ? "i" : "s");
			f.n_keys++;
		}
		if (fields->kind == FIELD_FUNCTION && fields->arguments != NULL)
			add_types(&f, fields->arguments);
		if (l->n < l->room)
			l->fields[l->n] = f;
		l->n++;
		list(l, fields->fields, &f);
	}
}

uint32_t condition_list_fields(const struct module *module,
			       struct condition_field *fields, uint32_t room)
{
	const struct condition_field none = {0};
	struct listing l = {.fields = fields, .room = room};

	list(&l, module->fields, &none);
	return l.n;
}

static void describe_text(struct buffer *out, const char *text)
{
	buffer_text(out, text != NULL ? text : "");
	buffer_u8(out, text != NULL);
}

static void describe(struct buffer *out, const struct module_field *fields)
{
	for (; fields != NULL && fields->kind != FIELD_END; fields++) {
		describe_text(out, fields->name);
		buffer_u8(out, (uint8_t)fields->kind);
		buffer_u8(out, (uint8_t)fields->type);
		buffer_u16le(out, fields->id);
		describe_text(out, fields->arguments);
		buffer_u64le(out, (uint64_t)fields->integer);
		buffer_put(out, &fields->real, sizeof fields->real);
		describe_text(out, fields->text);
		describe(out, fields->fields);
		buffer_u8(out, FIELD_END);
	}
}

enum rq_err condition_module_digest(const struct module *module, uint8_t digest[32])
{
	struct buffer text = {0};
	uint8_t out[DIGEST_MAX_SIZE];
	enum rq_err err = RQ_ERR_MEMORY;

	describe_text(&text, module->name);
	describe(&text, module->fields);
	if (buffer_ok(&text))
		err = digest_of(DIGEST_SHA256, buffer_bytes(&text), out);
	if (err == RQ_OK)
		memcpy(digest, out, 32);
	buffer_free(&text);
	return err;
}
