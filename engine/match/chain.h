/* Joining the parts of a string that was taken apart at its long jumps. */
#ifndef RAQUET_ENGINE_MATCH_CHAIN_H
#define RAQUET_ENGINE_MATCH_CHAIN_H

#include "bytes/arena.h"
#include "engine/match/search.h"

struct chain_part {
	const struct match *matches; /* by rising offset */
	size_t n;
	uint32_t gap_min, gap_max; /* bytes between the part before and this one */
};

/*
 * The matches of the whole within one block: for each match of the first part that
 * has all others behind it at the right distance, one that ends with the nearest such
 * last part.  RQ_ERR_MEMORY: arena is full.
 */
RQ_MUST_USE enum rq_err chain_join(const struct chain_part *parts, size_t n_parts,
				   struct arena *arena, struct match **matches_out,
				   size_t *n_out);

#endif
