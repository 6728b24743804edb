/*
 * Regular expressions: as strings, where they match and how long, and as values on the
 * right of `matches`.  The expected values are what yara 4.5 prints, where a name says
 * nothing else.
 */
#include "bytes/test.h"

#include "engine/match/regex_code.h"
#include "engine/match/search_world.h"
#include "engine/rule/report.h"
#include "engine/rule/rule.h"

#include <string.h>

#define ASCII    STRING_ASCII
#define WIDE     STRING_WIDE
#define NOCASE   STRING_NOCASE
#define FULLWORD STRING_FULLWORD
#define B        BYTES_LITERAL
#define TEN      ".........."

struct string_case {
	const char *name;
	const char *source;  /* between the slashes */
	const char *letters; /* behind them */
	uint32_t flags;
	struct bytes data;
	const char *found; /* offset+length */
};

static const struct string_case string_cases[] = {
    {"greedy star", "ab*", "", ASCII, B("abbb ab a"), "0+4 5+2 8+1"},
    {"lazy star", "ab*?", "", ASCII, B("abbb"), "0+1"},
    {"greedy plus", "ab+", "", ASCII, B("abbb a"), "0+4"},
    {"lazy plus", "ab+?", "", ASCII, B("abbb"), "0+2"},
    {"optional", "labou?r", "", ASCII, B("labor labour"), "0+5 6+6"},
    {"lazy optional", "ab??", "", ASCII, B("ab"), "0+1"},
    {"counted", "a{2}", "", ASCII, B("aaaa"), "0+2 1+2 2+2"},
    {"counted, greedy", "ba{1,3}", "", ASCII, B("baaaa ba"), "0+4 6+2"},
    {"counted, lazy", "ba{1,3}?", "", ASCII, B("baaaa"), "0+2"},
    {"counted, lazy with an end", "ba{1,3}?c", "", ASCII, B("baaac"), "0+5"},
    {"counted from nought", "xa{,2}y", "", ASCII, B("xy xay xaay xaaay"),
     "0+2 3+3 7+4"},
    {"counted without end", "xa{2,}y", "", ASCII, B("xay xaay xaaaay"), "4+4 9+6"},
    {"a group counted", "x(ab){2,3}", "", ASCII, B("xab xababababab"), "4+7"},
    {"a group counted, lazy", "x(ab){2,3}?", "", ASCII, B("xabababab"), "0+5"},
    {"a lazy dot counted, to the end", "ab.{2,}?$", "", ASCII, B("abxcdxcd"), ""},
    {"the same in a group", "ab(.){2,}?$", "", ASCII, B("abxcdxcd"), "0+8"},
    {"the same, counted in a group", "ab(.{2,}?)$", "", ASCII, B("abxcdxcd"), "0+8"},
    {"the same as a class", "ab[^\\n]{2,}?$", "", ASCII, B("abxcdxcd"), "0+8"},
    {"a count of thousands", "a.{0,6000}z", "s", ASCII, B("a" TEN TEN TEN TEN "z"),
     "0+42"},
    {"nested groups", "(a(b(c|d)+)*)+e", "", ASCII, B("abcde abdabce ae"),
     "0+5 6+7 9+4 14+2"},
    {"nested repeats", "(a*)*b", "", ASCII, B("aaab"), "0+4 1+3 2+2 3+1"},
    {"empty alternative", "x(a|)y", "", ASCII, B("xy xay"), "0+2 3+3"},
    {"alternation of lengths", "(foo|foobar)!", "", ASCII, B("foo! foobar!"),
     "0+4 5+7"},
    {"class", "[a-c]x", "", ASCII, B("ax dx cx"), "0+2 6+2"},
    {"negated class", "[^a-c]x", "", ASCII, B("ax dx \x0ax"), "3+2 6+2"},
    {"class with bracket and dash", "[]x-]=", "", ASCII, B("x= -= ]= y="),
     "0+2 3+2 6+2"},
    {"class with escapes", "[\\d_]k", "", ASCII, B("1k _k ak"), "0+2 3+2"},
    {"digits", "\\d+;", "", ASCII, B("12; a;"), "0+3 1+2"},
    {"words and not words", "\\w\\W\\w", "", ASCII, B("a_b a-b"), "2+3 4+3"},
    {"spaces", "a\\sb", "", ASCII,
     B("a b a\x09"
       "b a\x0a"
       "b a\x0b"
       "b a_b"),
     "0+3 4+3 8+3 12+3"},
    {"not spaces", "a\\Sb", "", ASCII, B("a b a_b"), "4+3"},
    {"escaped bytes", "\\x41\\t\\.\\\\", "", ASCII, B("A\x09.\\"), "0+4"},
    {"dot but no line feed", "a.b", "", ASCII,
     B("a\x0a"
       "b a\x0d"
       "b a\0b"),
     "4+3 8+3"},
    {"dotall", "a.b", "s", ASCII,
     B("a\x0a"
       "b"),
     "0+3"},
    {"nocase", "aB[c-d]", "i", ASCII, B("ABC abD AbE"), "0+3 4+3"},
    {"nocase by modifier", "aB", "", ASCII | NOCASE, B("AB ab"), "0+2 3+2"},
    {"nocase of a negated class", "[^a]b", "i", ASCII, B("ab AB xB"), "6+2"},
    {"start", "^ab", "", ASCII, B("abab"), "0+2"},
    {"end", "ab$", "", ASCII, B("abab"), "2+2"},
    {"start and end", "^ab$", "", ASCII, B("ab"), "0+2"},
    {"start in the middle", "(x|^)ab", "", ASCII, B("ab xab yab"), "0+2 3+3"},
    {"no end before a line feed", "ab$", "", ASCII, B("ab\x0a"), ""},
    {"word boundary", "\\bab\\b", "", ASCII, B("ab xab ab_ .ab."), "0+2 12+2"},
    {"not a word boundary", "\\Bab\\B", "", ASCII, B("ab xabx .ab"), "4+2"},
    {"boundary at the ends", "\\bab\\b", "", ASCII, B("ab"), "0+2"},
    {"wide", "ab+", "", WIDE, B("a\0b\0b\0b\0"), "0+8"},
    {"wide needs zeros", "ab", "", WIDE, B("a\0bx"), ""},
    {"ascii and wide", "ab+", "", ASCII | WIDE, B("abb a\0b\0b\0"), "0+3 4+6"},
    {"wide word boundary", "\\bab\\b", "", WIDE, B("a\0b\0 \0x\0a\0b\0 \0a\0b\0"),
     "0+4 14+4"},
    {"wide not a word boundary", "\\Bab\\B", "", WIDE, B("a\0b\0 \0x\0a\0b\0x\0"),
     "8+4"},
    {"wide end", "ab$", "", WIDE, B("a\0b\0a\0b\0"), "4+4"},
    {"wide nocase", "a[b-c]", "i", WIDE, B("A\0B\0 \0a\0C\0"), "0+4 6+4"},
    {"full word", "ab+", "", ASCII | FULLWORD, B("abb xabb abbx .ab."), "0+3 15+2"},
    {"full word takes a shorter match", "ab+", "", ASCII | FULLWORD, B("abb abbb_"),
     "0+3 4+4"},
    {"overlapping", "aba", "", ASCII, B("ababa"), "0+3 2+3"},
    {"every start", "a+", "", ASCII, B("aaa"), "0+3 1+2 2+1"},
    {"starts and ends of the object", "a|z", "", ASCII, B("abz"), "0+1 2+1"},
    {"empty where nothing is asked", "a*", "", ASCII, B("baab"), "0+0 1+2 2+1 3+0"},
    {"longer than the object", "abcde+", "", ASCII, B("abcd"), ""},
    {"nothing in an empty object", "a+", "", ASCII, B(""), ""},
    {"zeros", "\\x00{3}", "", ASCII, B("\0\0\0\0"), "0+3 1+3"},
    {"of two alternatives the one whose bytes are found first", "(ab|a)", "", ASCII,
     B("ab"), "0+1"},
    {"first of two, longer last", "abcd(ef|efgh)x?", "", ASCII, B("abcdefgh"), "0+6"},
    {"alternatives and repeats", "(a|ab)(c|bcd)(d*)", "", ASCII, B("abcd"), "0+4"},
};

static struct regex *parse(struct arena *arena, const char *name, const char *source,
			   const char *letters)
{
	const struct regex_options options = {.nocase = strchr(letters, 'i') != NULL,
					      .dotall = strchr(letters, 's') != NULL};
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	struct rule_report report;
	struct regex *regex;

	rule_report_init(&report, arena);
	if (regex_parse(arena, bytes_of(source), &options, "$a", &at, &report,
			&regex) != RQ_OK)
		fail_msg("%s: /%s/ is refused", name, source);
	rule_report_clear(&report);
	return regex;
}

static void finds_what_yara_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof string_cases / sizeof *string_cases; i++) {
		const struct string_case *c = &string_cases[i];
		struct rule_string string = {.kind = STRING_REGEX, .flags = c->flags};
		struct arena *arena;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		string.regex = parse(arena, c->name, c->source, c->letters);
		assert_world_finds(c->name, &string, c->data, c->found);
		arena_free(arena);
	}
}

struct value_case {
	const char *source, *letters;
	struct bytes text;
	bool matches;
};

static const struct value_case value_cases[] = {
    {"((((a{0}){30000}){30000}){30000}){30000}", "", B("x"), true},
    {"foo", "", B("xfoox"), true},
    {"foo", "", B("FOO"), false},
    {"foo", "i", B("FOO"), true},
    {"^foo$", "", B("foo"), true},
    {"^foo$", "", B("foox"), false},
    {"foo$", "", B("foo\n"), false},
    {"a.c", "", B("a\nc"), false},
    {"a.c", "s", B("a\nc"), true},
    {"x?", "", B(""), true},
    {"x", "", B(""), false},
    {"^$", "", B(""), true},
    {"\\bfoo\\b", "", B("a foo b"), true},
    {"\\bfoo\\b", "", B("afoo"), false},
    {"a\\Bb", "", B("ab"), true},
    {"a{2,3}", "", B("aaaa"), true},
    {"a{2,3}?", "", B("aaaa"), true},
    {"a\\x00b", "", B("a\0b"), true},
};

static void a_value_matches_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++) {
		const struct value_case *c = &value_cases[i];
		struct regex_compile_options options = {.ascii = true};
		const struct regex_program *program;
		struct regex_scratch *scratch;
		struct buffer code = {0};
		struct arena *arena;
		struct regex *regex;
		uint32_t offset;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		regex = parse(arena, c->source, c->source, c->letters);
		options.nocase = regex->nocase;
		assert_int_equal(regex_compile(regex, &options, &code, &offset), RQ_OK);
		program = regex_program_open(code.data, code.size, offset);
		assert_non_null(program);
		assert_int_equal(regex_scratch_new(&scratch), RQ_OK);
		regex_scratch_begin(scratch, 1 << 20, 0);
		if (regex_search(scratch, program, c->text) != c->matches)
			fail_msg("case %zu: /%s/%s", i, c->source, c->letters);
		regex_scratch_free(scratch);
		buffer_free(&code);
		arena_free(arena);
	}
}

/* Most of all programs are known bytes, and most of an image was such programs. */
static const struct {
	const char *source;
	uint32_t n_instrs, n_unpacked;
} run_cases[] = {
    {"a", 2, 2},
    {"abcdefgh", 2, 9},
    {"abcdefghi", 3, 10},
    {"ab.cd", 4, 6},
    /* where others lead to, an instruction begins */
    {"abc(de|fg)hi", 7, 12},
    {"(abc)*de", 5, 8},
    {"ab(cd){2}", 4, 7},
};

static void known_bytes_share_an_instruction(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof run_cases / sizeof *run_cases; i++) {
		struct regex_compile_options options = {.ascii = true};
		struct regex_program *program;
		struct regex_instr *first;
		struct buffer code = {0};
		struct arena *arena;
		uint32_t offset;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		assert_int_equal(regex_compile(parse(arena, run_cases[i].source,
						     run_cases[i].source, ""),
					       &options, &code, &offset),
				 RQ_OK);
		program = (struct regex_program *)regex_program_open(code.data,
								     code.size, offset);
		assert_non_null(program);
		if (program->n_instrs != run_cases[i].n_instrs ||
		    program->n_unpacked != run_cases[i].n_unpacked)
			fail_msg("/%s/: %u instructions, unpacked %u",
				 run_cases[i].source, program->n_instrs,
				 program->n_unpacked);
		/* damage */
		program->n_unpacked++;
		assert_null(regex_program_open(code.data, code.size, offset));
		program->n_unpacked--;
		first = (struct regex_instr *)program_instrs(program);
		if (first->op == OP_BYTES) {
			first->n_bytes = 0;
			assert_null(regex_program_open(code.data, code.size, offset));
			first->n_bytes = REGEX_RUN + 1;
			assert_null(regex_program_open(code.data, code.size, offset));
		}
		buffer_free(&code);
		arena_free(arena);
	}
}

static void what_is_too_large_is_not_smaller_for_being_packed(void **state)
{
	static const char source[] = "(((ab){100}){100}){100}";
	struct regex_compile_options options = {.ascii = true};
	struct buffer code = {0};
	struct arena *arena;
	uint32_t offset;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(
	    regex_compile(parse(arena, source, source, ""), &options, &code, &offset),
	    RQ_ERR_LIMIT);
	buffer_free(&code);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(finds_what_yara_finds),
	  cmocka_unit_test(a_value_matches_anywhere),
	  cmocka_unit_test(known_bytes_share_an_instruction),
	  cmocka_unit_test(what_is_too_large_is_not_smaller_for_being_packed))
