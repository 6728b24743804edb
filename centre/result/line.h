/*
 * One line of a result, as the centre keeps it: the line itself is the evidence, and
 * beside it stands what is counted and looked for.
 */
#ifndef RAQUET_CENTRE_RESULT_LINE_H
#define RAQUET_CENTRE_RESULT_LINE_H

#include "bytes/arena.h"
#include "finding/jsonl.h"

/* Whether a column of texts takes it: UTF-8 without zeros. */
bool line_is_text(struct bytes text);

/* Who parses lines that came from outside: a confined worker, or in tests jsonl_read. */
struct line_reader {
	void *self;
	enum rq_err (*read)(void *self, struct bytes line, struct arena *arena,
			    struct jsonl_line *line_out);
};

enum { FINDING_GROUP_KEY = 16, FINDING_DIGEST = 16, FINDING_UNREAD = 99 };

struct found {
	int64_t kind; /* enum finding_kind, or FINDING_UNREAD */
	int64_t class, severity;
	struct bytes rule, name_space, path;
	bool has_sha256;
	uint8_t sha256[32];
	uint8_t group_key[FINDING_GROUP_KEY];
	uint8_t digest[FINDING_DIGEST]; /* of the line */
	struct bytes line;              /* borrowed */
};

/*
 * Texts lie in arena.  A line that cannot be read is a finding of kind FINDING_UNREAD,
 * which counts: what a machine tells is never dropped for its form.  Errors are of memory.
 */
RQ_MUST_USE enum rq_err found_read(const struct line_reader *reader, struct bytes line,
				   struct arena *scratch, struct arena *arena,
				   struct found *found_out);
/* The same from a finding that was parsed already. */
RQ_MUST_USE enum rq_err found_from(const struct finding *finding, struct bytes line,
				   struct arena *arena, struct found *found_out);

#endif
