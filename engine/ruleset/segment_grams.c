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

/* The four near a gram of n bytes that know most besides it. */
static void set_near(const struct byte_run *run, int n, struct gram_entry *entry)
{
	int most = -1;

	for (int near = -4; near <= n; near++) {
		uint32_t value, mask;
		int n_new = 0;

		four_at(run, entry->at + near, &value, &mask);
		for (int i = 0; i < 4; i++)
			n_new +=
			    (mask >> (8 * i) & 1) && (near + i < 0 || near + i >= n);
		if (n_new < most)
			continue;
		most = n_new;
		entry->near_at = (int8_t)near;
		entry->near_value = value;
		entry->near_mask = mask;
	}
}

static double least_pair_hits(uint32_t value, unsigned unknown)
{
	double least = 0;

	for (unsigned i = 0; i < 3; i++) {
		double hits = pair_hits_per_mb(value >> (8 * i) & 0xffff);

		if (i != unknown && i + 1 != unknown && (least == 0 || hits < least))
			least = hits;
	}
	return least;
}

/* Of all forms of a gram with an unknown byte. */
static double hits_of_forms(uint32_t value, unsigned unknown)
{
	double sum = 0, pairs = least_pair_hits(value, unknown);

	for (uint32_t byte = 0; byte < 256; byte++) {
		if (byte_fold((uint8_t)byte) == byte)
			sum += gram_hits_per_mb(value | byte << (8 * unknown));
	}
	return sum < pairs ? sum : pairs;
}

/*
 * How often the gram at `at` occurs; false when not all of its bytes are known (or one
 * is, with n_known 3).
 */
static bool gram_at(const struct byte_run *run, ptrdiff_t at, int n_known,
		    struct gram_entry *entry_out, double *hits_out)
{
	uint32_t value, mask;

	four_at(run, at, &value, &mask);
	if (__builtin_popcount(mask) != 8 * n_known)
		return false;
	*entry_out = (struct gram_entry){
	    .value = value, .at = (int16_t)at, .unknown = GRAM_ALL_KNOWN};
	if (n_known == 4) {
		*hits_out = gram_hits_per_mb(value);
		if (run->common != NULL)
			*hits_out += run->common[gram_table_place(value)];
	} else {
		entry_out->unknown = (uint8_t)(__builtin_ctz(~mask) / 8);
		*hits_out = hits_of_forms(value, entry_out->unknown);
	}
	return true;
}

/*
 * The rarest gram for a start whose offset has this remainder.  Those between cost
 * every object a little, so that the first of them must be worth it.
 */
static bool choose_for(const struct byte_run *run, ptrdiff_t remainder, int n_known,
		       struct gram_entry *entry_out, double *hits_out)
{
	static const double extra[] = {[GRAM_WHOLE] = 0, [GRAM_BETWEEN] = 50};
	double least = 0;
	bool found = false;

	for (ptrdiff_t at = -1; at < (ptrdiff_t)run->n; at++) {
		enum gram_kind kind =
		    ((at - remainder) & 3) == 0 ? GRAM_WHOLE : GRAM_BETWEEN;
		struct gram_entry entry;
		double hits;

		if (((at - remainder) & 1) != 0 ||
		    !gram_at(run, at, n_known, &entry, &hits) ||
		    (found && hits + extra[kind] >= least))
			continue;
		found = true;
		least = hits + extra[kind];
		*hits_out = hits;
		*entry_out = entry;
		entry_out->kind = (uint8_t)kind;
	}
	return found;
}

/* The rarest two known bytes beside each other. */
static bool choose_pair(const struct byte_run *run, struct gram_choice *choice_out)
{
	bool found = false;

	*choice_out = (struct gram_choice){.n = 1, .is_short = true};
	for (size_t at = 0; at + 1 < run->n; at++) {
		uint32_t value = run->value[at] | (uint32_t)run->value[at + 1] << 8;
		double hits = pair_hits_per_mb((uint16_t)value);

		if (run->mask[at] == 0 || run->mask[at + 1] == 0 ||
		    (found && hits >= choice_out->hits_per_mb))
			continue;
		found = true;
		choice_out->hits_per_mb = hits;
		choice_out->entries[0] = (struct gram_entry){
		    .value = value,
		    .at = (int16_t)at,
		    .kind = GRAM_PAIR,
		    .unknown = GRAM_ALL_KNOWN,
		};
	}
	if (found)
		set_near(run, 2, &choice_out->entries[0]);
	return found;
}

bool choose_grams(const struct byte_run *run, bool unknown_too,
		  struct gram_choice *choice_out)
{
	*choice_out = (struct gram_choice){.n = 4};
	for (unsigned remainder = 0; remainder < 4; remainder++) {
		struct gram_entry *entry = &choice_out->entries[remainder];
		double hits = 0;

		if (!choose_for(run, remainder, 4, entry, &hits)) {
			if (!unknown_too ||
			    !choose_for(run, remainder, 3, entry, &hits))
				return choose_pair(run, choice_out);
			choice_out->is_short = true;
		}
		set_near(run, 4, entry);
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
		    .unknown = GRAM_ALL_KNOWN,
		};
	}
	return found;
}
