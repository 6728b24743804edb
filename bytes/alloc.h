/*
 * The only way to the heap.  Sizes are overflow-checked, memory comes zeroed, every
 * allocation may fail, and tests can make the n-th one fail.
 */
#ifndef RAQUET_BYTES_ALLOC_H
#define RAQUET_BYTES_ALLOC_H

#include <stddef.h>
#include <stdint.h>

/* n objects of size bytes, zeroed.  NULL when out of memory or n * size overflows. */
void *alloc_array(size_t n, size_t size);

/*
 * Grows *array (may be NULL) so that it holds at least n_wanted objects, at least
 * doubling *capacity.  On failure returns 0 and leaves both untouched.  New room is
 * not zeroed.
 */
int alloc_grow(void **array, size_t *capacity, size_t n_wanted, size_t size);

/* free(3). */
void alloc_free(void *memory);

/* Wipes n bytes in a way the compiler keeps, then frees.  memory may be NULL. */
void alloc_free_secret(void *memory, size_t n);

/*
 * How many allocations this thread was refused, of the heap or over the budget of an
 * arena: who calls code that cannot tell of failure compares before and after.
 */
uint64_t alloc_refusals(void);
/* One more: for whoever has a budget of his own, or memory that is not ours. */
void alloc_count_refusal(void);

/*
 * Tests: the n-th allocation from now (1 = the next) and all later ones fail;
 * 0 switches that off.  Not thread-safe.
 */
void alloc_fail_from(uint64_t n);

/* Tests: how many allocations were made since the last alloc_fail_from. */
uint64_t alloc_count(void);

#endif
