#include "bytes/test.h"

#include "os/map.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 1000 * 1000, OFF = 181 };

static struct file file;
static uint8_t content[SIZE];

static int make(void **state)
{
	char path[] = "/tmp/raquet-map-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 7 ^ i >> 8);
	if (fd < 0 || unlink(path) != 0 || write(fd, content, SIZE) != SIZE)
		return 1;
	file.handle = fd;
	return 0;
}

static int clear(void **state)
{
	(void)state;
	file_close(&file);
	return 0;
}

/* What was read along; the second piece is the last when it stops. */
struct heard {
	struct buffer bytes;
	unsigned n_pieces;
	bool stops;
};

static enum rq_err hear(void *reader, uint8_t *piece, size_t n)
{
	struct heard *heard = reader;

	piece[0] ^= 1; /* the copy has what the reader leaves */
	buffer_put(&heard->bytes, piece, n);
	return ++heard->n_pieces == 2 && heard->stops ? RQ_ERR_STOPPED : RQ_OK;
}

/* The file changes between two pieces: both sides must have the same of it. */
static enum rq_err hear_and_change(void *reader, uint8_t *piece, size_t n)
{
	static const char other[] = "changed";

	assert_int_equal(pwrite((int)file.handle, other, sizeof other, OFF),
			 sizeof other);
	assert_int_equal(pwrite((int)file.handle, other, sizeof other, SIZE - 100),
			 sizeof other);
	return hear(reader, piece, n);
}

static void a_copy_is_what_was_read_along(void **state)
{
	enum rq_err (*const readers[])(void *, uint8_t *, size_t) = {hear,
								     hear_and_change};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct heard heard = {0};
		struct file sealed;
		struct map map;

		assert_int_equal(map_seal_file(file, OFF, SIZE - OFF,
					       &(struct map_reader){readers[i], &heard},
					       &sealed, NULL),
				 RQ_OK);
		assert_int_equal(map_sealed(sealed, &map), RQ_OK);
		assert_int_equal(map.size, SIZE - OFF);
		assert_true(heard.n_pieces > 1);
		assert_true(bytes_equal(buffer_bytes(&heard.bytes),
					(struct bytes){map.data, map.size}));
		/* the end was read after it changed, the start before */
		assert_int_equal(map.data[0], content[OFF] ^ 1);
		assert_int_equal(memcmp(map.data + 1, content + OFF + 1, 7), 0);
		assert_int_equal(memcmp(map.data + SIZE - OFF - 100, "changed", 7) == 0,
				 i == 1);
		map_free(&map);
		file_close(&sealed);
		buffer_free(&heard.bytes);
	}
}

static void nobody_can_change_a_copy(void **state)
{
	struct file sealed;

	(void)state;
	assert_int_equal(map_seal_file(file, 0, SIZE, NULL, &sealed, NULL), RQ_OK);
	assert_int_equal(pwrite((int)sealed.handle, "x", 1, 0), -1);
	assert_int_equal(ftruncate((int)sealed.handle, 0), -1);
	file_close(&sealed);
}

static void a_copy_that_is_not_whole_is_none(void **state)
{
	struct heard heard = {.stops = true};
	struct file sealed;

	(void)state;
	assert_int_not_equal(map_seal_file(file, OFF, SIZE, NULL, &sealed, NULL),
			     RQ_OK);
	assert_int_equal(sealed.handle, FILE_NONE.handle);
	assert_int_not_equal(map_seal_file(file, 0, SIZE,
					   &(struct map_reader){hear, &heard}, &sealed,
					   NULL),
			     RQ_OK);
	assert_int_equal(sealed.handle, FILE_NONE.handle);
	buffer_free(&heard.bytes);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, clear)

TEST_MAIN(CASE(a_copy_is_what_was_read_along), CASE(nobody_can_change_a_copy),
	  CASE(a_copy_that_is_not_whole_is_none))
