#include "bytes/test.h"

#include "centre/unit/day.h"

#include <stdbool.h>

static const struct {
	const char *text;
	int64_t day; /* -1000000: none */
	const char *written;
} cases[] = {
    {"01/01/1970", 0, "01/01/1970"},
    {"31/12/1969", -1, "31/12/1969"},
    {"20/12/2020", 18616, "20/12/2020"},
    {"2020-12-20", 18616, "20/12/2020"},
    {"1/2/2020", 18293, "01/02/2020"},
    {"29/02/2020", 18321, "29/02/2020"},
    {"31/12/9999", 2932896, "31/12/9999"},
    {"29/02/2021", -1000000, ""},
    {"31/04/2021", -1000000, ""},
    {"00/01/2021", -1000000, ""},
    {"01/13/2021", -1000000, ""},
    {"20/12/20", -1000000, ""},
    {"20/12/1899", -1000000, ""},
    {"20/12/2020 ", -1000000, ""},
    {"20/12", -1000000, ""},
    {"20-12-2020", -1000000, ""},
    {"2020/12/20", -1000000, ""},
    {"-1/12/2020", -1000000, ""},
    {"", -1000000, ""},
};

static void dates_are_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t day = -1000000;
		char text[DAY_TEXT] = "";

		if (unit_day_read(bytes_of(cases[i].text), &day) !=
			(cases[i].day != -1000000) ||
		    day != cases[i].day)
			fail_msg("%s: %lld", cases[i].text, (long long)day);
		if (day != -1000000)
			day_write(day, text);
		assert_string_equal(text, cases[i].written);
	}
}

static void a_day_begins_at_midnight_in_vietnam(void **state)
{
	const int64_t midnight = -7 * 3600000;
	char text[DAY_TEXT];

	(void)state;
	assert_int_equal(day_of_time(midnight - 1), -1);
	assert_int_equal(day_of_time(midnight), 0);
	assert_int_equal(day_of_time(midnight + 86399999), 0);
	assert_int_equal(day_of_time(midnight + 86400000), 1);
	day_write(DAY_FOREVER, text);
	assert_string_equal(text, "");
}

TEST_MAIN(cmocka_unit_test(dates_are_days),
	  cmocka_unit_test(a_day_begins_at_midnight_in_vietnam))
