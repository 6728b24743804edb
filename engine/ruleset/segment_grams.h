/* Choosing the grams of one run of bytes. */
#ifndef RAQUET_ENGINE_RULESET_SEGMENT_GRAMS_H
#define RAQUET_ENGINE_RULESET_SEGMENT_GRAMS_H

#include "engine/ruleset/filter.h"

enum { MAX_RUN = 128 };

/* Folded bytes; mask is 0xff where the byte is known and 0 where it is not. */
struct byte_run {
	uint8_t value[MAX_RUN], mask[MAX_RUN];
	size_t n;
};

struct gram_choice {
	struct gram_entry entries[4]; /* one for each remainder; segment not set */
	size_t n;                     /* 4, or 1 to be looked for everywhere */
	double hits_per_mb;           /* aligned places of all four */
	bool has_pairs;
};

/* The rarest gram for each remainder; false when there is none for some remainder. */
bool choose_grams(const struct byte_run *run, struct gram_choice *choice_out);

/* The rarest pair of known bytes, or byte, of a run without grams; false: there is none. */
bool choose_scan(const struct byte_run *run, struct gram_choice *choice_out);

#endif
