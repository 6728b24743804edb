#include "bytes/test.h"

#include "endpoint/governor.h"

#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

enum { STEP_MS = 20, MINUTE = 60 * 1000 };

/* A machine under a time that is made up. */
struct machine {
	uint64_t now_ms, busy_us;
	bool runs; /* our workers */
	const struct scene *scene;
};

/* What goes on in it, between two times. */
struct scene {
	const char *name;
	bool has_input, has_disk;
	uint64_t input_from_ms, input_to_ms;   /* a person types */
	uint64_t others_from_ms, others_to_ms; /* somebody else keeps the disk busy */
	unsigned our_percent;                  /* how busy we keep it while we run */
	uint64_t from_ms, to_ms;
	unsigned least, most; /* percent of that time that we may run */
};

static bool within(uint64_t now, uint64_t from, uint64_t to)
{
	return now >= from && now < to;
}

static void sense(void *context, struct load *load_out)
{
	const struct machine *machine = context;
	const struct scene *scene = machine->scene;
	uint64_t last =
	    machine->now_ms < scene->input_to_ms ? machine->now_ms : scene->input_to_ms;

	*load_out = (struct load){.knows_input = scene->has_input,
				  .input_idle_ms = MINUTE + machine->now_ms,
				  .knows_disk = scene->has_disk,
				  .disk_busy_us = machine->busy_us};
	if (scene->input_to_ms > 0 && machine->now_ms >= scene->input_from_ms)
		load_out->input_idle_ms = machine->now_ms - last;
}

static void pass(struct machine *machine)
{
	const struct scene *scene = machine->scene;

	if (within(machine->now_ms, scene->others_from_ms, scene->others_to_ms))
		machine->busy_us += STEP_MS * 1000;
	else if (machine->runs)
		machine->busy_us += STEP_MS * 10 * scene->our_percent;
	machine->now_ms += STEP_MS;
}

/* Percent of the scene's time in which the workers ran. */
static unsigned share(const struct scene *scene, uint64_t *yielded_ms_out)
{
	struct machine machine = {.scene = scene};
	struct governor governor;
	uint64_t n_ran = 0, n_all = 0;

	governor_init(&governor, sense, &machine);
	while (machine.now_ms < scene->to_ms) {
		machine.runs =
		    !governor_pauses(&governor, (machine.now_ms + 1) * 1000000);
		if (machine.now_ms >= scene->from_ms) {
			n_all++;
			n_ran += machine.runs;
		}
		pass(&machine);
	}
	*yielded_ms_out = governor.yielded_ns / 1000000;
	return n_all > 0 ? (unsigned)(n_ran * 100 / n_all) : 0;
}

static const struct scene scenes[] = {
    {"nobody is there", true, true, 0, 0, 0, 0, 0, 0, 10 * MINUTE, 100, 100},
    {"nothing can be known", false, false, 0, 0, 0, 0, 100, 0, 10 * MINUTE, 100, 100},
    {"a person types", true, true, 0, 10 * MINUTE, 0, 0, 0, MINUTE, 9 * MINUTE, 4, 7},
    {"a person typed a minute ago", true, true, 0, MINUTE, 0, 0, 0, 2 * MINUTE,
     5 * MINUTE, 100, 100},
    {"a person comes", true, true, 2 * MINUTE, 5 * MINUTE, 0, 0, 0, 0, 2 * MINUTE, 100,
     100},
    {"a person came", true, true, 2 * MINUTE, 5 * MINUTE, 0, 0, 0, 2 * MINUTE + 1000,
     5 * MINUTE, 4, 7},
    {"only we use the disk", true, true, 0, 0, 0, 0, 100, 0, 10 * MINUTE, 85, 95},
    {"others use the disk", true, true, 0, 0, 0, 10 * MINUTE, 0, MINUTE, 9 * MINUTE, 4,
     7},
    {"others and we use the disk", true, true, 0, 0, 0, 10 * MINUTE, 100, MINUTE,
     9 * MINUTE, 4, 7},
    {"others stop using the disk", true, true, 0, 0, 0, MINUTE, 60, MINUTE + 3000,
     5 * MINUTE, 85, 100},
    {"others begin, and no input is known", false, true, 0, 0, MINUTE, 9 * MINUTE, 0,
     MINUTE + 22000, 9 * MINUTE, 4, 7},
    {"a person, and no disk is known", true, false, 0, 10 * MINUTE, 0, 0, 100, MINUTE,
     9 * MINUTE, 4, 7},
};

static void it_yields_and_never_starves(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(scenes); i++) {
		uint64_t yielded_ms;
		unsigned percent = share(&scenes[i], &yielded_ms);

		if (percent < scenes[i].least || percent > scenes[i].most)
			fail_msg("%s: runs %u %% of the time", scenes[i].name, percent);
	}
}

static void the_time_it_stood_still_is_counted(void **state)
{
	static const struct scene nobody = {"", true, true, 0,      0, 0,
					    0,  0,    0,    MINUTE, 0, 0};
	static const struct scene person = {"", true, true, 0,      10 * MINUTE, 0,
					    0,  0,    0,    MINUTE, 0,           0};
	uint64_t yielded_ms;

	(void)state;
	share(&nobody, &yielded_ms);
	assert_int_equal(yielded_ms, 0);
	share(&person, &yielded_ms);
	assert_in_range(yielded_ms, MINUTE * 90 / 100, MINUTE * 96 / 100);
}

TEST_MAIN(cmocka_unit_test(it_yields_and_never_starves),
	  cmocka_unit_test(the_time_it_stood_still_is_counted))
