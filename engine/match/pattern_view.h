/* The pattern sections of an image, checked and at hand. */
#ifndef RAQUET_ENGINE_MATCH_PATTERN_VIEW_H
#define RAQUET_ENGINE_MATCH_PATTERN_VIEW_H

#include "engine/match/regex.h"
#include "engine/ruleset/image.h"
#include "engine/ruleset/pattern_image.h"

struct pattern_view {
	const struct pattern_record *patterns;
	const struct variant_record *variants;
	const uint8_t *text, *code;
	size_t n_patterns, n_variants, n_text, n_code;
};

/* Checks every index and offset.  RQ_ERR_FORMAT: damaged. */
RQ_MUST_USE enum rq_err pattern_view_open(const struct image *image,
					  struct pattern_view *view_out);

static inline const struct regex_program *variant_program(
    const struct pattern_view *view, const struct variant_record *v)
{
	return (const struct regex_program *)(const void *)(view->code + v->program);
}

#endif
