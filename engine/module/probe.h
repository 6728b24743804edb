/*
 * For tests of modules: asks a module what a rule would ask, by the same words.
 *
 *     struct probe p;
 *     probe_bytes(&p, "elf", file, sizeof file);
 *     probe_get(&p, "sections[1].name")
 *     probe_call(&p, "to_string", (struct value[]){value_int(8)}, 1)
 *     probe_close(&p);
 */
#ifndef RAQUET_ENGINE_MODULE_PROBE_H
#define RAQUET_ENGINE_MODULE_PROBE_H

#include "bytes/buffer.h"
#include "bytes/test.h"
#include "engine/module/module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct probe {
	const struct module *module;
	void *state;
	struct module_context context;
	struct arena *arena;
	struct object object;
	struct block block;
	struct buffer lines; /* what console got, each with a line end */
};

static inline void probe_line(void *listener, struct bytes line)
{
	buffer_put(listener, line.at, line.n);
	buffer_u8(listener, '\n');
}

/* Over an object of the caller. */
static inline void probe_object(struct probe *p, const char *module,
				const struct object *object)
{
	memset(p, 0, sizeof *p);
	p->object = *object;
	p->module = module_find(bytes_of(module));
	assert_non_null(p->module);
	assert_int_equal(arena_new(64 << 20, &p->arena), RQ_OK);
	p->context.object = &p->object;
	p->context.arena = p->arena;
	p->context.console = probe_line;
	p->context.listener = &p->lines;
	p->context.now = 1600000000;
	assert_int_equal(p->module->open(&p->context, &p->state), RQ_OK);
}

/* Over a file of those bytes. */
static inline void probe_bytes(struct probe *p, const char *module, const void *data,
			       size_t size)
{
	struct object object;
	struct block *block = malloc(sizeof *block);

	assert_non_null(block);
	object_of_bytes(data, size, block, &object);
	probe_object(p, module, &object);
	p->block = *block;
	p->object.blocks = &p->block;
	free(block);
}

static inline void probe_close(struct probe *p)
{
	buffer_free(&p->lines);
	arena_free(p->arena);
}

static inline const struct module_field *probe_field(const struct module_field *fields,
						     struct bytes name)
{
	for (; fields != NULL && fields->kind != FIELD_END; fields++)
		if (bytes_equal_text(name, fields->name))
			return fields;
	fail_msg("no field %.*s", (int)name.n, (const char *)name.at);
	return NULL;
}

/* The field that path names; keys in brackets go to keys. */
static inline const struct module_field *probe_walk(const struct probe *p,
						    const char *path,
						    struct value *keys)
{
	const struct module_field *fields = p->module->fields, *field = NULL;
	size_t n_keys = 0;

	while (*path != 0) {
		size_t n = strcspn(path, ".[");

		field = probe_field(fields, (struct bytes){(const uint8_t *)path, n});
		fields = field->fields;
		path += n;
		while (*path == '[') {
			path++;
			if (*path == '"') {
				n = strcspn(path + 1, "\"");
				keys[n_keys++] = value_text(
				    (struct bytes){(const uint8_t *)path + 1, n});
				path += n + 2;
			} else {
				keys[n_keys++] =
				    value_int(strtoll(path, (char **)&path, 10));
			}
			path++;
		}
		if (*path == '.')
			path++;
	}
	return field;
}

/* The value at path: "sections[1].name", "version_info[\"Company\"]". */
static inline struct value probe_get(struct probe *p, const char *path)
{
	struct value keys[MODULE_MAX_KEYS] = {{0}}, value = value_undefined();
	const struct module_field *field = probe_walk(p, path, keys);

	if (field->kind == FIELD_CONSTANT && field->type == VALUE_FLOAT)
		return value_float(field->real);
	if (field->kind == FIELD_CONSTANT && field->type == VALUE_TEXT)
		return value_text(bytes_of(field->text));
	if (field->kind == FIELD_CONSTANT)
		return value_int(field->integer);
	p->module->get(p->state, field->id, keys, &value);
	return value;
}

/* How many elements the array or dictionary at path has. */
static inline int64_t probe_count(struct probe *p, const char *path)
{
	struct value keys[MODULE_MAX_KEYS] = {{0}};
	const struct module_field *field = probe_walk(p, path, keys);

	return p->module->count(p->state, field->id, keys);
}

static inline char probe_letter(enum value_type type)
{
	switch (type) {
	case VALUE_BOOL: return 'b';
	case VALUE_INT: return 'i';
	case VALUE_FLOAT: return 'f';
	case VALUE_TEXT: return 's';
	case VALUE_REGEX: return 'r';
	default: return '?';
	}
}

/* Calls the overload of a function of the first level that takes args. */
static inline struct value probe_call(struct probe *p, const char *name,
				      const struct value *args, size_t n_args)
{
	char letters[MODULE_MAX_ARGUMENTS + 1] = {0};
	struct value value = value_undefined();

	for (size_t i = 0; i < n_args; i++)
		letters[i] = probe_letter(args[i].type);
	for (const struct module_field *f = p->module->fields; f->kind != FIELD_END;
	     f++) {
		if (f->kind == FIELD_FUNCTION && strcmp(f->name, name) == 0 &&
		    strcmp(f->arguments, letters) == 0) {
			p->module->call(p->state, f->id, args, &value);
			return value;
		}
	}
	fail_msg("no overload %s(%s)", name, letters);
	return value;
}

static inline const char *probe_text(struct bytes text)
{
	return text.n > 0 ? (const char *)text.at : "";
}

/* Asserts that got is what was wanted, type and all. */
static inline void probe_expect(const char *what, struct value got, struct value want)
{
	if (got.type != want.type)
		fail_msg("%s: type %d instead of %d", what, got.type, want.type);
	if ((got.type == VALUE_INT || got.type == VALUE_BOOL) &&
	    got.integer != want.integer)
		fail_msg("%s: %lld instead of %lld", what, (long long)got.integer,
			 (long long)want.integer);
	if (got.type == VALUE_FLOAT && got.real != want.real &&
	    !(isnan(got.real) && isnan(want.real)))
		fail_msg("%s: %.17g instead of %.17g", what, got.real, want.real);
	if (got.type == VALUE_TEXT && !bytes_equal(got.text, want.text))
		fail_msg("%s: \"%.*s\" instead of \"%.*s\"", what, (int)got.text.n,
			 probe_text(got.text), (int)want.text.n, probe_text(want.text));
}

#endif
