#include "engine/match/kernel_portable.h"

/* No branch: every index is written, and counts only when it passed. */
static size_t run_grams(const struct filter *shared, const uint8_t *data, size_t n,
			uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i++) {
		queue[n_queued] = (uint16_t)i;
		n_queued += filter_test(&filter, gram_load(data + 4 * i));
	}
	return n_queued;
}

static size_t run_even(const struct filter *shared, const uint8_t *data, size_t n,
		       uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t x = gram_load(data + 4 * i);

		queue[n_queued] = (uint16_t)i;
		n_queued += filter_test(&filter, x) |
			    pair_test(filter.low, x & 0xffff) |
			    pair_test(filter.high, x >> 16);
	}
	return n_queued;
}

static size_t run_odd(const struct filter *shared, const uint8_t *data, size_t n,
		      uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t x = gram_load(data + 4 * i), y = gram_load(data + 4 * i + 1);

		queue[n_queued] = (uint16_t)i;
		n_queued +=
		    filter_test(&filter, x) | pair_test(filter.low, x & 0xffff) |
		    pair_test(filter.high, x >> 16) |
		    pair_test(filter.odd, y & 0xffff) | pair_test(filter.odd, y >> 16);
	}
	return n_queued;
}

size_t kernel_run_portable(const struct filter *filter, const uint8_t *data, size_t n,
			   uint16_t *queue)
{
	if (filter->odd != NULL)
		return run_odd(filter, data, n, queue);
	return filter->low != NULL ? run_even(filter, data, n, queue)
				   : run_grams(filter, data, n, queue);
}
