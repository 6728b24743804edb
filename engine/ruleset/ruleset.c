#include "engine/ruleset/ruleset.h"

#include "bytes/alloc.h"
#include "engine/ruleset/condition.h"

#include <stdatomic.h>
#include <string.h>

struct ruleset {
	atomic_uint n_users;
	struct image image;
	struct conditions view;
};

/* ---- opening ---- */

static enum rq_err find_sections(struct ruleset *set)
{
	struct conditions *v = &set->view;
	const struct {
		enum image_section_id id;
		size_t size;
		const void **at;
		size_t *n;
	} wanted[] = {
	    {IMAGE_NAME_SPACES, sizeof *v->name_spaces, (const void **)&v->name_spaces,
	     &v->n_name_spaces},
	    {IMAGE_RULES, sizeof *v->rules, (const void **)&v->rules, &v->n_rules},
	    {IMAGE_RULE_STRINGS, sizeof *v->strings, (const void **)&v->strings,
	     &v->n_strings},
	    {IMAGE_METAS, sizeof *v->metas, (const void **)&v->metas, &v->n_metas},
	    {IMAGE_TAGS, sizeof *v->tags, (const void **)&v->tags, &v->n_tags},
	    {IMAGE_EXTERNALS, sizeof *v->externals, (const void **)&v->externals,
	     &v->n_externals},
	    {IMAGE_IMPORTS, sizeof *v->imports, (const void **)&v->imports,
	     &v->n_imports},
	    {IMAGE_NODES, sizeof *v->nodes, (const void **)&v->nodes, &v->n_nodes},
	    {IMAGE_NODE_KIDS, sizeof *v->kids, (const void **)&v->kids, &v->n_kids},
	    {IMAGE_SETS, sizeof *v->sets, (const void **)&v->sets, &v->n_sets},
	    {IMAGE_TRIGGER_STARTS, sizeof *v->trigger_starts,
	     (const void **)&v->trigger_starts, &v->n_trigger_starts},
	    {IMAGE_TRIGGERS, sizeof *v->triggers, (const void **)&v->triggers,
	     &v->n_triggers},
	    {IMAGE_GATES, sizeof *v->gates, (const void **)&v->gates, &v->n_gates},
	    {IMAGE_CHECKS, sizeof *v->checks, (const void **)&v->checks, &v->n_checks},
	    {IMAGE_TERMS, sizeof *v->terms, (const void **)&v->terms, &v->n_terms},
	    {IMAGE_KEYS, sizeof *v->keys, (const void **)&v->keys, &v->n_keys},
	    {IMAGE_KEY_RULES, sizeof *v->key_rules, (const void **)&v->key_rules,
	     &v->n_key_rules},
	    {IMAGE_ALWAYS, sizeof *v->always, (const void **)&v->always, &v->n_always},
	    {IMAGE_GLOBALS, sizeof *v->globals, (const void **)&v->globals,
	     &v->n_globals},
	    {IMAGE_CONDITION_CODE, 1, (const void **)&v->code, &v->n_code},
	};

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		enum rq_err err =
		    image_section(&set->image, wanted[i].id, wanted[i].size,
				  wanted[i].at, wanted[i].n);

		if (err != RQ_OK)
			return err;
	}
	v->n_patterns = image_section_count(&set->image, IMAGE_PATTERNS);
	return RQ_OK;
}

static enum rq_err resolve_module(struct ruleset *set, size_t i, struct rq_diag *diag)
{
	struct conditions *v = &set->view;
	const struct module *module;
	uint8_t digest[32];
	enum rq_err err;

	if (!image_text_valid(&set->image, v->imports[i].name))
		return rq_fail(diag, RQ_ERR_FORMAT, NULL,
			       "import of the rule image is damaged");
	module = module_find(image_text(&set->image, v->imports[i].name));
	if (module == NULL)
		return rq_fail(diag, RQ_ERR_FORMAT, NULL,
			       "rule image needs a module that is not in this build");
	err = condition_module_digest(module, digest);
	if (err != RQ_OK)
		return err;
	if (memcmp(digest, v->imports[i].digest, sizeof digest) != 0)
		return rq_fail(diag, RQ_ERR_FORMAT, module->name,
			       "module is declared otherwise than in the rule image");
	v->modules[i] = module;
	v->n_fields[i] = condition_list_fields(module, NULL, 0);
	v->fields[i] = alloc_array(v->n_fields[i] + 1, sizeof **v->fields);
	if (v->fields[i] == NULL)
		return RQ_ERR_MEMORY;
	condition_list_fields(module, v->fields[i], v->n_fields[i]);
	return RQ_OK;
}

static enum rq_err resolve_modules(struct ruleset *set, struct rq_diag *diag)
{
	struct conditions *v = &set->view;
	size_t n = v->n_imports;

	v->modules = alloc_array(n + 1, sizeof *v->modules);
	v->fields = alloc_array(n + 1, sizeof *v->fields);
	v->n_fields = alloc_array(n + 1, sizeof *v->n_fields);
	if (v->modules == NULL || v->fields == NULL || v->n_fields == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		enum rq_err err = resolve_module(set, i, diag);

		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}

static void free_ruleset(struct ruleset *set)
{
	struct conditions *v = &set->view;

	for (size_t i = 0; v->fields != NULL && i < v->n_imports; i++)
		alloc_free(v->fields[i]);
	alloc_free(v->fields);
	alloc_free(v->n_fields);
	alloc_free(v->modules);
	alloc_free(set);
}

enum rq_err ruleset_open(const void *data, size_t size, enum ruleset_check check,
			 struct ruleset **ruleset_out, struct rq_diag *diag)
{
	struct ruleset *set = alloc_array(1, sizeof *set);
	enum rq_err err;

	*ruleset_out = NULL;
	if (set == NULL)
		return RQ_ERR_MEMORY;
	atomic_init(&set->n_users, 1);
	set->view.image = &set->image;
	err = image_open(data, size, check == RULESET_CHECK_ALL, &set->image, diag);
	if (err == RQ_OK && find_sections(set) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_FORMAT, NULL,
			      "section of the rule image has another element size");
	if (err == RQ_OK)
		err = resolve_modules(set, diag);
	if (err == RQ_OK && check != RULESET_CHECK_NONE)
		err = conditions_check(&set->view, diag);
	if (err != RQ_OK) {
		free_ruleset(set);
		return err;
	}
	*ruleset_out = set;
	return RQ_OK;
}

enum rq_err ruleset_prepare(const struct ruleset *ruleset, struct rq_diag *diag)
{
	const struct conditions *v = &ruleset->view;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < v->n_imports && err == RQ_OK; i++)
		if (v->modules[i]->prepare != NULL)
			err = v->modules[i]->prepare(diag);
	return err;
}

struct ruleset *ruleset_ref(struct ruleset *ruleset)
{
	atomic_fetch_add(&ruleset->n_users, 1);
	return ruleset;
}

void ruleset_unref(struct ruleset *ruleset)
{
	if (ruleset != NULL && atomic_fetch_sub(&ruleset->n_users, 1) == 1)
		free_ruleset(ruleset);
}

/* ---- looking ---- */

const struct image *ruleset_image(const struct ruleset *ruleset)
{
	return &ruleset->image;
}

const struct conditions *ruleset_conditions(const struct ruleset *ruleset)
{
	return &ruleset->view;
}

size_t ruleset_n_rules(const struct ruleset *ruleset)
{
	return ruleset->view.n_rules;
}

size_t ruleset_n_strings(const struct ruleset *ruleset)
{
	return ruleset->view.n_strings;
}

struct ruleset_rule ruleset_rule(const struct ruleset *ruleset, uint32_t rule)
{
	const struct conditions *v = &ruleset->view;
	const struct image_rule *r = &v->rules[rule];

	return (struct ruleset_rule){
	    .identifier = image_text(v->image, r->identifier),
	    .name_space = image_text(v->image, v->name_spaces[r->name_space]),
	    .is_private = (r->flags & RULE_PRIVATE) != 0,
	    .is_global = (r->flags & RULE_GLOBAL) != 0,
	    .n_tags = r->n_tags,
	    .n_metas = r->n_metas,
	    .n_strings = r->n_strings,
	};
}

struct bytes ruleset_tag(const struct ruleset *ruleset, uint32_t rule, uint32_t i)
{
	const struct conditions *v = &ruleset->view;

	return image_text(v->image, v->tags[v->rules[rule].first_tag + i]);
}

struct ruleset_meta ruleset_meta(const struct ruleset *ruleset, uint32_t rule,
				 uint32_t i)
{
	const struct conditions *v = &ruleset->view;
	const struct image_meta *m = &v->metas[v->rules[rule].first_meta + i];

	bool is_text = m->kind == META_TEXT;

	return (struct ruleset_meta){
	    .key = image_text(v->image, meta_key(m)),
	    .kind = (enum meta_kind)m->kind,
	    .text = is_text ? image_text(v->image, m->text) : (struct bytes){0},
	    .integer = is_text ? 0 : m->integer,
	};
}

void ruleset_reach(const struct ruleset *ruleset, uint8_t *reach_out)
{
	const struct conditions *v = &ruleset->view;

	memset(reach_out, 0, v->n_rules);
	for (size_t i = 0; i < v->n_triggers; i++)
		reach_out[v->triggers[i]] |= RULESET_REACH_STRING;
	for (size_t i = 0; i < v->n_checks; i++)
		reach_out[v->checks[i].rule] |= RULESET_REACH_OFFSET;
	for (size_t i = 0; i < v->n_key_rules; i++)
		reach_out[v->key_rules[i]] |= RULESET_REACH_LOOK_UP;
	for (size_t i = 0; i < v->n_always; i++)
		reach_out[v->always[i]] |= RULESET_REACH_ALWAYS;
}

size_t ruleset_n_externals(const struct ruleset *ruleset)
{
	return ruleset->view.n_externals;
}

bool ruleset_external_is_used(const struct ruleset *ruleset, size_t i)
{
	return ruleset->view.externals[i].is_used != 0;
}

void ruleset_external(const struct ruleset *ruleset, size_t i, struct bytes *name_out,
		      struct value *value_out)
{
	const struct conditions *v = &ruleset->view;
	const struct image_external *e = &v->externals[i];

	*name_out = image_text(v->image, e->name);
	value_out->type = (enum value_type)e->type;
	if (e->type == VALUE_TEXT)
		value_out->text = image_text(v->image, e->text);
	else if (e->type == VALUE_FLOAT)
		value_out->real = e->real;
	else
		value_out->integer = e->integer;
}

bool ruleset_external_is_common(const struct ruleset *ruleset, size_t i)
{
	return ruleset->view.externals[i].is_common != 0;
}
