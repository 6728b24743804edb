/*
 * The inner loop of the filter, in several forms with one answer.
 *
 * A kernel looks at n aligned fours of data (4 * n bytes and two behind them) and writes
 * a place to queue (room for KERNEL_PLACES of each and KERNEL_SLACK) for each question
 * that passes, fours by rising index; returns how many.  It lets through just the grams
 * that are in the filter, and of pairs some others as well.
 */
#ifndef RAQUET_ENGINE_MATCH_KERNEL_H
#define RAQUET_ENGINE_MATCH_KERNEL_H

#include "engine/ruleset/filter.h"

enum {
	KERNEL_FOURS = 4096, /* in one call, at most */
	KERNEL_SLACK = 16,   /* written behind the last, without meaning */
	KERNEL_PLACES = 3,   /* of one four, at most */
};

/* A place: four times the index of the four, and one of these. */
enum kernel_question {
	ASK_WHOLE,
	ASK_BETWEEN,
	ASK_PAIRS, /* any of the four that begin in it */
};

typedef size_t kernel_run(const struct filter *filter, const uint8_t *data, size_t n,
			  uint16_t *queue);

struct kernel {
	const char *name;
	kernel_run *run;
};

/* NULL: unknown here, or not for this processor.  name NULL: the quickest. */
const struct kernel *kernel_find(const char *name);

#endif
