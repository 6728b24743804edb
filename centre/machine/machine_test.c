/* The register, what units declare, and the three numbers side by side. */
#include "centre/machine/machine_scene.h"

#include "centre/audit/audit.h"

#include <string.h>

enum { WINDOW = 30 };

struct tallies {
	struct tally rows[8];
	size_t n;
};

static enum rq_err take(void *listener, const struct tally *tally)
{
	struct tallies *tallies = listener;

	assert_true(tallies->n < 8);
	tallies->rows[tallies->n++] = *tally;
	return RQ_OK;
}

static struct tally tally_on(struct province *p, int64_t unit, int64_t day)
{
	struct reach reach = p->reach_top;
	struct tallies tallies = {0};

	reach.day = day;
	SCENE_OK(
	    tally_list(p->store, &reach, unit, 0, WINDOW, &tallies, take, &scene_diag));
	assert_int_equal(tallies.n, 1);
	return tallies.rows[0];
}

static struct tally tally_of(struct province *p, int64_t unit)
{
	return tally_on(p, unit, p->act.today);
}

static void declared_and_registered_stand_side_by_side(void **state)
{
	struct province *p = province_open(state);
	struct tally tally;

	SCENE_OK(
	    declared_set(p->store, &p->act, p->east, p->act.today, 40, &scene_diag));
	SCENE_OK(
	    declared_set(p->store, &p->act, p->commune, p->act.today, 5, &scene_diag));
	(void)province_machine(p, p->commune, "MAY-01", "", "");
	(void)province_machine(p, p->east, "MAY-02", "", "");
	tally = tally_of(p, p->top);
	assert_int_equal(tally.declared, 45);
	assert_int_equal(tally.n_undeclared, 2); /* the top and the west */
	assert_int_equal(tally.registered, 2);
	assert_int_equal(tally.seen, 0);
	tally = tally_of(p, p->commune);
	assert_int_equal(tally.declared, 5);
	assert_int_equal(tally.registered, 1);
	tally = tally_of(p, p->west);
	assert_int_equal(tally.declared, 0);
	assert_int_equal(tally.n_undeclared, 1);
	assert_int_equal(tally.registered, 0);
	province_close(p);
}

static void a_tally_of_a_day_stays_the_same(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t day = p->act.today;
	struct tally before, after;

	SCENE_OK(declared_set(p->store, &p->act, p->east, day, 10, &scene_diag));
	SCENE_OK(tally_seen(p->store, machine, day, &scene_diag));
	before = tally_on(p, p->top, day);
	province_pass(p, 5ull * SCENE_DAY_MS);
	SCENE_OK(
	    declared_set(p->store, &p->act, p->east, p->act.today, 99, &scene_diag));
	SCENE_OK(machine_move(p->store, &p->act, machine, p->west, p->act.today,
			      &scene_diag));
	(void)province_machine(p, p->east, "MAY-02", "", "");
	after = tally_on(p, p->top, day);
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(tally_on(p, p->east, day).registered, 1);
	assert_int_equal(tally_of(p, p->east).declared, 99);
	assert_int_equal(tally_of(p, p->west).registered, 1);
	province_close(p);
}

static void each_unit_of_a_level_has_its_line(void **state)
{
	struct province *p = province_open(state);
	struct tallies tallies = {0};

	(void)province_machine(p, p->commune, "MAY-01", "", "");
	(void)province_machine(p, p->west, "MAY-02", "", "");
	SCENE_OK(tally_list(p->store, &p->reach_top, p->top, 1, WINDOW, &tallies, take,
			    &scene_diag));
	assert_int_equal(tallies.n, 2);
	assert_int_equal(tallies.rows[0].unit, p->east);
	assert_int_equal(tallies.rows[0].registered, 1);
	/* I6: whoever looks after the west sees one line */
	tallies.n = 0;
	SCENE_OK(tally_list(p->store, &p->reach_west, p->top, 1, WINDOW, &tallies, take,
			    &scene_diag));
	assert_int_equal(tallies.n, 1);
	assert_int_equal(tallies.rows[0].unit, p->west);
	tallies.n = 0;
	SCENE_OK(tally_list(p->store, &p->reach_west, p->top, 0, WINDOW, &tallies, take,
			    &scene_diag));
	assert_int_equal(tallies.n, 0);
	province_close(p);
}

static void seen_is_of_a_window_of_days(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t day = p->act.today, n_rows;

	SCENE_OK(tally_seen(p->store, machine, day, &scene_diag));
	SCENE_OK(tally_seen(p->store, machine, day, &scene_diag));
	SCENE_OK(tally_seen(p->store, machine, day + 1, &scene_diag));
	/* the clock went back: nothing is taken away */
	SCENE_OK(tally_seen(p->store, machine, day, &scene_diag));
	SCENE_OK(tally_seen(p->store, machine, day + 100, &scene_diag));
	assert_int_equal(tally_on(p, p->east, day).seen, 1);
	assert_int_equal(tally_on(p, p->east, day + WINDOW).seen, 1);
	assert_int_equal(tally_on(p, p->east, day + WINDOW + 1).seen, 0);
	assert_int_equal(tally_on(p, p->east, day + 100).seen, 1);
	SCENE_OK(store_ask_number(p->store, "SELECT count(*) FROM machine_seen", NULL,
				  0, &n_rows, &scene_diag));
	assert_int_equal(n_rows, 2);
	province_close(p);
}

static void an_agent_that_speaks_is_seen(void **state)
{
	struct province *p = province_open(state);
	struct pc pc =
	    pc_of_machine(p, province_machine(p, p->east, "MAY-01", "", ""), 1);

	assert_int_equal(tally_of(p, p->east).seen, 0);
	(void)pc_check_in(p, &pc, NULL);
	assert_int_equal(tally_of(p, p->east).seen, 1);
	province_close(p);
}

static void reasons_end_and_stay_in_the_denominator(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t day = p->act.today;
	struct machine_absence absence = {REASON_BROKEN, day, day + 10,
					  BYTES_LITERAL("hỏng nguồn")};

	SCENE_OK(machine_excuse(p->store, &p->act, machine, &absence, &scene_diag));
	assert_int_equal(tally_of(p, p->east).registered, 1);
	assert_int_equal(tally_of(p, p->east).excused[REASON_BROKEN - 1], 1);
	assert_int_equal(tally_on(p, p->east, day + 10).excused[REASON_BROKEN - 1], 0);
	/* another one takes its place, and it comes back early */
	province_pass(p, 2ull * SCENE_DAY_MS);
	absence = (struct machine_absence){REASON_STORED, day + 2, day + 30, {NULL, 0}};
	SCENE_OK(machine_excuse(p->store, &p->act, machine, &absence, &scene_diag));
	assert_int_equal(tally_on(p, p->east, day + 1).excused[REASON_BROKEN - 1], 1);
	assert_int_equal(tally_of(p, p->east).excused[REASON_BROKEN - 1], 0);
	assert_int_equal(tally_of(p, p->east).excused[REASON_STORED - 1], 1);
	SCENE_OK(machine_return(p->store, &p->act, machine, day + 5, &scene_diag));
	assert_int_equal(tally_on(p, p->east, day + 4).excused[REASON_STORED - 1], 1);
	assert_int_equal(tally_on(p, p->east, day + 5).excused[REASON_STORED - 1], 0);
	absence.end_day = DAY_FOREVER;
	assert_int_equal(
	    machine_excuse(p->store, &p->act, machine, &absence, &scene_diag),
	    RQ_ERR_USAGE);
	province_close(p);
}

static enum rq_err take_machine(void *listener, const struct machine *machine)
{
	*(struct machine *)listener = *machine;
	((struct machine *)listener)->name = (struct bytes){NULL, 0};
	return RQ_OK;
}

static enum machine_class class_on(struct province *p, int64_t day)
{
	struct reach reach = p->reach_top;
	struct machine machine = {0};

	reach.day = day;
	SCENE_OK(machine_list(p->store, &reach, p->top, 0, 10, &machine, take_machine,
			      &scene_diag));
	return machine.class;
}

static void an_exemption_has_an_approver_and_ends(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t day = p->act.today;
	struct bytes decision = BYTES_LITERAL("Quyết định 12/QĐ-STTTT");

	SCENE_OK(machine_classify(p->store, &p->act, machine, MACHINE_SIGNING, day,
				  &scene_diag));
	SCENE_OK(machine_exempt(p->store, &p->act, machine, decision, day + 1, day + 91,
				&scene_diag));
	assert_int_equal(class_on(p, day), MACHINE_SIGNING);
	assert_int_equal(class_on(p, day + 1), MACHINE_EXEMPT);
	assert_int_equal(class_on(p, day + 91), MACHINE_SIGNING);
	assert_int_equal(tally_on(p, p->east, day + 1).registered, 1);
	assert_int_equal(tally_on(p, p->east, day + 1).exempt, 1);
	assert_int_equal(tally_on(p, p->east, day + 91).exempt, 0);
	assert_int_equal(machine_exempt(p->store, &p->act, machine, (struct bytes){0},
					day + 100, day + 101, &scene_diag),
			 RQ_ERR_USAGE);
	assert_int_equal(machine_exempt(p->store, &p->act, machine, decision, day + 100,
					DAY_FOREVER, &scene_diag),
			 RQ_ERR_USAGE);
	province_close(p);
}

static void a_machine_that_is_gone_was_there(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t day = p->act.today;

	SCENE_OK(machine_end(p->store, &p->act, machine, day + 3, &scene_diag));
	assert_int_equal(tally_on(p, p->east, day + 2).registered, 1);
	assert_int_equal(tally_on(p, p->east, day + 3).registered, 0);
	assert_int_equal(
	    machine_move(p->store, &p->act, machine, p->west, day + 1, &scene_diag),
	    RQ_ERR_CONFLICT);
	province_close(p);
}

static void what_is_over_is_not_changed(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t yesterday = p->act.today - 1;

	assert_int_equal(
	    machine_move(p->store, &p->act, machine, p->west, yesterday, &scene_diag),
	    RQ_ERR_CONFLICT);
	assert_int_equal(
	    machine_return(p->store, &p->act, machine, yesterday, &scene_diag),
	    RQ_ERR_CONFLICT);
	/* the day after tomorrow's plan gives way to tomorrow's */
	SCENE_OK(machine_move(p->store, &p->act, machine, p->west, p->act.today + 2,
			      &scene_diag));
	SCENE_OK(machine_move(p->store, &p->act, machine, p->commune, p->act.today + 1,
			      &scene_diag));
	assert_int_equal(tally_on(p, p->west, p->act.today + 2).registered, 0);
	province_close(p);
}

static void all_of_a_merged_unit_move(void **state)
{
	struct province *p = province_open(state);
	int64_t exempt = province_machine(p, p->commune, "MAY-01", "", "");
	int64_t day = p->act.today;

	(void)province_machine(p, p->commune, "MAY-02", "", "");
	SCENE_OK(machine_exempt(p->store, &p->act, exempt, BYTES_LITERAL("QĐ 12"), day,
				day + 10, &scene_diag));
	SCENE_OK(machine_move_all(p->store, &p->act, p->commune, p->west, day + 5,
				  &scene_diag));
	assert_int_equal(tally_on(p, p->commune, day + 4).registered, 2);
	assert_int_equal(tally_on(p, p->commune, day + 5).registered, 0);
	assert_int_equal(tally_on(p, p->west, day + 5).registered, 2);
	assert_int_equal(tally_on(p, p->west, day + 9).exempt, 1);
	assert_int_equal(tally_on(p, p->west, day + 10).registered, 2);
	assert_int_equal(tally_on(p, p->west, day + 10).exempt, 0);
	assert_int_equal(machine_move_all(p->store, &p->act_west, p->west, p->east, day,
					  &scene_diag),
			 RQ_ERR_NOT_FOUND);
	province_close(p);
}

/* I6: a machine of another unit is not there. */
static void another_units_machine_is_not_found(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	int64_t mine = province_machine(p, p->west, "MAY-02", "", "");
	int64_t day = p->act.today, id;
	const struct machine wanted = {.name = BYTES_LITERAL("X"),
				       .unit = p->east,
				       .class = MACHINE_PC,
				       .first_day = day,
				       .end_day = DAY_FOREVER};
	struct machine found = {0};

	assert_int_equal(
	    machine_move(p->store, &p->act_west, machine, p->west, day, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	assert_int_equal(
	    machine_move(p->store, &p->act_west, mine, p->east, day, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	assert_int_equal(machine_end(p->store, &p->act_west, machine, day, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	assert_int_equal(machine_add(p->store, &p->act_west, &wanted, &id, &scene_diag),
			 RQ_ERR_NOT_FOUND);
	assert_int_equal(
	    declared_set(p->store, &p->act_west, p->east, day, 1, &scene_diag),
	    RQ_ERR_NOT_FOUND);
	SCENE_OK(machine_list(p->store, &p->reach_west, p->top, 0, 10, &found,
			      take_machine, &scene_diag));
	assert_int_equal(found.id, mine);
	province_close(p);
}

static void machines_without_anything_are_refused(void **state)
{
	struct province *p = province_open(state);
	struct machine wanted = {.unit = p->east,
				 .class = MACHINE_PC,
				 .first_day = p->act.today,
				 .end_day = DAY_FOREVER};
	int64_t id;

	assert_int_equal(machine_add(p->store, &p->act, &wanted, &id, &scene_diag),
			 RQ_ERR_USAGE);
	wanted.name = BYTES_LITERAL("MAY-01");
	wanted.class = 6;
	assert_int_equal(machine_add(p->store, &p->act, &wanted, &id, &scene_diag),
			 RQ_ERR_USAGE);
	wanted.class = MACHINE_EXEMPT;
	assert_int_equal(machine_add(p->store, &p->act, &wanted, &id, &scene_diag),
			 RQ_ERR_USAGE);
	province_close(p);
}

static void every_act_is_in_the_audit(void **state)
{
	struct province *p = province_open(state);
	int64_t machine = province_machine(p, p->east, "MAY-01", "", "");
	struct audit_head before, after;

	SCENE_OK(audit_head(p->store, &before, &scene_diag));
	SCENE_OK(machine_move(p->store, &p->act, machine, p->west, p->act.today,
			      &scene_diag));
	SCENE_OK(
	    declared_set(p->store, &p->act, p->west, p->act.today, 1, &scene_diag));
	SCENE_OK(machine_return(p->store, &p->act, machine, p->act.today, &scene_diag));
	SCENE_OK(
	    machine_end(p->store, &p->act, machine, p->act.today + 1, &scene_diag));
	SCENE_OK(audit_head(p->store, &after, &scene_diag));
	assert_int_equal(after.number - before.number, 4);
	province_close(p);
}

STORE_TEST_MAIN(STORE_TESTS(declared_and_registered_stand_side_by_side),
		STORE_TESTS(a_tally_of_a_day_stays_the_same),
		STORE_TESTS(each_unit_of_a_level_has_its_line),
		STORE_TESTS(seen_is_of_a_window_of_days),
		STORE_TESTS(an_agent_that_speaks_is_seen),
		STORE_TESTS(reasons_end_and_stay_in_the_denominator),
		STORE_TESTS(an_exemption_has_an_approver_and_ends),
		STORE_TESTS(a_machine_that_is_gone_was_there),
		STORE_TESTS(what_is_over_is_not_changed),
		STORE_TESTS(all_of_a_merged_unit_move),
		STORE_TESTS(another_units_machine_is_not_found),
		STORE_TESTS(machines_without_anything_are_refused),
		STORE_TESTS(every_act_is_in_the_audit))
