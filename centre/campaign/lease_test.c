#include "centre/campaign/campaign_scene.h"

#include <string.h>

static struct agent_check_in check_in;

/* What a check-in that knows epoch is told. */
static void ask(struct fleet *fleet, struct store *store, int64_t machine,
		uint64_t epoch, struct campaign_offer *offer)
{
	check_in.campaign_epoch = epoch;
	SCENE_OK(campaign_check_in(store, &fleet->world, machine, &check_in, offer,
				   &scene_diag));
}

static void end(struct fleet *fleet, int64_t machine, int64_t job, bool complete,
		int64_t cpu_ms)
{
	const struct job_end how = {.complete = complete, .cpu_ms = cpu_ms};

	SCENE_OK(store_begin(fleet->store, &scene_diag));
	SCENE_OK(campaign_job_ended(fleet->store, (int64_t)fleet->virtual.utc_ms,
				    machine, job, &how, &scene_diag));
	SCENE_OK(store_commit(fleet->store, &scene_diag));
}

/* ---- the epoch ---- */

static void a_machine_is_told_the_epoch_when_nothing_waits_for_it(void **state)
{
	struct fleet fleet;
	struct campaign_offer offer;
	struct campaign_plan plan;
	int64_t unit, machine, outside, now;
	int64_t job;

	memset(&check_in, 0, sizeof check_in);
	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	outside = fleet_machine(&fleet, fleet_unit(&fleet, 0), 1);
	plan = fleet_plan(&fleet, unit);
	fleet_campaign(&fleet, &plan);
	SCENE_OK(campaign_epoch(fleet.store, &now, &scene_diag));
	ask(&fleet, fleet.store, outside, 0, &offer);
	assert_false(offer.has_lease);
	assert_int_equal(offer.epoch, now);
	ask(&fleet, fleet.store, machine, 0, &offer);
	assert_true(offer.has_lease);
	assert_int_equal(offer.epoch, 0); /* it comes again until it is done */
	job = (int64_t)offer.lease.job;
	campaign_offer_free(&offer);
	/* the answer was lost: it is told the same job again */
	ask(&fleet, fleet.store, machine, 0, &offer);
	assert_true(offer.has_lease);
	assert_int_equal(offer.lease.job, job);
	campaign_offer_free(&offer);
	end(&fleet, machine, job, true, 5);
	ask(&fleet, fleet.store, machine, 0, &offer);
	assert_false(offer.has_lease);
	assert_int_equal(offer.epoch, now);
	/* and who knows it is asked nothing */
	ask(&fleet, fleet.store, machine, (uint64_t)now, &offer);
	assert_false(offer.has_lease);
	assert_int_equal(offer.epoch, now);
}

static void a_lease_says_what_the_plan_says(void **state)
{
	struct fleet fleet;
	struct campaign_offer offer;
	struct campaign_plan plan;
	int64_t unit, machine, campaign;

	memset(&check_in, 0, sizeof check_in);
	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	memset(plan.kit, 3, sizeof plan.kit);
	plan.options = LEASE_START;
	plan.paths[0] = bytes_of("/srv");
	plan.paths[1] = bytes_of("/home");
	plan.n_paths = 2;
	plan.time_budget_ms = 5 * SCENE_HOUR;
	plan.cpu_percent = 25;
	campaign = fleet_campaign(&fleet, &plan);
	ask(&fleet, fleet.store, machine, 0, &offer);
	assert_true(offer.has_lease);
	assert_int_equal(offer.lease.campaign, campaign);
	assert_int_equal(offer.lease.options, LEASE_START);
	assert_int_equal(offer.lease.budget.time_ms, 5 * SCENE_HOUR);
	assert_int_equal(offer.lease.budget.cpu_percent, 25);
	assert_int_equal(offer.lease.lease_ms, 6 * SCENE_HOUR);
	assert_true(offer.lease.deadline_ms == (uint64_t)plan.deadline_ms);
	assert_memory_equal(offer.lease.kit, plan.kit, sizeof plan.kit);
	assert_int_equal(offer.lease.n_paths, 2);
	assert_true(bytes_equal_text(offer.lease.paths[1], "/home"));
	campaign_offer_free(&offer);
}

static void who_has_no_room_for_results_is_given_no_sweep(void **state)
{
	struct fleet fleet;
	struct campaign_offer offer;
	struct campaign_plan plan;
	int64_t unit, machine;

	memset(&check_in, 0, sizeof check_in);
	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	fleet_campaign(&fleet, &plan);
	check_in.flags = CHECK_IN_NO_SWEEPS;
	ask(&fleet, fleet.store, machine, 0, &offer);
	assert_false(offer.has_lease);
	assert_int_equal(offer.epoch, 0);
	check_in.flags = 0;
}

/* ---- when it gives ---- */

static void before_the_start_after_the_deadline_and_paused_nothing_is_given(
    void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct act act;
	int64_t unit, machine, campaign;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	plan.start_ms += SCENE_HOUR;
	campaign = fleet_campaign(&fleet, &plan);
	act = fleet_act(&fleet);
	assert_int_equal(fleet_lease(&fleet, machine), 0);
	world_virtual_pass(&fleet.virtual, SCENE_HOUR);
	SCENE_OK(campaign_pause(fleet.store, &act, campaign, &scene_diag));
	assert_int_equal(fleet_lease(&fleet, machine), 0);
	SCENE_OK(campaign_resume(fleet.store, &act, campaign, -1, &scene_diag));
	world_virtual_pass(&fleet.virtual, 30 * (uint64_t)SCENE_DAY);
	assert_int_equal(fleet_lease(&fleet, machine), 0);
	fleet.virtual.utc_ms -= (uint64_t)SCENE_DAY;
	assert_int_not_equal(fleet_lease(&fleet, machine), 0);
}

static void a_site_has_so_many_slots_and_a_minute_so_many_leases(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	int64_t top, site, other, machines[4], far, job;

	fleet_make(state, &fleet);
	top = fleet_unit(&fleet, 0);
	site = fleet_unit(&fleet, top);
	other = fleet_unit(&fleet, top);
	for (size_t i = 0; i < 4; i++)
		machines[i] = fleet_machine(&fleet, site, 1);
	far = fleet_machine(&fleet, other, 1);
	plan = fleet_plan(&fleet, top);
	plan.site_concurrency = 2;
	plan.rate = 3;
	fleet_campaign(&fleet, &plan);
	job = fleet_lease(&fleet, machines[0]);
	assert_int_not_equal(job, 0);
	assert_int_not_equal(fleet_lease(&fleet, machines[1]), 0);
	assert_int_equal(fleet_lease(&fleet, machines[2]), 0); /* the site is full */
	assert_int_not_equal(fleet_lease(&fleet, far), 0);     /* another is not */
	end(&fleet, machines[3], job, true, 1);                /* it is not its own */
	world_virtual_pass(&fleet.virtual, SCENE_MINUTE);
	assert_int_equal(fleet_lease(&fleet, machines[2]), 0);
	fleet.virtual.utc_ms -= SCENE_MINUTE;
	end(&fleet, machines[0], job, true, 1);
	assert_int_equal(fleet_lease(&fleet, machines[2]), 0); /* three this minute */
	world_virtual_pass(&fleet.virtual, SCENE_MINUTE);
	assert_int_not_equal(fleet_lease(&fleet, machines[2]), 0);
	assert_int_equal(fleet_lease(&fleet, machines[3]), 0);
}

static void a_lease_that_runs_out_gives_its_slot_back(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	int64_t unit, first, second, job;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	first = fleet_machine(&fleet, unit, 1);
	second = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	plan.site_concurrency = 1;
	plan.time_budget_ms = 0; /* an hour */
	fleet_campaign(&fleet, &plan);
	job = fleet_lease(&fleet, first);
	assert_int_equal(fleet_lease(&fleet, second), 0);
	world_virtual_pass(&fleet.virtual, SCENE_HOUR);
	assert_int_not_equal(fleet_lease(&fleet, second), 0);
	/* the first one is late: its end counts, and takes nothing from the second */
	end(&fleet, first, job, true, 5);
	assert_int_equal(fleet_lease(&fleet, first), 0);
	assert_int_equal(fleet_number(&fleet,
				      "SELECT count(*) FROM member WHERE state = 3",
				      NULL, 0),
			 1);
}

static void who_says_that_it_works_keeps_its_lease(void **state)
{
	struct fleet fleet;
	struct campaign_offer offer;
	struct campaign_plan plan;
	int64_t unit, machine, other, job;

	memset(&check_in, 0, sizeof check_in);
	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	other = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	plan.time_budget_ms = 0;
	plan.site_concurrency = 1;
	fleet_campaign(&fleet, &plan);
	job = fleet_lease(&fleet, machine);
	for (size_t i = 0; i < 3; i++) {
		world_virtual_pass(&fleet.virtual, SCENE_HOUR - SCENE_MINUTE);
		check_in.n_jobs = 1;
		check_in.jobs[0].job = (uint64_t)job;
		ask(&fleet, fleet.store, machine, 0, &offer);
		assert_false(offer.has_lease); /* it has it: not told again */
		check_in.n_jobs = 0;
		assert_int_equal(fleet_lease(&fleet, other), 0);
	}
	/* another's job is nobody's to keep */
	world_virtual_pass(&fleet.virtual, SCENE_HOUR - SCENE_MINUTE);
	check_in.n_jobs = 1;
	ask(&fleet, fleet.store, other, 0, &offer);
	check_in.n_jobs = 0;
	campaign_offer_free(&offer);
	world_virtual_pass(&fleet.virtual, SCENE_MINUTE);
	assert_int_not_equal(fleet_lease(&fleet, other), 0);
}

static void a_machine_whose_leases_run_out_three_times_is_given_up(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	int64_t unit, machine;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	fleet_campaign(&fleet, &plan);
	for (size_t i = 0; i < CAMPAIGN_ATTEMPTS; i++) {
		assert_int_not_equal(fleet_lease(&fleet, machine), 0);
		world_virtual_pass(&fleet.virtual, (uint64_t)SCENE_DAY);
	}
	assert_int_equal(fleet_lease(&fleet, machine), 0);
	SCENE_OK(campaign_tick(fleet.store, &fleet.world, &scene_diag));
	assert_int_equal(fleet_number(&fleet, "SELECT state FROM member", NULL, 0), 4);
}

/* ---- two centres ---- */

static void two_centres_give_a_slot_once(void **state)
{
	struct fleet fleet;
	struct campaign_offer offer;
	struct campaign_plan plan;
	struct store *stores[2];
	int64_t unit, machines[8];
	size_t given = 0;

	memset(&check_in, 0, sizeof check_in);
	fleet_make(state, &fleet);
	stores[0] = fleet.store;
	stores[1] = scene_another(state);
	unit = fleet_unit(&fleet, 0);
	for (size_t i = 0; i < 8; i++)
		machines[i] = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	plan.site_concurrency = 3;
	fleet_campaign(&fleet, &plan);
	for (size_t i = 0; i < 16; i++) {
		ask(&fleet, stores[i % 2], machines[i / 2], 0, &offer);
		given += offer.has_lease && i % 2 == 0;
		/* the other centre tells the same machine the same job */
		if (i % 2 == 1)
			assert_int_equal(offer.has_lease, i / 2 < 3);
		campaign_offer_free(&offer);
	}
	assert_int_equal(given, 3);
	assert_int_equal(
	    fleet_number(&fleet, "SELECT count(*) FROM campaign_job", NULL, 0), 3);
}

/* ---- the breaker ---- */

static void sweeps_that_cost_too_much_on_average_halt_the_campaign(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct campaign is;
	struct act act;
	int64_t unit, machines[CAMPAIGN_BREAKER_AFTER + 1], campaign;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	unit = fleet_unit(&fleet, 0);
	for (size_t i = 0; i <= CAMPAIGN_BREAKER_AFTER; i++)
		machines[i] = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	plan.breaker_cpu_ms = 100;
	campaign = fleet_campaign(&fleet, &plan);
	for (size_t i = 0; i < CAMPAIGN_BREAKER_AFTER; i++) {
		/* one that is dear among many does nothing */
		SCENE_OK(campaign_read(fleet.store, campaign, &is, &scene_diag));
		assert_int_equal(is.state, CAMPAIGN_RUNNING);
		campaign_free(&is);
		end(&fleet, machines[i], fleet_lease(&fleet, machines[i]), true,
		    i == 0 ? 5051 : 101);
	}
	SCENE_OK(campaign_read(fleet.store, campaign, &is, &scene_diag));
	assert_int_equal(is.state, CAMPAIGN_PAUSED);
	assert_int_equal(is.halted, HALT_BREAKER);
	assert_int_equal(is.n_cost, CAMPAIGN_BREAKER_AFTER);
	assert_int_equal(is.cost_cpu_ms, 5051 + 49 * 101);
	campaign_free(&is);
	assert_int_equal(fleet_lease(&fleet, machines[CAMPAIGN_BREAKER_AFTER]), 0);
	assert_int_equal(fleet_number(&fleet,
				      "SELECT count(*) FROM audit_entry"
				      " WHERE event = 'campaign.breaker'",
				      NULL, 0),
			 1);
	/* going on needs a budget that is enough */
	assert_int_equal(campaign_resume(fleet.store, &act, campaign, -1, &scene_diag),
			 RQ_ERR_CONFLICT);
	assert_int_equal(campaign_resume(fleet.store, &act, campaign, 150, &scene_diag),
			 RQ_ERR_CONFLICT);
	SCENE_OK(campaign_resume(fleet.store, &act, campaign, 300, &scene_diag));
	assert_int_not_equal(fleet_lease(&fleet, machines[CAMPAIGN_BREAKER_AFTER]), 0);
}

STORE_TEST_MAIN(
    STORE_TESTS(a_machine_is_told_the_epoch_when_nothing_waits_for_it),
    STORE_TESTS(a_lease_says_what_the_plan_says),
    STORE_TESTS(who_has_no_room_for_results_is_given_no_sweep),
    STORE_TESTS(before_the_start_after_the_deadline_and_paused_nothing_is_given),
    STORE_TESTS(a_site_has_so_many_slots_and_a_minute_so_many_leases),
    STORE_TESTS(a_lease_that_runs_out_gives_its_slot_back),
    STORE_TESTS(who_says_that_it_works_keeps_its_lease),
    STORE_TESTS(a_machine_whose_leases_run_out_three_times_is_given_up),
    STORE_TESTS_SHARED(two_centres_give_a_slot_once),
    STORE_TESTS(sweeps_that_cost_too_much_on_average_halt_the_campaign))
