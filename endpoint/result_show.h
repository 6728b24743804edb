/* A sealed result as scan would have told it. */
#ifndef RAQUET_ENDPOINT_RESULT_SHOW_H
#define RAQUET_ENDPOINT_RESULT_SHOW_H

#include "endpoint/report.h"
#include "endpoint/result_files.h"

struct result_show_options {
	enum report_format format;
	struct render_options render;
};

/*
 * Appends the result of entry, which was accepted; as text with its header before it.
 * The reader tells lines for REPORT_JSONL, records for the others.  Nothing is appended
 * on failure.
 */
RQ_MUST_USE enum rq_err result_show(const struct result_entry *entry,
				    struct result_reader *reader,
				    const struct result_show_options *options,
				    struct buffer *out, struct rq_diag *diag);

#endif
