/* The processes that a scan is asked for: which, and what came of them. */
#ifndef RAQUET_ENDPOINT_SCAN_PROCESSES_H
#define RAQUET_ENDPOINT_SCAN_PROCESSES_H

#include "endpoint/process_sweep.h"
#include "finding/finding.h"

/* {0}: none. */
struct scan_processes {
	bool all;
	uint64_t *ids;
	size_t n_ids;
	struct sweep_outcome outcome;
	/* findings of code without a file and of listed hosts, and processes in which
	 * no rule found anything beside them */
	uint64_t n_beside, n_only_beside;
	/* files on the disk that they have mapped; scope and paths hold texts */
	char **files;
	size_t n_files, files_capacity;
	const char **paths; /* of the sweep of files */
	char **scope;       /* what was asked for, as words */
	size_t n_scope;
};

/* Of --pid and --processes.  NULL, or the text that is no number; out of memory is
 * told as one. */
const char *scan_processes_read(struct scan_processes *processes,
				const char *const *pids, size_t n_pids, bool all);
void scan_processes_free(struct scan_processes *processes);

bool scan_processes_asked(const struct scan_processes *processes);

/* False: out of memory. */
bool scan_processes_add_file(struct scan_processes *processes, struct bytes path);

/*
 * Puts the files behind the paths of sweep, each once, without those below a folder
 * that is swept anyway.  They stay until scan_processes_free.
 */
RQ_MUST_USE enum rq_err scan_processes_extend(struct scan_processes *processes,
					      struct sweep_options *sweep);

/* Adds their counts to summary, and sets its scope: words, then what was asked of the
 * processes. */
RQ_MUST_USE enum rq_err scan_processes_summarise(struct scan_processes *processes,
						 const char *const *words,
						 size_t n_words,
						 struct summary *summary);

/* What they left of a limit for the whole; never 0, which would be none. */
uint64_t scan_processes_time_left(const struct scan_processes *processes,
				  uint64_t limit_ms);

#endif
