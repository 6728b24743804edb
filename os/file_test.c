/* Locks, files that are replaced in one step, and folders for a cache. */
#include "bytes/test.h"

#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[64];

static const char *path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *to = paths[next++ % 4];

	snprintf(to, sizeof paths[0], "%s/%s", top, name);
	return to;
}

static int make(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-file-XXXXXX");
	return mkdtemp(top) == NULL;
}

static int clear(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static void expect_text(const char *name, const char *text)
{
	struct buffer found = {0};

	assert_int_equal(file_read_whole(path(name), &found, NULL), RQ_OK);
	assert_true(bytes_equal_text(buffer_bytes(&found), text));
	buffer_free(&found);
}

/* How a child ends that runs act. */
static int in_child(int (*act)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(act());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- locks ---- */

static int take_lock(void)
{
	struct file_info info;
	struct file file;

	if (file_open_append(path("lock"), &file, &info, NULL) != RQ_OK)
		return 2;
	return file_lock(file) == RQ_OK ? 0 : 1;
}

static void a_lock_is_held_by_one(void **state)
{
	struct file_info info;
	struct file file;

	(void)state;
	assert_int_equal(file_open_append(path("lock"), &file, &info, NULL), RQ_OK);
	assert_int_equal(file_lock(file), RQ_OK);
	assert_int_equal(in_child(take_lock), 1);
	file_close(&file);
	/* and ends with who held it, also when that is killed */
	assert_int_equal(in_child(take_lock), 0);
	assert_int_equal(in_child(take_lock), 0);
}

/* ---- one step ---- */

static void a_file_is_replaced_whole(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_write_atomic(path("one"), BYTES_LITERAL("old"), NULL),
			 RQ_OK);
	assert_int_equal(file_write_atomic(path("one"), BYTES_LITERAL("new one"), NULL),
			 RQ_OK);
	expect_text("one", "new one");
	assert_int_equal(stat(path("one"), &st), 0);
	assert_int_equal(st.st_mode & 022, 0);
}

static void a_file_takes_the_place_of_another_in_one_step(void **state)
{
	(void)state;
	assert_int_equal(file_write_atomic(path("one"), BYTES_LITERAL("old"), NULL),
			 RQ_OK);
	assert_int_equal(file_write_atomic(path("two"), BYTES_LITERAL("new"), NULL),
			 RQ_OK);
	assert_int_equal(file_rename(path("two"), path("one"), NULL), RQ_OK);
	expect_text("one", "new");
	assert_int_equal(file_rename(path("two"), path("one"), NULL), RQ_ERR_NOT_FOUND);
	expect_text("one", "new");
}

/* No room for more than 4 bytes: as a full disk. */
static int write_without_room(void)
{
	const struct rlimit limit = {4, 4};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return file_write_atomic(path("one"), BYTES_LITERAL("too long"), NULL) == RQ_OK;
}

static unsigned count_entries(void)
{
	struct folder *folder;
	struct folder_entry entry;
	unsigned n = 0;

	assert_int_equal(folder_open(top, &folder, NULL, NULL), RQ_OK);
	while (folder_next(folder, &entry) == RQ_OK)
		n++;
	folder_close(folder);
	return n;
}

static void a_write_that_fails_leaves_the_old(void **state)
{
	unsigned n;

	(void)state;
	assert_int_equal(file_write_atomic(path("one"), BYTES_LITERAL("old"), NULL),
			 RQ_OK);
	n = count_entries();
	assert_int_equal(in_child(write_without_room), 0);
	expect_text("one", "old");
	assert_int_equal(count_entries(), n); /* and nothing half done */
	assert_int_not_equal(
	    file_write_atomic(path("none/one"), BYTES_LITERAL("x"), NULL), RQ_OK);
}

/* As root, a report that is sent to /dev/null must not take it from the machine. */
static void what_is_no_file_is_never_replaced(void **state)
{
	char got[8] = "";
	struct stat st;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path("pipe"), 0600), 0);
	reader = open(path("pipe"), O_RDWR | O_NONBLOCK);
	assert_int_equal(file_write_atomic(path("pipe"), BYTES_LITERAL("into"), NULL),
			 RQ_OK);
	assert_int_equal(read(reader, got, sizeof got), 4);
	assert_memory_equal(got, "into", 4);
	assert_int_equal(lstat(path("pipe"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	close(reader);
	assert_int_equal(unlink(path("pipe")), 0);

	assert_int_equal(symlink("elsewhere", path("to")), 0);
	assert_int_equal(file_write_atomic(path("to"), BYTES_LITERAL("x"), NULL),
			 RQ_ERR_LIMIT);
	assert_int_equal(lstat(path("to"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(unlink(path("to")), 0);
}

static void a_reader_sees_the_old_or_the_new(void **state)
{
	enum { SIZE = 1 << 20, ROUNDS = 60 };
	char *text = malloc(SIZE);
	pid_t writer;

	(void)state;
	memset(text, 'a', SIZE);
	assert_int_equal(
	    file_write_atomic(path("one"), (struct bytes){(uint8_t *)text, SIZE}, NULL),
	    RQ_OK);
	writer = fork();
	if (writer == 0) {
		for (int i = 0;; i++) {
			memset(text, 'a' + i % 26, SIZE);
			(void)!file_write_atomic(
			    path("one"), (struct bytes){(uint8_t *)text, SIZE}, NULL);
		}
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct buffer found = {0};

		assert_int_equal(file_read_whole(path("one"), &found, NULL), RQ_OK);
		assert_int_equal(found.size, SIZE);
		assert_int_equal(found.data[0], found.data[SIZE - 1]);
		buffer_free(&found);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	free(text);
}

/* ---- the folder of a cache ---- */

enum { NOBODY = 65534 };

static bool cache_is_taken(const char *home)
{
	struct buffer found = {0};
	enum rq_err err;

	setenv("XDG_CACHE_HOME", path(home), 1);
	err = file_cache_folder(&found, NULL);
	buffer_free(&found);
	return err == RQ_OK;
}

/* root has a folder that no environment decides: be somebody else. */
static bool drop_root(void)
{
	return geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

/* 0, or the number of the step that went wrong. */
static int use_caches(void)
{
	struct stat st;

	if (!drop_root())
		return 1;
	if (mkdir(path("good"), 0700) != 0 || !cache_is_taken("good"))
		return 2;
	if (lstat(path("good/raquet"), &st) != 0 || (st.st_mode & 07777) != 0700)
		return 3;
	/* others could have put something in */
	chmod(path("good/raquet"), 0777);
	if (cache_is_taken("good"))
		return 4;
	chmod(path("good/raquet"), 0700);
	if (!cache_is_taken("good"))
		return 5;
	/* or can move it away */
	chmod(path("good"), 0777);
	if (cache_is_taken("good"))
		return 6;
	/* a link leads elsewhere */
	if (mkdir(path("bad"), 0700) != 0 ||
	    symlink(path("good/raquet"), path("bad/raquet")) != 0 ||
	    cache_is_taken("bad"))
		return 7;
	/* a file in its place */
	if (mkdir(path("file"), 0700) != 0 ||
	    close(open(path("file/raquet"), O_WRONLY | O_CREAT, 0600)) != 0 ||
	    cache_is_taken("file"))
		return 8;
	return 0;
}

static int use_cache_of_root(void)
{
	return !drop_root() || cache_is_taken("theirs");
}

static void a_cache_folder_is_ours_alone(void **state)
{
	(void)state;
	assert_int_equal(chown(top, geteuid() == 0 ? NOBODY : geteuid(), (gid_t)-1), 0);
	assert_int_equal(in_child(use_caches), 0);
}

static void a_cache_folder_of_another_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root to be two users\n");
		skip();
	}
	assert_int_equal(chmod(top, 0755), 0);
	assert_int_equal(mkdir(path("theirs"), 0755), 0);
	assert_int_equal(mkdir(path("theirs/raquet"), 0700), 0);
	assert_int_equal(chown(path("theirs"), NOBODY, NOBODY), 0);
	assert_int_equal(in_child(use_cache_of_root), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_lock_is_held_by_one),
	    CASE(a_file_is_replaced_whole),
	    CASE(a_file_takes_the_place_of_another_in_one_step),
	    CASE(a_write_that_fails_leaves_the_old),
	    CASE(what_is_no_file_is_never_replaced),
	    CASE(a_reader_sees_the_old_or_the_new),
	    CASE(a_cache_folder_is_ours_alone),
	    CASE(a_cache_folder_of_another_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
