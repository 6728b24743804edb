#include "engine/ruleset/segment_grams.h"

/* Known bytes of the four at offset `at`, which may reach over both ends. */
static void four_at(const struct byte_run *run, ptrdiff_t at, uint32_t *value_out,
		    uint32_t *mask_out)
{
	*value_out = *mask_out = 0;
	for (ptrdiff_t i = 0; i < 4; i++) {
		ptrdiff_t j = at + i;

		if (j < 0 || j >= (ptrdiff_t)run->n || run->mask[j] == 0)
			continue;
		*value_out |= (uint32_t)run->value[j] << (8 * i);
		*mask_out |= UINT32_C(0xff) << (8 * i);
	}
}

/* The side with more known bytes; of a pair, the rest of its own four. */
static void set_near(const struct byte_run *run, struct gram_entry *entry)
{
	uint32_t behind, behind_mask, before, before_mask;
	bool take_behind;

	entry->near_at = 0;
	if (entry->kind != GRAM_WHOLE) {
		four_at(run, entry->at, &entry->near_value, &entry->near_mask);
		return;
	}
	four_at(run, entry->at + 4, &behind, &behind_mask);
	four_at(run, entry->at - 4, &before, &before_mask);
	take_behind =
	    __builtin_popcount(behind_mask) >= __builtin_popcount(before_mask);
	entry->near_at = take_behind ? 4 : -4;
	entry->near_value = take_behind ? behind : before;
	entry->near_mask = take_behind ? behind_mask : before_mask;
}

static bool pair_at(const struct byte_run *run, ptrdiff_t at, uint32_t *value_out)
{
	uint32_t four, mask;

	four_at(run, at, &four, &mask);
	*value_out = four & 0xffff;
	return (mask & 0xffff) == 0xffff;
}

/* How often the gram of this kind at `at` occurs; false when its bytes are not known. */
static bool gram_at(const struct byte_run *run, ptrdiff_t at, enum gram_kind kind,
		    uint32_t *value_out, double *hits_out)
{
	/* where the pair of each kind begins */
	static const ptrdiff_t offset[] = {
	    [GRAM_LOW] = 0, [GRAM_HIGH] = 2, [GRAM_MIDDLE] = 1, [GRAM_LAST] = 3};
	uint32_t mask;

	if (kind == GRAM_WHOLE) {
		four_at(run, at, value_out, &mask);
		*hits_out = gram_hits_per_mb(*value_out);
		return mask == UINT32_MAX;
	}
	if (!pair_at(run, at + offset[kind], value_out))
		return false;
	*hits_out = pair_hits_per_mb((uint16_t)*value_out);
	return true;
}

static bool choose_one(const struct byte_run *run, ptrdiff_t first, enum gram_kind kind,
		       struct gram_entry *entry_out, double *hits_out)
{
	bool found = false;

	for (ptrdiff_t at = first; at < (ptrdiff_t)run->n; at += 4) {
		uint32_t value;
		double hits;

		if (!gram_at(run, at, kind, &value, &hits) ||
		    (found && hits >= *hits_out))
			continue;
		found = true;
		*hits_out = hits;
		*entry_out = (struct gram_entry){
		    .value = value, .at = (int16_t)at, .kind = (uint8_t)kind};
	}
	return found;
}

/*
 * The rarest gram or pair.  Pairs cost every object, those at odd offsets most, so that
 * the first of them must be worth it.  The four bytes may begin up to three before the
 * run.
 */
static bool choose_for(const struct byte_run *run, unsigned remainder,
		       struct gram_entry *entry_out, double *hits_out)
{
	static const double extra[] = {[GRAM_WHOLE] = 0,
				       [GRAM_LOW] = 100,
				       [GRAM_HIGH] = 100,
				       [GRAM_MIDDLE] = 500,
				       [GRAM_LAST] = 500};
	double least = 0;
	bool found = false;

	for (enum gram_kind kind = GRAM_WHOLE; kind <= GRAM_LAST; kind++) {
		ptrdiff_t first = (ptrdiff_t)remainder - (kind == GRAM_WHOLE ? 0 : 4);
		struct gram_entry entry;
		double hits;

		if (!choose_one(run, first, kind, &entry, &hits) ||
		    (found && hits + extra[kind] >= least))
			continue;
		found = true;
		least = hits + extra[kind];
		*entry_out = entry;
		*hits_out = hits;
	}
	return found;
}

bool choose_grams(const struct byte_run *run, struct gram_choice *choice_out)
{
	*choice_out = (struct gram_choice){.n = 4};
	for (unsigned remainder = 0; remainder < 4; remainder++) {
		struct gram_entry *entry = &choice_out->entries[remainder];
		double hits = 0;

		if (!choose_for(run, remainder, entry, &hits))
			return false;
		set_near(run, entry);
		choice_out->has_pairs |= entry->kind != GRAM_WHOLE;
		choice_out->hits_per_mb += hits / 4;
	}
	return true;
}

bool choose_scan(const struct byte_run *run, struct gram_choice *choice_out)
{
	bool found = false, found_pair = false;

	*choice_out = (struct gram_choice){.n = 1};
	for (size_t at = 0; at < run->n; at++) {
		bool pair = at + 1 < run->n && run->mask[at + 1] != 0;
		uint32_t value = run->value[at];
		double hits;

		if (run->mask[at] == 0 || (found_pair && !pair))
			continue;
		if (pair)
			value |= (uint32_t)run->value[at + 1] << 8;
		/* a byte alone: as often as beside itself, about */
		hits = pair_hits_per_mb((uint16_t)(pair ? value : value * 0x101));
		if (found && found_pair == pair && hits >= choice_out->hits_per_mb)
			continue;
		found = true;
		found_pair = pair;
		choice_out->hits_per_mb = hits;
		choice_out->entries[0] = (struct gram_entry){
		    .value = value,
		    .near_mask = pair ? 0xffff : 0xff,
		    .at = (int16_t)at,
		    .kind = GRAM_SCAN,
		};
	}
	return found;
}
