#include "centre/result/import.h"

#include "centre/result/evidence.h"
#include "centre/result/result_scene.h"
#include "centre/result/tally.h"
#include "centre/unit/name.h"

#include <string.h>

static const uint8_t sha256[32] = {7};

static int64_t n_of(struct fleet *fleet, const char *sql)
{
	return fleet_number(fleet, sql, NULL, 0);
}

/* Facts by kind; NULL: none. */
struct facts {
	const char *name, *serial, *address, *tag;
};

static void register_as(struct fleet *fleet, int64_t machine, const struct facts *facts)
{
	struct buffer folded = {0};
	const char *name = facts->name == NULL ? "" : facts->name;

	SCENE_OK(name_fold(bytes_of(name), &folded));
	const struct store_value values[] = {
	    store_number(machine), store_text(bytes_of(name)),
	    store_text(buffer_bytes(&folded)),
	    store_text(bytes_of(facts->serial == NULL ? "" : facts->serial)),
	    store_text(bytes_of(facts->tag == NULL ? "" : facts->tag))};

	fleet_run(fleet,
		  "UPDATE machine SET name = $2, folded = $3, serial = $4,"
		  " asset_tag = $5 WHERE id = $1",
		  values, 5);
	buffer_free(&folded);
}

static void add_fact(struct sealed_header *header, enum sealed_fact_kind kind,
		     const char *text)
{
	if (text != NULL)
		header->facts[header->n_facts++] =
		    (struct sealed_fact){kind, bytes_of(text)};
}

/* A result with one finding and its summary, as a reader tells it. */
static void make(uint8_t id, const struct facts *facts, struct import *import)
{
	static const struct summary summary = {.n_seen = 1,
					       .n_scanned = 1,
					       .n_found = 1,
					       .n_findings = 1,
					       .program_version = "1",
					       .host_name = "x",
					       .confinement = ""};
	const struct finding finding = {.path = bytes_of("/srv/a"),
					.rule = bytes_of("rule_a"),
					.name_space = bytes_of("default"),
					.has_sha256 = true};
	struct result_sink sink;
	struct result_head head = {
	    .header = {.sweep_id = {id}, .verdict = VERDICT_FOUND, .n_findings = 1}};
	struct buffer line = {0};

	*import = (struct import){0};
	sink = import_sink(import);
	add_fact(&head.header, FACT_HOST_NAME, facts->name);
	add_fact(&head.header, FACT_SERIAL, facts->serial);
	add_fact(&head.header, FACT_ADDRESS, facts->address);
	add_fact(&head.header, FACT_ASSET_TAG, facts->tag);
	SCENE_OK(sink.head(sink.listener, &head));
	jsonl_match(&line, &finding, 0);
	SCENE_OK(sink.line(sink.listener, (struct bytes){line.data, line.size - 1}));
	buffer_clear(&line);
	jsonl_summary(&line, &summary);
	SCENE_OK(sink.line(sink.listener, (struct bytes){line.data, line.size - 1}));
	buffer_free(&line);
}

static struct import_answer hand_in(struct fleet *fleet, int64_t campaign, uint8_t id,
				    const struct facts *facts)
{
	const struct act act = fleet_act(fleet);
	struct import_answer answer;
	struct import import;

	make(id, facts, &import);
	SCENE_OK(import_take(fleet->store, &act, &plain_reader, campaign, &import,
			     sha256, &answer, &scene_diag));
	import_free(&import);
	return answer;
}

static int64_t new_campaign(struct fleet *fleet, int64_t unit)
{
	struct campaign_plan plan = fleet_plan(fleet, unit);

	return fleet_campaign(fleet, &plan);
}

/* ---- once ---- */

static void a_result_counts_once_however_often_it_is_handed_in(void **state)
{
	static const struct facts facts = {.serial = "S1", .tag = "T1"};
	struct fleet fleet;
	struct import_answer answer;
	int64_t unit, machine, campaign;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	machine = fleet_machine(&fleet, unit, 4);
	register_as(&fleet, machine, &facts);
	campaign = new_campaign(&fleet, unit);
	answer = hand_in(&fleet, campaign, 1, &facts);
	assert_int_equal(answer.outcome, IMPORT_COUNTED);
	assert_true(answer.machine == machine);
	assert_int_equal(answer.confidence, 95);
	assert_int_equal(hand_in(&fleet, campaign, 1, &facts).outcome, IMPORT_KNOWN);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM sweep"), 1);
	assert_int_equal(n_of(&fleet, "SELECT count(completed_ms) FROM sweep"), 1);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM finding"), 1);
	assert_int_equal(n_of(&fleet, "SELECT state FROM member"), 3);
	/* the same machine again is another sweep */
	assert_int_equal(hand_in(&fleet, campaign, 2, &facts).outcome, IMPORT_COUNTED);
}

static void twelve_clones_from_one_stick_are_twelve_results(void **state)
{
	struct fleet fleet;
	char address[16];
	struct facts facts = {.name = "PC", .serial = "S1", .address = address};
	int64_t unit, first, campaign;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	first = fleet_machine(&fleet, unit, 1);
	for (size_t i = 0; i < 11; i++)
		fleet_machine(&fleet, unit, 1);
	register_as(&fleet, first, &facts);
	campaign = new_campaign(&fleet, unit);
	for (uint8_t i = 0; i < 12; i++) {
		struct import_answer answer;

		snprintf(address, sizeof address, "02:00:%02x", i);
		answer = hand_in(&fleet, campaign, (uint8_t)(i + 1), &facts);
		assert_int_equal(answer.outcome,
				 i == 0 ? IMPORT_COUNTED : IMPORT_WAITS);
		if (i > 0) { /* a person says whose each is */
			const struct act act = fleet_act(&fleet);

			SCENE_OK(import_assign(fleet.store, &act, &plain_reader,
					       answer.id, first + 1 + i, &scene_diag));
		}
	}
	assert_int_equal(n_of(&fleet, "SELECT count(DISTINCT machine) FROM sweep"), 12);
	assert_int_equal(n_of(&fleet, "SELECT count(*) FROM waiting_result"), 0);
	/* and next time each is known by its address */
	snprintf(address, sizeof address, "02:00:%02x", 5);
	assert_int_equal(hand_in(&fleet, campaign, 99, &facts).outcome, IMPORT_COUNTED);
}

/* ---- whose ---- */

static const struct {
	const char *name;
	struct facts facts;
	int machine; /* of the two in the register; 0: it waits */
	int64_t confidence;
} whose[] = {
    {"the tag", {.tag = "T1"}, 1, 90},
    {"the tag and the serial", {.tag = "T2", .serial = "S2"}, 2, 95},
    {"the serial", {.serial = "S1"}, 1, 80},
    {"one name", {.name = "pc-two"}, 2, 40},
    {"a tag of one and a serial of the other", {.tag = "T1", .serial = "S2"}, 0, 0},
    {"nothing that is known", {.tag = "T9", .serial = "S9"}, 0, 0},
    {"a serial that makers leave", {.serial = "Default string"}, 0, 0},
    {"no fact", {NULL, NULL, NULL, NULL}, 0, 0},
};

static void facts_decide_by_their_strength(void **state)
{
	static const struct facts one = {.name = "PC-ONE", .serial = "S1", .tag = "T1"};
	static const struct facts two = {.name = "PC-TWO", .serial = "S2", .tag = "T2"};
	static const struct facts empty = {.serial = "Default string"};
	struct fleet fleet;
	int64_t unit, machines[3], campaign;

	fleet_make(state, &fleet);
	unit = fleet_unit(&fleet, 0);
	for (size_t i = 0; i < 3; i++)
		machines[i] = fleet_machine(&fleet, unit, 1);
	register_as(&fleet, machines[0], &one);
	register_as(&fleet, machines[1], &two);
	register_as(&fleet, machines[2], &empty);
	campaign = new_campaign(&fleet, unit);
	for (size_t i = 0; i < sizeof whose / sizeof *whose; i++) {
		const struct import_answer answer =
		    hand_in(&fleet, campaign, (uint8_t)(i + 1), &whose[i].facts);
		int64_t wanted =
		    whose[i].machine == 0 ? 0 : machines[whose[i].machine - 1];

		if (answer.machine != wanted ||
		    answer.confidence != whose[i].confidence ||
		    (answer.outcome == IMPORT_WAITS) != (wanted == 0))
			fail_msg("%s", whose[i].name);
	}
}

static void a_name_that_two_have_names_none(void **state)
{
	static const struct facts facts = {.name = "PC"};
	struct fleet fleet;
	struct import_answer answer;
	int64_t top, units[2], machines[2], campaign;

	fleet_make(state, &fleet);
	top = fleet_unit(&fleet, 0);
	for (size_t i = 0; i < 2; i++) {
		units[i] = fleet_unit(&fleet, top);
		machines[i] = fleet_machine(&fleet, units[i], 1);
		register_as(&fleet, machines[i], &facts);
	}
	campaign = new_campaign(&fleet, top);
	answer = hand_in(&fleet, campaign, 1, &facts);
	assert_int_equal(answer.outcome, IMPORT_WAITS);
	assert_int_equal(answer.n_candidates, 2);
	/* in the scope of a campaign of one unit there is but one */
	campaign = new_campaign(&fleet, units[1]);
	assert_true(hand_in(&fleet, campaign, 2, &facts).machine == machines[1]);
}

/* ---- other evidence ---- */

static enum rq_err take_row(void *listener, const struct tally_row *row)
{
	*(struct tally_row *)listener = *row;
	return RQ_OK;
}

static void other_evidence_stands_beside_and_is_never_added(void **state)
{
	struct fleet fleet;
	struct other_result other = {.tool = bytes_of("KES"),
				     .tool_version = bytes_of("11"),
				     .file_sha256 = sha256};
	struct declared_page page = {.done = 5, .not_done = 2, .found = 1};
	struct tally_moment moment;
	struct tally_row row;
	struct act act;
	int64_t unit, sweep;

	fleet_make(state, &fleet);
	act = fleet_act(&fleet);
	unit = fleet_unit(&fleet, 0);
	other.machine = fleet_machine(&fleet, unit, 1);
	other.campaign = page.campaign = new_campaign(&fleet, unit);
	page.unit = unit;
	SCENE_OK(evidence_other_tool(fleet.store, &act, &other, &sweep, &scene_diag));
	SCENE_OK(evidence_declare(fleet.store, &act, &page, &scene_diag));
	page.done = 6; /* a page takes the place of the one before */
	SCENE_OK(evidence_declare(fleet.store, &act, &page, &scene_diag));
	SCENE_OK(
	    tally_now(fleet.store, page.campaign, act.now_ms, &moment, &scene_diag));
	SCENE_OK(
	    tally(fleet.store, unit, 0, &moment, NULL, &row, take_row, &scene_diag));
	assert_int_equal(row.n[TALLY_COMPLETE], 0);
	assert_int_equal(row.n[TALLY_SILENT], 1);
	assert_int_equal(row.n[TALLY_OTHER_TOOL], 1);
	assert_int_equal(row.n[TALLY_DECLARED_DONE], 6);
	assert_int_equal(row.n[TALLY_DECLARED_NOT_DONE], 2);
	page.found = 7;
	assert_int_equal(evidence_declare(fleet.store, &act, &page, &scene_diag),
			 RQ_ERR_USAGE);
	other.file_sha256 = NULL;
	assert_int_equal(
	    evidence_other_tool(fleet.store, &act, &other, &sweep, &scene_diag),
	    RQ_ERR_USAGE);
}

STORE_TEST_MAIN(STORE_TESTS(a_result_counts_once_however_often_it_is_handed_in),
		STORE_TESTS(twelve_clones_from_one_stick_are_twelve_results),
		STORE_TESTS(facts_decide_by_their_strength),
		STORE_TESTS(a_name_that_two_have_names_none),
		STORE_TESTS(other_evidence_stands_beside_and_is_never_added))
