/* Ten thousand machines do not come at once, and not again together either. */
#include "endpoint/agent/schedule.h"

#include "bytes/alloc.h"
#include "bytes/test.h"
#include "world/virtual.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static struct world_virtual virtual_world;
static struct world world;
static struct schedule schedule;
static struct schedule_options options;

static void make(uint64_t seed)
{
	world_virtual(&virtual_world, seed, 1609459200000, &world);
	schedule_options_default(&options);
}

static void wait_for_it(void)
{
	world_virtual_pass(&virtual_world, schedule_wait_ms(&schedule));
}

static void the_centre_names_the_time(void **state)
{
	(void)state;
	make(1);
	schedule_start(&schedule, &world, &options);
	assert_true(schedule_wait_ms(&schedule) < options.interval_ms);
	wait_for_it();
	assert_int_equal(schedule_wait_ms(&schedule), 0);
	schedule_useful(&schedule, 1234567);
	assert_int_equal(schedule_wait_ms(&schedule), 1234567);
	schedule_useful(&schedule, UINT64_MAX / 2); /* a slip at the centre */
	assert_int_equal(schedule_wait_ms(&schedule), options.longest_ms);
}

static void every_server_is_tried_before_the_wait_from_one_by_chance(void **state)
{
	unsigned first[3] = {0};

	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		unsigned tried = 0;

		make(seed);
		options.n_servers = 3;
		schedule_start(&schedule, &world, &options);
		first[schedule.server]++;
		wait_for_it();
		for (int i = 0; i < 3; i++) {
			assert_int_equal(schedule_wait_ms(&schedule), 0);
			tried |= 1u << schedule.server;
			schedule_failed(&schedule);
		}
		assert_int_equal(tried, 7);
		assert_true(schedule_wait_ms(&schedule) > 0);
	}
	for (int i = 0; i < 3; i++)
		assert_in_range(first[i], 70, 130);
}

static void failures_wait_longer_up_to_half_an_hour(void **state)
{
	uint64_t longest[16] = {0};

	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		make(seed);
		schedule_start(&schedule, &world, &options);
		for (int i = 0; i < 16; i++) {
			uint64_t wait;

			wait_for_it();
			schedule_failed(&schedule);
			wait = schedule_wait_ms(&schedule);
			assert_true(wait <= options.cap_ms);
			if (wait > longest[i])
				longest[i] = wait;
		}
	}
	assert_true(longest[0] <= 5000 && longest[0] > 4000);
	assert_true(longest[1] <= 10000 && longest[1] > 8000);
	assert_true(longest[15] > 28 * MINUTE);
}

static void only_a_useful_exchange_ends_the_row_and_a_hint_wins(void **state)
{
	(void)state;
	make(3);
	schedule_start(&schedule, &world, &options);
	for (int i = 0; i < 10; i++) {
		wait_for_it();
		schedule_failed(&schedule);
	}
	assert_int_equal(schedule.n_failures, 10);
	schedule_turned_away(&schedule, 7000); /* it is there and has too much to do */
	assert_int_equal(schedule_wait_ms(&schedule), 7000);
	assert_int_equal(schedule.n_failures, 11);
	schedule_hurry(&schedule, 10);
	assert_int_equal(schedule_wait_ms(&schedule), 7000);
	wait_for_it();
	schedule_useful(&schedule, 15 * MINUTE);
	assert_int_equal(schedule.n_failures, 0);
	schedule_hurry(&schedule, 10);
	assert_true(schedule_wait_ms(&schedule) <= 10);
}

static void enrolment_asks_at_most_every_ten_minutes(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		make(seed);
		schedule_options_enrolment(&options);
		schedule_start(&schedule, &world, &options);
		for (int i = 0; i < 12; i++) {
			wait_for_it();
			if (i > 0)
				assert_true(world_monotonic_ms(&world) - last >=
					    10 * MINUTE);
			last = world_monotonic_ms(&world);
			if (i % 3 == 0)
				schedule_failed(&schedule);
			else /* whatever the server says */
				schedule_turned_away(&schedule, i % 3 == 1 ? 1 : 0);
			assert_true(schedule_wait_ms(&schedule) <=
				    6 * HOUR + 20 * MINUTE);
		}
	}
}

static void the_calendar_does_not_matter(void **state)
{
	static const uint64_t calendars[] = {1230768000000, 2208988800000, 0,
					     UINT64_MAX - 1000};
	uint64_t expected = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		make(5);
		schedule_start(&schedule, &world, &options);
		virtual_world.utc_ms = calendars[i];
		world_virtual_pass(&virtual_world, 100);
		schedule_failed(&schedule);
		virtual_world.utc_ms = calendars[3 - i];
		if (i == 0)
			expected = schedule.due_ms;
		assert_int_equal(schedule.due_ms, expected);
	}
}

/*
 * Two hours without the centre, which then names a fixed quarter of an hour to everybody,
 * the worst that it can do.  How many come in the busiest minute of each of the next
 * quarters?
 */
static void after_an_outage_there_is_no_wave_and_no_echo(void **state)
{
	enum { N = 10000, OUTAGE = 2 * HOUR, END = OUTAGE + 4 * HOUR };
	struct schedule *all = alloc_array(N, sizeof *all);
	static unsigned minutes[END / MINUTE + 1];
	uint64_t start, mean = N / 15;

	(void)state;
	make(6);
	assert_non_null(all);
	virtual_world.monotonic_ms = 0;
	for (int i = 0; i < N; i++)
		schedule_start(&all[i], &world, &options);
	start = world_monotonic_ms(&world);
	for (int i = 0; i < N; i++) {
		/* each alone: they share nothing but the centre */
		virtual_world.monotonic_ms = start;
		for (;;) {
			uint64_t now;

			world_virtual_pass(&virtual_world, schedule_wait_ms(&all[i]));
			now = world_monotonic_ms(&world) - start;
			if (now >= END)
				break;
			minutes[now / MINUTE]++;
			if (now < OUTAGE)
				schedule_failed(&all[i]);
			else
				schedule_useful(&all[i], 15 * MINUTE);
		}
	}
	/* the first half hour brings them back, each minute fewer than a tenth */
	for (int m = OUTAGE / MINUTE; m < OUTAGE / MINUTE + 30; m++)
		assert_true(minutes[m] < N / 10);
	/* all are back then, and no minute has twice what is its part */
	for (int m = OUTAGE / MINUTE + 45; m < END / MINUTE; m++)
		if (minutes[m] > 2 * mean || minutes[m] < mean / 2)
			fail_msg("minute %d: %u", m, minutes[m]);
	alloc_free(all);
}

TEST_MAIN(cmocka_unit_test(the_centre_names_the_time),
	  cmocka_unit_test(every_server_is_tried_before_the_wait_from_one_by_chance),
	  cmocka_unit_test(failures_wait_longer_up_to_half_an_hour),
	  cmocka_unit_test(only_a_useful_exchange_ends_the_row_and_a_hint_wins),
	  cmocka_unit_test(enrolment_asks_at_most_every_ten_minutes),
	  cmocka_unit_test(the_calendar_does_not_matter),
	  cmocka_unit_test(after_an_outage_there_is_no_wave_and_no_echo))
