#include "os/frame_queue.h"

#include "bytes/test.h"

static void arrive(struct frame_queue *queue, const char *bytes, size_t n)
{
	buffer_put(&queue->bytes, bytes, n);
}

static void a_frame_is_taken_once_it_is_whole(void **state)
{
	struct frame_queue queue = {0};
	struct buffer out = {0};
	struct bytes frame;

	(void)state;
	frame_put(&out, BYTES_LITERAL("one"));
	frame_put(&out, BYTES_LITERAL(""));
	frame_put(&out, BYTES_LITERAL("three"));
	/* byte by byte: none comes early, none late */
	for (size_t i = 0; i < out.size; i++) {
		bool is_whole = i == 6 || i == 10 || i == 19;

		assert_int_equal(frame_take(&queue, 5, &frame), RQ_ERR_NOT_FOUND);
		arrive(&queue, (const char *)out.data + i, 1);
		if (!is_whole)
			continue;
		assert_int_equal(frame_take(&queue, 5, &frame), RQ_OK);
		assert_true(bytes_equal_text(frame, i == 6    ? "one"
						    : i == 10 ? ""
							      : "three"));
	}
	assert_int_equal(queue.bytes.size, queue.pos);
	/* all at once */
	arrive(&queue, (const char *)out.data, out.size);
	for (int i = 0; i < 3; i++)
		assert_int_equal(frame_take(&queue, 5, &frame), RQ_OK);
	assert_true(bytes_equal_text(frame, "three"));
	assert_int_equal(frame_take(&queue, 5, &frame), RQ_ERR_NOT_FOUND);
	buffer_free(&queue.bytes);
	buffer_free(&out);
}

static void a_frame_over_the_limit_is_refused_by_its_length(void **state)
{
	struct frame_queue queue = {0};
	struct bytes frame;

	(void)state;
	arrive(&queue, "\x06\0\0", 3);
	assert_int_equal(frame_take(&queue, 5, &frame), RQ_ERR_NOT_FOUND);
	arrive(&queue, "\0", 1);
	assert_int_equal(frame_take(&queue, 5, &frame), RQ_ERR_PEER);
	assert_int_equal(frame_take(&queue, 6, &frame), RQ_ERR_NOT_FOUND);
	buffer_free(&queue.bytes);
}

TEST_MAIN(cmocka_unit_test(a_frame_is_taken_once_it_is_whole),
	  cmocka_unit_test(a_frame_over_the_limit_is_refused_by_its_length))
