/* Which four bytes of a run are looked for. */
#include "engine/ruleset/segment_grams.h"

#include "bytes/test.h"

#include <string.h>

static struct byte_run run_of(const char *text)
{
	struct byte_run run = {.n = strlen(text)};

	for (size_t i = 0; i < run.n; i++) {
		run.value[i] = byte_fold((uint8_t)text[i]);
		run.mask[i] = 0xff;
	}
	return run;
}

/* Marks the grams of text as common. */
static void mark(uint16_t *common, const char *text)
{
	for (size_t i = 0; text[i + 3] != '\0'; i++)
		common[gram_table_place(gram_load((const uint8_t *)&text[i]))] = 20000;
}

static void what_is_common_here_is_not_looked_for(void **state)
{
	static const char *const texts[] = {"/AppData/Roaming/zqxvkw",
					    "zqxvkw/AppData/Roaming/"};
	static uint16_t common[65536];

	(void)state;
	mark(common, "/AppData/Roaming/");
	for (size_t i = 0; i < 2; i++) {
		struct byte_run run = run_of(texts[i]);
		size_t first = (size_t)(strchr(texts[i], 'z') - texts[i]);
		struct gram_choice choice;

		run.common = common;
		assert_true(choose_grams(&run, true, &choice));
		assert_int_equal(choice.n, 4);
		for (size_t k = 0; k < choice.n; k++)
			assert_in_range(choice.entries[k].at, first > 0 ? first - 3 : 0,
					first + 5);
		/* what is nowhere else costs what it costs in files */
		assert_true(choice.hits_per_mb < 20000);
	}
	/* common or not, something is looked for */
	{
		struct byte_run run = run_of("/AppData/Roaming/");
		struct gram_choice choice;

		run.common = common;
		assert_true(choose_grams(&run, true, &choice));
		assert_true(choice.hits_per_mb >= 20000);
	}
}

TEST_MAIN(cmocka_unit_test(what_is_common_here_is_not_looked_for))
