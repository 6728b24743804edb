#include "centre/audit/audit.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "centre/store/store_scene.h"

#include <string.h>

static struct audit_field fields[] = {
    {{(const uint8_t *)"campaign", 8}, {STORE_NUMBER, 0, {NULL, 0}}},
    {{(const uint8_t *)"title", 5},
     {STORE_TEXT, 0, {(const uint8_t *)"Rà quét đợt 1", 18}}},
    {{(const uint8_t *)"letter", 6}, {STORE_BYTES, 0, {(const uint8_t *)"\0\xff", 2}}},
    {{(const uint8_t *)"deadline", 8}, {STORE_NULL, 0, {NULL, 0}}},
};

static enum rq_err append_one(struct store *store, int64_t i)
{
	const struct audit_event event = {.time = 1600000000000 + i,
					  .actor = 7,
					  .unit = i % 3,
					  .event = BYTES_LITERAL("campaign.start"),
					  .fields = fields,
					  .n_fields = sizeof fields / sizeof *fields};

	fields[0].value.number = -i;
	return audit_append(store, &event, &scene_diag);
}

static void append(struct store *store, int64_t n)
{
	SCENE_OK(store_begin(store, &scene_diag));
	for (int64_t i = 1; i <= n; i++)
		SCENE_OK(append_one(store, i));
	SCENE_OK(store_commit(store, &scene_diag));
}

static void change(struct store *store, const char *sql)
{
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_run(store, sql, NULL, 0, NULL, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
}

static bool verdict_fits(struct store *store, enum audit_state state, int64_t number)
{
	struct audit_verdict verdict;

	SCENE_OK(audit_verify(store, NULL, &verdict, &scene_diag));
	return verdict.state == state && verdict.number == number;
}

static void verdict_is(struct store *store, const struct audit_head *known,
		       enum audit_state state, int64_t number)
{
	struct audit_verdict verdict;

	SCENE_OK(audit_verify(store, known, &verdict, &scene_diag));
	assert_int_equal(verdict.state, state);
	assert_int_equal(verdict.number, number);
}

/* ---- a chain that is whole ---- */

static void an_empty_log_is_whole(void **state)
{
	verdict_is(scene_store(state), NULL, AUDIT_WHOLE, 0);
}

static void a_long_log_is_whole_until_a_byte_changes(void **state)
{
	struct store *store = scene_store(state);

	append(store, 1050); /* three pages */
	verdict_is(store, NULL, AUDIT_WHOLE, 1050);
	change(store, "UPDATE audit_entry SET time = time + 1 WHERE number = 777");
	verdict_is(store, NULL, AUDIT_CHANGED, 777);
}

/* The bytes and the hash of the format's page, so that another program can agree. */
static void the_first_hash_is_that_of_the_document(void **state)
{
	static const char wanted[] =
	    "12be3512c6830e59b20ee25bab5f15130f5fa743c196370e33e7891a0094a45f";
	struct store *store = scene_store(state);
	struct buffer hex = {0};
	struct audit_head head;

	append(store, 1);
	SCENE_OK(audit_head(store, &head, &scene_diag));
	assert_int_equal(head.number, 1);
	encode_hex(&hex, (struct bytes){head.hash, AUDIT_HASH});
	buffer_u8(&hex, 0);
	assert_string_equal((char *)hex.data, wanted);
	buffer_free(&hex);
}

static void an_entry_counts_with_its_act_or_not_at_all(void **state)
{
	struct store *store = scene_store(state);

	append(store, 2);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(append_one(store, 3));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(append_one(store, 4));
	store_part_undo(store);
	SCENE_OK(append_one(store, 5));
	SCENE_OK(store_commit(store, &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(append_one(store, 6));
	store_rollback(store);
	verdict_is(store, NULL, AUDIT_WHOLE, 4);
	assert_int_equal(append_one(store, 7), RQ_ERR_USAGE); /* no change is open */
}

static void fields_come_back_as_they_were(void **state)
{
	struct store *store = scene_store(state);
	struct audit_field back[AUDIT_FIELDS_MAX];
	struct store_rows *rows;
	size_t n;

	append(store, 5);
	SCENE_OK(store_ask(store, "SELECT fields FROM audit_entry WHERE number = 5",
			   NULL, 0, &rows, &scene_diag));
	SCENE_OK(rows_next(rows, &scene_diag));
	SCENE_OK(audit_fields(rows_bytes(rows, 0), back, &n));
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		assert_true(bytes_equal(back[i].name, fields[i].name));
		assert_int_equal(back[i].value.kind, fields[i].value.kind);
		assert_true(back[i].value.number == fields[i].value.number);
		assert_true(bytes_equal(back[i].value.bytes, fields[i].value.bytes));
	}
	rows_free(rows);
}

/* ---- a chain that is not ---- */

enum { ENTRIES = 12 };

static const struct {
	const char *name;
	const char *sql[4];
	enum audit_state state;
	int64_t number;
} tampered[] = {
    {"another time",
     {"UPDATE audit_entry SET time = 0 WHERE number = 5"},
     AUDIT_CHANGED,
     5},
    {"another actor",
     {"UPDATE audit_entry SET actor = 8 WHERE number = 1"},
     AUDIT_CHANGED,
     1},
    {"another unit",
     {"UPDATE audit_entry SET unit = 9 WHERE number = 12"},
     AUDIT_CHANGED,
     12},
    {"another event",
     {"UPDATE audit_entry SET event = 'campaign.stop' WHERE number = 5"},
     AUDIT_CHANGED,
     5},
    {"other fields",
     {"UPDATE audit_entry SET fields = (SELECT fields FROM audit_entry WHERE number = "
      "4)"
      " WHERE number = 5"},
     AUDIT_CHANGED,
     5},
    {"another hash",
     {"UPDATE audit_entry SET hash = (SELECT hash FROM audit_entry WHERE number = 4)"
      " WHERE number = 5"},
     AUDIT_CHANGED,
     5},
    {"the first gone", {"DELETE FROM audit_entry WHERE number = 1"}, AUDIT_MISSING, 1},
    {"one gone", {"DELETE FROM audit_entry WHERE number = 5"}, AUDIT_MISSING, 5},
    {"the last gone", {"DELETE FROM audit_entry WHERE number = 12"}, AUDIT_MISSING, 12},
    {"all gone", {"DELETE FROM audit_entry"}, AUDIT_MISSING, 1},
    {"one gone, the rest moved up",
     {"DELETE FROM audit_entry WHERE number = 5",
      "UPDATE audit_entry SET number = number - 100 WHERE number > 5",
      "UPDATE audit_entry SET number = number + 99 WHERE number < 0"},
     AUDIT_CHANGED,
     5},
    {"two in another order",
     {"UPDATE audit_entry SET number = 100 WHERE number = 5",
      "UPDATE audit_entry SET number = 5 WHERE number = 6",
      "UPDATE audit_entry SET number = 6 WHERE number = 100"},
     AUDIT_CHANGED,
     5},
    {"one put behind the last",
     {"INSERT INTO audit_entry (number, time, actor, unit, event, fields, hash)"
      " SELECT 13, time, actor, unit, event, fields, hash FROM audit_entry"
      " WHERE number = 12"},
     AUDIT_ADDED,
     13},
    {"one put before the first",
     {"INSERT INTO audit_entry (number, time, actor, unit, event, fields, hash)"
      " SELECT -3, time, actor, unit, event, fields, hash FROM audit_entry"
      " WHERE number = 12"},
     AUDIT_ADDED,
     -3},
    {"the head taken back",
     {"UPDATE audit_head SET number = 11,"
      " hash = (SELECT hash FROM audit_entry WHERE number = 11)"},
     AUDIT_ADDED,
     12},
    {"no head", {"DELETE FROM audit_head"}, AUDIT_CHANGED, 0},
};

static void what_was_tampered_with_is_told_with_its_place(void **state)
{
	struct store *store = scene_store(state);

	for (size_t i = 0; i < sizeof tampered / sizeof *tampered; i++) {
		change(store, "DELETE FROM audit_entry");
		change(store, "DELETE FROM audit_head");
		change(
		    store,
		    "INSERT INTO audit_head (one, number, hash) VALUES (1, 0, NULL)");
		append(store, ENTRIES);
		verdict_is(store, NULL, AUDIT_WHOLE, ENTRIES);
		for (size_t k = 0; k < 4 && tampered[i].sql[k] != NULL; k++)
			change(store, tampered[i].sql[k]);
		if (!verdict_fits(store, tampered[i].state, tampered[i].number))
			fail_msg("%s", tampered[i].name);
	}
}

/* Who owns the database can write a chain that fits; a head kept elsewhere does not. */
static void a_rewritten_log_is_found_by_a_head_kept_elsewhere(void **state)
{
	struct store *store = scene_store(state);
	struct audit_head known;

	append(store, ENTRIES);
	SCENE_OK(audit_head(store, &known, &scene_diag));
	append(store, 2);
	verdict_is(store, &known, AUDIT_WHOLE, ENTRIES + 2);
	change(store, "DELETE FROM audit_entry");
	change(store, "UPDATE audit_head SET number = 0, hash = NULL");
	append(store, ENTRIES - 1);
	verdict_is(store, NULL, AUDIT_WHOLE, ENTRIES - 1);
	verdict_is(store, &known, AUDIT_MISSING, ENTRIES);
	append(store, 4);
	verdict_is(store, NULL, AUDIT_WHOLE, ENTRIES + 3);
	verdict_is(store, &known, AUDIT_NOT_KNOWN, ENTRIES);
}

/* ---- what no entry may be ---- */

static void what_could_not_be_read_again_is_not_written(void **state)
{
	static const struct audit_field bad[] = {
	    {{(const uint8_t *)"", 0}, {STORE_NULL, 0, {NULL, 0}}},
	    {{(const uint8_t *)"Title", 5}, {STORE_NULL, 0, {NULL, 0}}},
	    {{(const uint8_t *)"a\0b", 3}, {STORE_NULL, 0, {NULL, 0}}},
	    {{(const uint8_t *)"text", 4},
	     {STORE_TEXT, 0, {(const uint8_t *)"\xff", 1}}},
	    {{(const uint8_t *)"text", 4}, {STORE_TEXT, 0, {(const uint8_t *)"\0", 1}}},
	};
	struct store *store = scene_store(state);
	struct audit_event event = {.event = BYTES_LITERAL("x"), .n_fields = 1};
	uint8_t *large = alloc_array(CAP_AUDIT_FIELDS, 1);
	struct audit_field much = {
	    BYTES_LITERAL("data"),
	    store_bytes((struct bytes){large, CAP_AUDIT_FIELDS})};

	assert_non_null(large);
	SCENE_OK(store_begin(store, &scene_diag));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		event.fields = &bad[i];
		assert_int_equal(audit_append(store, &event, &scene_diag),
				 RQ_ERR_USAGE);
	}
	event.fields = &much;
	assert_int_equal(audit_append(store, &event, &scene_diag), RQ_ERR_LIMIT);
	event.n_fields = 0;
	event.event = BYTES_LITERAL("two words");
	assert_int_equal(audit_append(store, &event, &scene_diag), RQ_ERR_USAGE);
	store_rollback(store);
	alloc_free(large);
	verdict_is(store, NULL, AUDIT_WHOLE, 0);
}

STORE_TEST_MAIN(STORE_TESTS(an_empty_log_is_whole),
		STORE_TESTS(a_long_log_is_whole_until_a_byte_changes),
		STORE_TESTS(the_first_hash_is_that_of_the_document),
		STORE_TESTS(an_entry_counts_with_its_act_or_not_at_all),
		STORE_TESTS(fields_come_back_as_they_were),
		STORE_TESTS(what_was_tampered_with_is_told_with_its_place),
		STORE_TESTS(a_rewritten_log_is_found_by_a_head_kept_elsewhere),
		STORE_TESTS(what_could_not_be_read_again_is_not_written))
