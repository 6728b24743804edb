#include "engine/match/search.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/match/chain.h"
#include "engine/match/matches.h"
#include "engine/match/mini_filter.h"
#include "engine/match/sweep.h"
#include "engine/match/verify.h"
#include "os/clock.h"

#include <string.h>

enum { BYTES_PER_CLOCK = 4096 };

struct search {
	struct search_options options;
	struct pattern_view view;
	struct matches matches;
	struct regex_scratch *scratch;
	struct verifier verifier;
	struct efforts efforts;
	const struct object *object;
	uint64_t deadline_ns;
	struct sweep sweep;
	struct mini_filter mini;
	uint32_t *found; /* triggers that matched */
	size_t n_found;
	uint32_t classes_done; /* the triggers of these are complete */
};

void search_options_default(struct search_options *options)
{
	*options = (struct search_options){.max_matches_per_pattern = CAP_MATCHES,
					   .max_steps = CAP_REGEX_STEPS};
}

enum rq_err search_new(const struct image *image, const struct search_options *options,
		       struct search **search_out)
{
	struct search *s = NULL;
	enum rq_err err;

	*search_out = NULL;
	if (kernel_find(options->kernel) == NULL)
		return RQ_ERR_UNSUPPORTED;
	s = alloc_array(1, sizeof *s);
	if (s == NULL)
		return RQ_ERR_MEMORY;
	s->options = *options;
	err = pattern_view_open(image, &s->view);
	if (err == RQ_OK)
		err = matches_init(&s->matches, s->view.n_patterns,
				   options->max_matches_per_pattern);
	if (err == RQ_OK)
		err = efforts_init(&s->efforts, s->view.n_patterns);
	if (err == RQ_OK)
		err = regex_scratch_new(&s->scratch);
	if (err == RQ_OK) {
		s->found = alloc_array(s->view.n_patterns + 1, sizeof *s->found);
		s->sweep.queue =
		    alloc_array(KERNEL_PLACES * KERNEL_FOURS + KERNEL_SLACK,
				sizeof *s->sweep.queue);
		if (s->found == NULL || s->sweep.queue == NULL)
			err = RQ_ERR_MEMORY;
	}
	s->verifier = (struct verifier){
	    .view = &s->view,
	    .scratch = s->scratch,
	    .reach = options->libyara_limits ? CAP_LIBYARA_REACH : SIZE_MAX,
	};
	s->sweep.kernel = kernel_find(options->kernel);
	s->sweep.view = &s->view;
	s->sweep.verifier = &s->verifier;
	s->sweep.matches = &s->matches;
	s->sweep.efforts = &s->efforts;
	if (err != RQ_OK) {
		search_free(s);
		return err;
	}
	*search_out = s;
	return RQ_OK;
}

void search_free(struct search *search)
{
	if (search == NULL)
		return;
	matches_clear(&search->matches);
	efforts_clear(&search->efforts);
	regex_scratch_free(search->scratch);
	alloc_free(search->found);
	alloc_free(search->sweep.queue);
	mini_filter_clear(&search->mini);
	alloc_free(search);
}

size_t search_n_patterns(const struct search *search)
{
	return search->view.n_patterns;
}

void search_begin(struct search *search, const struct object *object,
		  struct arena *arena, uint64_t deadline_ns)
{
	search->object = object;
	search->deadline_ns = deadline_ns;
	search->sweep.deadline_ns = deadline_ns;
	search->n_found = 0;
	search->classes_done = 0;
	matches_begin(&search->matches, arena);
	regex_scratch_begin(search->scratch,
			    search->options.libyara_limits ? UINT64_MAX
							   : search->options.max_steps,
			    deadline_ns);
}

/* ---- searching without a filter ---- */

static bool out_of_time(const struct search *s)
{
	return s->deadline_ns != 0 && clock_monotonic_ns() >= s->deadline_ns;
}

static bool try_everywhere(struct search *s, uint32_t pattern,
			   const struct block *block)
{
	struct bytes data = {block->data, block->size};
	struct match match;

	for (size_t at = 0; at < data.n; at++) {
		if (at % BYTES_PER_CLOCK == 0 && out_of_time(s))
			return false;
		if (!verify_pattern(&s->verifier, pattern, data, at, &match))
			continue;
		match.offset = block->base + at;
		matches_add(&s->matches, pattern, &match);
	}
	return !regex_scratch_failure(s->scratch).out_of_time;
}

static bool search_plainly(struct search *s, uint32_t pattern)
{
	for (size_t i = 0; i < s->object->n_blocks; i++) {
		if (!try_everywhere(s, pattern, &s->object->blocks[i]))
			return false;
	}
	return true;
}

/* ---- chains ---- */

/* Index of the first match of a sorted list at offset or behind it. */
static size_t first_from(const struct match_list *list, uint64_t offset)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->at[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The matches of list that lie in block. */
static struct chain_part part_in(const struct match_list *list,
				 const struct pattern_record *record,
				 const struct block *block)
{
	size_t first = first_from(list, block->base);
	size_t end = block->size > UINT64_MAX - block->base
			 ? list->n
			 : first_from(list, block->base + block->size);

	return (struct chain_part){.matches = list->at + first,
				   .n = end - first,
				   .gap_min = record->gap_min,
				   .gap_max = record->gap_max};
}

static bool join_block(struct search *s, uint32_t pattern, const struct block *block)
{
	const struct pattern_record *record = &s->view.patterns[pattern];
	struct chain_part *parts =
	    arena_array(s->matches.arena, record->n_parts, sizeof *parts);
	struct match *joined;
	size_t n;

	if (parts == NULL)
		return false;
	for (uint32_t i = 0; i < record->n_parts; i++) {
		uint32_t part = record->first_part + i;
		struct match_list *list = matches_of(&s->matches, part);

		if (list->n == 0)
			return true;
		matches_sort(&s->matches, list);
		parts[i] = part_in(list, &s->view.patterns[part], block);
	}
	if (chain_join(parts, record->n_parts, s->matches.arena, &joined, &n) != RQ_OK)
		return false;
	for (size_t i = 0; i < n; i++)
		matches_add(&s->matches, pattern, &joined[i]);
	return true;
}

static void join_chain(struct search *s, uint32_t pattern)
{
	for (size_t i = 0; i < s->object->n_blocks; i++) {
		if (!join_block(s, pattern, &s->object->blocks[i]))
			s->matches.gaps.out_of_memory = true;
	}
}

/* ---- one pattern ---- */

bool search_is_complete(const struct search *search, uint32_t pattern)
{
	const struct match_list *list = &search->matches.lists[pattern];

	return (list->epoch == search->matches.epoch && list->is_complete) ||
	       (search->view.patterns[pattern].classes & search->classes_done);
}

/* All its matches, or those of its parts, are in the lists. */
static void finish_pattern(struct search *s, uint32_t pattern)
{
	if (s->view.patterns[pattern].flags & PATTERN_CHAIN)
		join_chain(s, pattern);
	matches_sort(&s->matches, matches_of(&s->matches, pattern));
	matches_of(&s->matches, pattern)->is_complete = true;
}

static enum rq_err complete_plainly(struct search *s, uint32_t pattern)
{
	const struct pattern_record *record = &s->view.patterns[pattern];

	if (search_is_complete(s, pattern))
		return RQ_OK;
	for (uint32_t i = 0; i < record->n_parts; i++) {
		enum rq_err err = complete_plainly(s, record->first_part + i);

		if (err != RQ_OK)
			return err;
	}
	if (record->n_variants > 0 && !search_plainly(s, pattern))
		return RQ_ERR_TIMEOUT;
	finish_pattern(s, pattern);
	return RQ_OK;
}

static enum rq_err sweep_object(struct search *s)
{
	for (size_t i = 0; i < s->object->n_blocks; i++) {
		if (!sweep_block(&s->sweep, &s->object->blocks[i]))
			return RQ_ERR_TIMEOUT;
	}
	return RQ_OK;
}

/* ---- pass 1 ---- */

static enum rq_err triggers_plainly(struct search *s, uint32_t class_bit)
{
	enum rq_err err = RQ_OK;

	for (uint32_t i = 0; i < s->view.n_patterns && err == RQ_OK; i++) {
		if (s->view.patterns[i].classes & class_bit)
			err = complete_plainly(s, i);
	}
	return err;
}

static enum rq_err sweep_triggers(struct search *s, enum object_class class)
{
	s->sweep.filter = s->view.filters[class];
	s->sweep.buckets = s->view.buckets;
	s->sweep.has_grams = s->sweep.filter.words != NULL;
	s->sweep.on_demand = false;
	s->sweep.classes = CLASS_BIT(class);
	s->sweep.slow = s->view.slow;
	s->sweep.n_slow = s->view.n_slow;
	return sweep_object(s);
}

/* Chains whose first part was found, and the patterns that were found as a whole. */
static void finish_touched(struct search *s)
{
	size_t n = s->matches.n_touched;

	for (size_t i = 0; i < n; i++) {
		uint32_t pattern = s->matches.touched[i];
		const struct pattern_record *record = &s->view.patterns[pattern];

		if (!(record->flags & PATTERN_PART))
			finish_pattern(s, pattern);
		else if (s->view.patterns[record->chain].first_part == pattern)
			finish_pattern(s, record->chain);
	}
}

enum rq_err search_triggers(struct search *search, const uint32_t **patterns_out,
			    size_t *n_out)
{
	struct search *s = search;
	enum object_class class = object_class_of(s->object);
	enum rq_err err = s->options.search_all ? triggers_plainly(s, CLASS_BIT(class))
						: sweep_triggers(s, class);

	if (!s->options.search_all)
		finish_touched(s);
	s->n_found = 0;
	for (size_t i = 0; i < s->matches.n_touched; i++) {
		uint32_t pattern = s->matches.touched[i];

		if (!(s->view.patterns[pattern].flags & PATTERN_PART))
			s->found[s->n_found++] = pattern;
	}
	if (err == RQ_OK)
		s->classes_done = CLASS_BIT(class);
	*patterns_out = s->found;
	*n_out = s->n_found;
	return err;
}

/* ---- pass 2 ---- */

enum rq_err search_patterns(struct search *search, const uint32_t *patterns, size_t n)
{
	struct search *s = search;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < n; i++) {
		if (patterns[i] >= s->view.n_patterns)
			return RQ_ERR_USAGE;
	}
	if (s->options.search_all) {
		for (size_t i = 0; i < n && err == RQ_OK; i++)
			err = complete_plainly(s, patterns[i]);
		return err;
	}
	mini_filter_begin(&s->mini);
	for (size_t i = 0; i < n && err == RQ_OK; i++) {
		if (!search_is_complete(s, patterns[i]))
			err = mini_filter_add(&s->mini, patterns[i]);
	}
	if (err == RQ_OK)
		err = mini_filter_finish(&s->mini, &s->sweep);
	if (err == RQ_OK && (s->sweep.has_grams || s->sweep.n_slow > 0))
		err = sweep_object(s);
	for (size_t i = 0; i < n && err == RQ_OK; i++) {
		if (!search_is_complete(s, patterns[i]))
			finish_pattern(s, patterns[i]);
	}
	return err;
}

const struct match *search_matches(struct search *search, uint32_t pattern,
				   size_t *n_out)
{
	struct match_list *list = matches_of(&search->matches, pattern);

	*n_out = list->n;
	return list->at;
}

bool search_matches_at(struct search *search, uint32_t pattern, uint64_t offset)
{
	const struct pattern_record *record = &search->view.patterns[pattern];
	const struct match_list *list;
	struct match match;
	enum rq_err err;
	size_t first;

	if (!(record->flags & PATTERN_CHAIN)) {
		for (size_t i = 0; i < search->object->n_blocks; i++) {
			const struct block *b = &search->object->blocks[i];

			if (offset >= b->base && offset - b->base < b->size &&
			    verify_pattern(&search->verifier, pattern,
					   (struct bytes){b->data, b->size},
					   (size_t)(offset - b->base), &match))
				return true;
		}
		return false;
	}
	err = search_patterns(search, &pattern, 1);
	search->matches.gaps.timed_out |= err == RQ_ERR_TIMEOUT;
	search->matches.gaps.out_of_memory |= err == RQ_ERR_MEMORY;
	if (err != RQ_OK)
		return false;
	list = matches_of(&search->matches, pattern);
	first = first_from(list, offset);
	return first < list->n && list->at[first].offset == offset;
}

static bool is_cut(const struct matches *matches, uint32_t pattern)
{
	const struct match_list *list = &matches->lists[pattern];

	return list->epoch == matches->epoch && list->is_cut &&
	       list->n >= matches->max_per_list;
}

bool search_is_cut(const struct search *search, uint32_t pattern)
{
	const struct pattern_record *record = &search->view.patterns[pattern];
	bool cut = is_cut(&search->matches, pattern);

	for (uint32_t i = 0; i < record->n_parts && !cut; i++)
		cut = is_cut(&search->matches, record->first_part + i);
	return cut;
}

struct search_gaps search_gaps(const struct search *search)
{
	struct regex_failure failure = regex_scratch_failure(search->scratch);
	struct search_gaps gaps = search->matches.gaps;

	gaps.out_of_memory |= failure.out_of_memory;
	gaps.timed_out |= failure.out_of_time;
	gaps.too_complex |= failure.out_of_steps;
	return gaps;
}
