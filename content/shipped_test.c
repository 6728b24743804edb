/* The shipped rules say what was found and what to do, in both languages. */
#include "bytes/test.h"

#include "bytes/arena.h"
#include "content/shipped.h"

#include <string.h>

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void each_rule_says_what_and_what_to_do_in_both_languages(void **state)
{
	static const char *const keys[] = {
	    "\t\tdescription_vi = \"", "\t\tdescription_en = \"",
	    "\t\tadvice_vi = \"",      "\t\tadvice_en = \"",
	    "\t\treference = \"",      "\t\tlicense = \"",
	    "\t\tseverity = \"",       "\t\tscore = ",
	};
	struct arena *arena;
	struct bytes text;
	size_t n_rules = 0;

	(void)state;
	assert_int_equal(arena_new(4u << 20, &arena), RQ_OK);
	for (size_t i = 0; i < shipped_n_files(); i++) {
		const char *copy;
		size_t n;

		assert_int_equal(shipped_text(i, arena, &text), RQ_OK);
		copy = arena_copy(arena, text.at, text.n);
		assert_non_null(copy);
		n = count(copy, "\nrule ");
		n_rules += n;
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
			if (count(copy, keys[k]) != n)
				fail_msg("%s: %s", shipped_name(i), keys[k]);
	}
	assert_true(n_rules > 10);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(each_rule_says_what_and_what_to_do_in_both_languages))
