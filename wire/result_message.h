/*
 * What is said between who has a sealed result and the confined process that reads it.
 *
 *     parent: BEGIN                      once, first: what the worker is for
 *     worker: HELLO (wire/worker.h)      once, confined, ready
 *     parent: READ or LIST               with one open file
 *     worker: HEAD (MATCH|GAP|LINE)* SUMMARY LINE DONE, or DONE alone     after READ
 *     worker: ENTRIES* DONE                                               after LIST
 *
 * Frames as in wire/worker.h.  The worker may be in the hands of the file that it reads:
 * each decoder checks every count against a cap and demands the exact end.
 */
#ifndef RAQUET_WIRE_RESULT_MESSAGE_H
#define RAQUET_WIRE_RESULT_MESSAGE_H

#include "bytes/arena.h"
#include "bytes/buffer.h"
#include "crypto/digest.h"
#include "finding/jsonl.h"
#include "sealed/sealed.h"

enum result_message {
	RESULT_BEGIN = 31,
	RESULT_READ = 32,
	RESULT_LIST = 33,
	RESULT_HEAD = 48,
	RESULT_RECORD = 49, /* a match, a gap or the summary */
	RESULT_LINE = 50,
	RESULT_ENTRIES = 51,
	RESULT_DONE = 52,
};

void result_begin_encode(struct buffer *to);
RQ_MUST_USE enum rq_err result_begin_decode(struct bytes frame);

/* READ and LIST. */
struct result_request {
	bool is_list;
	bool want_lines, want_records; /* READ */
	uint64_t handle;               /* for channel_take_file */
	uint64_t off, size;            /* of the file, the part to read */
	struct sealed_key key;         /* READ of an encrypted file */
};
void result_request_encode(const struct result_request *request, struct buffer *to);
RQ_MUST_USE enum rq_err result_request_decode(struct bytes frame,
					      struct result_request *request_out);

/* What was accepted, before anything of its lines. */
struct result_head {
	bool was_encrypted;
	uint8_t inside_sha256[32]; /* of the open file */
	struct sealed_unit unit;   /* for sealed_unit_check */
	struct sealed_header header;
};
void result_head_encode(const struct result_head *head, struct buffer *to);
/* Texts lie in frame. */
RQ_MUST_USE enum rq_err result_head_decode(struct bytes frame,
					   struct result_head *head_out);

void result_record_encode(const struct jsonl_line *line, struct buffer *to);
/* Arrays lie in arena, texts there or in frame. */
RQ_MUST_USE enum rq_err result_record_decode(struct bytes frame, struct arena *arena,
					     struct jsonl_line *line_out);

void result_line_encode(struct bytes line, struct buffer *to);
/* UTF-8 without hidden characters. */
RQ_MUST_USE enum rq_err result_line_decode(struct bytes frame, struct bytes *line_out);

/* Where results lie in a list; up to CAP_SEALED_ENTRIES in a frame. */
struct result_range {
	uint64_t off, size;
};
void result_entries_begin(struct buffer *to);
void result_entries_add(const struct result_range *range, struct buffer *to);
/* Fills up to CAP_SEALED_ENTRIES ranges. */
RQ_MUST_USE enum rq_err result_entries_decode(struct bytes frame,
					      struct result_range *ranges_out,
					      size_t *n_out);

/* What is known of a file, accepted or not. */
struct result_answer {
	enum sealed_refusal refusal;
	bool has_id; /* its first bytes could be read: */
	bool is_encrypted;
	uint8_t sweep_id[SWEEP_ID_SIZE];
	uint8_t file_sha256[32]; /* of the bytes that were read */
};
void result_answer_encode(const struct result_answer *answer, struct buffer *to);
RQ_MUST_USE enum rq_err result_answer_decode(struct bytes frame,
					     struct result_answer *answer_out);

#endif
