/* I2 in the store: kill -9 at any moment, and a disk without room. */
#include "centre/store/store_scene.h"

#include "centre/store/store_cluster.h"
#include "centre/store/store_driver.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t number_of(struct store *store, const char *sql)
{
	int64_t number;

	SCENE_OK(store_ask_number(store, sql, NULL, 0, &number, &scene_diag));
	return number;
}

/* ---- kill -9 ---- */

enum { KILLS = 30, BATCH = 7, LONGEST_US = 40000 };

static const enum store_kind kinds[] = {STORE_NUMBER, STORE_NUMBER};
static const char *const columns[] = {"id", "batch"};
static const struct store_bulk_into into = {"test_row", columns, kinds, 2};

static enum rq_err deliver(struct store *store, int64_t *batch_out)
{
	struct store_bulk *bulk;
	int64_t id, batch = 0;
	enum rq_err err = store_begin(store, NULL);

	if (err == RQ_OK)
		err = store_ids(store, BATCH, &id, NULL);
	if (err == RQ_OK)
		err = store_ask_number(
		    store, "UPDATE test_mark SET batch = batch + 1 RETURNING batch",
		    NULL, 0, &batch, NULL);
	if (err == RQ_OK)
		err = store_bulk_begin(store, &into, &bulk, NULL);
	if (err != RQ_OK)
		return err;
	for (int64_t i = 0; i < BATCH && err == RQ_OK; i++) {
		const struct store_value row[] = {store_number(id + i),
						  store_number(batch)};

		err = store_bulk_row(bulk, row, NULL);
	}
	if (store_bulk_end(bulk, NULL) != RQ_OK)
		return RQ_ERR_SYSTEM;
	*batch_out = batch;
	return err == RQ_OK ? store_commit(store, NULL) : err;
}

/* Says each batch once it counts. */
static void deliver_for_ever(const char *where, int acknowledge)
{
	struct store *store;
	int64_t batch;

	if (store_open(where, &store, NULL) != RQ_OK)
		_exit(1);
	while (deliver(store, &batch) == RQ_OK)
		if (write(acknowledge, &batch, sizeof batch) != sizeof batch)
			_exit(1);
	_exit(1);
}

/* Returns the last batch that was acknowledged, or last. */
static int64_t kill_at(const char *where, useconds_t delay, int64_t last)
{
	int pipes[2], status;
	int64_t batch;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0)
		deliver_for_ever(where, pipes[1]);
	close(pipes[1]);
	/* the clock starts with the first: opening takes its time */
	if (read(pipes[0], &batch, sizeof batch) == sizeof batch)
		last = batch;
	usleep(delay);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while (read(pipes[0], &batch, sizeof batch) == sizeof batch)
		last = batch;
	close(pipes[0]);
	return last;
}

static void what_was_acknowledged_survives_kill_9_and_nothing_is_doubled(void **state)
{
	const char *where = scene_where(state);
	struct store *store = scene_store(state);
	int64_t last = 0;
	unsigned chance = 1;

	scene_table(state, "CREATE TABLE test_row (id BIGINT PRIMARY KEY,"
			   " batch BIGINT NOT NULL);"
			   "CREATE TABLE test_mark (batch BIGINT NOT NULL);"
			   "INSERT INTO test_mark (batch) VALUES (0);");
	for (int i = 0; i < KILLS; i++) {
		int64_t mark;

		chance = chance * 1103515245u + 12345u;
		last = kill_at(where, (chance >> 8) % LONGEST_US, last);
		/* behind whatever a server still does for the dead */
		SCENE_OK(store_begin(store, &scene_diag));
		mark = number_of(store, "SELECT batch FROM test_mark");
		/* the one under way may count without our knowing */
		assert_true(mark == last || mark == last + 1);
		assert_int_equal(number_of(store, "SELECT count(*) FROM test_row"),
				 mark * BATCH);
		assert_int_equal(
		    number_of(store, "SELECT count(*) FROM (SELECT batch FROM test_row "
				     "GROUP BY batch HAVING count(*) = 7) AS b"),
		    mark);
		store_rollback(store);
	}
	assert_true(last > KILLS);
	SCENE_OK(store_check(store, &scene_diag));
}

/* ---- no room ---- */

enum { VALUE = 64 << 10 };

/* A disk of 6 MB at folder, seen by this process and its children alone. */
static void mount_small(const char *folder)
{
	if (getuid() != 0)
		skip();
	if (mount("small", folder, "tmpfs", 0, "size=6m,mode=0777") != 0) {
		print_message("no disk of its own: %s\n", strerror(errno));
		skip();
	}
}

/* PostgreSQL is the server's folder; the table alone lies on the small disk. */
static void move_to(struct store *store, const char *folder)
{
	char sql[160], path[96];

	snprintf(path, sizeof path, "%s/small", folder);
	assert_int_equal(mkdir(path, 0777), 0);
	cluster_own(path);
	snprintf(sql, sizeof sql, "CREATE TABLESPACE small LOCATION '%s'", path);
	cluster_command(sql);
	SCENE_OK(store->driver->execute(
	    store,
	    "BEGIN READ WRITE; ALTER TABLE test_row SET TABLESPACE small; COMMIT",
	    &scene_diag));
}

static enum rq_err put(struct store *store, int64_t id)
{
	static uint8_t bytes[VALUE];
	const struct store_value values[] = {
	    store_number(id), store_bytes((struct bytes){bytes, sizeof bytes})};
	uint32_t chance = (uint32_t)id;
	enum rq_err err = store_begin(store, &scene_diag);

	for (size_t i = 0; i < VALUE; i++) { /* nothing that could be compressed */
		chance = chance * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(chance >> 24);
	}
	if (err == RQ_OK)
		err =
		    store_run(store, "INSERT INTO test_row (id, data) VALUES ($1, $2)",
			      values, 2, NULL, &scene_diag);
	if (err == RQ_OK)
		err = store_commit(store, &scene_diag);
	store_rollback(store);
	return err;
}

static void write_ballast(const char *path)
{
	static const uint8_t zeros[1 << 20];
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(zeros, sizeof zeros, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static void a_full_disk_is_told_and_leaves_the_store_good(void **state)
{
	const char *folder = scene_folder(state);
	struct store *store;
	char ballast[96], backup[96];
	int64_t n = 0;
	enum rq_err err = RQ_OK;

	mount_small(folder);
	snprintf(ballast, sizeof ballast, "%s/ballast", folder);
	snprintf(backup, sizeof backup, "%s/backup", folder);
	write_ballast(ballast);
	store = scene_store(state);
	scene_table(state, "CREATE TABLE test_row (id BIGINT PRIMARY KEY,"
			   " data BYTEA NOT NULL);");
	if (scene_kind(state) == SCENE_POSTGRES)
		move_to(store, folder);
	while (n < 1000 && (err = put(store, n)) == RQ_OK)
		n++;
	assert_int_equal(err, RQ_ERR_FULL);
	assert_true(n > 5 && n < 100);
	assert_int_equal(put(store, n), RQ_ERR_FULL);
	/* reading goes on, and what was acknowledged is there */
	assert_int_equal(number_of(store, "SELECT count(*) FROM test_row"), n);
	SCENE_OK(store_check(store, &scene_diag));
	assert_int_equal(store_backup(store, backup, &scene_diag), RQ_ERR_FULL);
	assert_int_equal(access(backup, F_OK), -1);
	assert_int_equal(unlink(ballast), 0);
	SCENE_OK(put(store, n));
	assert_int_equal(number_of(store, "SELECT count(*) FROM test_row"), n + 1);
	SCENE_OK(store_check(store, &scene_diag));
	scene_leave(state);
	umount2(folder, MNT_DETACH);
}

/* Mounts of this program end with it. */
static int stand_apart(void **state)
{
	(void)state;
	if (getuid() == 0 && unshare(CLONE_NEWNS) == 0)
		(void)!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    STORE_TESTS_SHARED(
		what_was_acknowledged_survives_kill_9_and_nothing_is_doubled),
	    STORE_TESTS_SHARED(a_full_disk_is_told_and_leaves_the_store_good)};

	return cmocka_run_group_tests(tests, stand_apart, scene_end);
}
