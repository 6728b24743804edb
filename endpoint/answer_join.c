#include "endpoint/answer_join.h"

static enum rq_err join_matches(const struct worker_string *from, struct arena *arena,
				struct worker_string *to)
{
	size_t n = 0, a = 0, b = 0;
	struct worker_match *matches =
	    arena_array(arena, from->n_matches + to->n_matches, sizeof *matches);

	if (matches == NULL)
		return RQ_ERR_MEMORY;
	while (a < to->n_matches || b < from->n_matches) {
		const struct worker_match *x =
		    a < to->n_matches ? &to->matches[a] : NULL;
		const struct worker_match *y =
		    b < from->n_matches ? &from->matches[b] : NULL;
		bool is_same = x != NULL && y != NULL && x->offset == y->offset;

		if (is_same)
			/* what the cut shortened is the lesser one */
			matches[n++] = x->length >= y->length ? *x : *y;
		else
			matches[n++] =
			    y == NULL || (x != NULL && x->offset < y->offset) ? *x : *y;
		a += x != NULL && matches[n - 1].offset == x->offset;
		b += y != NULL && matches[n - 1].offset == y->offset;
	}
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
	while (err == RQ_OK && (a < to->n_rules || b < from->n_rules)) {
		const struct worker_rule *x = a < to->n_rules ? &to->rules[a] : NULL;
		const struct worker_rule *y =
		    b < from->n_rules ? &from->rules[b] : NULL;
		bool is_same = x != NULL && y != NULL && x->rule == y->rule;

		rules[n] = y == NULL || (x != NULL && x->rule <= y->rule) ? *x : *y;
		a += x != NULL && x->rule == rules[n].rule;
		b += y != NULL && y->rule == rules[n].rule;
		if (is_same)
			err = join_strings(y, arena, &rules[n]);
		n++;
	}
	to->rules = rules;
	to->n_rules = n;
	return err;
}

static enum rq_err join_lines(const struct bytes *from, size_t n_from,
			      struct arena *arena, const struct bytes **to,
			      size_t *n_to)
{
	struct bytes *lines = arena_array(arena, n_from + *n_to, sizeof *lines);

	if (lines == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < *n_to; i++)
		lines[i] = (*to)[i];
	for (size_t i = 0; i < n_from; i++)
		lines[*n_to + i] = from[i];
	*to = lines;
	*n_to += n_from;
	return RQ_OK;
}

static enum rq_err join_hits(const struct worker_answer *from, struct arena *arena,
			     struct worker_answer *to)
{
	struct worker_hit *hits =
	    arena_array(arena, from->n_hits + to->n_hits, sizeof *hits);

	if (hits == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < to->n_hits; i++)
		hits[i] = to->hits[i];
	for (size_t i = 0; i < from->n_hits; i++)
		hits[to->n_hits + i] = from->hits[i];
	to->hits = hits;
	to->n_hits += from->n_hits;
	return RQ_OK;
}

enum rq_err answer_join(const struct worker_answer *from, struct arena *arena,
			struct worker_answer *to)
{
	enum rq_err err = join_rules(from, arena, to);

	if (err == RQ_OK)
		err = join_lines(from->console, from->n_console, arena, &to->console,
				 &to->n_console);
	if (err == RQ_OK)
		err = join_hits(from, arena, to);
	to->gaps |= from->gaps;
	to->n_read += from->n_read;
	return err;
}
