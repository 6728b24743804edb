/* What a sweep survives: workers killed at random, its own death at any moment. */
#include "bytes/test.h"

#include "crypto/digest.h"
#include "endpoint/fake_engine.h"
#include "endpoint/sweep_scene.h"
#include "indicator/read.h"
#include "indicator/table.h"
#include "os/host.h"
#include "os/map.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N_FOLDERS = 20, N_FILES = 100 };

static void fill(const char *filler)
{
	char name[64], text[64];

	for (int d = 0; d < N_FOLDERS; d++) {
		snprintf(name, sizeof name, "d%02d", d);
		scene_folder(name);
		for (int i = 0; i < N_FILES; i++) {
			snprintf(name, sizeof name, "d%02d/f%02d", d, i);
			snprintf(text, sizeof text, "%s%s %d",
				 i % 9 == 0 ? "EVIL " : "", filler, i);
			scene_put(name, text);
		}
	}
	assert_int_equal(symlink("d00", scene_path("link")), 0);
	assert_int_equal(mkfifo(scene_path("d05/fifo"), 0600), 0);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* One child of pid, chosen by number; 0 when there is none. */
static pid_t child_of(pid_t pid, unsigned choice)
{
	char path[64], list[1024] = "", *end;
	pid_t children[64];
	unsigned n = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return 0;
	for (char *at = fgets(list, sizeof list, f); at != NULL && n < 64; at = end) {
		children[n] = (pid_t)strtol(at, &end, 10);
		if (end == at)
			break;
		n++;
	}
	fclose(f);
	return n == 0 ? 0 : children[choice % n];
}

/* Kills the children of its parent, but not itself, until it is killed. */
static pid_t start_killer(long pause_ms, int number)
{
	pid_t parent = getpid(), killer = fork();

	if (killer != 0)
		return killer;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 7;; i = i * 1103515245 + 12345) {
		pid_t victim = child_of(parent, i >> 16);

		if (victim > 0 && victim != getpid())
			kill(victim, number);
		sleep_ms(pause_ms);
	}
}

static void stop_killer(pid_t killer)
{
	kill(killer, SIGKILL);
	waitpid(killer, NULL, 0);
}

static void workers_killed_at_random_lose_nothing(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told calm = {0}, stormy = {0};
	struct sweep_outcome outcome;
	pid_t killer;

	(void)state;
	fill("quick");
	scene_put("d03/slow", "SLOW EVIL");
	scene_put("d13/slow", "SLOW EVIL");
	outcome = scene_run(&options, &calm);
	/* on a slow machine the next worker takes longer to start */
	killer = start_killer(23 + (long)(outcome.seconds * 50), SIGKILL);
	outcome = scene_run(&options, &stormy);
	stop_killer(killer);
	/* any file may be killed twice while alone, a slow one easily: then it is a gap */
	assert_true(stormy.n_objects <= calm.n_objects);
	assert_true(stormy.n_gaps >= calm.n_gaps + calm.n_objects - stormy.n_objects);
	assert_int_equal(outcome.n_seen, N_FOLDERS * N_FILES + 3);
	assert_true(outcome.n_deaths > 0);
	if (stormy.n_gaps == calm.n_gaps)
		assert_string_equal(stormy.text.data, calm.text.data);
	buffer_free(&calm.text);
	buffer_free(&stormy.text);
}

static void the_number_of_workers_changes_nothing(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told one = {0}, many = {0};

	(void)state;
	fill("quick");
	options.n_workers = 1;
	scene_run(&options, &one);
	options.n_workers = 7;
	scene_run(&options, &many);
	assert_string_equal(one.text.data, many.text.data);
	buffer_free(&one.text);
	buffer_free(&many.text);
}

static void a_killed_sweep_goes_on_where_it_was(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told whole = {0}, resumed = {0};
	struct sweep_outcome outcome, first;
	char journal[80];
	int n_killed = 0;

	(void)state;
	fill("quick");
	for (int d = 0; d < N_FOLDERS; d++) {
		char name[64];

		snprintf(name, sizeof name, "d%02d/m-slow", d);
		scene_put(name, "SLOW EVIL");
	}
	first = scene_run(&options, &whole);
	snprintf(journal, sizeof journal, "%s.journal", scene_top);
	options.resume_path = journal;
	for (int run = 0; run < 100; run++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			struct scene_told unheard = {0};

			scene_run(&options, &unheard);
			_exit(0);
		}
		sleep_ms(150 + run * 37 % 200);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		if (WIFEXITED(status))
			break;
		n_killed++;
	}
	assert_true(n_killed > 2);
	outcome = scene_run(&options, &resumed);
	assert_string_equal(resumed.text.data, whole.text.data);
	assert_int_equal(outcome.n_seen, first.n_seen);
	assert_int_equal(outcome.n_found, first.n_found);
	assert_int_equal(outcome.bytes_seen, first.bytes_seen);
	assert_true(outcome.resumed);
	unlink(journal);
	buffer_free(&whole.text);
	buffer_free(&resumed.text);
}

/* Raised at the first finding, one behind the other. */
static int raised[3], n_raised;

static void raise_interrupt(void *listener, const struct sweep_object *object)
{
	scene_hear_object(listener, object);
	for (int i = 0; i < n_raised; i++)
		raise(raised[i]);
	n_raised = 0;
}

/* In a process of its own: the flag of the interruption is never taken back. */
static int run_interrupted(const struct sweep_options *options)
{
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = raise_interrupt, .gap = scene_hear_gap};
	struct sweep_outcome outcome;

	host_catch_interrupt();
	if (sweep_run(options, &sink, &outcome, NULL) != RQ_OK || !outcome.stopped)
		return 1;
	if (outcome.n_gaps[GAP_STOPPED] == 0 || told.n_objects == 0)
		return 2;
	/* each object that was met is told or counted, nothing is called clean unread */
	return outcome.n_scanned + outcome.n_gaps[GAP_STOPPED] < outcome.n_seen ? 3 : 0;
}

/* How a sweep ends that gets these signals. */
static int end_of_interrupted(const struct sweep_options *options, int n,
			      const int *numbers)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		for (n_raised = 0; n_raised < n; n_raised++)
			raised[n_raised] = numbers[n_raised];
		_exit(run_interrupted(options));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_second_signal_changes_nothing_and_a_third_ends_it(void **state)
{
	struct sweep_options options = scene_options();

	(void)state;
	fill("quick");
	scene_put("d02/slow", "SLOW EVIL");
	assert_int_equal(end_of_interrupted(&options, 1, (int[]){SIGTERM}), 0);
	assert_int_equal(end_of_interrupted(&options, 1, (int[]){SIGHUP}), 0);
	assert_int_equal(end_of_interrupted(&options, 2, (int[]){SIGTERM, SIGINT}), 0);
	assert_int_equal(end_of_interrupted(&options, 2, (int[]){SIGINT, SIGINT}), 0);
	assert_int_equal(
	    end_of_interrupted(&options, 3, (int[]){SIGINT, SIGTERM, SIGINT}), 130);
}

static void an_interrupted_sweep_says_so_and_can_go_on(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told whole = {0}, resumed = {0};
	char journal[80];

	(void)state;
	fill("quick");
	scene_put("d02/slow", "SLOW EVIL");
	scene_run(&options, &whole);
	snprintf(journal, sizeof journal, "%s.journal", scene_top);
	options.resume_path = journal;
	assert_int_equal(end_of_interrupted(&options, 1, (int[]){SIGINT}), 0);
	scene_run(&options, &resumed);
	assert_string_equal(resumed.text.data, whole.text.data);
	buffer_free(&resumed.text);
	/* complete: only told again */
	resumed = (struct scene_told){0};
	scene_run(&options, &resumed);
	assert_string_equal(resumed.text.data, whole.text.data);
	unlink(journal);
	buffer_free(&whole.text);
	buffer_free(&resumed.text);
}

static void a_time_limit_is_a_stop(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_outcome outcome;
	char name[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "s%02d", i);
		scene_put(name, "SLOW EVIL");
	}
	options.n_workers = 1;
	options.time_limit_ms = 300;
	outcome = scene_run(&options, &told);
	assert_true(outcome.stopped);
	assert_true(outcome.n_gaps[GAP_STOPPED] > 0);
	assert_int_equal(outcome.n_found + outcome.n_gaps[GAP_STOPPED], 40);
	buffer_free(&told.text);
}

static void a_journal_of_other_rules_is_refused(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;
	char journal[80];

	(void)state;
	scene_put("a", "EVIL");
	snprintf(journal, sizeof journal, "%s.journal", scene_top);
	options.resume_path = journal;
	scene_run(&options, &told);
	options.content_sha256[0] = 1;
	assert_int_equal(sweep_run(&options, &sink, &outcome, NULL), RQ_ERR_FORMAT);
	options.content_sha256[0] = 0;
	options.max_file_size = 1;
	assert_int_equal(sweep_run(&options, &sink, &outcome, NULL), RQ_ERR_FORMAT);
	unlink(journal);
	buffer_free(&told.text);
}

/* In another folder the same name is another tree: its files would be passed over. */
static void a_journal_of_another_folder_is_refused(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;
	const char *here = ".";
	char journal[80], other[80], *start = getcwd(NULL, 0);

	(void)state;
	scene_put("a", "EVIL");
	snprintf(journal, sizeof journal, "%s.journal", scene_top);
	snprintf(other, sizeof other, "%s/d", scene_top);
	assert_int_equal(mkdir(other, 0700), 0);
	scene_put("d/b", "EVIL");
	options.resume_path = journal;
	options.paths = &here;
	assert_int_equal(chdir(scene_top), 0);
	assert_int_equal(scene_run(&options, &told).n_found, 2);
	assert_int_equal(chdir(other), 0);
	assert_int_equal(sweep_run(&options, &sink, &outcome, NULL), RQ_ERR_FORMAT);
	assert_int_equal(chdir(start), 0);
	free(start);
	unlink(journal);
	buffer_free(&told.text);
}

static void what_is_no_journal_is_refused_and_kept(void **state)
{
	static const char *const texts[] = {"a list of mine", "RQRESUn", "R\n", "\n"};
	static const char *const cut[] = {"", "RQ", "RQRESUM"};
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;
	char journal[80], got[32];

	(void)state;
	scene_put("a", "EVIL");
	snprintf(journal, sizeof journal, "%s/journal", scene_top);
	options.resume_path = journal;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		FILE *file;

		scene_put("journal", texts[i]);
		assert_int_equal(sweep_run(&options, &sink, &outcome, NULL),
				 RQ_ERR_FORMAT);
		file = fopen(journal, "r");
		got[fread(got, 1, sizeof got - 1, file)] = 0;
		fclose(file);
		assert_string_equal(got, texts[i]);
	}
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
		scene_put("journal", cut[i]);
		assert_int_equal(scene_run(&options, &told).n_found, 1);
	}
	buffer_free(&told.text);
}

static void a_share_of_the_processor_is_kept(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_outcome outcome;

	(void)state;
	for (int i = 0; i < 12; i++)
		scene_put((char[]){'a' + (char)i, 0}, "SLOW");
	options.max_cpu = 20;
	outcome = scene_run(&options, &told);
	/* 1.2 s of work on 20 % of the processors, less what is given on account */
	assert_true(outcome.seconds > 1.0 / 0.2 / host_n_cpus() * 0.9);
	assert_int_equal(outcome.n_scanned, 12);
	buffer_free(&told.text);
}

static void somebody_is_at_work(void *context, struct load *load)
{
	(void)context;
	*load = (struct load){.knows_input = true};
}

/* Its work is longer than the slot that a person at work leaves it. */
static void a_polite_sweep_of_files_stands_still_and_loses_nothing(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_outcome outcome;
	struct governor governor;

	(void)state;
	for (int i = 0; i < 3; i++)
		scene_put((char[]){'a' + (char)i, 0}, "SLOW");
	scene_put("z", "EVIL");
	options.n_workers = 1;
	governor_init(&governor, somebody_is_at_work, NULL);
	options.governor = &governor;
	outcome = scene_run(&options, &told);
	assert_int_equal(outcome.n_scanned, 4);
	assert_int_equal(outcome.n_found, 1);
	assert_true(outcome.seconds_yielded > 0.5);
	assert_true(outcome.seconds_yielded < outcome.seconds);
	buffer_free(&told.text);
}

/* A file that is cut short again and again while it is read. */
static void a_shrinking_file_is_a_gap_and_the_sweep_goes_on(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	enum { LARGE = 64 << 20 };
	int n_runs = 0;
	pid_t shrinker;

	(void)state;
	scene_put("b-large", "EVIL");
	scene_put("c", "EVIL");
	assert_int_equal(truncate(scene_path("b-large"), LARGE), 0);
	shrinker = fork();
	if (shrinker == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (truncate(scene_path("b-large"), 1 << 20) != 0 ||
			    truncate(scene_path("b-large"), LARGE) != 0)
				_exit(1);
	}
	sleep_ms(20);
	/* on a busy machine it may not have had its turn while the file was read */
	do {
		buffer_clear(&told.text);
		scene_run(&options, &told);
	} while (strstr((char *)told.text.data, "gap3") == NULL && ++n_runs < 200);
	stop_killer(shrinker);
	assert_non_null(strstr((char *)told.text.data, "b-large"));
	assert_non_null(strstr((char *)told.text.data, "gap3"));
	assert_non_null(strstr((char *)told.text.data, "c 4: rule0 x1"));
	buffer_free(&told.text);
}

/* ---- files that do not stand still ---- */

static void a_growing_file_is_a_gap_beside_what_was_found(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	pid_t grower;

	(void)state;
	/* it is opened with the first, and read behind them */
	for (int i = 0; i < 4; i++)
		scene_put((char[]){'a' + (char)i, 0}, "SLOW");
	scene_put("z-grows", "EVIL");
	options.n_workers = 1;
	grower = fork();
	if (grower == 0) {
		FILE *file = fopen(scene_path("z-grows"), "ab");

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (file != NULL && fputc('x', file) != EOF && fflush(file) == 0)
			sleep_ms(5);
		_exit(1);
	}
	sleep_ms(20);
	scene_run(&options, &told);
	stop_killer(grower);
	assert_non_null(strstr((char *)told.text.data, " rule0 x1 gap3"));
	buffer_free(&told.text);
}

static void remove_the_last(void *listener, const struct sweep_object *object)
{
	scene_hear_object(listener, object);
	unlink(scene_path("d19/f99"));
}

static void a_file_that_vanishes_is_a_gap(void **state)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = remove_the_last, .gap = scene_hear_gap};
	struct sweep_outcome outcome;

	(void)state;
	/* more than is opened ahead, in one folder, which is listed at once */
	scene_folder("d19");
	for (int i = 0; i < 1000; i++) {
		char name[32];

		snprintf(name, sizeof name, "d19/a%03d", i);
		scene_put(name, i == 0 ? "EVIL" : "nothing");
	}
	scene_put("d19/f99", "EVIL");
	assert_int_equal(sweep_run(&options, &sink, &outcome, NULL), RQ_OK);
	assert_int_equal(outcome.n_gaps[GAP_VANISHED], 1);
	assert_int_equal(outcome.n_seen, 1001);
	buffer_u8(&told.text, 0);
	assert_non_null(strstr((char *)told.text.data, "d19/f99 gap vanished"));
	buffer_free(&told.text);
}

/* ---- files of others ---- */

enum { NOBODY = 65534, NO_WORKERS = 77 };

static int run_as_nobody(void)
{
	struct sweep_options options = scene_options();
	struct scene_told told = {0};
	struct sweep_sink sink = {
	    .listener = &told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;

	if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ||
	    access("/proc/self/exe", X_OK) != 0 ||
	    sweep_run(&options, &sink, &outcome, NULL) != RQ_OK)
		return NO_WORKERS;
	buffer_u8(&told.text, 0);
	if (strcmp((char *)told.text.data, "closed gap unreadable\n"
					   "open 4: rule0 x1 a4ca\n"
					   "shut gap listing\n") != 0) {
		print_message("%s", (char *)told.text.data);
		return 1;
	}
	return outcome.n_gaps[GAP_UNREADABLE] == 1 && outcome.n_gaps[GAP_LISTING] == 1
		   ? 0
		   : 2;
}

static void what_may_not_be_read_is_a_gap(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root to be two users\n");
		skip();
	}
	scene_put("open", "EVIL");
	scene_put("closed", "EVIL");
	scene_folder("shut");
	scene_put("shut/file", "EVIL");
	assert_int_equal(chmod(scene_path("open"), 0644), 0);
	assert_int_equal(chmod(scene_top, 0755), 0);
	child = fork();
	if (child == 0)
		_exit(run_as_nobody());
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_WORKERS) {
		print_message("nobody may not start this program\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- lists ---- */

static void put_digest(struct buffer *list, enum digest_kind kind, struct bytes data)
{
	static const size_t sizes[N_DIGESTS] = {
	    [DIGEST_MD5] = 16, [DIGEST_SHA1] = 20, [DIGEST_SHA256] = 32};
	uint8_t digest[DIGEST_MAX_SIZE];

	assert_int_equal(digest_of(kind, data, digest), RQ_OK);
	for (size_t i = 0; i < sizes[kind]; i++)
		buffer_format(list, "%02x", digest[i]);
	buffer_text(list, "\n");
}

/* A sealed list of the three digests of data. */
static struct file list_of(struct bytes data, uint32_t *n_out)
{
	const struct indicator_read_options options = {.format = INDICATOR_HASHES};
	struct buffer text = {0}, image = {0};
	struct indicator_list *list;
	struct file sealed;

	put_digest(&text, DIGEST_MD5, data);
	put_digest(&text, DIGEST_SHA1, data);
	put_digest(&text, DIGEST_SHA256, data);
	assert_int_equal(indicator_list_new(&list), RQ_OK);
	assert_int_equal(
	    indicator_read(list, BYTES_LITERAL("x"), buffer_bytes(&text), &options),
	    RQ_OK);
	assert_int_equal(indicator_build(list, &image), RQ_OK);
	assert_int_equal(map_seal(buffer_bytes(&image), &sealed, NULL), RQ_OK);
	*n_out = 3;
	indicator_list_free(list);
	buffer_free(&text);
	buffer_free(&image);
	return sealed;
}

static void what_kills_its_worker_is_found_by_every_kind_of_digest(void **state)
{
	static const char told[] = "a gap died 6f93 hit1.0 hit1.1 hit1.2\n"
				   "b 4: rule0 x1 a4ca\n";
	struct sweep_options options = scene_options();
	char journal[80];

	(void)state;
	scene_put("a", "CRASH");
	scene_put("b", "EVIL");
	options.indicators = list_of(BYTES_LITERAL("CRASH"), &options.n_indicators);
	scene_expect(&options, told);
	/* and when it is told again */
	snprintf(journal, sizeof journal, "%s.journal", scene_top);
	options.resume_path = journal;
	scene_expect(&options, told);
	scene_expect(&options, told);
	unlink(journal);
	file_close(&options.indicators);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(workers_killed_at_random_lose_nothing),
	    CASE(the_number_of_workers_changes_nothing),
	    CASE(a_killed_sweep_goes_on_where_it_was),
	    CASE(an_interrupted_sweep_says_so_and_can_go_on),
	    CASE(a_time_limit_is_a_stop),
	    CASE(a_journal_of_other_rules_is_refused),
	    CASE(a_journal_of_another_folder_is_refused),
	    CASE(what_is_no_journal_is_refused_and_kept),
	    CASE(a_share_of_the_processor_is_kept),
	    CASE(a_polite_sweep_of_files_stands_still_and_loses_nothing),
	    CASE(a_shrinking_file_is_a_gap_and_the_sweep_goes_on),
	    CASE(a_second_signal_changes_nothing_and_a_third_ends_it),
	    CASE(a_growing_file_is_a_gap_beside_what_was_found),
	    CASE(a_file_that_vanishes_is_a_gap),
	    CASE(what_may_not_be_read_is_a_gap),
	    CASE(what_kills_its_worker_is_found_by_every_kind_of_digest),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
