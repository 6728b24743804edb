#include "engine/ruleset/pattern_segments.h"

#include "bytes/alloc.h"
#include "engine/ruleset/pattern_variants.h"
#include "engine/ruleset/segment_grams.h"

#include <string.h>

enum {
	MAX_ANCHORS = 256,
	SCAN_COST = 40000, /* looking at every byte, as places per megabyte */
	MAX_COPIES = 32,   /* of a repeated byte, in one run */
};

void segment_store_clear(struct segment_store *store)
{
	alloc_free(store->segments);
	alloc_free(store->entries);
	buffer_free(&store->bytes);
	*store = (struct segment_store){0};
}

static enum rq_err add_entries(struct segment_store *store,
			       const struct gram_choice *choice,
			       struct pattern_cost *cost)
{
	if (!alloc_grow((void **)&store->entries, &store->entry_room,
			store->n_entries + choice->n, sizeof *store->entries))
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < choice->n; i++) {
		store->entries[store->n_entries] = choice->entries[i];
		store->entries[store->n_entries++].segment =
		    (uint32_t)store->n_segments - 1;
	}
	store->segments[store->n_segments - 1].n_entries += (uint32_t)choice->n;
	cost->hits_per_mb += choice->hits_per_mb;
	if (choice->entries[0].kind == GRAM_SCAN) {
		cost->tier = PATTERN_SLOW;
		cost->hits_per_mb += SCAN_COST;
	}
	if (choice->is_short && cost->tier == PATTERN_GRAMS)
		cost->tier = PATTERN_SHORT;
	return RQ_OK;
}

static enum rq_err add_segment(struct segment_store *store,
			       struct segment_record segment)
{
	if (store->n_segments + 1 >= UINT32_MAX / 1024 ||
	    !alloc_grow((void **)&store->segments, &store->segment_room,
			store->n_segments + 1, sizeof *store->segments))
		return RQ_ERR_MEMORY;
	segment.first_entry = (uint32_t)store->n_entries;
	store->segments[store->n_segments++] = segment;
	return RQ_OK;
}

/* The variant has to be tried everywhere. */
static void set_slow(struct segment_store *store, struct variant_record *variant,
		     struct pattern_cost *cost, size_t n_entries)
{
	store->n_segments = variant->first_segment;
	store->n_entries = n_entries;
	variant->n_segments = 0;
	cost->tier = PATTERN_SLOW;
	cost->hits_per_mb += 1e6;
}

/* ---- text ---- */

enum rq_err segments_of_text(struct segment_store *store, uint32_t at,
			     struct variant_record *variant, struct bytes text,
			     struct pattern_cost *cost)
{
	struct byte_run run = {.n = text.n < MAX_RUN ? text.n : MAX_RUN,
			       .common = store->common};
	unsigned key = variant->kind == VARIANT_XOR ? variant->xor_min : 0;
	unsigned last_key = variant->kind == VARIANT_XOR ? variant->xor_max : 0;
	size_t n_entries = store->n_entries;
	enum rq_err err;

	variant->first_segment = (uint32_t)store->n_segments;
	variant->n_segments = 1;
	err = add_segment(store, (struct segment_record){.variant = at,
							 .back_program = PROGRAM_NONE});
	memset(run.mask, 0xff, run.n);
	for (; key <= last_key && err == RQ_OK; key++) {
		struct gram_choice choice;

		for (size_t i = 0; i < run.n; i++)
			run.value[i] = byte_fold((uint8_t)(text.at[i] ^ key));
		bool found = choose_grams(&run, last_key == 0, &choice);

		if (!found && variant->kind != VARIANT_XOR) {
			found = choose_scan(&run, &choice);
			variant->flags |= VARIANT_SCAN;
		}
		if (!found) {
			set_slow(store, variant, cost, n_entries);
			return RQ_OK;
		}
		err = add_entries(store, &choice, cost);
	}
	return err;
}

/* ---- expressions: what they offer ---- */

/* What comes before a place in an expression. */
struct prefix {
	const struct prefix *outer;
	struct re_node *const *items; /* behind outer */
	size_t n_items;
	uint32_t min, max; /* length of all */
};

struct anchor {
	struct anchor *next;
	struct byte_run run; /* already widened */
	struct prefix before;
	struct gram_choice choice;
};

/* Anchors of which one is in every match. */
struct offer {
	struct anchor *anchors;
	size_t n;
	double cost;
};

struct finder {
	struct arena *arena;
	const uint16_t *common; /* of pattern_options */
	bool nocase, wide;
	bool failed; /* out of memory */
};

static uint32_t sum(uint32_t a, uint32_t b)
{
	return a == RE_UNBOUNDED || b == RE_UNBOUNDED || a > UINT32_MAX / 2 - b
		   ? RE_UNBOUNDED
		   : a + b;
}

static uint32_t product(uint32_t a, uint32_t b)
{
	uint64_t ab = (uint64_t)a * b;

	if (a == 0 || b == 0)
		return 0;
	return a == RE_UNBOUNDED || b == RE_UNBOUNDED || ab > UINT32_MAX / 2
		   ? RE_UNBOUNDED
		   : (uint32_t)ab;
}

static void lengths(const struct re_node *node, uint32_t *min_out, uint32_t *max_out)
{
	uint32_t min, max;

	*min_out = *max_out = 0;
	switch (node->op) {
	case RE_SET: *min_out = *max_out = 1; break;
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++) {
			lengths(node->kids[i], &min, &max);
			*min_out = sum(*min_out, min);
			*max_out = sum(*max_out, max);
		}
		break;
	case RE_ALTERNATIVE:
		*min_out = RE_UNBOUNDED;
		for (size_t i = 0; i < node->n_kids; i++) {
			lengths(node->kids[i], &min, &max);
			*min_out = min < *min_out ? min : *min_out;
			*max_out = max > *max_out ? max : *max_out;
		}
		break;
	case RE_REPEAT:
		lengths(node->kids[0], &min, &max);
		*min_out = product(min, node->min);
		*max_out = product(max, node->max);
		break;
	default: break;
	}
}

static void append_set(const struct finder *f, struct byte_run *run,
		       const struct byte_set *set)
{
	bool known = true, first = true;
	uint8_t value = 0;

	for (unsigned i = 0; i < 256 && known; i++) {
		if (!byte_set_has(set, (uint8_t)i))
			continue;
		known = first || byte_fold((uint8_t)i) == value;
		value = byte_fold((uint8_t)i);
		first = false;
	}
	known = known && !first;
	run->value[run->n] = known ? value : 0;
	run->mask[run->n++] = known ? 0xff : 0;
	if (f->wide) {
		run->value[run->n] = 0;
		run->mask[run->n++] = 0xff;
	}
}

static size_t room(const struct finder *f, const struct byte_run *run)
{
	return (MAX_RUN - run->n) / (f->wide ? 2 : 1);
}

/*
 * The union of the bytes that node can have at each place, when all it matches has the
 * same length, at most `max` places; returns that length or -1.
 */
static int rigid_sets(const struct finder *f, const struct re_node *node,
		      struct byte_set *sets, size_t max)
{
	int n = 0, length = -1;

	switch (node->op) {
	case RE_SET: {
		struct byte_set set = regex_set_of(node, f->nocase);

		if (max < 1)
			return -1;
		for (size_t i = 0; i < 4; i++)
			sets[0].bits[i] |= set.bits[i];
		return 1;
	}
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++) {
			int kid =
			    rigid_sets(f, node->kids[i], sets + n, max - (size_t)n);

			if (kid < 0)
				return -1;
			n += kid;
		}
		return n;
	case RE_ALTERNATIVE:
		for (size_t i = 0; i < node->n_kids; i++) {
			int kid = rigid_sets(f, node->kids[i], sets, max);

			if (kid < 0 || (length >= 0 && kid != length))
				return -1;
			length = kid;
		}
		return length;
	case RE_REPEAT:
		if (node->min != node->max || node->max > max)
			return -1;
		for (uint32_t i = 0; i < node->min; i++) {
			int kid =
			    rigid_sets(f, node->kids[0], sets + n, max - (size_t)n);

			if (kid < 0)
				return -1;
			n += kid;
		}
		return n;
	default: return 0;
	}
}

static void consider(struct offer *best, struct offer offer)
{
	if (offer.n > 0 && (best->n == 0 || offer.cost < best->cost))
		*best = offer;
}

/* Trying one start takes a quarter as long as looking up a place; a backward program
 * that finds them about as long as trying all that it replaces at least. */
static double cost_of_starts(const struct prefix *before)
{
	double n = before->max - before->min;

	if (before->max == RE_UNBOUNDED)
		return 100;
	if (n <= TRY_STARTS)
		return 1 + n / 4;
	return n / 16 < TRY_STARTS / 4.0 ? 1 + TRY_STARTS / 4.0 : 1 + n / 16;
}

/* Takes run, which begins behind `before`, into account. */
static void consider_run(struct finder *f, struct offer *best,
			 const struct byte_run *run, const struct prefix *before)
{
	struct gram_choice choice;
	struct anchor *anchor;
	double cost;

	if (!choose_grams(run, true, &choice)) {
		if (!choose_scan(run, &choice))
			return;
		choice.hits_per_mb += SCAN_COST;
	}
	cost = choice.hits_per_mb * cost_of_starts(before);
	if (best->n > 0 && cost >= best->cost)
		return;
	anchor = arena_make(f->arena, struct anchor);
	if (anchor == NULL) {
		f->failed = true;
		return;
	}
	*anchor = (struct anchor){.run = *run, .before = *before, .choice = choice};
	*best = (struct offer){anchor, 1, cost};
}

static struct offer best_offer(struct finder *f, const struct re_node *node,
			       const struct prefix *before);

static struct offer offer_of_branches(struct finder *f, const struct re_node *node,
				      const struct prefix *before)
{
	struct offer all = {NULL, 0, 0};

	for (size_t i = 0; i < node->n_kids; i++) {
		struct offer one = best_offer(f, node->kids[i], before);

		if (one.n == 0 || all.n + one.n > MAX_ANCHORS)
			return (struct offer){NULL, 0, 0};
		/* copies, because an anchor may be in one list only */
		for (const struct anchor *a = one.anchors; a != NULL; a = a->next) {
			struct anchor *copy = arena_make(f->arena, struct anchor);

			if (copy == NULL) {
				f->failed = true;
				return (struct offer){NULL, 0, 0};
			}
			*copy = *a;
			copy->next = all.anchors;
			all.anchors = copy;
			all.n++;
		}
		all.cost += one.cost;
	}
	return all;
}

static struct offer offer_inside(struct finder *f, const struct re_node *item,
				 const struct prefix *before)
{
	if (item->op == RE_ALTERNATIVE)
		return offer_of_branches(f, item, before);
	if (item->op == RE_CONCAT || (item->op == RE_REPEAT && item->min > 0))
		return best_offer(f, item->op == RE_REPEAT ? item->kids[0] : item,
				  before);
	return (struct offer){NULL, 0, 0};
}

/* Walks along the items of a concatenation, collecting runs. */
struct walk {
	struct finder *f;
	struct offer best;
	struct byte_run run;
	struct prefix at_run, here; /* before the run, and before the next item */
};

static void close_run(struct walk *walk)
{
	consider_run(walk->f, &walk->best, &walk->run, &walk->at_run);
	walk->run.n = 0;
	walk->at_run = walk->here;
}

static bool append_rigid(struct walk *walk, const struct re_node *item)
{
	struct byte_set sets[MAX_RUN] = {{{0}}};
	int n = rigid_sets(walk->f, item, sets, MAX_RUN / 2);

	if (n < 0)
		return false;
	if ((size_t)n > room(walk->f, &walk->run)) {
		close_run(walk);
		if ((size_t)n > room(walk->f, &walk->run))
			return false;
	}
	for (int i = 0; i < n; i++)
		append_set(walk->f, &walk->run, &sets[i]);
	return true;
}

/* The bytes that a repeated byte has in any case, as far as they fit. */
static void append_minimum(struct walk *walk, const struct re_node *item)
{
	const struct re_node *kid = item->kids[0];
	uint32_t n = item->min < MAX_COPIES ? item->min : MAX_COPIES;

	for (uint32_t i = 0; i < n; i++) {
		struct byte_set sets[1] = {{{0}}};

		if (room(walk->f, &walk->run) == 0 ||
		    rigid_sets(walk->f, kid, sets, 1) != 1)
			return;
		append_set(walk->f, &walk->run, &sets[0]);
	}
}

static struct offer offer_of_items(struct finder *f, struct re_node *const *items,
				   size_t n, const struct prefix *before)
{
	struct walk walk = {.f = f, .run.common = f->common};

	walk.here = (struct prefix){before, items, 0, before->min, before->max};
	walk.at_run = walk.here;
	for (size_t i = 0; i < n && !f->failed; i++) {
		const struct re_node *item = items[i];
		bool rigid = append_rigid(&walk, item);
		uint32_t min, max;

		if (!rigid) {
			if (item->op == RE_REPEAT)
				append_minimum(&walk, item);
			close_run(&walk);
			consider(&walk.best, offer_inside(f, item, &walk.here));
		}
		lengths(item, &min, &max);
		walk.here.n_items = i + 1;
		walk.here.min = sum(walk.here.min, min);
		walk.here.max = sum(walk.here.max, max);
		if (!rigid)
			walk.at_run = walk.here;
	}
	close_run(&walk);
	return walk.best;
}

static struct offer best_offer(struct finder *f, const struct re_node *node,
			       const struct prefix *before)
{
	struct prefix *kept = arena_make(f->arena, struct prefix);
	struct re_node **items;

	if (kept == NULL) {
		f->failed = true;
		return (struct offer){NULL, 0, 0};
	}
	*kept = *before; /* outlives the walk that it came from */
	if (node->op == RE_CONCAT)
		return offer_of_items(f, node->kids, node->n_kids, kept);
	items = arena_make(f->arena, struct re_node *);
	if (items == NULL) {
		f->failed = true;
		return (struct offer){NULL, 0, 0};
	}
	items[0] = arena_make(f->arena, struct re_node);
	if (items[0] == NULL) {
		f->failed = true;
		return (struct offer){NULL, 0, 0};
	}
	*items[0] = *node;
	return offer_of_items(f, items, 1, kept);
}

/* ---- expressions: what is taken ---- */

/* The expression of everything before a place. */
static struct re_node *prefix_tree(struct arena *arena, const struct prefix *prefix)
{
	struct re_node *tree = arena_make(arena, struct re_node);
	size_t n = 0, at;

	for (const struct prefix *p = prefix; p != NULL; p = p->outer)
		n += p->n_items;
	if (tree == NULL)
		return NULL;
	tree->op = RE_CONCAT;
	tree->kids = arena_array(arena, n + 1, sizeof(struct re_node *));
	if (tree->kids == NULL)
		return NULL;
	tree->n_kids = at = n;
	for (const struct prefix *p = prefix; p != NULL; p = p->outer) {
		at -= p->n_items;
		for (size_t i = 0; i < p->n_items; i++)
			tree->kids[at + i] = p->items[i];
	}
	return tree;
}

static enum rq_err add_anchor(struct segment_store *store, struct arena *arena,
			      uint32_t variant, const struct anchor *anchor,
			      const struct regex_code_options *options,
			      struct buffer *code, struct pattern_cost *cost)
{
	const struct prefix *before = &anchor->before;
	uint32_t scale = options->wide ? 2 : 1;
	struct segment_record segment = {.variant = variant,
					 .bytes = (uint32_t)store->bytes.size,
					 .n_bytes = (uint32_t)anchor->run.n,
					 .before_min = product(before->min, scale),
					 .before_max = product(before->max, scale),
					 .back_program = PROGRAM_NONE};
	enum rq_err err = RQ_OK;

	buffer_put(&store->bytes, anchor->run.value, anchor->run.n);
	buffer_put(&store->bytes, anchor->run.mask, anchor->run.n);
	if (!buffer_ok(&store->bytes) || store->bytes.size > UINT32_MAX)
		return RQ_ERR_MEMORY;
	if (before->max == RE_UNBOUNDED || before->max - before->min > TRY_STARTS) {
		struct regex_code_options backward = *options;
		struct re_node *tree = prefix_tree(arena, before);

		if (tree == NULL)
			return RQ_ERR_MEMORY;
		backward.backward = true;
		err = regex_compile_tree(tree, &backward, code, &segment.back_program);
	}
	if (err == RQ_OK)
		err = add_segment(store, segment);
	return err == RQ_OK ? add_entries(store, &anchor->choice, cost) : err;
}

enum rq_err segments_of_tree(struct segment_store *store, struct arena *arena,
			     uint32_t at, struct variant_record *variant,
			     const struct re_node *root,
			     const struct regex_code_options *options,
			     struct buffer *code, struct pattern_cost *cost)
{
	struct finder finder = {.arena = arena,
				.common = store->common,
				.nocase = options->nocase,
				.wide = options->wide};
	struct prefix nothing = {.outer = NULL};
	struct offer offer = best_offer(&finder, root, &nothing);
	enum rq_err err = RQ_OK;

	variant->first_segment = (uint32_t)store->n_segments;
	variant->n_segments = (uint32_t)offer.n;
	if (finder.failed)
		return RQ_ERR_MEMORY;
	if (offer.n == 0) {
		set_slow(store, variant, cost, store->n_entries);
		return RQ_OK;
	}
	for (const struct anchor *a = offer.anchors; a != NULL; a = a->next) {
		if (a->choice.entries[0].kind == GRAM_SCAN)
			variant->flags |= VARIANT_SCAN;
	}
	for (struct anchor *a = offer.anchors; a != NULL && err == RQ_OK; a = a->next) {
		if ((variant->flags & VARIANT_SCAN) &&
		    !choose_scan(&a->run, &a->choice))
			return RQ_ERR_USAGE; /* a gram has known bytes */
		err = add_anchor(store, arena, at, a, options, code, cost);
	}
	return err;
}
