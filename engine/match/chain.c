#include "engine/match/chain.h"

#include "engine/rule/regex.h"

/*
 * For the matches of one part, the index of the nearest last part that each can be
 * continued to (NOWHERE when there is none), with the smallest of any range at hand: a
 * complete binary tree in an array, leaves from index n on.
 */
struct nearest {
	uint32_t *tree;
	size_t n;
};

#define NOWHERE UINT32_MAX

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void build_tree(struct nearest *nearest)
{
	for (size_t i = nearest->n - 1; i > 0; i--)
		nearest->tree[i] =
		    smaller(nearest->tree[2 * i], nearest->tree[2 * i + 1]);
}

static uint32_t smallest(const struct nearest *nearest, size_t first, size_t end)
{
	uint32_t found = NOWHERE;

	for (first += nearest->n, end += nearest->n; first < end;
	     first /= 2, end /= 2) {
		if (first & 1)
			found = smaller(found, nearest->tree[first++]);
		if (end & 1)
			found = smaller(found, nearest->tree[--end]);
	}
	return found;
}

/* Index of the first match at offset or behind it. */
static size_t first_from(const struct chain_part *part, uint64_t offset)
{
	size_t low = 0, high = part->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (part->matches[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t continued_to(const struct match *match, const struct chain_part *next,
			     const struct nearest *nearest)
{
	uint64_t end = match->offset + match->length;
	uint64_t last =
	    next->gap_max == RE_UNBOUNDED ? UINT64_MAX - 1 : end + next->gap_max;

	return smallest(nearest, first_from(next, end + next->gap_min),
			first_from(next, last + 1));
}

static bool new_nearest(struct arena *arena, size_t n, struct nearest *nearest_out)
{
	*nearest_out = (struct nearest){arena_array(arena, 2 * n, sizeof(uint32_t)), n};
	return nearest_out->tree != NULL;
}

enum rq_err chain_join(const struct chain_part *parts, size_t n_parts,
		       struct arena *arena, struct match **matches_out, size_t *n_out)
{
	const struct chain_part *head = &parts[0], *tail = &parts[n_parts - 1];
	struct nearest nearest, before;
	struct match *joined;
	size_t n = 0;

	*matches_out = NULL;
	*n_out = 0;
	for (size_t i = 0; i < n_parts; i++) {
		if (parts[i].n == 0)
			return RQ_OK;
	}
	if (!new_nearest(arena, tail->n, &nearest))
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < tail->n; i++)
		nearest.tree[tail->n + i] = (uint32_t)i;
	for (size_t part = n_parts - 1; part > 0; part--) {
		const struct chain_part *previous = &parts[part - 1];

		build_tree(&nearest);
		if (!new_nearest(arena, previous->n, &before))
			return RQ_ERR_MEMORY;
		for (size_t i = 0; i < previous->n; i++)
			before.tree[previous->n + i] =
			    continued_to(&previous->matches[i], &parts[part], &nearest);
		nearest = before;
	}
	joined = arena_array(arena, head->n, sizeof *joined);
	if (joined == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < head->n; i++) {
		uint32_t last = nearest.tree[head->n + i];

		if (last == NOWHERE)
			continue;
		joined[n] = head->matches[i];
		joined[n++].length =
		    (uint32_t)(tail->matches[last].offset + tail->matches[last].length -
			       head->matches[i].offset);
	}
	*matches_out = joined;
	*n_out = n;
	return RQ_OK;
}
