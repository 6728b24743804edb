/* When memory runs out at any point, the answer is an error or says that it has a gap;
 * it is never a wrong "nothing found". */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/scan/scan_world.h"
#include "format/testdata/pe_draft.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ALLOCATIONS = 2000 };

/* Each asks another part of the engine for memory. */
static const char rules[] =
    "import \"pe\" import \"hash\" import \"math\" "
    "rule literal { strings: $a = \"literal text\" condition: $a } "
    "rule counted { strings: $a = \"aa\" condition: #a > 20 } "
    "rule slow { strings: $a = /[0-9]{3}[a-z]{2,5}/ condition: $a } "
    "rule chain { strings: $a = { 6C 69 74 65 [0-400] 74 65 78 74 } condition: $a } "
    "rule place { strings: $a = \"MZ\" $b = { 4D ?? [300-2000] 61 61 } condition: $a "
    "at 0 "
    "and $b at 0 } "
    "rule look_up { condition: name == \"setup.exe\" } "
    "rule regex { condition: name matches /^(se|te)t+up\\.(exe|dll){1,3}$/ } "
    "rule section { condition: pe.sections[0].name == \".data\" } "
    "rule loop { condition: for any s in pe.sections : (s.name contains \"ata\") } "
    "rule digest { condition: hash.md5(0, 4) != \"\" and hash.sha256(0, filesize) != "
    "\"\" } "
    "rule entropy { condition: math.entropy(0, filesize) > 0.01 } "
    "rule resources { condition: pe.number_of_resources == 0 and "
    "pe.number_of_imports == 0 } "
    "rule signed { condition: pe.number_of_signatures == 0 } "
    "rule linked { strings: $a = \"text\" condition: literal and $a } "
    "rule set { condition: 2 of (literal, counted, slow) }";

static const char names[] =
    "literal counted slow chain place look_up regex section loop "
    "digest entropy resources signed linked set ";

static const struct scan_external externals[] = {
    {"name", {.type = VALUE_TEXT, .text = {(const uint8_t *)"setup.exe", 9}}},
    {NULL, {0}},
};

static struct pe_draft draft;
static struct block block;
static struct object object;

static int make_object(void **state)
{
	(void)state;
	draft_start(&draft, false);
	memcpy(draft.file + DRAFT_OFF + 64, "literal text 123abc", 19);
	memset(draft.file + DRAFT_OFF + 256, 'a', 64);
	object_of_bytes(draft.file, draft.size, &block, &object);
	return 0;
}

/* ---- compiling and opening ---- */

static void an_image_is_whole_or_there_is_none(void **state)
{
	const struct ruleset_compile_options options = {0};
	struct scan_world world;
	struct buffer image = {0};
	enum rq_err err = RQ_ERR_MEMORY;
	uint64_t n;

	(void)state;
	assert_true(scan_world_new(&world, rules, externals, false));
	for (n = 1; err != RQ_OK && n < MAX_ALLOCATIONS; n++) {
		alloc_fail_from(n);
		err = ruleset_compile(world.set, &options, &world.report, &image);
		alloc_fail_from(0);
		if (err != RQ_OK)
			assert_int_equal(err, RQ_ERR_MEMORY);
	}
	assert_int_equal(err, RQ_OK);
	assert_true(bytes_equal(buffer_bytes(&image), buffer_bytes(&world.image)));
	buffer_free(&image);
	scan_world_free(&world);
}

static void a_set_is_open_or_not(void **state)
{
	struct scan_world world;
	enum rq_err err = RQ_ERR_MEMORY;

	(void)state;
	assert_true(scan_world_new(&world, rules, externals, false));
	for (uint64_t n = 1; err != RQ_OK && n < MAX_ALLOCATIONS; n++) {
		struct ruleset *ruleset = NULL;
		struct scanner_options options;
		struct scanner *scanner = NULL;

		scanner_options_default(&options);
		alloc_fail_from(n);
		err = ruleset_open(world.image.data, world.image.size,
				   RULESET_CHECK_ALL, &ruleset, NULL);
		if (err == RQ_OK)
			err = scanner_new(ruleset, &options, &scanner);
		alloc_fail_from(0);
		if (err != RQ_OK)
			assert_int_equal(err, RQ_ERR_MEMORY);
		scanner_free(scanner);
		ruleset_unref(ruleset);
	}
	assert_int_equal(err, RQ_OK);
	scan_world_free(&world);
}

/* ---- scanning ---- */

/* Whether the answer is whole; one that is not must say so. */
static bool is_whole(struct scan_world *world, const char *when, uint64_t n)
{
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	const char *found;

	if (scanner_scan(world->scanner, &object, &request, &result) != RQ_OK ||
	    result->gaps != 0)
		return false;
	found = scan_world_result_names(world, result);
	if (strcmp(found, names) != 0)
		fail_msg("%s %u: found '%s' without a gap", when, (unsigned)n, found);
	for (size_t i = 0; i < result->n_rules; i++)
		if (ruleset_rule(world->ruleset, result->rules[i].rule).n_strings !=
		    result->rules[i].n_strings)
			fail_msg("%s %u: rule %u lacks strings", when, (unsigned)n,
				 (unsigned)result->rules[i].rule);
	return true;
}

static void a_scan_without_memory_says_so(void **state)
{
	bool whole = false;

	(void)state;
	for (uint64_t n = 1; !whole && n < MAX_ALLOCATIONS; n++) {
		struct scan_world world;

		assert_true(scan_world_new(&world, rules, externals, false));
		alloc_fail_from(n);
		whole = is_whole(&world, "allocation", n);
		alloc_fail_from(0);
		/* and the next object does not suffer */
		assert_true(is_whole(&world, "after allocation", n));
		scan_world_free(&world);
	}
	assert_true(whole);
}

static void a_scan_beyond_its_budget_says_so(void **state)
{
	bool whole = false;

	(void)state;
	for (size_t budget = 0; !whole && budget < (size_t)1 << 22;
	     budget += budget / 8 + 64) {
		struct scanner_options options;
		struct scan_world world;

		assert_true(scan_world_new(&world, rules, externals, false));
		scanner_free(world.scanner);
		scanner_options_default(&options);
		options.max_memory = budget;
		assert_int_equal(scanner_new(world.ruleset, &options, &world.scanner),
				 RQ_OK);
		whole = is_whole(&world, "budget", budget);
		scan_world_free(&world);
	}
	assert_true(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_is_whole_or_there_is_none),
	    cmocka_unit_test(a_set_is_open_or_not),
	    cmocka_unit_test(a_scan_without_memory_says_so),
	    cmocka_unit_test(a_scan_beyond_its_budget_says_so),
	};

	return cmocka_run_group_tests(tests, make_object, NULL);
}
