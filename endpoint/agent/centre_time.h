/*
 * What time it is, as the centre signed it: the machine's own calendar may say 2009 or
 * 2040 and may jump, so certificates, deadlines and policies are judged by this alone.
 * It goes on with the clock that only goes forward, which stands still while a machine
 * sleeps: until the next check-in it may be behind, never ahead.
 */
#ifndef RAQUET_ENDPOINT_AGENT_CENTRE_TIME_H
#define RAQUET_ENDPOINT_AGENT_CENTRE_TIME_H

#include "world/world.h"

/* A calendar that differs by more makes the dates of a sweep unsure. */
enum { CENTRE_TIME_TOLERANCE_MS = 5 * 60 * 1000 };

struct centre_time {
	const struct world *world;
	uint64_t learned_ms; /* what the centre said; 0: nothing yet in this run */
	uint64_t at_ms;      /* and when, on the clock that goes forward */
};

void centre_time_start(struct centre_time *time, const struct world *world);
/* After agent_time_verify (wire/agent.h) found it genuine. */
void centre_time_learn(struct centre_time *time, uint64_t utc_ms);
/* 0: unknown. */
uint64_t centre_time_now(const struct centre_time *time);
/* How far the machine's calendar is ahead of it; false: unknown. */
bool centre_time_ahead(const struct centre_time *time, int64_t *ahead_ms_out);
/* Unknown, or further apart than the tolerance. */
bool centre_time_is_unsure(const struct centre_time *time);

#endif
