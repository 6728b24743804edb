/*
 * Hex strings: masks, jumps, alternatives, and chains of parts that are far apart.  The
 * expected values are what yara 4.5 prints, where a name says nothing else.
 */
#include "bytes/test.h"

#include "engine/match/search_world.h"
#include "engine/rule/report.h"
#include "engine/rule/rule.h"

#define B       BYTES_LITERAL
#define TEN     ".........."
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

struct hex_case {
	const char *name;
	const char *source; /* between the braces */
	struct bytes data;
	const char *found; /* offset+length */
};

static const struct hex_case hex_cases[] = {
    {"plain", "61 62 63", B("xabcabc"), "1+3 4+3"},
    {"any byte", "61 ?? 63",
     B("abc a\0c a\x0a"
       "c ac"),
     "0+3 4+3 8+3"},
    {"low half known", "61 ?2",
     B("aba2ar\xa2"
       "a1"),
     "0+2 2+2 4+2"},
    {"high half known", "61 6?", B("abaoap"), "0+2 2+2"},
    {"not a byte", "61 ~62", B("abaca"), "2+2"},
    {"not a low half", "61 ~?2", B("aba2ac"), "4+2"},
    {"not a high half", "61 ~6?", B("abaz"), "2+2"},
    {"jump of one length", "61 [2] 62", B("a..b a.b"), "0+4"},
    {"jump in a range", "61 [1-3] 62", B("ab a.b a..b a...b a....b"), "3+3 7+4 12+5"},
    {"shortest jump wins", "61 [0-6] 62", B("a..b..b"), "0+4"},
    {"jump from nought", "61 [0-2] 62", B("ab a.b a..b a...b"), "0+2 3+3 7+4"},
    {"line feeds in a jump", "61 [1-4] 62",
     B("a\x0a\x0a"
       "b"),
     "0+4"},
    {"alternatives", "61 ( 62 | 63 64 ) 65", B("abe acde ade"), "0+3 4+4"},
    {"alternatives nested", "61 ( 62 ( 63 | 64 ) | 65 ) 66", B("abcf abdf aef abf"),
     "0+4 5+4 10+3"},
    {"alternatives with masks", "61 ( ?2 | 4? )", B("a2aGab"), "0+2 2+2 4+2"},
    {"longer alternative first", "61 (62 63 | 62)", B("abc"), "0+2"},
    {"shorter alternative first", "61 (62 | 62 63)", B("abc"), "0+2"},
    {"alternatives around a jump", "( 61 | 62 ) [1-2] ( 63 | 64 )", B("a.c b..d a...c"),
     "0+3 4+4"},
    {"overlapping", "61 62 61", B("ababa"), "0+3 2+3"},
    {"one byte", "61", B("aba"), "0+1 2+1"},
    {"masked at both ends", "?? 61 62 ??", B("ab.ab.ab"), "2+4"},
    {"comments", "61 /* b */ 62 // c\n 63", B("abc"), "0+3"},
    {"chain", "61 62 63 64 [300-400] 65 66 67 68",
     B("abcd" HUNDRED HUNDRED HUNDRED "efgh"), "0+308"},
    {"chain, one byte short", "61 62 63 64 [300-400] 65 66 67 68",
     B("abcd" HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN ".........efgh"), ""},
    {"chain, one byte long", "61 62 63 64 [300-400] 65 66 67 68",
     B("abcd" HUNDRED HUNDRED HUNDRED HUNDRED ".efgh"), ""},
    {"chain without end", "61 62 63 64 [-] 65 66 67 68",
     B("abcdefgh" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "efgh"), "0+8"},
    {"chain from a length", "61 62 63 64 [10-] 65 66 67 68",
     B("abcd..efgh" TEN TEN TEN TEN TEN "efgh"), "0+64"},
    {"two heads, one tail", "61 62 63 64 [-] 65 66 67 68", B("abcdabcd..efgh"),
     "0+14 4+10"},
    {"chain of three", "61 62 63 64 [-] 65 66 67 68 [2-300] 69 6a 6b 6c",
     B("abcd..efgh..ijkl"), "0+16"},
    {"chain of three, wrong order", "61 62 63 64 [-] 65 66 67 68 [-] 69 6a 6b 6c",
     B("abcdijklefgh"), ""},
    {"tail over head", "61 61 61 [-] 61 61 61", B("aaaaaaa"), "0+6 1+6"},
    {"one byte unknown in four", "61 ?? 63 64", B("abcd.axcd..a.cd...accd"),
     "0+4 5+4 11+4 18+4"},
    {"one byte unknown in five", "61 62 ?? 64 65", B("abxde.abyde..abzde...ab.de"),
     "0+5 6+5 13+5 21+5"},
    {"two bytes and one", "61 62 ?? 63", B("ab.c.ab.c..ab.c...ab.c"),
     "0+4 5+4 11+4 18+4"},
    {"every other byte known", "61 ?? 63 ?? 65", B("a.c.e.a.c.e..a.c.e...a.c.e"),
     "0+5 6+5 13+5 21+5"},
    {"two bytes and two, bytes between", "61 62 ?? 30 61 ?? 31 31",
     B("abc0ab11.abc0ab11..abc0ab11...abc0ab11"), "0+8 9+8 19+8 30+8"},
    {"zeros", "00 00 00", B("\0\0\0\0"), "0+3 1+3"},
};

static void finds_what_yara_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hex_cases / sizeof *hex_cases; i++) {
		const struct rule_place at = {.file = "", .line = 1, .column = 1};
		const struct hex_case *c = &hex_cases[i];
		struct rule_string string = {.kind = STRING_HEX, .flags = STRING_ASCII};
		struct rule_report report;
		struct arena *arena;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		rule_report_init(&report, arena);
		if (hex_parse(arena, bytes_of(c->source), "$a", &at, &report,
			      &string.regex) != RQ_OK)
			fail_msg("%s: { %s } is refused", c->name, c->source);
		rule_report_clear(&report);
		assert_world_finds(c->name, &string, c->data, c->found);
		arena_free(arena);
	}
}

TEST_MAIN(cmocka_unit_test(finds_what_yara_finds))
