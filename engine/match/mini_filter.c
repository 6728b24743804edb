#include "engine/match/mini_filter.h"

#include "bytes/alloc.h"

#include <string.h>

void mini_filter_clear(struct mini_filter *mini)
{
	alloc_free(mini->entries);
	alloc_free(mini->sorted);
	alloc_free(mini->words);
	alloc_free(mini->heads);
	alloc_free(mini->slow);
	alloc_free(mini->wanted);
	alloc_free(mini->built);
	*mini = (struct mini_filter){0};
}

void mini_filter_begin(struct mini_filter *mini)
{
	mini->n_wanted = 0;
}

static bool add_entry(struct mini_filter *mini, const struct gram_entry *entry)
{
	if (!alloc_grow((void **)&mini->entries, &mini->entry_room, mini->n_entries + 1,
			sizeof *mini->entries))
		return false;
	mini->entries[mini->n_entries++] = *entry;
	return true;
}

/* The entries of segment; where one has an unknown byte, a pair stands for all: all
 * forms of it would take longer to enter than they save. */
static bool add_segment(struct mini_filter *mini, const struct pattern_view *view,
			uint32_t index)
{
	const struct segment_record *segment = &view->segments[index];
	size_t n_before = mini->n_entries;

	for (uint32_t i = 0; i < segment->n_entries; i++) {
		struct gram_entry entry =
		    gram_unpack(&view->grams[segment->first_entry + i], index);

		if (entry.unknown != GRAM_ALL_KNOWN) {
			mini->n_entries = n_before;
			entry = gram_as_pair(&entry);
			return add_entry(mini, &entry);
		}
		if (!add_entry(mini, &entry))
			return false;
	}
	return true;
}

static enum rq_err add_variant(struct mini_filter *mini,
			       const struct pattern_view *view, uint32_t index)
{
	const struct variant_record *variant = &view->variants[index];

	if (variant->n_segments == 0 || (variant->flags & VARIANT_SCAN)) {
		if (!alloc_grow((void **)&mini->slow, &mini->slow_room,
				mini->n_slow + 1, sizeof *mini->slow))
			return RQ_ERR_MEMORY;
		mini->slow[mini->n_slow++] = index;
		return RQ_OK;
	}
	for (uint32_t i = 0; i < variant->n_segments; i++) {
		if (!add_segment(mini, view, variant->first_segment + i))
			return RQ_ERR_MEMORY;
	}
	return RQ_OK;
}

static enum rq_err add_pattern(struct mini_filter *mini,
			       const struct pattern_view *view, uint32_t pattern)
{
	const struct pattern_record *record = &view->patterns[pattern];
	enum rq_err err = RQ_OK;

	for (uint32_t i = 0; i < record->n_variants && err == RQ_OK; i++)
		err = add_variant(mini, view, record->first_variant + i);
	for (uint32_t i = 0; i < record->n_parts && err == RQ_OK; i++)
		err = add_pattern(mini, view, record->first_part + i);
	return err;
}

enum rq_err mini_filter_add(struct mini_filter *mini, uint32_t pattern)
{
	if (!alloc_grow((void **)&mini->wanted, &mini->wanted_room, mini->n_wanted + 1,
			sizeof *mini->wanted))
		return RQ_ERR_MEMORY;
	mini->wanted[mini->n_wanted++] = pattern;
	return RQ_OK;
}

/* n zeroed items of the given size in *array. */
static bool zeroed(void **array, size_t *room, size_t n, size_t size)
{
	if (!alloc_grow(array, room, n, size))
		return false;
	memset(*array, 0, n * size);
	return true;
}

static enum rq_err fill(struct mini_filter *mini)
{
	uint32_t log2_heads = filter_log2_heads(mini->n_entries);
	size_t n_heads = ((size_t)1 << log2_heads) + 1;
	struct filter_shape shape;

	if (mini->n_entries == 0)
		return RQ_OK;
	shape = filter_shape_of(mini->entries, mini->n_entries, UINT8_MAX);
	if (!zeroed((void **)&mini->words, &mini->word_room, filter_n_words(&shape),
		    sizeof *mini->words) ||
	    !zeroed((void **)&mini->heads, &mini->head_room, n_heads,
		    sizeof *mini->heads) ||
	    !alloc_grow((void **)&mini->sorted, &mini->sorted_room, mini->n_entries,
			sizeof *mini->sorted))
		return RQ_ERR_MEMORY;
	filter_fill(mini->entries, mini->n_entries, UINT8_MAX, &shape, mini->words);
	gram_buckets_fill(mini->entries, mini->n_entries, mini->heads, log2_heads,
			  mini->sorted);
	mini->filter = filter_over(mini->words, &shape);
	mini->buckets = (struct gram_buckets){mini->heads, mini->sorted, log2_heads};
	return RQ_OK;
}

static bool is_built(const struct mini_filter *mini)
{
	return mini->is_built && mini->n_wanted == mini->n_built &&
	       (mini->n_wanted == 0 ||
		memcmp(mini->wanted, mini->built,
		       mini->n_wanted * sizeof *mini->wanted) == 0);
}

static enum rq_err build(struct mini_filter *mini, const struct pattern_view *view)
{
	enum rq_err err = RQ_OK;

	mini->is_built = false;
	mini->n_entries = 0;
	mini->n_slow = 0;
	mini->filter = (struct filter){0};
	if (!alloc_grow((void **)&mini->built, &mini->built_room, mini->n_wanted,
			sizeof *mini->built))
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < mini->n_wanted && err == RQ_OK; i++) {
		mini->built[i] = mini->wanted[i];
		err = add_pattern(mini, view, mini->wanted[i]);
	}
	mini->n_built = mini->n_wanted;
	if (err == RQ_OK)
		err = fill(mini);
	mini->is_built = err == RQ_OK;
	return err;
}

enum rq_err mini_filter_finish(struct mini_filter *mini, struct sweep *sweep)
{
	if (!is_built(mini)) {
		enum rq_err err = build(mini, sweep->view);

		if (err != RQ_OK)
			return err;
	}
	sweep->has_grams = mini->n_entries > 0;
	sweep->on_demand = true;
	sweep->classes = UINT32_MAX;
	sweep->slow = mini->slow;
	sweep->n_slow = mini->n_slow;
	sweep->filter = mini->filter;
	sweep->buckets = mini->buckets;
	return RQ_OK;
}
