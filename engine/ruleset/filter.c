#include "engine/ruleset/filter.h"

#include <limits.h>
#include <string.h>

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

static void set_gram(const struct filter *filter, uint32_t *words, uint32_t folded)
{
	uint32_t hash = folded * filter->multiplier;

	words[hash >> (32 - filter->log2_words)] |=
	    UINT32_C(1) << filter_bit_a(hash) | UINT32_C(1)
						    << filter_bit_b(hash, folded);
}

static void fill_grams(const struct gram_entry *entries, size_t n, uint32_t class_bits,
		       const struct filter *filter, uint32_t *words)
{
	for (size_t i = 0; i < n; i++) {
		if ((entries[i].classes & class_bits) && entries[i].kind == GRAM_WHOLE)
			set_gram(filter, words, entries[i].value);
	}
}

static uint32_t fill_pairs(const struct gram_entry *entries, size_t n,
			   uint32_t class_bits, uint32_t *pairs)
{
	uint32_t *low = pairs, *high = pairs + PAIR_WORDS, *odd = high + PAIR_WORDS;
	uint32_t filter_pairs = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t pair = entries[i].value & 0xffff;

		if (!(entries[i].classes & class_bits))
			continue;
		switch (entries[i].kind) {
		case GRAM_WHOLE: break;
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

/* How many of the words that fill up programs get through. */
static unsigned n_padding_passes(const struct filter *filter)
{
	static const uint32_t padding[] = {
	    0,          0xffffffff, 0x20202020, 0xcccccccc, 0x90909090,
	    0x00000001, 0x00000100, 0x00010000, 0x01000000,
	};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof padding / sizeof *padding; i++)
		n += filter_test(filter, gram_fold(padding[i]));
	return n;
}

struct filter_shape filter_fill(const struct gram_entry *entries, size_t n,
				uint32_t class_bits, uint32_t *words,
				uint32_t log2_words)
{
	static const uint32_t multipliers[] = {0x9e3779b1, 0x85ebca77, 0xc2b2ae3d,
					       0x27d4eb2f, 0x165667b1, 0xcc9e2d51,
					       0x1b873593, 0xe6546b65};
	size_t n_words = (size_t)1 << log2_words, best = 0;
	struct filter filter = {.words = words, .log2_words = log2_words};
	unsigned least = UINT_MAX;

	/* what is common must not get through by chance */
	for (size_t i = 0; i < sizeof multipliers / sizeof *multipliers; i++) {
		unsigned passes;

		memset(words, 0, n_words * sizeof *words);
		filter.multiplier = multipliers[i];
		fill_grams(entries, n, class_bits, &filter, words);
		passes = n_padding_passes(&filter);
		best = passes < least ? i : best;
		least = passes < least ? passes : least;
		if (least == 0)
			break;
	}
	if (least != 0) {
		memset(words, 0, n_words * sizeof *words);
		filter.multiplier = multipliers[best];
		fill_grams(entries, n, class_bits, &filter, words);
	}
	return (struct filter_shape){
	    log2_words, filter.multiplier,
	    fill_pairs(entries, n, class_bits, words + n_words)};
}

struct filter filter_over(const uint32_t *words, struct filter_shape shape)
{
	struct filter filter = {.words = words,
				.log2_words = shape.log2_words,
				.multiplier = shape.multiplier};
	const uint32_t *pairs = words + ((size_t)1 << shape.log2_words);

	if (shape.pairs != 0) {
		filter.low = pairs;
		filter.high = pairs + PAIR_WORDS;
	}
	if (shape.pairs & FILTER_ODD)
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
