#include "centre/store/store_scene.h"

#include "centre/store/migration.h"
#include "centre/store/store_driver.h"

#include <string.h>

static const char store_step[] =
    "CREATE TABLE store_step (number BIGINT PRIMARY KEY, name TEXT NOT NULL,"
    " digest BYTEA NOT NULL);\n"
    "CREATE TABLE store_id (one BIGINT PRIMARY KEY, next BIGINT NOT NULL);\n"
    "INSERT INTO store_id (one, next) VALUES (1, 1);\n";

/* Four steps of a program as it grows. */
static const struct migration steps[] = {
    {"0001_store", store_step},
    {"0002_unit", "-- units; a comment's end is no statement's end\n"
		  "CREATE TABLE unit (id BIGINT PRIMARY KEY, name TEXT NOT NULL,"
		  " above BIGINT REFERENCES unit (id));\n"
		  "CREATE INDEX unit_above ON unit (above);\n"},
    {"0003_code", "ALTER TABLE unit ADD COLUMN code TEXT NOT NULL DEFAULT 'a;b--c';\n"
		  "UPDATE unit SET code = 'BIGINT ' || name;\n"},
    {"0004_mark", "CREATE TABLE mark (unit BIGINT NOT NULL REFERENCES unit (id),"
		  " data BYTEA NOT NULL, PRIMARY KEY (unit, data));\n"},
};
enum { N_STEPS = sizeof steps / sizeof *steps };

static struct store *fresh(void **state)
{
	struct store *store;

	SCENE_OK(store_open(scene_where(state), &store, &scene_diag));
	return store;
}

static enum rq_err bring_to(struct store *store, size_t n)
{
	return migration_run(store, (struct migrations){steps, n}, &scene_diag);
}

static void every_earlier_state_becomes_the_newest(void **state)
{
	static const char add[] = "INSERT INTO unit (id, name) VALUES (1, 'Phường 1')";

	for (size_t from = 0; from <= N_STEPS; from++) {
		struct store *store;
		int64_t n;

		SCENE_OK(store_open(scene_empty(state, scene_kind(state)), &store,
				    &scene_diag));
		SCENE_OK(bring_to(store, from));
		if (from >= 2) {
			SCENE_OK(store_begin(store, &scene_diag));
			SCENE_OK(store_run(store, add, NULL, 0, NULL, &scene_diag));
			SCENE_OK(store_commit(store, &scene_diag));
		}
		SCENE_OK(bring_to(store, N_STEPS));
		SCENE_OK(bring_to(store, N_STEPS)); /* does nothing */
		SCENE_OK(store_ask_number(store, "SELECT count(*) FROM store_step",
					  NULL, 0, &n, &scene_diag));
		assert_int_equal(n, N_STEPS);
		SCENE_OK(store_ask_number(store,
					  "SELECT count(*) FROM unit WHERE code IN "
					  "('BIGINT Phường 1', 'a;b--c')",
					  NULL, 0, &n, &scene_diag));
		assert_int_equal(n, from >= 2);
		store_close(store);
	}
}

static void a_later_program_has_been_here(void **state)
{
	struct store *store = fresh(state);

	SCENE_OK(bring_to(store, 3));
	assert_int_equal(bring_to(store, 2), RQ_ERR_UNSUPPORTED);
	assert_non_null(strstr(scene_diag.what, "step 3 of 2"));
	SCENE_OK(bring_to(store, 3));
	store_close(store);
}

static void a_step_that_was_edited_is_refused(void **state)
{
	struct store *store = fresh(state);
	struct migration edited[N_STEPS];

	SCENE_OK(bring_to(store, 2));
	memcpy(edited, steps, sizeof steps);
	edited[1].text = "CREATE TABLE unit (id BIGINT PRIMARY KEY);";
	assert_int_equal(
	    migration_run(store, (struct migrations){edited, N_STEPS}, &scene_diag),
	    RQ_ERR_UNSUPPORTED);
	assert_string_equal(scene_diag.where, "0002_unit");
	store_close(store);
}

static void a_step_that_fails_leaves_nothing_behind(void **state)
{
	static const struct migration broken[] = {
	    {"0001_store", store_step},
	    {"0002_half", "CREATE TABLE half (id BIGINT PRIMARY KEY);\n"
			  "INSERT INTO nowhere (id) VALUES (1);\n"}};
	struct store *store = fresh(state);
	int64_t n;

	assert_int_equal(
	    migration_run(store, (struct migrations){broken, 2}, &scene_diag),
	    RQ_ERR_USAGE);
	assert_string_equal(scene_diag.where, "0002_half");
	assert_non_null(strstr(scene_diag.what, "nowhere"));
	SCENE_OK(store_ask_number(store, "SELECT count(*) FROM store_step", NULL, 0, &n,
				  &scene_diag));
	assert_int_equal(n, 1);
	SCENE_OK(bring_to(store, N_STEPS));
	store_close(store);
}

/* ---- the words of each database ---- */

static const struct store_word words[] = {{"BIGINT", "INTEGER"}, {NULL, NULL}};
static const struct store_driver strict = {.words = words, .table_suffix = " STRICT"};

static const struct {
	const char *name, *ours, *theirs;
} texts[] = {
    {"a table", "CREATE TABLE a (b BIGINT);", "CREATE TABLE a (b INTEGER) STRICT;"},
    {"behind a comment", "-- BIGINT;\n\nCREATE TABLE a (b BIGINT);",
     "-- BIGINT;\n\nCREATE TABLE a (b INTEGER) STRICT;"},
    {"a longer word", "CREATE INDEX BIGINTS ON a_BIGINT (b);",
     "CREATE INDEX BIGINTS ON a_BIGINT (b);"},
    {"inside quotes", "UPDATE a SET b = 'BIGINT;''BIGINT' || \"BIGINT\";",
     "UPDATE a SET b = 'BIGINT;''BIGINT' || \"BIGINT\";"},
    {"several", "CREATE TABLE a (b TEXT DEFAULT ';');\nCREATE TABLE c (d BIGINT);\n;",
     "CREATE TABLE a (b TEXT DEFAULT ';') STRICT;\nCREATE TABLE c (d INTEGER) "
     "STRICT;\n;"},
    {"not closed", "UPDATE a SET b = 'BIGINT", "UPDATE a SET b = 'BIGINT"},
};

static void words_are_replaced_outside_of_quotes_and_comments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct buffer to = {0};

		migration_text(&to, texts[i].ours, &strict);
		assert_true(buffer_ok(&to));
		assert_string_equal((char *)to.data, texts[i].theirs);
		buffer_free(&to);
	}
}

STORE_TEST_MAIN(STORE_TESTS(every_earlier_state_becomes_the_newest),
		STORE_TESTS(a_later_program_has_been_here),
		STORE_TESTS(a_step_that_was_edited_is_refused),
		STORE_TESTS(a_step_that_fails_leaves_nothing_behind),
		cmocka_unit_test(words_are_replaced_outside_of_quotes_and_comments))
