/*
 * The search finds what is found when every start is tried for itself, however it comes
 * to its starts and whether it settles a pattern in one pass or not.
 */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/match/regex_world.h"
#include "engine/match/search_world.h"
#include "engine/rule/report.h"

#include <stdio.h>
#include <string.h>

enum { N_EXPRESSIONS = 700, MAX_DATA = 300 };

enum way { AS_TRIGGER, ON_DEMAND, PLAINLY };

/* What one way of searching finds, as text. */
static void find(const struct image *image, uint32_t pattern, struct bytes data,
		 enum way way, bool limits, struct buffer *found)
{
	struct search_options options;
	const struct match *matches;
	const uint32_t *triggers;
	struct search *search;
	struct object object;
	struct arena *arena;
	struct block blocks[2];
	size_t n;

	search_options_default(&options);
	options.search_all = way == PLAINLY;
	options.libyara_limits = limits;
	/* in two blocks, so that what is settled in one is not so in the other */
	blocks[0] = (struct block){0, data.at, data.n / 3};
	blocks[1] = (struct block){1 << 20, data.at + data.n / 3, data.n - data.n / 3};
	object = (struct object){.blocks = blocks, .n_blocks = 2, .size = data.n};
	assert_int_equal(arena_new(1 << 24, &arena), RQ_OK);
	assert_int_equal(search_new(image, &options, &search), RQ_OK);
	search_begin(search, &object, arena, 0);
	if (way == ON_DEMAND)
		assert_int_equal(search_patterns(search, &pattern, 1), RQ_OK);
	else
		assert_int_equal(search_triggers(search, &triggers, &n), RQ_OK);
	matches = search_matches(search, pattern, &n);
	found->size = 0;
	for (size_t i = 0; i < n; i++)
		buffer_format(found, "%llx+%u ", (unsigned long long)matches[i].offset,
			      (unsigned)matches[i].length);
	buffer_u8(found, 0);
	search_free(search);
	arena_free(arena);
}

static void compare(const char *source, const struct image *image, uint32_t pattern,
		    struct bytes data, bool limits)
{
	struct buffer plain = {0}, found = {0};

	find(image, pattern, data, PLAINLY, limits, &plain);
	for (int way = AS_TRIGGER; way < PLAINLY; way++) {
		find(image, pattern, data, (enum way)way, limits, &found);
		if (strcmp((char *)found.data, (char *)plain.data) != 0)
			fail_msg("/%s/ on %zu bytes, way %d, limits %d: %.900s, not "
				 "%.900s",
				 source, data.n, way, limits, (char *)found.data,
				 (char *)plain.data);
	}
	buffer_free(&plain);
	buffer_free(&found);
}

/* The image of an expression; false when it is none. */
static bool compile(const char *source, uint32_t flags, struct buffer *image,
		    uint32_t *pattern_out)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	const struct regex_options options = {.dotall = random_below(2) == 0};
	struct rule_string string = {.kind = STRING_REGEX, .flags = flags};
	struct rule_report report;
	struct arena *arena;
	bool ok;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	rule_report_init(&report, arena);
	ok = regex_parse(arena, bytes_of(source), &options, "$a", &at, &report,
			 &string.regex) == RQ_OK;
	rule_report_clear(&report);
	if (ok)
		world_compile(&string, image, pattern_out);
	arena_free(arena);
	return ok;
}

static void random_expressions(void **context)
{
	static const uint32_t flags[] = {STRING_ASCII, STRING_WIDE,
					 STRING_ASCII | STRING_WIDE,
					 STRING_ASCII | STRING_FULLWORD,
					 STRING_ASCII | STRING_WIDE | STRING_FULLWORD};

	(void)context;
	random_begin();
	for (int i = 0; i < N_EXPRESSIONS; i++) {
		uint32_t flag = flags[random_below(5)], pattern;
		char source[MAX_EXPRESSION];
		struct buffer bytes = {0};
		struct image image;

		random_expression(source);
		if (!compile(source, flag, &bytes, &pattern))
			continue;
		assert_int_equal(image_open(bytes.data, bytes.size, true, &image, NULL),
				 RQ_OK);
		for (int k = 0; k < 4; k++) {
			uint8_t data[MAX_DATA];
			size_t n = random_data(data, MAX_DATA, flag & STRING_WIDE);

			if (k == 0)
				memset(data, 'a', n);
			compare(source, &image, pattern, (struct bytes){data, n},
				false);
		}
		buffer_free(&bytes);
	}
}

/* Longer than libyara follows an expression: some matches then end earlier, others are
 * none. */
static void beyond_the_reach_of_libyara(void **context)
{
	enum { SIZE = 6000 };
	static const char *const sources[] = {"a+",     "(a|aa)*b", ".*b",
					      ".*ab.*", "a.*?b",    "[^ ]*(b|a )"};
	uint8_t *data = alloc_array(SIZE, 1);

	(void)context;
	assert_non_null(data);
	random_begin();
	memset(data, 'a', SIZE);
	data[1000] = data[5200] = data[SIZE - 1] = 'b';
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		struct buffer bytes = {0};
		struct image image;
		uint32_t pattern = 0;

		assert_true(compile(sources[i], STRING_ASCII, &bytes, &pattern));
		assert_int_equal(image_open(bytes.data, bytes.size, true, &image, NULL),
				 RQ_OK);
		compare(sources[i], &image, pattern, (struct bytes){data, SIZE}, true);
		buffer_free(&bytes);
	}
	alloc_free(data);
}

TEST_MAIN(cmocka_unit_test(random_expressions),
	  cmocka_unit_test(beyond_the_reach_of_libyara))
