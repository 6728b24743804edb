/* Frames between processes: whole, in order, and bounded. */
#include "os/link.h"

#include "bytes/test.h"

#include <string.h>
#include <unistd.h>

static enum rq_err next(struct link *link, size_t max, struct bytes *frame_out)
{
	enum rq_err err;

	while ((err = link_receive(link, max, frame_out)) == RQ_ERR_NOT_FOUND)
		link_wait(&link, 1, NULL, 5000);
	return err;
}

static int echo(void *context, struct link *link)
{
	struct bytes frame;

	(void)context;
	while (next(link, 1 << 22, &frame) == RQ_OK)
		if (link_send(link, frame) != RQ_OK || link_flush(link) != RQ_OK)
			return 2;
	return 7;
}

static void a_child_answers_and_its_end_is_told(void **state)
{
	static uint8_t large[1 << 21];
	struct link *link;
	struct bytes frame;

	(void)state;
	memset(large, 0xA5, sizeof large);
	assert_int_equal(link_fork(echo, NULL, &link, NULL), RQ_OK);
	assert_int_equal(link_send(link, BYTES_LITERAL("one")), RQ_OK);
	assert_int_equal(link_send(link, (struct bytes){large, sizeof large}), RQ_OK);
	assert_int_equal(next(link, 1 << 22, &frame), RQ_OK);
	assert_true(bytes_equal_text(frame, "one"));
	assert_int_equal(next(link, 1 << 22, &frame), RQ_OK);
	assert_int_equal(frame.n, sizeof large);
	assert_memory_equal(frame.at, large, sizeof large);
	link_free(link);
}

static int say_much(void *context, struct link *link)
{
	(void)context;
	return link_send(link, BYTES_LITERAL("more than was agreed")) == RQ_OK &&
		       link_flush(link) == RQ_OK
		   ? 0
		   : 1;
}

static void a_frame_above_the_bound_ends_it(void **state)
{
	struct link *link;
	struct bytes frame;

	(void)state;
	assert_int_equal(link_fork(say_much, NULL, &link, NULL), RQ_OK);
	assert_int_equal(next(link, 8, &frame), RQ_ERR_PEER);
	assert_int_equal(link_end(link), 0);
	link_free(link);
}

static void who_connects_is_said_by_the_kernel(void **state)
{
	char path[64];
	struct link_listener *listener;
	struct link *here, *there;
	struct bytes frame;
	uint32_t user;

	(void)state;
	snprintf(path, sizeof path, "/tmp/raquet-link-%d", (int)getpid());
	assert_int_equal(link_listen(path, 0, &listener, NULL), RQ_OK);
	assert_int_equal(link_accept(listener, &here, &user), RQ_ERR_NOT_FOUND);
	assert_int_equal(link_connect(path, &there, NULL), RQ_OK);
	assert_int_equal(link_accept(listener, &here, &user), RQ_OK);
	assert_int_equal(user, getuid());
	assert_int_equal(link_send(there, BYTES_LITERAL("hello")), RQ_OK);
	assert_int_equal(next(here, 16, &frame), RQ_OK);
	assert_true(bytes_equal_text(frame, "hello"));
	link_free(there);
	assert_int_equal(next(here, 16, &frame), RQ_ERR_PEER);
	link_free(here);
	link_listener_free(listener);
	assert_int_not_equal(access(path, F_OK), 0);
}

TEST_MAIN(cmocka_unit_test(a_child_answers_and_its_end_is_told),
	  cmocka_unit_test(a_frame_above_the_bound_ends_it),
	  cmocka_unit_test(who_connects_is_said_by_the_kernel))
