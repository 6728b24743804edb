/*
 * One walk over the fields of a message for both directions, so that what is written and
 * what is read cannot differ.  Writing, a value above its cap fails the buffer; reading,
 * it fails the reader.
 */
#ifndef RAQUET_WIRE_BOTH_H
#define RAQUET_WIRE_BOTH_H

#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "bytes/reader.h"

#include <string.h>

enum { AGENT_VERSION = 1 }; /* second byte of each message */

/* Exactly one of the two is set. */
struct both {
	struct buffer *to;
	struct reader *from;
};

static inline bool both_ok(const struct both *both)
{
	return both->to != NULL ? buffer_ok(both->to) : reader_ok(both->from);
}

static inline void both_refuse(struct both *both)
{
	if (both->to != NULL)
		both->to->failed = true;
	else
		reader_fail(both->from);
}

static inline void both_u8(struct both *both, uint8_t *value)
{
	if (both->to != NULL)
		buffer_u8(both->to, *value);
	else
		*value = reader_u8(both->from);
}

static inline void both_u16(struct both *both, uint16_t *value)
{
	if (both->to != NULL)
		buffer_u16le(both->to, *value);
	else
		*value = reader_u16le(both->from);
}

static inline void both_u32(struct both *both, uint32_t *value)
{
	if (both->to != NULL)
		buffer_u32le(both->to, *value);
	else
		*value = reader_u32le(both->from);
}

static inline void both_u64(struct both *both, uint64_t *value)
{
	if (both->to != NULL)
		buffer_u64le(both->to, *value);
	else
		*value = reader_u64le(both->from);
}

/* Below end. */
static inline void both_choice(struct both *both, uint8_t *value, uint8_t end)
{
	both_u8(both, value);
	if (*value >= end)
		both_refuse(both);
}

static inline void both_bool(struct both *both, bool *value)
{
	uint8_t raw = *value;

	both_choice(both, &raw, 2);
	*value = raw == 1;
}

/* n bytes that the caller has room for. */
static inline void both_fixed(struct both *both, uint8_t *at, size_t n)
{
	if (both->to != NULL) {
		buffer_put(both->to, at, n);
	} else {
		struct bytes raw = reader_bytes(both->from, n);

		if (raw.n == n)
			memcpy(at, raw.at, n);
		else
			memset(at, 0, n);
	}
}

/* Bytes with their length; read, they lie in the message. */
static inline void both_bytes(struct both *both, struct bytes *value, uint32_t max)
{
	uint32_t n = value->n > max ? max + 1 : (uint32_t)value->n;

	both_u32(both, &n);
	if (n > max)
		both_refuse(both);
	if (both->to != NULL)
		buffer_put(both->to, value->at, both_ok(both) ? value->n : 0);
	else
		*value = reader_bytes(both->from, n);
}

/* As many elements as a fixed array has room for; 0 once failed. */
static inline void both_count(struct both *both, size_t *n, size_t max)
{
	uint32_t raw = *n > max ? (uint32_t)max + 1 : (uint32_t)*n;

	both_u32(both, &raw);
	if (raw > max)
		both_refuse(both);
	*n = both_ok(both) ? raw : 0;
}

/* The two bytes that each message begins with. */
static inline void both_head(struct both *both, uint8_t type, uint8_t version)
{
	uint8_t raw_type = type, raw_version = version;

	both_u8(both, &raw_type);
	both_u8(both, &raw_version);
	if (raw_type != type || raw_version != version)
		both_refuse(both);
}

/*
 * The two directions of the message struct name, whose walk over the fields is walk
 * (which changes nothing that it writes): name_encode and name_decode.  A message is
 * demanded to its exact end.
 */
#define BOTH_DIRECTIONS(linkage, name, walk, type)                                     \
	linkage void name##_encode(const struct name *message, struct buffer *to)      \
	{                                                                              \
		struct name copy = *message;                                           \
		struct both both = {.to = to};                                         \
                                                                                       \
		both_head(&both, type, AGENT_VERSION);                                 \
		walk(&both, &copy);                                                    \
	}                                                                              \
	linkage enum rq_err name##_decode(struct bytes message,                        \
					  struct name *message_out)                    \
	{                                                                              \
		struct reader r = reader_over(message.at, message.n);                  \
		struct both both = {.from = &r};                                       \
                                                                                       \
		*message_out = (struct name){0};                                       \
		if (message.n > CAP_AGENT_MESSAGE)                                     \
			reader_fail(&r);                                               \
		both_head(&both, type, AGENT_VERSION);                                 \
		walk(&both, message_out);                                              \
		return reader_done(&r) ? RQ_OK : RQ_ERR_FORMAT;                        \
	}

#define BOTH_WAYS(name, walk, type) BOTH_DIRECTIONS(, name, walk, type)
/* For a message that one file alone knows. */
#define BOTH_WAYS_HERE(name, walk, type) BOTH_DIRECTIONS(static, name, walk, type)

#endif
