#include "endpoint/agent/schedule.h"

enum {
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
};

void schedule_options_default(struct schedule_options *options_out)
{
	*options_out = (struct schedule_options){.interval_ms = 15 * MINUTE,
						 .base_ms = 5 * SECOND,
						 .cap_ms = 30 * MINUTE,
						 .longest_ms = 24 * (uint64_t)HOUR,
						 .n_servers = 1};
}

void schedule_options_enrolment(struct schedule_options *options_out)
{
	*options_out = (struct schedule_options){.interval_ms = 10 * MINUTE,
						 .base_ms = 10 * MINUTE,
						 .cap_ms = 6 * (uint64_t)HOUR,
						 .longest_ms = 24 * (uint64_t)HOUR,
						 .least_ms = 10 * MINUTE,
						 .n_servers = 1};
}

/* Sets the next time, not sooner than least_ms behind the attempt before. */
static void set_due(struct schedule *schedule, uint64_t wait_ms)
{
	uint64_t now = world_monotonic_ms(schedule->world);
	uint64_t least = schedule->last_ms + schedule->options.least_ms;

	if (wait_ms > schedule->options.longest_ms)
		wait_ms = schedule->options.longest_ms;
	schedule->due_ms = now + wait_ms;
	if (schedule->options.least_ms > 0 && schedule->due_ms < least)
		schedule->due_ms = least;
	schedule->n_tried = 0;
}

static void attempted(struct schedule *schedule)
{
	schedule->last_ms = world_monotonic_ms(schedule->world);
}

static void choose_server(struct schedule *schedule)
{
	schedule->server =
	    (unsigned)world_below(schedule->world, schedule->options.n_servers);
}

/* Anywhere below a bound that doubles with each failure (full jitter). */
static uint64_t back_off(const struct schedule *schedule)
{
	const struct schedule_options *options = &schedule->options;
	uint64_t bound = options->base_ms;

	for (unsigned i = 1; i < schedule->n_failures && bound < options->cap_ms; i++)
		bound *= 2;
	if (bound > options->cap_ms)
		bound = options->cap_ms;
	return options->least_ms + world_below(schedule->world, bound) + 1;
}

void schedule_start(struct schedule *schedule, const struct world *world,
		    const struct schedule_options *options)
{
	*schedule = (struct schedule){
	    .world = world, .options = *options, .interval_ms = options->interval_ms};
	choose_server(schedule);
	schedule->due_ms =
	    world_monotonic_ms(world) + world_below(world, options->interval_ms);
}

uint64_t schedule_wait_ms(const struct schedule *schedule)
{
	uint64_t now = world_monotonic_ms(schedule->world);

	return schedule->due_ms > now ? schedule->due_ms - now : 0;
}

void schedule_useful(struct schedule *schedule, uint64_t due_ms)
{
	bool was_out = schedule->n_failures > 0;

	attempted(schedule);
	schedule->n_failures = 0;
	schedule->interval_ms = due_ms;
	choose_server(schedule);
	set_due(schedule, was_out ? world_below(schedule->world, due_ms + 1) : due_ms);
}

void schedule_turned_away(struct schedule *schedule, uint64_t come_back_ms)
{
	attempted(schedule);
	schedule->n_failures++;
	choose_server(schedule);
	set_due(schedule, come_back_ms > 0 ? come_back_ms : back_off(schedule));
}

void schedule_failed(struct schedule *schedule)
{
	schedule->server = (schedule->server + 1) % schedule->options.n_servers;
	schedule->n_tried++;
	if (schedule->n_tried < schedule->options.n_servers)
		return; /* due as it was: now */
	attempted(schedule);
	schedule->n_failures++;
	choose_server(schedule);
	set_due(schedule, back_off(schedule));
}

void schedule_hurry(struct schedule *schedule, uint64_t spread_ms)
{
	uint64_t wait = world_below(schedule->world, spread_ms + 1);

	if (schedule->n_failures == 0 && wait < schedule_wait_ms(schedule))
		set_due(schedule, wait);
}
