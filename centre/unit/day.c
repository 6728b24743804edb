#include "centre/unit/day.h"

#include "centre/unit/unit_internal.h"

#include <string.h>
#include <time.h>

enum { DAY_SECONDS = 86400, DAY_MS = 86400000, VIETNAM_MS = 7 * 3600 * 1000 };

static int64_t floor_days(int64_t time, int64_t day)
{
	return time >= 0 ? time / day : -((day - 1 - time) / day);
}

int64_t day_of_time(int64_t time_ms)
{
	return floor_days(time_ms + VIETNAM_MS, DAY_MS);
}

bool unit_number_read(struct bytes text, size_t n_digits, int64_t *out)
{
	*out = 0;
	if (text.n == 0 || text.n > n_digits)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		*out = *out * 10 + (text.at[i] - '0');
	}
	return true;
}

/* The number before c, or to the end for 0; text goes on behind it. */
static bool read_part(struct bytes *text, char c, int64_t *out)
{
	const uint8_t *end = c != 0 ? memchr(text->at, c, text->n) : text->at + text->n;
	size_t n;

	if (end == NULL)
		return false;
	n = (size_t)(end - text->at);
	if (!unit_number_read((struct bytes){text->at, n}, 4, out))
		return false;
	n += c != 0;
	*text = (struct bytes){text->at + n, text->n - n};
	return true;
}

bool unit_day_read(struct bytes text, int64_t *day_out)
{
	struct bytes again = text;
	int64_t year = 0, month = 0, day = 0;
	struct tm given, same;
	time_t seconds;

	if (text.n == 0 || text.n > 10)
		return false;
	if (!(read_part(&text, '/', &day) && read_part(&text, '/', &month) &&
	      read_part(&text, 0, &year)) &&
	    !(read_part(&again, '-', &year) && read_part(&again, '-', &month) &&
	      read_part(&again, 0, &day)))
		return false;
	given = (struct tm){
	    .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
	if (year < 1900)
		return false;
	seconds = timegm(&given);
	if (gmtime_r(&seconds, &same) == NULL || same.tm_mday != day ||
	    same.tm_mon != month - 1 || same.tm_year != year - 1900)
		return false;
	*day_out = floor_days(seconds, DAY_SECONDS);
	return true;
}

void day_write(int64_t day, char *out)
{
	const time_t seconds = (time_t)(day * DAY_SECONDS);
	struct tm date;

	out[0] = 0;
	if (day >= DAY_FOREVER || gmtime_r(&seconds, &date) == NULL)
		return;
	if (strftime(out, DAY_TEXT, "%d/%m/%Y", &date) == 0)
		out[0] = 0;
}
