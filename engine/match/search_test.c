/*
 * What is found, where and how long: text strings with each modifier, hex strings,
 * expressions.  The expected matches are what yara 4.5 prints for the same string.
 */
#include "bytes/test.h"

#include "bytes/buffer.h"
#include "engine/match/search.h"
#include "engine/match/search_world.h"

#include <stdio.h>
#include <string.h>

#define ASCII    STRING_ASCII
#define WIDE     STRING_WIDE
#define NOCASE   STRING_NOCASE
#define FULLWORD STRING_FULLWORD

struct text_case {
	const char *name;
	struct bytes text;
	uint32_t flags;
	uint8_t xor_min, xor_max;
	struct bytes data;
	const char *found; /* offset+length, for xor strings with ^key */
};

#define B BYTES_LITERAL

static const struct text_case text_cases[] = {
    {"plain", B("abc"), ASCII, 0, 0, B("xabcabc"), "1+3 4+3"},
    {"overlapping", B("aba"), ASCII, 0, 0, B("ababa"), "0+3 2+3"},
    {"case counts", B("abc"), ASCII, 0, 0, B("aBc"), ""},
    {"nocase", B("abc"), ASCII | NOCASE, 0, 0, B("aBc"), "0+3"},
    {"nocase folds letters of ASCII alone", B("\xe9@"), ASCII | NOCASE, 0, 0,
     B("\xc9@\xe9`\xe9@"), "4+2"},
    {"wide", B("ab"), WIDE, 0, 0, B("ab a\0b\0"), "3+4"},
    {"both", B("ab"), ASCII | WIDE, 0, 0, B("ab a\0b\0"), "0+2 3+4"},
    {"wide needs its last zero", B("ab"), WIDE, 0, 0, B("a\0b"), ""},
    {"full word", B("abc"), ASCII | FULLWORD, 0, 0, B("abc xabc abc1 _abc_"),
     "0+3 15+3"},
    {"full word, wide", B("a"), WIDE | FULLWORD, 0, 0, B("a\0b\0.\0a\0 \0"), "6+2"},
    {"full word, wide beside a byte", B("ab"), WIDE | FULLWORD, 0, 0, B("xa\0b\0y"),
     "1+4"},
    {"xor with any key", B("ab"), ASCII | STRING_XOR, 0, 255, B("ab`c..\x80\x83"),
     "0+2^0 2+2^1 6+2^225"},
    {"xor in a range", B("abcd"), ASCII | STRING_XOR, 1, 2, B("abcd`cbec`af"),
     "4+4^1 8+4^2"},
    {"xor wide: zeros too", B("ab"), WIDE | STRING_XOR, 1, 255, B("`\1c\1"), "0+4^1"},
    {"xor: neighbours as they are", B("mississippi"), ASCII | FULLWORD | STRING_XOR, 1,
     255, B("{lhrrhrrhqqh}"), "1+11^1"},
    {"base64", B("foobar"), ASCII | STRING_BASE64, 0, 0, B("Zm9vYmFy Zvb2Jhc"),
     "0+8 9+7"},
    {"one byte", B("a"), ASCII, 0, 0, B("aba"), "0+1 2+1"},
    {"longer than the object", B("abcde"), ASCII, 0, 0, B("abcd"), ""},
    {"zeros", B("\0\0"), ASCII, 0, 0, B("\0\0\0"), "0+2 1+2"},
};

static void finds_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
		const struct text_case *c = &text_cases[i];
		struct rule_string string = {.kind = STRING_TEXT,
					     .flags = c->flags,
					     .xor_min = c->xor_min,
					     .xor_max = c->xor_max,
					     .text = c->text};

		world_alphabet(&string);
		assert_world_finds(c->name, &string, c->data, c->found);
	}
}

/* Short ones have grams of other kinds, by where they start and what surrounds them. */
static void finds_text_at_every_place(void **state)
{
	static const char letters[] = "rAquEt_1";
	static const size_t ends[] = {0, 1, 2, 3, 40};

	(void)state;
	for (size_t length = 1; length <= 8; length++) {
		const struct rule_string string = {
		    .kind = STRING_TEXT,
		    .flags = ASCII,
		    .text = {(const uint8_t *)letters, length}};

		for (size_t start = 0; start < 10; start++) {
			for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
				uint8_t data[64];
				char name[64], found[16];

				memset(data, '.', sizeof data);
				memcpy(data + start, letters, length);
				snprintf(name, sizeof name,
					 "%zu bytes at %zu, then %zu", length, start,
					 ends[i]);
				snprintf(found, sizeof found, "%zu+%zu", start, length);
				assert_world_finds(
				    name, &string,
				    (struct bytes){data, start + length + ends[i]},
				    found);
			}
		}
	}
}

TEST_MAIN(cmocka_unit_test(finds_text), cmocka_unit_test(finds_text_at_every_place))
