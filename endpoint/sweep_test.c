#include "bytes/test.h"

#include "endpoint/fake_engine.h"
#include "endpoint/sweep_scene.h"
#include "os/map.h"
#include "os/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- what is told ---- */

static void findings_come_in_the_order_of_names(void **state)
{
	struct sweep_options options = scene_options();
	struct sweep_outcome outcome;

	(void)state;
	mkdir(scene_path("b"), 0700);
	scene_put("c", "EVIL");
	scene_put("b/z", "nothing");
	scene_put("b/a", "EVIL and EVIL");
	scene_put("a", "clean");
	scene_put("empty", "");
	outcome = scene_expect(&options, "b/a 13: rule0 x2 5b2f\n"
					 "c 4: rule0 x1 a4ca\n");
	assert_int_equal(outcome.n_seen, 5);
	assert_int_equal(outcome.n_scanned, 5);
	assert_int_equal(outcome.n_found, 2);
	assert_int_equal(outcome.bytes_scanned, 13 + 4 + 5 + 7);
	assert_false(outcome.stopped);
	assert_non_null(strstr(outcome.confinement, "seccomp"));
	assert_non_null(strstr(outcome.confinement, "rlimit"));
}

static void what_is_no_file_is_told_and_not_opened(void **state)
{
	struct sweep_options options = scene_options();
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(mkfifo(scene_path("fifo"), 0600), 0);
	snprintf(name.sun_path, sizeof name.sun_path, "%s", scene_path("socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	close(fd);
	assert_int_equal(symlink("nowhere", scene_path("link")), 0);
	assert_int_equal(symlink("round", scene_path("round")), 0);
	scene_put("one\ntwo", "EVIL");
	scene_put("b\xff\x80", "EVIL");
	struct sweep_outcome outcome =
	    scene_expect(&options, "b\\xff\\x80 4: rule0 x1 a4ca\n"
				   "fifo gap not-a-file\n"
				   "one\\x0atwo 4: rule0 x1 a4ca\n"
				   "socket gap not-a-file\n");
	assert_int_equal(outcome.n_links, 2);
}

/* Each 64 of them used to cost a turn of 50 ms. */
static void what_needs_no_worker_is_not_waited_for(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_outcome outcome;
	char name[16];

	(void)state;
	for (int i = 0; i < 3200; i++) {
		snprintf(name, sizeof name, "%d", i);
		assert_int_equal(mkfifo(scene_path(name), 0600), 0);
	}
	outcome = scene_run(&options, &told);
	assert_int_equal(told.n_gaps, 3200);
	assert_true(outcome.seconds < 1.5);
	buffer_free(&told.text);
}

static void a_named_path_is_never_passed_over(void **state)
{
	struct sweep_options options = scene_options();
	char missing[104], loop[104], null[] = "/dev/null", file[104], link[104];

	(void)state;
	scene_put("file", "EVIL");
	assert_int_equal(symlink("file", scene_path("link")), 0);
	assert_int_equal(symlink("loop", scene_path("loop")), 0);
	snprintf(missing, sizeof missing, "%s", scene_path("missing"));
	snprintf(loop, sizeof loop, "%s", scene_path("loop"));
	snprintf(file, sizeof file, "%s", scene_path("file"));
	snprintf(link, sizeof link, "%s", scene_path("link"));
	scene_paths[0] = missing, scene_paths[1] = loop, scene_paths[2] = link,
	scene_paths[3] = file;
	options.n_paths = 3;
	scene_expect(&options, "missing gap vanished\n"
			       "loop gap loop\n"
			       "link 4: rule0 x1 a4ca\n");
	/* the same file once, and once for each name to who asks for just that */
	options.n_paths = 4;
	struct sweep_outcome outcome =
	    scene_expect(&options, "missing gap vanished\n"
				   "loop gap loop\n"
				   "link 4: rule0 x1 a4ca\n");
	assert_int_equal(outcome.n_found, 1);
	options.literal = true;
	scene_expect(&options, "missing gap vanished\n"
			       "loop gap loop\n"
			       "link 4: rule0 x1 a4ca\n"
			       "file 4: rule0 x1 a4ca\n");
	options.literal = false;
	scene_paths[0] = null;
	options.n_paths = 1;
	struct scene_told told = {0};
	scene_run(&options, &told);
	assert_int_equal(told.n_gaps, 1);
	assert_int_equal(told.n_objects, 0);
	buffer_free(&told.text);
}

static void links_are_followed_when_asked_but_not_in_circles(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	mkdir(scene_path("a"), 0700);
	scene_put("a/file", "EVIL");
	assert_int_equal(symlink("..", scene_path("a/up")), 0);
	assert_int_equal(symlink("a/file", scene_path("b")), 0);
	assert_int_equal(symlink("nothing", scene_path("dangling")), 0);
	options.follow_links = true;
	struct sweep_outcome outcome =
	    scene_expect(&options, "a/file 4: rule0 x1 a4ca\n"
				   "a/up gap loop\n"
				   "b 4: rule0 x1 a4ca\n");
	assert_int_equal(outcome.n_links, 1); /* the one that leads nowhere */
}

static void only_this_folder_when_not_recursive(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	mkdir(scene_path("a"), 0700);
	scene_put("a/file", "EVIL");
	scene_put("b", "EVIL");
	options.recursive = false;
	scene_expect(&options, "b 4: rule0 x1 a4ca\n");
}

static void limits_on_size_and_holes_are_gaps(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	scene_put("large", "EVIL but larger than the limit");
	scene_put("small", "EVIL");
	scene_put("sparse", "EVIL");
	assert_int_equal(truncate(scene_path("sparse"), 1 << 30), 0);
	options.max_holes = 1 << 20;
	options.max_file_size = 16;
	scene_expect(&options, "large gap too-large\n"
			       "small 4: rule0 x1 a4ca\n"
			       "sparse gap too-large\n");
	options.max_file_size = UINT64_MAX;
	scene_expect(&options, "large 30: rule0 x1 a7a5\n"
			       "small 4: rule0 x1 a4ca\n"
			       "sparse gap sparse\n");
}

static void a_named_file_may_be_spared_the_limit(void **state)
{
	struct sweep_options options = scene_options();
	char named[104], folder[104];

	(void)state;
	mkdir(scene_path("a"), 0700);
	scene_put("a/large", "EVIL but larger than the limit");
	scene_put("large", "EVIL but larger than the limit");
	snprintf(named, sizeof named, "%s", scene_path("large"));
	snprintf(folder, sizeof folder, "%s", scene_path("a"));
	scene_paths[0] = named, scene_paths[1] = folder;
	options.n_paths = 2;
	options.max_file_size = 16;
	options.spare_named = true;
	scene_expect(&options, "large 30: rule0 x1 a7a5\n"
			       "a/large gap too-large\n");
	options.max_file_size = 0; /* nothing but empty files */
	scene_expect(&options, "large 30: rule0 x1 a7a5\n"
			       "a/large gap too-large\n");
}

static void a_mapped_file_is_read_to_its_end(void **state)
{
	struct sweep_options options = scene_options();
	enum { LARGE = 3 << 20 };
	char *data = calloc(1, LARGE);
	struct scene_told told = {0};

	(void)state;
	memcpy(data, "EVIL", 4);
	memcpy(data + LARGE - 4, "EVIL", 4);
	scene_put_bytes("large", data, LARGE);
	free(data);
	scene_run(&options, &told);
	assert_non_null(strstr((char *)told.text.data, "large 3145728: rule0 x2 "));
	buffer_free(&told.text);
}

static void a_folder_deeper_than_any_path_is_swept(void **state)
{
	struct sweep_options options = scene_options();
	int at = open(scene_top, O_RDONLY | O_DIRECTORY), fd;
	struct scene_told told = {0};
	enum { DEEP = 600 };

	(void)state;
	for (int i = 0; i < DEEP; i++) {
		assert_int_equal(mkdirat(at, "a-folder-with-a-name", 0700), 0);
		int next = openat(at, "a-folder-with-a-name", O_RDONLY | O_DIRECTORY);
		/* each level has a file behind the folder: the way back up counts too */
		fd = openat(at, "z", O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(fd, "EVIL", 4), 4);
		close(fd);
		close(at);
		at = next;
	}
	close(at);
	scene_run(&options, &told);
	assert_int_equal(told.n_objects, DEEP);
	assert_int_equal(told.n_gaps, 0);
	buffer_free(&told.text);
	/* nftw(3) cannot go that deep */
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s/*", scene_top);
	assert_int_equal(system(command), 0);
}

/* ---- hostile objects ---- */

static void an_object_that_kills_is_hashed_and_the_rest_is_swept(void **state)
{
	struct sweep_options options = scene_options();
	struct sweep_outcome outcome;
	char name[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "f%02d", i);
		scene_put(name, i == 7    ? "CRASH"
				: i == 20 ? "EVIL LIE"
				: i % 10  ? ""
					  : "EVIL");
	}
	outcome = scene_expect(&options, "f00 4: rule0 x1 a4ca\n"
					 "f07 gap died 6f93\n"
					 "f10 4: rule0 x1 a4ca\n"
					 "f20 gap died aa80\n"
					 "f30 4: rule0 x1 a4ca\n");
	assert_int_equal(outcome.n_seen, 40);
	assert_int_equal(outcome.n_scanned, 38);
	assert_true(outcome.n_deaths >= 4);
}

static void an_object_that_hangs_costs_only_itself(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	scene_put("a", "HANG");
	scene_put("b", "EVIL");
	options.n_workers = 1;
	options.worker.timeout_ms = 1;
	scene_expect(&options, "a gap died b143\n"
			       "b 4: rule0 x1 a4ca\n");
}

static void a_worker_can_do_nothing_but_answer(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	scene_put("a", "ESCAPE");
	scene_expect(&options, "a 6: [tried]\n");
	assert_int_not_equal(access("raquet-escaped", F_OK), 0);
}

static void a_few_files_need_one_worker_and_many_need_all(void **state)
{
	struct sweep_options options = scene_options();
	char name[16];

	(void)state;
	options.n_workers = 4;
	assert_int_equal(scene_expect(&options, "").n_workers, 1);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "%03d", i);
		scene_put(name, "clean");
		if (i == 9)
			assert_int_equal(scene_expect(&options, "").n_workers, 1);
	}
	assert_int_equal(scene_expect(&options, "").n_workers, 4);
}

static void a_worker_retires_and_nothing_is_lost(void **state)
{
	struct sweep_options options = scene_options();
	struct sweep_outcome outcome;
	struct scene_told told = {0};
	char name[16];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "f%03d", i);
		scene_put(name, "EVIL");
	}
	options.worker.max_objects = 10;
	outcome = scene_run(&options, &told);
	assert_int_equal(told.n_objects, 500);
	assert_int_equal(outcome.n_deaths, 0);
	buffer_free(&told.text);
}

static void a_worker_that_waits_for_the_rules_is_the_first(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct process *early;

	(void)state;
	scene_put("a", "EVIL");
	options.n_workers = 1;
	options.early = &early;
	for (int is_dead = 0; is_dead < 2; is_dead++) {
		struct sweep_outcome outcome;

		assert_int_equal(process_start_worker(&early, NULL), RQ_OK);
		if (is_dead)
			process_kill(early);
		outcome = scene_run(&options, &told);
		assert_null(early);
		assert_int_equal(told.n_objects, is_dead + 1);
		assert_int_equal(outcome.n_deaths, is_dead);
	}
	buffer_free(&told.text);
}

static void a_worker_alone_refuses(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(system("exec 3<&- 4<&-; /proc/$PPID/exe worker")),
			 2);
	/* a socket is not enough: something that is no rule set makes it leave too */
	assert_int_not_equal(system("/proc/$PPID/exe worker 3<>/dev/null 4</dev/null"),
			     0);
}

static void rules_that_cannot_be_opened_stop_the_sweep(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;
	struct rq_diag diag = {0};

	(void)state;
	assert_int_equal(map_seal(BYTES_LITERAL("other rules"), &options.sealed, NULL),
			 RQ_OK);
	assert_int_equal(sweep_run(&options, &sink, &outcome, &diag), RQ_ERR_PEER);
	assert_non_null(strstr(diag.what, "the worker ends before it is ready"));
	file_close(&options.sealed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(findings_come_in_the_order_of_names),
	    CASE(what_is_no_file_is_told_and_not_opened),
	    CASE(what_needs_no_worker_is_not_waited_for),
	    CASE(a_named_path_is_never_passed_over),
	    CASE(links_are_followed_when_asked_but_not_in_circles),
	    CASE(only_this_folder_when_not_recursive),
	    CASE(limits_on_size_and_holes_are_gaps),
	    CASE(a_named_file_may_be_spared_the_limit),
	    CASE(a_mapped_file_is_read_to_its_end),
	    CASE(a_folder_deeper_than_any_path_is_swept),
	    CASE(an_object_that_kills_is_hashed_and_the_rest_is_swept),
	    CASE(an_object_that_hangs_costs_only_itself),
	    CASE(a_worker_can_do_nothing_but_answer),
	    CASE(a_few_files_need_one_worker_and_many_need_all),
	    CASE(a_worker_retires_and_nothing_is_lost),
	    CASE(a_worker_that_waits_for_the_rules_is_the_first),
	    CASE(a_worker_alone_refuses),
	    CASE(rules_that_cannot_be_opened_stop_the_sweep),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
