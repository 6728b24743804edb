/*
 * The filter: which aligned four bytes of an object may belong to a pattern.
 *
 * Whatever place a run of known bytes takes in an object, one of four grams chosen
 * from it (one for each remainder of its start) lies on an offset that four divides.
 * So only every fourth offset is looked at: the gram there is folded, hashed, and asked
 * for in a Bloom filter of one word a question; what passes is looked up among the
 * chosen grams.  Where a run has no whole gram for a remainder, two bytes of it in the
 * low or the high half serve instead, from two plain bit sets, and where even those are
 * missing two bytes at an odd offset.
 *
 * The filter of all triggers is made by the compiler and lies in the image; one of a
 * few patterns is made while an object is searched.
 */
#ifndef RAQUET_ENGINE_RULESET_FILTER_H
#define RAQUET_ENGINE_RULESET_FILTER_H

#include "bytes/error.h"
#include "engine/ruleset/gram.h"

#include <stdbool.h>
#include <stddef.h>

enum gram_kind {
	GRAM_WHOLE,  /* value: four folded bytes */
	GRAM_LOW,    /* value: the two at the aligned offset */
	GRAM_HIGH,   /* value: the two behind those */
	GRAM_MIDDLE, /* value: the two behind the first */
	GRAM_LAST,   /* value: the last and the one behind the four */
	GRAM_SCAN, /* not for the filter: two bytes (one, by the mask) to look for at every
		     * offset, because the run has nothing longer; at: theirs in the segment */
};

/* One gram of a segment, and four folded bytes near it that must be there as well. */
struct gram_entry {
	uint32_t value;
	uint32_t near_value, near_mask;
	uint32_t segment;
	int16_t at;       /* offset of the aligned four bytes in the segment */
	int8_t near_at;   /* of the near bytes, from the aligned four */
	uint8_t kind;     /* enum gram_kind */
	uint32_t classes; /* of objects, as in pattern_record */
};

enum {
	FILTER_MIN_LOG2 = 6,  /* words */
	FILTER_MAX_LOG2 = 16, /* 256 KB: what a core keeps near */
	PAIR_WORDS = 65536 / 32,
	PAIR_SETS = 3, /* low, high, odd */
};

enum filter_pairs {
	FILTER_EVEN = 1 << 0, /* there are low or high pairs */
	FILTER_ODD = 1 << 1,
};

/* The questions; four arrays of words one behind the other. */
struct filter {
	const uint32_t *words;      /* 1 << log2_words */
	const uint32_t *low, *high; /* PAIR_WORDS each; NULL: there are no pairs */
	const uint32_t *odd;        /* middle and last; NULL: there are none of these */
	uint32_t log2_words;
	uint32_t multiplier; /* of the hash */
};

/* The answers: entries by bucket. */
struct gram_buckets {
	const uint32_t *heads; /* (1 << log2_heads) + 1 indexes into entries */
	const struct gram_entry *entries;
	uint32_t log2_heads;
};

/* The two bits of a gram, in the word that the top of the hash names. */
static inline uint32_t filter_bit_a(uint32_t hash)
{
	return hash >> 11 & 31;
}

static inline uint32_t filter_bit_b(uint32_t hash, uint32_t folded)
{
	return (hash >> 6 ^ folded >> 24) & 31;
}

/* Whether both bits of the gram are set in its word; the kernels do the same. */
static inline uint32_t filter_test(const struct filter *filter, uint32_t folded)
{
	uint32_t hash = folded * filter->multiplier;
	uint32_t word = filter->words[hash >> (32 - filter->log2_words)];

	return (word >> filter_bit_a(hash)) & (word >> filter_bit_b(hash, folded)) & 1;
}

static inline uint32_t pair_test(const uint32_t *pairs, uint32_t pair)
{
	return pairs[pair >> 5] >> (pair & 31) & 1;
}

static inline uint32_t gram_bucket(uint32_t value, uint8_t kind, uint32_t log2_heads)
{
	uint32_t h = (value ^ kind * UINT32_C(0x5bd1e995)) * UINT32_C(0x85ebca6b);

	return (h ^ h >> 15) * UINT32_C(0xc2b2ae35) >> (32 - log2_heads);
}

/* Sizes that fit n entries. */
uint32_t filter_log2_words(size_t n_entries);
uint32_t filter_log2_heads(size_t n_entries);

/* What words alone do not tell of a filter. */
struct filter_shape {
	uint32_t log2_words;
	uint32_t multiplier;
	uint32_t pairs; /* a bit set of enum filter_pairs */
};

/*
 * Sets the bits of those of n entries whose classes meet class_bits, in zeroed memory:
 * words of the size told by log2_words, and behind them PAIR_SETS sets of pairs.
 */
struct filter_shape filter_fill(const struct gram_entry *entries, size_t n,
				uint32_t class_bits, uint32_t *words,
				uint32_t log2_words);

/* The filter over words and the sets of pairs behind them. */
struct filter filter_over(const uint32_t *words, struct filter_shape shape);

/* Sorts entries into sorted by bucket; heads has (1 << log2_heads) + 1 zeroed items. */
void gram_buckets_fill(const struct gram_entry *entries, size_t n, uint32_t *heads,
		       uint32_t log2_heads, struct gram_entry *sorted);

#endif
