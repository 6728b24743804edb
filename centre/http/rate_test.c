#include "centre/http/rate.h"

#include "bytes/test.h"

static const struct rate rate = {.per_minute = 60, .burst = 3};

static unsigned take(struct rates *rates, const char *who, unsigned n, uint64_t now_ms)
{
	unsigned got = 0;
	uint64_t wait;

	while (n-- > 0)
		got += rates_take(rates, 0, &rate, bytes_of(who), now_ms, &wait);
	return got;
}

static void a_burst_passes_and_then_the_rate(void **state)
{
	struct rates *rates = rates_new(100);
	uint64_t wait;

	(void)state;
	assert_int_equal(take(rates, "a", 10, 1000), 3);
	assert_false(rates_take(rates, 0, &rate, bytes_of("a"), 1000, &wait));
	assert_int_equal(wait, 1001);
	rates_free(rates);
}

static void one_does_not_pay_for_another(void **state)
{
	struct rates *rates = rates_new(100);

	(void)state;
	assert_int_equal(take(rates, "a", 10, 1000), 3);
	assert_int_equal(take(rates, "b", 10, 1000), 3);
	assert_int_equal(take(rates, "a", 10, 1999), 0);
	assert_int_equal(take(rates, "a", 10, 2000), 1);
	rates_free(rates);
}

static void asking_all_the_time_gains_and_loses_nothing(void **state)
{
	struct rates *rates = rates_new(100);
	unsigned got = 0;

	(void)state;
	for (uint64_t now = 1000; now <= 61000; now += 7)
		got += take(rates, "a", 1, now);
	assert_in_range(got, 62, 63);
	rates_free(rates);
}

static void the_table_is_bounded(void **state)
{
	struct rates *rates = rates_new(16);
	char name[8];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%u", i);
		assert_int_equal(take(rates, name, 1, 1000 + i), 1);
	}
	rates_free(rates);
}

TEST_MAIN(cmocka_unit_test(a_burst_passes_and_then_the_rate),
	  cmocka_unit_test(one_does_not_pay_for_another),
	  cmocka_unit_test(asking_all_the_time_gains_and_loses_nothing),
	  cmocka_unit_test(the_table_is_bounded))
