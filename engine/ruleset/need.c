#include "engine/ruleset/need.h"

#include "engine/ruleset/absence.h"
#include "engine/ruleset/operator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A rough common measure: in how many of a million objects, or at how many places of a
 * MB, the event is seen.  A rule that is reached has its other strings searched for,
 * so that the likes of "it is a PE file" come right before strings of no use at all.
 */
#define COST_FILESIZE  0.02
#define COST_EXTERNAL  0.05
#define COST_TEXT      1.0   /* a text computed by a module */
#define COST_CHECK     100.0 /* one comparison, in every object */
#define COST_SHORT     100.0 /* at least, for patterns of two or three bytes */
#define COST_TEST      200.0 /* a test of a text that few objects have */
#define COST_READ_4    2e3
#define COST_NUMBER    5e3
#define COST_READ_2    1e4
#define COST_READ_1    2e4
#define COST_SLOW      1e5 /* patterns that are tried everywhere */
#define COST_UNBOUNDED 1e9

static const struct need unbounded = {.cost = COST_UNBOUNDED};
static const struct need impossible = {.bounded = true};

static struct need derive(struct need_context *c, const struct expr *e,
			  uint32_t current);

/* ---- needs from events ---- */

static struct need of_event(struct need_context *c, const struct need_event *event,
			    double cost)
{
	struct need_event *copy = arena_make(c->arena, struct need_event);

	if (copy == NULL) {
		c->failed = true;
		return unbounded;
	}
	*copy = *event;
	return (struct need){
	    .bounded = true, .cost = cost, .events = copy, .n_events = 1};
}

static double cost_of_pattern(struct pattern_cost cost)
{
	if (cost.tier == PATTERN_SLOW)
		return COST_SLOW + cost.hits_per_mb;
	if (cost.tier == PATTERN_SHORT)
		return COST_SHORT + cost.hits_per_mb;
	return 0.001 + cost.hits_per_mb;
}

static struct need of_string(struct need_context *c, uint32_t string)
{
	const struct need_event event = {.kind = NEED_MATCH,
					 .pattern = c->patterns[string]};

	return of_event(c, &event, cost_of_pattern(c->costs[string]));
}

/* `$a at offset`: patterns that the filter finds anyway need no check of their own. */
static struct need of_string_at(struct need_context *c, uint32_t string,
				const struct expr *offset)
{
	const struct need_event event = {.kind = NEED_MATCH_AT,
					 .pattern = c->patterns[string],
					 .offset = (uint64_t)offset->value.integer};

	if (offset->op != EXPR_CONSTANT || offset->value.type != VALUE_INT ||
	    c->costs[string].tier == PATTERN_GRAMS)
		return of_string(c, string);
	if (offset->value.integer < 0)
		return impossible;
	return of_event(c, &event, COST_CHECK);
}

/* ---- combining ---- */

static struct need unite(struct need_context *c, const struct need *needs, size_t n)
{
	struct need all = {.bounded = true};
	struct need_event *events;

	for (size_t i = 0; i < n; i++) {
		if (!needs[i].bounded)
			return unbounded;
		all.n_events += needs[i].n_events;
		all.cost += needs[i].cost;
	}
	if (all.n_events == 0)
		return all;
	events = arena_array(c->arena, all.n_events, sizeof *events);
	if (events == NULL) {
		c->failed = true;
		return unbounded;
	}
	all.events = events;
	for (size_t i = 0; i < n; events += needs[i].n_events, i++)
		if (needs[i].n_events > 0)
			memcpy(events, needs[i].events,
			       needs[i].n_events * sizeof *events);
	return all;
}

static int by_cost(const void *a, const void *b)
{
	const struct need *x = a, *y = b;

	if (x->bounded != y->bounded)
		return x->bounded ? -1 : 1;
	return x->cost < y->cost ? -1 : x->cost > y->cost;
}

/* All of n > 0 needs are met: the cheapest will do, and the next one is at hand. */
static struct need all_of(struct need_context *c, struct need *needs, size_t n)
{
	struct need *next, all;

	qsort(needs, n, sizeof *needs, by_cost);
	all = needs[0];
	if (n == 1 || !needs[1].bounded ||
	    (all.also != NULL && by_cost(all.also, &needs[1]) <= 0))
		return all;
	next = arena_make(c->arena, struct need);
	if (next == NULL) {
		c->failed = true;
		return unbounded;
	}
	*next = needs[1];
	all.also = next;
	return all;
}

/* At least k of the n needs are met: of any n - k + 1 of them one is. */
static struct need at_least(struct need_context *c, struct need *needs, size_t n,
			    uint64_t k)
{
	if (k == 0)
		return unbounded;
	if (k > n)
		return impossible;
	if (k == n)
		return all_of(c, needs, n);
	qsort(needs, n, sizeof *needs, by_cost);
	return unite(c, needs, n - (size_t)k + 1);
}

/* How many of n must be true at least; 0 when that is not known or nought. */
static uint64_t least(const struct expr *e, uint64_t n)
{
	const struct expr *number = e->n_kids > 0 ? e->kids[0] : NULL;
	bool known = number != NULL && number->op == EXPR_CONSTANT &&
		     number->value.type == VALUE_INT && number->value.integer > 0;

	switch (e->quantifier) {
	case QUANTIFIER_ALL: return n;
	case QUANTIFIER_ANY: return 1;
	case QUANTIFIER_NONE: return 0;
	case QUANTIFIER_NUMBER: return known ? (uint64_t)number->value.integer : 0;
	case QUANTIFIER_PERCENT: break;
	}
	for (uint64_t k = 1; known && k <= n; k++)
		if (operator_holds(
			operator_of(QUANTIFIER_PERCENT, number->value, k, n)))
			return k;
	return known ? n + 1 : 0;
}

static struct need *array_of_needs(struct need_context *c, size_t n)
{
	struct need *needs = arena_array(c->arena, n, sizeof *needs);

	c->failed |= needs == NULL;
	return needs;
}

/* ---- equality ---- */

static bool is_module(const struct expr *e, const char *name)
{
	return e->module != NULL && strcmp(e->module->name, name) == 0;
}

/* Whether the value of e can be had without strings, rules and side effects. */
static bool is_plain(const struct expr *e)
{
	switch (e->op) {
	case EXPR_CONSTANT:
	case EXPR_REGEX:
	case EXPR_FILESIZE:
	case EXPR_ENTRYPOINT:
	case EXPR_EXTERNAL:
	case EXPR_VARIABLE:
	case EXPR_FIELD:
	case EXPR_READ:
	case EXPR_MATCHES: break;
	case EXPR_CALL:
		if (is_module(e, "console"))
			return false;
		break;
	default:
		if (!operator_is_binary(e->op) && !operator_is_unary(e->op))
			return false;
	}
	for (size_t i = 0; i < e->n_kids; i++)
		if (!is_plain(e->kids[i]))
			return false;
	return true;
}

static double cost_of_key(const struct expr *e)
{
	if (e->op == EXPR_FILESIZE)
		return COST_FILESIZE;
	if (e->op == EXPR_EXTERNAL)
		return COST_EXTERNAL;
	if (e->op == EXPR_READ)
		return e->read.width == 4   ? COST_READ_4
		       : e->read.width == 2 ? COST_READ_2
					    : COST_READ_1;
	return e->type == VALUE_TEXT ? COST_TEXT : COST_NUMBER;
}

static struct need of_equality(struct need_context *c, const struct expr *e)
{
	const struct expr *left = e->kids[0], *right = e->kids[1];
	const struct expr *constant = left->op == EXPR_CONSTANT ? left : right;
	const struct expr *expr = left->op == EXPR_CONSTANT ? right : left;
	struct need_event event = {.kind = NEED_EQUAL, .expr = expr};

	if (constant->op != EXPR_CONSTANT || expr->op == EXPR_CONSTANT ||
	    expr->type != constant->value.type ||
	    (expr->type != VALUE_INT && expr->type != VALUE_TEXT) || !is_plain(expr))
		return unbounded;
	event.constant = constant->value;
	return of_event(c, &event, cost_of_key(expr));
}

/* ---- tests ---- */

/* Whether e asks nothing but what is at hand: no sums over the object, no signature. */
static bool is_quick(const struct expr *e)
{
	if (e->op == EXPR_CALL && !is_module(e, "pe"))
		return false;
	if (e->module != NULL && strstr(e->field->name, "sign") != NULL)
		return false;
	for (size_t i = 0; i < e->n_kids; i++)
		if (!is_quick(e->kids[i]))
			return false;
	return true;
}

static bool calls_pe(const struct expr *e, const char *function)
{
	return e->op == EXPR_CALL && is_module(e, "pe") &&
	       strcmp(e->field->name, function) == 0;
}

/*
 * Tests that few objects pass: a text contains another, an image exports a name or has
 * a section of that name.  What is worth a look-up is their outcome: true, or for a
 * number that stands for a truth, that its negation is false.  Both hold exactly when
 * the test does; an undefined one, which does not hold, has no value to look up.
 */
static struct need of_test(struct need_context *c, const struct expr *e)
{
	struct need_event event = {
	    .kind = NEED_EQUAL, .expr = e, .constant = value_int(1)};
	struct expr *negation;

	if (!is_plain(e) || !is_quick(e))
		return unbounded;
	if (e->op >= EXPR_CONTAINS && e->op <= EXPR_MATCHES)
		return of_event(c, &event, COST_TEST);
	if (e->op == EXPR_GE && calls_pe(e->kids[0], "section_index"))
		return of_event(c, &event, COST_TEST);
	if (!calls_pe(e, "exports"))
		return unbounded;
	negation = arena_make(c->arena, struct expr);
	if (negation == NULL || (negation->kids = arena_array(
				     c->arena, 1, sizeof *negation->kids)) == NULL) {
		c->failed = true;
		return unbounded;
	}
	negation->op = EXPR_NOT;
	negation->type = VALUE_BOOL;
	negation->place = e->place;
	negation->kids[0] = (struct expr *)e;
	negation->n_kids = 1;
	event.expr = negation;
	event.constant = value_int(0);
	return of_event(c, &event, COST_TEST);
}

/* Puts the loop around every expression that is looked up. */
static struct need in_loop(struct need_context *c, struct need need,
			   const struct expr *loop)
{
	struct need_event *events;

	if (!need.bounded || need.n_events == 0)
		return need;
	for (size_t i = 0; i + 1 < loop->n_kids; i++)
		if (!is_plain(loop->kids[i]))
			return unbounded;
	events = arena_array(c->arena, need.n_events, sizeof *events);
	if (events == NULL) {
		c->failed = true;
		return unbounded;
	}
	memcpy(events, need.events, need.n_events * sizeof *events);
	for (size_t i = 0; i < need.n_events; i++) {
		struct need_loop *link;

		if (events[i].kind != NEED_EQUAL)
			continue;
		link = arena_make(c->arena, struct need_loop);
		if (link == NULL) {
			c->failed = true;
			return unbounded;
		}
		*link = (struct need_loop){.loop = loop, .inner = events[i].loops};
		events[i].loops = link;
	}
	need.events = events;
	return need;
}

/* ---- the operators of conditions ---- */

static struct need of_and(struct need_context *c, const struct expr *e,
			  uint32_t current)
{
	struct need *needs = array_of_needs(c, e->n_kids);

	for (size_t i = 0; needs != NULL && i < e->n_kids; i++)
		needs[i] = derive(c, e->kids[i], current);
	return needs == NULL || e->n_kids == 0 ? unbounded
					       : all_of(c, needs, e->n_kids);
}

static struct need of_or(struct need_context *c, const struct expr *e, uint32_t current)
{
	struct need *needs = array_of_needs(c, e->n_kids);

	for (size_t i = 0; needs != NULL && i < e->n_kids; i++) {
		needs[i] = derive(c, e->kids[i], current);
		if (!needs[i].bounded)
			return unbounded;
	}
	return needs == NULL ? unbounded : unite(c, needs, e->n_kids);
}

static struct need of_set(struct need_context *c, const struct expr *e)
{
	struct need *needs = array_of_needs(c, e->n_set);

	for (size_t i = 0; needs != NULL && i < e->n_set; i++) {
		if (e->set_is_rules)
			needs[i] = c->rule_needs[e->set[i]];
		else if (e->op == EXPR_OF_AT)
			needs[i] = of_string_at(c, e->set[i], e->kids[e->n_kids - 1]);
		else
			needs[i] = of_string(c, e->set[i]);
	}
	return needs == NULL ? unbounded
			     : at_least(c, needs, e->n_set, least(e, e->n_set));
}

/* A loop adds up what its body gives; where that may be any number, one round can
 * stand for many. */
static bool gives_numbers(const struct expr *body)
{
	if (body->op == EXPR_TRUTH)
		return true;
	return body->op == EXPR_OR && body->n_kids > 0 && gives_numbers(body->kids[0]);
}

static struct need of_for_of(struct need_context *c, const struct expr *e)
{
	const struct expr *body = e->kids[e->n_kids - 1];
	struct need *needs = array_of_needs(c, e->n_set);
	uint64_t k = least(e, e->n_set);

	if (k > 1 && gives_numbers(body))
		k = 1;
	for (size_t i = 0; needs != NULL && i < e->n_set; i++)
		needs[i] = derive(c, body, e->set[i]);
	return needs == NULL ? unbounded : at_least(c, needs, e->n_set, k);
}

/* Loops over numbers and structures: at least one round must be true. */
static struct need of_loop(struct need_context *c, const struct expr *e,
			   uint32_t current)
{
	if (least(e, 1) == 0)
		return unbounded;
	return in_loop(c, derive(c, e->kids[e->n_kids - 1], current), e);
}

/* Comparisons and the like: what would they be, were a string absent? */
static struct need of_absence(struct need_context *c, const struct expr *e,
			      uint32_t current)
{
	struct absence_set set;
	struct need best = unbounded, *needs;

	if (!absence_collect(c->arena, e, current, &set)) {
		c->failed = true;
		return unbounded;
	}
	if (set.n == 0)
		return absence_is_false(e, current, ABSENCE_ALL) ? impossible
								 : unbounded;
	needs = array_of_needs(c, set.n);
	for (size_t i = 0; needs != NULL && i < set.n; i++) {
		needs[i] = of_string(c, set.strings[i]);
		if (absence_is_false(e, current, set.strings[i]) &&
		    by_cost(&needs[i], &best) < 0)
			best = needs[i];
	}
	if (needs != NULL && !best.bounded && absence_is_false(e, current, ABSENCE_ALL))
		return unite(c, needs, set.n);
	return best;
}

static uint32_t string_of(const struct expr *e, uint32_t current)
{
	return e->index == STRING_CURRENT ? current : e->index;
}

static struct need derive(struct need_context *c, const struct expr *e,
			  uint32_t current)
{
	struct need need;

	switch (e->op) {
	case EXPR_AND: return of_and(c, e, current);
	case EXPR_OR: return of_or(c, e, current);
	case EXPR_TRUTH: return derive(c, e->kids[0], current);
	case EXPR_RULE: return c->rule_needs[e->index];
	case EXPR_MATCH:
	case EXPR_MATCH_IN: return of_string(c, string_of(e, current));
	case EXPR_MATCH_AT: return of_string_at(c, string_of(e, current), e->kids[0]);
	case EXPR_OF:
	case EXPR_OF_AT:
	case EXPR_OF_IN: return of_set(c, e);
	case EXPR_FOR_OF: return of_for_of(c, e);
	case EXPR_FOR_RANGE:
	case EXPR_FOR_LIST:
	case EXPR_FOR_ARRAY:
	case EXPR_FOR_DICT: return of_loop(c, e, current);
	case EXPR_EQ:
		need = of_equality(c, e);
		if (need.bounded)
			return need;
		break;
	default: break;
	}
	need = of_absence(c, e, current);
	return need.bounded ? need : of_test(c, e);
}

struct need need_of_condition(struct need_context *context,
			      const struct expr *condition)
{
	struct need need = derive(context, condition, STRING_CURRENT);

	return context->failed ? unbounded : need;
}

bool need_speaks(const struct expr *e)
{
	if (e->op == EXPR_CALL && is_module(e, "console"))
		return true;
	for (size_t i = 0; i < e->n_kids; i++)
		if (need_speaks(e->kids[i]))
			return true;
	return false;
}

unsigned need_strings_libyara(const struct expr *e)
{
	unsigned n = 0, kid;

	switch (e->op) {
	case EXPR_MATCH:
	case EXPR_MATCH_AT:
	case EXPR_MATCH_IN: return 1;
	case EXPR_OF:
	case EXPR_OF_AT:
	case EXPR_OF_IN: return !e->set_is_rules && least(e, e->n_set) > 0;
	case EXPR_AND:
		for (size_t i = 0; i < e->n_kids; i++)
			n += need_strings_libyara(e->kids[i]);
		return n;
	case EXPR_OR:
		for (size_t i = 0; i < e->n_kids; i++) {
			kid = need_strings_libyara(e->kids[i]);
			n = i == 0 || kid < n ? kid : n;
		}
		return n;
	default: return 0;
	}
}
