#include "engine/match/verify.h"

#include <string.h>

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool equal_nocase(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

/* The key is what turns the first byte into the one that is there. */
static bool equal_under_key(const uint8_t *at, const uint8_t *text, size_t n,
			    uint8_t key)
{
	for (size_t i = 1; i < n; i++) {
		if ((at[i] ^ key) != text[i])
			return false;
	}
	return true;
}

/* No letter or digit before; in wide text that is a pair of bytes. */
static bool starts_word(struct bytes data, size_t at, bool wide)
{
	const uint8_t *d = data.at;

	if (!wide)
		return !(at >= 1 && is_alnum(d[at - 1]));
	return !(at >= 2 && d[at - 1] == 0 && is_alnum(d[at - 2]));
}

static bool may_start(const struct verifier *verifier, const struct variant_record *v,
		      struct bytes data, size_t at)
{
	return !(verifier->view->patterns[v->pattern].flags & PATTERN_FULLWORD) ||
	       starts_word(data, at, v->flags & VARIANT_WIDE);
}

enum regex_end verify_end_of(const struct verifier *verifier,
			     const struct variant_record *variant)
{
	if (!(verifier->view->patterns[variant->pattern].flags & PATTERN_FULLWORD))
		return END_ANYWHERE;
	return variant->flags & VARIANT_WIDE ? END_OF_WIDE_WORD : END_OF_WORD;
}

static bool match_text(const struct verifier *verifier, const struct variant_record *v,
		       struct bytes data, size_t at, struct match *match_out)
{
	const uint8_t *text = verifier->view->text + v->text, *there = data.at + at;
	uint8_t key = 0;
	bool equal;

	if (data.n - at < v->n_text)
		return false;
	if (v->kind == VARIANT_XOR) {
		key = there[0] ^ text[0];
		equal = key >= v->xor_min && key <= v->xor_max &&
			equal_under_key(there, text, v->n_text, key);
	} else if (v->flags & VARIANT_NOCASE) {
		equal = equal_nocase(there, text, v->n_text);
	} else {
		equal = memcmp(there, text, v->n_text) == 0;
	}
	match_out->length = v->n_text;
	match_out->xor_key = key;
	return equal;
}

static void set_length(struct match *match, uint64_t length)
{
	match->length = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
	match->xor_key = 0;
}

static bool match_program(const struct verifier *verifier,
			  const struct variant_record *v, struct bytes data, size_t at,
			  enum regex_end end, struct match *match_out)
{
	const struct regex_program *program = program_at(verifier->view, v->program);
	int64_t length;

	if (at < data.n && !regex_can_start(program, data.at[at]))
		return false;
	length =
	    regex_run_at(verifier->scratch, program, data, at, verifier->reach, end);
	set_length(match_out, (uint64_t)length);
	return length >= 0;
}

bool verify_variant(const struct verifier *verifier,
		    const struct variant_record *variant, struct bytes data, size_t at,
		    struct match *match_out)
{
	enum regex_end end = verify_end_of(verifier, variant);

	if (!may_start(verifier, variant, data, at))
		return false;
	if (variant->kind == VARIANT_PROGRAM)
		return match_program(verifier, variant, data, at, end, match_out);
	return match_text(verifier, variant, data, at, match_out) &&
	       regex_may_end(end, data, at + match_out->length);
}

bool verify_found(const struct verifier *verifier, const struct variant_record *variant,
		  const struct found_span *span, struct match *match_out)
{
	int64_t length = (int64_t)(span->end - span->start);

	if (!may_start(verifier, variant, span->data, span->start))
		return false;
	if (span->end - span->start > verifier->reach)
		length = regex_run_along(verifier->scratch, span->trail,
					 program_at(verifier->view, variant->program),
					 span->data, span->start,
					 verify_end_of(verifier, variant));
	set_length(match_out, (uint64_t)length);
	return length >= 0;
}

bool verify_pattern(const struct verifier *verifier, uint32_t pattern,
		    struct bytes data, size_t at, struct match *match_out)
{
	const struct pattern_record *p = &verifier->view->patterns[pattern];

	for (uint32_t i = 0; i < p->n_variants; i++) {
		if (verify_variant(verifier,
				   &verifier->view->variants[p->first_variant + i],
				   data, at, match_out))
			return true;
	}
	return false;
}
