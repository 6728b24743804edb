#include "engine/ruleset/condition.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/match/regex.h"
#include "engine/ruleset/operator.h"

#include <string.h>

/* ---- ranges and texts ---- */

static bool in_range(uint32_t first, uint32_t n, size_t n_all)
{
	return first <= n_all && n <= n_all - first;
}

static bool rules_are_sound(const struct conditions *v)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		const struct image_rule *r = &v->rules[i];

		if (!image_text_valid(v->image, r->identifier) ||
		    r->name_space >= v->n_name_spaces || r->root >= v->n_nodes ||
		    r->gate >= v->n_gates ||
		    !in_range(r->first_tag, r->n_tags, v->n_tags) ||
		    !in_range(r->first_meta, r->n_metas, v->n_metas) ||
		    !in_range(r->first_string, r->n_strings, v->n_strings))
			return false;
	}
	return true;
}

static bool texts_are_sound(const struct conditions *v)
{
	for (size_t i = 0; i < v->n_name_spaces; i++)
		if (!image_text_valid(v->image, v->name_spaces[i]))
			return false;
	for (size_t i = 0; i < v->n_tags; i++)
		if (!image_text_valid(v->image, v->tags[i]))
			return false;
	for (size_t i = 0; i < v->n_strings; i++)
		if (!image_text_valid(v->image, v->strings[i].identifier) ||
		    v->strings[i].pattern >= v->n_patterns ||
		    v->strings[i].stage >= N_STAGES)
			return false;
	for (size_t i = 0; i < v->n_metas; i++)
		if (!image_text_valid(v->image, meta_key(&v->metas[i])) ||
		    v->metas[i].kind > META_BOOL ||
		    (v->metas[i].kind == META_TEXT &&
		     !image_text_valid(v->image, v->metas[i].text)))
			return false;
	for (size_t i = 0; i < v->n_externals; i++)
		if (!image_text_valid(v->image, v->externals[i].name) ||
		    !image_text_valid(v->image, v->externals[i].text) ||
		    v->externals[i].type < VALUE_BOOL ||
		    v->externals[i].type > VALUE_TEXT || v->externals[i].is_used > 1 ||
		    v->externals[i].is_common > 1)
			return false;
	return true;
}

/* ---- ways to reach a rule ---- */

static bool all_below(const uint32_t *list, size_t n, size_t limit)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] >= limit)
			return false;
	return true;
}

static bool terms_are_sound(const struct conditions *v)
{
	for (size_t i = 0; i < v->n_keys; i++) {
		const struct image_key *k = &v->keys[i];

		if (k->type == VALUE_UNDEFINED)
			continue;
		if ((k->type != VALUE_INT && k->type != VALUE_TEXT) ||
		    (k->type == VALUE_TEXT && !image_text_valid(v->image, k->text)) ||
		    !in_range(k->first, k->n, v->n_key_rules))
			return false;
	}
	for (size_t i = 0; i < v->n_terms; i++) {
		const struct image_term *t = &v->terms[i];

		if (t->root >= v->n_nodes || t->gate >= v->n_gates || t->n_keys == 0 ||
		    (t->n_keys & (t->n_keys - 1)) != 0 ||
		    !in_range(t->first_key, t->n_keys, v->n_keys))
			return false;
	}
	return true;
}

static bool triggers_are_sound(const struct conditions *v)
{
	for (size_t i = 0; i < v->n_trigger_starts; i++)
		if (v->trigger_starts[i] > v->n_triggers ||
		    (i > 0 && v->trigger_starts[i] < v->trigger_starts[i - 1]))
			return false;
	for (size_t i = 0; i < v->n_checks; i++)
		if (v->checks[i].rule >= v->n_rules ||
		    v->checks[i].pattern >= v->n_patterns)
			return false;
	return all_below(v->triggers, v->n_triggers, v->n_rules) &&
	       all_below(v->key_rules, v->n_key_rules, v->n_rules) &&
	       all_below(v->always, v->n_always, v->n_rules) &&
	       all_below(v->globals, v->n_globals, v->n_rules);
}

/* ---- nodes ---- */

struct arity {
	uint32_t least, most;
};

/* How many kids stand before the others for the quantifier. */
static uint32_t kids_of_quantifier(const struct image_node *node)
{
	return node->quantifier == QUANTIFIER_NUMBER ||
	       node->quantifier == QUANTIFIER_PERCENT;
}

static struct arity arity_of(const struct image_node *node)
{
	uint32_t number = kids_of_quantifier(node);

	switch (node->op) {
	case EXPR_AND:
	case EXPR_OR: return (struct arity){1, UINT32_MAX};
	case EXPR_FIELD:
	case EXPR_CALL:
		return (struct arity){0, MODULE_MAX_KEYS + MODULE_MAX_ARGUMENTS};
	case EXPR_MATCH_AT:
	case EXPR_OFFSET:
	case EXPR_LENGTH:
	case EXPR_READ: return (struct arity){1, 1};
	case EXPR_MATCH_IN:
	case EXPR_COUNT_IN:
	case EXPR_MATCHES: return (struct arity){2, 2};
	case EXPR_OF: return (struct arity){number, number};
	case EXPR_OF_AT:
	case EXPR_FOR_OF: return (struct arity){number + 1, number + 1};
	case EXPR_OF_IN: return (struct arity){number + 2, number + 2};
	case EXPR_FOR_RANGE: return (struct arity){number + 3, number + 3};
	case EXPR_FOR_LIST: return (struct arity){number + 2, UINT32_MAX};
	case EXPR_FOR_ARRAY:
	case EXPR_FOR_DICT:
		return (struct arity){number + 1, number + 1 + MODULE_MAX_KEYS};
	default: break;
	}
	if (operator_is_binary((enum expr_op)node->op))
		return (struct arity){2, 2};
	if (operator_is_unary((enum expr_op)node->op))
		return (struct arity){1, 1};
	return (struct arity){0, 0};
}

/* The keys and arguments are as many as the declaration has; their types are looked
 * at when they have values. */
static bool field_is_sound(const struct conditions *v, const struct image_node *node)
{
	uint32_t number = kids_of_quantifier(node), n_types;
	const struct condition_field *f;

	if (node->module >= v->n_imports || node->field >= v->n_fields[node->module])
		return false;
	f = &v->fields[node->module][node->field];
	n_types = (uint32_t)strlen(f->types);
	switch (node->op) {
	case EXPR_CALL:
		return f->field->kind == FIELD_FUNCTION && node->n_kids == n_types;
	case EXPR_FOR_ARRAY:
		return f->field->kind == FIELD_ARRAY &&
		       node->n_kids == number + n_types;
	case EXPR_FOR_DICT:
		return f->field->kind == FIELD_DICT && node->n_kids == number + n_types;
	default: break;
	}
	if (f->field->kind == FIELD_CONSTANT)
		return true;
	return node->n_kids == n_types && f->field->fields == NULL &&
	       (f->field->kind == FIELD_VALUE || f->field->kind == FIELD_ARRAY ||
		f->field->kind == FIELD_DICT);
}

static bool set_is_sound(const struct conditions *v, const struct image_node *node)
{
	bool of_rules = (node->flags & NODE_SET_IS_RULES) != 0;

	if (node->quantifier > QUANTIFIER_PERCENT || (of_rules && node->op != EXPR_OF))
		return false;
	return in_range(node->set.first, node->set.n, v->n_sets) &&
	       all_below(v->sets + node->set.first, node->set.n,
			 of_rules ? v->n_rules : v->n_strings);
}

/* Strings inside `for of` are counted from NODE_CURRENT, which evaluates to nothing
 * where there is no loop. */
static bool node_refers_soundly(const struct conditions *v,
				const struct image_node *node)
{
	switch (node->op) {
	case EXPR_CONSTANT:
		return node->type != VALUE_TEXT ||
		       image_text_valid(v->image, node->text);
	case EXPR_REGEX:
		return node->integer >= 0 && (uint64_t)node->integer < v->n_code &&
		       regex_program_open(v->code, v->n_code,
					  (uint32_t)node->integer) != NULL;
	case EXPR_EXTERNAL: return node->index < v->n_externals;
	case EXPR_VARIABLE: return node->index < CONDITION_MAX_SLOTS;
	case EXPR_RULE: return node->index < v->n_rules;
	case EXPR_READ: return node->width == 1 || node->width == 2 || node->width == 4;
	case EXPR_FIELD:
	case EXPR_CALL: return field_is_sound(v, node);
	case EXPR_MATCH:
	case EXPR_MATCH_AT:
	case EXPR_MATCH_IN:
	case EXPR_COUNT:
	case EXPR_COUNT_IN:
	case EXPR_OFFSET:
	case EXPR_LENGTH:
		return node->index < v->n_strings || node->index == NODE_CURRENT;
	case EXPR_OF:
	case EXPR_OF_AT:
	case EXPR_OF_IN:
	case EXPR_FOR_OF: return set_is_sound(v, node);
	case EXPR_FOR_RANGE:
	case EXPR_FOR_LIST:
		return node->index + 1u < CONDITION_MAX_SLOTS &&
		       node->quantifier < QUANTIFIER_PERCENT;
	case EXPR_FOR_ARRAY:
	case EXPR_FOR_DICT:
		return node->index + 1u < CONDITION_MAX_SLOTS &&
		       node->quantifier < QUANTIFIER_PERCENT && field_is_sound(v, node);
	default: return node->op <= EXPR_FOR_DICT;
	}
}

/* Kids come before their parent and have one only; depth of each node is kept, and
 * the highest bit says that it has a parent. */
static bool kids_are_sound(const struct conditions *v, uint32_t i, uint16_t *depths)
{
	const uint16_t taken = 0x8000;
	const struct image_node *node = &v->nodes[i];
	struct arity arity = arity_of(node);
	uint16_t depth = 0;

	if (!in_range(node->first_kid, node->n_kids, v->n_kids) ||
	    node->n_kids < arity.least || node->n_kids > arity.most)
		return false;
	for (uint32_t k = 0; k < node->n_kids; k++) {
		uint32_t kid = v->kids[node->first_kid + k];

		if (kid >= i || (depths[kid] & taken) != 0)
			return false;
		if (depths[kid] > depth)
			depth = depths[kid];
		depths[kid] |= taken;
	}
	depths[i] = (uint16_t)(depth + 1);
	/* a term stands inside its loops */
	return depth < CAP_RULE_TREE + CAP_RULE_LOOPS;
}

static enum rq_err check_nodes(const struct conditions *v, struct rq_diag *diag)
{
	uint16_t *depths = alloc_array(v->n_nodes, sizeof *depths);
	enum rq_err err = RQ_OK;

	if (depths == NULL && v->n_nodes > 0)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; err == RQ_OK && i < v->n_nodes; i++)
		if (!node_refers_soundly(v, &v->nodes[i]) ||
		    !kids_are_sound(v, (uint32_t)i, depths))
			err = rq_fail(diag, RQ_ERR_FORMAT, NULL,
				      "condition node %zu of the rule image is damaged",
				      i);
	alloc_free(depths);
	return err;
}

enum rq_err conditions_check(const struct conditions *v, struct rq_diag *diag)
{
	if (!texts_are_sound(v) || !rules_are_sound(v))
		return rq_fail(diag, RQ_ERR_FORMAT, NULL,
			       "rule table of the rule image is damaged");
	if (!triggers_are_sound(v) || !terms_are_sound(v))
		return rq_fail(diag, RQ_ERR_FORMAT, NULL,
			       "trigger table of the rule image is damaged");
	return check_nodes(v, diag);
}
