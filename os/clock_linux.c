#include "os/clock.h"

#include <time.h>

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t clock_utc_ms(void)
{
	return now_ns(CLOCK_REALTIME) / 1000000u;
}

int clock_utc_offset_minutes(uint64_t utc_ms)
{
	time_t seconds = (time_t)(utc_ms / 1000u);
	struct tm local = {0};

	if (localtime_r(&seconds, &local) == NULL)
		return 0;
	return (int)(local.tm_gmtoff / 60);
}
