/*
 * How patterns lie in the image: written by pattern.c, read by engine/match/.
 *
 *   pattern   what a rule calls a string; its matches are what is asked for
 *   variant   one way it can look: as it stands, wide, a form of base64, a program
 *   part      a pattern of its own that nobody asks for: libyara takes a string with
 *             a jump over 200 bytes apart there, finds the parts, and joins those at
 *             the right distance
 */
#ifndef RAQUET_ENGINE_RULESET_PATTERN_IMAGE_H
#define RAQUET_ENGINE_RULESET_PATTERN_IMAGE_H

#include "engine/ruleset/filter.h"

#include <stdint.h>

enum pattern_flag {
	PATTERN_FULLWORD = 1 << 0,
	PATTERN_CHAIN = 1 << 1, /* has parts and no variants */
	PATTERN_PART = 1 << 2,
};

enum { PATTERN_CLASSES = 6 }; /* N_CLASSES of engine/object/object.h */

#define PATTERN_NONE UINT32_MAX
#define PROGRAM_NONE UINT32_MAX

struct pattern_record {
	uint32_t flags;
	uint32_t classes; /* trigger in objects of these */
	uint32_t first_variant,
	    n_variants;               /* where two match at one offset, the first */
	uint32_t first_part, n_parts; /* CHAIN */
	uint32_t chain;               /* PART: the pattern it belongs to */
	uint32_t gap_min, gap_max;    /* PART: bytes since the part before it */
};

enum variant_kind {
	VARIANT_TEXT,
	VARIANT_XOR, /* text under a key from xor_min to xor_max */
	VARIANT_PROGRAM,
};

enum variant_flag {
	VARIANT_WIDE = 1 << 0,   /* full words are told by pairs of bytes */
	VARIANT_NOCASE = 1 << 1, /* TEXT */
	VARIANT_SCAN = 1 << 2,   /* its segments are looked for at every offset */
};

struct variant_record {
	uint32_t pattern;
	uint16_t kind;
	uint16_t flags;        /* enum variant_flag */
	uint32_t text, n_text; /* in IMAGE_PATTERN_TEXT; wide text has its zeros */
	uint8_t xor_min, xor_max;
	uint16_t reserved;
	uint32_t program; /* in IMAGE_PATTERN_CODE */
	/* one of these is in every match; none: the variant has to be tried everywhere */
	uint32_t first_segment, n_segments;
};

/* So many starts are tried; for more a backward program finds them. */
enum { TRY_STARTS = 32 };

/* A run of bytes, some of them known, at a distance from the start of the match. */
struct segment_record {
	uint32_t variant;
	uint32_t first_entry, n_entries; /* in IMAGE_GRAMS */
	uint32_t bytes; /* in IMAGE_SEGMENT_BYTES: n_bytes folded values, then masks */
	uint32_t n_bytes; /* 0: the variant is looked at at once */
	uint32_t before_min, before_max;
	/* finds the starts, when the distance varies too much to try them all */
	uint32_t back_program;
};

/* The filter of one class, whose words lie in IMAGE_FILTERS. */
struct filter_record {
	uint32_t words;
	struct filter_shape shape;
};

#endif
