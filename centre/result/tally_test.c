#include "centre/result/tally.h"

#include "centre/result/case.h"
#include "centre/result/result_scene.h"

#include <string.h>

static const uint8_t file_1[] = {1, 0};

/* ---- what is told ---- */

enum { ROWS = 32, DEEP = 99 };

struct told {
	struct tally_row rows[ROWS];
	size_t n;
};

static enum rq_err take_row(void *listener, const struct tally_row *row)
{
	struct told *told = listener;

	assert_true(told->n < ROWS);
	told->rows[told->n++] = *row;
	return RQ_OK;
}

static void ask(struct fleet *fleet, int64_t campaign, int64_t unit, struct told *told)
{
	struct tally_moment moment;

	told->n = 0;
	SCENE_OK(tally_now(fleet->store, campaign, (int64_t)fleet->virtual.utc_ms,
			   &moment, &scene_diag));
	SCENE_OK(tally(fleet->store, unit, DEEP, &moment, NULL, told, take_row,
		       &scene_diag));
}

static const struct tally_row *row_of(const struct told *told, int64_t unit)
{
	for (size_t i = 0; i < told->n; i++)
		if (told->rows[i].unit == unit)
			return &told->rows[i];
	fail_msg("no row of unit %d", (int)unit);
	return NULL;
}

static void figures_are(const struct tally_row *row, const int64_t *wanted)
{
	for (size_t i = 0; i < N_TALLY_MACHINES; i++)
		if (row->n[i] != wanted[i])
			fail_msg("figure %zu is %d, not %d", i, (int)row->n[i],
				 (int)wanted[i]);
}

static enum rq_err count_machine(void *listener, int64_t machine, int64_t unit)
{
	(void)machine;
	(void)unit;
	++*(int64_t *)listener;
	return RQ_OK;
}

/* Each number has as many machines behind it. */
static void lists_fit(struct fleet *fleet, int64_t campaign,
		      const struct tally_row *row)
{
	struct tally_moment moment;

	SCENE_OK(tally_now(fleet->store, campaign, (int64_t)fleet->virtual.utc_ms,
			   &moment, &scene_diag));
	for (int figure = 0; figure < N_TALLY_MACHINES; figure++) {
		int64_t n = 0;

		SCENE_OK(tally_machines(fleet->store, row->unit, &moment,
					(enum tally_figure)figure, 0, 1000, &n,
					count_machine, &scene_diag));
		assert_int_equal(n, row->n[figure]);
	}
}

/* ---- one campaign ---- */

static void each_machine_stands_in_one_place(void **state)
{
	static const struct scene_sweep clean = {.verdict = VERDICT_CLEAN};
	static const struct scene_sweep found = {.verdict = VERDICT_FOUND,
						 .contents = file_1};
	static const struct scene_sweep gaps = {
	    .verdict = VERDICT_UNKNOWN, .n_gaps = 2, .reason = GAP_TIMEOUT};
	struct fleet fleet;
	struct campaign_plan plan;
	struct teller teller;
	struct told told;
	int64_t top, unit, machines[8], campaign;

	fleet_make(state, &fleet);
	top = fleet_unit(&fleet, 0);
	unit = fleet_unit(&fleet, top);
	for (size_t i = 0; i < 8; i++)
		machines[i] = fleet_machine(&fleet, i < 6 ? unit : top, 1);
	plan = fleet_plan(&fleet, top);
	campaign = fleet_campaign(&fleet, &plan);
	fleet_declare(&fleet, unit, 9);
	sweep_whole(&fleet, machines[0], campaign, &clean);
	sweep_whole(&fleet, machines[1], campaign, &found);
	sweep_whole(&fleet, machines[2], campaign, &gaps);
	teller = teller_of(machines[3], CLASS_RESULT, fleet_lease(&fleet, machines[3]));
	tell_refused(&teller, 5);
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	fleet_lease(&fleet, machines[4]);
	fleet_excuse(&fleet, machines[5], 1);
	fleet_excuse(&fleet, machines[0], 1); /* it was swept all the same */
	ask(&fleet, campaign, top, &told);
	assert_int_equal(told.n, 2);
	figures_are(row_of(&told, top), (int64_t[]){8, 2, 1, 1, 1, 1, 2, 1, 0, 0});
	figures_are(row_of(&told, unit), (int64_t[]){6, 2, 1, 1, 1, 1, 0, 1, 0, 0});
	assert_int_equal(row_of(&told, top)->n[TALLY_DECLARED], 9);
	assert_int_equal(row_of(&told, unit)->depth, 1);
	lists_fit(&fleet, campaign, row_of(&told, top));
	lists_fit(&fleet, campaign, row_of(&told, unit));
	/* who asks for one unit sees nothing of what is above */
	ask(&fleet, campaign, unit, &told);
	assert_int_equal(told.n, 1);
}

static enum rq_err take_reason(void *listener, int64_t reason, int64_t n_machines,
			       int64_t n_gaps)
{
	int64_t *n = listener;

	n[0]++;
	n[1] += reason * 100 + n_machines * 10 + n_gaps;
	return RQ_OK;
}

static void incomplete_ones_say_why(void **state)
{
	static const struct scene_sweep gaps = {
	    .verdict = VERDICT_UNKNOWN, .n_gaps = 2, .reason = GAP_IO_ERROR};
	struct fleet fleet;
	struct campaign_plan plan;
	struct tally_moment moment;
	int64_t unit, campaign, n[2] = {0};

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	plan = fleet_plan(&fleet, unit);
	for (size_t i = 0; i < 2; i++)
		fleet_machine(&fleet, unit, 1);
	campaign = fleet_campaign(&fleet, &plan);
	for (int64_t machine = unit + 1; machine <= unit + 2; machine++)
		sweep_whole(&fleet, machine, campaign, &gaps);
	SCENE_OK(tally_now(fleet.store, campaign, (int64_t)fleet.virtual.utc_ms,
			   &moment, &scene_diag));
	SCENE_OK(
	    tally_reasons(fleet.store, unit, &moment, n, take_reason, &scene_diag));
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], GAP_IO_ERROR * 100 + 2 * 10 + 4);
}

static void a_false_positive_is_not_found_and_what_was_treated_is_told(void **state)
{
	static const struct scene_sweep found = {.verdict = VERDICT_FOUND,
						 .contents = file_1};
	struct fleet fleet;
	struct campaign_plan plan;
	struct finding_reach reach;
	struct told told;
	struct act act;
	uint8_t key[FINDING_GROUP_KEY];
	int64_t unit, machine, campaign;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	campaign = fleet_campaign(&fleet, &plan);
	sweep_whole(&fleet, machine, campaign, &found);
	content_key(1, key);
	act = fleet_act(&fleet);
	SCENE_OK(case_set(fleet.store, &act, unit, key, machine, FINDING_TREATED,
			  bytes_of(""), &scene_diag));
	ask(&fleet, campaign, unit, &told);
	figures_are(&told.rows[0], (int64_t[]){1, 1, 0, 0, 0, 0, 0, 1, 1, 0});
	SCENE_OK(group_reach(fleet.store, key, &reach, &scene_diag));
	SCENE_OK(group_judge_false(fleet.store, &act, key, &reach, bytes_of(""),
				   &scene_diag));
	ask(&fleet, campaign, unit, &told);
	figures_are(&told.rows[0], (int64_t[]){1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
}

/* ---- closing, comparing ---- */

static enum rq_err count_sweep(void *listener, int64_t sweep, int64_t machine)
{
	(void)sweep;
	(void)machine;
	++*(int64_t *)listener;
	return RQ_OK;
}

static void figures_stay_when_closed_and_late_ones_are_told_apart(void **state)
{
	static const struct scene_sweep clean = {.verdict = VERDICT_CLEAN};
	static const struct sweep_end end = {.verdict = VERDICT_CLEAN};
	struct fleet fleet;
	struct campaign_plan plan;
	struct told before = {.n = 0}, after = {.n = 0}, kept = {.n = 0};
	struct teller late;
	struct act act;
	int64_t top, unit, machines[3], campaign, job, n = 0;

	fleet_make(state, &fleet);
	top = fleet_unit(&fleet, 0);
	unit = fleet_unit(&fleet, top);
	for (size_t i = 0; i < 3; i++)
		machines[i] = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, top);
	campaign = fleet_campaign(&fleet, &plan);
	sweep_whole(&fleet, machines[0], campaign, &clean);
	job = fleet_lease(&fleet, machines[1]);
	world_virtual_pass(&fleet.virtual, SCENE_MINUTE);
	ask(&fleet, campaign, top, &before);
	act = fleet_act(&fleet);
	SCENE_OK(tally_close(fleet.store, &act, campaign, &scene_diag));
	assert_int_equal(tally_close(fleet.store, &act, campaign, &scene_diag),
			 RQ_ERR_CONFLICT);
	world_virtual_pass(&fleet.virtual, 3 * (uint64_t)SCENE_DAY);
	late = teller_of(machines[1], CLASS_RESULT, job);
	tell_begin(&late, campaign, "2020-09-01");
	tell_end(&late, &end);
	assert_int_equal(deliver(&fleet, &late), DELIVERY_TAKEN);
	fleet_move_machine(&fleet, machines[0], top);
	ask(&fleet, campaign, top, &after);
	SCENE_OK(tally_frozen(fleet.store, campaign, top, DEEP, &kept, take_row,
			      &scene_diag));
	assert_int_equal(before.n, 2);
	assert_int_equal(kept.n, 2);
	assert_memory_equal(before.rows, after.rows, 2 * sizeof *before.rows);
	assert_memory_equal(before.rows, kept.rows, 2 * sizeof *before.rows);
	SCENE_OK(tally_supplement(fleet.store, campaign, top,
				  (int64_t)fleet.virtual.utc_ms, &n, count_sweep,
				  &scene_diag));
	assert_int_equal(n, 1);
}

static void two_campaigns_stand_side_by_side(void **state)
{
	static const struct scene_sweep clean = {.verdict = VERDICT_CLEAN};
	struct fleet fleet;
	struct campaign_plan plan;
	struct tally_moment first, second;
	struct told told = {.n = 0};
	int64_t unit, machines[3], one, two;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	for (size_t i = 0; i < 3; i++)
		machines[i] = fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	one = fleet_campaign(&fleet, &plan);
	for (size_t i = 0; i < 3; i++)
		sweep_whole(&fleet, machines[i], one, &clean);
	two = fleet_campaign(&fleet, &plan);
	sweep_whole(&fleet, machines[0], two, &clean);
	SCENE_OK(tally_now(fleet.store, one, (int64_t)fleet.virtual.utc_ms, &first,
			   &scene_diag));
	SCENE_OK(tally_now(fleet.store, two, (int64_t)fleet.virtual.utc_ms, &second,
			   &scene_diag));
	SCENE_OK(
	    tally(fleet.store, unit, 0, &first, &second, &told, take_row, &scene_diag));
	assert_int_equal(told.n, 2);
	assert_int_equal(told.rows[0].campaign, one);
	assert_int_equal(told.rows[0].n[TALLY_COMPLETE], 3);
	assert_int_equal(told.rows[1].n[TALLY_COMPLETE], 1);
	assert_int_equal(told.rows[1].n[TALLY_SILENT], 2);
}

struct overdue {
	int64_t n, last_ms;
};

static enum rq_err take_overdue(void *listener, int64_t machine, int64_t unit,
				int64_t last_ms)
{
	struct overdue *overdue = listener;

	(void)machine;
	(void)unit;
	overdue->n++;
	overdue->last_ms = last_ms;
	return RQ_OK;
}

static void who_was_not_swept_for_long_is_overdue(void **state)
{
	static const struct scene_sweep clean = {.verdict = VERDICT_CLEAN};
	struct fleet fleet;
	struct campaign_plan plan;
	struct overdue overdue = {0};
	int64_t unit, swept, away, campaign, now;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	swept = fleet_machine(&fleet, unit, 1);
	away = fleet_machine(&fleet, unit, 1);
	fleet_machine(&fleet, unit, 1);
	plan = fleet_plan(&fleet, unit);
	campaign = fleet_campaign(&fleet, &plan);
	sweep_whole(&fleet, swept, campaign, &clean);
	fleet_excuse(&fleet, away, 4);
	now = (int64_t)fleet.virtual.utc_ms;
	SCENE_OK(tally_overdue(fleet.store, unit, now, 7, &overdue, take_overdue,
			       &scene_diag));
	assert_int_equal(overdue.n, 1);
	assert_int_equal(overdue.last_ms, 0);
	now += 8 * (int64_t)SCENE_DAY;
	overdue.n = 0;
	SCENE_OK(tally_overdue(fleet.store, unit, now, 7, &overdue, take_overdue,
			       &scene_diag));
	assert_int_equal(overdue.n, 2);
	assert_true(overdue.last_ms == SCENE_START_MS);
}

/* ---- I5: a tally equals its evidence ---- */

enum { UNITS = 6, MACHINES = 14, STEPS = 90, KEPT = 8 };

/* What a reader of the rules would count, by hand. */
struct model {
	int64_t units[UNITS], parent[UNITS]; /* parent: index, -1 the top */
	bool is_merged[UNITS];
	int64_t machines[MACHINES], job[MACHINES];
	size_t unit_of[MACHINES];
	int stands[MACHINES]; /* enum tally_figure */
	bool found[MACHINES], is_over[MACHINES];
	/* messages that may come again, in any order */
	struct buffer kept[KEPT];
	int64_t kept_of[KEPT];
};

static bool is_within(const struct model *model, size_t unit, size_t above)
{
	for (; unit != above; unit = (size_t)model->parent[unit])
		if (model->parent[unit] < 0)
			return false;
	return true;
}

static void deliver_often(struct fleet *fleet, struct model *model, struct dice *dice,
			  struct teller *teller)
{
	const size_t slot = (size_t)dice_below(dice, KEPT);
	struct buffer *message = &model->kept[slot];

	teller_deliver(teller, message);
	model->kept_of[slot] = teller->machine;
	assert_int_equal(take(fleet, teller->machine, message), DELIVERY_TAKEN);
	/* and any of the old ones again */
	for (size_t i = 0; i < KEPT; i++)
		if (model->kept[i].size > 0 && dice_one_in(dice, 3))
			assert_int_equal(
			    take(fleet, model->kept_of[i], &model->kept[i]),
			    DELIVERY_TAKEN);
	teller_free(teller);
}

static void sweep_some(struct fleet *fleet, struct model *model, struct dice *dice,
		       size_t i)
{
	struct sweep_end end = {.verdict = (uint8_t)dice_below(dice, 3)};
	struct teller results, findings;
	bool findings_first = dice_one_in(dice, 2);

	if (model->is_over[i])
		return;
	if (model->job[i] == 0)
		model->job[i] = fleet_lease(fleet, model->machines[i]);
	model->stands[i] = TALLY_RUNNING;
	if (dice_one_in(dice, 4))
		return;
	model->is_over[i] = true;
	end.n_findings = end.verdict == VERDICT_FOUND ? 1 + dice_below(dice, 3) : 0;
	end.n_gaps = end.verdict == VERDICT_CLEAN ? 0 : dice_below(dice, 2);
	results = teller_of(model->machines[i], CLASS_RESULT, model->job[i]);
	findings = teller_of(model->machines[i], CLASS_DETECTION, model->job[i]);
	tell_begin(&results, 0, "2020-09-01");
	tell_end(&results, &end);
	for (uint64_t k = 0; k < end.n_findings; k++)
		tell_finding(&findings, (uint8_t)(1 + dice_below(dice, 4)), "/srv/a",
			     "rule_a");
	if (end.n_findings > 0 && findings_first)
		deliver_often(fleet, model, dice, &findings);
	deliver_often(fleet, model, dice, &results);
	if (end.n_findings > 0 && !findings_first)
		deliver_often(fleet, model, dice, &findings);
	model->found[i] = end.verdict == VERDICT_FOUND;
	model->stands[i] = end.verdict == VERDICT_CLEAN ||
				   (end.verdict == VERDICT_FOUND && end.n_gaps == 0)
			       ? TALLY_COMPLETE
			       : TALLY_INCOMPLETE;
}

static void move_some(struct fleet *fleet, struct model *model, struct dice *dice)
{
	const size_t i = (size_t)dice_below(dice, MACHINES);
	const size_t to = (size_t)dice_below(dice, UNITS);

	if (model->is_merged[to])
		return;
	fleet_move_machine(fleet, model->machines[i], model->units[to]);
	model->unit_of[i] = to;
}

/* Leaves only: the last three units. */
static void merge_some(struct fleet *fleet, struct model *model, struct dice *dice)
{
	const size_t unit = 3 + (size_t)dice_below(dice, 3), into = 1;

	if (model->is_merged[unit])
		return;
	fleet_merge(fleet, model->units[unit], model->units[into]);
	model->is_merged[unit] = true;
	for (size_t i = 0; i < MACHINES; i++)
		if (model->unit_of[i] == unit)
			model->unit_of[i] = into;
}

static void compare(struct fleet *fleet, const struct model *model, int64_t campaign)
{
	struct told told;

	ask(fleet, campaign, model->units[0], &told);
	for (size_t u = 0; u < UNITS; u++) {
		int64_t wanted[N_TALLY_MACHINES] = {0};

		if (model->is_merged[u])
			continue;
		for (size_t i = 0; i < MACHINES; i++) {
			if (!is_within(model, model->unit_of[i], u))
				continue;
			wanted[TALLY_REGISTERED]++;
			wanted[model->stands[i]]++;
			wanted[TALLY_FOUND] += model->found[i];
		}
		figures_are(row_of(&told, model->units[u]), wanted);
	}
	lists_fit(fleet, campaign, row_of(&told, model->units[0]));
}

static void make_model(struct fleet *fleet, struct model *model)
{
	static const int64_t parents[UNITS] = {-1, 0, 0, 1, 1, 2};

	*model = (struct model){0};
	for (size_t i = 0; i < UNITS; i++) {
		model->parent[i] = parents[i];
		model->units[i] =
		    fleet_unit(fleet, parents[i] < 0 ? 0 : model->units[parents[i]]);
	}
	for (size_t i = 0; i < MACHINES; i++) {
		model->unit_of[i] = i % UNITS;
		model->machines[i] = fleet_machine(fleet, model->units[i % UNITS], 1);
		model->stands[i] = TALLY_SILENT;
	}
}

static void a_tally_equals_its_evidence(void **state)
{
	struct fleet fleet;
	struct campaign_plan plan;
	struct model model;
	struct dice dice = {4711};
	int64_t campaign;

	fleet_make(state, &fleet);
	make_model(&fleet, &model);
	plan = fleet_plan(&fleet, model.units[0]);
	plan.deadline_ms += 1000 * (int64_t)SCENE_DAY;
	plan.live = false;
	plan.time_budget_ms = 900 * (int64_t)SCENE_DAY;
	campaign = fleet_campaign(&fleet, &plan);
	for (size_t step = 0; step < STEPS; step++) {
		switch (dice_below(&dice, 8)) {
		case 0: move_some(&fleet, &model, &dice); break;
		case 1:
			if (step > STEPS / 2)
				merge_some(&fleet, &model, &dice);
			break;
		default:
			sweep_some(&fleet, &model, &dice,
				   (size_t)dice_below(&dice, MACHINES));
		}
		world_virtual_pass(&fleet.virtual, (uint64_t)SCENE_HOUR * 7);
		if (step % 6 == 0)
			compare(&fleet, &model, campaign);
	}
	compare(&fleet, &model, campaign);
	for (size_t i = 0; i < KEPT; i++)
		buffer_free(&model.kept[i]);
}

STORE_TEST_MAIN(STORE_TESTS(each_machine_stands_in_one_place),
		STORE_TESTS(incomplete_ones_say_why),
		STORE_TESTS(a_false_positive_is_not_found_and_what_was_treated_is_told),
		STORE_TESTS(figures_stay_when_closed_and_late_ones_are_told_apart),
		STORE_TESTS(two_campaigns_stand_side_by_side),
		STORE_TESTS(who_was_not_swept_for_long_is_overdue),
		STORE_TESTS(a_tally_equals_its_evidence))
