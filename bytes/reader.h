/*
 * The one way to look at bytes from outside.
 *
 * A reader is a window, a position and a failure that sticks: once a read goes past
 * the end every later one gives 0 or NULL, so that a parser is written straight
 * through and asks reader_ok once, before a value sizes an allocation, bounds a loop
 * or becomes an offset.  Children see only their part.  Nothing is copied; a pointer
 * handed out lives as long as the window.
 */
#ifndef RAQUET_BYTES_READER_H
#define RAQUET_BYTES_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes that somebody else owns; may hold zeros; at may be NULL when n is 0. */
struct bytes {
	const uint8_t *at;
	size_t n;
};

#define BYTES_LITERAL(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})

struct bytes bytes_of(const char *text); /* up to the 0, which is not counted */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_equal_text(struct bytes a, const char *text);
/* Less, equal, greater as memcmp(3), the shorter first. */
int bytes_compare(struct bytes a, struct bytes b);
/* Without those of blanks at its beginning and its end. */
struct bytes bytes_trim(struct bytes text, struct bytes blanks);

struct reader {
	const uint8_t *start;
	size_t size; /* of the window */
	size_t pos;  /* next byte, from start */
	bool failed;
};

struct reader reader_over(const void *start, size_t size);

bool reader_ok(const struct reader *r);
bool reader_done(const struct reader *r); /* nothing failed and nothing is left */
size_t reader_left(const struct reader *r);
void reader_fail(struct reader *r);

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint64_t reader_u64be(struct reader *r);

void reader_skip(struct reader *r, uint64_t n);
/* Moves to off from the start of the window (the end itself is allowed). */
void reader_seek(struct reader *r, uint64_t off);

/* The next n bytes, or {NULL, 0} once failed. */
struct bytes reader_bytes(struct reader *r, uint64_t n);

/* The bytes before the next 0, of which at most max are looked at; consumes the 0.
 * Fails when there is none. */
struct bytes reader_zero_ended(struct reader *r, size_t max);

/* The next n bytes as a window of its own; r moves behind them.  On failure both have
 * failed and the child is empty. */
struct reader reader_sub(struct reader *r, uint64_t n);

/* n bytes at off of the whole window; r does not move and does not fail: a table that
 * points outside is the child's failure. */
struct reader reader_at(const struct reader *r, uint64_t off, uint64_t n);

/* From off to the end of the window, likewise. */
struct reader reader_from(const struct reader *r, uint64_t off);

/* Whether n bytes at off lie inside the window. */
bool reader_covers(const struct reader *r, uint64_t off, uint64_t n);

#endif
