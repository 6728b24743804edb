/*
 * What the authority has signed: a line for each certificate, on the disk before the
 * certificate leaves, in a chain of hashes.  Text, so that a person can read it and
 * sha256sum(1) can repeat it: docs/authority.md.
 */
#ifndef RAQUET_CENTRE_SIGNER_ISSUE_LOG_H
#define RAQUET_CENTRE_SIGNER_ISSUE_LOG_H

#include "bytes/buffer.h"
#include "centre/signer/signer_message.h"

enum { ISSUE_LOG_HASH = 32 };

/* Where the chain stands; {0} before the first line. */
struct issue_log {
	uint64_t n;
	uint8_t head[ISSUE_LOG_HASH];
};

/* Appends the line of a certificate to *to; *log moves on. */
RQ_MUST_USE enum rq_err issue_log_line(struct issue_log *log, uint64_t at_ms,
				       const struct signer_order *order,
				       const struct signer_certificate *certificate,
				       struct buffer *to);

/*
 * Where the chain of text stands.  A last line without its end was cut off before its
 * certificate left: *n_whole_out is where it begins.  RQ_ERR_FORMAT: a line is not what
 * was written; diag says which.
 */
RQ_MUST_USE enum rq_err issue_log_read(struct bytes text, struct issue_log *log_out,
				       uint64_t *n_whole_out, struct rq_diag *diag);

#endif
