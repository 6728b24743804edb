#include "engine/match/evaluate_parts.h"

#include "engine/ruleset/operator.h"

struct matches {
	const struct match *at;
	size_t n;
};

static bool is_integer(struct value a)
{
	return a.type == VALUE_INT || a.type == VALUE_BOOL;
}

/* The string a node speaks of; false where $ stands for none. */
static bool string_of(const struct evaluator *v, const struct image_node *node,
		      uint32_t *string_out)
{
	*string_out = node->index == NODE_CURRENT ? v->current : node->index;
	return *string_out != NODE_CURRENT;
}

static struct matches matches_of(struct evaluator *v, uint32_t string)
{
	uint32_t pattern = v->view->strings[string].pattern;
	struct matches m = {NULL, 0};

	if (!search_is_complete(v->input.search, pattern))
		v->unknown = true;
	else
		m.at = search_matches(v->input.search, pattern, &m.n);
	return m;
}

/* The first match at or behind off, as an index; offsets compare as signed numbers. */
static size_t first_from(struct matches m, int64_t off)
{
	size_t low = 0, high = m.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((int64_t)m.at[middle].offset < off)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t count_in(struct matches m, int64_t first, int64_t last)
{
	size_t from, to;

	if (last < first)
		return 0;
	from = first_from(m, first);
	to = last == INT64_MAX ? m.n : first_from(m, last + 1);
	return to - from;
}

/* A string that was not searched need not be for the answer at one place. */
static bool matches_at(struct evaluator *v, uint32_t string, int64_t off)
{
	uint32_t pattern = v->view->strings[string].pattern;
	struct matches m;

	if (off < 0)
		return false;
	if (!search_is_complete(v->input.search, pattern))
		return search_matches_at(v->input.search, pattern, (uint64_t)off);
	m = matches_of(v, string);
	return count_in(m, off, off) > 0;
}

static struct value nth(struct evaluator *v, const struct image_node *node,
			struct matches m)
{
	struct value i = evaluate_kid(v, node, 0);

	if (!is_integer(i) || i.integer < 1 || (uint64_t)i.integer > m.n)
		return value_undefined();
	if (node->op == EXPR_OFFSET)
		return value_int((int64_t)m.at[i.integer - 1].offset);
	return value_int(m.at[i.integer - 1].length);
}

static struct value in_range(struct evaluator *v, const struct image_node *node,
			     struct matches m)
{
	struct value first = evaluate_kid(v, node, 0), last = evaluate_kid(v, node, 1);
	size_t n;

	if (!is_integer(first) || !is_integer(last))
		return value_undefined();
	n = count_in(m, first.integer, last.integer);
	return node->op == EXPR_COUNT_IN ? value_int((int64_t)n) : value_bool(n > 0);
}

struct value evaluate_string(struct evaluator *v, const struct image_node *node)
{
	struct value off;
	uint32_t string;
	struct matches m;

	if (!string_of(v, node, &string))
		return value_undefined();
	if (node->op == EXPR_MATCH_AT) {
		off = evaluate_kid(v, node, 0);
		if (!is_integer(off))
			return value_undefined();
		return value_bool(matches_at(v, string, off.integer));
	}
	m = matches_of(v, string);
	switch (node->op) {
	case EXPR_MATCH: return value_bool(m.n > 0);
	case EXPR_COUNT: return value_int((int64_t)m.n);
	case EXPR_OFFSET:
	case EXPR_LENGTH: return nth(v, node, m);
	default: return in_range(v, node, m);
	}
}

/* ---- of ---- */

struct place {
	int64_t first, last;
	bool is_range, is_at;
};

static bool string_counts(struct evaluator *v, uint32_t string,
			  const struct place *where)
{
	if (where->is_at)
		return matches_at(v, string, where->first);
	if (where->is_range)
		return count_in(matches_of(v, string), where->first, where->last) > 0;
	return matches_of(v, string).n > 0;
}

/* false: undefined, and so is the result. */
static bool place_of(struct evaluator *v, const struct image_node *node,
		     struct place *where)
{
	uint32_t i = evaluate_has_number(node);
	struct value first, last;

	*where = (struct place){0};
	if (node->op == EXPR_OF)
		return true;
	first = last = evaluate_kid(v, node, i);
	if (node->op == EXPR_OF_IN)
		last = evaluate_kid(v, node, i + 1);
	where->first = first.integer;
	where->last = last.integer;
	where->is_at = node->op == EXPR_OF_AT;
	where->is_range = node->op == EXPR_OF_IN;
	return is_integer(first) && is_integer(last);
}

/*
 * Members that are not known may be all true or all false; when both ends give the
 * same, so does everything between.
 */
struct value evaluate_of(struct evaluator *v, const struct image_node *node)
{
	const uint32_t *set = v->view->sets + node->set.first;
	enum quantifier quantifier = (enum quantifier)node->quantifier;
	struct value number = value_undefined(), least, most;
	uint64_t n_true = 0, n_unknown = 0;
	bool unknown_before;
	struct place where;

	if (evaluate_has_number(node))
		number = evaluate_kid(v, node, 0);
	if (!place_of(v, node, &where))
		return value_undefined();
	unknown_before = v->unknown;
	for (uint32_t i = 0; i < node->set.n; i++) {
		bool is_true;

		v->unknown = false;
		if ((node->flags & NODE_SET_IS_RULES) != 0) {
			enum truth truth = evaluator_get(v, set[i]);

			is_true = truth == TRUTH_TRUE;
			v->unknown = truth == TRUTH_UNKNOWN;
		} else {
			is_true = string_counts(v, set[i], &where);
		}
		n_unknown += v->unknown;
		n_true += !v->unknown && is_true;
	}
	least = operator_of(quantifier, number, n_true, node->set.n);
	most = operator_of(quantifier, number, n_true + n_unknown, node->set.n);
	v->unknown = unknown_before || operator_holds(least) != operator_holds(most);
	return least;
}
