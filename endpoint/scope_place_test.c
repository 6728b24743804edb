#include "bytes/test.h"

#include "endpoint/scope_place.h"
#include "endpoint/sweep_scene.h"

#include <string.h>
#include <unistd.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static struct arena *arena;
static char home[2][128];
static const char *homes[2] = {home[0], home[1]};

static int begin(void **state)
{
	if (scene_make(state) != 0 || arena_new(4u << 20, &arena) != RQ_OK)
		return 1;
	scene_folder("an");
	scene_folder("an/Downloads");
	scene_put("an/Downloads/x", "x");
	scene_folder("binh");
	scene_folder("binh/Downloads");
	scene_folder("etc");
	scene_put("program", "x");
	snprintf(home[0], sizeof home[0], "%s/an", scene_top);
	snprintf(home[1], sizeof home[1], "%s/binh", scene_top);
	return 0;
}

static int end(void **state)
{
	arena_free(arena);
	return scene_remove(state);
}

static enum rq_err variable(const char *name, struct buffer *to)
{
	if (strcmp(name, "TOP") != 0)
		return RQ_ERR_NOT_FOUND;
	buffer_put(to, scene_top, strlen(scene_top) + 1);
	return RQ_OK;
}

static struct scope_machine machine(void)
{
	return (struct scope_machine){
	    .home = home[0], .homes = homes, .n_homes = 2, .variable = variable};
}

/* Places and holes, one line each, relative to the scene. */
static void expect(const struct scope_places *places, const char *want)
{
	struct buffer text = {0};
	size_t n = strlen(scene_top);

	for (size_t i = 0; i < places->n; i++)
		buffer_format(&text, "%s\n", places->paths[i] + n);
	for (size_t i = 0; i < places->n_holes; i++) {
		const char *path = places->holes[i].path;

		buffer_format(&text, "-%u %s\n", places->holes[i].reason,
			      strncmp(path, scene_top, n) == 0 ? path + n : path);
	}
	buffer_u8(&text, 0);
	assert_string_equal(text.data, want);
	buffer_free(&text);
}

static struct scope_places find(const struct scope_root *roots, size_t n,
				struct scope_machine where)
{
	const struct scope scope = {.roots = roots, .n_roots = n};
	struct scope_places places;

	assert_int_equal(scope_places_find(&scope, &where, arena, &places), RQ_OK);
	return places;
}

static void roots_mean_places(void **state)
{
	static const struct scope_root roots[] = {
	    {"*/Downloads", false}, {"~", false}, {"%TOP%/etc", false}};
	struct scope_places places;

	(void)state;
	places = find(roots, 1, machine());
	expect(&places, "/an/Downloads\n/binh/Downloads\n");
	places = find(&roots[1], 1, machine());
	expect(&places, "/an\n");
	/* nothing is swept twice */
	places = find(roots, 3, machine());
	expect(&places, "/binh/Downloads\n/an\n/etc\n");
}

static void running_programs_come_first(void **state)
{
	static const struct scope_root roots[] = {{"%TOP%/etc", false}};
	struct scope_machine where = machine();
	char program[128];
	const char *programs[1] = {program};
	static const char *const unknown[] = {"/proc/7/exe"};
	struct scope_places places;

	(void)state;
	snprintf(program, sizeof program, "%s/program", scene_top);
	where.programs = programs;
	where.n_programs = 1;
	where.unknown = unknown;
	where.n_unknown = 1;
	places = find(roots, 1, where);
	assert_int_equal(places.n_holes, 1);
	assert_int_equal(places.holes[0].reason, GAP_PROGRAM_UNKNOWN);
	places.n_holes = 0;
	expect(&places, "/program\n/etc\n");
}

static void what_is_absent_is_a_hole_when_it_is_required(void **state)
{
	static const struct scope_root required[] = {{"*/Desktop", false},
						     {"%NONE%/x", false}};
	static const struct scope_root wished[] = {
	    {"*/Desktop", true}, {"%NONE%/x", true}, {"/nowhere/at/all", true}};
	struct scope_places places = find(wished, 3, machine());

	(void)state;
	expect(&places, "");
	places = find(required, 2, machine());
	assert_int_equal(places.n, 0);
	assert_int_equal(places.n_holes, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(places.holes[i].reason, GAP_ROOT_NOT_SWEPT);
	assert_string_equal(places.holes[2].path, "%NONE%/x");
}

/* What is swept against what is required. */
static const struct {
	const char *name;
	const char *swept[2]; /* behind the top of the scene; NULL: none */
	bool all, needs_processes, processes, needs_persistence, persistence;
	size_t n_holes;
	enum gap_reason first;
} sweeps[] = {
    {"the very places", {"/an/Downloads", "/binh/Downloads"}, .n_holes = 0},
    {"a folder around them", {""}, .n_holes = 0},
    {"every disk", {NULL}, .all = true, .n_holes = 0},
    {"one of two", {"/an"}, .n_holes = 1, .first = GAP_ROOT_NOT_SWEPT},
    {"a name that only begins alike",
     {"/an/Down", "/binh"},
     .n_holes = 1,
     .first = GAP_ROOT_NOT_SWEPT},
    {"something inside",
     {"/an/Downloads/x"},
     .n_holes = 2,
     .first = GAP_ROOT_NOT_SWEPT},
    {"no processes",
     {""},
     .needs_processes = true,
     .n_holes = 1,
     .first = GAP_PROCESSES_NOT_SWEPT},
    {"processes", {""}, .needs_processes = true, .processes = true, .n_holes = 0},
    {"what starts by itself was not read",
     {""},
     .needs_persistence = true,
     .n_holes = 1,
     .first = GAP_PERSISTENCE_NOT_READ},
    {"what starts by itself was read",
     {""},
     .needs_persistence = true,
     .persistence = true,
     .n_holes = 0},
};

static void what_was_not_swept_is_a_hole(void **state)
{
	static const struct scope_root roots[] = {{"*/Downloads", false}};

	(void)state;
	for (size_t i = 0; i < N_OF(sweeps); i++) {
		const struct scope scope = {.processes = sweeps[i].needs_processes,
					    .persistence = sweeps[i].needs_persistence};
		struct scope_swept swept = {.all = sweeps[i].all,
					    .processes = sweeps[i].processes,
					    .persistence = sweeps[i].persistence};
		struct scope_places places = find(roots, 1, machine());
		char paths[2][128];
		const char *list[2] = {paths[0], paths[1]};

		for (size_t k = 0; k < 2 && sweeps[i].swept[k] != NULL; k++)
			snprintf(paths[swept.n_paths++], sizeof paths[0], "%s%s",
				 scene_top, sweeps[i].swept[k]);
		swept.paths = list;
		assert_int_equal(scope_places_compare(&scope, &swept, arena, &places),
				 RQ_OK);
		if (places.n_holes != sweeps[i].n_holes ||
		    (places.n_holes > 0 && places.holes[0].reason != sweeps[i].first))
			fail_msg("%s: %zu", sweeps[i].name, places.n_holes);
	}
}

static void this_machine_has_homes_and_programs(void **state)
{
	const struct scope scope = {.running_programs = true};
	struct scope_machine here;

	(void)state;
	assert_int_equal(scope_machine_here(&scope, arena, &here), RQ_OK);
	assert_true(here.n_homes > 0);
	/* at least this test runs */
	assert_true(here.n_programs > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

TEST_MAIN(CASE(roots_mean_places), CASE(running_programs_come_first),
	  CASE(what_is_absent_is_a_hole_when_it_is_required),
	  CASE(what_was_not_swept_is_a_hole), CASE(this_machine_has_homes_and_programs))
