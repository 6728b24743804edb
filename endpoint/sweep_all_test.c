/* A sweep of everything: its everything is a memory disk with a changed root, in a name
 * space of mounts that ends with each case. */
#include "bytes/test.h"

#include "endpoint/fake_engine.h"
#include "endpoint/sweep_scene.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_ALLOWED = 77 };

/* What a worker needs to start: the program's libraries, /proc and /dev/null. */
static const char copy_libraries[] =
    "for l in $(ldd /proc/$PPID/exe | grep -o '/[^ ]*'); do "
    "mkdir -p $T/${l%/*} && cp -L $l $T/$l || exit 1; done; "
    "mkdir -p $T/proc $T/dev $T/d && : >$T/dev/null";

static bool enter_a_world(void)
{
	setenv("T", scene_top, 1);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("test", scene_top, "tmpfs", 0, NULL) == 0 &&
	       system(copy_libraries) == 0 &&
	       mount("proc", scene_path("proc"), "proc", 0, NULL) == 0 &&
	       chroot(scene_top) == 0 && chdir("/") == 0;
}

/* Runs act in a world of its own. */
static void in_a_world(void (*act)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!enter_a_world())
			_exit(NOT_ALLOWED);
		scene_top[0] = '\0';
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED) {
		print_message("not allowed to mount and to change the root\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* cmocka's own checks end a test, not a child. */
static void must(bool holds, int step)
{
	if (!holds)
		_exit(step);
}

static void put(const char *path, const char *text)
{
	FILE *out = fopen(path, "wb");

	must(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0, 2);
}

static struct sweep_options everything(void)
{
	struct sweep_options options = scene_options();

	options.all = true;
	options.n_paths = 0;
	options.max_file_size = 4096; /* libraries hold words that the engine obeys */
	return options;
}

/* The lines that name something below /d. */
static char *told_of(const struct sweep_options *options, struct sweep_outcome *outcome)
{
	struct scene_told told = {0};
	struct buffer kept = {0};

	*outcome = scene_run(options, &told);
	for (char *line = strtok((char *)told.text.data, "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		if (strncmp(line, "d/", 2) == 0)
			buffer_format(&kept, "%s\n", line);
	buffer_free(&told.text);
	buffer_u8(&kept, 0);
	return (char *)kept.data;
}

static void expect(const struct sweep_options *options, const char *text, int step)
{
	struct sweep_outcome outcome;
	char *told = told_of(options, &outcome);

	if (strcmp(told, text) != 0) {
		print_message("told:\n%sexpected:\n%s", told, text);
		_exit(step);
	}
	free(told);
}

static void disk(const char *path)
{
	mkdir(path, 0700);
	must(mount("test", path, "tmpfs", 0, NULL) == 0, 3);
}

static void bind(const char *from, const char *to)
{
	mkdir(to, 0700);
	must(mount(from, to, NULL, MS_BIND, NULL) == 0, 4);
}

static void sweep_binds(void)
{
	struct sweep_options options = everything();

	disk("/d/a");
	must(mkdir("/d/a/in", 0700) == 0, 5);
	put("/d/a/in/file", "EVIL");
	bind("/d/a", "/d/b");
	bind("/d/a/in", "/d/c");
	expect(&options, "d/a/in/file 4: rule0 x1 a4ca\n", 10);
	/* the first view is hidden: the second is the only one */
	disk("/d/a");
	expect(&options, "d/b/in/file 4: rule0 x1 a4ca\n", 11);
	/* something that hangs in a second view only */
	must(umount("/d/a") == 0, 6);
	disk("/d/b/in");
	put("/d/b/in/other", "EVIL");
	expect(&options,
	       "d/a/in/file 4: rule0 x1 a4ca\nd/b/in/other 4: rule0 x1 a4ca\n", 12);
}

static void what_is_mounted_twice_is_read_once(void **state)
{
	(void)state;
	in_a_world(sweep_binds);
}

static void sweep_named_binds(void)
{
	static const char *const paths[] = {"/d/b", "/d/a/in", "/d/a"};
	struct sweep_options options = everything();

	options.all = false;
	options.paths = paths;
	options.n_paths = 3;
	must(mkdir("/d/a", 0700) == 0 && mkdir("/d/a/in", 0700) == 0, 5);
	put("/d/a/in/file", "EVIL");
	bind("/d/a/in", "/d/b");
	bind("/d/a/in", "/d/a/c");
	expect(&options, "d/a/in/file 4: rule0 x1 a4ca\n", 10);
	/* a disk that hangs in one of the views hides what only the other shows */
	disk("/d/a/in");
	expect(&options, "d/b/file 4: rule0 x1 a4ca\n", 11);
}

static void what_two_paths_show_is_read_once(void **state)
{
	(void)state;
	in_a_world(sweep_named_binds);
}

static void sweep_links(void)
{
	struct sweep_options options = everything();
	struct sweep_outcome outcome, alone;

	put("/d/a", "EVIL");
	put("/d/b", "nothing");
	free(told_of(&options, &alone));
	must(link("/d/a", "/d/c") == 0 && link("/d/b", "/d/e") == 0, 5);
	expect(&options, "d/a 4: rule0 x1 a4ca\nd/c 4: rule0 x1 a4ca\n", 10);
	free(told_of(&options, &outcome));
	must(outcome.n_seen == alone.n_seen && outcome.n_same == 2, 11);
	must(outcome.bytes_scanned == alone.bytes_scanned, 12);
	must(outcome.n_found == alone.n_found + 1, 13);
}

static void a_hard_link_is_told_and_not_read_again(void **state)
{
	(void)state;
	in_a_world(sweep_links);
}

/* A list that has every path that ends with x. */
static enum rq_err find_x(void *finder, struct bytes path, struct arena *arena,
			  struct worker_hit **hits_out, size_t *n_out)
{
	(void)finder;
	*hits_out = arena_make(arena, struct worker_hit);
	*n_out = path.n > 0 && path.at[path.n - 1] == 'x';
	if (*hits_out == NULL)
		return RQ_ERR_MEMORY;
	**hits_out = (struct worker_hit){.kind = FINDING_NAME};
	return RQ_OK;
}

static void sweep_listed_links(void)
{
	struct sweep_options options = everything();

	options.n_indicators = 1;
	options.find_names = find_x;
	put("/d/a", "EVIL");
	put("/d/b", "nothing");
	must(link("/d/a", "/d/ax") == 0 && link("/d/b", "/d/bx") == 0, 5);
	expect(&options,
	       "d/a 4: rule0 x1 a4ca\nd/ax 4: rule0 x1 hit2.0 a4ca\nd/bx 7: hit2.0\n",
	       10);
}

static void another_name_is_looked_for_in_lists_of_names(void **state)
{
	(void)state;
	in_a_world(sweep_listed_links);
}

/* Interrupted between the names of files, wherever that is. */
static void sweep_links_resumed(void)
{
	struct sweep_options options = everything();
	struct sweep_outcome whole, resumed;
	char name[64], other[64], *calm, *told;
	int n_killed = 0;

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "/d/a%02d", i);
		snprintf(other, sizeof other, "/d/c%02d", i);
		put(name, i % 2 ? "EVIL" : "nothing");
		must(link(name, other) == 0, 5);
		snprintf(name, sizeof name, "/d/b%02d-slow", i);
		put(name, "SLOW");
	}
	put("/d/a-dies", "CRASH");
	must(link("/d/a-dies", "/d/d-dies") == 0, 5);
	calm = told_of(&options, &whole);
	must(mkdir("/journal", 0700) == 0, 6);
	options.resume_path = "/journal/file";
	options.n_workers = 1;
	for (int run = 0; run < 100; run++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			free(told_of(&options, &resumed));
			_exit(0);
		}
		usleep(300 * 1000 + (unsigned)run * 100 * 1000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		if (WIFEXITED(status))
			break;
		n_killed++;
	}
	told = told_of(&options, &resumed);
	must(n_killed > 0, 7);
	must(resumed.resumed, 8);
	if (strcmp(told, calm) != 0) {
		print_message("told:\n%sexpected:\n%s", told, calm);
		_exit(10);
	}
	/* the journal is a file as well, and quotes what was found */
	must(resumed.n_same == whole.n_same, 11);
	must(resumed.n_seen <= whole.n_seen + 1, 12);
	must(resumed.n_found - whole.n_found <= 1, 13);
}

static void nothing_is_told_twice_over_a_resume(void **state)
{
	(void)state;
	in_a_world(sweep_links_resumed);
}

/* The number of a file that is gone serves another one. */
static void sweep_reused_number(void)
{
	struct sweep_options options = everything();
	struct sweep_outcome outcome;
	char *told;
	pid_t child;

	put("/d/a", "nothing");
	must(link("/d/a", "/d/z") == 0, 5);
	for (int i = 0; i < 12; i++) {
		char name[64];

		snprintf(name, sizeof name, "/d/b%02d-slow", i);
		put(name, "SLOW");
	}
	must(mkdir("/journal", 0700) == 0, 6);
	options.resume_path = "/journal/file";
	options.n_workers = 1;
	child = fork();
	if (child == 0) {
		free(told_of(&options, &outcome));
		_exit(0);
	}
	usleep(700 * 1000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	put("/d/z", "EVIL now"); /* the same number, other content */
	told = told_of(&options, &outcome);
	must(strstr(told, "d/z 8: rule0 x1") != NULL, 10);
}

static void a_changed_file_is_read_under_its_other_name(void **state)
{
	(void)state;
	in_a_world(sweep_reused_number);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_is_mounted_twice_is_read_once),
	    CASE(what_two_paths_show_is_read_once),
	    CASE(a_hard_link_is_told_and_not_read_again),
	    CASE(another_name_is_looked_for_in_lists_of_names),
	    CASE(nothing_is_told_twice_over_a_resume),
	    CASE(a_changed_file_is_read_under_its_other_name),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
