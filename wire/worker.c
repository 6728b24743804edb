#include "wire/worker.h"

#include "bytes/cap.h"
#include "wire/field.h"

/* The first byte of the messages' own version; both ends are the same program, so a
 * difference means that the file was replaced under a running parent. */
enum { PROTOCOL_VERSION = 7, HELLO_MAX_TEXT = 63, KERNEL_MAX_TEXT = 31 };

enum config_flag {
	FLAG_STRINGS = 1,
	FLAG_NOT_MATCHING = 2,
	FLAG_SEARCH_ALL = 4,
	FLAG_LIBYARA_LIMITS = 8,
	FLAG_HASH_ALL = 16,
	FLAG_MODULE_DATA = 32,
	FLAG_MATCH_ANY = 64,
	FLAG_INDICATORS = 128,
	FLAG_INDICATOR_BODY = 256,
	FLAG_ARTEFACTS = 512,
	FLAG_MEMORY = 1024,
	FLAGS_ALL = 2047,
};

uint8_t worker_message_type(struct bytes frame)
{
	return frame.n > 0 ? frame.at[0] : 0;
}

/* A reader behind the type byte, failed when that is not the expected one. */
static struct reader open_frame(struct bytes frame, enum worker_message type)
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

/* ---- RULES ---- */

void worker_rules_encode(uint64_t handle, struct buffer *to)
{
	buffer_u8(to, WORKER_RULES);
	buffer_u8(to, PROTOCOL_VERSION);
	buffer_u64le(to, handle);
}

enum rq_err worker_rules_decode(struct bytes frame, uint64_t *handle_out)
{
	struct reader r = open_frame(frame, WORKER_RULES);

	if (reader_u8(&r) != PROTOCOL_VERSION)
		reader_fail(&r);
	*handle_out = reader_u64le(&r);
	return close_frame(&r);
}

/* ---- CONFIG ---- */

void worker_config_encode(const struct worker_config *config, struct buffer *to)
{
	uint16_t flags = 0;

	if (config->want_strings)
		flags |= FLAG_STRINGS;
	if (config->want_not_matching)
		flags |= FLAG_NOT_MATCHING;
	if (config->search_all)
		flags |= FLAG_SEARCH_ALL;
	if (config->libyara_limits)
		flags |= FLAG_LIBYARA_LIMITS;
	if (config->hash_all)
		flags |= FLAG_HASH_ALL;
	if (config->want_module_data)
		flags |= FLAG_MODULE_DATA;
	if (config->match_any)
		flags |= FLAG_MATCH_ANY;
	if (config->has_indicators)
		flags |= FLAG_INDICATORS;
	if (config->has_indicator_body)
		flags |= FLAG_INDICATOR_BODY;
	if (config->has_artefacts)
		flags |= FLAG_ARTEFACTS;
	if (config->is_memory)
		flags |= FLAG_MEMORY;
	buffer_u8(to, WORKER_CONFIG);
	buffer_u8(to, PROTOCOL_VERSION);
	buffer_u16le(to, flags);
	buffer_u32le(to, config->match_data);
	buffer_u32le(to, config->max_matches);
	buffer_u64le(to, config->timeout_ms);
	buffer_u64le(to, config->max_memory);
	buffer_u32le(to, config->max_objects);
	field_put_text(to, config->kernel);
	field_put_text(to, config->folder);
	buffer_u64le(to, config->indicators);
	buffer_u64le(to, config->indicator_body);
	buffer_u64le(to, config->artefacts);
}

enum rq_err worker_config_decode(struct bytes frame, struct worker_config *config_out)
{
	struct reader r = open_frame(frame, WORKER_CONFIG);
	uint16_t raw_flags;

	if (reader_u8(&r) != PROTOCOL_VERSION)
		reader_fail(&r);
	raw_flags = reader_u16le(&r);
	if (raw_flags & ~FLAGS_ALL)
		reader_fail(&r);
	*config_out = (struct worker_config){
	    .want_strings = raw_flags & FLAG_STRINGS,
	    .want_not_matching = raw_flags & FLAG_NOT_MATCHING,
	    .search_all = raw_flags & FLAG_SEARCH_ALL,
	    .libyara_limits = raw_flags & FLAG_LIBYARA_LIMITS,
	    .hash_all = raw_flags & FLAG_HASH_ALL,
	    .want_module_data = raw_flags & FLAG_MODULE_DATA,
	    .match_any = raw_flags & FLAG_MATCH_ANY,
	    .has_indicators = raw_flags & FLAG_INDICATORS,
	    .has_indicator_body = raw_flags & FLAG_INDICATOR_BODY,
	    .has_artefacts = raw_flags & FLAG_ARTEFACTS,
	    .is_memory = raw_flags & FLAG_MEMORY,
	};
	config_out->match_data = reader_u32le(&r);
	if (config_out->match_data > CAP_MATCH_DATA)
		reader_fail(&r);
	config_out->max_matches = reader_u32le(&r);
	config_out->timeout_ms = reader_u64le(&r);
	config_out->max_memory = reader_u64le(&r);
	config_out->max_objects = reader_u32le(&r);
	config_out->kernel = field_text(&r, KERNEL_MAX_TEXT);
	config_out->folder = field_text(&r, CAP_PATH);
	config_out->indicators = reader_u64le(&r);
	config_out->indicator_body = reader_u64le(&r);
	config_out->artefacts = reader_u64le(&r);
	return close_frame(&r);
}

/* ---- HELLO ---- */

void worker_hello_encode(const struct worker_hello *hello, struct buffer *to)
{
	buffer_u8(to, WORKER_HELLO);
	buffer_u8(to, PROTOCOL_VERSION);
	buffer_u32le(to, hello->n_rules);
	field_put_text(to, hello->confinement);
}

enum rq_err worker_hello_decode(struct bytes frame, struct worker_hello *hello_out)
{
	struct reader r = open_frame(frame, WORKER_HELLO);

	if (reader_u8(&r) != PROTOCOL_VERSION)
		reader_fail(&r);
	hello_out->n_rules = reader_u32le(&r);
	hello_out->confinement = field_text(&r, HELLO_MAX_TEXT);
	/* it is shown to people */
	for (size_t i = 0; i < hello_out->confinement.n; i++)
		if (hello_out->confinement.at[i] < ' ' ||
		    hello_out->confinement.at[i] > '~')
			reader_fail(&r);
	if (hello_out->confinement.n == 0)
		reader_fail(&r);
	return close_frame(&r);
}

/* ---- BATCH: one object after another until the frame ends ---- */

void worker_batch_begin(struct buffer *to)
{
	buffer_u8(to, WORKER_BATCH);
}

void worker_batch_add(const struct worker_object *object, struct buffer *to)
{
	buffer_u64le(to, object->sequence);
	buffer_u8(to, object->hash_only);
	buffer_u64le(to, object->size);
	buffer_u64le(to, (uint64_t)object->modified_ns);
	buffer_u64le(to, object->handle);
	field_put_text(to, object->path);
	field_put_text(to, object->owner);
}

enum rq_err worker_batch_decode(struct bytes frame, struct worker_batch *batch_out)
{
	batch_out->reader = open_frame(frame, WORKER_BATCH);
	batch_out->n_left = CAP_BATCH_OBJECTS;
	return reader_ok(&batch_out->reader) ? RQ_OK : RQ_ERR_FORMAT;
}

enum rq_err worker_batch_next(struct worker_batch *batch,
			      struct worker_object *object_out)
{
	struct reader *r = &batch->reader;

	if (reader_done(r))
		return RQ_ERR_NOT_FOUND;
	if (batch->n_left-- == 0) {
		reader_fail(r);
		batch->n_left = 0;
		return RQ_ERR_FORMAT;
	}
	object_out->sequence = reader_u64le(r);
	object_out->hash_only = field_bool(r);
	object_out->size = reader_u64le(r);
	object_out->modified_ns = (int64_t)reader_u64le(r);
	object_out->handle = reader_u64le(r);
	object_out->path = field_text(r, CAP_PATH);
	object_out->owner = field_text(r, CAP_OWNER);
	return reader_ok(r) ? RQ_OK : RQ_ERR_FORMAT;
}

/* ---- PART, END ---- */

void worker_piece_encode(const struct worker_piece *piece, struct buffer *to)
{
	buffer_u8(to, piece->is_end ? WORKER_END : WORKER_PART);
	buffer_u64le(to, piece->sequence);
	buffer_put(to, piece->data.at, piece->data.n);
}

enum rq_err worker_piece_decode(struct bytes frame, struct worker_piece *piece_out)
{
	struct reader r = reader_over(frame.at, frame.n);
	uint8_t raw_type = reader_u8(&r);

	if (raw_type != WORKER_PART && raw_type != WORKER_END)
		reader_fail(&r);
	piece_out->is_end = raw_type == WORKER_END;
	piece_out->sequence = reader_u64le(&r);
	if (reader_left(&r) > CAP_WIRE_PIECE)
		reader_fail(&r);
	piece_out->data = reader_bytes(&r, reader_left(&r));
	return close_frame(&r);
}
