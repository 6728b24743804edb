#include "endpoint/answer_join.h"

#include <string.h>

/* The rows of a, then those of b; NULL: out of memory. */
static void *chained(const void *a, size_t n_a, const void *b, size_t n_b, size_t size,
		     struct arena *arena)
{
	uint8_t *rows = arena_array(arena, n_a + n_b, size);

	if (rows != NULL && n_a > 0)
		memcpy(rows, a, n_a * size);
	if (rows != NULL && n_b > 0)
		memcpy(&rows[n_a * size], b, n_b * size);
	return rows;
}

static enum rq_err join_matches(const struct worker_string *from, struct arena *arena,
				struct worker_string *to)
{
	size_t n = 0, a = 0, b = 0;
	struct worker_match *matches =
	    arena_array(arena, from->n_matches + to->n_matches, sizeof *matches);

	if (matches == NULL)
		return RQ_ERR_MEMORY;
	while (a < to->n_matches && b < from->n_matches) {
		const struct worker_match *x = &to->matches[a], *y = &from->matches[b];

		if (x->offset == y->offset) /* what a cut shortened is the lesser */
			matches[n++] = x->length >= y->length ? *x : *y;
		else
			matches[n++] = x->offset < y->offset ? *x : *y;
		a += x->offset <= y->offset;
		b += y->offset <= x->offset;
	}
	while (a < to->n_matches)
		matches[n++] = to->matches[a++];
	while (b < from->n_matches)
		matches[n++] = from->matches[b++];
	to->matches = matches;
	to->n_matches = n;
	return RQ_OK;
}

static enum rq_err join_strings(const struct worker_rule *from, struct arena *arena,
				struct worker_rule *to)
{
	struct worker_string *strings =
	    arena_array(arena, from->n_strings + to->n_strings, sizeof *strings);
	size_t n = to->n_strings;
	enum rq_err err = RQ_OK;

	if (strings == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		strings[i] = to->strings[i];
	for (size_t i = 0; i < from->n_strings && err == RQ_OK; i++) {
		size_t k = 0;

		while (k < to->n_strings &&
		       !bytes_equal(strings[k].identifier, from->strings[i].identifier))
			k++;
		if (k == to->n_strings)
			strings[n++] = from->strings[i];
		else
			err = join_matches(&from->strings[i], arena, &strings[k]);
	}
	to->strings = strings;
	to->n_strings = n;
	return err;
}

static enum rq_err join_rules(const struct worker_answer *from, struct arena *arena,
			      struct worker_answer *to)
{
	struct worker_rule *rules =
	    arena_array(arena, from->n_rules + to->n_rules, sizeof *rules);
	size_t n = 0, a = 0, b = 0;
	enum rq_err err = RQ_OK;

	if (rules == NULL)
		return RQ_ERR_MEMORY;
	while (err == RQ_OK && a < to->n_rules && b < from->n_rules) {
		const struct worker_rule *x = &to->rules[a], *y = &from->rules[b];

		rules[n] = x->rule <= y->rule ? *x : *y;
		if (x->rule == y->rule)
			err = join_strings(y, arena, &rules[n]);
		a += x->rule <= y->rule;
		b += y->rule <= x->rule;
		n++;
	}
	while (a < to->n_rules)
		rules[n++] = to->rules[a++];
	while (b < from->n_rules)
		rules[n++] = from->rules[b++];
	to->rules = rules;
	to->n_rules = n;
	return err;
}

enum rq_err answer_join(const struct worker_answer *from, struct arena *arena,
			struct worker_answer *to)
{
	enum rq_err err = join_rules(from, arena, to);

	if (err != RQ_OK)
		return err;
	to->console = chained(to->console, to->n_console, from->console,
			      from->n_console, sizeof *to->console, arena);
	to->hits = chained(to->hits, to->n_hits, from->hits, from->n_hits,
			   sizeof *to->hits, arena);
	if (to->console == NULL || to->hits == NULL)
		return RQ_ERR_MEMORY;
	to->n_console += from->n_console;
	to->n_hits += from->n_hits;
	to->gaps |= from->gaps;
	to->n_read += from->n_read;
	return RQ_OK;
}
