#include "bytes/test.h"

#include "bytes/reader.h"

static const uint8_t digits[] = {1, 2, 3, 4, 5, 6, 7, 8};

static void reads_both_byte_orders(void **state)
{
	struct reader r = reader_over(digits, sizeof digits);

	(void)state;
	assert_int_equal(reader_u8(&r), 0x01);
	assert_int_equal(reader_u16le(&r), 0x0302);
	assert_int_equal(reader_u16be(&r), 0x0405);
	reader_seek(&r, 0);
	assert_int_equal(reader_u32le(&r), 0x04030201);
	assert_int_equal(reader_u32be(&r), 0x05060708);
	assert_true(reader_done(&r));
	reader_seek(&r, 0);
	assert_true(reader_u64be(&r) == UINT64_C(0x0102030405060708));
}

static void failure_sticks(void **state)
{
	struct reader r = reader_over(digits, 3);

	(void)state;
	assert_int_equal(reader_u32le(&r), 0);
	assert_false(reader_ok(&r));
	assert_int_equal(reader_u8(&r), 0);
	assert_int_equal(reader_left(&r), 0);
	assert_null(reader_bytes(&r, 1).at);
	assert_false(reader_done(&r));
}

static void a_length_from_outside_cannot_wrap(void **state)
{
	struct reader r = reader_over(digits, sizeof digits);

	(void)state;
	reader_skip(&r, 4);
	assert_null(reader_bytes(&r, UINT64_MAX - 2).at);
	assert_false(reader_ok(&r));
	r = reader_over(digits, sizeof digits);
	assert_false(reader_covers(&r, UINT64_MAX, 2));
	assert_false(reader_covers(&r, 2, UINT64_MAX));
	assert_true(reader_covers(&r, 8, 0));
}

static void a_child_cannot_see_past_its_end(void **state)
{
	struct reader r = reader_over(digits, sizeof digits);
	struct reader child = reader_sub(&r, 2);

	(void)state;
	assert_int_equal(reader_u16be(&child), 0x0102);
	assert_int_equal(reader_u8(&child), 0);
	assert_false(reader_ok(&child));
	assert_int_equal(reader_u8(&r), 3);
	child = reader_at(&r, 7, 2);
	assert_false(reader_ok(&child));
	assert_true(reader_ok(&r));
	child = reader_from(&r, 8);
	assert_true(reader_done(&child));
}

static void a_zero_ended_text_needs_its_zero_within_reach(void **state)
{
	static const uint8_t text[] = {'a', 'b', 0, 'c', 'd'};
	struct reader r = reader_over(text, sizeof text);

	(void)state;
	assert_true(bytes_equal_text(reader_zero_ended(&r, 16), "ab"));
	assert_null(reader_zero_ended(&r, 16).at);
	r = reader_over(text, sizeof text);
	assert_null(reader_zero_ended(&r, 2).at);
}

static void nothing_can_be_read_without_harm(void **state)
{
	struct reader r = reader_over(NULL, 0);
	struct reader child = reader_sub(&r, 0);

	(void)state;
	assert_true(reader_done(&child));
	assert_non_null(reader_bytes(&r, 0).at);
	assert_null(reader_zero_ended(&r, 16).at);
	child = reader_at(&r, 0, 0); /* of one that failed, but has a place */
	assert_true(reader_done(&child));
	child = reader_at(&r, 1, 0);
	assert_false(reader_ok(&child));
	r = reader_at(&child, 0, 0); /* of one that has none */
	assert_null(reader_zero_ended(&r, 16).at);
	assert_false(reader_ok(&r));
}

static void runs_of_bytes_compare_like_memcmp_then_length(void **state)
{
	(void)state;
	assert_true(bytes_compare(bytes_of("ab"), bytes_of("b")) < 0);
	assert_true(bytes_compare(bytes_of("ab"), bytes_of("a")) > 0);
	assert_int_equal(bytes_compare((struct bytes){NULL, 0}, bytes_of("")), 0);
	assert_false(bytes_equal(bytes_of("a"), bytes_of("ab")));
}

static void blanks_are_cut_off_at_both_ends_only(void **state)
{
	const struct bytes blanks = BYTES_LITERAL(" \t\0");

	(void)state;
	assert_true(bytes_equal_text(bytes_trim(BYTES_LITERAL(" \0a \tb\t "), blanks),
				     "a \tb"));
	assert_true(bytes_equal_text(bytes_trim(bytes_of("ab"), blanks), "ab"));
	assert_int_equal(bytes_trim(bytes_of(" \t "), blanks).n, 0);
	assert_int_equal(bytes_trim((struct bytes){NULL, 0}, blanks).n, 0);
}

TEST_MAIN(cmocka_unit_test(reads_both_byte_orders), cmocka_unit_test(failure_sticks),
	  cmocka_unit_test(a_length_from_outside_cannot_wrap),
	  cmocka_unit_test(a_child_cannot_see_past_its_end),
	  cmocka_unit_test(a_zero_ended_text_needs_its_zero_within_reach),
	  cmocka_unit_test(nothing_can_be_read_without_harm),
	  cmocka_unit_test(runs_of_bytes_compare_like_memcmp_then_length),
	  cmocka_unit_test(blanks_are_cut_off_at_both_ends_only))
