/* The matches of one object: lists by pattern, made and forgotten at the cost of what
 * is in them. */
#ifndef RAQUET_ENGINE_MATCH_MATCHES_H
#define RAQUET_ENGINE_MATCH_MATCHES_H

#include "engine/match/search.h"

struct match_list {
	struct match *at;
	uint32_t n, room;
	uint32_t epoch; /* of another object: empty */
	bool is_touched;
	bool is_complete;
	bool is_cut;      /* reached the cap: takes no more */
	bool is_unsorted; /* the last ones did not come by rising offset */
};

struct matches {
	struct match_list *lists; /* one per pattern */
	size_t n_lists;
	uint32_t *touched; /* patterns that have got matches */
	size_t n_touched;
	uint32_t epoch;
	struct arena *arena;
	uint32_t max_per_list;
	struct search_gaps gaps;
};

RQ_MUST_USE enum rq_err matches_init(struct matches *matches, size_t n_patterns,
				     uint32_t max_per_list);
void matches_clear(struct matches *matches);

/* Begins with another object, whose matches go to arena. */
void matches_begin(struct matches *matches, struct arena *arena);

/* The list of pattern; empty when nothing has been added since begin. */
struct match_list *matches_of(struct matches *matches, uint32_t pattern);

void matches_add(struct matches *matches, uint32_t pattern, const struct match *match);

/* Forgets the newest matches of pattern as far as they lie in n bytes from offset. */
void matches_drop(struct matches *matches, uint32_t pattern, uint64_t offset, size_t n);

/* Sorts the list; of several at one offset the first that came stays. */
void matches_sort(struct matches *matches, struct match_list *list);

#endif
