/*
 * The result as JSON Lines: one event a line, written as it happens, so that what was
 * found is on the disk when the machine loses power.  docs/result-format.md describes
 * every field; names and shape are stable.
 */
#ifndef RAQUET_FINDING_JSONL_H
#define RAQUET_FINDING_JSONL_H

#include "bytes/arena.h"
#include "finding/finding.h"

/* What else a match says, as bits. */
enum jsonl_part {
	JSONL_STRINGS = 1,  /* where the strings of a rule are */
	JSONL_MODIFIED = 2, /* the time of the file, where it is known */
};

void jsonl_match(struct buffer *out, const struct finding *finding, unsigned parts);
void jsonl_gap(struct buffer *out, const struct gap *gap);
void jsonl_summary(struct buffer *out, const struct summary *summary);

/* ---- reading: for results that come from elsewhere ---- */

enum jsonl_event { JSONL_MATCH, JSONL_GAP, JSONL_SUMMARY };

/* Only what event says is filled. */
struct jsonl_line {
	enum jsonl_event event;
	struct finding finding;
	struct gap gap;
	struct summary summary;
};

/*
 * Reads one line without its end, into arena.  What it does not know it leaves out, so
 * that a later program may say more.  RQ_ERR_FORMAT: it is no line of a result, or
 * says two things that cannot both be true.  RQ_ERR_MEMORY.
 */
RQ_MUST_USE enum rq_err jsonl_read(struct bytes line, struct arena *arena,
				   struct jsonl_line *line_out);

#endif
