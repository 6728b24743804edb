/*
 * What the expressions of a pattern cost in a block, and the way out when that is much.
 *
 * A program is run from each start that one of its segments points to, over whatever it
 * matches: on data made for it, the square of the size in steps, and more where many
 * segments point to one start.  When that has cost a part of what one pass over all
 * places costs, the pass is made and the pattern is settled for the block.
 */
#ifndef RAQUET_ENGINE_MATCH_SETTLE_H
#define RAQUET_ENGINE_MATCH_SETTLE_H

#include "engine/match/matches.h"
#include "engine/match/verify.h"

struct effort {
	uint32_t round; /* of another block: nothing yet */
	bool is_settled;
	uint64_t spent, enough; /* steps */
};

struct efforts {
	struct effort *of; /* by pattern */
	uint32_t round;
};

RQ_MUST_USE enum rq_err efforts_init(struct efforts *efforts, size_t n_patterns);
void efforts_clear(struct efforts *efforts);

/* Begins with another block. */
void efforts_next_block(struct efforts *efforts, size_t n_patterns);

/* A block at work. */
struct settler {
	const struct verifier *verifier;
	struct matches *matches;
	struct efforts *efforts;
	struct bytes data;
	uint64_t base;
};

/* Whether nothing more is to be found of pattern: all of it is there, or too much. */
bool settler_is_done(const struct settler *settler, uint32_t pattern);

/* A part of pattern has cost so many steps; settles it when that is too many. */
void settler_charge(const struct settler *settler, uint32_t pattern, uint64_t steps);

#endif
