/*
 * Sealed results, read by a confined process: for `raquet result`, and for a centre that
 * takes uploads.  The caller touches of a file only its first SEALED_START bytes, all of
 * fixed size, to find the key of an encrypted one; everything else (decryption,
 * signature, header, unpacking, lines) happens in the worker, which holds an open file
 * and at most the key to that one file.  What it says is checked again as it comes.
 *
 *     result_reader_new(&options, &reader);
 *     for each file: result_reader_read(reader, &part, &sink, &answer, diag);
 *     result_reader_free(reader);
 *
 * Memory here is bounded by one record, however large the result is.  A reader belongs to
 * one thread; calls block, at most for options.timeout_ms a file.  A program that makes
 * one answers main()'s argument "worker": it takes the first frame and, where
 * result_worker_is_asked, calls result_worker_run (wire/result_worker.h).
 */
#ifndef RAQUET_WIRE_RESULT_READER_H
#define RAQUET_WIRE_RESULT_READER_H

#include "os/file.h"
#include "wire/result_message.h"

struct result_reader_options {
	const uint8_t
	    *centre_secret; /* SEAL_SECRET_SIZE, or NULL; stays in this process */
	bool want_lines, want_records;
	uint32_t max_files;  /* by one worker: a file that takes it over may lie about
				itself and those behind it; 0: as many as come */
	uint32_t timeout_ms; /* for one file */
};
struct result_reader_options result_reader_options_default(void);

/* A sealed file, or a part of one that lists them. */
struct result_part {
	struct file file;
	uint64_t off, size;
};

/*
 * What is told of one file, in this order: head, then records and lines as they stand in
 * it.  Nothing of it counts before the call returns RQ_OK with SEALED_GOOD: keep it apart
 * until then.  An error ends the call, which returns it.  What is pointed to lives until
 * the function returns.  Each may be NULL.
 */
struct result_sink {
	void *listener;
	enum rq_err (*head)(void *listener, const struct result_head *head);
	enum rq_err (*record)(void *listener, const struct jsonl_line *line);
	enum rq_err (*line)(void *listener, struct bytes line);
};

struct result_reader;

/* Options are copied; the secret must live as long as the reader. */
RQ_MUST_USE enum rq_err result_reader_new(const struct result_reader_options *options,
					  struct result_reader **reader_out);
void result_reader_free(struct result_reader *reader);

/*
 * The answer is *answer_out; RQ_OK whatever it is.  A worker that dies, hangs or speaks
 * out of turn is SEALED_READER, and the next file gets another.  RQ_ERR_LIMIT: larger
 * than a sealed result can be.  Another error: the file or the system failed, not the
 * result.
 */
RQ_MUST_USE enum rq_err result_reader_read(struct result_reader *reader,
					   const struct result_part *part,
					   const struct result_sink *sink,
					   struct result_answer *answer_out,
					   struct rq_diag *diag);

/*
 * Where the results of a list lie, each told as a part of its own, in order and inside of
 * the list.  SEALED_NO_SEAL: it is no list (but may be a result).  As
 * above; entry must not use the reader.
 */
RQ_MUST_USE enum rq_err result_reader_list(
    struct result_reader *reader, const struct result_part *list, void *listener,
    enum rq_err (*entry)(void *listener, const struct result_part *part),
    enum sealed_refusal *refusal_out, struct rq_diag *diag);

#endif
