/*
 * Memory that is dropped whole: everything of one scan, one compile or one message.
 * Not thread-safe; one arena belongs to one thread.
 */
#ifndef RAQUET_BYTES_ARENA_H
#define RAQUET_BYTES_ARENA_H

#include "bytes/error.h"
#include "bytes/reader.h"

#include <stddef.h>

struct arena;

/* An empty arena that never holds more than max_bytes.  Free with arena_free. */
RQ_MUST_USE enum rq_err arena_new(size_t max_bytes, struct arena **arena_out);
void arena_free(struct arena *arena);

/* Forgets everything allocated; keeps one chunk for the next round. */
void arena_reset(struct arena *arena);

/*
 * n objects of size bytes, zeroed, aligned to 16; NULL when out of memory, over the
 * budget, or when n * size overflows.  Lives until arena_reset or arena_free.
 */
void *arena_array(struct arena *arena, size_t n, size_t size);

#define arena_make(arena, type) ((type *)arena_array((arena), 1, sizeof(type)))

/*
 * As alloc_grow: makes room in *array (may be NULL) for at least n_wanted objects, at
 * least doubling *capacity; the old room stays allocated.  On failure returns 0 and
 * leaves both untouched.  New room is zeroed.
 */
int arena_grow(struct arena *arena, void **array, size_t *capacity, size_t n_wanted,
	       size_t size);

/* A copy of n bytes with a 0 behind them (not counted). */
char *arena_copy(struct arena *arena, const void *from, size_t n);

/* printf(3) into the arena. */
char *arena_format(struct arena *arena, const char *format, ...) RQ_PRINTF(2, 3);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#endif
