/* The pattern sections of an image, checked and at hand. */
#ifndef RAQUET_ENGINE_MATCH_PATTERN_VIEW_H
#define RAQUET_ENGINE_MATCH_PATTERN_VIEW_H

#include "engine/match/regex.h"
#include "engine/match/search.h"
#include "engine/ruleset/filter.h"
#include "engine/ruleset/image.h"
#include "engine/ruleset/pattern_image.h"

struct pattern_view {
	const struct pattern_record *patterns;
	const struct variant_record *variants;
	const struct segment_record *segments;
	const struct gram_record *grams; /* by segment */
	const uint8_t *text, *code, *segment_bytes;
	size_t n_patterns, n_variants, n_segments, n_grams;
	size_t n_text, n_code, n_segment_bytes;
	/* the triggers */
	struct filter filters[N_CLASSES];
	struct gram_buckets buckets;
	const uint32_t *slow; /* variants without segments */
	size_t n_slow;
};

/* Checks every index and offset.  RQ_ERR_FORMAT: damaged. */
RQ_MUST_USE enum rq_err pattern_view_open(const struct image *image,
					  struct pattern_view *view_out);

static inline const struct regex_program *program_at(const struct pattern_view *view,
						     uint32_t offset)
{
	return (const struct regex_program *)(const void *)(view->code + offset);
}

#endif
