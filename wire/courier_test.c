/* The agent reads one message from its courier, to the exact byte. */
#include "wire/courier.h"

#include "bytes/test.h"

static void ask_survives_the_way(void **state)
{
	const struct courier_ask ask = {7, 30000, BYTES_LITERAL("\4\1body")};
	struct courier_ask read;
	struct buffer frame = {0};

	(void)state;
	courier_ask_encode(&ask, &frame);
	assert_int_equal(courier_ask_decode(buffer_bytes(&frame), &read), RQ_OK);
	assert_int_equal(read.number, 7);
	assert_int_equal(read.wait_ms, 30000);
	assert_true(bytes_equal(read.message, ask.message));
	buffer_free(&frame);
}

static void told_is_read_to_its_end_alone(void **state)
{
	const struct courier_told told = {7, COURIER_ANSWERED, BYTES_LITERAL("\5\1")};
	struct courier_told read;
	struct buffer frame = {0};

	(void)state;
	courier_told_encode(&told, &frame);
	assert_int_equal(courier_told_decode(buffer_bytes(&frame), &read), RQ_OK);
	assert_int_equal(read.number, 7);
	for (size_t n = 0; n < frame.size; n++)
		assert_int_equal(
		    courier_told_decode((struct bytes){frame.data, n}, &read),
		    RQ_ERR_FORMAT);
	buffer_u8(&frame, 0);
	assert_int_equal(courier_told_decode(buffer_bytes(&frame), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&frame);
}

static void bytes_come_with_an_answer_alone(void **state)
{
	const struct courier_told wrong[] = {
	    {1, COURIER_ANSWERED, {NULL, 0}},
	    {1, COURIER_NO_CENTRE, BYTES_LITERAL("x")},
	    {1, N_COURIER_OUTCOMES, {NULL, 0}},
	};
	struct buffer frame = {0};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		buffer_clear(&frame);
		courier_told_encode(&wrong[i], &frame);
		assert_false(buffer_ok(&frame));
	}
	buffer_free(&frame);
}

TEST_MAIN(cmocka_unit_test(ask_survives_the_way),
	  cmocka_unit_test(told_is_read_to_its_end_alone),
	  cmocka_unit_test(bytes_come_with_an_answer_alone))
