#include "bytes/test.h"

#include "engine/ruleset/filter.h"

#include <string.h>

/* What is kept of a gram is all of it: a bit less, and a match may be lost. */
static void a_gram_comes_back_as_it_was_kept(void **state)
{
	static const int16_t places[] = {INT16_MIN, -1, 0, 1, INT16_MAX};

	(void)state;
	for (uint32_t i = 0; i < UINT32_C(5) * 4 * 5 * 9 * 16; i++) {
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
		entry.near_at = (int8_t)((int)((rest /= 5) % 9) - 4);
		rest /= 9;
		for (unsigned k = 0; k < 4; k++)
			mask |= (rest >> k & 1) != 0 ? UINT32_C(0xff) << 8 * k : 0;
		entry.near_mask = mask;
		record = gram_pack(&entry);
		back = gram_unpack(&record, i);
		assert_memory_equal(&back, &entry, sizeof entry);
	}
}

TEST_MAIN(cmocka_unit_test(a_gram_comes_back_as_it_was_kept))
