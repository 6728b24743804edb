#include "centre/campaign/campaign_scene.h"

#include "centre/audit/audit.h"

#include <string.h>

static int64_t n_members(struct fleet *fleet, int64_t campaign)
{
	const struct store_value of = store_number(campaign);

	return fleet_number(fleet,
			    "SELECT count(*) FROM member WHERE campaign = $1"
			    " AND left_ms IS NULL",
			    &of, 1);
}

static enum campaign_state state_of(struct fleet *fleet, int64_t campaign)
{
	struct campaign is;
	enum campaign_state found;

	SCENE_OK(campaign_read(fleet->store, campaign, &is, &scene_diag));
	found = is.state;
	campaign_free(&is);
	return found;
}

static int64_t n_audit(struct fleet *fleet, const char *event)
{
	const struct store_value of = store_text(bytes_of(event));

	return fleet_number(fleet, "SELECT count(*) FROM audit_entry WHERE event = $1",
			    &of, 1);
}

/* ---- plans ---- */

static void a_plan_comes_back_as_it_was_written(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct campaign back;
	struct act act;
	int64_t campaign;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	plan = fleet_plan(&fleet, 5);
	memset(plan.kit, 9, sizeof plan.kit);
	plan.options = LEASE_PROCESSES | LEASE_START;
	plan.paths[0] = bytes_of("/home");
	plan.paths[1] = bytes_of("C:\\Users\xff");
	plan.n_paths = 2;
	plan.scope = bytes_of("[scope]");
	plan.breaker_cpu_ms = 77;
	SCENE_OK(campaign_create(fleet.store, &act, &plan, &campaign, &scene_diag));
	SCENE_OK(campaign_read(fleet.store, campaign, &back, &scene_diag));
	assert_int_equal(back.state, CAMPAIGN_DRAFT);
	assert_true(bytes_equal(back.plan.title, plan.title));
	assert_true(bytes_equal(back.plan.letter, plan.letter));
	assert_true(bytes_equal(back.plan.scope, plan.scope));
	assert_int_equal(back.plan.n_paths, 2);
	assert_true(bytes_equal(back.plan.paths[1], plan.paths[1]));
	assert_memory_equal(back.plan.kit, plan.kit, sizeof plan.kit);
	assert_int_equal(back.plan.options, plan.options);
	assert_int_equal(back.plan.unit, 5);
	assert_int_equal(back.plan.breaker_cpu_ms, 77);
	assert_true(back.plan.deadline_ms == plan.deadline_ms);
	campaign_free(&back);
	assert_int_equal(n_audit(&fleet, "campaign.create"), 1);
}

static void no_title(struct campaign_plan *plan)
{
	plan->title.n = 0;
}
static void ends_before_it_begins(struct campaign_plan *plan)
{
	plan->deadline_ms = plan->start_ms;
}
static void no_classes(struct campaign_plan *plan)
{
	plan->classes = 0;
}
static void negative_rate(struct campaign_plan *plan)
{
	plan->rate = -1;
}
static void more_than_a_processor(struct campaign_plan *plan)
{
	plan->cpu_percent = 101;
}

static void a_plan_that_nobody_can_mean_is_refused(void **state)
{
	static void (*const spoil[])(struct campaign_plan *) = {
	    no_title, ends_before_it_begins, no_classes, negative_rate,
	    more_than_a_processor};
	struct fleet fleet;
	int64_t campaign;

	fleet_make(state, &fleet);
	for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
		const struct act act = fleet_act(&fleet);
		struct campaign_plan plan = fleet_plan(&fleet, 5);

		spoil[i](&plan);
		assert_int_equal(
		    campaign_create(fleet.store, &act, &plan, &campaign, &scene_diag),
		    RQ_ERR_USAGE);
	}
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM campaign", NULL, 0),
			 0);
}

/* ---- members ---- */

static void members_are_the_machines_of_the_subtree_and_the_classes(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	int64_t top, district, commune, other;

	fleet_make(state, &fleet);
	top = fleet_unit(&fleet, 0);
	district = fleet_unit(&fleet, top);
	commune = fleet_unit(&fleet, district);
	other = fleet_unit(&fleet, top);
	fleet_machine(&fleet, district, 1);
	fleet_machine(&fleet, commune, 2);
	fleet_machine(&fleet, commune, 5); /* exempt */
	fleet_machine(&fleet, other, 1);
	plan = fleet_plan(&fleet, district);
	assert_int_equal(n_members(&fleet, fleet_campaign(&fleet, &plan)), 2);
	plan.classes = 1 << 2;
	assert_int_equal(n_members(&fleet, fleet_campaign(&fleet, &plan)), 1);
	plan = fleet_plan(&fleet, top);
	assert_int_equal(n_members(&fleet, fleet_campaign(&fleet, &plan)), 3);
}

static void live_members_follow_the_register_and_frozen_ones_do_not(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	int64_t unit, other, stays, goes, live, frozen, epoch, later;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	other = fleet_unit(&fleet, 0);
	stays = fleet_machine(&fleet, unit, 1);
	goes = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	live = fleet_campaign(&fleet, &plan);
	plan.live = false;
	frozen = fleet_campaign(&fleet, &plan);
	world_virtual_pass(&fleet.virtual, 2 * (uint64_t)SCENE_DAY);
	fleet_machine(&fleet, unit, 1);
	fleet_machine(&fleet, unit, 1);
	fleet_move_machine(&fleet, goes, other);
	SCENE_OK(campaign_epoch(fleet.store, &epoch, &scene_diag));
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(n_members(&fleet, live), 3);
	assert_int_equal(n_members(&fleet, frozen), 2);
	SCENE_OK(campaign_epoch(fleet.store, &later, &scene_diag));
	assert_true(later > epoch); /* who has just come is told */
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	SCENE_OK(campaign_epoch(fleet.store, &epoch, &scene_diag));
	assert_true(later == epoch); /* nothing new: nobody is called */
	world_virtual_pass(&fleet.virtual, 2 * (uint64_t)SCENE_DAY);
	fleet_move_machine(&fleet, goes, unit);
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(n_members(&fleet, live), 4);
	assert_true(stays != goes);
}

/* ---- states ---- */

static void each_state_allows_what_it_should(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct act act;
	int64_t campaign;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	plan = fleet_plan(&fleet, fleet_unit(&fleet, 0));
	SCENE_OK(campaign_create(fleet.store, &act, &plan, &campaign, &scene_diag));
	assert_int_equal(campaign_pause(fleet.store, &act, campaign, &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(campaign_start(fleet.store, &act, campaign, &scene_diag));
	assert_int_equal(campaign_start(fleet.store, &act, campaign, &scene_diag),
			 RQ_ERR_CONFLICT);
	assert_int_equal(campaign_resume(fleet.store, &act, campaign, -1, &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(campaign_pause(fleet.store, &act, campaign, &scene_diag));
	assert_int_equal(state_of(&fleet, campaign), CAMPAIGN_PAUSED);
	SCENE_OK(campaign_resume(fleet.store, &act, campaign, -1, &scene_diag));
	SCENE_OK(campaign_stop(fleet.store, &act, campaign, &scene_diag));
	assert_int_equal(campaign_resume(fleet.store, &act, campaign, -1, &scene_diag),
			 RQ_ERR_CONFLICT);
	assert_int_equal(state_of(&fleet, campaign), CAMPAIGN_STOPPED);
	assert_int_equal(campaign_pause(fleet.store, &act, 999, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	/* each act is in the audit, and none that was refused */
	assert_int_equal(n_audit(&fleet, "campaign.start"), 1);
	assert_int_equal(n_audit(&fleet, "campaign.pause"), 1);
	assert_int_equal(n_audit(&fleet, "campaign.resume"), 1);
	assert_int_equal(n_audit(&fleet, "campaign.stop"), 1);
}

static void a_clone_is_a_draft_with_the_plan_of_another_time(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct campaign back;
	struct act act;
	int64_t first, again, from, until;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	plan = fleet_plan(&fleet, fleet_unit(&fleet, 0));
	plan.paths[0] = bytes_of("/srv");
	plan.n_paths = 1;
	first = fleet_campaign(&fleet, &plan);
	from = plan.deadline_ms;
	until = from + SCENE_DAY;
	SCENE_OK(
	    campaign_clone(fleet.store, &act, first, from, until, &again, &scene_diag));
	SCENE_OK(campaign_read(fleet.store, again, &back, &scene_diag));
	assert_int_equal(back.state, CAMPAIGN_DRAFT);
	assert_true(back.plan.start_ms == from && back.plan.deadline_ms == until);
	assert_true(bytes_equal(back.plan.paths[0], plan.paths[0]));
	assert_int_equal(back.cloned_from, first);
	campaign_free(&back);
	assert_int_equal(
	    campaign_clone(fleet.store, &act, 999, from, until, &again, &scene_diag),
	    RQ_ERR_NOT_FOUND);
}

/* ---- schedules ---- */

static void a_schedule_makes_a_campaign_each_time_it_is_due(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct campaign_schedule weekly = {.every_days = 7, .open_days = 5};
	struct act act;
	int64_t unit, id;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	unit = fleet_unit(&fleet, 0);
	fleet_machine(&fleet, unit, 1);
	fleet_machine(&fleet, unit, 2);
	plan = fleet_plan(&fleet, unit);
	SCENE_OK(campaign_create(fleet.store, &act, &plan, &weekly.model, &scene_diag));
	weekly.unit = unit;
	weekly.classes = 1 << 2;
	weekly.first_ms = plan.start_ms + SCENE_DAY;
	SCENE_OK(campaign_schedule_add(fleet.store, &act, &weekly, &id, &scene_diag));
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM campaign", NULL, 0),
			 1);
	world_virtual_pass(&fleet.virtual, (uint64_t)SCENE_DAY);
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM campaign", NULL, 0),
			 2);
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM member", NULL, 0),
			 1); /* the server alone */
	/* a centre that slept for three weeks makes one, and keeps the day of the week */
	world_virtual_pass(&fleet.virtual, 22 * (uint64_t)SCENE_DAY);
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM campaign", NULL, 0),
			 3);
	assert_true(fleet_number(&fleet, "SELECT next_ms FROM schedule", NULL, 0) ==
		    weekly.first_ms + 28 * (int64_t)SCENE_DAY);
	SCENE_OK(campaign_schedule_end(fleet.store, &act, id, &scene_diag));
	world_virtual_pass(&fleet.virtual, 22 * (uint64_t)SCENE_DAY);
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(fleet_number(&fleet, "SELECT count(*) FROM campaign", NULL, 0),
			 3);
}

static void a_day_begins_at_midnight_of_the_province(void **state)
{
	(void)state;
	assert_int_equal(campaign_day(0), 0);
	assert_int_equal(campaign_day(17 * (int64_t)SCENE_HOUR - 1), 0);
	assert_int_equal(campaign_day(17 * (int64_t)SCENE_HOUR), 1);
	assert_int_equal(campaign_day(-7 * (int64_t)SCENE_HOUR - 1), -1);
}

STORE_TEST_MAIN(STORE_TESTS(a_plan_comes_back_as_it_was_written),
		STORE_TESTS(a_plan_that_nobody_can_mean_is_refused),
		STORE_TESTS(members_are_the_machines_of_the_subtree_and_the_classes),
		STORE_TESTS(live_members_follow_the_register_and_frozen_ones_do_not),
		STORE_TESTS(each_state_allows_what_it_should),
		STORE_TESTS(a_clone_is_a_draft_with_the_plan_of_another_time),
		STORE_TESTS(a_schedule_makes_a_campaign_each_time_it_is_due),
		cmocka_unit_test(a_day_begins_at_midnight_of_the_province))
