#include "os/clock.h"

#include <windows.h>

uint64_t clock_monotonic_ns(void)
{
	LARGE_INTEGER ticks, per_second;

	QueryPerformanceFrequency(&per_second);
	QueryPerformanceCounter(&ticks);
	uint64_t whole = (uint64_t)(ticks.QuadPart / per_second.QuadPart);
	uint64_t rest = (uint64_t)(ticks.QuadPart % per_second.QuadPart);
	return whole * 1000000000u + rest * 1000000000u / (uint64_t)per_second.QuadPart;
}

uint64_t clock_utc_ms(void)
{
	/* a FILETIME counts 100 ns from 1601 */
	const uint64_t from_1601_to_1970_ms = UINT64_C(11644473600000);
	FILETIME t;

	GetSystemTimeAsFileTime(&t);
	return ((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000u -
	       from_1601_to_1970_ms;
}

int clock_utc_offset_minutes(uint64_t utc_ms)
{
	const uint64_t from_1601_to_1970_ms = UINT64_C(11644473600000);
	ULARGE_INTEGER ticks = {.QuadPart = (utc_ms + from_1601_to_1970_ms) * 10000u};
	FILETIME t = {ticks.LowPart, ticks.HighPart}, back;
	SYSTEMTIME utc, local;
	ULARGE_INTEGER moved;

	if (!FileTimeToSystemTime(&t, &utc) ||
	    !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local) ||
	    !SystemTimeToFileTime(&local, &back))
		return 0;
	moved.LowPart = back.dwLowDateTime;
	moved.HighPart = back.dwHighDateTime;
	return (int)(((int64_t)moved.QuadPart - (int64_t)ticks.QuadPart) / 600000000);
}
