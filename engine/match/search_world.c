#include "engine/match/search_world.h"

#include <string.h>

void world_alphabet(struct rule_string *string)
{
	memcpy(string->base64_alphabet,
	       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64);
}

void world_compile(const struct rule_string *string, struct buffer *image_out,
		   uint32_t *pattern_out)
{
	struct pattern_options options = {.libyara_limits = false};
	struct pattern_builder *patterns;
	struct image_builder *image;
	struct pattern_cost cost;
	struct rule_report report;
	struct arena *arena;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	rule_report_init(&report, arena);
	assert_int_equal(pattern_builder_new(&options, &patterns), RQ_OK);
	assert_int_equal(image_builder_new(&image), RQ_OK);
	assert_int_equal(
	    pattern_builder_add(patterns, string, "test", &report, pattern_out, &cost),
	    RQ_OK);
	pattern_builder_trigger(patterns, *pattern_out, CLASS_ALL);
	assert_int_equal(pattern_builder_finish(patterns, image), RQ_OK);
	assert_int_equal(image_builder_finish(image, image_out), RQ_OK);
	image_builder_free(image);
	pattern_builder_free(patterns);
	rule_report_clear(&report);
	arena_free(arena);
}

static void write_matches(const struct rule_string *string, const struct match *matches,
			  size_t n, struct buffer *out)
{
	for (size_t i = 0; i < n; i++) {
		buffer_format(out, "%s%u+%u", i == 0 ? "" : " ",
			      (unsigned)matches[i].offset, (unsigned)matches[i].length);
		if (string->flags & STRING_XOR)
			buffer_format(out, "^%u", (unsigned)matches[i].xor_key);
	}
	buffer_u8(out, 0);
}

enum way { AS_TRIGGER, ON_DEMAND, PLAINLY, N_WAYS };

static void search_one_way(const char *name, enum way way, const char *kernel,
			   const struct rule_string *string, const struct image *image,
			   uint32_t pattern, struct bytes data, const char *found)
{
	struct search_options options;
	const struct match *matches;
	const uint32_t *triggers;
	struct buffer text = {0};
	struct search *search;
	struct object object;
	struct arena *arena;
	struct block block;
	size_t n;

	search_options_default(&options);
	options.search_all = way == PLAINLY;
	options.kernel = kernel;
	object_of_bytes(data.at, data.n, &block, &object);
	assert_int_equal(arena_new(1 << 24, &arena), RQ_OK);
	assert_int_equal(search_new(image, &options, &search), RQ_OK);
	search_begin(search, &object, arena, 0);
	if (way == ON_DEMAND) {
		assert_int_equal(search_patterns(search, &pattern, 1), RQ_OK);
		assert_true(search_is_complete(search, pattern));
	} else {
		assert_int_equal(search_triggers(search, &triggers, &n), RQ_OK);
		assert_int_equal(n, found[0] == 0 ? 0 : 1);
	}
	matches = search_matches(search, pattern, &n);
	write_matches(string, matches, n, &text);
	if (strcmp((const char *)text.data, found) != 0)
		fail_msg("%s, way %d, kernel %s: found \"%s\", not \"%s\"", name, way,
			 kernel, (const char *)text.data, found);
	for (size_t i = 0; i < n; i++)
		assert_true(search_matches_at(search, pattern, matches[i].offset));
	buffer_free(&text);
	search_free(search);
	arena_free(arena);
}

void assert_world_finds(const char *name, const struct rule_string *string,
			struct bytes data, const char *found)
{
	struct buffer image_bytes = {0};
	struct image image;
	uint32_t pattern;

	world_compile(string, &image_bytes, &pattern);
	assert_int_equal(
	    image_open(image_bytes.data, image_bytes.size, true, &image, NULL), RQ_OK);
	for (int way = 0; way < N_WAYS; way++) {
		for (const char *const *kernel = search_kernels(); *kernel != NULL;
		     kernel++)
			search_one_way(name, way, *kernel, string, &image, pattern,
				       data, found);
	}
	buffer_free(&image_bytes);
}
