#include "bytes/test.h"

#include "endpoint/artefacts.h"

#include <string.h>

static const char *told(const struct finding *finding, const char *key)
{
	static char text[512];
	const struct finding_meta *meta = finding_meta(finding, key);

	assert_non_null(meta);
	snprintf(text, sizeof text, "%.*s", (int)meta->text.n,
		 (const char *)meta->text.at);
	return text;
}

static void assert_told_apart(const struct finding *a, const struct finding *b,
			      const char *key)
{
	const struct finding_meta *x = finding_meta(a, key), *y = finding_meta(b, key);

	assert_non_null(x);
	assert_non_null(y);
	assert_false(bytes_equal(x->text, y->text));
}

static void every_shipped_entry_says_what_to_do_in_both_languages(void **state)
{
	struct artefacts artefacts;
	struct arena *arena;

	(void)state;
	artefacts_init(&artefacts);
	assert_int_equal(artefacts_load(&artefacts, true, NULL, 0, NULL), RQ_OK);
	assert_true(artefacts.set.n > 10);
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	for (uint32_t i = 0; i < artefacts.set.n; i++) {
		struct finding vi = {0}, en = {0};
		assert_int_equal(artefacts_tell(&artefacts, i, (struct bytes){0},
						LANGUAGE_VI, arena, &vi),
				 RQ_OK);
		assert_int_equal(artefacts_tell(&artefacts, i, BYTES_LITERAL("here"),
						LANGUAGE_EN, arena, &en),
				 RQ_OK);
		assert_int_equal(vi.kind, FINDING_ARTEFACT);
		assert_null(finding_meta(&vi, "where"));
		assert_string_equal(told(&en, "where"), "here");
		assert_told_apart(&vi, &en, "advice");
		assert_told_apart(&vi, &en, "description");
	}
	arena_free(arena);
	artefacts_free(&artefacts);
}

static void the_place_of_a_fault_is_below_the_letter_and_not_the_byte(void **state)
{
	static const char line[] = "score: điểm";
	struct artefacts artefacts = {
	    .unread = "p", .fault = {.line = 4, .text = bytes_of(line), .what = "why"}};
	struct buffer out = {0};

	(void)state;
	artefacts.fault.column = 13; /* the m: two letters before it take five bytes */
	artefacts_explain(&artefacts, &out);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_string_equal((const char *)out.data, "p:4: why\n    score: điểm\n"
						    "              ^\n");
	buffer_free(&out);
}

TEST_MAIN(cmocka_unit_test(every_shipped_entry_says_what_to_do_in_both_languages),
	  cmocka_unit_test(the_place_of_a_fault_is_below_the_letter_and_not_the_byte))
