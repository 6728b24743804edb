/*
 * The edges of a search: what cuts it short is said, blocks are searched each for
 * itself, and no byte outside of a block is read or needed.
 */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/match/search_world.h"
#include "engine/rule/report.h"

#include <stdio.h>
#include <string.h>

/* One pattern and what searches it. */
struct edge {
	struct buffer image_bytes;
	struct image image;
	struct search *search;
	struct arena *arena;
	uint32_t pattern;
};

static void edge_open(struct edge *e, const struct rule_string *string,
		      const struct search_options *options)
{
	*e = (struct edge){0};
	world_compile(string, &e->image_bytes, &e->pattern);
	assert_int_equal(
	    image_open(e->image_bytes.data, e->image_bytes.size, true, &e->image, NULL),
	    RQ_OK);
	assert_int_equal(search_new(&e->image, options, &e->search), RQ_OK);
	assert_int_equal(arena_new(1 << 24, &e->arena), RQ_OK);
}

static void edge_close(struct edge *e)
{
	search_free(e->search);
	arena_free(e->arena);
	buffer_free(&e->image_bytes);
}

static enum rq_err edge_search(struct edge *e, const struct object *object,
			       uint64_t deadline_ns)
{
	const uint32_t *triggers;
	size_t n;

	search_begin(e->search, object, e->arena, deadline_ns);
	return search_triggers(e->search, &triggers, &n);
}

static struct rule_string text_of(const char *text)
{
	return (struct rule_string){
	    .kind = STRING_TEXT, .flags = STRING_ASCII, .text = bytes_of(text)};
}

static struct rule_string regex_of(const char *source, struct arena *arena)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	struct rule_string string = {.kind = STRING_REGEX, .flags = STRING_ASCII};
	const struct regex_options options = {.dotall = true};
	struct rule_report report;

	rule_report_init(&report, arena);
	assert_int_equal(regex_parse(arena, bytes_of(source), &options, "$a", &at,
				     &report, &string.regex),
			 RQ_OK);
	rule_report_clear(&report);
	return string;
}

static void too_many_matches_are_a_gap(void **state)
{
	const struct rule_string string = text_of("ab");
	struct search_options options;
	struct object object;
	struct block block;
	struct edge e;
	size_t n;

	(void)state;
	search_options_default(&options);
	options.max_matches_per_pattern = 3;
	edge_open(&e, &string, &options);
	object_of_bytes("ababab", 6, &block, &object);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_false(search_gaps(e.search).too_many_matches);
	object_of_bytes("abababab", 8, &block, &object);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_true(search_gaps(e.search).too_many_matches);
	search_matches(e.search, e.pattern, &n);
	assert_int_equal(n, 3);
	/* and the next object starts afresh */
	object_of_bytes("ab", 2, &block, &object);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_false(search_gaps(e.search).too_many_matches);
	edge_close(&e);
}

/* Each start runs over all that follows: the square of the size in steps, if each were
 * tried for itself.  What one pass over the object costs is enough, but not less. */
static void what_one_pass_cannot_tell_is_too_complex(void **state)
{
	enum { SIZE = 1 << 14 };
	uint8_t *data = alloc_array(SIZE, 1);
	struct rule_string string;
	struct search_options options;
	struct object object;
	struct arena *arena;
	struct block block;
	struct edge e;

	(void)state;
	assert_non_null(data);
	memset(data, 'a', SIZE);
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	string = regex_of("aaaa(a|.)*b", arena);
	search_options_default(&options);
	options.max_steps = 64 * SIZE;
	edge_open(&e, &string, &options);
	object_of_bytes(data, SIZE, &block, &object);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_false(search_gaps(e.search).too_complex);
	edge_close(&e);
	options.max_steps = 2 * SIZE;
	edge_open(&e, &string, &options);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_true(search_gaps(e.search).too_complex);
	object_of_bytes("aaaaab", 6, &block, &object);
	assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
	assert_false(search_gaps(e.search).too_complex);
	assert_true(search_matches_at(e.search, e.pattern, 0));
	edge_close(&e);
	arena_free(arena);
	alloc_free(data);
}

static void a_deadline_ends_the_search(void **state)
{
	enum { SIZE = 1 << 20 };
	const struct rule_string string = text_of("abcdef");
	uint8_t *data = alloc_array(SIZE, 1);
	struct search_options options;
	struct object object;
	struct block block;
	struct edge e;

	(void)state;
	assert_non_null(data);
	for (int plainly = 0; plainly < 2; plainly++) {
		search_options_default(&options);
		options.search_all = plainly;
		edge_open(&e, &string, &options);
		object_of_bytes(data, SIZE, &block, &object);
		assert_int_equal(edge_search(&e, &object, 1), RQ_ERR_TIMEOUT);
		assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
		edge_close(&e);
	}
	alloc_free(data);
}

static void no_match_lies_in_two_blocks(void **state)
{
	const struct block blocks[] = {
	    {0, (const uint8_t *)"abcdef", 6}, /* the second goes on right behind */
	    {6, (const uint8_t *)"ghabcd", 6},
	    {1000, (const uint8_t *)"efghabcdefgh", 12},
	};
	const struct object object = {.blocks = blocks, .n_blocks = 3, .size = 1012};
	const struct rule_string string = text_of("abcdefgh");
	struct search_options options;
	const struct match *matches;
	struct edge e;
	size_t n;

	(void)state;
	for (int plainly = 0; plainly < 2; plainly++) {
		search_options_default(&options);
		options.search_all = plainly;
		edge_open(&e, &string, &options);
		assert_int_equal(edge_search(&e, &object, 0), RQ_OK);
		matches = search_matches(e.search, e.pattern, &n);
		assert_int_equal(n, 1);
		assert_int_equal(matches[0].offset, 1004);
		assert_int_equal(matches[0].length, 8);
		edge_close(&e);
	}
}

/* Where text stands in data, found the simplest way, as assert_world_finds has it. */
static void stands_at(const char *text, struct bytes data, char *found, size_t max)
{
	size_t n = strlen(text), used = 0;

	found[0] = 0;
	for (size_t at = 0; at + n <= data.n; at++)
		if (memcmp(data.at + at, text, n) == 0)
			used += (size_t)snprintf(found + used, max - used, "%s%zu+%zu",
						 used == 0 ? "" : " ", at, n);
}

/* Objects of 0 to 8 bytes and of some more, each text at each place: at the start, at
 * the end, at every alignment, and with nothing around it in memory. */
static void every_place_of_small_objects(void **state)
{
	static const char *const texts[] = {"q",    "qu",    "qui",
					    "quic", "quick", "quickly"};
	static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 33, 70};

	(void)state;
	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
			for (size_t at = 0; at <= sizes[s]; at++) {
				struct rule_string string = text_of(texts[t]);
				uint8_t *data = alloc_array(sizes[s] + 1, 1);
				struct bytes object = {data + 1, sizes[s]};
				size_t n = strlen(texts[t]);
				char found[64], name[64];

				if (at + n > sizes[s] && at != 0) {
					alloc_free(data);
					break;
				}
				assert_non_null(data);
				memset(data, '.', sizes[s] + 1);
				if (n <= sizes[s])
					memcpy(data + 1 + at, texts[t], n);
				stands_at(texts[t], object, found, sizeof found);
				snprintf(name, sizeof name, "%s at %zu of %zu",
					 texts[t], at, sizes[s]);
				assert_world_finds(name, &string, object, found);
				alloc_free(data);
			}
}

TEST_MAIN(cmocka_unit_test(too_many_matches_are_a_gap),
	  cmocka_unit_test(what_one_pass_cannot_tell_is_too_complex),
	  cmocka_unit_test(a_deadline_ends_the_search),
	  cmocka_unit_test(no_match_lies_in_two_blocks),
	  cmocka_unit_test(every_place_of_small_objects))
