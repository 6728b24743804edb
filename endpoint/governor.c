#include "endpoint/governor.h"

enum {
	SENSE_MS = 250, /* sensors cost system calls */
	RUN_MS = 10 * 1000,
	LISTEN_MS = 1000,
	CYCLE_MS = 2000,
	SLOT_MS = CYCLE_MS * GOVERNOR_FLOOR_PERCENT / 100,
	BUSY_PERCENT = 50,  /* while we run: worth a look */
	OTHERS_PERCENT = 30 /* while we stand still: somebody else's */
};

static uint64_t ns(uint64_t ms)
{
	return ms * 1000000;
}

void governor_init(struct governor *governor,
		   void (*sense)(void *context, struct load *load_out), void *context)
{
	*governor = (struct governor){.sense = sense, .context = context};
}

static void begin_window(struct governor *governor, const struct load *load,
			 uint64_t now)
{
	governor->window_ns = now;
	governor->window_busy_us = load->disk_busy_us;
}

static void enter(struct governor *governor, int phase, const struct load *load,
		  uint64_t now)
{
	governor->phase = phase;
	governor->phase_ns = governor->cycle_ns = now;
	begin_window(governor, load, now);
}

/* How much of the window the disks were busy for. */
static uint64_t busy_percent(const struct governor *governor, const struct load *load,
			     uint64_t now)
{
	uint64_t us = (now - governor->window_ns) / 1000;

	if (!load->knows_disk || us == 0 ||
	    load->disk_busy_us < governor->window_busy_us)
		return 0;
	return (load->disk_busy_us - governor->window_busy_us) * 100 / us;
}

static void while_running(struct governor *governor, const struct load *load,
			  uint64_t now)
{
	if (governor->user_is_active)
		enter(governor, GOVERNOR_YIELDS, load, now);
	else if (now - governor->window_ns < ns(RUN_MS))
		return;
	else if (busy_percent(governor, load, now) > BUSY_PERCENT)
		enter(governor, GOVERNOR_LISTENS, load, now);
	else
		begin_window(governor, load, now);
}

static void judge(struct governor *governor, const struct load *load, uint64_t now)
{
	if (governor->user_is_active ||
	    busy_percent(governor, load, now) > OTHERS_PERCENT)
		enter(governor, GOVERNOR_YIELDS, load, now);
	else
		enter(governor, GOVERNOR_RUNS, load, now);
}

/* A cycle of a yield begins with its slot; the disk is busy with us inside it. */
static bool in_slot(const struct governor *governor, uint64_t now)
{
	return governor->phase == GOVERNOR_YIELDS &&
	       now - governor->cycle_ns < ns(SLOT_MS);
}

static void step(struct governor *governor, const struct load *load, uint64_t now)
{
	switch (governor->phase) {
	case GOVERNOR_RUNS: while_running(governor, load, now); break;
	case GOVERNOR_LISTENS:
		if (now - governor->phase_ns >= ns(LISTEN_MS))
			judge(governor, load, now);
		break;
	case GOVERNOR_YIELDS:
		/* the first look behind the slot begins the one that counts */
		if (governor->window_ns < governor->cycle_ns + ns(SLOT_MS))
			begin_window(governor, load, now);
		else if (now - governor->cycle_ns >= ns(CYCLE_MS))
			judge(governor, load, now);
		break;
	}
}

static void look(struct governor *governor, uint64_t now)
{
	struct load load;

	governor->sense(governor->context, &load);
	governor->sensed_ns = now;
	governor->user_is_active =
	    load.knows_input && load.input_idle_ms < GOVERNOR_USER_IDLE_MS;
	if (!governor->has_begun)
		enter(governor, GOVERNOR_RUNS, &load, now);
	governor->has_begun = true;
	step(governor, &load, now);
}

bool governor_pauses(struct governor *governor, uint64_t now_ns)
{
	bool was_in_slot;

	if (governor->is_paused)
		governor->yielded_ns += now_ns - governor->asked_ns;
	governor->asked_ns = now_ns;
	was_in_slot = governor->has_begun && !governor->is_paused &&
		      governor->phase == GOVERNOR_YIELDS;
	if (!governor->has_begun || now_ns - governor->sensed_ns >= ns(SENSE_MS) ||
	    (was_in_slot && !in_slot(governor, now_ns)))
		look(governor, now_ns);
	governor->is_paused =
	    governor->phase != GOVERNOR_RUNS && !in_slot(governor, now_ns);
	return governor->is_paused;
}

bool governor_yields(const struct governor *governor)
{
	return governor->phase == GOVERNOR_YIELDS;
}
