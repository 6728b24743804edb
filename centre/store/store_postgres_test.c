/* What only a server does: going away, speaking to several. */
#include "centre/store/store_scene.h"

#include "centre/store/store_cluster.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

static const char insert[] = "INSERT INTO test_row (id) VALUES ($1)";

static struct store *with_table(void **state)
{
	struct store *store = scene_store(state);

	scene_table(state, "CREATE TABLE test_row (id BIGINT PRIMARY KEY);");
	return store;
}

static enum rq_err put(struct store *store, int64_t id)
{
	const struct store_value value = store_number(id);

	return store_run(store, insert, &value, 1, NULL, &scene_diag);
}

static int64_t rows_in(struct store *store)
{
	int64_t n;

	SCENE_OK(store_ask_number(store, "SELECT count(*) FROM test_row", NULL, 0, &n,
				  &scene_diag));
	return n;
}

static void a_server_that_went_away_is_found_again(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1));
	SCENE_OK(store_commit(store, &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 2));
	cluster_crash();
	assert_int_equal(put(store, 3), RQ_ERR_RETRY);
	assert_int_equal(store_commit(store, &scene_diag), RQ_ERR_RETRY);
	store_rollback(store);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 2));
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), 2);
}

static void a_server_that_was_restarted_in_between_is_not_noticed(void **state)
{
	struct store *store = with_table(state);

	assert_int_equal(rows_in(store), 0);
	cluster_crash();
	assert_int_equal(rows_in(store), 0);
	cluster_crash();
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1));
	SCENE_OK(store_commit(store, &scene_diag));
	cluster_crash();
	SCENE_OK(store_begin_reading(store, &scene_diag));
	assert_int_equal(rows_in(store), 1);
	SCENE_OK(store_commit(store, &scene_diag));
}

static void a_change_that_did_not_count_is_to_be_made_again(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1));
	cluster_crash();
	assert_int_equal(store_commit(store, &scene_diag), RQ_ERR_RETRY);
	store_rollback(store);
	assert_int_equal(rows_in(store), 0);
}

/* The server waits for a standby that never comes, with the change already counting, and
 * is then told to end this session: the answer to COMMIT is lost. */
static void a_change_that_counts_is_known_though_its_answer_was_lost(void **state)
{
	struct store *store = with_table(state);
	enum rq_err err;

	cluster_command("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	cluster_command("SELECT pg_reload_conf()");
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1));
	cluster_command_beside(
	    "DO $$ BEGIN FOR i IN 1..100 LOOP PERFORM pg_sleep(0.05); "
	    "PERFORM pg_stat_clear_snapshot(); EXIT WHEN EXISTS (SELECT 1 FROM "
	    "(SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS w, "
	    "pg_terminate_backend(w.pid) AS t WHERE t); END LOOP; END $$");
	err = store_commit(store, &scene_diag);
	/* before anything can fail: the end of this case would wait as well */
	cluster_command("ALTER SYSTEM RESET synchronous_standby_names");
	cluster_command("SELECT pg_reload_conf()");
	SCENE_OK(err);
	assert_int_equal(rows_in(store), 1);
}

/* ---- news ---- */

struct heard {
	char all[256];
};

static void hear(void *listener, struct bytes topic, struct bytes text)
{
	struct heard *heard = listener;

	snprintf(heard->all + strlen(heard->all),
		 sizeof heard->all - strlen(heard->all), "%.*s=%.*s ", (int)topic.n,
		 (const char *)topic.at, (int)text.n, (const char *)text.at);
}

static void tell(struct store *store, const char *topic, const char *text)
{
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_tell(store, topic, bytes_of(text), &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
}

static void wait_for_news(struct store *store, struct heard *heard)
{
	struct pollfd wait = {store_news_descriptor(store), POLLIN, 0};

	assert_int_equal(poll(&wait, 1, 5000), 1);
	SCENE_OK(store_news(store, heard, hear, &scene_diag));
}

static void another_process_hears_the_news(void **state)
{
	struct store *store, *other;
	struct heard heard = {0};

	store = scene_store(state);
	other = scene_another(state);
	tell(store, "campaign", "7 Hòa\nBình");
	wait_for_news(other, &heard);
	assert_string_equal(heard.all, "campaign=7 Hòa\nBình ");
}

/* Its last words, its end, and then a connection to the new one, on another descriptor. */
static void who_listens_is_told_that_the_server_was_away(void **state)
{
	struct store *store, *other;
	struct heard heard = {0};

	store = scene_store(state);
	other = scene_another(state);
	cluster_crash();
	while (heard.all[0] == 0)
		wait_for_news(other, &heard);
	assert_string_equal(heard.all, "= ");
	tell(store, "unit", "8");
	wait_for_news(other, &heard);
	assert_string_equal(heard.all, "= unit=8 ");
}

/* ---- addresses ---- */

static void an_address_with_a_password_is_refused(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(
	    store_open("postgresql://a:secret@localhost/b", &store, &scene_diag),
	    RQ_ERR_USAGE);
	assert_null(strstr(scene_diag.what, "secret"));
	assert_string_equal(scene_diag.where, "");
}

static void a_server_that_is_not_there_is_to_be_tried_again(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(
	    store_open("postgresql:///a?host=/nonexistent", &store, &scene_diag),
	    RQ_ERR_RETRY);
}

STORE_TEST_MAIN(STORE_TEST_IN(postgres, "PostgreSQL",
			      a_server_that_went_away_is_found_again),
		STORE_TEST_IN(postgres, "PostgreSQL",
			      a_server_that_was_restarted_in_between_is_not_noticed),
		STORE_TEST_IN(postgres, "PostgreSQL",
			      a_change_that_did_not_count_is_to_be_made_again),
		STORE_TEST_IN(postgres, "PostgreSQL",
			      a_change_that_counts_is_known_though_its_answer_was_lost),
		STORE_TEST_IN(postgres, "PostgreSQL", another_process_hears_the_news),
		STORE_TEST_IN(postgres, "PostgreSQL",
			      who_listens_is_told_that_the_server_was_away),
		cmocka_unit_test(an_address_with_a_password_is_refused),
		cmocka_unit_test(a_server_that_is_not_there_is_to_be_tried_again))
