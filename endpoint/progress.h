/*
 * One line on standard error that says how far a sweep is: bar, files a second, time
 * left, what was found so far.  It is erased before anything else is written there.
 */
#ifndef RAQUET_ENDPOINT_PROGRESS_H
#define RAQUET_ENDPOINT_PROGRESS_H

#include "endpoint/sweep.h"
#include "finding/words.h"

struct progress {
	enum language language;
	bool enabled;
	bool shown;
};

/* Enabled when standard error is a terminal that can erase a line, or when asked. */
void progress_init(struct progress *progress, enum language language, bool asked);

/* The line itself, at most width columns, without control characters. */
void progress_line(struct buffer *out, const struct sweep_progress *now,
		   enum language language, unsigned width);

void progress_show(struct progress *progress, const struct sweep_progress *now);
void progress_erase(struct progress *progress);

#endif
