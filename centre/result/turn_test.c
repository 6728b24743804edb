#include "centre/result/result_scene.h"

#include <string.h>

static int64_t n_of(struct fleet *fleet, const char *sql)
{
	return fleet_number(fleet, sql, NULL, 0);
}

static void one_machine(void **state, struct fleet *fleet, int64_t *machine,
			int64_t *campaign)
{
	struct campaign_plan plan;
	int64_t unit;

	fleet_make(state, fleet);
	unit = fleet_unit(fleet, 0);
	*machine = fleet_machine(fleet, unit, 1);
	plan = fleet_plan(fleet, unit);
	*campaign = fleet_campaign(fleet, &plan);
}

/* ---- once ---- */

static void what_is_delivered_is_there_once(void **state)
{
	struct fleet fleet;
	struct buffer first = {0}, second = {0};
	struct teller teller;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_DETECTION, fleet_lease(&fleet, machine));
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	tell_finding(&teller, 2, "/srv/b", "rule_b");
	teller_deliver(&teller, &first);
	tell_finding(&teller, 1, "/srv/c", "rule_a");
	teller_deliver(&teller, &second);
	/* what comes too early is not taken, and told what is wanted */
	assert_int_equal(take(&fleet, machine, &second), DELIVERY_EXPECTED);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(take(&fleet, machine, &first), DELIVERY_TAKEN);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(take(&fleet, machine, &second), DELIVERY_TAKEN);
	assert_int_equal(take(&fleet, machine, &first), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 3);
	assert_int_equal(n_of(&fleet, "SELECT n_come FROM sweep"), 3);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding_group"), 2);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding_case"), 2);
	assert_int_equal(n_of(&fleet, "SELECT next_sequence FROM stream"), 3);
	buffer_free(&first);
	buffer_free(&second);
	teller_free(&teller);
}

/* The agent was cut off and tells all of its job again, in a new stream. */
static void a_sweep_that_is_told_again_counts_once(void **state)
{
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign, job;

	one_machine(state, &fleet, &machine, &campaign);
	job = fleet_lease(&fleet, machine);
	for (size_t i = 0; i < 2; i++) {
		teller = teller_of(machine, CLASS_DETECTION, job);
		tell_finding(&teller, 1, "/srv/a", "rule_a");
		tell_finding(&teller, 2, "/srv/b", "rule_b");
		if (i == 1)
			tell_finding(&teller, 3, "/srv/c", "rule_c");
		assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	}
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 3);
	/* a machine that was set back and swept again: the same number, another finding */
	teller = teller_of(machine, CLASS_DETECTION, job);
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	tell_finding(&teller, 9, "/srv/new", "rule_b");
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 4);
	assert_int_equal(n_of(&fleet, "SELECT n_come FROM sweep"), 4);
}

static void a_machine_that_was_set_back_is_told_so(void **state)
{
	struct fleet fleet;
	struct teller teller, other;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_DETECTION, fleet_lease(&fleet, machine));
	other = teller;
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	tell_finding(&other, 2, "/srv/b", "rule_b");
	assert_int_equal(deliver(&fleet, &other), DELIVERY_FORKED);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 1);
}

/* ---- a sweep ---- */

static void a_sweep_is_complete_when_all_its_findings_are_there(void **state)
{
	static const struct sweep_end end = {
	    .verdict = VERDICT_FOUND, .n_findings = 2, .cpu_ms = 40};
	struct fleet fleet;
	struct teller results, findings;
	int64_t machine, campaign, job;

	one_machine(state, &fleet, &machine, &campaign);
	job = fleet_lease(&fleet, machine);
	results = teller_of(machine, CLASS_RESULT, job);
	findings = teller_of(machine, CLASS_DETECTION, job);
	tell_begin(&results, campaign, "2020-09-01");
	tell_end(&results, &end);
	assert_int_equal(deliver(&fleet, &results), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(completed_ms) FROM sweep"), 0);
	assert_int_equal(n_of(&fleet, "SELECT state FROM member"), 3);
	tell_finding(&findings, 1, "/srv/a", "rule_a");
	assert_int_equal(deliver(&fleet, &findings), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(completed_ms) FROM sweep"), 0);
	tell_finding(&findings, 2, "/srv/b", "rule_a");
	assert_int_equal(deliver(&fleet, &findings), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(completed_ms) FROM sweep"), 1);
	assert_true(n_of(&fleet, "SELECT campaign FROM sweep") == campaign);
}

static void a_sweep_with_gaps_is_never_complete(void **state)
{
	static const uint8_t one[] = {1, 0};
	static const struct scene_sweep found = {VERDICT_FOUND, one, 3, GAP_UNREADABLE,
						 1};
	struct fleet fleet;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	sweep_whole(&fleet, machine, campaign, &found);
	assert_int_equal(n_of(&fleet, "SELECT count(completed_ms) FROM sweep"), 0);
	assert_int_equal(n_of(&fleet, "SELECT number FROM gap_count WHERE reason = 0"),
			 3);
	assert_int_equal(n_of(&fleet, "SELECT state FROM member"), 4);
}

static void a_job_that_was_refused_says_why(void **state)
{
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_RESULT, fleet_lease(&fleet, machine));
	tell_refused(&teller, 5);
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT refused FROM campaign_job"), 5);
	assert_int_equal(n_of(&fleet, "SELECT state FROM member"), 5);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM sweep"), 0);
}

/* ---- who lies ---- */

static void another_machines_job_is_nobodys(void **state)
{
	static const struct sweep_end end = {.verdict = VERDICT_CLEAN};
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign, liar, job;

	one_machine(state, &fleet, &machine, &campaign);
	liar = fleet_machine(&fleet, fleet_unit(&fleet, 0), 1);
	job = fleet_lease(&fleet, machine);
	teller = teller_of(liar, CLASS_RESULT, job);
	tell_begin(&teller, campaign, "2020-09-01");
	tell_end(&teller, &end);
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	/* kept, as the liar's own, and of no campaign */
	assert_true(n_of(&fleet, "SELECT machine FROM sweep") == liar);
	assert_int_equal(n_of(&fleet, "SELECT count(campaign) FROM sweep"), 0);
	assert_int_equal(n_of(&fleet, "SELECT state FROM member"), 2);
}

static void numbers_that_no_machine_has_break_no_sum(void **state)
{
	static const struct sweep_end end = {.verdict = VERDICT_CLEAN,
					     .started_ms = UINT64_MAX,
					     .n_seen = UINT64_MAX,
					     .cpu_ms = UINT64_MAX};
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_RESULT, fleet_lease(&fleet, machine));
	tell_gaps(&teller, GAP_CHANGED, UINT64_MAX);
	tell_end(&teller, &end);
	teller.job = UINT64_MAX;
	teller.ordinal = UINT64_MAX;
	tell_gaps(&teller, GAP_CHANGED, 1);
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	assert_true(n_of(&fleet, "SELECT number FROM gap_count") > 0);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM sweep"), 1);
}

static void a_line_that_cannot_be_read_is_a_finding(void **state)
{
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_DETECTION, fleet_lease(&fleet, machine));
	tell(&teller, RECORD_FINDING, bytes_of("{\"event\":\"mat\xff"));
	tell(&teller, RECORD_FINDING, bytes_of(""));
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding WHERE kind = 99"),
			 2);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding_case"), 3);
}

/* ---- turns ---- */

static void a_bad_delivery_does_not_spoil_the_others(void **state)
{
	struct fleet fleet;
	struct buffer good = {0}, early = {0};
	struct teller teller, other;
	struct delivery_reply replies[4];
	int64_t machine, campaign, second;

	one_machine(state, &fleet, &machine, &campaign);
	second = fleet_machine(&fleet, fleet_unit(&fleet, 0), 1);
	teller = teller_of(machine, CLASS_DETECTION, fleet_lease(&fleet, machine));
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	teller_deliver(&teller, &good);
	other = teller_of(second, CLASS_DETECTION, 0);
	tell_finding(&other, 2, "/srv/a", "rule_a");
	teller_deliver(&other, &early); /* the centre never gets this one */
	tell_finding(&other, 2, "/srv/a", "rule_a");
	teller_deliver(&other, &early);
	{
		const struct delivery_request requests[] = {
		    {machine, buffer_bytes(&good)},
		    {second, bytes_of("no delivery")},
		    {second, buffer_bytes(&early)},
		    {machine, buffer_bytes(&good)}};

		SCENE_OK(result_take(fleet.store, &fleet.world, &plain_reader, requests,
				     4, replies, &scene_diag));
	}
	assert_int_equal(replies[0].answer.status, DELIVERY_TAKEN);
	assert_true(replies[1].refused);
	assert_int_equal(replies[2].answer.status, DELIVERY_EXPECTED);
	assert_int_equal(replies[3].answer.status, DELIVERY_TAKEN);
	assert_int_equal(replies[3].answer.sequence, 1);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 1);
	buffer_free(&good);
	buffer_free(&early);
	teller_free(&teller);
	teller_free(&other);
}

static void nothing_is_taken_that_was_not_committed(void **state)
{
	struct fleet fleet;
	struct teller teller;
	struct buffer message = {0};
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_DETECTION, fleet_lease(&fleet, machine));
	tell_finding(&teller, 1, "/srv/a", "rule_a");
	teller_deliver(&teller, &message);
	/* a transaction is open: the store refuses another */
	SCENE_OK(store_begin(fleet.store, &scene_diag));
	assert_int_equal(take(&fleet, machine, &message), DELIVERY_LATER);
	store_rollback(fleet.store);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 0);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM stream"), 0);
	assert_int_equal(take(&fleet, machine, &message), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 1);
	buffer_free(&message);
	teller_free(&teller);
}

static void what_is_no_sweep_is_kept_as_it_came(void **state)
{
	struct fleet fleet;
	struct teller teller;
	int64_t machine, campaign;

	one_machine(state, &fleet, &machine, &campaign);
	teller = teller_of(machine, CLASS_RECEIPT, 0);
	tell(&teller, RECORD_RECEIPT, bytes_of("{}"));
	tell(&teller, RECORD_INVENTORY, bytes_of("{\"a\":1}"));
	tell(&teller, RECORD_TELEMETRY, bytes_of("{}"));
	assert_int_equal(deliver(&fleet, &teller), DELIVERY_TAKEN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM told_record"), 2);
}

/* ---- room ---- */

static void a_disk_that_is_nearly_full_takes_detections_only(void **state)
{
	struct agent_offer offer = {.class = CLASS_RESULT, .bytes = 1 << 20};
	struct agent_offer_answer answer;

	(void)state;
	result_offer(UINT64_MAX, &offer, &answer);
	assert_int_equal(answer.take_bytes, 1 << 20);
	result_offer(RESULT_ROOM_SHORT, &offer, &answer);
	assert_int_equal(answer.take_bytes, 0);
	assert_true(answer.come_back_ms > 0);
	offer.class = CLASS_DETECTION;
	result_offer(RESULT_ROOM_SHORT, &offer, &answer);
	assert_int_equal(answer.take_bytes, 1 << 20);
	result_offer(RESULT_ROOM_END + 1, &offer, &answer);
	assert_int_equal(answer.take_bytes, 0);
}

STORE_TEST_MAIN(STORE_TESTS(what_is_delivered_is_there_once),
		STORE_TESTS(a_sweep_that_is_told_again_counts_once),
		STORE_TESTS(a_machine_that_was_set_back_is_told_so),
		STORE_TESTS(a_sweep_is_complete_when_all_its_findings_are_there),
		STORE_TESTS(a_sweep_with_gaps_is_never_complete),
		STORE_TESTS(a_job_that_was_refused_says_why),
		STORE_TESTS(another_machines_job_is_nobodys),
		STORE_TESTS(numbers_that_no_machine_has_break_no_sum),
		STORE_TESTS(a_line_that_cannot_be_read_is_a_finding),
		STORE_TESTS(a_bad_delivery_does_not_spoil_the_others),
		STORE_TESTS(nothing_is_taken_that_was_not_committed),
		STORE_TESTS(what_is_no_sweep_is_kept_as_it_came),
		cmocka_unit_test(a_disk_that_is_nearly_full_takes_detections_only))
