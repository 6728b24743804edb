#include "wire/result_worker.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "crypto/secret.h"
#include "finding/scope.h"
#include "os/confine.h"
#include "os/map.h"
#include "wire/result_message.h"
#include "wire/worker.h"

#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 4 };

/* Frames are sent together. */
enum { FLUSH_BYTES = 64 * 1024 };

struct worker {
	struct channel *channel;
	struct arena *arena; /* of one line */
	struct buffer frame;
	struct result_request request;
	struct buffer file;
	struct result_answer answer;
};

bool result_worker_is_asked(struct bytes frame)
{
	return result_begin_decode(frame) == RQ_OK;
}

static enum rq_err send_frame(struct worker *worker)
{
	enum rq_err err =
	    buffer_ok(&worker->frame)
		? channel_send(worker->channel, buffer_bytes(&worker->frame))
		: RQ_ERR_MEMORY;

	buffer_clear(&worker->frame);
	if (err == RQ_OK && channel_queued(worker->channel) > FLUSH_BYTES)
		err = channel_flush(worker->channel);
	return err;
}

/* ---- the lines of a body ---- */

/* What the lines have said so far. */
struct telling {
	struct worker *worker;
	const struct sealed_header *header;
	uint64_t n_matches, n_look;
	bool has_summary;
	enum sealed_refusal refusal;
};

static bool same_sweep(const struct sealed_header *header, const char *named)
{
	struct buffer id = {0};
	bool is_same;

	encode_hex(&id, (struct bytes){header->sweep_id, SWEEP_ID_SIZE});
	is_same = buffer_ok(&id) && bytes_equal_text(buffer_bytes(&id), named);
	buffer_free(&id);
	return is_same;
}

/* Nobody tolerates a gap but a scope, and no scope tolerates all of them. */
static bool may_tolerate(const struct summary *summary)
{
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (summary->n_tolerated[i] > 0 &&
		    (summary->required_name == NULL ||
		     !scope_may_tolerate((enum gap_reason)i)))
			return false;
	return true;
}

/* Header, summary and the lines before it say the same, or one of them is of another
 * sweep.  A finding that is not counted would make the verdict better than it is. */
static bool agree(const struct telling *telling, const struct summary *summary)
{
	const struct sealed_header *header = telling->header;

	return telling->n_matches == summary->n_findings &&
	       telling->n_look == summary->n_look && may_tolerate(summary) &&
	       summary->sweep_id != NULL && same_sweep(header, summary->sweep_id) &&
	       header->verdict == summary_verdict(summary) &&
	       header->n_seen == summary->n_seen &&
	       header->n_scanned == summary->n_scanned &&
	       header->n_found == summary->n_found &&
	       header->n_findings == summary->n_findings &&
	       header->n_gaps == summary_gaps(summary) &&
	       header->bytes_scanned == summary->bytes_scanned;
}

static enum rq_err tell_line(struct telling *telling, struct bytes text)
{
	struct worker *worker = telling->worker;
	struct jsonl_line line;
	enum rq_err err;

	arena_reset(worker->arena);
	err = jsonl_read(text, worker->arena, &line);
	/* the summary is the last line and there is one */
	if (err == RQ_ERR_FORMAT || telling->has_summary) {
		telling->refusal = SEALED_LINES;
		return RQ_OK;
	}
	if (err != RQ_OK)
		return err;
	if (line.event == JSONL_MATCH) {
		telling->n_matches++;
		telling->n_look += finding_class(&line.finding) == FINDING_LOOK;
	}
	if (line.event == JSONL_SUMMARY) {
		telling->has_summary = true;
		if (!agree(telling, &line.summary)) {
			telling->refusal = SEALED_LINES;
			return RQ_OK;
		}
	}
	if (worker->request.want_records) {
		result_record_encode(&line, &worker->frame);
		if (worker->frame.size > CAP_WIRE_FRAME) {
			buffer_clear(&worker->frame);
			telling->refusal = SEALED_LINES;
			return RQ_OK;
		}
		err = send_frame(worker);
	}
	if (err == RQ_OK && worker->request.want_lines) {
		result_line_encode(text, &worker->frame);
		err = send_frame(worker);
	}
	return err;
}

static enum rq_err tell_lines(struct worker *worker, const struct sealed *sealed,
			      enum sealed_refusal *refusal)
{
	struct telling telling = {.worker = worker, .header = &sealed->header};
	struct reader r = reader_over(sealed->body.data, sealed->body.size);
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && telling.refusal == SEALED_GOOD && reader_left(&r) > 0) {
		struct reader ahead = r;
		struct bytes rest = reader_bytes(&ahead, reader_left(&ahead));
		const uint8_t *end = memchr(rest.at, '\n', rest.n);

		if (end == NULL) {
			telling.refusal = SEALED_LINES;
			break;
		}
		err = tell_line(&telling, reader_bytes(&r, (uint64_t)(end - rest.at)));
		reader_skip(&r, 1);
	}
	*refusal = telling.refusal != SEALED_GOOD || telling.has_summary
		       ? telling.refusal
		       : SEALED_LINES;
	return err;
}

/* ---- READ, LIST ---- */

static enum rq_err tell_head(struct worker *worker, const struct sealed *sealed)
{
	struct result_head head = {.was_encrypted = sealed->was_encrypted,
				   .unit = sealed->unit,
				   .header = sealed->header};
	enum rq_err err =
	    digest_of(DIGEST_SHA256, sealed->open_file, head.inside_sha256);

	if (err != RQ_OK)
		return err;
	result_head_encode(&head, &worker->frame);
	return send_frame(worker);
}

static enum rq_err serve_read(struct worker *worker)
{
	struct result_answer *answer = &worker->answer;
	struct bytes file = buffer_bytes(&worker->file);
	struct sealed sealed;
	enum rq_err err = digest_of(DIGEST_SHA256, file, answer->file_sha256);

	if (err != RQ_OK)
		return err;
	answer->has_id = sealed_peek(file, answer->sweep_id, &answer->is_encrypted);
	err = sealed_read(file, &worker->request.key, &sealed, &answer->refusal);
	if (err == RQ_OK && answer->refusal == SEALED_GOOD)
		err = tell_head(worker, &sealed);
	if (err == RQ_OK && answer->refusal == SEALED_GOOD)
		err = tell_lines(worker, &sealed, &answer->refusal);
	sealed_free(&sealed);
	return err;
}

static enum rq_err tell_entry(void *listener, struct bytes file, uint64_t off)
{
	struct worker *worker = listener;
	const struct result_range range = {.off = off, .size = file.n};

	if (worker->frame.size == 0)
		result_entries_begin(&worker->frame);
	result_entries_add(&range, &worker->frame);
	if (worker->frame.size > (CAP_SEALED_ENTRIES - 1) * sizeof range)
		return send_frame(worker);
	return RQ_OK;
}

static enum rq_err serve_list(struct worker *worker)
{
	enum rq_err err = sealed_list_read(buffer_bytes(&worker->file), worker,
					   tell_entry, &worker->answer.refusal);

	if (err == RQ_OK && worker->frame.size > 0)
		err = send_frame(worker);
	return err;
}

/* The bytes to read; shorter when the file was cut since. */
static enum rq_err take_file(struct worker *worker)
{
	const struct result_request *request = &worker->request;
	struct file file;
	uint8_t *room;
	size_t n = 0;
	enum rq_err err = channel_take_file(worker->channel, request->handle, &file);

	if (err != RQ_OK)
		return err;
	buffer_clear(&worker->file);
	room = buffer_zeros(&worker->file, (size_t)request->size);
	if (room == NULL && request->size > 0)
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK && request->size > 0)
		err = file_read_at(file, request->off, room, (size_t)request->size, &n);
	worker->file.size = n;
	file_close(&file);
	return err;
}

static enum rq_err serve(struct worker *worker)
{
	enum rq_err err = RQ_OK;
	struct bytes frame;

	while (err == RQ_OK) {
		err = channel_receive(worker->channel, CAP_WIRE_FRAME, &frame);
		if (err == RQ_OK)
			err = result_request_decode(frame, &worker->request);
		if (err == RQ_OK)
			err = take_file(worker);
		worker->answer = (struct result_answer){.refusal = SEALED_GOOD};
		if (err == RQ_OK)
			err = worker->request.is_list ? serve_list(worker)
						      : serve_read(worker);
		secret_wipe(&worker->request.key, sizeof worker->request.key);
		if (err == RQ_OK) {
			result_answer_encode(&worker->answer, &worker->frame);
			err = send_frame(worker);
		}
		if (err == RQ_OK)
			err = channel_flush(worker->channel);
	}
	return err;
}

/* What libcrypto reads on first use, while it may. */
static enum rq_err warm_up(void)
{
	static const uint8_t secret[SIGN_SECRET_SIZE] = {1}, nonce[SEAL_NONCE_SIZE];
	uint8_t key[SIGN_PUBLIC_SIZE], signature[SIGNATURE_SIZE], digest[32];
	struct bytes text = BYTES_LITERAL("x");
	struct buffer box = {0}, out = {0};
	bool is_good;
	enum rq_err err = digest_of(DIGEST_SHA256, text, digest);

	if (err == RQ_OK)
		err = sign_public(secret, key);
	if (err == RQ_OK)
		err = sign_message(secret, text, signature);
	if (err == RQ_OK)
		err = sign_verifies(key, text, signature, &is_good);
	if (err == RQ_OK)
		err = seal_encrypt(digest, nonce, text, text, &box);
	if (err == RQ_OK)
		err = seal_decrypt(digest, nonce, text, buffer_bytes(&box), &out,
				   &is_good);
	buffer_free(&box);
	buffer_free(&out);
	return err;
}

static enum rq_err say_hello(struct worker *worker, const char *confinement)
{
	const struct worker_hello hello = {.confinement = bytes_of(confinement)};
	enum rq_err err;

	worker_hello_encode(&hello, &worker->frame);
	err = send_frame(worker);
	return err == RQ_OK ? channel_flush(worker->channel) : err;
}

_Noreturn void result_worker_run(struct channel *channel)
{
	const struct confine_options limits = {.max_memory = CAP_SEALED_MEMORY};
	struct worker worker = {.channel = channel};
	char confinement[64];
	enum rq_err err = arena_new(CAP_JSONL_MEMORY, &worker.arena);

	if (err == RQ_OK)
		err = warm_up();
	if (err == RQ_OK)
		err = confine_self(&limits, confinement, sizeof confinement, NULL);
	if (err == RQ_OK)
		err = say_hello(&worker, confinement);
	if (err == RQ_OK)
		err = serve(&worker);
	/* the parent closed its end: our work is done */
	process_leave(err == RQ_ERR_PEER ? EXIT_DONE : EXIT_FAILED);
}
