#include "artefact/day.h"

static bool number(struct reader *r, unsigned n_digits, int *value_out)
{
	*value_out = 0;
	while (n_digits-- > 0) {
		uint8_t c = reader_u8(r);

		if (c < '0' || c > '9')
			return false;
		*value_out = *value_out * 10 + (c - '0');
	}
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool day_read(struct bytes text, int64_t *day_out)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct reader r = reader_over(text.at, text.n);
	int year, month, day;
	int64_t days = 0;

	if (!number(&r, 4, &year) || reader_u8(&r) != '-' || !number(&r, 2, &month) ||
	    reader_u8(&r) != '-' || !number(&r, 2, &day) || !reader_done(&r))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (month == 2 && is_leap(year)))
		return false;
	for (int y = 1970; y < year; y++)
		days += 365 + is_leap(y);
	for (int m = 1; m < month; m++)
		days += lengths[m - 1] + (m == 2 && is_leap(year));
	*day_out = days + day - 1;
	return true;
}
