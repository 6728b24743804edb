#include "bytes/alloc.h"

#include <stdlib.h>
#include <string.h>

/* Threads share these only in tests, which allocate from one. */
static _Thread_local uint64_t fail_from;
static _Thread_local uint64_t n_allocations;

static int may_allocate(void)
{
	n_allocations++;
	return fail_from == 0 || n_allocations < fail_from;
}

void *alloc_array(size_t n, size_t size)
{
	if (!may_allocate())
		return NULL;
	/* calloc(3) checks the product; an empty array must not look like failure */
	return calloc(n != 0 ? n : 1, size != 0 ? size : 1);
}

int alloc_grow(void **array, size_t *capacity, size_t n_wanted, size_t size)
{
	size_t grown = *capacity < 8 ? 8 : *capacity;
	void *moved;

	if (n_wanted <= *capacity)
		return 1;
	while (grown < n_wanted) {
		if (grown > SIZE_MAX / 2)
			return 0;
		grown *= 2;
	}
	if (size != 0 && grown > SIZE_MAX / size)
		return 0;
	if (!may_allocate())
		return 0;
	moved = realloc(*array, grown * size);
	if (moved == NULL)
		return 0;
	*array = moved;
	*capacity = grown;
	return 1;
}

void alloc_free(void *memory)
{
	free(memory);
}

void alloc_free_secret(void *memory, size_t n)
{
	volatile unsigned char *wipe = memory;

	if (memory == NULL)
		return;
	while (n-- > 0)
		*wipe++ = 0;
	free(memory);
}

void alloc_fail_from(uint64_t n)
{
	fail_from = n;
	n_allocations = 0;
}

uint64_t alloc_count(void)
{
	return n_allocations;
}
