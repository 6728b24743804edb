/*
 * When a machine speaks to the centre.
 *
 * The centre chooses each time; this is the law for when it cannot.  Only the clock that
 * goes forward is used: a machine whose calendar says 2009 or 2040, or jumps, keeps the
 * same times.  Nothing here is a fixed period, so that neither an outage nor a Monday
 * morning makes thousands of machines come at once, or come at once again.
 */
#ifndef RAQUET_ENDPOINT_AGENT_SCHEDULE_H
#define RAQUET_ENDPOINT_AGENT_SCHEDULE_H

#include "world/world.h"

struct schedule_options {
	uint64_t interval_ms;     /* until the centre has named one */
	uint64_t base_ms, cap_ms; /* of the wait after a failure */
	uint64_t longest_ms; /* no hint of the centre silences a machine for longer */
	uint64_t least_ms;  /* between two attempts of an enrolment, whatever is said */
	unsigned n_servers; /* at least 1 */
};
/* Check-ins: 15 minutes, 5 s, 30 minutes, a day. */
void schedule_options_default(struct schedule_options *options_out);
/* Enrolment, which an officer may have to confirm: 10 minutes at least, 6 hours at most. */
void schedule_options_enrolment(struct schedule_options *options_out);

struct schedule {
	const struct world *world;
	struct schedule_options options;
	uint64_t due_ms;          /* on the clock that goes forward */
	uint64_t last_ms;         /* of the attempt before; least_ms counts from it */
	uint64_t interval_ms;     /* as the centre named it last */
	unsigned server, n_tried; /* of this round */
	unsigned n_failures;      /* rounds in a row */
};

/* The first attempt is somewhere in the first interval, at a server by chance. */
void schedule_start(struct schedule *schedule, const struct world *world,
		    const struct schedule_options *options);

/* 0: now, at server number schedule->server. */
uint64_t schedule_wait_ms(const struct schedule *schedule);

/* Something was exchanged that moved things on.  due_ms: when the centre wants us next.
 * Only this ends a row of failures; after one, the next time is anywhere in the
 * interval, so that the end of an outage has no echo. */
void schedule_useful(struct schedule *schedule, uint64_t due_ms);

/* The server answered and could do nothing for us; come_back_ms: its hint, which wins,
 * 0: it gave none. */
void schedule_turned_away(struct schedule *schedule, uint64_t come_back_ms);

/* No answer: the next server at once, and after the last one a wait. */
void schedule_failed(struct schedule *schedule);

/* There is something that cannot wait for the next time: a detection.  Sooner only if
 * nothing failed; spread over spread_ms. */
void schedule_hurry(struct schedule *schedule, uint64_t spread_ms);

#endif
