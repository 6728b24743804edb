#include "bytes/test.h"

#include "engine/ruleset/filter.h"

#include <string.h>

/* What is kept of a gram is all of it: a bit less, and a match may be lost. */
static void a_gram_comes_back_as_it_was_kept(void **state)
{
	static const int16_t places[] = {INT16_MIN, -1, 0, 1, INT16_MAX};

	(void)state;
	for (uint32_t i = 0; i < UINT32_C(5) * 4 * 5 * 11 * 16; i++) {
		uint32_t rest = i, mask = 0;
		struct gram_entry entry = {.value = 0x04030201 + i,
					   .near_value = 0xfcfdfeff - i,
					   .segment = i,
					   .classes = UINT8_MAX};
		struct gram_record record;
		struct gram_entry back;

		entry.at = places[rest % 5];
		entry.kind = (uint8_t)((rest /= 5) % 4);
		entry.unknown = (uint8_t)((rest /= 4) % 5);
		entry.near_at = (int8_t)((int)((rest /= 5) % 11) - 6);
		rest /= 11;
		for (unsigned k = 0; k < 4; k++)
			mask |= (rest >> k & 1) != 0 ? UINT32_C(0xff) << 8 * k : 0;
		entry.near_mask = mask;
		record = gram_pack(&entry);
		back = gram_unpack(&record, i);
		assert_memory_equal(&back, &entry, sizeof entry);
	}
}

/* A pair begins behind its gram, so that what is near the gram lies further before it. */
static void a_pair_in_a_bucket_keeps_what_is_near(void **state)
{
	(void)state;
	for (int near = -4; near <= 4; near++) {
		for (uint8_t unknown = 0; unknown <= GRAM_ALL_KNOWN; unknown++) {
			/* rare bytes in turn, so that each of the three pairs is chosen */
			for (unsigned rare = 0; rare < 4; rare++) {
				struct gram_entry whole = {.value = UINT32_C(0xf7)
								    << 8 * rare,
							   .near_value = 0x04030201,
							   .near_mask = UINT32_MAX,
							   .near_at = (int8_t)near,
							   .classes = 1,
							   .unknown = unknown};
				struct gram_entry pair = gram_as_pair(&whole);
				struct gram_head heads[3] = {0};
				struct bucket_gram kept;

				gram_buckets_fill(&pair, 1, heads, 1, &kept);
				assert_int_equal(near_at(kept.near), pair.near_at);
				assert_int_equal(kept.at + near_at(kept.near), near);
				assert_int_equal(near_mask(kept.near), UINT32_MAX);
			}
		}
	}
}

TEST_MAIN(cmocka_unit_test(a_gram_comes_back_as_it_was_kept),
	  cmocka_unit_test(a_pair_in_a_bucket_keeps_what_is_near))
