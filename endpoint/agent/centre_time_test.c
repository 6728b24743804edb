/* The machine's calendar decides nothing. */
#include "endpoint/agent/centre_time.h"

#include "bytes/test.h"
#include "world/virtual.h"

static const uint64_t now = 1609459200000;

static void it_goes_on_whatever_the_calendar_does(void **state)
{
	static const uint64_t calendars[] = {1230768000000, 2208988800000, 0,
					     UINT64_MAX};
	struct world_virtual virtual_world;
	struct centre_time time;
	struct world world;
	int64_t ahead;

	(void)state;
	for (int i = 0; i < 4; i++) {
		world_virtual(&virtual_world, 1, calendars[i], &world);
		centre_time_start(&time, &world);
		assert_int_equal(centre_time_now(&time), 0);
		assert_true(centre_time_is_unsure(&time));
		assert_false(centre_time_ahead(&time, &ahead));
		centre_time_learn(&time, now);
		virtual_world.monotonic_ms += 7000;
		virtual_world.utc_ms = calendars[3 - i];
		assert_int_equal(centre_time_now(&time), now + 7000);
		assert_true(centre_time_is_unsure(&time));
		assert_true(centre_time_ahead(&time, &ahead));
		assert_true((ahead > 0) == (calendars[3 - i] > now));
	}
}

static void a_calendar_that_is_nearly_right_is_sure(void **state)
{
	struct world_virtual virtual_world;
	struct centre_time time;
	struct world world;
	int64_t ahead;

	(void)state;
	world_virtual(&virtual_world, 1, now + 60000, &world);
	centre_time_start(&time, &world);
	centre_time_learn(&time, now);
	assert_false(centre_time_is_unsure(&time));
	assert_true(centre_time_ahead(&time, &ahead));
	assert_int_equal(ahead, 60000);
	virtual_world.utc_ms = now - CENTRE_TIME_TOLERANCE_MS - 1;
	assert_true(centre_time_is_unsure(&time));
	virtual_world.utc_ms++;
	assert_false(centre_time_is_unsure(&time));
	centre_time_learn(&time, now - 5000); /* the centre's own clock was put right */
	assert_int_equal(centre_time_now(&time), now - 5000);
}

TEST_MAIN(cmocka_unit_test(it_goes_on_whatever_the_calendar_does),
	  cmocka_unit_test(a_calendar_that_is_nearly_right_is_sure))
