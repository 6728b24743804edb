/*
 * A damaged image is refused, or searching with it stays inside: an image may come out
 * of a cache that somebody else wrote to.  The sanitizers are the judges here.
 */
#include "bytes/test.h"

#include "engine/match/search_world.h"
#include "engine/rule/report.h"

#include <string.h>

static void search_with(struct bytes image_bytes)
{
	static const char data[] =
	    "abcd....efgh AbCd abbbc a\0b\0c\0 YWJjZA== `cbe aaaaaaaaaaaaaaaaaaaaab";
	struct search_options options;
	const uint32_t *triggers;
	struct search *search;
	struct object object;
	struct image image;
	struct arena *arena;
	struct block block;
	enum rq_err err;
	size_t n;

	/* the digest is for accidents: whoever means it computes it anew */
	if (image_open(image_bytes.at, image_bytes.n, false, &image, NULL) != RQ_OK)
		return;
	search_options_default(&options);
	options.max_matches_per_pattern = 100;
	options.max_steps = 1 << 14;
	err = search_new(&image, &options, &search);
	if (err != RQ_OK) {
		assert_true(err == RQ_ERR_FORMAT || err == RQ_ERR_MEMORY);
		return;
	}
	assert_int_equal(arena_new(1 << 22, &arena), RQ_OK);
	object_of_bytes(data, sizeof data - 1, &block, &object);
	search_begin(search, &object, arena, 0);
	err = search_triggers(search, &triggers, &n);
	for (uint32_t i = 0; err == RQ_OK && i < search_n_patterns(search); i++) {
		err = search_patterns(search, &i, 1);
		if (err == RQ_OK)
			search_matches(search, i, &n);
	}
	search_free(search);
	arena_free(arena);
}

/* Most of an image are tables of which one byte is as good as the other. */
static bool is_inside_table(struct bytes image, size_t at)
{
	enum { ALIKE = 24, SAMPLE = 4093 };

	return at >= ALIKE && at % SAMPLE != 0 &&
	       memcmp(image.at + at - ALIKE, image.at + at - ALIKE + 1, ALIKE) == 0;
}

static void flip_bytes(const struct rule_string *string)
{
	static const uint8_t flips[] = {0x01, 0xFF, 0x80, 0x10};
	struct buffer image = {0};
	uint32_t pattern;

	world_compile(string, &image, &pattern);
	for (size_t at = 0; at < image.size; at++) {
		if (is_inside_table(buffer_bytes(&image), at))
			continue;
		for (size_t i = 0; i < sizeof flips; i++) {
			image.data[at] ^= flips[i];
			search_with(buffer_bytes(&image));
			image.data[at] ^= flips[i];
		}
	}
	for (size_t n = 0; n < image.size; n += 1 + n / 4)
		search_with((struct bytes){image.data, n});
	buffer_free(&image);
}

static void of_texts(void **state)
{
	static const uint32_t flags[] = {
	    STRING_ASCII, STRING_WIDE | STRING_NOCASE, STRING_ASCII | STRING_FULLWORD,
	    STRING_ASCII | STRING_XOR, STRING_ASCII | STRING_BASE64};

	(void)state;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct rule_string string = {.kind = STRING_TEXT,
					     .flags = flags[i],
					     .xor_min = 1,
					     .xor_max = 3,
					     .text = bytes_of("abcd")};

		world_alphabet(&string);
		flip_bytes(&string);
	}
}

static void of_expressions(void **state)
{
	static const struct {
		bool is_hex;
		const char *source;
	} expressions[] = {
	    {false, "a[bc]{2,9}?(c|d)+?\\b"},
	    {false, "a*"},
	    {false, "(.*b?)*a{1,90}"},
	    {true, "61 62 ?3 [2-4] ( 65 | 66 67 )"},
	    {true, "61 62 63 64 [-] 65 66 67 68"},
	};
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	const struct regex_options options = {.nocase = false};

	(void)state;
	for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
		struct bytes source = bytes_of(expressions[i].source);
		struct rule_string string = {
		    .kind = expressions[i].is_hex ? STRING_HEX : STRING_REGEX,
		    .flags = STRING_ASCII};
		struct rule_report report;
		struct arena *arena;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		rule_report_init(&report, arena);
		assert_int_equal(
		    expressions[i].is_hex
			? hex_parse(arena, source, "$a", &at, &report, &string.regex)
			: regex_parse(arena, source, &options, "$a", &at, &report,
				      &string.regex),
		    RQ_OK);
		rule_report_clear(&report);
		flip_bytes(&string);
		arena_free(arena);
	}
}

TEST_MAIN(cmocka_unit_test(of_texts), cmocka_unit_test(of_expressions))
