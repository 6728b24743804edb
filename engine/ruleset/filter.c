#include "engine/ruleset/filter.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

enum { BITS_PER_ENTRY = 24, ENTRIES_PER_HEAD = 1 };

static uint32_t log2_of(size_t n, uint32_t least, uint32_t most)
{
	uint32_t log2 = least;

	while (log2 < most && ((size_t)1 << log2) < n)
		log2++;
	return log2;
}

uint32_t filter_log2_heads(size_t n_entries)
{
	return log2_of(n_entries / ENTRIES_PER_HEAD, 4, 20);
}

/* ---- as they are kept ---- */

static uint8_t pack_near(const struct gram_entry *entry)
{
	uint8_t counts = 0;

	assert(entry->near_at >= LEAST_NEAR && entry->near_at < LEAST_NEAR + 16);
	for (unsigned i = 0; i < 4; i++)
		counts |= (uint8_t)((entry->near_mask >> 8 * i & 1) << i);
	return (uint8_t)(counts | (entry->near_at - LEAST_NEAR) << 4);
}

struct gram_record gram_pack(const struct gram_entry *entry)
{
	return (struct gram_record){
	    .value = entry->value,
	    .near_value = entry->near_value,
	    .at = entry->at,
	    .kind = (uint8_t)(entry->kind | entry->unknown << 4),
	    .near = pack_near(entry),
	};
}

struct gram_entry gram_unpack(const struct gram_record *record, uint32_t segment)
{
	return (struct gram_entry){
	    .value = record->value,
	    .near_value = record->near_value,
	    .near_mask = near_mask(record->near),
	    .segment = segment,
	    .at = record->at,
	    .near_at = (int8_t)near_at(record->near),
	    .kind = record->kind & 15,
	    .classes = UINT8_MAX,
	    .unknown = record->kind >> 4,
	};
}

/* ---- grams with an unknown byte ---- */

size_t gram_n_forms(const struct gram_entry *entry)
{
	return entry->unknown == GRAM_ALL_KNOWN ? 1 : GRAM_FORMS;
}

void gram_forms(const struct gram_entry *entry, struct gram_entry *out)
{
	unsigned shift = 8 * entry->unknown;

	*out = *entry;
	if (entry->unknown == GRAM_ALL_KNOWN)
		return;
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte_fold((uint8_t)byte) != byte)
			continue;
		*out = *entry;
		out->value = (entry->value & ~(UINT32_C(0xff) << shift)) | byte
									       << shift;
		out->unknown = GRAM_ALL_KNOWN;
		out++;
	}
}

struct gram_entry gram_as_pair(const struct gram_entry *entry)
{
	struct gram_entry pair = *entry;
	double least = 0;

	pair.kind = GRAM_PAIR;
	pair.unknown = GRAM_ALL_KNOWN;
	for (unsigned i = 0; i < 3; i++) {
		uint16_t value = entry->value >> (8 * i) & 0xffff;
		double hits = pair_hits_per_mb(value);

		if (i == entry->unknown || i + 1 == entry->unknown ||
		    (least > 0 && hits >= least))
			continue;
		least = hits;
		pair.value = value;
		pair.at = (int16_t)(entry->at + (int)i);
		pair.near_at = (int8_t)(entry->near_at - (int)i);
	}
	return pair;
}

/* ---- filling ---- */

struct filter filter_over(const uint32_t *words, const struct filter_shape *shape)
{
	struct filter filter = {.words = words,
				.log2_words = shape->log2_words,
				.log2_between = shape->log2_between,
				.multiplier = shape->multiplier,
				.halves = shape->halves};

	words += (size_t)1 << shape->log2_words;
	if (shape->log2_between != 0) {
		filter.between = words;
		words += (size_t)1 << shape->log2_between;
	}
	if (shape->has_pairs)
		filter.pairs = words;
	return filter;
}

struct filter_shape filter_shape_of(const struct gram_entry *entries, size_t n,
				    uint32_t class_bits)
{
	size_t n_of[GRAM_SCAN + 1] = {0};

	for (size_t i = 0; i < n; i++)
		n_of[entries[i].kind] += (entries[i].classes & class_bits) != 0;
	return (struct filter_shape){
	    .log2_words = log2_of(n_of[GRAM_WHOLE] * BITS_PER_ENTRY / 32,
				  FILTER_MIN_LOG2, FILTER_MAX_LOG2),
	    .log2_between = n_of[GRAM_BETWEEN] == 0
				? 0
				: log2_of(n_of[GRAM_BETWEEN] * BITS_PER_ENTRY / 32,
					  FILTER_MIN_LOG2, BETWEEN_MAX_LOG2),
	    .has_pairs = n_of[GRAM_PAIR] != 0,
	};
}

size_t filter_n_words(const struct filter_shape *shape)
{
	return ((size_t)1 << shape->log2_words) +
	       (shape->log2_between == 0 ? 0 : (size_t)1 << shape->log2_between) +
	       (shape->has_pairs ? PAIR_WORDS : 0);
}

static void set_gram(uint32_t *words, uint32_t log2_words, uint32_t multiplier,
		     uint32_t folded)
{
	uint32_t hash = folded * multiplier;

	words[hash >> (32 - log2_words)] |= UINT32_C(1) << filter_bit_a(hash) |
					    UINT32_C(1) << filter_bit_b(hash, folded);
}

static void set_entry(const struct gram_entry *entry, const struct filter_shape *shape,
		      uint32_t *words)
{
	uint32_t *between = words + ((size_t)1 << shape->log2_words);
	uint32_t *pairs =
	    between + (shape->log2_between == 0 ? 0 : (size_t)1 << shape->log2_between);

	switch (entry->kind) {
	case GRAM_WHOLE:
		set_gram(words, shape->log2_words, shape->multiplier, entry->value);
		break;
	case GRAM_BETWEEN:
		set_gram(between, shape->log2_between, shape->multiplier, entry->value);
		break;
	case GRAM_PAIR:
		pairs[(entry->value & 0xffff) >> 5] |= UINT32_C(1)
						       << (entry->value & 31);
		break;
	default: break;
	}
}

static void set_entries(const struct gram_entry *entries, size_t n, uint32_t class_bits,
			const struct filter_shape *shape, uint32_t *words)
{
	for (size_t i = 0; i < n; i++) {
		if (entries[i].classes & class_bits)
			set_entry(&entries[i], shape, words);
	}
}

/* How many of the words that fill up programs get through. */
static unsigned n_padding_passes(const struct filter *filter)
{
	static const uint32_t padding[] = {
	    0,          0xffffffff, 0x20202020, 0xcccccccc, 0x90909090,
	    0x00000001, 0x00000100, 0x00010000, 0x01000000,
	};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof padding / sizeof *padding; i++) {
		uint32_t folded = gram_fold(padding[i]);

		n += filter_test(filter, folded);
		n += filter->between != NULL && between_test(filter, folded);
	}
	return n;
}

/* Sets the bits under the hash that lets least of the padding through. */
static void choose_multiplier(const struct gram_entry *entries, size_t n,
			      uint32_t class_bits, struct filter_shape *shape,
			      uint32_t *words)
{
	static const uint32_t multipliers[] = {0x9e3779b1, 0x85ebca77, 0xc2b2ae3d,
					       0x27d4eb2f, 0x165667b1, 0xcc9e2d51,
					       0x1b873593, 0xe6546b65};
	size_t n_words = filter_n_words(shape), best = 0;
	unsigned least = UINT_MAX;

	/* what is common must not get through by chance */
	for (size_t i = 0; i < sizeof multipliers / sizeof *multipliers; i++) {
		struct filter filter;
		unsigned passes;

		if (i > 0)
			memset(words, 0, n_words * sizeof *words);
		shape->multiplier = multipliers[i];
		set_entries(entries, n, class_bits, shape, words);
		filter = filter_over(words, shape);
		passes = n_padding_passes(&filter);
		best = passes < least ? i : best;
		least = passes < least ? passes : least;
		if (least == 0)
			return;
	}
	memset(words, 0, n_words * sizeof *words);
	shape->multiplier = multipliers[best];
	set_entries(entries, n, class_bits, shape, words);
}

static void add_halves(struct pair_halves *halves, uint32_t pair, uint8_t bit)
{
	halves->first_low[pair & 15] |= bit;
	halves->first_high[pair >> 4 & 15] |= bit;
	halves->second_low[pair >> 8 & 15] |= bit;
	halves->second_high[pair >> 12] |= bit;
}

/* Neighbours, which have most of their second byte in common, share a set. */
static struct pair_halves halves_of(const uint32_t *pairs)
{
	struct pair_halves halves = {{0}, {0}, {0}, {0}};
	uint16_t some[64];
	size_t n = 0;

	for (uint32_t word = 0; word < PAIR_WORDS; word++) {
		for (uint32_t rest = pairs[word]; rest != 0; rest &= rest - 1) {
			uint32_t pair = 32 * word + (uint32_t)__builtin_ctz(rest);

			if (n < sizeof some / sizeof *some)
				some[n] = (uint16_t)pair;
			else /* so many that the sets will be large in any case */
				add_halves(&halves, pair,
					   (uint8_t)(1u << (pair >> 13)));
			n++;
		}
	}
	n = n < sizeof some / sizeof *some ? n : sizeof some / sizeof *some;
	for (size_t i = 0; i < n; i++)
		add_halves(&halves, some[i], (uint8_t)(1u << (8 * i / n)));
	return halves;
}

void filter_fill(const struct gram_entry *entries, size_t n, uint32_t class_bits,
		 struct filter_shape *shape, uint32_t *words)
{
	choose_multiplier(entries, n, class_bits, shape, words);
	if (shape->has_pairs)
		shape->halves = halves_of(filter_over(words, shape).pairs);
}

/* ---- buckets ---- */

/* The two bytes at `at` from the gram, when they are among the near ones. */
static bool near_two(const struct gram_entry *entry, int at, uint32_t *two_out)
{
	int shift = 8 * (at - entry->near_at);

	if (shift < 0 || shift > 16 || (entry->near_mask >> shift & 0xffff) != 0xffff)
		return false;
	*two_out = entry->near_value >> shift & 0xffff;
	return true;
}

uint32_t near_bits_of(const struct gram_entry *entry)
{
	uint32_t two;

	if (entry->kind == GRAM_PAIR)
		return UINT32_MAX;
	if (entry->near_mask == UINT32_MAX && entry->near_at == 4)
		return near_bit(entry->near_value, NEXT_FOUR);
	if (entry->near_mask == UINT32_MAX && entry->near_at == -4)
		return near_bit(entry->near_value, LAST_FOUR);
	if (near_two(entry, 4, &two))
		return near_bit(two, NEXT_TWO);
	return near_two(entry, -2, &two) ? near_bit(two, LAST_TWO) : UINT32_MAX;
}

static struct bucket_gram in_bucket(const struct gram_entry *entry)
{
	return (struct bucket_gram){
	    .value = entry->value,
	    .near_value = entry->near_value,
	    .segment = entry->segment,
	    .at = entry->at,
	    .near = pack_near(entry),
	    .kind_and_classes = (uint8_t)(entry->kind | entry->classes << 2),
	};
}

void gram_buckets_fill(const struct gram_entry *entries, size_t n,
		       struct gram_head *heads, uint32_t log2_heads,
		       struct bucket_gram *sorted)
{
	uint32_t n_heads = UINT32_C(1) << log2_heads;

	/* count, sum up, and place from the back: equal ones keep their order */
	for (size_t i = 0; i < n; i++) {
		const struct gram_entry *e = &entries[i];
		struct gram_head *head =
		    &heads[gram_bucket(e->value, e->kind, log2_heads)];

		head->first++;
		head->near |= near_bits_of(e);
	}
	for (uint32_t i = 1; i < n_heads; i++)
		heads[i].first += heads[i - 1].first;
	heads[n_heads].first = (uint32_t)n;
	for (size_t i = n; i > 0; i--) {
		const struct gram_entry *e = &entries[i - 1];

		sorted[--heads[gram_bucket(e->value, e->kind, log2_heads)].first] =
		    in_bucket(e);
	}
}
