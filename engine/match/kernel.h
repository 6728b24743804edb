/*
 * The inner loop of the filter, in several forms with one answer.
 *
 * A kernel looks at n aligned fours of data (4 * n bytes and two behind them) and writes the index of each
 * that passes to queue (room for n + KERNEL_SLACK), by rising index; returns how many.
 */
#ifndef RAQUET_ENGINE_MATCH_KERNEL_H
#define RAQUET_ENGINE_MATCH_KERNEL_H

#include "engine/ruleset/filter.h"

enum {
	KERNEL_FOURS = 4096, /* in one call, at most */
	KERNEL_SLACK = 16,   /* written behind the last, without meaning */
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
