/* Whether a pattern is at a place: the exact answer behind every filter. */
#ifndef RAQUET_ENGINE_MATCH_VERIFY_H
#define RAQUET_ENGINE_MATCH_VERIFY_H

#include "engine/match/pattern_view.h"
#include "engine/match/regex_run.h"
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

/* Where a match of variant may end. */
enum regex_end verify_end_of(const struct verifier *verifier,
			     const struct variant_record *variant);

/*
 * The same as verify_variant, for one whose program is known to match from start to
 * end when it may reach as far as it likes; starts come by falling offset, and trail is
 * needed where data is longer than the reach.
 */
struct found_span {
	struct bytes data;
	size_t start, end;
	struct regex_trail *trail;
};
bool verify_found(const struct verifier *verifier, const struct variant_record *variant,
		  const struct found_span *span, struct match *match_out);

#endif
