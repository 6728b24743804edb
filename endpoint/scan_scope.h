/*
 * The scope of one run of `raquet scan`: read, turned into what is swept, and asked
 * about every gap.
 */
#ifndef RAQUET_ENDPOINT_SCAN_SCOPE_H
#define RAQUET_ENDPOINT_SCAN_SCOPE_H

#include "endpoint/language.h"
#include "endpoint/scope_place.h"
#include "endpoint/sweep.h"

struct scan_scope {
	bool is_given, is_quick;
	struct scope scope;
	struct scope_tally tally;
	struct summary_tolerance tolerances[CAP_SCOPE_TOLERANCES]; /* for the summary */
	struct scope_places places;
	const char **told; /* what the person asked for, for the summary */
	size_t n_told;
};

/* {0} is no scope: every gap counts.  Reads the shipped scope of that name, or else the
 * file; complains when it is wrong.  EXIT_CLEAN, or the exit code. */
int scan_scope_read(struct scan_scope *run, const char *name, enum language language,
		    struct arena *arena);

/* Whether it says itself what to sweep. */
bool scan_scope_has_places(const struct scan_scope *run);

/* Whether it does so for this sweep, which names nothing itself. */
bool scan_scope_chooses(const struct scan_scope *run,
			const struct sweep_options *sweep);

/* Fills in paths, when sweep has none, and finds what it requires beyond them. */
RQ_MUST_USE enum rq_err scan_scope_apply(struct scan_scope *run, bool processes,
					 bool persistence, struct arena *arena,
					 struct sweep_options *sweep);

/* Name, digest, age, and how many gaps are tolerated by which line, once all were told;
 * lives as long as run. */
void scan_scope_summarise(struct scan_scope *run, enum language language,
			  struct summary *summary);

#endif
