#include "bytes/buffer.h"

#include "bytes/alloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buffer_free(struct buffer *b)
{
	alloc_free(b->data);
	*b = (struct buffer){.max = b->max};
}

void buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
}

bool buffer_ok(const struct buffer *b)
{
	return !b->failed;
}

struct bytes buffer_bytes(const struct buffer *b)
{
	return (struct bytes){b->data, b->size};
}

struct bytes buffer_part(const struct buffer *b, size_t offset, size_t n)
{
	assert(offset <= b->size && n <= b->size - offset);
	return n > 0 ? (struct bytes){b->data + offset, n} : (struct bytes){0};
}

static uint8_t *extend(struct buffer *b, size_t n)
{
	size_t limit = b->max != 0 ? b->max : SIZE_MAX;
	size_t room = n > 0 ? n : 1; /* a place even for nothing: NULL is failure */
	uint8_t *at;

	if (b->failed || n > limit - b->size || room > SIZE_MAX - b->size ||
	    !alloc_grow((void **)&b->data, &b->capacity, b->size + room, 1)) {
		b->failed = true;
		return NULL;
	}
	at = b->data + b->size;
	b->size += n;
	return at;
}

void buffer_put(struct buffer *b, const void *from, size_t n)
{
	uint8_t *at;

	if (n == 0)
		return;
	at = extend(b, n);
	if (at != NULL)
		memcpy(at, from, n);
}

static void little(struct buffer *b, uint64_t value, unsigned n)
{
	uint8_t *at = extend(b, n);

	for (unsigned i = 0; at != NULL && i < n; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

void buffer_u8(struct buffer *b, uint8_t value)
{
	little(b, value, 1);
}

void buffer_u16le(struct buffer *b, uint16_t value)
{
	little(b, value, 2);
}

void buffer_u32le(struct buffer *b, uint32_t value)
{
	little(b, value, 4);
}

void buffer_u64le(struct buffer *b, uint64_t value)
{
	little(b, value, 8);
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_put(b, text, strlen(text));
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args;
	uint8_t *at;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	/* one more for the 0 that vsnprintf(3) writes, taken back at once */
	at = n < 0 ? NULL : extend(b, (size_t)n + 1);
	if (at == NULL) {
		b->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf((char *)at, (size_t)n + 1, format, args);
	va_end(args);
	b->size--;
}

uint8_t *buffer_zeros(struct buffer *b, size_t n)
{
	uint8_t *at = extend(b, n);

	if (at != NULL && n > 0)
		memset(at, 0, n);
	return at;
}

void buffer_align(struct buffer *b, size_t alignment)
{
	size_t over = b->size % alignment;

	if (over != 0)
		buffer_zeros(b, alignment - over);
}
