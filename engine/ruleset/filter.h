/*
 * The filter: which aligned four bytes of an object may belong to a pattern.
 *
 * Whatever place a run of known bytes takes in an object, one of four grams chosen
 * from it (one for each remainder of its start) lies on an offset that four divides, or
 * two behind one.  So only every fourth offset is looked at: the gram there is folded,
 * hashed, and asked for in a Bloom filter of one word a question; what passes is looked
 * up among the chosen grams.  The grams two behind have a second filter, which is small,
 * since only runs of less than seven bytes need it.  Where a gram has three known bytes
 * only, all values of the fourth are in the filter.  A run without even those is looked
 * for by two bytes of it, at every offset, in one plain set of pairs.
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
	GRAM_WHOLE,   /* value: four folded bytes at an aligned offset */
	GRAM_BETWEEN, /* the same, two behind an aligned offset */
	GRAM_PAIR,    /* value: two folded bytes, at any offset */
	GRAM_SCAN, /* not for the filter: two bytes (one, by the mask) to look for at every
		     * offset, because the run has nothing longer; at: theirs in the segment */
};

/* One gram of a segment, and four folded bytes near it that must be there as well. */
struct gram_entry {
	uint32_t value;
	uint32_t near_value, near_mask;
	uint32_t segment;
	int16_t at;      /* offset of the gram in the segment */
	int8_t near_at;  /* of the near bytes, from the gram */
	uint8_t kind;    /* enum gram_kind */
	uint8_t classes; /* of objects, as in pattern_record */
	uint8_t unknown; /* which byte of value may be any; GRAM_ALL_KNOWN: none */
	uint16_t reserved;
};

/* The same as it is kept beside the others of its segment, in half the bytes. */
struct gram_record {
	uint32_t value, near_value;
	int16_t at;
	uint8_t kind; /* low half: enum gram_kind; high half: unknown */
	uint8_t
	    near; /* low half: which near bytes count; high half: near_at - LEAST_NEAR */
};

enum {
	GRAM_ALL_KNOWN = 4,
	GRAM_FORMS = 192,      /* values that a folded byte can have */
	FILTER_MIN_LOG2 = 6,   /* words */
	FILTER_MAX_LOG2 = 16,  /* 256 KB: what a core keeps near */
	BETWEEN_MAX_LOG2 = 13, /* 32 KB: what a core keeps nearest */
	PAIR_WORDS = 65536 / 32,
};

/*
 * A quick look for the pairs, which lets some others through: each pair is in one of
 * eight sets, a bit, and each half of a byte tells the sets that have it there.
 */
struct pair_halves {
	uint8_t first_low[16], first_high[16], second_low[16], second_high[16];
};

/* The questions; three arrays of words one behind the other. */
struct filter {
	const uint32_t *words;   /* 1 << log2_words */
	const uint32_t *between; /* 1 << log2_between; NULL: there are none of these */
	const uint32_t *pairs;   /* PAIR_WORDS; NULL: there are none of these */
	uint32_t log2_words, log2_between;
	uint32_t multiplier; /* of the hash */
	struct pair_halves halves;
};

/* The same once more, as a scan asks for it; all of its bytes are known. */
struct bucket_gram {
	uint32_t value, near_value;
	uint32_t segment;
	int16_t at;
	uint8_t near;             /* as in gram_record */
	uint8_t kind_and_classes; /* low 2 bits: enum gram_kind */
};

struct gram_head {
	uint32_t first; /* index into entries */
	uint32_t near;  /* the union of what near_bits_of says of the entries */
};

/* The answers: entries by bucket, each up to where the next begins. */
struct gram_buckets {
	const struct gram_head *heads; /* (1 << log2_heads) + 1 */
	const struct bucket_gram *entries;
	uint32_t log2_heads;
};

/* A pair is up to two bytes behind the start of its gram, whose near bytes it keeps. */
enum { LEAST_NEAR = -6 };

static inline int near_at(uint8_t near)
{
	return (near >> 4) + LEAST_NEAR;
}

static inline uint32_t near_mask(uint8_t near)
{
	static const uint32_t masks[] = {
	    0x00000000, 0x000000ff, 0x0000ff00, 0x0000ffff, 0x00ff0000, 0x00ff00ff,
	    0x00ffff00, 0x00ffffff, 0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff,
	    0xffff0000, 0xffff00ff, 0xffffff00, 0xffffffff,
	};

	return masks[near & 15];
}

/* The two bits of a gram, in the word that the top of the hash names. */
static inline uint32_t filter_bit_a(uint32_t hash)
{
	return hash >> 11 & 31;
}

static inline uint32_t filter_bit_b(uint32_t hash, uint32_t folded)
{
	return (hash >> 6 ^ folded >> 24) & 31;
}

/* Whether both bits of a gram are set in its word; the kernels do the same. */
static inline uint32_t gram_test(const uint32_t *words, uint32_t log2_words,
				 uint32_t multiplier, uint32_t folded)
{
	uint32_t hash = folded * multiplier;
	uint32_t word = words[hash >> (32 - log2_words)];

	return (word >> filter_bit_a(hash)) & (word >> filter_bit_b(hash, folded)) & 1;
}

/* Of the gram at an aligned offset. */
static inline uint32_t filter_test(const struct filter *filter, uint32_t folded)
{
	return gram_test(filter->words, filter->log2_words, filter->multiplier, folded);
}

/* Of the gram two behind one. */
static inline uint32_t between_test(const struct filter *filter, uint32_t folded)
{
	return gram_test(filter->between, filter->log2_between, filter->multiplier,
			 folded);
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

/* One of 32 bits for what stands beside a gram; kind: which side, and how much. */
enum near_kind { NEXT_FOUR, LAST_FOUR, NEXT_TWO, LAST_TWO };
static inline uint32_t near_bit(uint32_t bytes, enum near_kind kind)
{
	static const uint32_t multipliers[] = {0x9e3779b1, 0x85ebca77, 0xc2b2ae3d,
					       0x27d4eb2f};

	return UINT32_C(1) << (bytes * multipliers[kind] >> 27);
}

/* Those of a place, with the four folded bytes behind and before the gram.  An entry
 * whose bits have none of them in common is not there. */
static inline uint32_t near_bits(uint32_t next, uint32_t last)
{
	return near_bit(next, NEXT_FOUR) | near_bit(last, LAST_FOUR) |
	       near_bit(next & 0xffff, NEXT_TWO) | near_bit(last >> 16, LAST_TWO);
}

/* Those of an entry: one bit, or all where too little beside it is known. */
uint32_t near_bits_of(const struct gram_entry *entry);

/* Size that fits n entries. */
uint32_t filter_log2_heads(size_t n_entries);

/* What words alone do not tell of a filter. */
struct filter_shape {
	uint32_t log2_words;
	uint32_t log2_between; /* 0: no grams between */
	uint32_t has_pairs;
	uint32_t multiplier;
	struct pair_halves halves;
};

/* The shape that fits those of n entries whose classes meet class_bits. */
struct filter_shape filter_shape_of(const struct gram_entry *entries, size_t n,
				    uint32_t class_bits);
/* The words that a filter of this shape takes. */
size_t filter_n_words(const struct filter_shape *shape);

/* Sets the bits of the same entries in words, which are zeroed; chooses the multiplier
 * and the sets of pairs. */
void filter_fill(const struct gram_entry *entries, size_t n, uint32_t class_bits,
		 struct filter_shape *shape, uint32_t *words);

/* The filter over words. */
struct filter filter_over(const uint32_t *words, const struct filter_shape *shape);

struct gram_record gram_pack(const struct gram_entry *entry);
/* The entry, of all classes; record may be damaged, and is sound when its kind and its
 * unknown byte are. */
struct gram_entry gram_unpack(const struct gram_record *record, uint32_t segment);

/* How many entries of whole grams stand for this one: as many as its value has forms. */
size_t gram_n_forms(const struct gram_entry *entry);
/* Writes them. */
void gram_forms(const struct gram_entry *entry, struct gram_entry *out);
/* The pair of known bytes of a gram with an unknown one; that finds more places. */
struct gram_entry gram_as_pair(const struct gram_entry *entry);

/* Sorts entries into sorted by bucket; heads has (1 << log2_heads) + 1 zeroed items. */
void gram_buckets_fill(const struct gram_entry *entries, size_t n,
		       struct gram_head *heads, uint32_t log2_heads,
		       struct bucket_gram *sorted);

#endif
