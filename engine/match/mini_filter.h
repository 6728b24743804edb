/*
 * The filter of a few patterns, made while their object is searched.  Where the object
 * before asked for the same ones it is there already: a folder of scripts, or of
 * compiled ones, leaves the same rule open in file after file.
 */
#ifndef RAQUET_ENGINE_MATCH_MINI_FILTER_H
#define RAQUET_ENGINE_MATCH_MINI_FILTER_H

#include "engine/match/sweep.h"

struct mini_filter { /* {0} is an empty one */
	struct gram_entry *entries;
	struct bucket_gram *sorted;
	uint32_t *words, *slow;
	struct gram_head *heads;
	size_t n_entries, entry_room, sorted_room;
	size_t word_room, head_room;
	size_t n_slow, slow_room;
	uint32_t *wanted, *built; /* patterns, as they were added */
	size_t n_wanted, wanted_room, n_built, built_room;
	bool is_built; /* all of the above, for those of built */
	struct filter filter;
	struct gram_buckets buckets;
};

void mini_filter_clear(struct mini_filter *mini);

void mini_filter_begin(struct mini_filter *mini);

/* Adds pattern, for a chain its parts. */
RQ_MUST_USE enum rq_err mini_filter_add(struct mini_filter *mini, uint32_t pattern);

/* Makes sweep look for what was added, in the view of sweep, which is always the same;
 * valid until the next begin. */
RQ_MUST_USE enum rq_err mini_filter_finish(struct mini_filter *mini,
					   struct sweep *sweep);

#endif
