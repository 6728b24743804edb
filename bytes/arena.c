#include "bytes/arena.h"

#include "bytes/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_CHUNK = 64 * 1024, MAX_CHUNK = 16 * 1024 * 1024 };

struct chunk {
	struct chunk *older;
	size_t size, used;
	size_t pad; /* keeps the bytes behind this header aligned to 16 */
};

struct arena {
	struct chunk *newest;
	size_t max_bytes, reserved, used;
};

enum rq_err arena_new(size_t max_bytes, struct arena **arena_out)
{
	struct arena *arena = alloc_array(1, sizeof *arena);

	*arena_out = arena;
	if (arena == NULL)
		return RQ_ERR_MEMORY;
	arena->max_bytes = max_bytes;
	return RQ_OK;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct chunk *c = arena->newest, *older; c != NULL; c = older) {
		older = c->older;
		alloc_free(c);
	}
	alloc_free(arena);
}

void arena_reset(struct arena *arena)
{
	struct chunk *kept = arena->newest;

	if (kept == NULL)
		return;
	for (struct chunk *c = kept->older, *older; c != NULL; c = older) {
		older = c->older;
		alloc_free(c);
	}
	kept->older = NULL;
	kept->used = 0;
	arena->reserved = kept->size;
	arena->used = 0;
}

static struct chunk *add_chunk(struct arena *arena, size_t n)
{
	size_t size = arena->newest == NULL ? FIRST_CHUNK : arena->newest->size * 2;
	struct chunk *c;

	if (size > MAX_CHUNK)
		size = MAX_CHUNK;
	if (size < n)
		size = n;
	if (size > arena->max_bytes - arena->reserved)
		size = arena->max_bytes - arena->reserved;
	if (size < n) {
		alloc_count_refusal();
		return NULL;
	}
	c = alloc_array(1, sizeof *c + size);
	if (c == NULL)
		return NULL;
	c->size = size;
	c->older = arena->newest;
	arena->newest = c;
	arena->reserved += size;
	return c;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	struct chunk *c = arena->newest;
	unsigned char *at;
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || total > SIZE_MAX - ALIGNMENT) {
		alloc_count_refusal();
		return NULL;
	}
	total = (total + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (total == 0)
		total = ALIGNMENT;
	if (c == NULL || c->size - c->used < total) {
		c = add_chunk(arena, total);
		if (c == NULL)
			return NULL;
	}
	at = (unsigned char *)(c + 1) + c->used;
	c->used += total;
	arena->used += total;
	/* a kept chunk holds the bytes of the round before */
	return memset(at, 0, total);
}

int arena_grow(struct arena *arena, void **array, size_t *capacity, size_t n_wanted,
	       size_t size)
{
	enum { FIRST = 16 };
	size_t n = *capacity < FIRST ? FIRST : *capacity;
	void *grown;

	if (n_wanted <= *capacity)
		return 1;
	while (n < n_wanted)
		if (__builtin_mul_overflow(n, 2, &n))
			return 0;
	grown = arena_array(arena, n, size);
	if (grown == NULL)
		return 0;
	if (*capacity > 0)
		memcpy(grown, *array, *capacity * size);
	*array = grown;
	*capacity = n;
	return 1;
}

char *arena_copy(struct arena *arena, const void *from, size_t n)
{
	char *copy = n == SIZE_MAX ? NULL : arena_array(arena, n + 1, 1);

	if (copy != NULL && n > 0)
		memcpy(copy, from, n);
	return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	text = arena_array(arena, (size_t)n + 1, 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
