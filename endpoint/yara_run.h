/* One run of raquet yara: what its steps share. */
#ifndef RAQUET_ENDPOINT_YARA_RUN_H
#define RAQUET_ENDPOINT_YARA_RUN_H

#include "endpoint/rules.h"
#include "endpoint/yara_options.h"
#include "endpoint/yara_print.h"

struct yara_run {
	const struct option_value *values;
	struct arena *arena;
	struct rules rules;
	struct yara_print_options print;
	struct yara_counts counts;
	const char *target;
	const char *missing; /* a rule file that cannot be opened */
	bool many;           /* a folder or a list: errors do not end the run */
	bool failed;
};

/* A line for standard error. */
void yara_say(const char *format, ...) RQ_PRINTF(1, 2);

/* Writes out to standard output and empties it. */
void yara_put(struct buffer *out);

/* Compiles files in order and tells what is wrong with them.  False: it was told, and
 * the run is over. */
bool yara_load_rules(struct yara_run *run, const char *const *files, size_t n);

/* Scans run->target: a file, a folder or a list.  False: the run failed. */
bool yara_scan_target(struct yara_run *run);

#endif
