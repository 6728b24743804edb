#include "engine/match/evaluate_parts.h"

#include "bytes/alloc.h"
#include "engine/ruleset/operator.h"
#include "os/clock.h"

enum { ROUNDS_PER_LOOK = 256 }; /* at the clock */

/* ---- rounds ---- */

/* Walks the values of a loop; each round sets the loop's slots. */
struct rounds {
	const struct image_node *node;
	uint32_t first_kid, n_items; /* LIST: items; ARRAY, DICT: keys */
	int64_t next, last;          /* position, or the number itself */
	bool over;
	struct value keys[MODULE_MAX_KEYS];
	void *state; /* of the module */
	uint32_t outer_current;
};

static bool is_integer(struct value a)
{
	return a.type == VALUE_INT || a.type == VALUE_BOOL;
}

static void begin_range(struct evaluator *v, struct rounds *r)
{
	struct value first = evaluate_kid(v, r->node, r->first_kid);
	struct value last = evaluate_kid(v, r->node, r->first_kid + 1);

	r->over =
	    !is_integer(first) || !is_integer(last) || first.integer > last.integer;
	r->next = first.integer;
	r->last = last.integer;
}

static uint16_t field_id(const struct evaluator *v, const struct image_node *node)
{
	return v->view->fields[node->module][node->field].field->id;
}

/* The last key of an array or dictionary is that of the element, which comes later. */
static void begin_elements(struct evaluator *v, struct rounds *r)
{
	const struct module *module = v->view->modules[r->node->module];
	uint64_t n_refusals = alloc_refusals();
	int64_t n;

	r->over = true;
	if (!evaluate_keys(v, r->node, r->first_kid, r->n_items, r->keys) ||
	    !evaluate_module(v, r->node->module, &r->state))
		return;
	n = module->count(r->state, field_id(v, r->node), r->keys);
	evaluate_note_refusals(v, n_refusals);
	r->last = n - 1;
	r->over = n <= 0;
}

static void begin(struct evaluator *v, const struct image_node *node, struct rounds *r)
{
	*r = (struct rounds){.node = node, .outer_current = v->current};
	r->first_kid = evaluate_has_number(node);
	r->n_items = node->n_kids - 1 - r->first_kid;
	switch (node->op) {
	case EXPR_FOR_RANGE: begin_range(v, r); break;
	case EXPR_FOR_LIST: r->last = (int64_t)r->n_items - 1; break;
	case EXPR_FOR_OF:
		r->last = (int64_t)node->set.n - 1;
		r->over = node->set.n == 0;
		break;
	default: begin_elements(v, r); break;
	}
}

static void set_slots(struct evaluator *v, const struct rounds *r)
{
	const struct image_node *node = r->node;
	const struct conditions *view = v->view;
	const struct module *module;
	struct value key = value_undefined();
	uint64_t n_refusals = alloc_refusals();

	switch (node->op) {
	case EXPR_FOR_OF:
		v->current = view->sets[node->set.first + (uint32_t)r->next];
		return;
	case EXPR_FOR_LIST:
		v->slots[node->index] =
		    evaluate_kid(v, node, r->first_kid + (uint32_t)r->next);
		return;
	case EXPR_FOR_DICT:
		module = view->modules[node->module];
		module->key(r->state, field_id(v, node), r->keys, r->next, &key);
		evaluate_note_refusals(v, n_refusals);
		v->slots[node->index + 1] = key;
		break;
	default: break;
	}
	v->slots[node->index] = value_int(r->next);
}

bool evaluate_out_of_time(struct evaluator *v)
{
	if (!v->timed_out && v->input.deadline_ns != 0)
		v->timed_out = clock_monotonic_ns() > v->input.deadline_ns;
	v->unknown = v->unknown || v->timed_out;
	return v->timed_out;
}

/* false: the loop is over.  A loop that takes too long is given up. */
static bool go_on(struct evaluator *v, struct rounds *r)
{
	if (r->over)
		return false;
	if ((v->timed_out || ++v->rounds % ROUNDS_PER_LOOK == 0) &&
	    evaluate_out_of_time(v))
		return false;
	set_slots(v, r);
	r->over = r->next == r->last;
	if (!r->over)
		r->next++;
	return true;
}

/* ---- conditions ---- */

/*
 * The quantifier's view of a loop, as libyara has it: results are added up, and since
 * the result of a body may be any number, the sum is what counts, not the rounds.
 */
struct tally {
	bool all;
	int64_t wanted; /* 0: none */
	uint64_t sum, n_rounds;
};

static struct tally tally_of(struct evaluator *v, const struct image_node *node)
{
	struct tally t = {0};
	struct value number;

	switch (node->quantifier) {
	case QUANTIFIER_ANY: t.wanted = 1; break;
	case QUANTIFIER_NONE: break;
	case QUANTIFIER_NUMBER:
		number = evaluate_kid(v, node, 0);
		t.all = !is_integer(number);
		t.wanted = t.all ? 0 : number.integer;
		break;
	default: t.all = true; break;
	}
	return t;
}

/* Whether another round could change the outcome. */
static bool tally_add(struct tally *t, struct value body)
{
	bool defined = is_integer(body);

	t->n_rounds++;
	if (defined)
		t->sum += (uint64_t)body.integer;
	if (t->all)
		return !defined || body.integer != 0;
	if (t->wanted == 0)
		return !defined || body.integer != 1;
	return !defined || (int64_t)t->sum < t->wanted;
}

static bool tally_is_met(const struct tally *t)
{
	if (t->n_rounds == 0)
		return false;
	if (t->all)
		return t->sum == t->n_rounds;
	if (t->wanted == 0)
		return t->sum == 0;
	return (int64_t)t->sum >= t->wanted;
}

struct value evaluate_loop(struct evaluator *v, const struct image_node *node)
{
	struct tally tally = tally_of(v, node);
	struct rounds rounds;
	bool more = !v->unknown;

	begin(v, node, &rounds);
	v->loop_depth++;
	while (more && !v->unknown && go_on(v, &rounds)) {
		struct value body = evaluate_kid(v, node, node->n_kids - 1);

		if (body.type != VALUE_BOOL)
			body = operator_unary(EXPR_TRUTH, body);
		more = tally_add(&tally, body);
	}
	v->loop_depth--;
	v->current = rounds.outer_current;
	return value_bool(tally_is_met(&tally));
}

/* ---- terms ---- */

struct telling {
	void (*tell)(void *listener, struct value value);
	void *listener;
};

static bool is_loop(const struct image_node *node)
{
	return node->op >= EXPR_FOR_RANGE && node->op <= EXPR_FOR_DICT;
}

static void tell_values(struct evaluator *v, uint32_t at, const struct telling *to)
{
	const struct image_node *node = &v->view->nodes[at];
	struct rounds rounds;
	struct value value;

	if (!is_loop(node)) {
		value = evaluate(v, at);
		if (value.type != VALUE_UNDEFINED)
			to->tell(to->listener, value);
		return;
	}
	begin(v, node, &rounds);
	while (go_on(v, &rounds))
		tell_values(v, v->view->kids[node->first_kid + node->n_kids - 1], to);
}

bool evaluator_term(struct evaluator *v, uint32_t root,
		    void (*tell)(void *listener, struct value value), void *listener)
{
	const struct telling to = {tell, listener};

	v->unknown = false;
	tell_values(v, root, &to);
	return !v->unknown;
}
