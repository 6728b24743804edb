#include "engine/rule/parser.h"

#include "bytes/alloc.h"

#include <string.h>

enum rq_err rule_set_new(size_t max_bytes, struct rule_set **set_out)
{
	struct arena *arena = NULL;
	struct rule_set *set;
	enum rq_err err;

	*set_out = NULL;
	err = arena_new(max_bytes, &arena);
	if (err != RQ_OK)
		return err;
	set = arena_make(arena, struct rule_set);
	if (set != NULL)
		set->lookup = arena_make(arena, struct rule_lookup);
	if (set == NULL || set->lookup == NULL) {
		arena_free(arena);
		return RQ_ERR_MEMORY;
	}
	set->arena = arena;
	*set_out = set;
	return RQ_OK;
}

void rule_set_free(struct rule_set *set)
{
	if (set == NULL)
		return;
	names_free(&set->lookup->rules);
	names_free(&set->lookup->externals);
	names_free(&set->lookup->modules);
	names_free(&set->lookup->spaces);
	alloc_free(set->lookup->wildcards);
	arena_free(set->arena); /* the set itself lives in it */
}

static bool is_identifier(struct arena *arena, struct bytes name)
{
	struct lexer lexer = lexer_over(arena, "", name);

	return lexer_next(&lexer).kind == TOKEN_IDENTIFIER && lexer.pos == name.n;
}

/* A longer array in the arena; the shorter one stays behind until the end. */
static void *longer(struct arena *arena, void *array, size_t *capacity, size_t n,
		    size_t size)
{
	void *room;

	if (n < *capacity)
		return array;
	*capacity = *capacity == 0 ? 16 : *capacity * 2;
	room = arena_array(arena, *capacity, size);
	if (room != NULL && n > 0)
		memcpy(room, array, n * size);
	return room;
}

static enum rq_err add_external(struct rule_set *set, const char *name,
				struct value value)
{
	struct rule_external *list =
	    longer(set->arena, set->externals, &set->lookup->external_capacity,
		   set->n_externals, sizeof *list);

	if (list == NULL)
		return RQ_ERR_MEMORY;
	set->externals = list;
	if (names_set(&set->lookup->externals, 0, bytes_of(name),
		      (uint32_t)set->n_externals) != RQ_OK)
		return RQ_ERR_MEMORY;
	list[set->n_externals++] = (struct rule_external){.name = name, .value = value};
	return RQ_OK;
}

enum rq_err rule_set_external(struct rule_set *set, const char *name,
			      const struct value *value)
{
	struct value copy = *value;

	if (value->type == VALUE_UNDEFINED || value->type == VALUE_REGEX ||
	    !is_identifier(set->arena, bytes_of(name)) ||
	    names_find(&set->lookup->externals, 0, bytes_of(name)) != NAME_ABSENT)
		return RQ_ERR_USAGE;
	if (copy.type == VALUE_TEXT) {
		copy.text.at = (const uint8_t *)arena_copy(set->arena, value->text.at,
							   value->text.n);
		if (copy.text.at == NULL)
			return RQ_ERR_MEMORY;
	}
	name = arena_copy(set->arena, name, strlen(name));
	return name == NULL ? RQ_ERR_MEMORY : add_external(set, name, copy);
}

enum rq_err rule_set_common_external(struct rule_set *set, const char *name)
{
	const struct value nothing = value_text(BYTES_LITERAL(""));
	enum rq_err err = rule_set_external(set, name, &nothing);

	if (err == RQ_OK)
		set->externals[set->n_externals - 1].is_common = true;
	return err;
}

static enum rq_err enter_name_space(struct rule_set *set, const char *name,
				    uint32_t *index_out)
{
	struct rule_lookup *lookup = set->lookup;
	const char **list;

	*index_out = names_find(&lookup->spaces, 0, bytes_of(name));
	if (*index_out != NAME_ABSENT)
		return RQ_OK;
	name = arena_copy(set->arena, name, strlen(name));
	list = longer(set->arena, set->name_spaces, &lookup->space_capacity,
		      set->n_name_spaces, sizeof *list);
	if (name == NULL || list == NULL)
		return RQ_ERR_MEMORY;
	set->name_spaces = list;
	*index_out = (uint32_t)set->n_name_spaces;
	list[set->n_name_spaces++] = name;
	return names_set(&lookup->spaces, 0, bytes_of(name), *index_out);
}

enum rq_err rule_parse(struct rule_set *set, const char *name_space, const char *file,
		       struct bytes text, const struct rule_options *options,
		       struct rule_report *report)
{
	struct parser parser = {.set = set, .options = options, .report = report};
	enum rq_err err = enter_name_space(
	    set, name_space != NULL ? name_space : "default", &parser.name_space);

	if (err != RQ_OK)
		return err;
	file = arena_copy(set->arena, file, strlen(file));
	return file == NULL ? RQ_ERR_MEMORY : parser_run(&parser, file, text);
}
