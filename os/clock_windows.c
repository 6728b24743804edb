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
