#include "engine/match/kernel_portable.h"

static inline uint32_t load_folded(const uint8_t *at)
{
	/* the bytes count from the lowest on every machine */
	uint32_t x = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		     (uint32_t)at[3] << 24;

	return gram_fold(x);
}

/* No branch: every index is written, and counts only when it passed. */
size_t kernel_run_portable(const struct filter *filter, const uint8_t *data, size_t n,
			   uint16_t *queue)
{
	const uint32_t *words = filter->words, *low = filter->low, *high = filter->high;
	uint32_t log2_words = filter->log2_words;
	size_t n_queued = 0;

	if (low == NULL) {
		for (size_t i = 0; i < n; i++) {
			queue[n_queued] = (uint16_t)i;
			n_queued += filter_test(words, log2_words, load_folded(data + 4 * i));
		}
		return n_queued;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t x = load_folded(data + 4 * i);

		queue[n_queued] = (uint16_t)i;
		n_queued += filter_test(words, log2_words, x) | pair_test(low, x & 0xffff) |
			    pair_test(high, x >> 16);
	}
	return n_queued;
}
