#include "centre/store/store_scene.h"

#include "centre/store/backup.h"
#include "crypto/digest.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char tables[] =
    "CREATE TABLE test_unit (id BIGINT PRIMARY KEY, above BIGINT REFERENCES test_unit "
    "(id),"
    " name TEXT NOT NULL);\n"
    "CREATE TABLE test_file (unit BIGINT NOT NULL REFERENCES test_unit (id),"
    " path TEXT NOT NULL, data BYTEA, PRIMARY KEY (path, unit));\n"
    "CREATE TABLE a_note (number BIGINT, text TEXT, data BYTEA);\n";

/* A unit below one with a larger id, nulls, sorting that languages do otherwise. */
static const char rows[] =
    "INSERT INTO test_unit (id, above, name) VALUES (9, NULL, 'Tỉnh'), (3, 9, 'xã Đ'),"
    " (-4, 3, '');\n"
    "INSERT INTO test_file (unit, path, data) VALUES (3, 'b', NULL), (9, 'B', NULL),"
    " (3, 'a', NULL), (9, 'a', NULL);\n"
    "INSERT INTO a_note (number, text, data) VALUES (NULL, 'b', NULL), (NULL, NULL, "
    "NULL),"
    " (-1, 'a', NULL), (-1, NULL, NULL);\n";

/* Tables of a test are a step of a later program. */
static const struct migrations *all(void)
{
	static struct migration steps[64];
	static struct migrations both = {steps, 0};

	assert_true(migration_all.n + 2 <= sizeof steps / sizeof *steps);
	memcpy(steps, migration_all.steps, migration_all.n * sizeof *steps);
	steps[migration_all.n] = (struct migration){"9998_tables", tables};
	steps[migration_all.n + 1] = (struct migration){"9999_rows", rows};
	both.n = migration_all.n + 2;
	return &both;
}

static struct store *filled(void **state)
{
	static const uint8_t bytes[] = {0, 255, 0};
	struct store *store;
	const struct store_value value =
	    store_bytes((struct bytes){bytes, sizeof bytes});
	int64_t id;

	SCENE_OK(store_open(scene_where(state), &store, &scene_diag));
	SCENE_OK(migration_run(store, *all(), &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_run(store, "UPDATE test_file SET data = $1 WHERE unit = 9",
			   &value, 1, NULL, &scene_diag));
	SCENE_OK(store_ids(store, 41, &id, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	return store;
}

static char *name_in(void **state, const char *name)
{
	static char paths[4][128];
	static size_t turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", scene_folder(state), name);
	return path;
}

static void write_to(struct store *store, const char *path)
{
	struct file file;

	SCENE_OK(file_open_append(path, &file, NULL, &scene_diag));
	SCENE_OK(backup_write(store, *all(), file, &scene_diag));
	file_close(&file);
}

static enum rq_err read_from(struct store *store, struct migrations steps,
			     const char *path)
{
	struct file file;
	enum rq_err err;

	SCENE_OK(file_open(path, &file, NULL, &scene_diag));
	err = backup_read(store, steps, file, &scene_diag);
	file_close(&file);
	return err;
}

static struct buffer whole(const char *path)
{
	struct buffer all_of_it = {0};

	SCENE_OK(file_read_whole(path, &all_of_it, &scene_diag));
	return all_of_it;
}

/* Not flushed: thousands of these are read at once and thrown away. */
static void put_file(const char *path, struct bytes data)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data.at, 1, data.n, file), data.n);
	assert_int_equal(fclose(file), 0);
}

static int64_t number_of(struct store *store, const char *sql)
{
	int64_t number;

	SCENE_OK(store_ask_number(store, sql, NULL, 0, &number, &scene_diag));
	return number;
}

/* ---- there and back ---- */

static void check_restored(struct store *store)
{
	int64_t id;

	assert_int_equal(number_of(store, "SELECT count(*) FROM test_unit"), 3);
	assert_int_equal(number_of(store, "SELECT above FROM test_unit WHERE id = -4"),
			 3);
	assert_int_equal(number_of(store, "SELECT count(*) FROM a_note"), 4);
	SCENE_OK(store_check(store, &scene_diag));
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_id(store, &id, &scene_diag));
	store_rollback(store);
	assert_int_equal(id, 42);
	/* keys are looked at at once again */
	SCENE_OK(store_begin(store, &scene_diag));
	assert_int_equal(
	    store_run(store, "INSERT INTO test_file (unit, path) VALUES (77, 'x')",
		      NULL, 0, NULL, &scene_diag),
	    RQ_ERR_CONFLICT);
	store_rollback(store);
}

static void go_to(void **state, enum scene_kind kind, const char *name,
		  struct buffer *first)
{
	const char *where = scene_empty(state, kind);
	struct buffer second;
	struct store *store;

	SCENE_OK(store_open(where, &store, &scene_diag));
	SCENE_OK(read_from(store, *all(), name_in(state, "first")));
	check_restored(store);
	write_to(store, name_in(state, name));
	store_close(store);
	second = whole(name_in(state, name));
	assert_int_equal(first->size, second.size);
	assert_memory_equal(first->data, second.data, first->size);
	buffer_free(&second);
}

static void a_store_moves_into_either_kind_and_is_the_same_byte_for_byte(void **state)
{
	struct store *store = filled(state);
	struct buffer first;

	write_to(store, name_in(state, "first"));
	store_close(store);
	first = whole(name_in(state, "first"));
	go_to(state, SCENE_FILE, "second", &first);
	go_to(state, SCENE_POSTGRES, "third", &first);
	buffer_free(&first);
}

static void a_backup_of_an_earlier_program_becomes_new(void **state)
{
	struct store *store;

	SCENE_OK(store_migrate(scene_store(state), &scene_diag));
	SCENE_OK(store_backup(scene_store(state), name_in(state, "old"), &scene_diag));
	SCENE_OK(
	    store_open(scene_empty(state, scene_kind(state)), &store, &scene_diag));
	SCENE_OK(read_from(store, *all(), name_in(state, "old")));
	assert_int_equal(number_of(store, "SELECT count(*) FROM test_unit"), 3);
	store_close(store);
}

static void a_backup_of_a_later_program_is_refused(void **state)
{
	struct store *store = filled(state), *empty;

	write_to(store, name_in(state, "later"));
	store_close(store);
	SCENE_OK(
	    store_open(scene_empty(state, scene_kind(state)), &empty, &scene_diag));
	assert_int_equal(store_restore(empty, name_in(state, "later"), &scene_diag),
			 RQ_ERR_UNSUPPORTED);
	SCENE_OK(store_migrate(empty, &scene_diag)); /* as it was: empty */
	store_close(empty);
}

static void a_file_or_a_store_that_is_there_stays(void **state)
{
	struct store *store = scene_store(state);
	struct buffer before, after;

	SCENE_OK(store_backup(store, name_in(state, "one"), &scene_diag));
	before = whole(name_in(state, "one"));
	assert_int_equal(store_backup(store, name_in(state, "one"), &scene_diag),
			 RQ_ERR_USAGE);
	after = whole(name_in(state, "one"));
	assert_int_equal(before.size, after.size);
	assert_int_equal(store_restore(store, name_in(state, "one"), &scene_diag),
			 RQ_ERR_USAGE);
	buffer_free(&before);
	buffer_free(&after);
}

/* ---- damage ---- */

static void sign_again(struct buffer *data)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	size_t n = data->size - BACKUP_DIGEST;

	SCENE_OK(digest_of(DIGEST_SHA256, (struct bytes){data->data, n}, digest));
	memcpy(data->data + n, digest, BACKUP_DIGEST);
}

static void a_backup_cut_or_changed_anywhere_is_refused(void **state)
{
	struct store *store = filled(state), *empty;
	const char *path = name_in(state, "whole"), *bad = name_in(state, "bad");
	struct buffer data;

	write_to(store, path);
	store_close(store);
	data = whole(path);
	SCENE_OK(store_open(":memory:", &empty, &scene_diag));
	for (size_t i = 0; i < data.size; i++) {
		put_file(bad, (struct bytes){data.data, i});
		assert_int_equal(read_from(empty, *all(), bad), RQ_ERR_FORMAT);
		data.data[i] ^= (uint8_t)(1u << (i % 8));
		put_file(bad, buffer_bytes(&data));
		assert_int_equal(read_from(empty, *all(), bad), RQ_ERR_FORMAT);
		data.data[i] ^= (uint8_t)(1u << (i % 8));
	}
	put_file(bad, buffer_bytes(&data));
	SCENE_OK(read_from(empty, *all(), bad));
	store_close(empty);
	buffer_free(&data);
}

/* With a digest that fits, as who forges one would make it: read or refused, and if it is
 * refused the store stays empty. */
static void a_forged_backup_leaves_a_store_or_none(void **state)
{
	struct store *store = filled(state), *empty = NULL;
	const char *path = name_in(state, "whole"), *bad = name_in(state, "bad");
	size_t n_refused = 0, n_taken = 0;
	struct buffer data;

	write_to(store, path);
	store_close(store);
	data = whole(path);
	for (size_t i = 0; i < data.size - BACKUP_DIGEST; i++) {
		enum rq_err err;

		if (empty == NULL)
			SCENE_OK(store_open(":memory:", &empty, &scene_diag));
		data.data[i] ^= 1;
		sign_again(&data);
		put_file(bad, buffer_bytes(&data));
		err = read_from(empty, *all(), bad);
		data.data[i] ^= 1;
		if (err == RQ_OK) {
			n_taken++;
			store_close(empty);
			empty = NULL;
			continue;
		}
		n_refused++;
		if (err != RQ_ERR_FORMAT)
			assert_int_equal(err, RQ_ERR_UNSUPPORTED);
		assert_int_equal(number_of(empty, "SELECT count(*) FROM sqlite_schema"),
				 0);
	}
	assert_true(n_refused > 100 && n_taken > 20);
	store_close(empty);
	buffer_free(&data);
}

/* ---- beside a change ---- */

static void write_pairs(const char *where)
{
	struct store *store;

	if (store_open(where, &store, NULL) != RQ_OK)
		_exit(1);
	for (int64_t i = 1000;; i++) {
		const struct store_value id = store_number(i);

		if (store_begin(store, NULL) != RQ_OK ||
		    store_run(store,
			      "INSERT INTO test_unit (id, name) VALUES ($1, 'x')", &id,
			      1, NULL, NULL) != RQ_OK ||
		    store_run(store,
			      "INSERT INTO test_file (unit, path) VALUES ($1, 'x')",
			      &id, 1, NULL, NULL) != RQ_OK ||
		    store_commit(store, NULL) != RQ_OK)
			_exit(1);
	}
}

static void a_backup_is_of_one_moment_while_another_writes(void **state)
{
	const char *where = scene_where(state);
	int64_t units = 0;
	struct store *store = filled(state);
	pid_t writer = fork();

	if (writer == 0)
		write_pairs(where);
	while (units < 10)
		units = number_of(store, "SELECT count(*) FROM test_unit");
	for (int i = 0; i < 3; i++) {
		struct store *empty;
		int64_t files;

		unlink(name_in(state, "moment"));
		write_to(store, name_in(state, "moment"));
		SCENE_OK(store_open(":memory:", &empty, &scene_diag));
		SCENE_OK(read_from(empty, *all(), name_in(state, "moment")));
		units =
		    number_of(empty, "SELECT count(*) FROM test_unit WHERE id >= 1000");
		files =
		    number_of(empty, "SELECT count(*) FROM test_file WHERE path = 'x'");
		assert_int_equal(units, files);
		assert_true(units > 0);
		store_close(empty);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	store_close(store);
}

/* ---- check ---- */

static void a_store_that_is_whole_is_found_whole(void **state)
{
	struct store *store = filled(state);

	SCENE_OK(store_check(store, &scene_diag));
	store_close(store);
}

/* The head of each page in turn: what kind it is, where its cells are. */
static void a_file_with_a_broken_page_is_found(void **state)
{
	enum { PAGE = 4096, FILE_HEADER = 100, HEAD = 8 };
	const char *path = scene_where(state);
	struct store *store = filled(state);
	struct buffer data;

	store_close(store);
	data = whole(path);
	assert_true(data.size >= 5 * PAGE);
	for (size_t page = 0; page < data.size / PAGE; page++) {
		uint8_t *head = data.data + page * PAGE + (page == 0 ? FILE_HEADER : 0);
		uint8_t saved[HEAD];
		enum rq_err err;

		memcpy(saved, head, HEAD);
		memset(head, 0xa5, HEAD);
		put_file(path, buffer_bytes(&data));
		memcpy(head, saved, HEAD);
		err = store_open(path, &store, &scene_diag);
		if (err == RQ_OK)
			err = store_check(store, &scene_diag);
		assert_int_equal(err, RQ_ERR_FORMAT);
		store_close(store);
	}
	buffer_free(&data);
}

STORE_TEST_MAIN(
    STORE_TESTS(a_store_moves_into_either_kind_and_is_the_same_byte_for_byte),
    STORE_TESTS(a_backup_of_an_earlier_program_becomes_new),
    STORE_TESTS(a_backup_of_a_later_program_is_refused),
    STORE_TESTS(a_file_or_a_store_that_is_there_stays),
    STORE_TEST_IN(memory, "SQLite in memory",
		  a_backup_cut_or_changed_anywhere_is_refused),
    STORE_TEST_IN(memory, "SQLite in memory", a_forged_backup_leaves_a_store_or_none),
    STORE_TESTS_SHARED(a_backup_is_of_one_moment_while_another_writes),
    STORE_TESTS(a_store_that_is_whole_is_found_whole),
    STORE_TEST_IN(file, "SQLite", a_file_with_a_broken_page_is_found))
