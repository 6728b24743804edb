#include "bytes/test.h"

#include "bytes/cap.h"
#include "bytes/json.h"

#include <string.h>

/* Reads text as one value of any kind. */
static bool is_json(const char *text)
{
	struct arena *arena = NULL;
	struct json json;
	bool is_good;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	json = json_over(bytes_of(text), arena);
	json_skip(&json);
	is_good = json_done(&json);
	arena_free(arena);
	return is_good;
}

static void what_is_json_is_read(void **state)
{
	static const char *const texts[] = {"{}",
					    "[]",
					    " [ 1 , 2 ] ",
					    "{\"a\":{\"b\":[true,false,null]}}",
					    "\"\"",
					    "-0.5e+7",
					    "[[],{},\"x\"]",
					    "\"\\u1ec7\\ud83d\\ude00\"",
					    "18446744073709551615"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!is_json(texts[i]))
			fail_msg("refused: %s", texts[i]);
}

static void what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {"",
					    "{",
					    "[1,]",
					    "[,1]",
					    "[1 2]",
					    "{\"a\"}",
					    "{\"a\":}",
					    "{\"a\":1,}",
					    "{a:1}",
					    "tru",
					    "truex",
					    "[1]]",
					    "\"a",
					    "\"\\x\"",
					    "\"\\u12\"",
					    "\"\n\"",
					    "\"\xff\"",
					    "\"\\ud800\"",
					    "\"\\udc00\"",
					    "\"\\u0000\"",
					    "\"\\ud800\\u0041\"",
					    "{\"a\":1}{}",
					    "[}",
					    "1 2"};
	char deep[2 * CAP_JSON_DEPTH + 3];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (is_json(texts[i]))
			fail_msg("accepted: %s", texts[i]);
	memset(deep, '[', CAP_JSON_DEPTH + 1);
	memset(deep + CAP_JSON_DEPTH + 1, ']', CAP_JSON_DEPTH + 1);
	deep[sizeof deep - 1] = 0;
	assert_false(is_json(deep));
	deep[sizeof deep - 2] = 0;
	assert_true(is_json(deep + 1));
}

static void values_are_what_they_say(void **state)
{
	static const char text[] =
	    "[\"a\\\"\\n\\u1ec7\\ud83d\\ude00\",18446744073709551615,"
	    "-9223372036854775808,12.25,true]";
	struct arena *arena = NULL;
	struct json json;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	json = json_over(bytes_of(text), arena);
	json_open(&json, '[');
	assert_true(json_element(&json));
	assert_true(bytes_equal_text(json_text(&json), "a\"\n\u1ec7\U0001f600"));
	assert_true(json_element(&json));
	assert_true(json_u64(&json) == UINT64_MAX);
	assert_true(json_element(&json));
	assert_true(json_i64(&json) == INT64_MIN);
	assert_true(json_element(&json));
	assert_true(json_number(&json) == 12.25);
	assert_true(json_element(&json));
	assert_true(json_bool(&json));
	assert_false(json_element(&json));
	assert_true(json_done(&json));
	arena_free(arena);
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
	static const char *const texts[] = {
	    "18446744073709551616", "01", "-1", "1.5", "1e3", "x"};
	struct arena *arena = NULL;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct json json = json_over(bytes_of(texts[i]), arena);

		assert_true(json_u64(&json) == 0);
		assert_false(json_done(&json));
	}
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(what_is_json_is_read),
	  cmocka_unit_test(what_is_none_is_refused),
	  cmocka_unit_test(values_are_what_they_say),
	  cmocka_unit_test(numbers_that_do_not_fit_are_refused))
