#include "bytes/test.h"

#include "engine/scan/scan_world.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/*
 * Agreement with libyara, by cases recorded from its own tests: a file of JSON objects,
 * one a line, named by RAQUET_CONFORMANCE.  Cases of kind "match" say how many rules
 * match, whole or in blocks; cases of kind "capture" how often certain bytes are found.
 */

struct tally {
	unsigned n_passed, n_failed, n_skipped;
};

static const struct scan_external externals[] = {
    {"var_zero", {.type = VALUE_INT, .integer = 0}},
    {"var_one", {.type = VALUE_INT, .integer = 1}},
    {"var_true", {.type = VALUE_BOOL, .integer = 1}},
    {"var_false", {.type = VALUE_BOOL, .integer = 0}},
    {NULL, {0}},
};

enum { MAX_BLOCKS = 1024 };

static int64_t number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

static const char *text(const json_t *line, const char *key)
{
	const char *value = json_string_value(json_object_get(line, key));

	return value != NULL ? value : "";
}

/* Blocks of `block` bytes; each but the first begins `overlap` bytes earlier. */
static size_t cut(const uint8_t *data, size_t size, size_t block, size_t overlap,
		  struct block *blocks)
{
	size_t n = 0;

	if (block == 0 || size == 0) {
		blocks[0] = (struct block){.data = data, .size = size};
		return 1;
	}
	for (size_t at = 0; at < size && n < MAX_BLOCKS; at += block) {
		size_t start = at == 0 ? 0 : at - overlap;
		size_t end = size - at < block ? size : at + block;

		blocks[n++] = (struct block){start, data + start, end - start};
	}
	return n;
}

static size_t count_equal(const struct scan_result *result, const struct object *object,
			  struct bytes expected)
{
	size_t found = 0;

	for (size_t i = 0; i < result->n_rules; i++)
		for (size_t k = 0; k < result->rules[i].n_strings; k++) {
			const struct scan_string *s = &result->rules[i].strings[k];

			for (size_t m = 0; m < s->n_matches; m++)
				found +=
				    bytes_equal(object_at(object, s->matches[m].offset,
							  s->matches[m].length),
						expected);
		}
	return found;
}

/* Two ways of searching must both give what was recorded. */
static bool agrees(const json_t *line, const struct object *object, bool search_all)
{
	const struct scan_request request = {.want_strings = true};
	bool is_match = strcmp(text(line, "kind"), "match") == 0, agreed = false;
	const char *hex = text(line, "expected_hex");
	uint8_t *expected = malloc(strlen(hex) / 2 + 1);
	struct bytes wanted = {expected, test_hex(hex, expected)};
	const struct scan_result *result;
	struct scan_world world;

	if (scan_world_new(&world, text(line, "rule"), externals, search_all) &&
	    scanner_scan(world.scanner, object, &request, &result) == RQ_OK)
		agreed = is_match ? result->n_rules == (size_t)number(line, "matches")
				  : count_equal(result, object, wanted) ==
					(size_t)number(line, "found");
	scan_world_free(&world);
	free(expected);
	return agreed;
}

/* What needs modules or files that are not here. */
static bool is_out_of_reach(const char *rule)
{
	return strstr(rule, "import \"tests\"") != NULL ||
	       strstr(rule, "include \"") != NULL ||
	       (strstr(rule, "import \"dotnet\"") != NULL &&
		module_find(bytes_of("dotnet")) == NULL);
}

static void run_case(const json_t *line, unsigned number_of_line, struct tally *tally)
{
	static struct block blocks[MAX_BLOCKS];
	const char *hex = text(line, "input_hex"), *kind = text(line, "kind");
	bool no_input = json_is_true(json_object_get(line, "null_input"));
	uint8_t *data = malloc(strlen(hex) / 2 + sizeof "dummy");
	struct object object = {0};
	bool passed;

	if (strcmp(kind, "match") != 0 && strcmp(kind, "capture") != 0) {
		free(data);
		return;
	}
	if (is_out_of_reach(text(line, "rule"))) {
		tally->n_skipped++;
		free(data);
		return;
	}
	object.size = test_hex(hex, data);
	if (no_input) {
		memcpy(data, "dummy", 5);
		object.size = 5;
	}
	object.blocks = blocks;
	object.n_blocks = cut(data, object.size, (size_t)number(line, "block"),
			      (size_t)number(line, "overlap"), blocks);
	passed = agrees(line, &object, false) && agrees(line, &object, true);
	tally->n_passed += passed;
	tally->n_failed += !passed;
	if (!passed)
		print_message("line %u differs: %s\n", number_of_line,
			      text(line, "rule"));
	free(data);
}

static void recorded_cases_agree(void **state)
{
	const char *path = getenv("RAQUET_CONFORMANCE");
	struct tally tally = {0};
	unsigned n = 0;
	json_t *line;
	FILE *file;

	(void)state;
	file = fopen(path, "rb");
	assert_non_null(file);
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
				  NULL)) != NULL) {
		run_case(line, ++n, &tally);
		json_decref(line);
	}
	fclose(file);
	print_message("%u passed, %u failed, %u skipped of %u lines\n", tally.n_passed,
		      tally.n_failed, tally.n_skipped, n);
	assert_int_not_equal(tally.n_passed, 0);
	assert_int_equal(tally.n_failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_cases_agree)};

	if (getenv("RAQUET_CONFORMANCE") == NULL) {
		printf("1..0 # SKIP RAQUET_CONFORMANCE does not name the cases\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
