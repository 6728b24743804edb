/*
 * The journal of a sweep, from which it can go on after a stop, a kill or a power cut.
 * docs/resume-format.md has the bytes.
 *
 * A result is in the journal, and on the disk, before it is told.  What stands behind
 * the last mark did not happen: those objects are examined again.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_JOURNAL_H
#define RAQUET_ENDPOINT_SWEEP_JOURNAL_H

#include "bytes/error.h"
#include "endpoint/sweep.h"
#include "os/file.h"

struct journal_counts {
	uint64_t n_seen, n_scanned, n_found, n_findings;
	uint64_t bytes_seen, bytes_scanned, n_same, n_links, n_deaths;
	uint64_t n_gaps[N_GAP_REASONS];
	uint64_t elapsed_ms;
};

/* How far the walk was told. */
struct journal_mark {
	bool is_end; /* all of it */
	bool has_place;
	uint32_t root;
	struct bytes path;
	struct journal_counts counts;
};

/* One result again. */
struct journal_result {
	const struct sweep_gap *gap; /* without digests; NULL: an object */
	struct bytes path;
	uint64_t size;
	struct bytes answer; /* encoded; may be empty for a gap */
};

/* A file with several names was met (endpoint/sweep_link.h). */
struct journal_name {
	struct file_identity identity;
	uint64_t size;
	int64_t modified_ns;
	const struct journal_result *result; /* NULL: nothing was found in it */
};

struct journal_reader {
	void *listener;
	/* Called only for what stands before the last mark. */
	enum rq_err (*result)(void *listener, const struct journal_result *result);
	enum rq_err (*name)(void *listener, const struct journal_name *name);
};

/* Digest of everything that two runs must have in common. */
RQ_MUST_USE enum rq_err journal_identity(const struct sweep_options *options,
					 uint8_t identity_out[32]);

/*
 * Reads the bytes of a journal.  *mark_out: the last mark (texts inside data);
 * *valid_out: where what stands behind it begins.  RQ_ERR_FORMAT: no journal, or
 * another sweep's.
 */
RQ_MUST_USE enum rq_err journal_decode(struct bytes data, const uint8_t identity[32],
				       const struct journal_reader *reader,
				       struct journal_mark *mark_out, size_t *valid_out,
				       struct rq_diag *diag);

struct journal;

/*
 * Opens or creates the journal, locks it, tells what is in it, and cuts off what is
 * behind the last mark.  *mark_out as above; its path lives as long as the journal.
 */
RQ_MUST_USE enum rq_err journal_open(const struct sweep_options *options,
				     const struct journal_reader *reader,
				     struct journal **journal_out,
				     struct journal_mark *mark_out,
				     struct rq_diag *diag);
void journal_free(struct journal *journal);

void journal_add_object(struct journal *journal, struct bytes path, uint64_t size,
			struct bytes answer);
/* answer: of a worker that only hashed it, or empty. */
void journal_add_gap(struct journal *journal, const struct sweep_gap *gap,
		     struct bytes answer);
/* has_result: the one that was added last is its. */
void journal_add_name(struct journal *journal, const struct file_info *info,
		      bool has_result);
bool journal_has_pending(const struct journal *journal);

/* Writes what was added and the mark; with flush returns when all is on the disk. */
RQ_MUST_USE enum rq_err journal_commit(struct journal *journal,
				       const struct journal_mark *mark, bool flush,
				       struct rq_diag *diag);

#endif
