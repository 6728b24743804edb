#include "bytes/test.h"

#include "engine/module/module.h"

static const uint8_t digits[] = "0123456789";

struct fixture {
	struct object object;
	struct module_context context;
	const struct module *module;
	void *state;
};

static void open_over(struct fixture *f, const struct block *blocks, size_t n_blocks)
{
	*f = (struct fixture){.object = {.blocks = blocks, .n_blocks = n_blocks}};
	assert_int_equal(arena_new(1 << 20, &f->context.arena), RQ_OK);
	f->context.object = &f->object;
	f->module = module_find(BYTES_LITERAL("hash"));
	assert_non_null(f->module);
	assert_int_equal(f->module->open(&f->context, &f->state), RQ_OK);
}

static uint16_t id_of(const struct fixture *f, const char *name, const char *arguments)
{
	for (const struct module_field *field = f->module->fields;
	     field->kind != FIELD_END; field++)
		if (bytes_equal_text(bytes_of(field->name), name) &&
		    bytes_equal_text(bytes_of(field->arguments), arguments))
			return field->id;
	fail_msg("no %s(%s)", name, arguments);
	return 0;
}

static struct value range(struct fixture *f, const char *name, int64_t off, int64_t n)
{
	const struct value args[] = {value_int(off), value_int(n)};
	struct value value;

	f->module->call(f->state, id_of(f, name, "ii"), args, &value);
	return value;
}

static struct value text(struct fixture *f, const char *name, const char *of)
{
	const struct value args[] = {value_text(bytes_of(of))};
	struct value value;

	f->module->call(f->state, id_of(f, name, "s"), args, &value);
	return value;
}

static void assert_text(struct value value, const char *expected)
{
	assert_int_equal(value.type, VALUE_TEXT);
	assert_true(bytes_equal_text(value.text, expected));
}

static void assert_integer(struct value value, int64_t expected)
{
	assert_int_equal(value.type, VALUE_INT);
	assert_int_equal(value.integer, expected);
}

#define MD5_OF_DIGITS  "781e5e245d69b566979b86e28d23f2c7"
#define MD5_OF_NOTHING "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1_OF_DIGITS "87acec17cd9dcd20a716cc2cf67417b71c8a7016"
#define SHA256_OF_DIGITS                                                               \
	"84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"
#define CRC32_OF_DIGITS 0xa684c7c6
#define SUM_OF_DIGITS   525

static void text_and_range_give_the_same(void **unused)
{
	const struct block block = {0, digits, 10};
	struct fixture f;

	(void)unused;
	open_over(&f, &block, 1);
	assert_text(text(&f, "md5", "0123456789"), MD5_OF_DIGITS);
	assert_text(range(&f, "md5", 0, 10), MD5_OF_DIGITS);
	assert_text(text(&f, "sha1", "0123456789"), SHA1_OF_DIGITS);
	assert_text(range(&f, "sha1", 0, 10), SHA1_OF_DIGITS);
	assert_text(text(&f, "sha256", "0123456789"), SHA256_OF_DIGITS);
	assert_text(range(&f, "sha256", 0, 10), SHA256_OF_DIGITS);
	assert_integer(text(&f, "crc32", "0123456789"), CRC32_OF_DIGITS);
	assert_integer(range(&f, "crc32", 0, 10), CRC32_OF_DIGITS);
	assert_integer(text(&f, "checksum32", "0123456789"), SUM_OF_DIGITS);
	assert_integer(range(&f, "checksum32", 0, 10), SUM_OF_DIGITS);
	assert_text(text(&f, "md5", ""), MD5_OF_NOTHING);
	assert_integer(text(&f, "crc32", ""), 0);
	arena_free(f.context.arena);
}

/* What each range of "0123456789" at 100..109 gives; NULL: undefined. */
static const struct {
	const char *name;
	int64_t offset, length;
	const char *md5;
} ranges[] = {
    {"whole", 100, 10, MD5_OF_DIGITS},
    {"longer than the object is cut", 100, 11, MD5_OF_DIGITS},
    {"the longest there can be is cut", 100, INT64_MAX, MD5_OF_DIGITS},
    {"empty inside", 109, 0, MD5_OF_NOTHING},
    {"before the first block", 99, 10, NULL},
    {"starts at the end", 110, 0, NULL},
    {"starts behind the end", 111, 1, NULL},
    {"negative offset", -1, 1, NULL},
    {"negative length", 100, -1, NULL},
};

static void ranges_are_cut_at_the_end_and_undefined_outside(void **unused)
{
	const struct block block = {100, digits, 10};
	struct fixture f;

	(void)unused;
	open_over(&f, &block, 1);
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		struct value value =
		    range(&f, "md5", ranges[i].offset, ranges[i].length);

		if (ranges[i].md5 == NULL)
			assert_int_equal(value.type, VALUE_UNDEFINED);
		else
			assert_text(value, ranges[i].md5);
	}
	arena_free(f.context.arena);
}

static void touching_blocks_are_one_range(void **unused)
{
	const struct block blocks[] = {{0, digits, 4}, {4, digits + 4, 6}};
	struct fixture f;

	(void)unused;
	open_over(&f, blocks, 2);
	assert_text(range(&f, "md5", 0, 10), MD5_OF_DIGITS);
	assert_integer(range(&f, "crc32", 0, 10), CRC32_OF_DIGITS);
	assert_integer(range(&f, "checksum32", 4, 1), '4');
	arena_free(f.context.arena);
}

static void a_gap_makes_the_range_undefined(void **unused)
{
	const struct block blocks[] = {{0, digits, 4}, {5, digits + 4, 6}};
	struct fixture f;

	(void)unused;
	open_over(&f, blocks, 2);
	assert_int_equal(range(&f, "md5", 0, 11).type, VALUE_UNDEFINED);
	assert_int_equal(range(&f, "checksum32", 0, 11).type, VALUE_UNDEFINED);
	assert_int_equal(range(&f, "md5", 4, 1).type, VALUE_UNDEFINED);
	assert_int_equal(range(&f, "md5", 0, 4).type, VALUE_TEXT);
	assert_integer(range(&f, "checksum32", 5, 1), '4');
	arena_free(f.context.arena);
}

static void a_range_is_hashed_once(void **unused)
{
	const struct block block = {0, digits, 10};
	struct fixture f;

	(void)unused;
	open_over(&f, &block, 1);
	const struct value first = range(&f, "sha256", 0, 10);
	const struct value second = range(&f, "sha256", 0, 10);

	assert_ptr_equal(first.text.at, second.text.at);
	assert_text(range(&f, "sha1", 0, 10), SHA1_OF_DIGITS);
	arena_free(f.context.arena);
}

static void an_object_without_blocks_has_no_hash(void **unused)
{
	struct fixture f;

	(void)unused;
	open_over(&f, NULL, 0);
	assert_int_equal(range(&f, "md5", 0, 0).type, VALUE_UNDEFINED);
	arena_free(f.context.arena);
}

TEST_MAIN(cmocka_unit_test(text_and_range_give_the_same),
	  cmocka_unit_test(ranges_are_cut_at_the_end_and_undefined_outside),
	  cmocka_unit_test(touching_blocks_are_one_range),
	  cmocka_unit_test(a_gap_makes_the_range_undefined),
	  cmocka_unit_test(a_range_is_hashed_once),
	  cmocka_unit_test(an_object_without_blocks_has_no_hash))
