#include "wire/result_reader.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/secret.h"
#include "os/clock.h"
#include "os/process.h"
#include "wire/worker.h"

#include <string.h>

enum { WAIT_MS = 200 };

struct result_reader {
	struct result_reader_options options;
	struct process *process; /* NULL: the next file starts one */
	uint32_t n_files;        /* that it has had */
	struct arena *arena;     /* of one record */
	struct buffer frame;
	struct result_range *ranges; /* CAP_SEALED_ENTRIES */
};

/* One file on its way. */
struct session {
	struct result_reader *reader;
	const struct result_sink *sink; /* READ */
	bool has_head, has_summary;
	const struct result_part *list; /* LIST */
	void *listener;
	enum rq_err (*entry)(void *listener, const struct result_part *part);
	uint64_t next_off;   /* of the list: no part may start before */
	uint64_t n_received; /* bytes */
	uint64_t deadline_ns;
	struct result_answer answer;
	bool is_done;
};

struct result_reader_options result_reader_options_default(void)
{
	return (struct result_reader_options){
	    .want_records = true, .max_files = 16, .timeout_ms = 60 * 1000};
}

enum rq_err result_reader_new(const struct result_reader_options *options,
			      struct result_reader **reader_out)
{
	struct result_reader *reader = alloc_array(1, sizeof *reader);
	enum rq_err err;

	*reader_out = NULL;
	if (reader == NULL)
		return RQ_ERR_MEMORY;
	reader->options = *options;
	reader->ranges = alloc_array(CAP_SEALED_ENTRIES, sizeof *reader->ranges);
	err = reader->ranges != NULL ? arena_new(CAP_JSONL_MEMORY, &reader->arena)
				     : RQ_ERR_MEMORY;
	if (err != RQ_OK) {
		result_reader_free(reader);
		return err;
	}
	*reader_out = reader; /* transferred */
	return RQ_OK;
}

static void dismiss(struct result_reader *reader)
{
	process_free(reader->process);
	reader->process = NULL;
	reader->n_files = 0;
}

void result_reader_free(struct result_reader *reader)
{
	if (reader == NULL)
		return;
	dismiss(reader);
	buffer_free(&reader->frame);
	arena_free(reader->arena);
	alloc_free(reader->ranges);
	alloc_free(reader);
}

/* The next frame before the deadline.  RQ_ERR_PEER: there is none to come. */
static enum rq_err receive(struct session *session, struct bytes *frame_out)
{
	struct process *process = session->reader->process;
	enum rq_err err;

	for (;;) {
		uint64_t now = clock_monotonic_ns(), left;

		err = process_receive(process, CAP_WIRE_FRAME, frame_out);
		session->n_received += frame_out->n;
		if (session->n_received > CAP_SEALED_ANSWER)
			return RQ_ERR_PEER;
		if (err != RQ_ERR_NOT_FOUND)
			return err;
		if (now >= session->deadline_ns)
			return RQ_ERR_PEER;
		left = (session->deadline_ns - now) / 1000000u + 1;
		process_wait(&process, 1, left < WAIT_MS ? (uint32_t)left : WAIT_MS);
	}
}

/* A worker that has said hello.  RQ_ERR_PEER: it could not confine itself, or worse. */
static enum rq_err start(struct session *session, struct rq_diag *diag)
{
	struct result_reader *reader = session->reader;
	struct worker_hello hello;
	struct bytes frame;
	enum rq_err err;

	if (reader->process != NULL && reader->options.max_files != 0 &&
	    reader->n_files >= reader->options.max_files)
		dismiss(reader);
	if (reader->process != NULL)
		return RQ_OK;
	err = process_start_worker(&reader->process, diag);
	if (err != RQ_OK)
		return err;
	buffer_clear(&reader->frame);
	result_begin_encode(&reader->frame);
	err = buffer_ok(&reader->frame)
		  ? process_send(reader->process, buffer_bytes(&reader->frame))
		  : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = receive(session, &frame);
	if (err == RQ_OK)
		err = worker_hello_decode(frame, &hello);
	if (err == RQ_OK)
		return RQ_OK;
	err = rq_fail(diag, RQ_ERR_PEER, NULL, "a worker did not start: %s",
		      process_end_text(reader->process));
	dismiss(reader);
	return err;
}

static enum rq_err ask(struct session *session, const struct result_part *part,
		       struct result_request *request)
{
	struct result_reader *reader = session->reader;
	enum rq_err err =
	    process_pass(reader->process, &part->file, 1, &request->handle);

	request->off = part->off;
	request->size = part->size;
	buffer_clear(&reader->frame);
	if (err == RQ_OK)
		result_request_encode(request, &reader->frame);
	if (err == RQ_OK && !buffer_ok(&reader->frame))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = process_send(reader->process, buffer_bytes(&reader->frame));
	reader->n_files++;
	/* the file must travel before the caller may close it */
	while (err == RQ_OK && !process_sent(reader->process)) {
		process_wait(&reader->process, 1, WAIT_MS);
		if (clock_monotonic_ns() >= session->deadline_ns)
			err = RQ_ERR_PEER;
	}
	return err;
}

/* ---- what comes back; RQ_ERR_FORMAT: out of turn ---- */

static enum rq_err take_head(struct session *session, struct bytes frame)
{
	struct result_head head;

	if (session->has_head || result_head_decode(frame, &head) != RQ_OK)
		return RQ_ERR_FORMAT;
	session->has_head = true;
	return session->sink->head != NULL
		   ? session->sink->head(session->sink->listener, &head)
		   : RQ_OK;
}

static enum rq_err take_record(struct session *session, struct bytes frame)
{
	struct jsonl_line line;
	enum rq_err err;

	arena_reset(session->reader->arena);
	err = result_record_decode(frame, session->reader->arena, &line);
	if (err != RQ_OK)
		return err;
	if (!session->reader->options.want_records || !session->has_head ||
	    session->has_summary)
		return RQ_ERR_FORMAT;
	session->has_summary = line.event == JSONL_SUMMARY;
	return session->sink->record != NULL
		   ? session->sink->record(session->sink->listener, &line)
		   : RQ_OK;
}

static enum rq_err take_line(struct session *session, struct bytes frame)
{
	struct bytes line;

	if (!session->reader->options.want_lines || !session->has_head ||
	    result_line_decode(frame, &line) != RQ_OK)
		return RQ_ERR_FORMAT;
	return session->sink->line != NULL
		   ? session->sink->line(session->sink->listener, line)
		   : RQ_OK;
}

/* Parts of a list lie behind each other and inside of it. */
static enum rq_err take_entries(struct session *session, struct bytes frame)
{
	const struct result_part *list = session->list;
	struct result_range *ranges = session->reader->ranges;
	enum rq_err err;
	size_t n;

	err = result_entries_decode(frame, ranges, &n);
	for (size_t i = 0; err == RQ_OK && i < n; i++) {
		const struct result_part part = {list->file, list->off + ranges[i].off,
						 ranges[i].size};

		if (ranges[i].off < session->next_off || ranges[i].off > list->size ||
		    ranges[i].size > list->size - ranges[i].off)
			return RQ_ERR_FORMAT;
		session->next_off = ranges[i].off + ranges[i].size;
		err = session->entry(session->listener, &part);
	}
	return err;
}

static enum rq_err take_done(struct session *session, struct bytes frame)
{
	const struct result_reader_options *options = &session->reader->options;
	const struct result_answer *answer = &session->answer;

	if (result_answer_decode(frame, &session->answer) != RQ_OK)
		return RQ_ERR_FORMAT;
	/* what is accepted was told whole */
	if (session->list == NULL && answer->refusal == SEALED_GOOD &&
	    (!session->has_head || !answer->has_id ||
	     (options->want_records && !session->has_summary)))
		return RQ_ERR_FORMAT;
	session->is_done = true;
	return RQ_OK;
}

static enum rq_err take(struct session *session, struct bytes frame)
{
	bool is_list = session->list != NULL;

	switch (worker_message_type(frame)) {
	case RESULT_HEAD: return is_list ? RQ_ERR_FORMAT : take_head(session, frame);
	case RESULT_RECORD:
		return is_list ? RQ_ERR_FORMAT : take_record(session, frame);
	case RESULT_LINE: return is_list ? RQ_ERR_FORMAT : take_line(session, frame);
	case RESULT_ENTRIES:
		return is_list ? take_entries(session, frame) : RQ_ERR_FORMAT;
	case RESULT_DONE: return take_done(session, frame);
	default: return RQ_ERR_FORMAT;
	}
}

/* ---- one file ---- */

static enum rq_err converse(struct session *session, const struct result_part *part,
			    struct result_request *request, struct rq_diag *diag)
{
	struct result_reader *reader = session->reader;
	struct bytes frame;
	enum rq_err err;

	session->deadline_ns =
	    clock_monotonic_ns() + (uint64_t)reader->options.timeout_ms * 1000000u;
	err = start(session, diag);
	if (err != RQ_OK)
		return err;
	err = ask(session, part, request);
	while (err == RQ_OK && !session->is_done) {
		err = receive(session, &frame);
		if (err == RQ_OK)
			err = take(session, frame);
	}
	if (err == RQ_OK)
		return RQ_OK;
	dismiss(reader);
	/* it died, hung, or said what it may not: that is an answer about the file */
	if (err == RQ_ERR_PEER || err == RQ_ERR_FORMAT) {
		session->answer = (struct result_answer){.refusal = SEALED_READER};
		return RQ_OK;
	}
	return err;
}

enum rq_err result_reader_read(struct result_reader *reader,
			       const struct result_part *part,
			       const struct result_sink *sink,
			       struct result_answer *answer_out, struct rq_diag *diag)
{
	struct session session = {
	    .reader = reader, .sink = sink, .answer.refusal = SEALED_READER};
	struct result_request request = {.want_lines = reader->options.want_lines,
					 .want_records = reader->options.want_records};
	uint8_t bytes[SEALED_START];
	size_t n = part->size < SEALED_START ? (size_t)part->size : SEALED_START;
	enum sealed_refusal refusal;
	enum rq_err err;

	*answer_out = (struct result_answer){.refusal = SEALED_READER};
	if (part->size > CAP_SEALED)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL, "more than %d bytes",
			       CAP_SEALED);
	err = file_read_at(part->file, part->off, bytes, n, &n);
	if (err == RQ_OK)
		err = sealed_key_find((struct bytes){bytes, n},
				      reader->options.centre_secret, &request.key,
				      &refusal);
	if (err == RQ_OK)
		err = converse(&session, part, &request, diag);
	/* without the key the worker sees as far as the sizes: a worse answer stands */
	if (err == RQ_OK && refusal != SEALED_GOOD &&
	    session.answer.refusal == SEALED_NEEDS_CENTRE)
		session.answer.refusal = refusal;
	*answer_out = session.answer;
	buffer_clear(&reader->frame);
	secret_wipe(&request.key, sizeof request.key);
	return err;
}

enum rq_err result_reader_list(struct result_reader *reader,
			       const struct result_part *list, void *listener,
			       enum rq_err (*entry)(void *listener,
						    const struct result_part *part),
			       enum sealed_refusal *refusal_out, struct rq_diag *diag)
{
	struct session session = {
	    .reader = reader, .list = list, .listener = listener, .entry = entry};
	struct result_request request = {.is_list = true};
	enum rq_err err;

	*refusal_out = SEALED_READER;
	if (list->size > CAP_SEALED_LIST_BYTES)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL, "more than %u bytes",
			       CAP_SEALED_LIST_BYTES);
	err = converse(&session, list, &request, diag);
	*refusal_out = session.answer.refusal;
	return err;
}
