#include "bytes/test.h"

#include "engine/ruleset/condition.h"
#include "engine/scan/scan_world.h"
#include "format/testdata/pe_draft.h"

#include <string.h>

static struct pe_draft draft;

static const struct scan_external externals[] = {
    {"name", {.type = VALUE_TEXT, .text = {(const uint8_t *)"x.exe", 5}}},
    {"ten", {.type = VALUE_INT, .integer = 10}},
    {NULL, {0}},
};

static const char *scan(struct scan_world *world, const char *data)
{
	const struct scan_request request = {0};
	struct object object;
	struct block block;

	object_of_bytes(data, strlen(data), &block, &object);
	return scan_world_names(world, &object, &request);
}

/* What matches, both by triggers and by searching everything. */
static void expect(const char *name, const char *rules, const char *data,
		   const char *names)
{
	for (int search_all = 0; search_all < 2; search_all++) {
		struct scan_world world;
		const char *found;

		if (!scan_world_new(&world, rules, externals, search_all != 0))
			fail_msg("%s: refused", name);
		found = scan(&world, data);
		if (strcmp(found, names) != 0)
			fail_msg("%s: found '%s', expected '%s'%s", name, found, names,
				 search_all ? " (everything searched)" : "");
		scan_world_free(&world);
	}
}

/* ---- conditions, each the condition of one rule over "hello world hello" ---- */

static const struct {
	const char *condition;
	bool holds;
} conditions[] = {
    /* undefined makes undefined, and neither it nor its opposite holds */
    {"uint8(1000) == 0 or $a", true},
    {"not (uint8(1000) == 0) and $a", false},
    {"not defined uint8(1000) and $a", true},
    {"@a[3] >= 0 or @a[0] >= 0", false},
    {"not ($a at uint8(1000))", false},
    {"not ($a in (0..uint8(1000)))", false},
    {"for any i in (0..uint8(1000)) : ($a)", false},
    {"not ($a in (5..(16 >> 10)))", true},
    {"entrypoint == 0 or entrypoint != 0 or $none", false},
    {"math.to_number(true) == 1 and $a", true},
    {"math.deviation(10, 1000000, 0.0) < 1.0 and $a", false},
    {"not (math.entropy(1000, 1) < 1.0) and $a", true},
    {"not (math.entropy(1000, 1) > 1.0) and $a", false},
    /* integers */
    {"#a * 0x4000000000000000 < 0 and #a * 0x4000000000000000 * 2 == 0", true},
    {"1 << (#a + 62) == 0 and -1 >> (#a + 62) == 0", true},
    {"#a % (#a - 2) == 0", false},
    {"10 \\ (#a - 2) == 0 or not (10 \\ (#a - 2) == 0)", false},
    {"#a \\ 4 == 0 and #a \\ 4.0 == 0.5", true},
    /* texts */
    {"name == \"x.exe\" and $a", true},
    {"name iequals \"X.EXE\" and name endswith \".exe\" and $a", true},
    {"name contains \"\" and name icontains \".E\" and $a", true},
    {"name matches /^x\\.[a-z]+$/ and $a", true},
    {"name > \"x.\" and name < \"y\" and $a", true},
    /* strings */
    {"#a == 2 and @a == 0 and @a[2] == 12 and !a[2] == 5", true},
    {"#a in (1..20) == 1 and $a in (12..12) and $a at 12", true},
    {"$a in (13..20) or $a at 1", false},
    {"all of them", false},
    {"2 of them and not 3 of them", true},
    {"none of ($n*) and 0 of ($n*) and $a", true},
    {"50% of them and not 80% of them", true},
    {"any of them at 6 and any of them in (6..6)", true},
    {"for all of ($a, $w) : ($ in (0..12))", true},
    {"for any of them : (# == 2 and @ == 0 and ! == 5)", true},
    {"for none of ($n*) : ($)", true},
    /* a loop adds up the numbers that its body gives */
    {"for all i in (1, 2) : (i) or $none", false},
    {"for 2 i in (2, 0) : (i) and $a", true},
    {"for all i in (1..#a) : (@a[i] % 12 == 0)", true},
    {"for any s in (\"a\", \"x.exe\") : (s == name) and $a", true},
    {"for any i in (5..4 + ten) : ($a) and ten == 10", true},
    /* reading */
    {"uint32be(0) == 0x68656c6c and uint16(15) == 0x6f6c and int8(0) == 104", true},
    {"uint16(16) == 0 or uint8(-1) == 0", false},
    {"filesize == 17", true},
    {"filesize > 17", false},
};

static void conditions_hold_as_in_libyara(void **state)
{
	char rules[1024];

	(void)state;
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		snprintf(
		    rules, sizeof rules,
		    "import \"math\" rule r { strings: $a = \"hello\" $w = \"world\" "
		    "$none = \"absent\" condition: (%s) and ($a or $w or $none or "
		    "true) }",
		    conditions[i].condition);
		expect(conditions[i].condition, rules, "hello world hello",
		       conditions[i].holds ? "r " : "");
	}
}

/* ---- rules and each other ---- */

static const struct {
	const char *name, *rules, *data, *names;
} sets[] = {
    {"a private rule is not told, and counts",
     "private rule p { strings: $a = \"abc\" condition: $a } rule r { condition: p }",
     "xabcx", "r "},
    {"a rule is false where nothing reaches it",
     "rule p { strings: $a = \"abc\" condition: $a } rule r { condition: not p }",
     "xyz", "r "},
    {"a rule that names itself sees false",
     "rule a { condition: a } rule b { condition: not a }", "", "b "},
    {"a false global rule silences its name space",
     "global rule g { strings: $a = \"abc\" condition: $a } rule r { condition: true }",
     "xyz", ""},
    {"a true global rule is told as any other",
     "global rule g { strings: $a = \"abc\" condition: $a } rule r { condition: true }",
     "abc", "g r "},
    {"a false private global rule silences as well",
     "global private rule g { condition: filesize > 100 } rule r { condition: true }",
     "abc", ""},
    {"sets of rules",
     "rule a1 { condition: true } rule a2 { condition: false } rule r { condition: any "
     "of "
     "(a*) and not all of (a*) }",
     "", "a1 r "},
    {"results come in the order of the source",
     "rule b { strings: $x = \"b\" condition: $x } rule a { condition: true }", "b",
     "b a "},
    {"a full word that only another alternative makes",
     "rule a { strings: $a = /(foo|foobar)/ fullword condition: $a } rule b { strings: "
     "$a = /fo+b?/ fullword condition: $a } rule c { strings: $a = /(foo|foobar)/ wide "
     "fullword condition: $a }",
     "foobar", "a "},
    {"of the alternatives of a hex string the shortest",
     "rule a { strings: $a = { 61 ( 62 63 | 62 ) } condition: !a == 2 } rule b { "
     "strings: $a = { 61 ( 62 | 62 63 ) } condition: !a == 2 }",
     "abc", "a b "},
    {"behind a better run of bytes the alternative that stands first",
     "rule a { strings: $a = { 61 62 63 64 ( 65 66 | 65 ) } condition: !a == 6 } rule "
     "b "
     "{ strings: $a = { 61 62 63 64 ( 65 | 65 66 ) } condition: !a == 5 } rule c { "
     "strings: $a = /abcd(ef|e)/ condition: !a == 6 }",
     "abcdef", "a b c "},
    {"of the alternatives of an expression the shortest, where all are looked for",
     "rule a { strings: $a = /d(efg|efgh|ef)/ condition: !a == 3 } rule b { strings: "
     "$a "
     "= /(efgh|ef)i*?/ condition: !a == 2 }",
     "defgh", "a b "},
    {"gates of size",
     "rule a { condition: filesize < 4 } rule b { condition: filesize >= 4 }", "abcd",
     "b "},
    {"gates of class",
     "rule a { strings: $x = \"xyz\" condition: uint16(0) == 0x5A4D and $x } rule b { "
     "strings: $m = \"MZ\" $x = \"xyz\" condition: $m at 0 and $x } rule c { strings: "
     "$x "
     "= \"xyz\" condition: uint32be(0) == 0x7F454C46 and $x }",
     "MZ xyz", "a b "},
    {"rules found by a value",
     "rule a { condition: name == \"x.exe\" } rule b { condition: name == \"y.exe\" } "
     "rule "
     "c { condition: for any i in (0..3) : (uint8(i) == 0x63) } rule d { condition: "
     "for "
     "any i in (0..3) : (uint8(i) == 0x65) }",
     "abcd", "a c "},
};

static void rules_see_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		expect(sets[i].name, sets[i].rules, sets[i].data, sets[i].names);
}

/* libyara looks 4,096 bytes far to either side of the bytes that it found. */
static void reach_counts_from_bytes_in_the_middle(void **state)
{
	struct scan_world world;
	char data[8192];

	(void)state;
	memset(data, '-', sizeof data);
	memcpy(data, "fo", 2);
	memcpy(&data[4000], "quuxquux", 8);
	memcpy(&data[8000], "ba", 3);
	assert_true(scan_world_new(
	    &world,
	    "rule both { strings: $a = /fo.*quuxquux.*ba/ condition: $a } "
	    "rule before { strings: $a = /fo.*quuxquux/ condition: $a } "
	    "rule behind { strings: $a = /quuxquux.*ba/ condition: $a } "
	    "rule too_far { strings: $a = /fo.*ba/ condition: $a }",
	    NULL, false));
	assert_string_equal(scan(&world, data), "both before behind ");
	scan_world_free(&world);
}

/* ---- around the result ---- */

static void not_matching_rules_are_told_when_asked(void **state)
{
	const struct scan_request request = {.want_not_matching = true};
	struct scan_world world;
	struct object object;
	struct block block;

	(void)state;
	assert_true(
	    scan_world_new(&world,
			   "rule a { condition: true } rule b { condition: false } "
			   "private rule c { condition: false }",
			   NULL, false));
	object_of_bytes("x", 1, &block, &object);
	assert_string_equal(scan_world_names(&world, &object, &request), "b ");
	scan_world_free(&world);
}

static void all_strings_of_a_match_are_listed(void **state)
{
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	struct scan_world world;
	struct object object;
	struct block block;

	(void)state;
	assert_true(
	    scan_world_new(&world,
			   "rule r { strings: $a = \"aa\" $b = \"b\" private $c = "
			   "\"zz\" condition: any of them }",
			   NULL, false));
	object_of_bytes("aaab", 4, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	assert_int_equal(result->n_rules, 1);
	assert_int_equal(result->gaps, 0);
	assert_int_equal(result->rules[0].n_strings, 2);
	assert_true(bytes_equal_text(result->rules[0].strings[0].identifier, "$a"));
	assert_int_equal(result->rules[0].strings[0].n_matches, 2);
	assert_int_equal(result->rules[0].strings[0].matches[1].offset, 1);
	assert_true(result->rules[0].strings[1].is_private);
	scan_world_free(&world);
}

/* ---- which matches of $a are told, over "abcabc" ---- */

static const struct {
	const char *name, *strings, *condition;
	size_t n;
} fixed[] = {
    {"one constant place", "$a = \"abc\"", "$a at 3", 1},
    {"the same place twice", "$a = \"abc\"", "$a at 3 and $a at 1 + 2", 1},
    {"two places", "$a = \"abc\"", "$a at 3 or $a at 4", 2},
    {"a place that is no constant", "$a = \"abc\"", "$a at filesize - 3", 2},
    {"also anywhere", "$a = \"abc\"", "$a at 3 and $a", 2},
    {"also counted", "$a = \"abc\"", "$a at 3 and #a == 2", 2},
    {"also in a set", "$a = \"abc\"", "$a at 3 and any of them", 2},
    {"also meant by a loop", "$a = \"abc\" $b = \"b\"",
     "$a at 3 and for any of ($b) : ($)", 2},
    {"a hex string without jumps", "$a = { 61 62 63 }", "$a at 3", 1},
    {"a hex string with a mask", "$a = { 61 ?? 63 }", "$a at 3", 2},
    {"an expression that is text", "$a = /abc/", "$a at 3", 1},
    {"an expression", "$a = /ab?c/", "$a at 3", 2},
    {"a long jump behind text", "$a = { 61 [0-300] 63 }", "$a at 3", 1},
    {"a place where it is not", "$a = \"abc\"", "not $a at 1", 0},
};

static void a_string_at_one_place_is_told_there(void **state)
{
	const struct scan_request request = {.want_strings = true};
	char rules[256];

	(void)state;
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		const struct scan_result *result;
		struct scan_world world;
		struct object object;
		struct block block;
		size_t n = 0;

		snprintf(rules, sizeof rules, "rule r { strings: %s condition: %s }",
			 fixed[i].strings, fixed[i].condition);
		assert_true(scan_world_new(&world, rules, NULL, false));
		object_of_bytes("abcabc", 6, &block, &object);
		assert_int_equal(
		    scanner_scan(world.scanner, &object, &request, &result), RQ_OK);
		assert_int_equal(result->n_rules, 1);
		if (result->rules[0].n_strings > 0 &&
		    bytes_equal_text(result->rules[0].strings[0].identifier, "$a"))
			n = result->rules[0].strings[0].n_matches;
		if (n != fixed[i].n)
			fail_msg("%s: %zu matches told, not %zu", fixed[i].name, n,
				 fixed[i].n);
		scan_world_free(&world);
	}
}

static void lines_are_heard_once_and_in_order(void **state)
{
	struct scan_world world;

	(void)state;
	assert_true(scan_world_new(
	    &world,
	    "import \"console\" rule a { condition: console.log(\"one\") } rule b { "
	    "strings: $x = \"x\" condition: $x and console.log(\"two\") } rule c { "
	    "condition: false and console.log(\"never\") }",
	    NULL, false));
	assert_string_equal(scan(&world, "x"), "a b ");
	assert_true(bytes_equal_text(buffer_bytes(&world.lines), "one\ntwo\n"));
	scan_world_free(&world);
}

static void an_external_variable_changes_what_is_found(void **state)
{
	const struct value text = value_text(bytes_of("y")), number = value_int(1);
	struct scan_world world;

	(void)state;
	assert_true(scan_world_new(&world, "rule r { condition: name == \"y\" }",
				   externals, false));
	assert_string_equal(scan(&world, ""), "");
	assert_int_equal(scanner_define(world.scanner, "name", &text), RQ_OK);
	assert_string_equal(scan(&world, ""), "r ");
	assert_int_equal(scanner_define(world.scanner, "name", &number), RQ_ERR_USAGE);
	assert_int_equal(scanner_define(world.scanner, "none", &text),
			 RQ_ERR_NOT_FOUND);
	scan_world_free(&world);
}

static void an_external_variable_that_no_condition_names_is_told(void **state)
{
	struct scan_world world;

	(void)state;
	assert_true(scan_world_new(&world, "rule r { condition: name == \"y\" }",
				   externals, false));
	for (size_t i = 0; i < ruleset_n_externals(world.ruleset); i++) {
		struct bytes name;
		struct value value;

		ruleset_external(world.ruleset, i, &name, &value);
		assert_int_equal(ruleset_external_is_used(world.ruleset, i),
				 bytes_equal_text(name, "name"));
	}
	scan_world_free(&world);
}

static void a_program_is_found_in_any_block(void **state)
{
	const struct scan_request request = {0};
	const struct block blocks[] = {{0x1000, (const uint8_t *)"text", 4},
				       {0x2000, draft.file, DRAFT_FILE_SIZE}};
	const struct object object = {blocks, 2, 0x2000 + DRAFT_FILE_SIZE, true};
	struct scan_world world;

	(void)state;
	draft_start(&draft, false);
	assert_true(
	    scan_world_new(&world,
			   "import \"pe\" rule a { condition: pe.machine == "
			   "pe.MACHINE_I386 } rule b { strings: $a = \"text\" "
			   "condition: $a and pe.is_pe } rule c { condition: not "
			   "pe.number_of_sections > 1 }",
			   NULL, false));
	assert_string_equal(scan_world_names(&world, &object, &request), "a b c ");
	assert_string_equal(scan(&world, "text"), "");
	scan_world_free(&world);
}

/* Each image is checked by one process: a second look costs each worker a
 * millisecond. */
static void an_image_is_checked_as_was_asked(void **state)
{
	static const enum rq_err expected[] = {
	    [RULESET_CHECK_ALL] = RQ_ERR_FORMAT,
	    [RULESET_CHECK_INDEXES] = RQ_ERR_FORMAT,
	    [RULESET_CHECK_NONE] = RQ_OK,
	};
	struct scan_world world;
	const void *nodes;
	size_t n;

	(void)state;
	assert_true(scan_world_new(&world, "rule a { condition: true }", NULL, false));
	assert_int_equal(image_section(ruleset_image(world.ruleset), IMAGE_NODES,
				       sizeof(struct image_node), &nodes, &n),
			 RQ_OK);
	((struct image_node *)nodes)->op = UINT8_MAX;
	for (int check = RULESET_CHECK_ALL; check <= RULESET_CHECK_NONE; check++) {
		struct ruleset *ruleset;

		assert_int_equal(ruleset_open(world.image.data, world.image.size,
					      (enum ruleset_check)check, &ruleset,
					      NULL),
				 expected[check]);
		ruleset_unref(ruleset);
	}
	scan_world_free(&world);
}

TEST_MAIN(cmocka_unit_test(conditions_hold_as_in_libyara),
	  cmocka_unit_test(rules_see_each_other),
	  cmocka_unit_test(not_matching_rules_are_told_when_asked),
	  cmocka_unit_test(all_strings_of_a_match_are_listed),
	  cmocka_unit_test(a_string_at_one_place_is_told_there),
	  cmocka_unit_test(lines_are_heard_once_and_in_order),
	  cmocka_unit_test(an_external_variable_changes_what_is_found),
	  cmocka_unit_test(an_external_variable_that_no_condition_names_is_told),
	  cmocka_unit_test(reach_counts_from_bytes_in_the_middle),
	  cmocka_unit_test(a_program_is_found_in_any_block),
	  cmocka_unit_test(an_image_is_checked_as_was_asked))
