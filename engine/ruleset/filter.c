#include "engine/ruleset/filter.h"

enum { BITS_PER_ENTRY = 24, ENTRIES_PER_HEAD = 2 };

static uint32_t log2_of(size_t n, uint32_t least, uint32_t most)
{
	uint32_t log2 = least;

	while (log2 < most && ((size_t)1 << log2) < n)
		log2++;
	return log2;
}

uint32_t filter_log2_words(size_t n_entries)
{
	return log2_of(n_entries * BITS_PER_ENTRY / 32, FILTER_MIN_LOG2,
		       FILTER_MAX_LOG2);
}

uint32_t filter_log2_heads(size_t n_entries)
{
	return log2_of(n_entries / ENTRIES_PER_HEAD, 4, 20);
}

static void set_pair(uint32_t *pairs, uint32_t pair)
{
	pairs[pair >> 5] |= UINT32_C(1) << (pair & 31);
}

uint32_t filter_fill(const struct gram_entry *entries, size_t n, uint32_t class_bits,
		     uint32_t *words, uint32_t log2_words, uint32_t *pairs)
{
	uint32_t *low = pairs, *high = pairs + PAIR_WORDS, *odd = high + PAIR_WORDS;
	uint32_t filter_pairs = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t product = gram_product(entries[i].value);
		uint32_t pair = entries[i].value & 0xffff;

		if (!(entries[i].classes & class_bits))
			continue;
		switch (entries[i].kind) {
		case GRAM_WHOLE:
			words[filter_word(product, log2_words)] |=
			    UINT32_C(1) << (product >> 26 & 31) |
			    UINT32_C(1) << (product >> 50 & 31);
			break;
		case GRAM_LOW:
			set_pair(low, pair);
			filter_pairs |= FILTER_EVEN;
			break;
		case GRAM_HIGH:
			set_pair(high, pair);
			filter_pairs |= FILTER_EVEN;
			break;
		default:
			set_pair(odd, pair);
			filter_pairs |= FILTER_ODD;
			break;
		}
	}
	return filter_pairs;
}

struct filter filter_over(const uint32_t *words, uint32_t log2_words,
			  uint32_t filter_pairs)
{
	struct filter filter = {.words = words, .log2_words = log2_words};
	const uint32_t *pairs = words + ((size_t)1 << log2_words);

	if (filter_pairs != 0) {
		filter.low = pairs;
		filter.high = pairs + PAIR_WORDS;
	}
	if (filter_pairs & FILTER_ODD)
		filter.odd = pairs + 2 * PAIR_WORDS;
	return filter;
}

void gram_buckets_fill(const struct gram_entry *entries, size_t n, uint32_t *heads,
		       uint32_t log2_heads, struct gram_entry *sorted)
{
	uint32_t n_heads = UINT32_C(1) << log2_heads;

	/* count, sum up, and place from the back: equal ones keep their order */
	for (size_t i = 0; i < n; i++)
		heads[gram_bucket(entries[i].value, entries[i].kind, log2_heads)]++;
	for (uint32_t i = 1; i < n_heads; i++)
		heads[i] += heads[i - 1];
	heads[n_heads] = (uint32_t)n;
	for (size_t i = n; i > 0; i--) {
		const struct gram_entry *e = &entries[i - 1];

		sorted[--heads[gram_bucket(e->value, e->kind, log2_heads)]] = *e;
	}
}
