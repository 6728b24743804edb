#include "bytes/test.h"

#include "bytes/alloc.h"
#include "bytes/arena.h"
#include "bytes/buffer.h"

#include <string.h>

static void an_arena_refuses_beyond_its_budget(void **state)
{
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1000, &arena), RQ_OK);
	assert_non_null(arena_array(arena, 10, 50));
	assert_null(arena_array(arena, 10, 51));
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_non_null(arena_array(arena, 1, 400));
	arena_free(arena);
}

static void an_arena_gives_zeroed_memory_after_a_reset(void **state)
{
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	memset(arena_array(arena, 1, 64), 0xAA, 64);
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);
	const char *again = arena_array(arena, 1, 64);
	for (int i = 0; i < 64; i++)
		assert_int_equal(again[i], 0);
	assert_string_equal(arena_format(arena, "%d-%s", 7, "x"), "7-x");
	arena_free(arena);
}

static void an_arena_array_grows_and_keeps_its_content(void **state)
{
	struct arena *arena;
	uint32_t *numbers = NULL;
	size_t capacity = 0;

	(void)state;
	assert_int_equal(arena_new(4096, &arena), RQ_OK);
	for (uint32_t i = 0; i < 300; i++) {
		assert_true(arena_grow(arena, (void **)&numbers, &capacity, i + 1, 4));
		numbers[i] = i;
	}
	assert_int_equal(numbers[16], 16);
	assert_int_equal(numbers[299], 299);
	assert_int_equal(numbers[capacity - 1], 0);
	assert_false(arena_grow(arena, (void **)&numbers, &capacity, 1000, 4));
	assert_int_equal(numbers[299], 299);
	arena_free(arena);
}

static void an_empty_buffer_has_a_place_for_nothing(void **state)
{
	struct buffer b = {0};

	(void)state;
	assert_non_null(buffer_zeros(&b, 0));
	assert_int_equal(b.size, 0);
	buffer_free(&b);
}

static void a_buffer_remembers_failure(void **state)
{
	struct buffer b = {.max = 4};

	(void)state;
	buffer_u16le(&b, 0x0201);
	buffer_u32le(&b, 1);
	assert_false(buffer_ok(&b));
	buffer_u8(&b, 1);
	assert_int_equal(b.size, 2);
	buffer_clear(&b);
	assert_true(buffer_ok(&b));
	buffer_free(&b);
}

static void a_buffer_writes_text_without_its_zero(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_format(&b, "%03d", 7);
	buffer_text(&b, "!");
	buffer_align(&b, 8);
	assert_int_equal(b.size, 8);
	assert_memory_equal(b.data, "007!\0\0\0\0", 8);
	buffer_free(&b);
}

static void a_chosen_allocation_and_all_later_ones_fail(void **state)
{
	void *first, *second;

	(void)state;
	alloc_fail_from(2);
	first = alloc_array(1, 8);
	second = alloc_array(1, 8);
	alloc_fail_from(0);
	assert_non_null(first);
	assert_null(second);
	alloc_free(first);
}

TEST_MAIN(cmocka_unit_test(an_arena_refuses_beyond_its_budget),
	  cmocka_unit_test(an_arena_gives_zeroed_memory_after_a_reset),
	  cmocka_unit_test(an_arena_array_grows_and_keeps_its_content),
	  cmocka_unit_test(an_empty_buffer_has_a_place_for_nothing),
	  cmocka_unit_test(a_buffer_remembers_failure),
	  cmocka_unit_test(a_buffer_writes_text_without_its_zero),
	  cmocka_unit_test(a_chosen_allocation_and_all_later_ones_fail))
