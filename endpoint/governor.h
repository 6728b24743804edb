/*
 * The governor: makes a polite sweep stand back while a person uses the machine or
 * somebody else needs its disks.  It never starves the sweep: one twentieth of the time
 * is left whatever happens.
 *
 * A disk that we keep busy ourselves looks like one that others need.  So the governor
 * stops for a moment and looks again: what is still busy then is somebody else.
 *
 * It knows neither clock nor sensors: both come from outside, so that its decisions can
 * be tried under a time that is made up.
 */
#ifndef RAQUET_ENDPOINT_GOVERNOR_H
#define RAQUET_ENDPOINT_GOVERNOR_H

#include "os/load.h"

enum {
	GOVERNOR_FLOOR_PERCENT = 5,
	GOVERNOR_USER_IDLE_MS = 30 * 1000, /* a person is at work until then */
};

struct governor {
	void (*sense)(void *context, struct load *load_out);
	void *context;
	enum { GOVERNOR_RUNS, GOVERNOR_LISTENS, GOVERNOR_YIELDS } phase;
	bool has_begun, is_paused;
	uint64_t phase_ns, cycle_ns; /* where phase and the cycle of a yield began */
	uint64_t window_ns, window_busy_us; /* where the disk was looked at first */
	uint64_t sensed_ns, asked_ns;
	bool user_is_active;
	uint64_t yielded_ns; /* stood still, all together */
};

void governor_init(struct governor *governor,
		   void (*sense)(void *context, struct load *load_out), void *context);

/* Whether the workers shall stand still now; call it some times a second. */
bool governor_pauses(struct governor *governor, uint64_t now_ns);

/* Stands back, though it may be in its twentieth: for the progress line. */
bool governor_yields(const struct governor *governor);

#endif
