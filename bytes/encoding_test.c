#include "bytes/test.h"

#include "bytes/encoding.h"

#include <jansson.h>
#include <string.h>

struct form {
	const char *name;
	struct bytes from;
	const char *want;
};

typedef void encoder(struct buffer *out, struct bytes from);

static void check(encoder *encode, const struct form *forms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buffer out = {0};

		encode(&out, forms[i].from);
		buffer_u8(&out, 0);
		assert_true(buffer_ok(&out));
		if (strcmp((const char *)out.data, forms[i].want) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", forms[i].name,
				 (const char *)out.data, forms[i].want);
		buffer_free(&out);
	}
}

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static void utf8_accepts_what_rfc_3629_allows(void **state)
{
	static const struct {
		const char *name;
		struct bytes text;
		size_t n;
		uint32_t point;
	} cases[] = {
	    {"ascii", BYTES_LITERAL("a"), 1, 'a'},
	    {"zero", BYTES_LITERAL("\0"), 1, 0},
	    {"first of two bytes", BYTES_LITERAL("\xc2\x80"), 2, 0x80},
	    {"Vietnamese", BYTES_LITERAL("\xe1\xba\xbf"), 3, 0x1ebf},
	    {"last of all", BYTES_LITERAL("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
	    {"empty", {NULL, 0}, 0, 0},
	    {"overlong slash", BYTES_LITERAL("\xc0\xaf"), 0, 0},
	    {"overlong in three", BYTES_LITERAL("\xe0\x80\xaf"), 0, 0},
	    {"overlong in four", BYTES_LITERAL("\xf0\x80\x80\xaf"), 0, 0},
	    {"surrogate", BYTES_LITERAL("\xed\xa0\x80"), 0, 0},
	    {"above the last", BYTES_LITERAL("\xf4\x90\x80\x80"), 0, 0},
	    {"cut", BYTES_LITERAL("\xe1\xba"), 0, 0},
	    {"tail alone", BYTES_LITERAL("\xbf"), 0, 0},
	    {"five bytes", BYTES_LITERAL("\xf8\x88\x80\x80\x80"), 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint32_t point = 0;

		print_message("# %s\n", cases[i].name);
		assert_int_equal(utf8_sequence(cases[i].text, &point), cases[i].n);
		assert_int_equal(point, cases[i].point);
	}
	assert_true(utf8_valid(BYTES_LITERAL("r\xc3\xa0 qu\xc3\xa9t")));
	assert_false(utf8_valid(BYTES_LITERAL("r\xc3\xa0 qu\xc3")));
}

static void hex_and_base64(void **state)
{
	static const struct form hex[] = {
	    {"empty", {NULL, 0}, ""},
	    {"bytes", BYTES_LITERAL("\x00\x7f\xff"), "007fff"},
	};
	static const struct form base64[] = {
	    /* RFC 4648 section 10 */
	    {"empty", {NULL, 0}, ""},
	    {"f", BYTES_LITERAL("f"), "Zg=="},
	    {"fo", BYTES_LITERAL("fo"), "Zm8="},
	    {"foo", BYTES_LITERAL("foo"), "Zm9v"},
	    {"foobar", BYTES_LITERAL("foobar"), "Zm9vYmFy"},
	    {"last digits", BYTES_LITERAL("\xfb\xff"), "+/8="},
	};

	(void)state;
	check(encode_hex, hex, N_OF(hex));
	check(encode_base64, base64, N_OF(base64));
}

static void a_terminal_sees_no_control_character(void **state)
{
	static const struct form forms[] = {
	    {"plain", BYTES_LITERAL("C:\\Users\\An"), "C:\\Users\\An"},
	    {"Vietnamese", BYTES_LITERAL("b\xc3\xa1o c\xc3\xa1o"),
	     "b\xc3\xa1o c\xc3\xa1o"},
	    {"new line", BYTES_LITERAL("a\nb\rc\td"), "a\\nb\\rc\\td"},
	    {"escape sequence", BYTES_LITERAL("\x1b[2Jx"), "\\x1b[2Jx"},
	    {"title by C1",
	     BYTES_LITERAL("\xc2\x9d"
			   "0;x"),
	     "\\u{009d}0;x"},
	    {"C1 as a bare byte",
	     BYTES_LITERAL("\x9b"
			   "31m"),
	     "\\x9b31m"},
	    {"direction turned",
	     BYTES_LITERAL("gpj\xe2\x80\xae"
			   "exe"),
	     "gpj\\u{202e}exe"},
	    {"zero width",
	     BYTES_LITERAL("a\xe2\x80\x8b"
			   "b"),
	     "a\\u{200b}b"},
	    {"zero byte", BYTES_LITERAL("a\0b"), "a\\x00b"},
	    {"delete", BYTES_LITERAL("\x7f"), "\\x7f"},
	};

	(void)state;
	check(encode_visible, forms, N_OF(forms));
}

static void html_is_inert(void **state)
{
	static const struct form forms[] = {
	    {"element", BYTES_LITERAL("<script>"), "&lt;script&gt;"},
	    {"attribute", BYTES_LITERAL("\" onload='x' &"),
	     "&quot; onload=&#39;x&#39; &amp;"},
	    {"control", BYTES_LITERAL("\x01\xff"), "\\x01\\xff"},
	};

	(void)state;
	check(encode_html, forms, N_OF(forms));
}

static void json_parses_back(void **state)
{
	static const struct {
		const char *name;
		struct bytes from, back;
		bool whole;
	} cases[] = {
	    {"plain", BYTES_LITERAL("abc"), BYTES_LITERAL("abc"), true},
	    {"quotes", BYTES_LITERAL("a\"b\\c/"), BYTES_LITERAL("a\"b\\c/"), true},
	    {"control", BYTES_LITERAL("\x01\x1f\x7f\n"),
	     BYTES_LITERAL("\x01\x1f\x7f\n"), true},
	    {"zero", BYTES_LITERAL("a\0b"), BYTES_LITERAL("a\0b"), true},
	    {"beyond 16 bits", BYTES_LITERAL("\xf3\xa0\x80\x81"),
	     BYTES_LITERAL("\xf3\xa0\x80\x81"), true},
	    {"not UTF-8",
	     BYTES_LITERAL("a\xff"
			   "b"),
	     BYTES_LITERAL("a\\xffb"), false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct buffer out = {0};
		json_t *json;

		print_message("# %s\n", cases[i].name);
		assert_int_equal(encode_json(&out, cases[i].from), cases[i].whole);
		for (size_t k = 0; k < out.size; k++)
			assert_true(out.data[k] >= 0x20 && out.data[k] != 0x7f);
		json = json_loadb((const char *)out.data, out.size,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(json);
		assert_int_equal(json_string_length(json), cases[i].back.n);
		assert_memory_equal(json_string_value(json), cases[i].back.at,
				    cases[i].back.n);
		json_decref(json);
		buffer_free(&out);
	}
}

static void columns_count_what_is_seen(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(BYTES_LITERAL("r\xc3\xa0 qu\xc3\xa9t")), 7);
	assert_int_equal(utf8_columns(BYTES_LITERAL("a\xcc\x80")), 1);
	assert_int_equal(utf8_columns(BYTES_LITERAL("\xff")), 4);
}

TEST_MAIN(cmocka_unit_test(utf8_accepts_what_rfc_3629_allows),
	  cmocka_unit_test(hex_and_base64),
	  cmocka_unit_test(a_terminal_sees_no_control_character),
	  cmocka_unit_test(html_is_inert), cmocka_unit_test(json_parses_back),
	  cmocka_unit_test(columns_count_what_is_seen))
