/* Whether a pattern is at a place: the exact answer behind every filter. */
#ifndef RAQUET_ENGINE_MATCH_VERIFY_H
#define RAQUET_ENGINE_MATCH_VERIFY_H

#include "engine/match/pattern_view.h"
#include "engine/match/search.h"

struct verifier {
	const struct pattern_view *view;
	struct regex_scratch *scratch;
	size_t reach; /* bytes that an expression may consume */
};

/* Whether variant matches at `at` of data; fills length and xor_key of *match_out. */
bool verify_variant(const struct verifier *verifier,
		    const struct variant_record *variant, struct bytes data, size_t at,
		    struct match *match_out);

/* The first variant of pattern that matches at `at`. */
bool verify_pattern(const struct verifier *verifier, uint32_t pattern,
		    struct bytes data, size_t at, struct match *match_out);

#endif
