#include "bytes/test.h"

#include "cms/name.h"

#include <string.h>

/* A name of one common name of that kind. */
struct one_name {
	uint8_t at[128];
	size_t n;
};

static struct one_name name_of(uint8_t identifier, struct bytes value)
{
	struct one_name name;
	const uint8_t n = (uint8_t)value.n;
	const uint8_t head[] = {0x30, n + 11, 0x31, n + 9, 0x30,       n + 7, 0x06,
				3,    0x55,   4,    3,     identifier, n};

	memcpy(name.at, head, sizeof head);
	memcpy(name.at + sizeof head, value.at, value.n);
	name.n = sizeof head + value.n;
	return name;
}

static const struct {
	const char *what;
	uint8_t left_kind;
	struct bytes left;
	uint8_t right_kind;
	struct bytes right;
	bool equal;
} pairs[] = {
    {"case of ASCII", ASN1_UTF8_STRING, BYTES_LITERAL("Nguoi KY"), ASN1_UTF8_STRING,
     BYTES_LITERAL("nguoi ky"), true},
    {"kind of text", ASN1_PRINTABLE_STRING, BYTES_LITERAL("a"), ASN1_BMP_STRING,
     BYTES_LITERAL("\0a"), true},
    {"spaces at the ends and in between", ASN1_UTF8_STRING, BYTES_LITERAL("  a \t b "),
     ASN1_UTF8_STRING, BYTES_LITERAL("a b"), true},
    {"no space is not a space", ASN1_UTF8_STRING, BYTES_LITERAL("ab"), ASN1_UTF8_STRING,
     BYTES_LITERAL("a b"), false},
    {"nothing but spaces", ASN1_UTF8_STRING, BYTES_LITERAL("   "), ASN1_UTF8_STRING,
     BYTES_LITERAL(""), true},
    {"diacritics count", ASN1_UTF8_STRING, BYTES_LITERAL("k\xe1\xbb\xb9"),
     ASN1_UTF8_STRING, BYTES_LITERAL("ky"), false},
    {"their case counts", ASN1_UTF8_STRING, BYTES_LITERAL("\xc3\xaa"), ASN1_UTF8_STRING,
     BYTES_LITERAL("\xc3\x8a"), false},
    {"a zero does not end a name", ASN1_UTF8_STRING, BYTES_LITERAL("a\0b"),
     ASN1_UTF8_STRING, BYTES_LITERAL("a"), false},
    {"one is the beginning of the other", ASN1_UTF8_STRING, BYTES_LITERAL("ab"),
     ASN1_UTF8_STRING, BYTES_LITERAL("a"), false},
    {"numeric strings compare as bytes", ASN1_NUMERIC_STRING, BYTES_LITERAL("12"),
     ASN1_UTF8_STRING, BYTES_LITERAL("12"), false},
};

static void names_compare_as_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct one_name left = name_of(pairs[i].left_kind, pairs[i].left);
		struct one_name right = name_of(pairs[i].right_kind, pairs[i].right);
		struct bytes a = {left.at, left.n}, b = {right.at, right.n};

		if (name_equal(a, b) != pairs[i].equal ||
		    name_equal(b, a) != pairs[i].equal)
			fail_msg("%s", pairs[i].what);
	}
}

static void text_of_every_kind_becomes_utf8(void **state)
{
	struct arena *arena;
	struct bytes text;

	(void)state;
	assert_int_equal(arena_new(1 << 16, &arena), RQ_OK);
	assert_int_equal(
	    name_text(arena, ASN1_BMP_STRING, BYTES_LITERAL("\x1e\xf9\0y"), &text),
	    RQ_OK);
	assert_true(bytes_equal_text(text, "\xe1\xbb\xb9y"));
	assert_int_equal(
	    name_text(arena, ASN1_IA5_STRING, BYTES_LITERAL("\xea"), &text), RQ_OK);
	assert_true(bytes_equal_text(text, "\xc3\xaa"));
	assert_int_equal(
	    name_text(arena, ASN1_BMP_STRING, BYTES_LITERAL("\xd8\0\xdc\0"), &text),
	    RQ_OK);
	assert_null(text.at);
	assert_int_equal(name_text(arena, ASN1_BMP_STRING, BYTES_LITERAL("a"), &text),
			 RQ_OK);
	assert_null(text.at);
	arena_free(arena);
}

static void a_broken_name_equals_nothing(void **state)
{
	const struct bytes broken = BYTES_LITERAL("\x30\x02\x31\x05");

	(void)state;
	assert_false(name_equal(broken, broken));
}

TEST_MAIN(cmocka_unit_test(names_compare_as_text),
	  cmocka_unit_test(a_broken_name_equals_nothing),
	  cmocka_unit_test(text_of_every_kind_becomes_utf8))
