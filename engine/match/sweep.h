/* One pass over a block: the filter, then what the places it lets through are worth. */
#ifndef RAQUET_ENGINE_MATCH_SWEEP_H
#define RAQUET_ENGINE_MATCH_SWEEP_H

#include "engine/match/kernel.h"
#include "engine/match/matches.h"
#include "engine/match/settle.h"
#include "engine/match/verify.h"

struct sweep {
	const struct kernel *kernel;
	const struct pattern_view *view;
	const struct verifier *verifier;
	struct matches *matches;
	struct efforts *efforts;
	uint64_t deadline_ns;
	uint16_t *queue; /* KERNEL_PLACES * KERNEL_FOURS + KERNEL_SLACK */
	/* what is looked for */
	struct filter filter;
	struct gram_buckets buckets;
	bool has_grams;
	bool on_demand;       /* pass 2: whatever class a pattern is meant for */
	uint32_t classes;     /* pass 1: entries of others do not count */
	const uint32_t *slow; /* variants that are tried everywhere */
	size_t n_slow;
};

/* Adds all matches in block to matches.  False: out of time. */
bool sweep_block(const struct sweep *sweep, const struct block *block);

#endif
