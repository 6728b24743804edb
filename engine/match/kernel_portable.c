#include "engine/match/kernel_portable.h"

/* No branch: every index is written, and counts only when it passed. */
static size_t run_grams(const struct filter *shared, const uint8_t *data, size_t n,
			uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i++) {
		queue[n_queued] = (uint16_t)(4 * i + ASK_WHOLE);
		n_queued += filter_test(&filter, gram_load(data + 4 * i));
	}
	return n_queued;
}

/* The pairs that begin in the first of two fours, which overlap by two. */
static uint32_t any_pair(const uint32_t *pairs, uint32_t x, uint32_t y)
{
	return pair_test(pairs, x & 0xffff) | pair_test(pairs, x >> 8 & 0xffff) |
	       pair_test(pairs, x >> 16) | pair_test(pairs, y >> 8 & 0xffff);
}

static size_t run_all(const struct filter *shared, const uint8_t *data, size_t n,
		      uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t x = gram_load(data + 4 * i), y = gram_load(data + 4 * i + 2);

		queue[n_queued] = (uint16_t)(4 * i + ASK_WHOLE);
		n_queued += filter_test(&filter, x);
		if (filter.between != NULL) {
			queue[n_queued] = (uint16_t)(4 * i + ASK_BETWEEN);
			n_queued += between_test(&filter, y);
		}
		if (filter.pairs != NULL) {
			queue[n_queued] = (uint16_t)(4 * i + ASK_PAIRS);
			n_queued += any_pair(filter.pairs, x, y);
		}
	}
	return n_queued;
}

size_t kernel_run_portable(const struct filter *filter, const uint8_t *data, size_t n,
			   uint16_t *queue)
{
	return filter->between == NULL && filter->pairs == NULL
		   ? run_grams(filter, data, n, queue)
		   : run_all(filter, data, n, queue);
}
