/* What the logic above may rely on, and what it may not. */
#include "world/virtual.h"

#include "bytes/buffer.h"
#include "bytes/test.h"
#include "world/real.h"

#include <string.h>

static struct disk_virtual *virtual;
static struct disk disk;

static void make(uint64_t seed)
{
	assert_int_equal(disk_virtual_new(seed, &virtual, &disk), RQ_OK);
}

static void append(const char *name, const char *text)
{
	assert_int_equal(disk.append(disk.self, name, bytes_of(text)), RQ_OK);
}

static void assert_content(const char *name, const char *text)
{
	struct buffer content = {0};

	assert_int_equal(disk_read_whole(&disk, name, &content), RQ_OK);
	assert_true(bytes_equal_text(buffer_bytes(&content), text));
	buffer_free(&content);
}

static void the_same_seed_gives_the_same_numbers_each_below_its_end(void **state)
{
	struct world_virtual a, b;
	struct world world_a, world_b;
	unsigned seen[7] = {0};

	(void)state;
	world_virtual(&a, 7, 1000, &world_a);
	world_virtual(&b, 7, 1000, &world_b);
	for (int i = 0; i < 7000; i++) {
		uint64_t value = world_below(&world_a, 7);

		assert_int_equal(value, world_below(&world_b, 7));
		assert_true(value < 7);
		seen[value]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_int_equal(world_below(&world_a, 0), 0);
}

static void the_steady_clock_does_not_care_for_the_other(void **state)
{
	struct world_virtual virtual_world;
	struct world world;
	uint64_t before;

	(void)state;
	world_virtual(&virtual_world, 1, 1609459200000, &world);
	before = world_monotonic_ms(&world);
	virtual_world.utc_ms = 1230768000000; /* 2009 */
	world_virtual_pass(&virtual_world, 500);
	assert_int_equal(world_monotonic_ms(&world), before + 500);
	assert_int_equal(world_utc_ms(&world), 1230768000500);
}

static void what_was_synced_survives_a_power_cut(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct buffer content = {0};

		make(seed);
		append("a", "durable");
		assert_int_equal(disk.sync(disk.self, "a"), RQ_OK);
		append("a", "and more");
		assert_int_equal(disk.replace(disk.self, "b", bytes_of("whole")),
				 RQ_OK);
		disk_virtual_restart(virtual, true);
		assert_int_equal(disk_read_whole(&disk, "a", &content), RQ_OK);
		assert_true(content.size >= 7 && content.size <= 15);
		assert_memory_equal(content.data, "durable", 7);
		assert_content("b", "whole");
		buffer_free(&content);
		disk_virtual_free(virtual);
	}
}

static void what_was_not_synced_is_sometimes_lost_and_sometimes_torn(void **state)
{
	unsigned n_lost = 0, n_torn = 0, n_whole = 0, n_back = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		uint64_t size;

		make(seed);
		append("old", "x");
		assert_int_equal(disk.sync(disk.self, "old"), RQ_OK);
		assert_int_equal(disk.remove(disk.self, "old"), RQ_OK);
		append("new", "0123456789");
		disk_virtual_restart(virtual, true);
		if (disk.size(disk.self, "new", &size) == RQ_ERR_NOT_FOUND)
			n_lost++;
		else if (size < 10)
			n_torn++;
		else
			n_whole++;
		n_back += disk.size(disk.self, "old", &size) == RQ_OK;
		disk_virtual_free(virtual);
	}
	assert_true(n_lost > 20 && n_torn > 20 && n_whole > 2 && n_back > 20);
}

static void a_sync_that_failed_takes_what_it_should_have_kept(void **state)
{
	const struct disk_faults faults = {.sync_fails_one_in = 1}, none = {0};
	struct buffer content = {0};

	(void)state;
	make(3);
	append("a", "one");
	disk_virtual_faults(virtual, &faults);
	assert_int_equal(disk.sync(disk.self, "a"), RQ_ERR_SYSTEM);
	disk_virtual_faults(virtual, &none);
	assert_int_equal(disk.sync(disk.self, "a"), RQ_OK); /* and proves nothing */
	disk_virtual_restart(virtual, true);
	assert_int_equal(disk_read_whole(&disk, "a", &content), RQ_OK);
	assert_memory_equal(content.data, "\0\0\0", 3);
	buffer_free(&content);
	disk_virtual_free(virtual);
}

static void a_killed_process_finds_a_beginning_of_what_it_wrote_last(void **state)
{
	const struct disk_faults faults = {.kill_at = 2};
	uint64_t size;

	(void)state;
	make(5);
	disk_virtual_faults(virtual, &faults);
	append("a", "one");
	assert_int_equal(disk.append(disk.self, "a", bytes_of("two")), RQ_ERR_STOPPED);
	assert_int_equal(disk.size(disk.self, "a", &size), RQ_ERR_STOPPED);
	disk_virtual_restart(virtual, false);
	assert_int_equal(disk.size(disk.self, "a", &size), RQ_OK);
	assert_in_range(size, 3, 6);
	disk_virtual_free(virtual);
}

static void a_full_disk_takes_what_fits_and_says_so(void **state)
{
	const struct disk_faults faults = {.capacity = 5};
	uint64_t room;

	(void)state;
	make(1);
	disk_virtual_faults(virtual, &faults);
	append("a", "123");
	assert_int_equal(disk.append(disk.self, "a", bytes_of("456")), RQ_ERR_FULL);
	assert_content("a", "12345");
	assert_int_equal(disk.replace(disk.self, "b", bytes_of("1")), RQ_ERR_FULL);
	assert_int_equal(disk.remove(disk.self, "a"), RQ_OK);
	assert_int_equal(disk.room(disk.self, &room), RQ_OK);
	assert_int_equal(room, 5);
	disk_virtual_free(virtual);
}

static enum rq_err count(void *listener, const char *name)
{
	(void)name;
	++*(unsigned *)listener;
	return RQ_OK;
}

static void the_disk_of_this_machine_does_the_same(void **state)
{
	char folder[] = "/tmp/raquet-world-XXXXXX";
	struct disk_real *real;
	uint64_t size, room;
	unsigned n = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(disk_real_new(folder, &real, &disk, NULL), RQ_OK);
	assert_int_equal(disk.size(disk.self, "a", &size), RQ_ERR_NOT_FOUND);
	append("a", "one");
	assert_int_equal(disk.sync(disk.self, "a"), RQ_OK);
	append("a", "two");
	assert_content("a", "onetwo");
	assert_int_equal(disk.cut(disk.self, "a", 4), RQ_OK);
	append("a", "!");
	assert_content("a", "onet!");
	assert_int_equal(disk.replace(disk.self, "a", bytes_of("new")), RQ_OK);
	append("a", "er");
	assert_content("a", "newer");
	append("b", "");
	assert_int_equal(disk.list(disk.self, &n, count), RQ_OK);
	assert_int_equal(n, 2);
	assert_int_equal(disk.room(disk.self, &room), RQ_OK);
	assert_true(room > 0);
	assert_int_equal(disk.remove(disk.self, "a"), RQ_OK);
	assert_int_equal(disk.remove(disk.self, "b"), RQ_OK);
	assert_int_equal(disk.remove(disk.self, "b"), RQ_ERR_NOT_FOUND);
	disk_real_free(real);
	assert_int_equal(remove(folder), 0);
	assert_int_equal(disk_real_new(folder, &real, &disk, NULL), RQ_ERR_NOT_FOUND);
}

static void the_clocks_of_this_machine_go(void **state)
{
	uint8_t boot[WORLD_BOOT_ID], again[WORLD_BOOT_ID];
	struct world world;
	uint64_t before;

	(void)state;
	world_real(&world);
	before = world_monotonic_ms(&world);
	world_boot_id(&world, boot);
	world_boot_id(&world, again);
	assert_memory_equal(boot, again, sizeof boot);
	assert_true(world_below(&world, 10) < 10);
	assert_true(world_monotonic_ms(&world) >= before);
	assert_true(world_utc_ms(&world) > 1600000000000);
}

TEST_MAIN(cmocka_unit_test(the_same_seed_gives_the_same_numbers_each_below_its_end),
	  cmocka_unit_test(the_steady_clock_does_not_care_for_the_other),
	  cmocka_unit_test(what_was_synced_survives_a_power_cut),
	  cmocka_unit_test(what_was_not_synced_is_sometimes_lost_and_sometimes_torn),
	  cmocka_unit_test(a_sync_that_failed_takes_what_it_should_have_kept),
	  cmocka_unit_test(a_killed_process_finds_a_beginning_of_what_it_wrote_last),
	  cmocka_unit_test(a_full_disk_takes_what_fits_and_says_so),
	  cmocka_unit_test(the_disk_of_this_machine_does_the_same),
	  cmocka_unit_test(the_clocks_of_this_machine_go))
