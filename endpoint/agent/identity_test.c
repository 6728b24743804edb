/* What a machine knows of itself survives, and a damaged file is as none. */
#include "endpoint/agent/identity.h"

#include "bytes/buffer.h"
#include "bytes/test.h"
#include "world/virtual.h"

#include <string.h>

static struct disk_virtual *made;
static struct disk disk;

static int begin(void **state)
{
	(void)state;
	return disk_virtual_new(1, &made, &disk) == RQ_OK ? 0 : 1;
}

static int end(void **state)
{
	(void)state;
	disk_virtual_free(made);
	return 0;
}

static void damage(const char *name, size_t at)
{
	struct buffer file = {0};

	assert_int_equal(disk_read_whole(&disk, name, &file), RQ_OK);
	file.data[at] ^= 1;
	assert_int_equal(disk.replace(disk.self, name, buffer_bytes(&file)), RQ_OK);
	buffer_free(&file);
}

static void whose_machine_it_is(void **state)
{
	const struct identity mine = {true, {7}, {8}, {9}};
	struct identity read;

	(void)state;
	identity_load(&disk, &read);
	assert_false(read.is_known);
	assert_int_equal(identity_keep(&disk, &mine), RQ_OK);
	identity_load(&disk, &read);
	assert_true(read.is_known);
	assert_memory_equal(read.machine, mine.machine, sizeof mine.machine);
	assert_memory_equal(read.authority, mine.authority, sizeof mine.authority);
	assert_memory_equal(read.time_key, mine.time_key, sizeof mine.time_key);
	damage("identity", 10);
	identity_load(&disk, &read);
	assert_false(read.is_known);
}

static void how_often_it_spoke(void **state)
{
	const struct run_counts counts = {77, 5, 1, true};
	struct run_counts read;

	(void)state;
	assert_int_equal(run_counts_keep(&disk, &counts), RQ_OK);
	run_counts_load(&disk, &read);
	assert_int_equal(read.counter, 77);
	assert_int_equal(read.n_starts, 5);
	assert_int_equal(read.n_deaths, 1);
	assert_true(read.is_running);
	damage("counts", 6);
	run_counts_load(&disk, &read);
	assert_int_equal(read.counter, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(whose_machine_it_is, begin, end),
	    cmocka_unit_test_setup_teardown(how_often_it_spoke, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
