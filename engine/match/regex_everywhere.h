/* All matches of a program in one pass, whatever their number and length. */
#ifndef RAQUET_ENGINE_MATCH_REGEX_EVERYWHERE_H
#define RAQUET_ENGINE_MATCH_REGEX_EVERYWHERE_H

#include "engine/match/regex_run.h"

struct regex_everywhere {
	const struct regex_program *program;
	struct bytes data;
	enum regex_end where;
	bool shortest; /* of several ends the nearest, whatever the program prefers */
	/* is told of each start at which something matches and where that ends */
	void (*found)(void *context, size_t start, size_t end);
	void *context;
};

/*
 * What regex_run_at says with an endless reach, for every start before the end of
 * data, at the cost of a step for each instruction and each byte.  The starts come by
 * falling offset; of a wide program first the even ones, then the odd ones.  False:
 * steps, time or memory ran out, and not all were told.
 */
bool regex_run_everywhere(struct regex_scratch *scratch,
			  const struct regex_everywhere *task);

/* The steps of that for a block of n bytes; UINT64_MAX when out of memory. */
uint64_t regex_everywhere_cost(const struct regex_program *program, size_t n);

#endif
