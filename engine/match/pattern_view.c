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

static bool pattern_valid(const struct pattern_view *view, uint32_t index)
{
	const struct pattern_record *p = &view->patterns[index];

	if (!range_valid(p->first_variant, p->n_variants, view->n_variants))
		return false;
	for (uint32_t i = 0; i < p->n_variants; i++) {
		if (view->variants[p->first_variant + i].pattern != index)
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
	if (v->pattern >= view->n_patterns)
		return false;
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

static bool view_valid(const struct pattern_view *view)
{
	for (size_t i = 0; i < view->n_variants; i++) {
		if (!variant_valid(view, &view->variants[i]))
			return false;
	}
	for (size_t i = 0; i < view->n_patterns; i++) {
		if (!pattern_valid(view, (uint32_t)i))
			return false;
	}
	return true;
}

enum rq_err pattern_view_open(const struct image *image, struct pattern_view *view_out)
{
	struct pattern_view view = {0};
	const void *patterns, *variants, *text, *code;
	enum rq_err err;

	*view_out = view;
	err = image_section(image, IMAGE_PATTERNS, sizeof *view.patterns, &patterns,
			    &view.n_patterns);
	if (err == RQ_OK)
		err = image_section(image, IMAGE_VARIANTS, sizeof *view.variants,
				    &variants, &view.n_variants);
	if (err == RQ_OK)
		err = image_section(image, IMAGE_PATTERN_TEXT, 1, &text, &view.n_text);
	if (err == RQ_OK)
		err = image_section(image, IMAGE_PATTERN_CODE, 1, &code, &view.n_code);
	if (err != RQ_OK)
		return err;
	view.patterns = patterns;
	view.variants = variants;
	view.text = text;
	view.code = code;
	if (view.n_patterns >= PATTERN_NONE || !view_valid(&view))
		return RQ_ERR_FORMAT;
	*view_out = view;
	return RQ_OK;
}
