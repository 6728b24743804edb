#include "engine/ruleset/fixed_offset.h"

#include "engine/ruleset/pattern.h"

/*
 * While the condition is read from left to right a string is open (nothing said yet),
 * at its offset, or anywhere.  `$` in a loop speaks of all strings of the rule, also of
 * those outside the set, because libyara takes it so.
 */
#define OFFSET_OPEN (UINT64_MAX - 1)

static void ask_at(uint64_t *offset, uint64_t at)
{
	if (*offset == OFFSET_OPEN)
		*offset = at;
	else if (*offset != at)
		*offset = OFFSET_ANY;
}

static void ask(const struct rule *rule, const struct expr *e, uint64_t at,
		uint64_t *offsets)
{
	if (e->index != STRING_CURRENT) {
		ask_at(&offsets[e->index], at == OFFSET_OPEN ? OFFSET_ANY : at);
		return;
	}
	for (size_t i = 0; i < rule->n_strings; i++)
		ask_at(&offsets[i], at);
}

static void read_condition(const struct rule *rule, const struct expr *e,
			   uint64_t *offsets)
{
	for (size_t i = 0; !e->set_is_rules && i < e->n_set; i++)
		offsets[e->set[i]] = OFFSET_ANY;
	for (size_t i = 0; i < e->n_kids; i++)
		read_condition(rule, e->kids[i], offsets);
	switch (e->op) {
	case EXPR_MATCH_AT:
		ask(rule, e,
		    e->kids[0]->op == EXPR_CONSTANT
			? (uint64_t)e->kids[0]->value.integer
			: OFFSET_OPEN,
		    offsets);
		break;
	case EXPR_MATCH:
	case EXPR_MATCH_IN:
	case EXPR_COUNT:
	case EXPR_COUNT_IN:
	case EXPR_OFFSET:
	case EXPR_LENGTH: ask(rule, e, OFFSET_ANY, offsets); break;
	default: break;
	}
}

void fixed_offsets(const struct rule *rule, uint64_t *offsets)
{
	for (size_t i = 0; i < rule->n_strings; i++)
		offsets[i] = OFFSET_OPEN;
	read_condition(rule, rule->condition, offsets);
	for (size_t i = 0; i < rule->n_strings; i++)
		if (offsets[i] == OFFSET_OPEN ||
		    !pattern_starts_with_text(&rule->strings[i]))
			offsets[i] = OFFSET_ANY;
}
