/* Clocks. */
#ifndef RAQUET_OS_CLOCK_H
#define RAQUET_OS_CLOCK_H

#include <stdint.h>

/* Nanoseconds on a clock that only goes forward; the start is arbitrary. */
uint64_t clock_monotonic_ns(void);

/* Milliseconds since 1970 UTC. */
uint64_t clock_utc_ms(void);

/* How many minutes the local time is ahead of UTC at that moment. */
int clock_utc_offset_minutes(uint64_t utc_ms);

#endif
