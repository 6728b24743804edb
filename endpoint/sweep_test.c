#include "bytes/test.h"

#include "endpoint/fake_engine.h"
#include "endpoint/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- a folder to sweep, and a listener that writes down what is told ---- */

static char top[64];

static int make_top(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-sweep-XXXXXX");
	return mkdtemp(top) == NULL;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static int remove_top(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *below(const char *name)
{
	static char path[100];

	snprintf(path, sizeof path, "%s/%s", top, name);
	return path;
}

static void put_bytes(const char *name, const char *data, size_t n)
{
	int fd = open(below(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	close(fd);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

struct told {
	struct buffer text;
	size_t n_objects, n_gaps;
};

static void put_path(struct told *told, struct bytes path)
{
	size_t n = strlen(top);

	for (size_t i = path.n > n ? n + 1 : 0; i < path.n; i++)
		if (path.at[i] == '\n' || path.at[i] >= 0x80)
			buffer_format(&told->text, "\\x%02x", path.at[i]);
		else
			buffer_u8(&told->text, path.at[i]);
}

static void hear_object(void *listener, const struct sweep_object *object)
{
	struct told *told = listener;
	const struct worker_answer *answer = object->answer;

	told->n_objects++;
	put_path(told, object->path);
	buffer_format(&told->text, " %llu:", (unsigned long long)object->size);
	for (size_t i = 0; i < answer->n_rules; i++) {
		buffer_format(&told->text, " rule%u", answer->rules[i].rule);
		for (size_t k = 0; k < answer->rules[i].n_strings; k++)
			buffer_format(&told->text, " x%zu",
				      answer->rules[i].strings[k].n_matches);
	}
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		if (answer->gaps >> i & 1)
			buffer_format(&told->text, " gap%u", i);
	for (size_t i = 0; i < answer->n_console; i++)
		buffer_format(&told->text, " [%.*s]", (int)answer->console[i].n,
			      (const char *)answer->console[i].at);
	if (answer->has_sha256)
		buffer_format(&told->text, " %02x%02x", answer->sha256[0],
			      answer->sha256[1]);
	buffer_text(&told->text, "\n");
}

static void hear_gap(void *listener, const struct sweep_gap *gap)
{
	static const char *const names[] = {
	    "unreadable",    "io-error",   "vanished", "changed", "too-large",
	    "sparse",        "not-a-file", "loop",     "network", "timeout",
	    "stopped",       "matches",    "complex",  "memory",  "died",
	    "rules-refused", "listing"};
	struct told *told = listener;

	told->n_gaps++;
	put_path(told, gap->path);
	buffer_format(&told->text, " gap %s", names[gap->reason]);
	if (gap->sha256 != NULL)
		buffer_format(&told->text, " %02x%02x", gap->sha256[0], gap->sha256[1]);
	buffer_text(&told->text, "\n");
}

static const char *paths[8];

static struct sweep_options options_for(const char *path)
{
	struct sweep_options options;

	sweep_options_default(&options);
	paths[0] = path;
	options.paths = paths;
	options.n_paths = 1;
	options.n_workers = 2;
	options.image = BYTES_LITERAL("fake rules");
	options.n_rules = FAKE_N_RULES;
	return options;
}

static struct sweep_outcome sweep(const struct sweep_options *options,
				  struct told *told)
{
	struct sweep_sink sink = {
	    .listener = told, .object = hear_object, .gap = hear_gap};
	struct sweep_outcome outcome;
	struct rq_diag diag = {0};
	enum rq_err err = sweep_run(options, &sink, &outcome, &diag);

	if (err != RQ_OK)
		fail_msg("sweep: %s: %s %s", rq_err_text(err), diag.where, diag.what);
	buffer_u8(&told->text, 0);
	return outcome;
}

static struct sweep_outcome expect(const struct sweep_options *options,
				   const char *text)
{
	struct told told = {0};
	struct sweep_outcome outcome = sweep(options, &told);

	assert_string_equal(told.text.data, text);
	buffer_free(&told.text);
	return outcome;
}

/* ---- what is told ---- */

static void findings_come_in_the_order_of_names(void **state)
{
	struct sweep_options options = options_for(top);
	struct sweep_outcome outcome;

	(void)state;
	mkdir(below("b"), 0700);
	put("c", "EVIL");
	put("b/z", "nothing");
	put("b/a", "EVIL and EVIL");
	put("a", "clean");
	put("empty", "");
	outcome = expect(&options, "b/a 13: rule0 x2 5b2f\n"
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
	struct sweep_options options = options_for(top);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(mkfifo(below("fifo"), 0600), 0);
	snprintf(name.sun_path, sizeof name.sun_path, "%s", below("socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	close(fd);
	assert_int_equal(symlink("nowhere", below("link")), 0);
	assert_int_equal(symlink("round", below("round")), 0);
	put("one\ntwo", "EVIL");
	put("b\xff\x80", "EVIL");
	struct sweep_outcome outcome = expect(&options, "b\\xff\\x80 4: rule0 x1 a4ca\n"
							"fifo gap not-a-file\n"
							"one\\x0atwo 4: rule0 x1 a4ca\n"
							"socket gap not-a-file\n");
	assert_int_equal(outcome.n_links, 2);
}

static void a_named_path_is_never_passed_over(void **state)
{
	struct sweep_options options = options_for(top);
	char missing[104], loop[104], null[] = "/dev/null", file[104], link[104];

	(void)state;
	put("file", "EVIL");
	assert_int_equal(symlink("file", below("link")), 0);
	assert_int_equal(symlink("loop", below("loop")), 0);
	snprintf(missing, sizeof missing, "%s", below("missing"));
	snprintf(loop, sizeof loop, "%s", below("loop"));
	snprintf(file, sizeof file, "%s", below("file"));
	snprintf(link, sizeof link, "%s", below("link"));
	paths[0] = missing, paths[1] = loop, paths[2] = file, paths[3] = link;
	options.n_paths = 4;
	expect(&options, "missing gap vanished\n"
			 "loop gap loop\n"
			 "file 4: rule0 x1 a4ca\n"
			 "link 4: rule0 x1 a4ca\n");
	paths[0] = null;
	options.n_paths = 1;
	struct told told = {0};
	sweep(&options, &told);
	assert_int_equal(told.n_gaps, 1);
	assert_int_equal(told.n_objects, 0);
	buffer_free(&told.text);
}

static void links_are_followed_when_asked_but_not_in_circles(void **state)
{
	struct sweep_options options = options_for(top);

	(void)state;
	mkdir(below("a"), 0700);
	put("a/file", "EVIL");
	assert_int_equal(symlink("..", below("a/up")), 0);
	assert_int_equal(symlink("a/file", below("b")), 0);
	options.follow_links = true;
	expect(&options, "a/file 4: rule0 x1 a4ca\n"
			 "a/up gap loop\n"
			 "b 4: rule0 x1 a4ca\n");
}

static void only_this_folder_when_not_recursive(void **state)
{
	struct sweep_options options = options_for(top);

	(void)state;
	mkdir(below("a"), 0700);
	put("a/file", "EVIL");
	put("b", "EVIL");
	options.recursive = false;
	expect(&options, "b 4: rule0 x1 a4ca\n");
}

static void limits_on_size_and_holes_are_gaps(void **state)
{
	struct sweep_options options = options_for(top);

	(void)state;
	put("large", "EVIL but larger than the limit");
	put("small", "EVIL");
	put("sparse", "EVIL");
	assert_int_equal(truncate(below("sparse"), 1 << 30), 0);
	options.max_holes = 1 << 20;
	options.max_file_size = 16;
	expect(&options, "large gap too-large\n"
			 "small 4: rule0 x1 a4ca\n"
			 "sparse gap too-large\n");
	options.max_file_size = 0;
	expect(&options, "large 30: rule0 x1 a7a5\n"
			 "small 4: rule0 x1 a4ca\n"
			 "sparse gap sparse\n");
}

static void a_mapped_file_is_read_to_its_end(void **state)
{
	struct sweep_options options = options_for(top);
	enum { LARGE = 3 << 20 };
	char *data = calloc(1, LARGE);
	struct told told = {0};

	(void)state;
	memcpy(data, "EVIL", 4);
	memcpy(data + LARGE - 4, "EVIL", 4);
	put_bytes("large", data, LARGE);
	free(data);
	sweep(&options, &told);
	assert_non_null(strstr((char *)told.text.data, "large 3145728: rule0 x2 "));
	buffer_free(&told.text);
}

static void a_folder_deeper_than_any_path_is_swept(void **state)
{
	struct sweep_options options = options_for(top);
	int at = open(top, O_RDONLY | O_DIRECTORY), fd;
	struct told told = {0};
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
	sweep(&options, &told);
	assert_int_equal(told.n_objects, DEEP);
	assert_int_equal(told.n_gaps, 0);
	buffer_free(&told.text);
	/* nftw(3) cannot go that deep */
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s/*", top);
	assert_int_equal(system(command), 0);
}

/* ---- hostile objects ---- */

static void an_object_that_kills_is_hashed_and_the_rest_is_swept(void **state)
{
	struct sweep_options options = options_for(top);
	struct sweep_outcome outcome;
	char name[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "f%02d", i);
		put(name, i == 7    ? "CRASH"
			  : i == 20 ? "EVIL LIE"
			  : i % 10  ? ""
				    : "EVIL");
	}
	outcome = expect(&options, "f00 4: rule0 x1 a4ca\n"
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
	struct sweep_options options = options_for(top);

	(void)state;
	put("a", "HANG");
	put("b", "EVIL");
	options.n_workers = 1;
	options.worker.timeout_ms = 1;
	expect(&options, "a gap died b143\n"
			 "b 4: rule0 x1 a4ca\n");
}

static void a_worker_can_do_nothing_but_answer(void **state)
{
	struct sweep_options options = options_for(top);

	(void)state;
	put("a", "ESCAPE");
	expect(&options, "a 6: [tried]\n");
	assert_int_not_equal(access("raquet-escaped", F_OK), 0);
}

static void a_worker_retires_and_nothing_is_lost(void **state)
{
	struct sweep_options options = options_for(top);
	struct sweep_outcome outcome;
	struct told told = {0};
	char name[16];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "f%03d", i);
		put(name, "EVIL");
	}
	options.worker.max_objects = 10;
	outcome = sweep(&options, &told);
	assert_int_equal(told.n_objects, 500);
	assert_int_equal(outcome.n_deaths, 0);
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
	struct sweep_options options = options_for(top);
	struct told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = hear_object, .gap = hear_gap};
	struct sweep_outcome outcome;
	struct rq_diag diag = {0};

	(void)state;
	options.image = BYTES_LITERAL("other rules");
	assert_int_equal(sweep_run(&options, &sink, &outcome, &diag), RQ_ERR_PEER);
	assert_non_null(strstr(diag.what, "the worker ends before it is ready"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_top, remove_top)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(findings_come_in_the_order_of_names),
	    CASE(what_is_no_file_is_told_and_not_opened),
	    CASE(a_named_path_is_never_passed_over),
	    CASE(links_are_followed_when_asked_but_not_in_circles),
	    CASE(only_this_folder_when_not_recursive),
	    CASE(limits_on_size_and_holes_are_gaps),
	    CASE(a_mapped_file_is_read_to_its_end),
	    CASE(a_folder_deeper_than_any_path_is_swept),
	    CASE(an_object_that_kills_is_hashed_and_the_rest_is_swept),
	    CASE(an_object_that_hangs_costs_only_itself),
	    CASE(a_worker_can_do_nothing_but_answer),
	    CASE(a_worker_retires_and_nothing_is_lost),
	    CASE(a_worker_alone_refuses),
	    CASE(rules_that_cannot_be_opened_stop_the_sweep),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
