#include "engine/ruleset/emit.h"

#include "bytes/cap.h"
#include "engine/match/regex.h"

#include <string.h>

static enum rq_err emit(struct emitter *m, const struct expr *e, unsigned depth,
			uint32_t *node_out);

/* ---- what a node refers to ---- */

enum rq_err emit_modules(struct emitter *m, const struct module *const *imports,
			 size_t n_imports)
{
	struct emit_module *modules = arena_array(m->arena, n_imports, sizeof *modules);

	if (modules == NULL || n_imports > UINT16_MAX)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n_imports; i++) {
		uint32_t n = condition_list_fields(imports[i], NULL, 0);

		modules[i].module = imports[i];
		modules[i].n_fields = n;
		modules[i].fields = arena_array(m->arena, n, sizeof *modules[i].fields);
		if (modules[i].fields == NULL)
			return RQ_ERR_MEMORY;
		condition_list_fields(imports[i], modules[i].fields, n);
	}
	m->modules = modules;
	m->n_modules = n_imports;
	return RQ_OK;
}

static void set_field(const struct emitter *m, const struct expr *e,
		      struct image_node *node)
{
	node->module = UINT16_MAX;
	node->field = UINT32_MAX;
	for (size_t i = 0; i < m->n_modules; i++) {
		if (m->modules[i].module != e->module)
			continue;
		node->module = (uint16_t)i;
		for (uint32_t f = 0; f < m->modules[i].n_fields; f++)
			if (m->modules[i].fields[f].field == e->field) {
				node->field = f;
				return;
			}
	}
}

static enum rq_err add_regex(struct emitter *m, const struct expr *e,
			     struct image_node *node)
{
	const struct regex_compile_options options = {.nocase = e->regex->nocase,
						      .ascii = true};
	uint32_t off;
	enum rq_err err;

	err = regex_compile(e->regex, &options, &m->code, &off);
	if (err == RQ_ERR_LIMIT)
		return rule_report_add(m->report, RULE_REGEX_TOO_LARGE, false,
				       &e->place, m->rule->identifier, NULL,
				       "regular expression is too large");
	if (err == RQ_OK)
		node->integer = off;
	return err;
}

static void set_constant(struct emitter *m, const struct value *value,
			 struct image_node *node)
{
	node->type = (uint8_t)value->type;
	if (value->type == VALUE_TEXT)
		node->text = image_builder_text(m->image, value->text);
	else if (value->type == VALUE_FLOAT)
		node->real = value->real;
	else
		node->integer = value->integer;
}

static enum rq_err set_strings(struct emitter *m, const struct expr *e,
			       struct image_node *node)
{
	uint32_t *set = arena_array(m->arena, e->n_set, sizeof *set);

	if (set == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < e->n_set; i++)
		set[i] = e->set_is_rules ? m->rule_places[e->set[i]]
					 : m->first_string + e->set[i];
	node->flags |= e->set_is_rules ? NODE_SET_IS_RULES : 0;
	node->set.n = (uint32_t)e->n_set;
	node->set.first =
	    image_builder_add(m->image, IMAGE_SETS, set, e->n_set, sizeof *set);
	return RQ_OK;
}

static enum rq_err fill(struct emitter *m, const struct expr *e,
			struct image_node *node)
{
	node->op = (uint8_t)e->op;
	node->type = (uint8_t)e->type;
	node->quantifier = (uint8_t)e->quantifier;
	node->index = e->index;
	if (e->module != NULL)
		set_field(m, e, node);
	switch (e->op) {
	case EXPR_CONSTANT: set_constant(m, &e->value, node); return RQ_OK;
	case EXPR_REGEX: return add_regex(m, e, node);
	case EXPR_READ:
		node->width = e->read.width;
		node->flags |= (e->read.is_signed ? NODE_READ_SIGNED : 0) |
			       (e->read.big_endian ? NODE_READ_BIG_ENDIAN : 0);
		return RQ_OK;
	case EXPR_RULE: node->index = m->rule_places[e->index]; return RQ_OK;
	case EXPR_MATCH:
	case EXPR_MATCH_AT:
	case EXPR_MATCH_IN:
	case EXPR_COUNT:
	case EXPR_COUNT_IN:
	case EXPR_OFFSET:
	case EXPR_LENGTH:
		node->index = e->index == STRING_CURRENT ? NODE_CURRENT
							 : m->first_string + e->index;
		return RQ_OK;
	case EXPR_OF:
	case EXPR_OF_AT:
	case EXPR_OF_IN:
	case EXPR_FOR_OF: return set_strings(m, e, node);
	default: return RQ_OK;
	}
}

/* ---- the tree ---- */

static void add_node(struct emitter *m, struct image_node *node, const uint32_t *kids,
		     size_t n_kids, uint32_t *node_out)
{
	node->n_kids = (uint32_t)n_kids;
	node->first_kid =
	    image_builder_add(m->image, IMAGE_NODE_KIDS, kids, n_kids, sizeof *kids);
	*node_out = image_builder_add(m->image, IMAGE_NODES, node, 1, sizeof *node);
}

static bool is_of_float(const struct expr *e)
{
	for (size_t i = 0; i < e->n_kids; i++)
		if (e->kids[i]->type == VALUE_FLOAT)
			return true;
	return false;
}

static enum rq_err emit(struct emitter *m, const struct expr *e, unsigned depth,
			uint32_t *node_out)
{
	uint32_t *kids = arena_array(m->arena, e->n_kids, sizeof *kids);
	struct image_node node = {0};
	enum rq_err err;

	if (kids == NULL)
		return RQ_ERR_MEMORY;
	if (depth >= CAP_RULE_TREE)
		return rule_report_add(m->report, RULE_SYNTAX_ERROR, false, &e->place,
				       m->rule->identifier, NULL,
				       "condition is nested too deeply");
	for (size_t i = 0; i < e->n_kids; i++) {
		err = emit(m, e->kids[i], depth + 1, &kids[i]);
		if (err != RQ_OK)
			return err;
	}
	err = fill(m, e, &node);
	if (err != RQ_OK)
		return err;
	node.flags |= is_of_float(e) ? NODE_HAS_FLOAT : 0;
	add_node(m, &node, kids, e->n_kids, node_out);
	return RQ_OK;
}

enum rq_err emit_condition(struct emitter *emitter, const struct expr *e,
			   uint32_t *root_out)
{
	return emit(emitter, e, 0, root_out);
}

/* ---- terms ---- */

static size_t first_kid_of_loop(const struct expr *loop)
{
	return loop->quantifier == QUANTIFIER_NUMBER ||
	       loop->quantifier == QUANTIFIER_PERCENT;
}

enum rq_err emit_term(struct emitter *m, const struct expr *e,
		      const struct need_loop *loops, uint32_t *root_out)
{
	struct image_node node = {0};
	const struct expr *loop;
	size_t skip, n = 0;
	uint32_t *kids;
	enum rq_err err;

	if (loops == NULL)
		return emit(m, e, 0, root_out);
	loop = loops->loop;
	skip = first_kid_of_loop(loop);
	kids = arena_array(m->arena, loop->n_kids, sizeof *kids);
	if (kids == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = skip; i + 1 < loop->n_kids; i++) {
		err = emit(m, loop->kids[i], 0, &kids[n++]);
		if (err != RQ_OK)
			return err;
	}
	err = emit_term(m, e, loops->inner, &kids[n++]);
	if (err != RQ_OK)
		return err;
	err = fill(m, loop, &node);
	node.quantifier = QUANTIFIER_ANY;
	add_node(m, &node, kids, n, root_out);
	return err;
}

static void fingerprint(const struct expr *e, struct buffer *out)
{
	buffer_u8(out, (uint8_t)e->op);
	buffer_u8(out, (uint8_t)e->type);
	buffer_u8(out, e->read.width);
	buffer_u8(out, (uint8_t)(e->read.is_signed | e->read.big_endian << 1));
	buffer_u32le(out, e->index);
	buffer_put(out, &e->module, sizeof e->module);
	buffer_put(out, &e->field, sizeof e->field);
	if (e->op == EXPR_CONSTANT && e->value.type == VALUE_TEXT) {
		buffer_u64le(out, e->value.text.n);
		buffer_put(out, e->value.text.at, e->value.text.n);
	} else if (e->op == EXPR_CONSTANT) {
		buffer_put(out, &e->value.integer, sizeof e->value.integer);
	} else if (e->op == EXPR_REGEX) {
		buffer_u64le(out, e->regex->source.n);
		buffer_put(out, e->regex->source.at, e->regex->source.n);
		buffer_u8(out, (uint8_t)(e->regex->nocase | e->regex->dotall << 1));
	}
	buffer_u32le(out, (uint32_t)e->n_kids);
	for (size_t i = 0; i < e->n_kids; i++)
		fingerprint(e->kids[i], out);
}

void emit_fingerprint(const struct expr *e, const struct need_loop *loops,
		      struct buffer *out)
{
	for (; loops != NULL; loops = loops->inner) {
		const struct expr *loop = loops->loop;

		buffer_u8(out, (uint8_t)loop->op);
		buffer_u32le(out, loop->index);
		buffer_put(out, &loop->module, sizeof loop->module);
		buffer_put(out, &loop->field, sizeof loop->field);
		for (size_t i = first_kid_of_loop(loop); i + 1 < loop->n_kids; i++)
			fingerprint(loop->kids[i], out);
		buffer_u8(out, UINT8_MAX);
	}
	fingerprint(e, out);
}
