#include "centre/result/case.h"

#include "centre/result/result_scene.h"

#include <string.h>

static const uint8_t file_1[] = {1, 0}, files_1_2[] = {1, 2, 0};
static const struct scene_sweep finds_1 = {.verdict = VERDICT_FOUND,
					   .contents = file_1};
static const struct scene_sweep finds_both = {.verdict = VERDICT_FOUND,
					      .contents = files_1_2};
static const struct scene_sweep finds_nothing = {.verdict = VERDICT_CLEAN};

/* Two machines in two units, and a campaign over both that looks at /srv. */
struct scene {
	struct fleet fleet;
	int64_t top, units[2], machines[2], campaign;
	uint8_t key[FINDING_GROUP_KEY];
};

static int64_t new_campaign(struct scene *scene, const char *path)
{
	struct campaign_plan plan = fleet_plan(&scene->fleet, scene->top);

	plan.paths[0] = bytes_of(path);
	plan.n_paths = 1;
	return fleet_campaign(&scene->fleet, &plan);
}

static void make(void **state, struct scene *scene)
{
	fleet_make(state, &scene->fleet);
	scene->top = fleet_unit(&scene->fleet, 0);
	for (size_t i = 0; i < 2; i++) {
		scene->units[i] = fleet_unit(&scene->fleet, scene->top);
		scene->machines[i] = fleet_machine(&scene->fleet, scene->units[i], 1);
	}
	scene->campaign = new_campaign(scene, "/srv");
	content_key(1, scene->key);
}

static int64_t state_of(struct scene *scene, int64_t machine)
{
	const struct store_value values[] = {
	    store_bytes((struct bytes){scene->key, FINDING_GROUP_KEY}),
	    store_number(machine)};

	return fleet_number(&scene->fleet,
			    "SELECT state FROM finding_case WHERE group_key = $1"
			    " AND machine = $2",
			    values, 2);
}

static int64_t state_of_group(struct scene *scene)
{
	const struct store_value key =
	    store_bytes((struct bytes){scene->key, FINDING_GROUP_KEY});

	return fleet_number(&scene->fleet,
			    "SELECT state FROM finding_group WHERE group_key = $1",
			    &key, 1);
}

static enum rq_err set(struct scene *scene, int64_t unit, int64_t machine,
		       enum finding_state state)
{
	const struct act act = fleet_act(&scene->fleet);

	world_virtual_pass(&scene->fleet.virtual, SCENE_MINUTE);
	return case_set(scene->fleet.store, &act, unit, scene->key, machine, state,
			bytes_of("ok"), &scene_diag);
}

/* The same campaign again, a minute later. */
static void sweep_again(struct scene *scene, int64_t machine, const char *path,
			const struct scene_sweep *sweep)
{
	int64_t campaign;

	world_virtual_pass(&scene->fleet.virtual, SCENE_MINUTE);
	campaign = new_campaign(scene, path);
	sweep_whole(&scene->fleet, machine, campaign, sweep);
}

/* ---- states ---- */

static void the_same_content_on_many_machines_is_one_group(void **state)
{
	struct scene scene;

	make(state, &scene);
	sweep_whole(&scene.fleet, scene.machines[0], scene.campaign, &finds_both);
	sweep_whole(&scene.fleet, scene.machines[1], scene.campaign, &finds_1);
	assert_int_equal(
	    fleet_number(&scene.fleet, "SELECT count(*) FROM finding_group", NULL, 0),
	    2);
	assert_int_equal(
	    fleet_number(&scene.fleet, "SELECT count(*) FROM finding_case", NULL, 0),
	    3);
	SCENE_OK(set(&scene, scene.top, scene.machines[0], FINDING_CONFIRMED));
	assert_int_equal(state_of_group(&scene), FINDING_OPEN); /* the hindmost */
	SCENE_OK(set(&scene, scene.top, 0, FINDING_TREATED));
	assert_int_equal(state_of_group(&scene), FINDING_TREATED);
	assert_int_equal(state_of(&scene, scene.machines[1]), FINDING_TREATED);
}

static void only_a_sweep_says_clean_and_only_then_is_it_closed(void **state)
{
	struct scene scene;
	int64_t machine;

	make(state, &scene);
	machine = scene.machines[0];
	sweep_whole(&scene.fleet, machine, scene.campaign, &finds_1);
	assert_int_equal(set(&scene, scene.top, machine, FINDING_CLEAN), RQ_ERR_USAGE);
	assert_int_equal(set(&scene, scene.top, machine, FINDING_CLOSED),
			 RQ_ERR_CONFLICT);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_TREATED));
	assert_int_equal(set(&scene, scene.top, machine, FINDING_CLOSED),
			 RQ_ERR_CONFLICT);
	sweep_again(&scene, machine, "/srv", &finds_nothing);
	assert_int_equal(state_of(&scene, machine), FINDING_CLEAN);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_CLOSED));
	assert_int_equal(state_of_group(&scene), FINDING_CLOSED);
}

static void what_was_closed_and_is_found_again_is_open_again(void **state)
{
	struct scene scene;
	int64_t machine;

	make(state, &scene);
	machine = scene.machines[0];
	sweep_whole(&scene.fleet, machine, scene.campaign, &finds_1);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_TREATED));
	sweep_again(&scene, machine, "/srv", &finds_nothing);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_CLOSED));
	sweep_again(&scene, machine, "/srv", &finds_1);
	assert_int_equal(state_of(&scene, machine), FINDING_OPEN);
	assert_int_equal(state_of_group(&scene), FINDING_OPEN);
}

static const struct {
	const char *name;
	const char *path;
	struct scene_sweep sweep;
} no_proof[] = {
    {"another folder", "/home", {.verdict = VERDICT_CLEAN}},
    {"not known", "/srv", {.verdict = VERDICT_UNKNOWN, .n_gaps = 1}},
    {"clean but for a tolerated gap",
     "/srv",
     {.verdict = VERDICT_CLEAN, .n_gaps = 1, .reason = GAP_ENCRYPTED}},
};

static void a_sweep_that_did_not_look_there_proves_nothing(void **state)
{
	static const struct scene_sweep sockets = {
	    .verdict = VERDICT_CLEAN, .n_gaps = 4, .reason = GAP_NOT_A_FILE};
	struct scene scene;
	int64_t machine;

	make(state, &scene);
	machine = scene.machines[0];
	sweep_whole(&scene.fleet, machine, scene.campaign, &finds_1);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_TREATED));
	for (size_t i = 0; i < sizeof no_proof / sizeof *no_proof; i++) {
		sweep_again(&scene, machine, no_proof[i].path, &no_proof[i].sweep);
		if (state_of(&scene, machine) != FINDING_TREATED)
			fail_msg("%s", no_proof[i].name);
	}
	/* another machine's sweep says nothing of this one */
	sweep_again(&scene, scene.machines[1], "/srv", &finds_nothing);
	assert_int_equal(state_of(&scene, machine), FINDING_TREATED);
	sweep_again(&scene, machine, "/srv", &sockets);
	assert_int_equal(state_of(&scene, machine), FINDING_CLEAN);
}

/* It was given its job before, and tells of it afterwards. */
static void a_sweep_from_before_the_treatment_proves_nothing(void **state)
{
	static const struct sweep_end clean = {.verdict = VERDICT_CLEAN};
	struct scene scene;
	struct teller teller;
	int64_t machine, job;

	make(state, &scene);
	machine = scene.machines[0];
	sweep_whole(&scene.fleet, machine, scene.campaign, &finds_1);
	new_campaign(&scene, "/srv");
	job = fleet_lease(&scene.fleet, machine);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_TREATED));
	world_virtual_pass(&scene.fleet.virtual, SCENE_MINUTE);
	teller = teller_of(machine, CLASS_RESULT, job);
	tell_begin(&teller, 0, "2020-09-01");
	tell_end(&teller, &clean);
	assert_int_equal(deliver(&scene.fleet, &teller), DELIVERY_TAKEN);
	assert_int_equal(state_of(&scene, machine), FINDING_TREATED);
}

/* ---- who ---- */

static void nobody_changes_a_finding_of_another_unit(void **state)
{
	struct scene scene;
	struct act act;

	make(state, &scene);
	act = fleet_act(&scene.fleet);
	sweep_whole(&scene.fleet, scene.machines[0], scene.campaign, &finds_1);
	sweep_whole(&scene.fleet, scene.machines[1], scene.campaign, &finds_1);
	assert_int_equal(
	    set(&scene, scene.units[1], scene.machines[0], FINDING_CONFIRMED),
	    RQ_ERR_NOT_FOUND);
	assert_int_equal(case_comment(scene.fleet.store, &act, scene.units[1],
				      scene.key, scene.machines[0], bytes_of("?"),
				      &scene_diag),
			 RQ_ERR_NOT_FOUND);
	/* all of the group means all of mine */
	SCENE_OK(set(&scene, scene.units[1], 0, FINDING_CONFIRMED));
	assert_int_equal(state_of(&scene, scene.machines[0]), FINDING_OPEN);
	assert_int_equal(state_of(&scene, scene.machines[1]), FINDING_CONFIRMED);
}

static void each_change_is_in_the_history_and_in_the_audit(void **state)
{
	struct scene scene;
	struct act act;
	int64_t machine;

	make(state, &scene);
	act = fleet_act(&scene.fleet);
	machine = scene.machines[0];
	sweep_whole(&scene.fleet, machine, scene.campaign, &finds_1);
	SCENE_OK(set(&scene, scene.top, machine, FINDING_CONFIRMED));
	SCENE_OK(case_comment(scene.fleet.store, &act, scene.top, scene.key, machine,
			      bytes_of("asked the clerk"), &scene_diag));
	SCENE_OK(set(&scene, scene.top, machine, FINDING_TREATED));
	sweep_again(&scene, machine, "/srv", &finds_nothing);
	assert_int_equal(
	    fleet_number(&scene.fleet, "SELECT count(*) FROM finding_state", NULL, 0),
	    4);
	assert_int_equal(fleet_number(&scene.fleet,
				      "SELECT count(*) FROM audit_entry"
				      " WHERE event = 'finding.state'",
				      NULL, 0),
			 3);
	assert_int_equal(fleet_number(&scene.fleet,
				      "SELECT count(*) FROM audit_entry"
				      " WHERE event = 'finding.comment' AND actor = 7",
				      NULL, 0),
			 1);
}

/* ---- false positives ---- */

static void a_false_positive_is_accepted_for_the_reach_that_was_shown(void **state)
{
	struct scene scene;
	struct finding_reach shown;
	struct act act;

	make(state, &scene);
	act = fleet_act(&scene.fleet);
	sweep_whole(&scene.fleet, scene.machines[0], scene.campaign, &finds_both);
	SCENE_OK(group_reach(scene.fleet.store, scene.key, &shown, &scene_diag));
	assert_int_equal(shown.n_machines, 1);
	assert_int_equal(shown.n_only, 0); /* the other file is still there */
	sweep_whole(&scene.fleet, scene.machines[1], scene.campaign, &finds_1);
	assert_int_equal(group_judge_false(scene.fleet.store, &act, scene.key, &shown,
					   bytes_of("an installer"), &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(group_reach(scene.fleet.store, scene.key, &shown, &scene_diag));
	assert_int_equal(shown.n_machines, 2);
	assert_int_equal(shown.n_units, 2);
	assert_int_equal(shown.n_only, 1);
	SCENE_OK(group_judge_false(scene.fleet.store, &act, scene.key, &shown,
				   bytes_of("an installer"), &scene_diag));
	assert_int_equal(state_of_group(&scene), FINDING_FALSE);
	/* it holds for what is still to come */
	sweep_again(&scene, scene.machines[1], "/srv", &finds_1);
	assert_int_equal(state_of_group(&scene), FINDING_FALSE);
	assert_int_equal(group_judge_false(scene.fleet.store, &act, scene.key, &shown,
					   bytes_of(""), &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(group_judge_back(scene.fleet.store, &act, scene.key,
				  bytes_of("it is one"), &scene_diag));
	assert_int_equal(state_of_group(&scene), FINDING_OPEN);
}

STORE_TEST_MAIN(STORE_TESTS(the_same_content_on_many_machines_is_one_group),
		STORE_TESTS(only_a_sweep_says_clean_and_only_then_is_it_closed),
		STORE_TESTS(what_was_closed_and_is_found_again_is_open_again),
		STORE_TESTS(a_sweep_that_did_not_look_there_proves_nothing),
		STORE_TESTS(a_sweep_from_before_the_treatment_proves_nothing),
		STORE_TESTS(nobody_changes_a_finding_of_another_unit),
		STORE_TESTS(each_change_is_in_the_history_and_in_the_audit),
		STORE_TESTS(a_false_positive_is_accepted_for_the_reach_that_was_shown))
