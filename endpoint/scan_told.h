/*
 * raquet scan for who is no terminal: the same words, the same sweep, and what it finds
 * is told to a listener instead of written somewhere.
 */
#ifndef RAQUET_ENDPOINT_SCAN_TOLD_H
#define RAQUET_ENDPOINT_SCAN_TOLD_H

#include "endpoint/command.h"
#include "endpoint/report.h"

struct scan_told {
	const struct report_listener *listener; /* NULL: what the words say */
	uint64_t max_file_size; /* larger files are gaps; 0: as the words say */
};

/* The exit code of raquet scan WORDS.  The listener has had all findings and the end
 * unless it is EXIT_USAGE or EXIT_OURS, when the end may be missing. */
int scan_run_told(const struct words *words, const struct scan_told *told);

#endif
