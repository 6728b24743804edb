/* Choosing the grams of one run of bytes. */
#ifndef RAQUET_ENGINE_RULESET_SEGMENT_GRAMS_H
#define RAQUET_ENGINE_RULESET_SEGMENT_GRAMS_H

#include "engine/ruleset/filter.h"

enum { MAX_RUN = 128 };

/* Folded bytes; mask is 0xff where the byte is known and 0 where it is not. */
struct byte_run {
	uint8_t value[MAX_RUN], mask[MAX_RUN];
	size_t n;
	const uint16_t *common; /* pattern_options */
};

struct gram_choice {
	struct gram_entry entries[4]; /* one for each remainder; segment not set */
	size_t n;                     /* 4, or 1 for all: a pair, or GRAM_SCAN */
	double hits_per_mb;           /* looked-up places of all */
	bool is_short; /* some remainder has only two or three known bytes */
};

/*
 * The rarest gram for each remainder, or for all the rarest pair; false when there is
 * neither.  unknown_too: grams of which one byte is unknown count as well, which are
 * GRAM_FORMS entries each.
 */
bool choose_grams(const struct byte_run *run, bool unknown_too,
		  struct gram_choice *choice_out);

/* The rarest pair of known bytes, or byte, of a run without grams; false: there is none. */
bool choose_scan(const struct byte_run *run, struct gram_choice *choice_out);

#endif
