#include "bytes/alloc.h"

#include <stdlib.h>
#include <string.h>

/* Threads share these only in tests, which allocate from one. */
static _Thread_local uint64_t fail_from;
static _Thread_local uint64_t n_allocations;

static _Thread_local uint64_t n_refusals;

uint64_t alloc_refusals(void)
{
	return n_refusals;
}

void alloc_count_refusal(void)
{
	n_refusals++;
}

static void *counted(void *memory)
{
	if (memory == NULL)
		n_refusals++;
	return memory;
}

static int may_allocate(void)
{
	n_allocations++;
	return fail_from == 0 || n_allocations < fail_from;
}

void *alloc_array(size_t n, size_t size)
{
	if (!may_allocate())
		return counted(NULL);
	/* calloc(3) checks the product; an empty array must not look like failure */
	return counted(calloc(n != 0 ? n : 1, size != 0 ? size : 1));
}

int alloc_grow(void **array, size_t *capacity, size_t n_wanted, size_t size)
{
	size_t grown = *capacity < 8 ? 8 : *capacity, total;
	void *moved = NULL;

	if (n_wanted <= *capacity)
		return 1;
	while (grown < n_wanted && grown <= SIZE_MAX / 2)
		grown *= 2;
	if (grown >= n_wanted && !__builtin_mul_overflow(grown, size, &total) &&
	    may_allocate())
		moved = realloc(*array, total);
	if (counted(moved) == NULL)
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
