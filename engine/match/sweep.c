#include "engine/match/sweep.h"

#include "engine/match/regex_run.h"
#include "os/clock.h"

#include <string.h>

enum {
	SLOW_STRIDE = 1 << 14, /* places between two looks at the clock */
	SCAN_BYTES = 64,
};

/* The block at hand. */
struct field {
	const struct sweep *sweep;
	struct bytes data;
	uint64_t base;
	struct settler settler;
};

static bool in_time(const struct sweep *sweep)
{
	return sweep->deadline_ns == 0 || clock_monotonic_ns() < sweep->deadline_ns;
}

/* Up to four bytes at off, zeros behind the end, folded. */
static inline uint32_t folded_at(struct bytes data, size_t off)
{
	uint32_t x = 0;

	if (off < data.n && data.n - off >= 4)
		return gram_load(data.at + off);
	for (size_t i = 0; i < 4 && off + i < data.n; i++)
		x |= (uint32_t)data.at[off + i] << (8 * i);
	return gram_fold(x);
}

/* The four bytes before off, zeros before the beginning, folded. */
static inline uint32_t folded_before(struct bytes data, size_t off)
{
	if (off >= 4)
		return folded_at(data, off - 4);
	return off > 0 ? folded_at(data, 0) << (8 * (4 - off)) : 0;
}

/* libyara's reach counts from bytes that it found: at most from the end of a segment. */
static void try_start(const struct field *f, const struct variant_record *variant,
		      size_t start, size_t segment_end)
{
	const struct sweep *s = f->sweep;
	const struct pattern_record *pattern = &s->view->patterns[variant->pattern];
	struct verifier verifier = *s->verifier;
	struct match match;

	if (verifier.reach != SIZE_MAX)
		verifier.reach += segment_end - start;
	if (!verify_variant(&verifier, variant, f->data, start, &match))
		return;
	/* where an earlier variant matches as well, that one counts */
	if (variant != &s->view->variants[pattern->first_variant] &&
	    !verify_pattern(&verifier, variant->pattern, f->data, start, &match))
		return;
	match.offset = f->base + start;
	matches_add(s->matches, variant->pattern, &match);
}

static void try_program(const struct field *f, const struct variant_record *variant,
			size_t start, size_t segment_end)
{
	struct regex_scratch *scratch = f->sweep->verifier->scratch;
	uint64_t before = regex_steps_left(scratch);

	if (settler_is_done(&f->settler, variant->pattern))
		return;
	try_start(f, variant, start, segment_end);
	settler_charge(&f->settler, variant->pattern,
		       before - regex_steps_left(scratch));
}

/* Tries the starts that the backward program of segment finds from `at`. */
static void try_back(const struct field *f, const struct segment_record *segment,
		     const struct variant_record *variant, size_t at)
{
	const struct sweep *s = f->sweep;
	struct regex_scratch *scratch = s->verifier->scratch;
	uint64_t before = regex_steps_left(scratch);
	const size_t *starts;
	size_t n;

	if (settler_is_done(&f->settler, variant->pattern))
		return;
	starts = regex_run_back(scratch, program_at(s->view, segment->back_program),
				f->data, at, s->verifier->reach, &n);
	settler_charge(&f->settler, variant->pattern,
		       before - regex_steps_left(scratch));
	while (n > 0) /* they come by falling offset */
		try_program(f, variant, starts[--n], at + segment->n_bytes);
}

/* A segment lies at `at`: tries all places where its match can start. */
static void try_segment(const struct field *f, const struct segment_record *segment,
			size_t at)
{
	const struct sweep *s = f->sweep;
	const struct variant_record *variant = &s->view->variants[segment->variant];
	size_t step = variant->flags & VARIANT_WIDE ? 2 : 1;
	size_t before = segment->before_max, end = at + segment->n_bytes;

	if (segment->back_program != PROGRAM_NONE) {
		try_back(f, segment, variant, at);
		return;
	}
	for (;; before -= step) {
		if (before <= at && variant->kind == VARIANT_PROGRAM)
			try_program(f, variant, at - before, end);
		else if (before <= at)
			try_start(f, variant, at - before, end);
		if (before < segment->before_min + step)
			return;
	}
}

static bool segment_equal(const struct field *f, const struct segment_record *segment,
			  size_t at)
{
	const uint8_t *value = f->sweep->view->segment_bytes + segment->bytes;
	const uint8_t *mask = value + segment->n_bytes;

	if (segment->n_bytes > f->data.n - at)
		return false;
	for (uint32_t i = 0; i < segment->n_bytes; i++) {
		if ((byte_fold(f->data.at[at + i]) & mask[i]) != value[i])
			return false;
	}
	return true;
}

static bool near_equal(const struct field *f, const struct bucket_gram *entry,
		       size_t off)
{
	size_t near = off + (size_t)(ptrdiff_t)near_at(entry->near);

	/* what lies outside is for the comparison of the whole */
	return near >= f->data.n ||
	       (folded_at(f->data, near) & near_mask(entry->near)) == entry->near_value;
}

/* A gram of a segment, which has it at gram_at, stands at off. */
static void try_gram(const struct field *f, uint32_t index, int16_t gram_at, size_t off)
{
	const struct sweep *s = f->sweep;
	const struct segment_record *segment = &s->view->segments[index];
	size_t at = off - (size_t)(ptrdiff_t)gram_at;

	/* before the block wraps around to far behind it */
	if (at < f->data.n && segment_equal(f, segment, at))
		try_segment(f, segment, at);
}

/* A gram that passed the filter, and the entries that it may be. */
struct question {
	size_t off;
	uint32_t value;
	uint32_t first, end; /* entries; first: the bucket, until it is looked at */
	uint8_t kind;
};

enum {
	QUESTIONS = 64, /* answered together, while the memory for the next comes */
	QUESTIONS_OF_A_FOUR = 6, /* at most: a gram, one between, four pairs */
};

struct questions {
	struct question at[QUESTIONS + QUESTIONS_OF_A_FOUR];
	size_t n;
};

static inline void ask(const struct field *f, struct questions *q, uint32_t value,
		       uint8_t kind, size_t off)
{
	const struct gram_buckets *b = &f->sweep->buckets;
	uint32_t bucket = gram_bucket(value, kind, b->log2_heads);

	__builtin_prefetch(&b->heads[bucket]);
	q->at[q->n++] = (struct question){off, value, bucket, 0, kind};
}

static inline void ask_pair(const struct field *f, struct questions *q, uint32_t pair,
			    size_t off)
{
	if (pair_test(f->sweep->filter.pairs, pair & 0xffff))
		ask(f, q, pair & 0xffff, GRAM_PAIR, off);
}

/* Those that begin in the four at off; x: its bytes, y: those two further. */
static void ask_pairs(const struct field *f, struct questions *q, size_t off,
		      uint32_t x, uint32_t y)
{
	ask_pair(f, q, x, off);
	ask_pair(f, q, x >> 8, off + 1);
	ask_pair(f, q, x >> 16, off + 2);
	ask_pair(f, q, y >> 8, off + 3);
}

/* Leaves the questions whose bucket may hold an entry with these bytes beside it. */
static void find_buckets(const struct field *f, struct questions *q)
{
	const struct gram_buckets *b = &f->sweep->buckets;
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++) {
		struct question question = q->at[i];
		const struct gram_head *head = &b->heads[question.first];
		uint32_t near = near_bits(folded_at(f->data, question.off + 4),
					  folded_before(f->data, question.off));

		question.first = head[0].first;
		question.end = head[1].first;
		__builtin_prefetch(&b->entries[question.first]);
		/* no branch: nobody could foretell it */
		q->at[n] = question;
		n += (head->near & near) != 0;
	}
	q->n = n;
}

static void answer(const struct field *f, struct questions *q)
{
	find_buckets(f, q);
	for (size_t i = 0; i < q->n; i++) {
		const struct question *at = &q->at[i];

		for (uint32_t j = at->first; j < at->end; j++) {
			const struct bucket_gram *entry = &f->sweep->buckets.entries[j];
			uint32_t kind = entry->kind_and_classes & 3;

			if (((entry->value ^ at->value) | (kind ^ at->kind)) == 0 &&
			    (entry->kind_and_classes >> 2 & f->sweep->classes) &&
			    near_equal(f, entry, at->off))
				try_gram(f, entry->segment, entry->at, at->off);
		}
	}
	q->n = 0;
}

/* What the kernel let through of the fours from base; none is the last. */
static void look_at(const struct field *f, size_t base, const uint16_t *queue, size_t n)
{
	struct questions q;

	q.n = 0;

	for (size_t i = 0; i < n; i++) {
		enum kernel_question asked = queue[i] & 3;
		size_t off = base + (queue[i] & ~3u);

		if (asked == ASK_PAIRS) {
			ask_pairs(f, &q, off, gram_load(f->data.at + off),
				  gram_load(f->data.at + off + 2));
		} else {
			off += asked == ASK_BETWEEN ? 2 : 0;
			ask(f, &q, gram_load(f->data.at + off),
			    asked == ASK_BETWEEN ? GRAM_BETWEEN : GRAM_WHOLE, off);
		}
		if (q.n >= QUESTIONS)
			answer(f, &q);
	}
	answer(f, &q);
}

/* The fours from off to the end, which are two at most. */
static void look_at_last(const struct field *f, size_t off)
{
	const struct filter *filter = &f->sweep->filter;
	struct questions q;

	q.n = 0;

	for (; off < f->data.n; off += 4) {
		uint32_t x = folded_at(f->data, off), y = folded_at(f->data, off + 2);

		if (filter_test(filter, x))
			ask(f, &q, x, GRAM_WHOLE, off);
		if (filter->between != NULL && between_test(filter, y))
			ask(f, &q, y, GRAM_BETWEEN, off + 2);
		if (filter->pairs != NULL)
			ask_pairs(f, &q, off, x, y);
	}
	answer(f, &q);
}

static bool sweep_grams(const struct field *f)
{
	const struct sweep *s = f->sweep;
	/* the kernel looks two bytes further; the rest is looked at here */
	size_t n_fours = f->data.n >= 2 ? (f->data.n - 2) / 4 : 0;

	for (size_t i = 0; i < n_fours; i += KERNEL_FOURS) {
		size_t n = n_fours - i < KERNEL_FOURS ? n_fours - i : KERNEL_FOURS;
		size_t n_queued =
		    s->kernel->run(&s->filter, f->data.at + 4 * i, n, s->queue);

		look_at(f, 4 * i, s->queue, n_queued);
		if (!in_time(s))
			return false;
	}
	look_at_last(f, 4 * n_fours);
	return true;
}

/* ---- variants that no filter finds ---- */

static bool can_start(const struct pattern_view *view, const struct variant_record *v,
		      uint8_t byte)
{
	uint8_t text;

	if (v->kind == VARIANT_PROGRAM)
		return regex_can_start(program_at(view, v->program), byte);
	text = view->text[v->text];
	if (v->kind == VARIANT_XOR)
		return (byte ^ text) >= v->xor_min && (byte ^ text) <= v->xor_max;
	return byte_fold(byte) == byte_fold(text);
}

/* Whether one of n offsets has the two bytes; written so that it becomes vector code. */
static bool any_scan_hit(const uint8_t *at, const struct gram_entry *entry)
{
	uint8_t first = entry->value & 0xff, second = entry->value >> 8 & 0xff;
	uint8_t mask = entry->near_mask >> 8 & 0xff, hits = 0;

	for (size_t i = 0; i < SCAN_BYTES; i++)
		hits |= (uint8_t)((int)(byte_fold(at[i]) == first) &
				  (int)((byte_fold(at[i + 1]) & mask) == second));
	return hits != 0;
}

static void scan_at(const struct field *f, const struct gram_entry *entry, size_t off)
{
	if ((folded_at(f->data, off) & entry->near_mask) == entry->value)
		try_gram(f, entry->segment, entry->at, off);
}

/* Looks for the bytes of entry at every offset. */
static bool scan(const struct field *f, const struct gram_entry *entry)
{
	size_t n = f->data.n, at = 0;

	for (; n - at > SCAN_BYTES; at += SCAN_BYTES) {
		if (at % SLOW_STRIDE == 0 && !in_time(f->sweep))
			return false;
		if (!any_scan_hit(f->data.at + at, entry))
			continue;
		for (size_t i = 0; i < SCAN_BYTES; i++)
			scan_at(f, entry, at + i);
	}
	for (; at < n; at++)
		scan_at(f, entry, at);
	return true;
}

static bool try_everywhere(const struct field *f, const struct variant_record *variant)
{
	bool starts[256];

	for (unsigned byte = 0; byte < 256; byte++)
		starts[byte] = can_start(f->sweep->view, variant, (uint8_t)byte);
	for (size_t at = 0; at < f->data.n; at++) {
		if (starts[f->data.at[at]] && variant->kind == VARIANT_PROGRAM)
			try_program(f, variant, at, at);
		else if (starts[f->data.at[at]])
			try_start(f, variant, at, at);
		if (at % SLOW_STRIDE == 0 && !in_time(f->sweep))
			return false;
	}
	return true;
}

static bool sweep_variant(const struct field *f, const struct variant_record *variant)
{
	const struct pattern_view *view = f->sweep->view;

	if (variant->n_segments == 0)
		return try_everywhere(f, variant);
	for (uint32_t i = 0; i < variant->n_segments; i++) {
		uint32_t index = variant->first_segment + i;
		const struct segment_record *segment = &view->segments[index];

		for (uint32_t j = 0; j < segment->n_entries; j++) {
			struct gram_entry entry =
			    gram_unpack(&view->grams[segment->first_entry + j], index);

			if (!scan(f, &entry))
				return false;
		}
	}
	return true;
}

static bool sweep_slow(const struct field *f)
{
	const struct sweep *s = f->sweep;

	for (size_t i = 0; i < s->n_slow; i++) {
		const struct variant_record *variant = &s->view->variants[s->slow[i]];

		if (!s->on_demand &&
		    !(s->view->patterns[variant->pattern].classes & s->classes))
			continue;
		if (!sweep_variant(f, variant))
			return false;
	}
	return true;
}

bool sweep_block(const struct sweep *sweep, const struct block *block)
{
	struct field f = {sweep, {block->data, block->size}, block->base, {0}};
	struct verifier farthest = *sweep->verifier;

	/* without segments: as far as it may reach to both sides of one */
	if (farthest.reach < SIZE_MAX / 2)
		farthest.reach *= 2;
	f.settler =
	    (struct settler){&farthest, sweep->matches, sweep->efforts, f.data, f.base};
	efforts_next_block(sweep->efforts, sweep->view->n_patterns);
	return (!sweep->has_grams || sweep_grams(&f)) && sweep_slow(&f) &&
	       !regex_scratch_failure(sweep->verifier->scratch).out_of_time;
}
