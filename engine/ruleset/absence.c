#include "engine/ruleset/absence.h"

#include "engine/ruleset/operator.h"

#include <string.h>

/* A value, or nothing known of it. */
struct guess {
	bool known;
	struct value value;
};

static struct guess guess(const struct expr *e, uint32_t current, uint32_t absent);

static const struct guess unknown = {.known = false};

static struct guess know(struct value value)
{
	return (struct guess){.known = true, .value = value};
}

static bool is_absent(const struct expr *e, uint32_t current, uint32_t absent)
{
	uint32_t string = e->index == STRING_CURRENT ? current : e->index;

	return absent == ABSENCE_ALL || string == absent;
}

/* A range or an index that is undefined makes the result undefined, absent or not;
 * one that is not known leaves false or undefined, and neither holds: but `not` would
 * tell them apart, so the result is then not known. */
static struct guess guess_of_string(const struct expr *e, uint32_t current,
				    uint32_t absent, struct value when_absent)
{
	bool known = is_absent(e, current, absent);

	for (size_t i = 0; i < e->n_kids; i++) {
		struct guess kid = guess(e->kids[i], current, absent);

		if (kid.known && kid.value.type == VALUE_UNDEFINED)
			return know(value_undefined());
		known = known && kid.known;
	}
	return known ? know(when_absent) : unknown;
}

static struct guess guess_and(const struct expr *e, uint32_t current, uint32_t absent)
{
	bool all_known = true;

	for (size_t i = 0; i < e->n_kids; i++) {
		struct guess kid = guess(e->kids[i], current, absent);

		if (kid.known && !operator_holds(kid.value))
			return know(value_bool(false));
		all_known = all_known && kid.known;
	}
	return all_known ? know(value_bool(true)) : unknown;
}

static struct guess guess_or(const struct expr *e, uint32_t current, uint32_t absent)
{
	bool all_known = true;

	for (size_t i = 0; i < e->n_kids; i++) {
		struct guess kid = guess(e->kids[i], current, absent);

		if (kid.known && operator_holds(kid.value))
			return know(value_bool(true));
		all_known = all_known && kid.known;
	}
	return all_known ? know(value_bool(false)) : unknown;
}

static struct guess guess_of(const struct expr *e, uint32_t current, uint32_t absent)
{
	bool has_number =
	    e->quantifier == QUANTIFIER_NUMBER || e->quantifier == QUANTIFIER_PERCENT;
	struct guess number = know(value_undefined());

	if (e->set_is_rules || absent != ABSENCE_ALL)
		return unknown;
	if (has_number)
		number = guess(e->kids[0], current, absent);
	if (!number.known)
		return unknown;
	return know(operator_of(e->quantifier, number.value, 0, e->n_set));
}

static struct guess guess_binary(const struct expr *e, uint32_t current,
				 uint32_t absent)
{
	struct guess a = guess(e->kids[0], current, absent);
	struct guess b = guess(e->kids[1], current, absent);
	bool floats =
	    e->kids[0]->type == VALUE_FLOAT || e->kids[1]->type == VALUE_FLOAT;
	struct value nothing = value_undefined();

	if (a.known && b.known)
		return know(operator_binary(e->op, a.value, b.value, floats));
	if ((a.known && a.value.type == VALUE_UNDEFINED) ||
	    (b.known && b.value.type == VALUE_UNDEFINED))
		return know(operator_binary(e->op, nothing, nothing, floats));
	return unknown;
}

static bool asks_pe(const struct expr *e)
{
	return e->module != NULL && strcmp(e->module->name, "pe") == 0 &&
	       e->field->kind != FIELD_CONSTANT;
}

/* Only the question itself has an answer; loops have no rounds, which is false
 * whatever their quantifier. */
static struct guess guess_without_pe(const struct expr *e)
{
	if (e->op == EXPR_FOR_ARRAY || e->op == EXPR_FOR_DICT)
		return know(value_bool(false));
	if (strcmp(e->field->name, "is_pe") == 0)
		return know(value_int(0));
	return know(value_undefined());
}

/* Reading, fields and calls: undefined with an undefined offset, key or argument. */
static struct guess guess_strict(const struct expr *e, uint32_t current,
				 uint32_t absent)
{
	for (size_t i = 0; i < e->n_kids; i++) {
		struct guess kid = guess(e->kids[i], current, absent);

		if (kid.known && kid.value.type == VALUE_UNDEFINED)
			return know(value_undefined());
	}
	return unknown;
}

static struct guess guess_unary(const struct expr *e, uint32_t current, uint32_t absent)
{
	struct guess a = guess(e->kids[0], current, absent);

	return a.known ? know(operator_unary(e->op, a.value)) : unknown;
}

static struct guess guess(const struct expr *e, uint32_t current, uint32_t absent)
{
	if (absent == ABSENCE_PE && asks_pe(e))
		return guess_without_pe(e);
	switch (e->op) {
	case EXPR_CONSTANT: return know(e->value);
	case EXPR_AND: return guess_and(e, current, absent);
	case EXPR_OR: return guess_or(e, current, absent);
	case EXPR_MATCH:
	case EXPR_MATCH_AT:
	case EXPR_MATCH_IN:
		return guess_of_string(e, current, absent, value_bool(false));
	case EXPR_COUNT:
	case EXPR_COUNT_IN: return guess_of_string(e, current, absent, value_int(0));
	case EXPR_OFFSET:
	case EXPR_LENGTH:
		/* undefined whatever the index is */
		return is_absent(e, current, absent) ? know(value_undefined())
						     : unknown;
	case EXPR_OF: return guess_of(e, current, absent);
	case EXPR_READ:
	case EXPR_FIELD:
	case EXPR_CALL:
	case EXPR_MATCHES: return guess_strict(e, current, absent);
	default: break;
	}
	if (operator_is_binary(e->op))
		return guess_binary(e, current, absent);
	if (operator_is_unary(e->op))
		return guess_unary(e, current, absent);
	return unknown;
}

bool absence_is_false(const struct expr *e, uint32_t current, uint32_t string)
{
	struct guess g = guess(e, current, string);

	/* a text and a float may stand for a truth, too */
	return g.known && !operator_holds(operator_unary(EXPR_TRUTH, g.value));
}

/* ---- which strings ---- */

static bool speaks_of_string(const struct expr *e)
{
	return e->op >= EXPR_MATCH && e->op <= EXPR_LENGTH;
}

static bool has_set_of_strings(const struct expr *e)
{
	return e->op >= EXPR_OF && e->op <= EXPR_FOR_OF && !e->set_is_rules;
}

static size_t count(const struct expr *e)
{
	size_t n = speaks_of_string(e) + (has_set_of_strings(e) ? e->n_set : 0);

	for (size_t i = 0; i < e->n_kids; i++)
		n += count(e->kids[i]);
	return n;
}

static void add(struct absence_set *set, uint32_t string)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->strings[i] == string)
			return;
	set->strings[set->n++] = string;
}

/* $ of a loop inside e is one of that loop's own set, which is added as a whole. */
static void collect(const struct expr *e, uint32_t current, struct absence_set *set)
{
	if (speaks_of_string(e) && e->index != STRING_CURRENT)
		add(set, e->index);
	else if (speaks_of_string(e) && current != STRING_CURRENT)
		add(set, current);
	for (size_t i = 0; has_set_of_strings(e) && i < e->n_set; i++)
		add(set, e->set[i]);
	for (size_t i = 0; i < e->n_kids; i++)
		collect(e->kids[i], current, set);
}

bool absence_collect(struct arena *arena, const struct expr *e, uint32_t current,
		     struct absence_set *set_out)
{
	size_t n = count(e);

	*set_out = (struct absence_set){0};
	if (n == 0)
		return true;
	set_out->strings = arena_array(arena, n, sizeof *set_out->strings);
	if (set_out->strings == NULL)
		return false;
	collect(e, current, set_out);
	return true;
}
