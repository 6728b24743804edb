/*
 * A sweep of running processes: their memory in images (process_read.h) to confined
 * workers, one process after another, each told once.
 *
 * Left out, since there is nothing of theirs to read: threads of the system, processes
 * that ended, this program and its workers.  What may not be read, ends while it is
 * read, or is not reached when the sweep is stopped is told as a gap.
 */
#ifndef RAQUET_ENDPOINT_PROCESS_SWEEP_H
#define RAQUET_ENDPOINT_PROCESS_SWEEP_H

#include "endpoint/sweep.h"
#include "os/connection.h"
#include "os/memory.h"

/* What is known of the process that an object is, for who tells a finding. */
struct process_note {
	struct memory_process about;
	struct bytes parent_name;
	const struct memory_region *regions;
	size_t n_regions;
	struct bytes path;                    /* "process:12 (name)" */
	const struct connection *connections; /* as far as they may be asked */
	size_t n_connections;
};

struct process_options {
	const struct sweep_options *sweep; /* rules, workers, limits */
	bool all;
	const uint64_t *ids; /* else these */
	size_t n_ids;
	uint64_t max_image; /* 0: what process_read_limit allows now */
};

struct process_sink {
	void *listener;
	/* Each process that was examined, exactly once, also when nothing was found:
	 * object->answer is that of all its images together. */
	void (*process)(void *listener, const struct process_note *process,
			const struct sweep_object *object);
	void (*gap)(void *listener, const struct sweep_gap *gap);
	/* A file on the disk that a process has mapped, and whose unchanged pages are
	 * not read from memory; each once in a process.  May be NULL. */
	void (*file)(void *listener, struct bytes path);
	/* Some times a second; may be NULL. */
	void (*progress)(void *listener, const struct sweep_progress *progress);
};

/*
 * Counts processes where a sweep of files counts files.  RQ_ERR_NOT_FOUND: a process
 * of options->ids does not exist (the diag says which); nothing was swept.
 * RQ_ERR_UNSUPPORTED: not on this system.  RQ_ERR_PEER: workers do not start.
 */
RQ_MUST_USE enum rq_err process_sweep_run(const struct process_options *options,
					  const struct process_sink *sink,
					  struct sweep_outcome *outcome_out,
					  struct rq_diag *diag);

#endif
