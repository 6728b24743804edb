#include "wire/result_message.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "wire/field.h"

#include <string.h>

static struct reader open_frame(struct bytes frame, enum result_message type)
{
	struct reader r = reader_over(frame.at, frame.n);

	if (reader_u8(&r) != type)
		reader_fail(&r);
	return r;
}

static enum rq_err close_frame(const struct reader *r)
{
	return reader_done(r) ? RQ_OK : RQ_ERR_FORMAT;
}

static void get_fixed(struct reader *r, uint8_t *to, size_t n)
{
	struct bytes from = reader_bytes(r, n);

	if (from.n > 0)
		memcpy(to, from.at, from.n);
}

/* ---- BEGIN ---- */

/* Both ends are the same program: a difference means that the file was replaced under a
 * running parent. */
enum { PROTOCOL_VERSION = 1 };

void result_begin_encode(struct buffer *to)
{
	buffer_u8(to, RESULT_BEGIN);
	buffer_u8(to, PROTOCOL_VERSION);
}

enum rq_err result_begin_decode(struct bytes frame)
{
	struct reader r = open_frame(frame, RESULT_BEGIN);

	if (reader_u8(&r) != PROTOCOL_VERSION)
		reader_fail(&r);
	return close_frame(&r);
}

/* ---- READ, LIST ---- */

void result_request_encode(const struct result_request *request, struct buffer *to)
{
	buffer_u8(to, request->is_list ? RESULT_LIST : RESULT_READ);
	buffer_u8(to, request->want_lines);
	buffer_u8(to, request->want_records);
	buffer_u64le(to, request->handle);
	buffer_u64le(to, request->off);
	buffer_u64le(to, request->size);
	buffer_u8(to, request->key.is_found);
	buffer_put(to, request->key.key, sizeof request->key.key);
	buffer_put(to, request->key.nonce, sizeof request->key.nonce);
}

enum rq_err result_request_decode(struct bytes frame, struct result_request *request)
{
	struct reader r = reader_over(frame.at, frame.n);
	uint8_t raw_type = reader_u8(&r);

	*request = (struct result_request){.is_list = raw_type == RESULT_LIST};
	if (raw_type != RESULT_READ && raw_type != RESULT_LIST)
		reader_fail(&r);
	request->want_lines = field_bool(&r);
	request->want_records = field_bool(&r);
	request->handle = reader_u64le(&r);
	request->off = reader_u64le(&r);
	request->size = reader_u64le(&r);
	if (request->size > (request->is_list ? CAP_SEALED_LIST_BYTES : CAP_SEALED))
		reader_fail(&r);
	request->key.is_found = field_bool(&r);
	get_fixed(&r, request->key.key, sizeof request->key.key);
	get_fixed(&r, request->key.nonce, sizeof request->key.nonce);
	return close_frame(&r);
}

/* ---- HEAD ---- */

void result_head_encode(const struct result_head *head, struct buffer *to)
{
	buffer_u8(to, RESULT_HEAD);
	buffer_u8(to, head->was_encrypted);
	buffer_put(to, head->inside_sha256, sizeof head->inside_sha256);
	buffer_u8(to, head->unit.is_there);
	buffer_put(to, head->unit.code, sizeof head->unit.code);
	buffer_put(to, head->unit.digest, sizeof head->unit.digest);
	buffer_put(to, head->header.sweep_id, sizeof head->header.sweep_id);
	sealed_header_write(to, &head->header);
}

enum rq_err result_head_decode(struct bytes frame, struct result_head *head)
{
	struct reader r = open_frame(frame, RESULT_HEAD);
	struct bytes header;

	*head = (struct result_head){.was_encrypted = field_bool(&r)};
	get_fixed(&r, head->inside_sha256, sizeof head->inside_sha256);
	head->unit.is_there = field_bool(&r);
	get_fixed(&r, head->unit.code, sizeof head->unit.code);
	get_fixed(&r, head->unit.digest, sizeof head->unit.digest);
	get_fixed(&r, head->header.sweep_id, sizeof head->header.sweep_id);
	if (reader_left(&r) > CAP_SEALED_HEADER)
		reader_fail(&r);
	header = reader_bytes(&r, reader_left(&r));
	if (!sealed_header_read(header, &head->header))
		reader_fail(&r);
	return close_frame(&r);
}

/* ---- LINE ---- */

void result_line_encode(struct bytes line, struct buffer *to)
{
	buffer_u8(to, RESULT_LINE);
	buffer_put(to, line.at, line.n);
}

enum rq_err result_line_decode(struct bytes frame, struct bytes *line_out)
{
	struct reader r = open_frame(frame, RESULT_LINE);
	struct bytes rest;
	uint32_t code_point;

	if (reader_left(&r) > CAP_JSONL_LINE)
		reader_fail(&r);
	*line_out = rest = reader_bytes(&r, reader_left(&r));
	/* it is shown to people as it is */
	while (rest.n > 0) {
		size_t n = utf8_sequence(rest, &code_point);

		if (n == 0 || code_point_is_hidden(code_point)) {
			reader_fail(&r);
			break;
		}
		rest = (struct bytes){rest.at + n, rest.n - n};
	}
	return close_frame(&r);
}

/* ---- ENTRIES ---- */

void result_entries_begin(struct buffer *to)
{
	buffer_u8(to, RESULT_ENTRIES);
}

void result_entries_add(const struct result_range *range, struct buffer *to)
{
	buffer_u64le(to, range->off);
	buffer_u64le(to, range->size);
}

enum rq_err result_entries_decode(struct bytes frame, struct result_range *ranges_out,
				  size_t *n_out)
{
	struct reader r = open_frame(frame, RESULT_ENTRIES);

	for (*n_out = 0; reader_left(&r) > 0 && *n_out < CAP_SEALED_ENTRIES; ++*n_out) {
		ranges_out[*n_out].off = reader_u64le(&r);
		ranges_out[*n_out].size = reader_u64le(&r);
	}
	return close_frame(&r);
}

/* ---- DONE ---- */

void result_answer_encode(const struct result_answer *answer, struct buffer *to)
{
	buffer_u8(to, RESULT_DONE);
	buffer_u8(to, (uint8_t)answer->refusal);
	buffer_u8(to, answer->has_id);
	buffer_u8(to, answer->is_encrypted);
	buffer_put(to, answer->sweep_id, sizeof answer->sweep_id);
	buffer_put(to, answer->file_sha256, sizeof answer->file_sha256);
}

enum rq_err result_answer_decode(struct bytes frame, struct result_answer *answer)
{
	struct reader r = open_frame(frame, RESULT_DONE);
	uint8_t raw_refusal = reader_u8(&r);

	if (raw_refusal >= N_SEALED_REFUSALS)
		reader_fail(&r);
	*answer = (struct result_answer){.refusal = (enum sealed_refusal)raw_refusal};
	answer->has_id = field_bool(&r);
	answer->is_encrypted = field_bool(&r);
	get_fixed(&r, answer->sweep_id, sizeof answer->sweep_id);
	get_fixed(&r, answer->file_sha256, sizeof answer->file_sha256);
	return close_frame(&r);
}
