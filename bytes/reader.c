#include "bytes/reader.h"

#include <string.h>

struct bytes bytes_of(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

bool bytes_equal_text(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of(text));
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.at, b.at, n);

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_one_of(uint8_t c, struct bytes set)
{
	return set.n > 0 && memchr(set.at, c, set.n) != NULL;
}

struct bytes bytes_trim(struct bytes text, struct bytes blanks)
{
	size_t from = 0, to = text.n;

	while (from < to && is_one_of(text.at[from], blanks))
		from++;
	while (to > from && is_one_of(text.at[to - 1], blanks))
		to--;
	return (struct bytes){to > from ? text.at + from : text.at, to - from};
}

struct reader reader_over(const void *start, size_t size)
{
	static const uint8_t nothing; /* C forbids even NULL + 0 */

	return (struct reader){.start = start == NULL ? &nothing : start, .size = size};
}

bool reader_ok(const struct reader *r)
{
	return !r->failed;
}

bool reader_done(const struct reader *r)
{
	return !r->failed && r->pos == r->size;
}

size_t reader_left(const struct reader *r)
{
	return r->failed ? 0 : r->size - r->pos;
}

void reader_fail(struct reader *r)
{
	r->failed = true;
}

static const uint8_t *take(struct reader *r, uint64_t n)
{
	const uint8_t *at;

	if (r->failed || n > r->size - r->pos) {
		r->failed = true;
		return NULL;
	}
	at = r->start + r->pos;
	r->pos += (size_t)n;
	return at;
}

static uint64_t little(struct reader *r, unsigned n)
{
	const uint8_t *at = take(r, n);
	uint64_t value = 0;

	if (at == NULL)
		return 0;
	for (unsigned i = n; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

static uint64_t big(struct reader *r, unsigned n)
{
	const uint8_t *at = take(r, n);
	uint64_t value = 0;

	if (at == NULL)
		return 0;
	for (unsigned i = 0; i < n; i++)
		value = value << 8 | at[i];
	return value;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)little(r, 1);
}

uint16_t reader_u16le(struct reader *r)
{
	return (uint16_t)little(r, 2);
}

uint32_t reader_u32le(struct reader *r)
{
	return (uint32_t)little(r, 4);
}

uint64_t reader_u64le(struct reader *r)
{
	return little(r, 8);
}

uint16_t reader_u16be(struct reader *r)
{
	return (uint16_t)big(r, 2);
}

uint32_t reader_u32be(struct reader *r)
{
	return (uint32_t)big(r, 4);
}

uint64_t reader_u64be(struct reader *r)
{
	return big(r, 8);
}

void reader_skip(struct reader *r, uint64_t n)
{
	(void)take(r, n);
}

void reader_seek(struct reader *r, uint64_t off)
{
	if (r->failed || off > r->size)
		r->failed = true;
	else
		r->pos = (size_t)off;
}

struct bytes reader_bytes(struct reader *r, uint64_t n)
{
	const uint8_t *at = take(r, n);

	return (struct bytes){at, at == NULL ? 0 : (size_t)n};
}

struct bytes reader_zero_ended(struct reader *r, size_t max)
{
	size_t left = reader_left(r);
	const uint8_t *at = NULL, *zero = NULL;

	if (left > max)
		left = max;
	if (left > 0) {
		at = r->start + r->pos;
		zero = memchr(at, 0, left);
	}
	if (zero == NULL) {
		r->failed = true;
		return (struct bytes){NULL, 0};
	}
	r->pos += (size_t)(zero - at) + 1;
	return (struct bytes){at, (size_t)(zero - at)};
}

struct reader reader_sub(struct reader *r, uint64_t n)
{
	const uint8_t *at = take(r, n);

	return (struct reader){
	    .start = at, .size = at == NULL ? 0 : (size_t)n, .failed = at == NULL};
}

bool reader_covers(const struct reader *r, uint64_t off, uint64_t n)
{
	return off <= r->size && n <= r->size - off;
}

struct reader reader_at(const struct reader *r, uint64_t off, uint64_t n)
{
	if (r->start == NULL || !reader_covers(r, off, n))
		return (struct reader){.failed = true};
	return (struct reader){.start = r->start + off, .size = (size_t)n};
}

struct reader reader_from(const struct reader *r, uint64_t off)
{
	return reader_at(r, off, off <= r->size ? r->size - off : 0);
}
