#include "engine/ruleset/pattern.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/match/regex_compile.h"
#include "engine/rule/atom.h"
#include "engine/ruleset/pattern_image.h"
#include "engine/ruleset/pattern_segments.h"
#include "engine/ruleset/pattern_variants.h"

#include <string.h>

enum { CHAIN_JUMP = 200 }; /* libyara takes a string apart at longer jumps */

/* Strings that have the same key are the same pattern. */
struct slot {
	uint32_t pattern;    /* + 1; 0: free */
	uint32_t key, n_key; /* in keys */
	struct pattern_cost cost;
};

struct pattern_builder {
	struct pattern_options options;
	struct arena *arena; /* what lives until finish */
	struct pattern_record *patterns;
	size_t n_patterns, pattern_room;
	struct variant_record *variants;
	size_t n_variants, variant_room;
	struct segment_store segments;
	struct pattern_cost cost; /* of the string being added */
	struct buffer text, code, keys;
	struct slot *slots;
	size_t n_slots, n_used;
};

enum rq_err pattern_builder_new(const struct pattern_options *options,
				struct pattern_builder **builder_out)
{
	struct pattern_builder *b = alloc_array(1, sizeof *b);

	*builder_out = NULL;
	if (b == NULL)
		return RQ_ERR_MEMORY;
	b->options = *options;
	b->segments.common = options->common;
	if (arena_new(CAP_PATTERN_MEMORY, &b->arena) != RQ_OK) {
		alloc_free(b);
		return RQ_ERR_MEMORY;
	}
	*builder_out = b;
	return RQ_OK;
}

void pattern_builder_free(struct pattern_builder *builder)
{
	if (builder == NULL)
		return;
	arena_free(builder->arena);
	alloc_free(builder->patterns);
	alloc_free(builder->variants);
	alloc_free(builder->slots);
	segment_store_clear(&builder->segments);
	buffer_free(&builder->text);
	buffer_free(&builder->code);
	buffer_free(&builder->keys);
	alloc_free(builder);
}

/* ---- the same string twice ---- */

static struct bytes string_text(const struct rule_string *string)
{
	return string->kind == STRING_TEXT ? string->text : string->regex->source;
}

static void write_key(struct buffer *keys, const struct rule_string *string)
{
	bool base64 = string->flags & (STRING_BASE64 | STRING_BASE64WIDE);

	buffer_u8(keys, (uint8_t)string->kind);
	buffer_u32le(keys, string->flags & ~(uint32_t)STRING_PRIVATE);
	if (string->kind != STRING_TEXT)
		buffer_u8(keys, (uint8_t)(string->regex->nocase | string->regex->dotall
								      << 1));
	if (string->flags & STRING_XOR) {
		buffer_u8(keys, string->xor_min);
		buffer_u8(keys, string->xor_max);
	}
	if (base64)
		buffer_put(keys, string->base64_alphabet,
			   sizeof string->base64_alphabet);
	buffer_put(keys, string_text(string).at, string_text(string).n);
}

static uint64_t hash_bytes(const uint8_t *at, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static bool grow_slots(struct pattern_builder *b)
{
	size_t n = b->n_slots == 0 ? 1024 : 2 * b->n_slots;
	struct slot *slots = alloc_array(n, sizeof *slots);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < b->n_slots; i++) {
		const struct slot *old = &b->slots[i];
		size_t at;

		if (old->pattern == 0)
			continue;
		at = hash_bytes(b->keys.data + old->key, old->n_key) % n;
		while (slots[at].pattern != 0)
			at = (at + 1) % n;
		slots[at] = *old;
	}
	alloc_free(b->slots);
	b->slots = slots;
	b->n_slots = n;
	return true;
}

/*
 * The slot of string, whose key lies at the end of keys when the slot is free.  NULL:
 * out of memory.
 */
static struct slot *find_slot(struct pattern_builder *b,
			      const struct rule_string *string)
{
	size_t key = b->keys.size, n_key, at;

	if (2 * (b->n_used + 1) > b->n_slots && !grow_slots(b))
		return NULL;
	write_key(&b->keys, string);
	if (!buffer_ok(&b->keys) || b->keys.size > UINT32_MAX)
		return NULL;
	n_key = b->keys.size - key;
	at = hash_bytes(b->keys.data + key, n_key) % b->n_slots;
	for (;; at = (at + 1) % b->n_slots) {
		struct slot *slot = &b->slots[at];

		if (slot->pattern == 0) {
			slot->key = (uint32_t)key;
			slot->n_key = (uint32_t)n_key;
			return slot;
		}
		if (slot->n_key == n_key &&
		    memcmp(b->keys.data + slot->key, b->keys.data + key, n_key) == 0) {
			b->keys.size = key; /* known already */
			return slot;
		}
	}
}

/* ---- records ---- */

static enum rq_err add_pattern(struct pattern_builder *b, uint32_t flags, uint32_t *out)
{
	if (b->n_patterns >= PATTERN_NONE ||
	    !alloc_grow((void **)&b->patterns, &b->pattern_room, b->n_patterns + 1,
			sizeof *b->patterns))
		return RQ_ERR_MEMORY;
	*out = (uint32_t)b->n_patterns++;
	b->patterns[*out] = (struct pattern_record){
	    .flags = flags,
	    .first_variant = (uint32_t)b->n_variants,
	    .chain = PATTERN_NONE,
	};
	return RQ_OK;
}

/* Appends to the newest pattern. */
static enum rq_err add_variant(struct pattern_builder *b, struct variant_record variant)
{
	if (b->n_variants >= UINT32_MAX ||
	    !alloc_grow((void **)&b->variants, &b->variant_room, b->n_variants + 1,
			sizeof *b->variants))
		return RQ_ERR_MEMORY;
	variant.pattern = (uint32_t)b->n_patterns - 1;
	b->variants[b->n_variants++] = variant;
	b->patterns[variant.pattern].n_variants++;
	return RQ_OK;
}

static enum rq_err add_text_variant(struct pattern_builder *b, struct bytes text,
				    struct variant_record variant)
{
	enum rq_err err;

	if (text.at == NULL)
		return RQ_ERR_MEMORY;
	if (text.n == 0)
		return RQ_OK;
	if (b->text.size + text.n > UINT32_MAX)
		return RQ_ERR_LIMIT;
	variant.text = (uint32_t)b->text.size;
	variant.n_text = (uint32_t)text.n;
	buffer_put(&b->text, text.at, text.n);
	if (!buffer_ok(&b->text))
		return RQ_ERR_MEMORY;
	err = segments_of_text(&b->segments, (uint32_t)b->n_variants, &variant, text,
			       &b->cost);
	return err == RQ_OK ? add_variant(b, variant) : err;
}

/* ---- text ---- */

static enum rq_err add_base64(struct pattern_builder *b,
			      const struct rule_string *string, struct bytes text)
{
	enum rq_err err = RQ_OK;

	for (unsigned shift = 0; shift < 3 && err == RQ_OK; shift++) {
		struct bytes encoded =
		    base64_text(b->arena, text, shift, string->base64_alphabet);

		if (string->flags & STRING_BASE64)
			err = add_text_variant(b, encoded, (struct variant_record){0});
		if (err == RQ_OK && (string->flags & STRING_BASE64WIDE))
			err = add_text_variant(b, wide_text(b->arena, encoded),
					       (struct variant_record){0});
	}
	return err;
}

static enum rq_err add_text(struct pattern_builder *b, const struct rule_string *string,
			    struct bytes text, bool nocase)
{
	bool base64 = string->flags & (STRING_BASE64 | STRING_BASE64WIDE);
	struct variant_record variant = {.kind = VARIANT_TEXT,
					 .flags = nocase ? VARIANT_NOCASE : 0};
	struct bytes wide = {NULL, 0};
	enum rq_err err = RQ_OK;

	if (string->flags & STRING_XOR) {
		variant.kind = VARIANT_XOR;
		variant.xor_min = string->xor_min;
		variant.xor_max = string->xor_max;
	}
	if (string->flags & STRING_WIDE) {
		wide = wide_text(b->arena, text);
		if (wide.at == NULL)
			return RQ_ERR_MEMORY;
	}
	if (string->flags & STRING_ASCII)
		err = base64 ? add_base64(b, string, text)
			     : add_text_variant(b, text, variant);
	variant.flags |= VARIANT_WIDE;
	if (err == RQ_OK && (string->flags & STRING_WIDE))
		err = base64 ? add_base64(b, string, wide)
			     : add_text_variant(b, wide, variant);
	return err;
}

/* ---- expressions ---- */

static bool has_greedy_repeat(const struct re_node *node)
{
	if (node->op == RE_REPEAT && !node->lazy)
		return true;
	for (size_t i = 0; i < node->n_kids; i++) {
		if (has_greedy_repeat(node->kids[i]))
			return true;
	}
	return false;
}

static bool has_alternative(const struct re_node *node)
{
	if (node->op == RE_ALTERNATIVE)
		return true;
	for (size_t i = 0; i < node->n_kids; i++) {
		if (has_alternative(node->kids[i]))
			return true;
	}
	return false;
}

/*
 * libyara takes the shortest match of a hex string without alternatives.  With them it
 * takes the one that is preferred behind the bytes that it found; when some bytes of
 * each alternative are looked for, the first of these counts: mostly the shortest.
 */
static bool is_shortest(const struct rule_string *string, const struct re_node *root)
{
	bool is_hex = string->regex->is_hex;

	if (!has_alternative(root))
		return is_hex;
	return (is_hex || !has_greedy_repeat(root)) &&
	       atoms_of_tree(string, root).in_alternative;
}

/* Whether every match holds some known byte, so that libyara has an atom to look for. */
static bool has_known_byte(const struct re_node *node)
{
	unsigned n = 0;

	switch (node->op) {
	case RE_SET:
		for (size_t i = 0; i < 4; i++)
			n += (unsigned)__builtin_popcountll(node->set.bits[i]);
		return n == 1 && !node->negated;
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++) {
			if (has_known_byte(node->kids[i]))
				return true;
		}
		return false;
	case RE_ALTERNATIVE:
		for (size_t i = 0; i < node->n_kids; i++) {
			if (!has_known_byte(node->kids[i]))
				return false;
		}
		return true;
	case RE_REPEAT: return node->min > 0 && has_known_byte(node->kids[0]);
	default: return false;
	}
}

static enum rq_err add_program(struct pattern_builder *b, const struct re_node *root,
			       const struct regex_code_options *options)
{
	struct variant_record variant = {.kind = VARIANT_PROGRAM,
					 .flags = options->wide ? VARIANT_WIDE : 0};
	enum rq_err err = regex_compile_tree(root, options, &b->code, &variant.program);

	if (err == RQ_OK)
		err = segments_of_tree(&b->segments, b->arena, (uint32_t)b->n_variants,
				       &variant, root, options, &b->code, &b->cost);
	/* where libyara has nothing to look for, it takes wide full words for others */
	if (!has_known_byte(root))
		variant.flags &= (uint16_t)~VARIANT_WIDE;
	return err == RQ_OK ? add_variant(b, variant) : err;
}

static enum rq_err add_tree(struct pattern_builder *b, const struct rule_string *string,
			    const struct re_node *root)
{
	struct regex_code_options options = {
	    .nocase = string->regex->nocase || (string->flags & STRING_NOCASE),
	    .lazy = string->regex->is_hex,
	    .shortest = is_shortest(string, root),
	};
	/* libyara looks for both forms at a place, and a later match of a greedy
	 * expression takes the place of an earlier one */
	bool wide_first = has_greedy_repeat(root) && !string->regex->is_hex;
	struct bytes text;
	enum rq_err err = RQ_OK;

	if (regex_is_text(root, b->arena, &text))
		return add_text(b, string, text, options.nocase);
	for (int i = 0; i < 2 && err == RQ_OK; i++) {
		options.wide = wide_first ? i == 0 : i == 1;
		if (string->flags & (options.wide ? STRING_WIDE : STRING_ASCII))
			err = add_program(b, root, &options);
	}
	return err;
}

/* A jump at which libyara takes a string apart: { 61 [0-300] 62 }, /a.{0,300}?b/. */
static bool is_chain_jump(const struct re_node *node, bool is_hex)
{
	if (node->op != RE_REPEAT || !node->lazy || node->in_group)
		return false;
	if (!is_hex && !node->kids[0]->is_dot)
		return false;
	if (!is_hex && node->max == RE_UNBOUNDED && node->min <= 1)
		return false; /* .*? and .+? */
	return node->min > CHAIN_JUMP || node->max > CHAIN_JUMP;
}

static size_t next_chain_jump(const struct re_node *root, size_t from, bool is_hex)
{
	size_t i = from;

	while (i < root->n_kids && (i == from || i + 1 == root->n_kids ||
				    !is_chain_jump(root->kids[i], is_hex)))
		i++;
	return i;
}

static enum rq_err add_part(struct pattern_builder *b, const struct rule_string *string,
			    uint32_t chain, size_t first, size_t end)
{
	const struct re_node *root = string->regex->root;
	struct re_node *part = arena_make(b->arena, struct re_node);
	enum rq_err err;
	uint32_t index;

	if (part == NULL)
		return RQ_ERR_MEMORY;
	*part = (struct re_node){
	    .op = RE_CONCAT, .kids = root->kids + first, .n_kids = end - first};
	err = add_pattern(
	    b, PATTERN_PART | (b->patterns[chain].flags & PATTERN_FULLWORD), &index);
	if (err != RQ_OK)
		return err;
	b->patterns[index].chain = chain;
	if (first > 0) {
		b->patterns[index].gap_min = root->kids[first - 1]->min;
		b->patterns[index].gap_max = root->kids[first - 1]->max;
	}
	return add_tree(b, string, part);
}

/* The newest pattern becomes a chain of parts behind it. */
static enum rq_err add_chain(struct pattern_builder *b,
			     const struct rule_string *string)
{
	const struct re_node *root = string->regex->root;
	uint32_t chain = (uint32_t)b->n_patterns - 1;
	enum rq_err err = RQ_OK;

	b->patterns[chain].flags |= PATTERN_CHAIN;
	b->patterns[chain].first_part = chain + 1;
	for (size_t first = 0; first < root->n_kids && err == RQ_OK;) {
		size_t end = next_chain_jump(root, first, string->regex->is_hex);

		err = add_part(b, string, chain, first, end);
		b->patterns[chain].n_parts++;
		first = end + 1;
	}
	return err;
}

static enum rq_err add_string(struct pattern_builder *b,
			      const struct rule_string *string, uint32_t *pattern_out)
{
	uint32_t flags = string->flags & STRING_FULLWORD ? PATTERN_FULLWORD : 0;
	const struct re_node *root;
	enum rq_err err = add_pattern(b, flags, pattern_out);

	if (err != RQ_OK)
		return err;
	if (string->kind == STRING_TEXT)
		return add_text(b, string, string->text, string->flags & STRING_NOCASE);
	root = string->regex->root;
	if (root->op == RE_CONCAT &&
	    next_chain_jump(root, 0, string->regex->is_hex) < root->n_kids)
		return add_chain(b, string);
	return add_tree(b, string, root);
}

/* One byte that is written as such, not as a class of one. */
static bool is_literal(const struct re_node *node)
{
	return node->op == RE_SET && !node->is_class && has_known_byte(node);
}

bool pattern_starts_with_text(const struct rule_string *string)
{
	const struct re_node *root;
	size_t end;

	if (string->kind == STRING_TEXT)
		return !(string->flags & (STRING_BASE64 | STRING_BASE64WIDE));
	root = string->regex->root;
	if (root->op != RE_CONCAT)
		return is_literal(root);
	end = next_chain_jump(root, 0, string->regex->is_hex);
	for (size_t i = 0; i < end; i++)
		if (!is_literal(root->kids[i]))
			return false;
	return true;
}

enum rq_err pattern_builder_add(struct pattern_builder *builder,
				const struct rule_string *string, const char *rule,
				struct rule_report *report, uint32_t *pattern_out,
				struct pattern_cost *cost_out)
{
	struct pattern_builder *b = builder;
	struct pattern_builder before = *b;
	struct slot *slot = find_slot(b, string);
	enum rq_err err;

	*pattern_out = 0;
	*cost_out = (struct pattern_cost){.tier = PATTERN_SLOW, .hits_per_mb = 1e6};
	if (slot == NULL)
		return RQ_ERR_MEMORY;
	if (slot->pattern != 0) {
		*pattern_out = slot->pattern - 1;
		*cost_out = slot->cost;
		return RQ_OK;
	}
	b->cost = (struct pattern_cost){.tier = PATTERN_GRAMS};
	err = add_string(b, string, pattern_out);
	if (err != RQ_OK) {
		/* as if it had never been added */
		b->n_patterns = before.n_patterns;
		b->n_variants = before.n_variants;
		b->text.size = before.text.size;
		b->code.size = before.code.size;
		b->keys.size = before.keys.size;
		b->segments.n_segments = before.segments.n_segments;
		b->segments.n_entries = before.segments.n_entries;
		b->segments.bytes.size = before.segments.bytes.size;
		if (err != RQ_ERR_LIMIT)
			return err;
		report->rule = rule;
		return rule_report_add(report, RULE_REGEX_TOO_LARGE, false,
				       &string->place, rule, NULL,
				       "regular expression is too large");
	}
	slot->pattern = *pattern_out + 1;
	slot->cost = *cost_out = b->cost;
	b->n_used++;
	return RQ_OK;
}

void pattern_builder_trigger(struct pattern_builder *builder, uint32_t pattern,
			     uint32_t classes)
{
	struct pattern_record *record = &builder->patterns[pattern];

	record->classes |= classes;
	for (uint32_t i = 0; i < record->n_parts; i++)
		builder->patterns[record->first_part + i].classes |= classes;
}

/* ---- writing ---- */

static uint8_t trigger_classes(const struct pattern_builder *b,
			       const struct gram_entry *entry)
{
	uint32_t variant = b->segments.segments[entry->segment].variant;

	return entry->kind == GRAM_SCAN
		   ? 0
		   : (uint8_t)b->patterns[b->variants[variant].pattern].classes;
}

/* The entries of triggers, each with the classes of its pattern, all bytes known. */
static struct gram_entry *trigger_entries(const struct pattern_builder *b,
					  size_t *n_out)
{
	const struct gram_entry *all = b->segments.entries;
	struct gram_entry *entries;
	size_t n = 0;

	for (size_t i = 0; i < b->segments.n_entries; i++)
		n += trigger_classes(b, &all[i]) != 0 ? gram_n_forms(&all[i]) : 0;
	*n_out = n;
	entries = alloc_array(n + 1, sizeof *entries);
	n = 0;
	for (size_t i = 0; entries != NULL && i < b->segments.n_entries; i++) {
		struct gram_entry entry = all[i];

		entry.classes = trigger_classes(b, &entry);
		if (entry.classes == 0)
			continue;
		gram_forms(&entry, entries + n);
		n += gram_n_forms(&entry);
	}
	return entries;
}

static enum rq_err write_filter(struct image_builder *image,
				const struct gram_entry *entries, size_t n,
				uint32_t class_bit)
{
	struct filter_record record = {
	    .words = image_builder_count(image, IMAGE_FILTERS),
	    .shape = filter_shape_of(entries, n, class_bit),
	};
	size_t n_words = filter_n_words(&record.shape);
	uint32_t *words = alloc_array(n_words, sizeof *words);

	if (words == NULL)
		return RQ_ERR_MEMORY;
	filter_fill(entries, n, class_bit, &record.shape, words);
	image_builder_add(image, IMAGE_FILTERS, words, n_words, sizeof *words);
	image_builder_add(image, IMAGE_FILTER_SHAPES, &record, 1, sizeof record);
	alloc_free(words);
	return RQ_OK;
}

static enum rq_err write_buckets(struct image_builder *image,
				 const struct gram_entry *entries, size_t n)
{
	uint32_t log2_heads = filter_log2_heads(n);
	size_t n_heads = ((size_t)1 << log2_heads) + 1;
	struct gram_head *heads = alloc_array(n_heads, sizeof *heads);
	struct bucket_gram *sorted = alloc_array(n + 1, sizeof *sorted);
	enum rq_err err = RQ_ERR_MEMORY;

	if (heads != NULL && sorted != NULL) {
		gram_buckets_fill(entries, n, heads, log2_heads, sorted);
		image_builder_add(image, IMAGE_GRAM_BUCKETS, heads, n_heads,
				  sizeof *heads);
		image_builder_add(image, IMAGE_BUCKET_GRAMS, sorted, n, sizeof *sorted);
		err = RQ_OK;
	}
	alloc_free(heads);
	alloc_free(sorted);
	return err;
}

static enum rq_err write_slow(const struct pattern_builder *b,
			      struct image_builder *image)
{
	for (uint32_t i = 0; i < b->n_variants; i++) {
		bool slow = b->variants[i].n_segments == 0 ||
			    (b->variants[i].flags & VARIANT_SCAN);

		if (slow && b->patterns[b->variants[i].pattern].classes != 0)
			image_builder_add(image, IMAGE_SLOW_PATTERNS, &i, 1, sizeof i);
	}
	return RQ_OK;
}

static void write_grams(const struct segment_store *s, struct image_builder *image)
{
	for (size_t i = 0; i < s->n_entries; i++) {
		struct gram_record record = gram_pack(&s->entries[i]);

		image_builder_add(image, IMAGE_GRAMS, &record, 1, sizeof record);
	}
}

static void write_records(const struct pattern_builder *b, struct image_builder *image)
{
	const struct segment_store *s = &b->segments;

	image_builder_add(image, IMAGE_PATTERNS, b->patterns, b->n_patterns,
			  sizeof *b->patterns);
	image_builder_add(image, IMAGE_VARIANTS, b->variants, b->n_variants,
			  sizeof *b->variants);
	image_builder_add(image, IMAGE_SEGMENTS, s->segments, s->n_segments,
			  sizeof *s->segments);
	image_builder_add(image, IMAGE_SEGMENT_BYTES, s->bytes.data, s->bytes.size, 1);
	write_grams(s, image);
	image_builder_add(image, IMAGE_PATTERN_TEXT, b->text.data, b->text.size, 1);
	image_builder_add(image, IMAGE_PATTERN_CODE, b->code.data, b->code.size, 1);
}

enum rq_err pattern_builder_finish(struct pattern_builder *builder,
				   struct image_builder *image)
{
	struct gram_entry *entries;
	enum rq_err err = RQ_OK;
	size_t n;

	write_records(builder, image);
	entries = trigger_entries(builder, &n);
	if (entries == NULL)
		return RQ_ERR_MEMORY;
	for (uint32_t class = 0; class < PATTERN_CLASSES && err == RQ_OK; class ++)
		err = write_filter(image, entries, n, UINT32_C(1) << class);
	if (err == RQ_OK)
		err = write_buckets(image, entries, n);
	if (err == RQ_OK)
		err = write_slow(builder, image);
	alloc_free(entries);
	return err;
}
