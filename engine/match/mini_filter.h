/* The filter of a few patterns, made while their object is searched. */
#ifndef RAQUET_ENGINE_MATCH_MINI_FILTER_H
#define RAQUET_ENGINE_MATCH_MINI_FILTER_H

#include "engine/match/sweep.h"

struct mini_filter { /* {0} is an empty one */
	struct gram_entry *entries, *sorted;
	uint32_t *words, *slow;
	struct gram_head *heads;
	size_t n_entries, entry_room, sorted_room;
	size_t word_room, head_room;
	size_t n_slow, slow_room;
};

void mini_filter_clear(struct mini_filter *mini);

void mini_filter_begin(struct mini_filter *mini);

/* Adds pattern, for a chain its parts. */
RQ_MUST_USE enum rq_err mini_filter_add(struct mini_filter *mini,
					const struct pattern_view *view,
					uint32_t pattern);

/* Makes sweep look for what was added; valid until the next begin. */
RQ_MUST_USE enum rq_err mini_filter_finish(struct mini_filter *mini,
					   struct sweep *sweep);

#endif
