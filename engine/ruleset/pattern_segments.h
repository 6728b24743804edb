/*
 * Segments: what of a variant the filter looks for.
 *
 * A segment is a run of bytes of fixed length that is in every match (or one of a few
 * such runs is: the branches of an alternative).  Of all that an expression offers, the
 * rarest by the table of grams is taken.
 */
#ifndef RAQUET_ENGINE_RULESET_PATTERN_SEGMENTS_H
#define RAQUET_ENGINE_RULESET_PATTERN_SEGMENTS_H

#include "bytes/arena.h"
#include "bytes/buffer.h"
#include "engine/match/regex_compile.h"
#include "engine/ruleset/filter.h"
#include "engine/ruleset/pattern.h"
#include "engine/ruleset/pattern_image.h"

struct segment_store {
	struct segment_record *segments;
	size_t n_segments, segment_room;
	struct gram_entry *entries;
	size_t n_entries, entry_room;
	struct buffer bytes;
	const uint16_t *common; /* of pattern_options */
};

void segment_store_clear(struct segment_store *store);

/*
 * Adds the segments of variant (index `at`), whose bytes are text, sets them in the
 * record and adds to cost what they cost.
 */
RQ_MUST_USE enum rq_err segments_of_text(struct segment_store *store, uint32_t at,
					 struct variant_record *variant,
					 struct bytes text, struct pattern_cost *cost);

/* The same for an expression; backward programs go to code. */
RQ_MUST_USE enum rq_err segments_of_tree(struct segment_store *store,
					 struct arena *arena, uint32_t at,
					 struct variant_record *variant,
					 const struct re_node *root,
					 const struct regex_code_options *options,
					 struct buffer *code,
					 struct pattern_cost *cost);

#endif
