/*
 * The walk of a sweep: every file below the given paths, once each, in one order on
 * every run: paths as given, inside a folder by the bytes of the names.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_WALK_H
#define RAQUET_ENDPOINT_SWEEP_WALK_H

#include "bytes/error.h"
#include "endpoint/sweep.h"
#include "finding/finding.h"
#include "os/file.h"

struct walk;

struct walk_entry {
	bool is_gap;
	uint32_t root;     /* index of the path it was found through */
	struct bytes path; /* lives until the next walk_next; a 0 follows */
	/* a file */
	struct file file; /* open, the caller's; FILE_NONE when the walk only counts */
	struct file_info info;
	/* a gap */
	enum gap_reason reason;
	const char *detail; /* lives until the next walk_next */
};

/* options and its paths stay the caller's and must stay. */
RQ_MUST_USE enum rq_err walk_new(const struct sweep_options *options, bool only_count,
				 struct walk **walk_out, struct rq_diag *diag);
void walk_free(struct walk *walk);

/* Before the first walk_next: begin behind this entry of an earlier walk. */
RQ_MUST_USE enum rq_err walk_skip_to(struct walk *walk, uint32_t root,
				     struct bytes path);

/* RQ_ERR_NOT_FOUND: no more. */
RQ_MUST_USE enum rq_err walk_next(struct walk *walk, struct walk_entry *entry_out);

uint64_t walk_n_links(const struct walk *walk); /* not followed so far */

#endif
