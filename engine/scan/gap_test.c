/* Limits end a scan with a gap: never with an answer that looks complete. */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/scan/scan_world.h"

#include <string.h>

static const struct scan_external externals[] = {
    {"text", {.type = VALUE_TEXT, .text = {(const uint8_t *)"", 0}}},
    {NULL, {0}},
};

static const struct {
	const char *name, *condition;
	uint64_t timeout_ms;
	size_t max_memory; /* 0: plenty */
	uint32_t gaps;
	bool matches;
} limits[] = {
    {"nothing wrong", "not hash.md5(0, 1) == \"no\"", 0, 0, 0, true},
    {"a module without memory for a value", "hash.md5(0, 1) == \"no\"", 0, 80,
     SCAN_OUT_OF_MEMORY, false},
    {"a module that runs out of memory in a loop",
     "for any i in (1..filesize) : (hash.md5(0, i) == \"no\")", 0, 64 << 10,
     SCAN_OUT_OF_MEMORY, false},
    {"what is not known is not false either",
     "not for any i in (1..filesize) : (hash.md5(0, i) == \"no\")", 0, 64 << 10,
     SCAN_OUT_OF_MEMORY, false},
    {"the rest decides the matter", "filesize > 0 or hash.md5(0, 1) == \"no\"", 0, 80,
     0, true},
    {"a key of many rules that is not known", "hash.sha256(0, filesize) == \"no\"", 0,
     96, SCAN_OUT_OF_MEMORY, false},
    {"a loop of a thousand million rounds",
     "for all i in (1..1000000000) : (i != filesize * 0x100000)", 20, 0, SCAN_TIMEOUT,
     false},
    {"loops in loops",
     "for all i in (1..100000) : (for all j in (1..100000) : (i + j > 0 or $a))", 20, 0,
     SCAN_TIMEOUT, false},
    {"a thousand sums over everything",
     "for all i in (1..1000) : (math.entropy(0, filesize - i) >= 0.0)", 20, 0,
     SCAN_TIMEOUT, false},
    {"an expression over a long text",
     "text matches /(a{0,900}b){2}c/ or text matches /(a{0,900}b){2}d/", 20, 0,
     SCAN_TIMEOUT, false},
};

static void run(struct scan_world *world, size_t i, const struct value *text)
{
	static uint8_t data[1 << 20];
	const struct scan_request request = {0};
	const struct scan_result *result;
	struct object object;
	struct block block;

	assert_int_equal(scanner_define(world->scanner, "text", text), RQ_OK);
	object_of_bytes(data, sizeof data, &block, &object);
	if (scanner_scan(world->scanner, &object, &request, &result) != RQ_OK) {
		if (limits[i].gaps != SCAN_OUT_OF_MEMORY)
			fail_msg("%s: no result", limits[i].name);
		return; /* not even an empty one: that says it as well */
	}
	if (result->gaps != limits[i].gaps)
		fail_msg("%s: gaps %u, expected %u", limits[i].name, result->gaps,
			 limits[i].gaps);
	if ((result->n_rules > 0) != limits[i].matches)
		fail_msg("%s: %zu rules", limits[i].name, result->n_rules);
}

static void a_limit_shows_in_the_result(void **state)
{
	enum { TEXT = 1 << 20 };
	char *letters = alloc_array(TEXT, 1);
	const struct value text = value_text((struct bytes){(uint8_t *)letters, TEXT});
	char rules[512];

	(void)state;
	assert_non_null(letters);
	memset(letters, 'a', TEXT);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct scanner_options options;
		struct scan_world world;
		const char *condition = limits[i].condition;

		snprintf(rules, sizeof rules,
			 "import \"hash\" import \"math\" rule r { %s "
			 "condition: %s }",
			 strchr(condition, '$') != NULL ? "strings: $a = \"none\"" : "",
			 condition);
		if (!scan_world_new(&world, rules, externals, false))
			fail_msg("%s: refused", limits[i].name);
		scanner_options_default(&options);
		options.timeout_ms = limits[i].timeout_ms;
		if (limits[i].max_memory > 0)
			options.max_memory = limits[i].max_memory;
		scanner_free(world.scanner);
		assert_int_equal(scanner_new(world.ruleset, &options, &world.scanner),
				 RQ_OK);
		run(&world, i, &text);
		scan_world_free(&world);
	}
	alloc_free(letters);
}

/* Every string that was cut is named, whoever shares its pattern; a chain by its parts. */
static void strings_with_too_many_matches_are_named(void **state)
{
	static const char rules[] =
	    "rule a { strings: $x = \"ab\" $y = \"cd\" condition: $x or $y }"
	    "rule b { strings: $z = \"ab\" condition: #z == 3 }"
	    "private rule c { strings: $h = { 61 62 [300] 61 } condition: $h }";
	static const char *const wanted[] = {"$x", "$z", "$h"};
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	struct scanner_options options;
	struct scan_world world;
	struct object object;
	struct block block;

	(void)state;
	assert_true(scan_world_new(&world, rules, NULL, false));
	scanner_options_default(&options);
	options.search.max_matches_per_pattern = 3;
	scanner_free(world.scanner);
	assert_int_equal(scanner_new(world.ruleset, &options, &world.scanner), RQ_OK);
	object_of_bytes("ababababcd", 10, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	assert_int_equal(result->gaps, SCAN_TOO_MANY_MATCHES);
	assert_int_equal(result->n_rules, 2); /* b sees the three */
	assert_int_equal(result->n_cuts, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(result->cuts[i].rule, i);
		assert_true(bytes_equal_text(result->cuts[i].identifier, wanted[i]));
	}
	object_of_bytes("abcd", 4, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	assert_int_equal(result->gaps, 0);
	assert_int_equal(result->n_cuts, 0);
	scan_world_free(&world);
}

/* Time that one rule uses up takes no finding from the others. */
static void what_was_found_stays_when_time_is_over(void **state)
{
	static const char rules[] =
	    "rule before { strings: $a = \"here\" condition: $a } "
	    "rule slow { condition: for all i in (1..1000000000) : (i != 0 or "
	    "uint8(i) == 7) } "
	    "rule nested { condition: for all i in (1..1000000) : (for any j in "
	    "(1..1000000) : (i + j == 0)) } "
	    "rule behind { condition: filesize == 4 }";
	const struct scan_request request = {0};
	const struct scan_result *result;
	struct scanner_options options;
	struct scan_world world;
	struct object object;
	struct block block;

	(void)state;
	assert_true(scan_world_new(&world, rules, NULL, false));
	scanner_free(world.scanner);
	scanner_options_default(&options);
	options.timeout_ms = 50;
	assert_int_equal(scanner_new(world.ruleset, &options, &world.scanner), RQ_OK);
	object_of_bytes("here", 4, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	assert_int_equal(result->gaps, SCAN_TIMEOUT);
	assert_string_equal(scan_world_result_names(&world, result), "before behind ");
	scan_world_free(&world);
}

TEST_MAIN(cmocka_unit_test(a_limit_shows_in_the_result),
	  cmocka_unit_test(strings_with_too_many_matches_are_named),
	  cmocka_unit_test(what_was_found_stays_when_time_is_over))
