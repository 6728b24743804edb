/*
 * A sweep: walks paths, hands objects to confined workers, and tells the results.
 *
 * Everything is told on the caller's thread, in the order of the walk (paths in the
 * order given, inside a folder by the bytes of the names), whatever the number of
 * workers: the same disk and rules give the same telling.  What could not be examined
 * is told as a gap; nothing is passed over in silence.
 *
 * With a resume file a sweep that was stopped, killed or cut off goes on where it was:
 * results told before are told again first (docs/resume-format.md).  The journal of a
 * sweep that came to its end stays too, and tells it again: the caller removes it when
 * what was told is safe.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_H
#define RAQUET_ENDPOINT_SWEEP_H

#include "bytes/error.h"
#include "endpoint/governor.h"
#include "finding/finding.h"
#include "os/file.h"
#include "wire/worker.h"

struct process;

struct sweep_options {
	const char *const *paths; /* in order; may be empty with all */
	size_t n_paths;
	/* Links that are followed under their own names behind the paths, also where
	 * what they lead to is swept under another. */
	const char *const *links;
	size_t n_links;
	bool all;             /* every local disk, nothing twice, network left out */
	bool recursive;       /* else only the files right inside a folder */
	bool follow_links;    /* inside folders; a link in paths is always followed */
	bool literal; /* what paths name, though another of them shows it too, and
			       * tables of the kernel */

	uint64_t max_file_size; /* above: gap too-large; UINT64_MAX: none */
	bool spare_named;       /* but not for a file that paths name */
	uint64_t max_holes; /* bytes of holes in one file, above: gap sparse; 0: none */

	uint32_t n_workers;        /* at most; 0: one for each processor */
	uint32_t max_cpu;          /* percent of all processors; 0 or 100: all */
	struct governor *governor; /* lent; NULL: nobody is yielded to */
	bool idle_priority;        /* behind everything else */
	uint64_t time_limit_ms;    /* for the whole; 0: none */

	const char *resume_path;    /* journal; NULL: none */
	uint8_t content_sha256[32]; /* of the rules: a journal of others is refused */

	struct file sealed; /* the compiled rule set (os/map.h), lent for the call */
	/* A worker that was started while the rules were read, to be the first; taken,
	 * and then NULL.  NULL: none. */
	struct process **early;
	uint32_t n_rules; /* in it */
	bool want_owner;  /* a rule uses the external variable owner */
	/* Content beside the rules, lent likewise; FILE_NONE: none.  An image of
	 * indicators, or its head and the file that has its body (indicator/table.h). */
	struct file indicators, indicator_body, artefacts;
	uint32_t n_indicators, n_artefacts; /* in them: bounds of what is told */
	/* The names of lists that fit to a path, in arena: for further names of a file
	 * that is read once; NULL: there are none. */
	enum rq_err (*find_names)(void *finder, struct bytes path, struct arena *arena,
				  struct worker_hit **hits_out, size_t *n_out);
	void *finder;
	struct worker_config worker;
};

void sweep_options_default(struct sweep_options *options);

/* An object that was examined and in which something was found, that has a gap, or
 * that wrote to the console.  All borrowed for the call. */
struct sweep_object {
	struct bytes path;
	uint64_t size;
	int64_t modified_ns; /* UTC since 1970; 0: not known, told by a journal */
	const struct worker_answer *answer; /* rules, strings, digest, gaps, console */
};

struct sweep_gap {
	struct bytes path;
	enum gap_reason reason;
	const char *detail; /* English; may be NULL */
	uint64_t size;
	/* What a worker that only hashed it could say: */
	const uint8_t *sha256;         /* of the object, or NULL */
	const struct worker_hit *hits; /* lists that have a digest of it */
	size_t n_hits;
};

struct sweep_progress {
	bool of_processes;                 /* these stand in the place of files */
	uint64_t n_files, n_bytes;         /* done */
	uint64_t n_files_all, n_bytes_all; /* estimate; 0: not known yet */
	bool all_counted;                  /* the estimate is a count */
	uint64_t n_found, n_gaps;
	bool yields;                  /* to a person or somebody else's disk */
	double seconds, seconds_left; /* left below 0: not known */
	struct bytes path;            /* last one told */
};

struct sweep_sink {
	void *listener;
	/* Each object exactly once; those without finding, gap and console only with
	 * every_object. */
	void (*object)(void *listener, const struct sweep_object *object);
	bool every_object;
	/* Not examined at all.  Gaps of an examined object stand in its answer, not
	 * here. */
	void (*gap)(void *listener, const struct sweep_gap *gap);
	/* Some times a second; may be NULL. */
	void (*progress)(void *listener, const struct sweep_progress *progress);
};

struct sweep_outcome {
	uint64_t n_seen;    /* files met */
	uint64_t n_scanned; /* of them examined whole */
	uint64_t n_found;   /* of them with at least one rule */
	uint64_t n_findings;
	uint64_t bytes_seen, bytes_scanned;
	uint64_t n_same;  /* further names of a file already counted (all) */
	uint64_t n_links; /* links not followed */
	uint64_t n_gaps[N_GAP_REASONS];
	uint64_t n_deaths;      /* workers that crashed, hung or were killed */
	double seconds;         /* all runs of a resumed sweep together */
	double seconds_yielded; /* of this run */
	bool resumed, stopped;
	bool journal_failed; /* it has only the beginning; the sweep went on without */
	uint32_t n_workers;
	char confinement[64];
};

/*
 * Runs until done, interrupted (host_interrupted) or out of time; the last two are
 * told as gap stopped and are no error.  RQ_ERR_PEER: workers do not start (no
 * confinement, no start).  RQ_ERR_LIMIT: likewise, for want of numbers for open files.
 * RQ_ERR_FORMAT: the resume file is of another sweep or of other rules.  Any other
 * failure of it names it in diag->where, and nothing was swept.
 */
RQ_MUST_USE enum rq_err sweep_run(const struct sweep_options *options,
				  const struct sweep_sink *sink,
				  struct sweep_outcome *outcome_out,
				  struct rq_diag *diag);

#endif
