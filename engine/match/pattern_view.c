#include "engine/match/pattern_view.h"

static bool range_valid(uint32_t first, uint32_t n, size_t limit)
{
	return first <= limit && n <= limit - first;
}

static bool part_valid(const struct pattern_view *view, uint32_t chain, uint32_t i)
{
	const struct pattern_record *part = &view->patterns[i];

	return (part->flags & PATTERN_PART) && part->chain == chain &&
	       part->gap_min <= part->gap_max;
}

static bool is_program(const struct variant_record *variant)
{
	return variant->kind == VARIANT_PROGRAM;
}

static bool pattern_valid(const struct pattern_view *view, uint32_t index)
{
	const struct pattern_record *p = &view->patterns[index];

	if (!range_valid(p->first_variant, p->n_variants, view->n_variants))
		return false;
	for (uint32_t i = 0; i < p->n_variants; i++) {
		const struct variant_record *v = &view->variants[p->first_variant + i];

		if (v->pattern != index || is_program(v) != is_program(v - i))
			return false;
	}
	if (p->flags & PATTERN_PART) {
		if (p->chain >= index ||
		    !(view->patterns[p->chain].flags & PATTERN_CHAIN))
			return false;
	}
	if (!(p->flags & PATTERN_CHAIN))
		return p->n_parts == 0;
	if ((p->flags & PATTERN_PART) || p->n_variants != 0 || p->n_parts < 2 ||
	    p->first_part <= index ||
	    !range_valid(p->first_part, p->n_parts, view->n_patterns))
		return false;
	for (uint32_t i = 0; i < p->n_parts; i++) {
		if (!part_valid(view, index, p->first_part + i))
			return false;
	}
	return true;
}

static bool variant_valid(const struct pattern_view *view,
			  const struct variant_record *v)
{
	const struct pattern_record *p;

	if (v->pattern >= view->n_patterns)
		return false;
	p = &view->patterns[v->pattern];
	if (v < view->variants + p->first_variant ||
	    (size_t)(v - view->variants) - p->first_variant >= p->n_variants ||
	    !range_valid(v->first_segment, v->n_segments, view->n_segments))
		return false;
	for (uint32_t i = 0; i < v->n_segments; i++) {
		if (view->segments[v->first_segment + i].variant != v - view->variants)
			return false;
	}
	switch (v->kind) {
	case VARIANT_TEXT:
	case VARIANT_XOR:
		return v->n_text > 0 && range_valid(v->text, v->n_text, view->n_text) &&
		       v->xor_min <= v->xor_max;
	case VARIANT_PROGRAM:
		return v->n_text == 0 &&
		       regex_program_open(view->code, view->n_code, v->program) != NULL;
	default: return false;
	}
}

static bool segment_valid(const struct pattern_view *view,
			  const struct segment_record *segment)
{
	return segment->variant < view->n_variants &&
	       segment->before_min <= segment->before_max &&
	       segment->n_bytes <= UINT16_MAX &&
	       range_valid(segment->first_entry, segment->n_entries, view->n_grams) &&
	       range_valid(segment->bytes, 2 * segment->n_bytes,
			   view->n_segment_bytes) &&
	       (segment->back_program == PROGRAM_NONE
		    ? (segment->before_max - segment->before_min) / 2 <= TRY_STARTS
		    : regex_program_open(view->code, view->n_code,
					 segment->back_program) != NULL);
}

static bool grams_valid(const struct pattern_view *view)
{
	for (size_t i = 0; i < view->n_grams; i++) {
		struct gram_entry entry = gram_unpack(&view->grams[i], 0);

		if (entry.kind > GRAM_SCAN || entry.unknown > GRAM_ALL_KNOWN)
			return false;
	}
	return true;
}

static bool records_valid(const struct pattern_view *view)
{
	for (size_t i = 0; i < view->n_segments; i++) {
		if (!segment_valid(view, &view->segments[i]))
			return false;
	}
	for (size_t i = 0; i < view->n_variants; i++) {
		if (!variant_valid(view, &view->variants[i]))
			return false;
	}
	for (size_t i = 0; i < view->n_patterns; i++) {
		if (!pattern_valid(view, (uint32_t)i))
			return false;
	}
	for (size_t i = 0; i < view->n_slow; i++) {
		if (view->slow[i] >= view->n_variants)
			return false;
	}
	return grams_valid(view);
}

/* ---- sections ---- */

struct section {
	enum image_section_id id;
	size_t element_size;
	const void *at;
	size_t n;
};

static enum rq_err read_sections(const struct image *image, struct section *sections,
				 size_t n)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < n && err == RQ_OK; i++)
		err = image_section(image, sections[i].id, sections[i].element_size,
				    &sections[i].at, &sections[i].n);
	return err;
}

static enum rq_err open_records(const struct image *image, struct pattern_view *view)
{
	struct section s[] = {
	    {IMAGE_PATTERNS, sizeof *view->patterns, NULL, 0},
	    {IMAGE_VARIANTS, sizeof *view->variants, NULL, 0},
	    {IMAGE_SEGMENTS, sizeof *view->segments, NULL, 0},
	    {IMAGE_GRAMS, sizeof *view->grams, NULL, 0},
	    {IMAGE_SLOW_PATTERNS, sizeof *view->slow, NULL, 0},
	    {IMAGE_PATTERN_TEXT, 1, NULL, 0},
	    {IMAGE_PATTERN_CODE, 1, NULL, 0},
	    {IMAGE_SEGMENT_BYTES, 1, NULL, 0},
	};
	enum rq_err err = read_sections(image, s, sizeof s / sizeof *s);

	if (err != RQ_OK)
		return err;
	*view = (struct pattern_view){
	    .patterns = s[0].at,
	    .n_patterns = s[0].n,
	    .variants = s[1].at,
	    .n_variants = s[1].n,
	    .segments = s[2].at,
	    .n_segments = s[2].n,
	    .grams = s[3].at,
	    .n_grams = s[3].n,
	    .slow = s[4].at,
	    .n_slow = s[4].n,
	    .text = s[5].at,
	    .n_text = s[5].n,
	    .code = s[6].at,
	    .n_code = s[6].n,
	    .segment_bytes = s[7].at,
	    .n_segment_bytes = s[7].n,
	};
	return view->n_patterns < PATTERN_NONE && records_valid(view) ? RQ_OK
								      : RQ_ERR_FORMAT;
}

static bool filter_open(const struct filter_record *record, const uint32_t *words,
			size_t n_words, struct filter *filter_out)
{
	const struct filter_shape *shape = &record->shape;

	if (shape->log2_words < FILTER_MIN_LOG2 ||
	    shape->log2_words > FILTER_MAX_LOG2 ||
	    shape->log2_between > BETWEEN_MAX_LOG2 || record->words > n_words ||
	    filter_n_words(shape) > n_words - record->words)
		return false;
	*filter_out = filter_over(words + record->words, shape);
	return true;
}

static bool buckets_open(struct pattern_view *view, const struct gram_head *heads,
			 size_t n_heads, const struct bucket_gram *entries, size_t n)
{
	uint32_t log2_heads = 0;

	if (n_heads < 3 || heads[n_heads - 1].first != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (entries[i].segment >= view->n_segments)
			return false;
	}
	while (log2_heads < 31 && ((size_t)1 << log2_heads) < n_heads - 1)
		log2_heads++;
	if ((size_t)1 << log2_heads != n_heads - 1)
		return false;
	for (size_t i = 1; i < n_heads; i++) {
		if (heads[i - 1].first > heads[i].first)
			return false;
	}
	view->buckets = (struct gram_buckets){heads, entries, log2_heads};
	return true;
}

/* No filter at all: an image without triggers. */
static enum rq_err open_triggers(const struct image *image, struct pattern_view *view)
{
	struct section s[] = {
	    {IMAGE_FILTER_SHAPES, sizeof(struct filter_record), NULL, 0},
	    {IMAGE_FILTERS, sizeof(uint32_t), NULL, 0},
	    {IMAGE_GRAM_BUCKETS, sizeof(struct gram_head), NULL, 0},
	    {IMAGE_BUCKET_GRAMS, sizeof(struct bucket_gram), NULL, 0},
	};
	enum rq_err err = read_sections(image, s, sizeof s / sizeof *s);
	const struct filter_record *records = s[0].at;

	if (err != RQ_OK || s[0].n == 0)
		return err;
	if (s[0].n != N_CLASSES ||
	    !buckets_open(view, s[2].at, s[2].n, s[3].at, s[3].n))
		return RQ_ERR_FORMAT;
	for (size_t i = 0; i < N_CLASSES; i++) {
		if (!filter_open(&records[i], s[1].at, s[1].n, &view->filters[i]))
			return RQ_ERR_FORMAT;
	}
	return RQ_OK;
}

enum rq_err pattern_view_open(const struct image *image, struct pattern_view *view_out)
{
	struct pattern_view view;
	enum rq_err err;

	*view_out = (struct pattern_view){0};
	err = open_records(image, &view);
	if (err == RQ_OK)
		err = open_triggers(image, &view);
	if (err == RQ_OK)
		*view_out = view;
	return err;
}
