#include "engine/match/matches.h"

#include "bytes/alloc.h"

#include <string.h>

enum { FIRST_ROOM = 4 };

enum rq_err matches_init(struct matches *matches, size_t n_patterns,
			 uint32_t max_per_list)
{
	*matches =
	    (struct matches){.n_lists = n_patterns, .max_per_list = max_per_list};
	matches->lists = alloc_array(n_patterns + 1, sizeof *matches->lists);
	matches->touched = alloc_array(n_patterns + 1, sizeof *matches->touched);
	return matches->lists == NULL || matches->touched == NULL ? RQ_ERR_MEMORY
								  : RQ_OK;
}

void matches_clear(struct matches *matches)
{
	alloc_free(matches->lists);
	alloc_free(matches->touched);
	matches->lists = NULL;
	matches->touched = NULL;
}

void matches_begin(struct matches *matches, struct arena *arena)
{
	matches->arena = arena;
	matches->n_touched = 0;
	matches->gaps = (struct search_gaps){false, false, false};
	if (++matches->epoch == 0) { /* once in four thousand million objects */
		memset(matches->lists, 0, matches->n_lists * sizeof *matches->lists);
		matches->epoch = 1;
	}
}

struct match_list *matches_of(struct matches *matches, uint32_t pattern)
{
	struct match_list *list = &matches->lists[pattern];

	if (list->epoch != matches->epoch)
		*list = (struct match_list){.epoch = matches->epoch};
	return list;
}

static bool grow(struct matches *matches, struct match_list *list)
{
	uint32_t room = list->room == 0 ? FIRST_ROOM : 2 * list->room;
	struct match *at = arena_array(matches->arena, room, sizeof *at);

	if (at == NULL) {
		matches->gaps.out_of_memory = true;
		list->is_cut = true;
		return false;
	}
	if (list->n > 0)
		memcpy(at, list->at, list->n * sizeof *at);
	list->at = at;
	list->room = room;
	return true;
}

void matches_add(struct matches *matches, uint32_t pattern, const struct match *match)
{
	struct match_list *list = matches_of(matches, pattern);

	if (list->is_cut)
		return;
	if (list->n > 0 && list->at[list->n - 1].offset >= match->offset) {
		if (list->at[list->n - 1].offset == match->offset)
			return; /* the same place by another way */
		list->is_unsorted = true;
	}
	if (list->n == matches->max_per_list) /* some may be there twice */
		matches_sort(matches, list);
	if (list->n == matches->max_per_list) {
		matches->gaps.too_many_matches = true;
		list->is_cut = true;
		return;
	}
	if (list->n == list->room && !grow(matches, list))
		return;
	if (!list->is_touched)
		matches->touched[matches->n_touched++] = pattern;
	list->is_touched = true;
	list->at[list->n++] = *match;
}

void matches_drop(struct matches *matches, uint32_t pattern, uint64_t offset, size_t n)
{
	struct match_list *list = matches_of(matches, pattern);

	while (list->n > 0 && list->at[list->n - 1].offset >= offset &&
	       list->at[list->n - 1].offset - offset < n)
		list->n--;
}

/* A stable merge from `from` into `into`. */
static void merge(const struct match *from, size_t first, size_t middle, size_t end,
		  struct match *into)
{
	size_t left = first, right = middle;

	for (size_t i = first; i < end; i++) {
		bool take_left =
		    left < middle &&
		    (right == end || from[left].offset <= from[right].offset);

		into[i] = from[take_left ? left++ : right++];
	}
}

void matches_sort(struct matches *matches, struct match_list *list)
{
	struct match *from = list->at, *into;
	size_t n = list->n, kept = 0;

	if (!list->is_unsorted)
		return;
	into = arena_array(matches->arena, n, sizeof *into);
	if (into == NULL) {
		matches->gaps.out_of_memory = true;
		return;
	}
	for (size_t width = 1; width < n; width *= 2) {
		struct match *swap = from;

		for (size_t first = 0; first < n; first += 2 * width) {
			size_t middle = first + width < n ? first + width : n;
			size_t end = middle + width < n ? middle + width : n;

			merge(from, first, middle, end, into);
		}
		from = into;
		into = swap;
	}
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || from[kept - 1].offset != from[i].offset)
			from[kept++] = from[i];
	}
	list->at = from;
	list->n = (uint32_t)kept;
	list->room = (uint32_t)n;
	list->is_unsorted = false;
}
