/*
 * A growing run of bytes for what we write: messages, images, text.  Failure sticks,
 * as in the reader: write straight through, ask buffer_ok once.
 */
#ifndef RAQUET_BYTES_BUFFER_H
#define RAQUET_BYTES_BUFFER_H

#include "bytes/error.h"
#include "bytes/reader.h"

struct buffer {
	uint8_t *data;
	size_t size, capacity;
	size_t max; /* refuses to grow beyond; 0: no cap of its own */
	bool failed;
};

/* {0} is an empty buffer as well. */
void buffer_free(struct buffer *b);  /* frees the bytes and leaves an empty buffer */
void buffer_clear(struct buffer *b); /* keeps the memory; forgets failure */
bool buffer_ok(const struct buffer *b);
struct bytes buffer_bytes(const struct buffer *b);
/* n bytes from offset on, which were put before; also nothing of an empty buffer. */
struct bytes buffer_part(const struct buffer *b, size_t offset, size_t n);

void buffer_u8(struct buffer *b, uint8_t value);
void buffer_u16le(struct buffer *b, uint16_t value);
void buffer_u32le(struct buffer *b, uint32_t value);
void buffer_u64le(struct buffer *b, uint64_t value);
void buffer_put(struct buffer *b, const void *from, size_t n);
void buffer_text(struct buffer *b, const char *text);
void buffer_format(struct buffer *b, const char *format, ...) RQ_PRINTF(2, 3);
/* n zero bytes; returns where they start, or NULL once failed. */
uint8_t *buffer_zeros(struct buffer *b, size_t n);
/* Zeros up to the next multiple of alignment. */
void buffer_align(struct buffer *b, size_t alignment);

#endif
