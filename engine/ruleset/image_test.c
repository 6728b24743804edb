#include "bytes/test.h"

#include "engine/ruleset/image.h"

#include <string.h>

struct pair {
	uint32_t a, b;
};

/* Two sections and three texts, two of them equal. */
static void build(struct buffer *out, struct image_text texts[3])
{
	const struct pair pairs[] = {{1, 2}, {3, 4}, {5, 6}};
	struct image_builder *b;

	assert_int_equal(image_builder_new(&b), RQ_OK);
	assert_int_equal(image_builder_add(b, IMAGE_RULES, pairs, 2, sizeof *pairs), 0);
	texts[0] = image_builder_text(b, bytes_of("one"));
	assert_int_equal(image_builder_add(b, IMAGE_NAME_SPACES, "xyz", 3, 1), 0);
	texts[1] = image_builder_text(b, bytes_of("another"));
	assert_int_equal(image_builder_add(b, IMAGE_RULES, pairs + 2, 1, sizeof *pairs),
			 2);
	texts[2] = image_builder_text(b, bytes_of("one"));
	assert_int_equal(image_builder_count(b, IMAGE_RULES), 3);
	assert_int_equal(image_builder_count(b, IMAGE_TAGS), 0);
	assert_int_equal(image_builder_finish(b, out), RQ_OK);
	image_builder_free(b);
}

static void what_was_written_is_read(void **state)
{
	struct image_text texts[3];
	struct buffer out = {0};
	struct image image;
	const void *at;
	size_t n;

	(void)state;
	build(&out, texts);
	assert_int_equal(image_open(out.data, out.size, true, &image, NULL), RQ_OK);
	assert_int_equal(
	    image_section(&image, IMAGE_RULES, sizeof(struct pair), &at, &n), RQ_OK);
	assert_int_equal(n, 3);
	assert_int_equal(((const struct pair *)at)[2].b, 6);
	assert_int_equal(image_section(&image, IMAGE_NAME_SPACES, 1, &at, &n), RQ_OK);
	assert_memory_equal(at, "xyz", 3);
	assert_true(bytes_equal_text(image_text(&image, texts[0]), "one"));
	assert_true(bytes_equal_text(image_text(&image, texts[1]), "another"));
	/* equal texts are stored once */
	assert_int_equal(texts[2].off, texts[0].off);
	assert_int_equal(image.text.n, strlen("oneanother"));
	buffer_free(&out);
}

static void a_section_has_one_element_size_or_is_absent(void **state)
{
	struct image_text texts[3];
	struct buffer out = {0};
	struct image image;
	const void *at;
	size_t n = 7;

	(void)state;
	build(&out, texts);
	assert_int_equal(image_open(out.data, out.size, true, &image, NULL), RQ_OK);
	assert_int_equal(image_section(&image, IMAGE_RULES, 4, &at, &n), RQ_ERR_FORMAT);
	assert_int_equal(image_section(&image, IMAGE_TAGS, 4, &at, &n), RQ_OK);
	assert_null(at);
	assert_int_equal(n, 0);
	buffer_free(&out);
}

static void same_content_gives_same_bytes(void **state)
{
	struct buffer a = {0}, b = {0};
	struct image_text texts[3];

	(void)state;
	build(&a, texts);
	build(&b, texts);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	buffer_free(&a);
	buffer_free(&b);
}

static const struct {
	const char *name;
	size_t at;
	uint8_t value;
} damages[] = {
    {"magic", 0, 'r'},
    {"version", 8, 9},
    {"more sections than there are", 12, 200},
    {"size", 16, 1},
    {"digest", 24, 1},
    {"section twice", 64 + 24, IMAGE_TEXT},
    {"element size nought", 64 + 4, 0},
    {"not aligned", 64 + 8, 7},
    {"beyond the end", 64 + 9, 0xFF},
    {"size beyond the end", 64 + 17, 0xFF},
};

static void damage_is_refused(void **state)
{
	struct image_text texts[3];
	struct buffer out = {0};
	struct image image;

	(void)state;
	build(&out, texts);
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		uint8_t was = out.data[damages[i].at];

		assert_int_not_equal(was, damages[i].value);
		out.data[damages[i].at] = damages[i].value;
		if (image_open(out.data, out.size, true, &image, NULL) != RQ_ERR_FORMAT)
			fail_msg("accepted: %s", damages[i].name);
		out.data[damages[i].at] = was;
	}
	for (size_t n = 0; n < out.size; n++)
		assert_int_equal(image_open(out.data, n, false, &image, NULL),
				 RQ_ERR_FORMAT);
	buffer_free(&out);
}

static void text_outside_the_pool_is_known(void **state)
{
	struct image_text texts[3];
	struct buffer out = {0};
	struct image image;

	(void)state;
	build(&out, texts);
	assert_int_equal(image_open(out.data, out.size, false, &image, NULL), RQ_OK);
	assert_true(image_text_valid(&image, texts[1]));
	assert_true(image_text_valid(&image, (struct image_text){10, 0}));
	assert_false(image_text_valid(&image, (struct image_text){10, 1}));
	assert_false(image_text_valid(&image, (struct image_text){11, 0}));
	assert_false(image_text_valid(&image, (struct image_text){1, UINT32_MAX}));
	buffer_free(&out);
}

TEST_MAIN(cmocka_unit_test(what_was_written_is_read),
	  cmocka_unit_test(a_section_has_one_element_size_or_is_absent),
	  cmocka_unit_test(same_content_gives_same_bytes),
	  cmocka_unit_test(damage_is_refused),
	  cmocka_unit_test(text_outside_the_pool_is_known))
