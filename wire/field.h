/* Fields that the decoders of this folder share: each refuses what is above its cap. */
#ifndef RAQUET_WIRE_FIELD_H
#define RAQUET_WIRE_FIELD_H

#include "bytes/buffer.h"
#include "bytes/reader.h"

static inline void field_put_text(struct buffer *to, struct bytes text)
{
	buffer_u32le(to, (uint32_t)text.n);
	buffer_put(to, text.at, text.n);
}

/* A text of at most max bytes. */
static inline struct bytes field_text(struct reader *r, uint32_t max)
{
	uint32_t raw_n = reader_u32le(r);

	if (raw_n > max)
		reader_fail(r);
	return reader_bytes(r, raw_n);
}

/* 0 or 1. */
static inline bool field_bool(struct reader *r)
{
	uint8_t raw = reader_u8(r);

	if (raw > 1)
		reader_fail(r);
	return raw == 1;
}

/* A count of elements of at least min_size bytes each, which must still be there. */
static inline uint32_t field_count(struct reader *r, uint32_t cap, size_t min_size)
{
	uint32_t raw_n = reader_u32le(r);

	if (raw_n > cap || raw_n > reader_left(r) / min_size)
		reader_fail(r);
	return reader_ok(r) ? raw_n : 0;
}

#endif
