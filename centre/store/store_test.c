#include "centre/store/store_scene.h"

#include "os/file.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char insert[] = "INSERT INTO test_row (id, number, text, bytes) "
			     "VALUES ($1, $2, $3, $4)";
static const char find[] = "SELECT number, text, bytes FROM test_row WHERE id = $1";
static const char count[] = "SELECT count(*) FROM test_row";

/* The tables of these tests, made as a migration would. */
static struct store *with_table(void **state)
{
	struct store *store = scene_store(state);

	scene_table(state,
		    "CREATE TABLE test_row (id BIGINT PRIMARY KEY, number BIGINT,"
		    " text TEXT, bytes BYTEA);");
	return store;
}

static enum rq_err put(struct store *store, int64_t id, struct store_value number,
		       struct store_value text, struct store_value bytes)
{
	const struct store_value values[] = {store_number(id), number, text, bytes};

	return store_run(store, insert, values, 4, NULL, &scene_diag);
}

static enum rq_err put_number(struct store *store, int64_t id)
{
	return put(store, id, store_number(id), store_null(), store_null());
}

static int64_t rows_in(struct store *store)
{
	int64_t n;

	SCENE_OK(store_ask_number(store, count, NULL, 0, &n, &scene_diag));
	return n;
}

/* ---- values ---- */

#define MEGABYTE (1u << 20)

static const struct {
	const char *name;
	struct store_value value;
} values[] = {
    {"null", {STORE_NULL, 0, {NULL, 0}}},
    {"zero", {STORE_NUMBER, 0, {NULL, 0}}},
    {"negative", {STORE_NUMBER, -1, {NULL, 0}}},
    {"least", {STORE_NUMBER, INT64_MIN, {NULL, 0}}},
    {"largest", {STORE_NUMBER, INT64_MAX, {NULL, 0}}},
    {"empty text", {STORE_TEXT, 0, {NULL, 0}}},
    {"Vietnamese", {STORE_TEXT, 0, {(const uint8_t *)"Rà quét", 9}}},
    {"what SQL escapes", {STORE_TEXT, 0, {(const uint8_t *)"'\"\\$1;--\t\n", 10}}},
    {"highest code point", {STORE_TEXT, 0, {(const uint8_t *)"\xf4\x8f\xbf\xbf", 4}}},
    {"no bytes", {STORE_BYTES, 0, {NULL, 0}}},
    {"a zero byte", {STORE_BYTES, 0, {(const uint8_t *)"\0", 1}}},
    {"bytes that are no text", {STORE_BYTES, 0, {(const uint8_t *)"\xff\0\xfe\\x", 5}}},
};

static void value_is(struct store_rows *rows, size_t column,
		     const struct store_value *wanted)
{
	assert_int_equal(rows_is_null(rows, column), wanted->kind == STORE_NULL);
	assert_true(rows_number(rows, column) == wanted->number);
	assert_true(bytes_equal(rows_bytes(rows, column), wanted->bytes));
}

static struct store_value only(enum store_kind kind, const struct store_value *value)
{
	return value->kind == kind ? *value : store_null();
}

static void row_is(struct store *store, int64_t id, const struct store_value *value)
{
	struct store_value wanted[] = {only(STORE_NUMBER, value),
				       only(STORE_TEXT, value),
				       only(STORE_BYTES, value)};
	struct store_value key = store_number(id);
	struct store_rows *rows;

	SCENE_OK(store_ask(store, find, &key, 1, &rows, &scene_diag));
	SCENE_OK(rows_next(rows, &scene_diag));
	for (size_t i = 0; i < 3; i++)
		value_is(rows, i, &wanted[i]);
	assert_int_equal(rows_next(rows, &scene_diag), RQ_ERR_NOT_FOUND);
	assert_int_equal(rows_next(rows, &scene_diag), RQ_ERR_NOT_FOUND);
	rows_free(rows);
}

static void every_value_comes_back_as_it_was(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		SCENE_OK(put(store, (int64_t)i, only(STORE_NUMBER, &values[i].value),
			     only(STORE_TEXT, &values[i].value),
			     only(STORE_BYTES, &values[i].value)));
	SCENE_OK(store_commit(store, &scene_diag));
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		row_is(store, (int64_t)i, &values[i].value);
}

static void a_megabyte_comes_back_as_it_was(void **state)
{
	struct store *store = with_table(state);
	uint8_t *megabyte = malloc(MEGABYTE);
	struct store_value value = store_bytes((struct bytes){megabyte, MEGABYTE});

	assert_non_null(megabyte);
	for (size_t i = 0; i < MEGABYTE; i++)
		megabyte[i] = (uint8_t)(i * 7 + (i >> 8));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1, store_null(), store_null(), value));
	SCENE_OK(store_commit(store, &scene_diag));
	row_is(store, 1, &value);
	free(megabyte);
}

static void a_text_with_a_zero_or_broken_utf8_is_refused(void **state)
{
	static const struct bytes bad[] = {
	    {(const uint8_t *)"a\0b", 3},
	    {(const uint8_t *)"\xff", 1},
	    {(const uint8_t *)"\xed\xa0\x80", 3}, /* a surrogate */
	    {(const uint8_t *)"\xc0\x80", 2},     /* a zero in disguise */
	};
	struct store *store = with_table(state);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		SCENE_OK(store_begin(store, &scene_diag));
		assert_int_equal(
		    put(store, 1, store_null(), store_text(bad[i]), store_null()),
		    RQ_ERR_USAGE);
		store_rollback(store);
	}
	assert_int_equal(rows_in(store), 0);
}

static void a_column_holds_only_its_kind(void **state)
{
	struct store *store = with_table(state);
	struct store_value text = store_text(bytes_of("twelve"));

	SCENE_OK(store_begin(store, &scene_diag));
	assert_int_equal(put(store, 1, text, store_null(), store_null()), RQ_ERR_USAGE);
	store_rollback(store);
	SCENE_OK(store_begin(store, &scene_diag));
	assert_int_equal(put(store, 1, store_null(), store_null(), text), RQ_ERR_USAGE);
	store_rollback(store);
	assert_int_equal(rows_in(store), 0);
}

static void the_same_statement_takes_nulls_and_values_in_any_order(void **state)
{
	struct store *store = with_table(state);
	struct store_value text = store_text(bytes_of("a"));
	struct store_value bytes = store_bytes(bytes_of("b"));

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put(store, 1, store_null(), store_null(), store_null()));
	SCENE_OK(put(store, 2, store_number(2), text, bytes));
	SCENE_OK(put(store, 3, store_null(), text, store_null()));
	SCENE_OK(put(store, 4, store_number(4), store_null(), bytes));
	SCENE_OK(store_commit(store, &scene_diag));
	row_is(store, 1, &(struct store_value){STORE_NULL, 0, {NULL, 0}});
	assert_int_equal(rows_in(store), 4);
}

static void parameters_are_found_by_their_number(void **state)
{
	struct store *store = with_table(state);
	const struct store_value both[] = {store_number(10), store_number(3)};
	int64_t number;

	SCENE_OK(
	    store_ask_number(store,
			     "SELECT CAST($2 AS BIGINT) * 100 + CAST($1 AS BIGINT) "
			     "+ CAST($2 AS BIGINT)",
			     both, 2, &number, &scene_diag));
	assert_int_equal(number, 313);
}

static void text_is_sorted_by_its_bytes(void **state)
{
	static const char *const texts[] = {"b", "B", "a", "Đ", "d", "a b", "ab", "_"};
	static const char wanted[] = "B _ a a b ab b d Đ ";
	struct store *store = with_table(state);
	struct store_rows *rows;
	struct buffer seen = {0};

	SCENE_OK(store_begin(store, &scene_diag));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		SCENE_OK(put(store, (int64_t)i, store_null(),
			     store_text(bytes_of(texts[i])), store_null()));
	SCENE_OK(store_commit(store, &scene_diag));
	SCENE_OK(store_ask(store, "SELECT text FROM test_row ORDER BY text", NULL, 0,
			   &rows, &scene_diag));
	while (rows_next(rows, &scene_diag) == RQ_OK) {
		buffer_format(&seen, "%.*s ", (int)rows_bytes(rows, 0).n,
			      (const char *)rows_bytes(rows, 0).at);
	}
	rows_free(rows);
	assert_true(bytes_equal_text(buffer_bytes(&seen), wanted));
	buffer_free(&seen);
}

/* ---- transactions ---- */

static void what_is_taken_back_is_gone(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	store_rollback(store);
	store_rollback(store); /* nothing open: does nothing */
	assert_int_equal(rows_in(store), 0);
}

static void parts_are_kept_and_undone_alone(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 2));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 3));
	store_part_undo(store);
	SCENE_OK(put_number(store, 4));
	SCENE_OK(store_part_keep(store, &scene_diag));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 5));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 6));
	SCENE_OK(store_part_keep(store, &scene_diag));
	store_part_undo(store);
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), 3); /* 1, 2, 4 */
}

static void a_row_that_is_there_is_a_conflict_and_spoils_its_part_only(void **state)
{
	struct store *store = with_table(state);
	int64_t n;

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 2));
	assert_int_equal(put_number(store, 1), RQ_ERR_CONFLICT);
	/* whatever comes now in this part is refused for the same reason */
	assert_int_equal(put_number(store, 3), RQ_ERR_CONFLICT);
	assert_int_equal(store_ask_number(store, count, NULL, 0, &n, &scene_diag),
			 RQ_ERR_CONFLICT);
	assert_int_equal(store_part_keep(store, &scene_diag), RQ_ERR_CONFLICT);
	store_part_undo(store);
	SCENE_OK(put_number(store, 4));
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), 2);
}

static void a_spoilt_transaction_is_not_committed(void **state)
{
	struct store *store = with_table(state);

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	assert_int_equal(put_number(store, 1), RQ_ERR_CONFLICT);
	assert_int_equal(store_commit(store, &scene_diag), RQ_ERR_CONFLICT);
	store_rollback(store);
	assert_int_equal(rows_in(store), 0);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	SCENE_OK(store_commit(store, &scene_diag));
}

static void nothing_is_changed_outside_of_a_change(void **state)
{
	static const char returning[] =
	    "INSERT INTO test_row (id) VALUES (1) RETURNING id";
	struct store *store = with_table(state);
	struct store_rows *rows;

	assert_int_equal(put_number(store, 1), RQ_ERR_USAGE);
	assert_int_equal(store_ask(store, returning, NULL, 0, &rows, &scene_diag),
			 RQ_ERR_USAGE);
	SCENE_OK(store_begin_reading(store, &scene_diag));
	assert_int_equal(put_number(store, 1), RQ_ERR_USAGE);
	store_rollback(store);
	SCENE_OK(store_begin_reading(store, &scene_diag));
	assert_int_equal(store_ask(store, returning, NULL, 0, &rows, &scene_diag),
			 RQ_ERR_USAGE);
	store_rollback(store);
	assert_int_equal(rows_in(store), 0);
}

static void a_change_that_returns_rows_is_made_though_none_is_read(void **state)
{
	struct store *store = with_table(state);
	struct store_rows *rows;

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_ask(store,
			   "INSERT INTO test_row (id) VALUES (1), (2) RETURNING id",
			   NULL, 0, &rows, &scene_diag));
	rows_free(rows);
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), 2);
}

static void one_statement_may_be_read_twice_at_once(void **state)
{
	static const char all[] = "SELECT id FROM test_row ORDER BY id";
	struct store *store = with_table(state);
	struct store_rows *outer, *inner;
	size_t pairs = 0;

	SCENE_OK(store_begin(store, &scene_diag));
	for (int i = 0; i < 5; i++)
		SCENE_OK(put_number(store, i));
	SCENE_OK(store_ask(store, all, NULL, 0, &outer, &scene_diag));
	while (rows_next(outer, &scene_diag) == RQ_OK) {
		SCENE_OK(store_ask(store, all, NULL, 0, &inner, &scene_diag));
		while (rows_next(inner, &scene_diag) == RQ_OK)
			pairs++;
		rows_free(inner);
	}
	rows_free(outer);
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(pairs, 25);
}

static void ids_are_given_once(void **state)
{
	struct store *store = scene_store(state);
	int64_t first, a, b;

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_id(store, &a, &scene_diag));
	SCENE_OK(store_ids(store, 1000, &first, &scene_diag));
	SCENE_OK(store_id(store, &b, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	assert_true(a > 0);
	assert_int_equal(first, a + 1);
	assert_int_equal(b, a + 1001);
}

/* ---- two connections ---- */

static void reading_sees_one_moment_beside_a_change(void **state)
{
	struct store *other, *store;

	store = with_table(state);
	other = scene_another(state);
	SCENE_OK(store_begin_reading(other, &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	assert_int_equal(rows_in(other), 0);
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(other), 0);
	SCENE_OK(store_commit(other, &scene_diag));
	assert_int_equal(rows_in(other), 1);
}

static void two_connections_get_different_ids(void **state)
{
	struct store *stores[2];
	int64_t id, last = 0;

	stores[0] = scene_store(state);
	stores[1] = scene_another(state);
	for (int i = 0; i < 20; i++) {
		SCENE_OK(store_begin(stores[i % 2], &scene_diag));
		SCENE_OK(store_id(stores[i % 2], &id, &scene_diag));
		SCENE_OK(store_commit(stores[i % 2], &scene_diag));
		assert_true(id > last);
		last = id;
	}
}

static void who_changes_second_is_told_to_try_again(void **state)
{
	struct store *store, *other;

	store = with_table(state);
	other = scene_another(state);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 1));
	assert_int_equal(store_begin(other, &scene_diag), RQ_ERR_RETRY);
	SCENE_OK(store_commit(store, &scene_diag));
	SCENE_OK(store_begin(other, &scene_diag));
	assert_int_equal(put_number(other, 1), RQ_ERR_CONFLICT);
	store_rollback(other);
}

static void who_waits_gets_its_turn(void **state)
{
	const char *where = scene_where(state);
	struct store *store = with_table(state);
	int ready[2], status;
	char token;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct store *other;
		bool fine = store_open(where, &other, NULL) == RQ_OK &&
			    store_begin(other, NULL) == RQ_OK &&
			    put_number(other, 1) == RQ_OK &&
			    write(ready[1], "x", 1) == 1 && usleep(200000) == 0 &&
			    store_commit(other, NULL) == RQ_OK;

		_exit(fine ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &token, 1), 1);
	SCENE_OK(store_begin(store, &scene_diag));
	assert_int_equal(rows_in(store), 1); /* what the other did is seen */
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
}

/* ---- the file ---- */

static void a_file_is_for_its_owner_alone(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	const mode_t old = umask(0); /* nothing is left to it */

	(void)with_table(state);
	umask(old);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char path[200];
		struct stat info;

		snprintf(path, sizeof path, "%s%s", scene_where(state), ends[i]);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
}

static void what_is_no_store_is_refused_and_stays(void **state)
{
	const char *path = scene_where(state);
	char link[200];
	struct buffer after = {0};
	struct store *store;

	SCENE_OK(file_write_atomic(path, BYTES_LITERAL("a letter, not a store\n"),
				   &scene_diag));
	assert_int_equal(store_open(path, &store, &scene_diag), RQ_ERR_FORMAT);
	assert_null(store);
	SCENE_OK(file_read_whole(path, &after, &scene_diag));
	assert_true(bytes_equal_text(buffer_bytes(&after), "a letter, not a store\n"));
	buffer_free(&after);
	assert_int_equal(store_open(scene_folder(state), &store, &scene_diag),
			 RQ_ERR_ACCESS);
	snprintf(link, sizeof link, "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(store_open(link, &store, &scene_diag), RQ_ERR_ACCESS);
	assert_int_not_equal(store_open("/nonexistent/store", &store, &scene_diag),
			     RQ_OK);
}

/* ---- many rows ---- */

static const enum store_kind bulk_kinds[] = {STORE_NUMBER, STORE_NUMBER, STORE_TEXT,
					     STORE_BYTES};
static const char *const bulk_columns[] = {"id", "number", "text", "bytes"};
static const struct store_bulk_into bulk_into = {"test_row", bulk_columns, bulk_kinds,
						 4};

static enum rq_err bulk_put(struct store_bulk *bulk, int64_t id)
{
	uint8_t bytes[4] = {0, (uint8_t)id, '\\', '\n'};
	char text[32];

	snprintf(text, sizeof text, "dòng\t%lld\\", (long long)id);
	const struct store_value row[] = {
	    store_number(id), id % 7 == 0 ? store_null() : store_number(-id),
	    store_text(bytes_of(text)),
	    store_bytes((struct bytes){bytes, sizeof bytes})};

	return store_bulk_row(bulk, row, &scene_diag);
}

static void a_hundred_thousand_rows_go_in_at_once(void **state)
{
	enum { N = 100000 };
	struct store *store = with_table(state);
	struct store_bulk *bulk;
	struct store_rows *rows;
	int64_t sum;

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_bulk_begin(store, &bulk_into, &bulk, &scene_diag));
	for (int i = 0; i < N; i++)
		SCENE_OK(bulk_put(bulk, i));
	SCENE_OK(store_bulk_end(bulk, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), N);
	SCENE_OK(store_ask_number(store, "SELECT CAST(sum(id) AS BIGINT) FROM test_row",
				  NULL, 0, &sum, &scene_diag));
	assert_int_equal(sum, (int64_t)N * (N - 1) / 2);
	SCENE_OK(store_ask_number(store,
				  "SELECT count(*) FROM test_row WHERE number IS NULL",
				  NULL, 0, &sum, &scene_diag));
	assert_int_equal(sum, (N + 6) / 7);
	SCENE_OK(store_ask(store,
			   "SELECT number, text, bytes FROM test_row WHERE id = 778",
			   NULL, 0, &rows, &scene_diag));
	SCENE_OK(rows_next(rows, &scene_diag));
	assert_int_equal(rows_number(rows, 0), -778);
	assert_true(bytes_equal_text(rows_bytes(rows, 1), "dòng\t778\\"));
	assert_memory_equal(rows_bytes(rows, 2).at, "\0\x0a\\\n", 4);
	rows_free(rows);
}

static void a_bulk_with_a_row_that_is_there_spoils_its_part_only(void **state)
{
	struct store *store = with_table(state);
	struct store_bulk *bulk;
	enum rq_err err;

	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(put_number(store, 5));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(store_bulk_begin(store, &bulk_into, &bulk, &scene_diag));
	for (int i = 0; i < 10; i++)
		(void)bulk_put(bulk, i);
	err = store_bulk_end(bulk, &scene_diag);
	assert_int_equal(err, RQ_ERR_CONFLICT);
	store_part_undo(store);
	SCENE_OK(store_bulk_begin(store, &bulk_into, &bulk, &scene_diag));
	SCENE_OK(bulk_put(bulk, 6));
	SCENE_OK(store_bulk_end(bulk, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	assert_int_equal(rows_in(store), 2);
}

/* ---- news ---- */

struct heard {
	char all[512];
	size_t n;
};

static void hear(void *listener, struct bytes topic, struct bytes text)
{
	struct heard *heard = listener;

	heard->n++;
	snprintf(heard->all + strlen(heard->all),
		 sizeof heard->all - strlen(heard->all), "%.*s=%.*s ", (int)topic.n,
		 (const char *)topic.at, (int)text.n, (const char *)text.at);
}

static void news_is_heard_when_it_counts(void **state)
{
	struct store *store = scene_store(state);
	struct heard heard = {0};

	SCENE_OK(store_news(store, &heard, hear, &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_tell(store, "lost", bytes_of("1"), &scene_diag));
	store_rollback(store);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_tell(store, "campaign", bytes_of("7"), &scene_diag));
	SCENE_OK(store_part_begin(store, &scene_diag));
	SCENE_OK(store_tell(store, "lost", bytes_of("2"), &scene_diag));
	store_part_undo(store);
	SCENE_OK(store_tell(store, "unit", bytes_of("Xã Hòa Bình"), &scene_diag));
	SCENE_OK(store_news(store, &heard, hear, &scene_diag));
	assert_int_equal(heard.n, 0);
	SCENE_OK(store_commit(store, &scene_diag));
	SCENE_OK(store_news(store, &heard, hear, &scene_diag));
	assert_string_equal(heard.all, "campaign=7 unit=Xã Hòa Bình ");
	SCENE_OK(store_news(store, &heard, hear, &scene_diag));
	assert_int_equal(heard.n, 2);
}

STORE_TEST_MAIN(STORE_TESTS(every_value_comes_back_as_it_was),
		STORE_TESTS(a_megabyte_comes_back_as_it_was),
		STORE_TESTS(a_text_with_a_zero_or_broken_utf8_is_refused),
		STORE_TESTS(a_column_holds_only_its_kind),
		STORE_TESTS(the_same_statement_takes_nulls_and_values_in_any_order),
		STORE_TESTS(parameters_are_found_by_their_number),
		STORE_TESTS(text_is_sorted_by_its_bytes),
		STORE_TESTS(what_is_taken_back_is_gone),
		STORE_TESTS(parts_are_kept_and_undone_alone),
		STORE_TESTS(a_row_that_is_there_is_a_conflict_and_spoils_its_part_only),
		STORE_TESTS(a_spoilt_transaction_is_not_committed),
		STORE_TESTS(nothing_is_changed_outside_of_a_change),
		STORE_TESTS(a_change_that_returns_rows_is_made_though_none_is_read),
		STORE_TESTS(one_statement_may_be_read_twice_at_once),
		STORE_TESTS(ids_are_given_once),
		STORE_TESTS_SHARED(reading_sees_one_moment_beside_a_change),
		STORE_TESTS_SHARED(two_connections_get_different_ids),
		STORE_TESTS_SHARED(who_changes_second_is_told_to_try_again),
		STORE_TESTS_SHARED(who_waits_gets_its_turn),
		STORE_TEST_IN(file, "SQLite", a_file_is_for_its_owner_alone),
		STORE_TEST_IN(file, "SQLite", what_is_no_store_is_refused_and_stays),
		STORE_TESTS(a_hundred_thousand_rows_go_in_at_once),
		STORE_TESTS(a_bulk_with_a_row_that_is_there_spoils_its_part_only),
		STORE_TESTS(news_is_heard_when_it_counts))
