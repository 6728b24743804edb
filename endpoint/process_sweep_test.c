/*
 * What is found in the memory of real processes, and what is told of those that cannot
 * be read.  The word that the fake engine looks for stands nowhere in this program: a
 * child puts it together.
 */
#include "bytes/test.h"

#include "endpoint/child_scene.h"
#include "endpoint/fake_engine.h"
#include "endpoint/process_finding.h"
#include "endpoint/process_read.h"
#include "endpoint/process_sweep.h"
#include "endpoint/sweep_scene.h"
#include "os/host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 256 };

static int put_file(int fd)
{
	char text[2 * PAGE];

	memset(text, 'x', sizeof text);
	child_put_word(&text[PAGE + 7]);
	if (write(fd, text, sizeof text) != sizeof text)
		_exit(1);
	/* it shall be in the file and nowhere else */
	explicit_bzero(text, sizeof text);
	return fd;
}

static char *map_file_pages(int fd, int protection, int flags)
{
	char *at = mmap(NULL, 2 * PAGE, protection, flags, fd, 0);

	if (at == MAP_FAILED)
		_exit(1);
	close(fd);
	return at;
}

static int new_file(const char *name)
{
	return open(scene_path(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
}

/* ---- what the children do ---- */

static void do_nothing(void)
{
}

static void put_in_heap(void)
{
	/* what malloc(3) takes it from, unless a sanitizer is in its place */
	child_put_word(sbrk(PAGE));
}

static void put_in_stack_of(char *room)
{
	child_put_word(room);
	kill(getppid(), SIGUSR1);
	for (;;)
		pause();
}

static void put_in_stack(void)
{
	char room[64];

	put_in_stack_of(room);
}

static void put_in_map(void)
{
	child_put_word(child_map_pages(16, PROT_READ | PROT_WRITE) + 9 * PAGE + 11);
}

static void put_where_nobody_may_read(void)
{
	char *at = child_map_pages(1, PROT_READ | PROT_WRITE);

	child_put_word(at);
	mprotect(at, PAGE, PROT_NONE);
}

static void put_across_regions(void)
{
	char *at = child_map_pages(4, PROT_READ | PROT_WRITE);

	child_put_word(at + 2 * PAGE - 2);
	mprotect(at + 2 * PAGE, 2 * PAGE, PROT_READ);
}

static void put_in_nameless_file(void)
{
	map_file_pages(put_file(memfd_create("x", 0)), PROT_READ, MAP_SHARED);
}

enum { LARGE = 70 << 20 };

/* Written before it is mapped, and not touched since. */
static void put_in_large_nameless_file(void)
{
	int fd = memfd_create("x", 0);
	char word[4];

	child_put_word(word);
	if (ftruncate(fd, LARGE) != 0 ||
	    pwrite(fd, word, sizeof word, LARGE - 5 * PAGE) != sizeof word ||
	    mmap(NULL, LARGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		_exit(1);
	explicit_bzero(word, sizeof word);
}

static void put_in_deleted_file(void)
{
	int fd = put_file(new_file("deleted"));

	unlink(scene_path("deleted"));
	map_file_pages(fd, PROT_READ, MAP_PRIVATE);
}

static void map_file_on_disk(void)
{
	volatile char *at =
	    map_file_pages(put_file(new_file("on-disk")), PROT_READ, MAP_PRIVATE);

	(void)at[PAGE];
}

static void change_mapped_file(void)
{
	int fd = new_file("changed");

	if (ftruncate(fd, 2 * PAGE) != 0)
		_exit(1);
	child_put_word(map_file_pages(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE) + PAGE);
}

static int hidden; /* memory that only its owner can read */

static void hide_memory(void)
{
	char *at;

	if (ftruncate(hidden, 2 * PAGE) != 0)
		_exit(1);
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, hidden, 0);
	if (at == MAP_FAILED)
		_exit(1);
	memset(at, 'x', 2 * PAGE);
}

static void map_behind_end(void)
{
	int fd = put_file(memfd_create("x", 0));

	if (mmap(NULL, 9 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		_exit(1);
}

/* One word across the end of each page: wherever images are cut, one is cut too. */
static void put_everywhere(void)
{
	char *at = child_map_pages(MANY + 1, PROT_READ | PROT_WRITE);

	for (size_t i = 1; i <= MANY; i++)
		child_put_word(at + i * PAGE - 2);
}

static void run_anonymous_code(void)
{
	child_map_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void run_nameless_code(void)
{
	map_file_pages(put_file(memfd_create("x", 0)), PROT_READ | PROT_EXEC,
		       MAP_PRIVATE);
}

static struct sockaddr_in other_end;

static void connect_to_other_end(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&other_end, sizeof other_end) != 0)
		_exit(1);
}

/* ---- what is told ---- */

struct told {
	size_t n_processes, n_matches, n_gaps, n_files;
	enum gap_reason reason;
	char path[100], place[200], detail[100];
	char code[400]; /* description and reasons of code without a file */
	char connection[100];
	const char *wanted_file;
	size_t n_progress;
	bool yields;
};

static void hear_code(struct told *told, const struct process_note *process)
{
	struct finding finding;
	struct arena *arena;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	if (process_finding_code(process, LANGUAGE_EN, arena, &finding) == RQ_OK)
		for (size_t i = 0; i < finding.n_metas; i++)
			if (bytes_equal_text(finding.metas[i].key, "reason"))
				snprintf(told->code, sizeof told->code, "%s",
					 (const char *)finding.metas[i].text.at);
	arena_free(arena);
}

static void hear_process(void *listener, const struct process_note *process,
			 const struct sweep_object *object)
{
	const struct worker_answer *answer = object->answer;
	struct told *told = listener;
	struct finding finding = {0};
	struct arena *arena;

	told->n_processes++;
	snprintf(told->path, sizeof told->path, "%s", (const char *)object->path.at);
	hear_code(told, process);
	if (process->n_connections > 0)
		snprintf(told->connection, sizeof told->connection, "%s",
			 (const char *)process->connections[0].text.at);
	if (answer->n_rules == 0)
		return;
	assert_int_equal(answer->rules[0].n_strings, 1);
	told->n_matches = answer->rules[0].strings[0].n_matches;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(
	    process_finding_extend(process, &answer->rules[0], arena, &finding), RQ_OK);
	assert_int_equal(finding.n_chain, 1);
	snprintf(told->place, sizeof told->place, "%s",
		 (const char *)finding.chain[0].at);
	assert_non_null(finding_meta(&finding, "command_line"));
	assert_non_null(finding_meta(&finding, "parent"));
	arena_free(arena);
}

static void hear_gap(void *listener, const struct sweep_gap *gap)
{
	struct told *told = listener;

	told->n_gaps++;
	told->reason = gap->reason;
	snprintf(told->detail, sizeof told->detail, "%s",
		 gap->detail != NULL ? gap->detail : "");
}

static void hear_file(void *listener, struct bytes path)
{
	struct told *told = listener;

	if (told->wanted_file != NULL && bytes_equal_text(path, told->wanted_file))
		told->n_files++;
}

static struct sweep_options *settings; /* NULL: scene_options */

static void hear_progress(void *listener, const struct sweep_progress *now)
{
	struct told *told = listener;

	assert_true(now->of_processes);
	told->yields |= now->yields;
	told->n_progress++;
}

static enum rq_err sweep(const uint64_t *ids, size_t n_ids, uint64_t max_image,
			 struct told *told, struct sweep_outcome *outcome)
{
	struct sweep_options sweep = settings != NULL ? *settings : scene_options();
	struct process_options options = {.sweep = &sweep,
					  .ids = ids,
					  .n_ids = n_ids,
					  .all = ids == NULL,
					  .max_image = max_image};
	const struct process_sink sink = {.listener = told,
					  .process = hear_process,
					  .gap = hear_gap,
					  .file = hear_file,
					  .progress = hear_progress};
	struct rq_diag diag = {0};

	return process_sweep_run(&options, &sink, outcome, &diag);
}

static struct told look_in_parts(void (*work)(void), uint64_t max_image)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)child_start(work);

	assert_int_equal(sweep(&id, 1, max_image, &told, &outcome), RQ_OK);
	child_stop((pid_t)id);
	assert_int_equal(outcome.n_seen, 1);
	assert_int_equal(outcome.n_scanned, told.n_gaps == 0);
	assert_int_equal(told.n_processes, 1);
	return told;
}

static struct told look(void (*work)(void))
{
	struct told told = look_in_parts(work, 0);

	assert_int_equal(told.n_gaps, 0);
	return told;
}

/* ---- the cases ---- */

static void a_word_is_found_wherever_it_is(void **state)
{
	static const struct {
		const char *name;
		void (*work)(void);
		size_t n_matches;
		const char *place; /* how it begins */
	} cases[] = {
	    {"nowhere", do_nothing, 0, ""},
	    {"heap", put_in_heap, 1, "[heap] rw- 0x"},
	    {"stack", put_in_stack, 1, "[stack] rw- 0x"},
	    {"mapped", put_in_map, 1, "[anonymous] rw- 0x"},
	    {"not readable", put_where_nobody_may_read, 1, "[anonymous] --- 0x"},
	    {"across two regions", put_across_regions, 1, "[anonymous] rw- 0x"},
	    {"a file without a name", put_in_nameless_file, 1, "/memfd:x r-- 0x"},
	    {"a deleted file", put_in_deleted_file, 1, "/tmp/raquet-sweep-"},
	    {"a file on the disk", map_file_on_disk, 0, ""},
	    {"a changed page of one", change_mapped_file, 1, "/tmp/raquet-sweep-"},
	    {"a page after another", put_everywhere, MANY, "[anonymous] rw- 0x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct told told = look(cases[i].work);

		if (told.n_matches != cases[i].n_matches ||
		    strncmp(told.place, cases[i].place, strlen(cases[i].place)) != 0)
			fail_msg("%s: %zu matches at %s", cases[i].name, told.n_matches,
				 told.place);
	}
}

static void a_word_across_two_images_is_found_once(void **state)
{
	(void)state;
	/* 1 MB in images of a quarter, and of what is no multiple of a page's size */
	for (uint64_t size = 256 << 10; size < 500 << 10; size += 60 << 10) {
		struct told told = look_in_parts(put_everywhere, size);

		assert_int_equal(told.n_matches, MANY);
		/* a rule that needs two words may have seen one of them in each */
		assert_int_equal(told.n_gaps, 1);
		assert_int_equal(told.reason, GAP_IN_PARTS);
	}
}

static void what_cannot_be_read_of_a_file_without_a_name_is_a_gap(void **state)
{
	struct told told;
	char *at;

	(void)state;
	hidden = (int)syscall(SYS_memfd_secret, 0);
	if (hidden < 0 || getuid() != 0)
		skip();
	told = look_in_parts(hide_memory, 0);
	assert_int_equal(told.n_gaps, 1);
	assert_int_equal(told.reason, GAP_UNREADABLE);
	assert_string_equal(told.detail, "8192 bytes could not be read");
	/* likewise what it has not touched yet, and somebody else filled */
	at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, hidden, 0);
	close(hidden);
	assert_true(at != MAP_FAILED);
	memset(at, 'x', 2 * PAGE);
	told = look_in_parts(do_nothing, 0);
	munmap(at, 2 * PAGE);
	assert_string_equal(told.detail, "8192 bytes could not be read");
}

/* Reading the rest would make 70 MB of nothing. */
static void a_large_file_without_a_name_is_read_where_it_was_written(void **state)
{
	struct told told = look_in_parts(put_in_large_nameless_file, 0);

	(void)state;
	if (getuid() == 0) {
		assert_int_equal(told.n_gaps, 0);
		assert_int_equal(told.n_matches, 1);
	} else {
		assert_int_equal(told.n_gaps, 1);
		assert_int_equal(told.reason, GAP_UNREADABLE);
	}
}

static void behind_the_end_of_a_file_without_a_name_is_nothing(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(look(map_behind_end).n_matches, 1);
}

static void files_on_the_disk_are_named(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)child_start(map_file_on_disk);
	char path[100];

	(void)state;
	snprintf(path, sizeof path, "%s", scene_path("on-disk"));
	told.wanted_file = path;
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_OK);
	child_stop((pid_t)id);
	assert_int_equal(told.n_files, 1);
}

static void code_without_a_file_is_told(void **state)
{
	(void)state;
	assert_string_equal(look(do_nothing).code, "");
	assert_non_null(strstr(look(run_anonymous_code).code,
			       "may be written and run at once: [anonymous] rwx 0x"));
	assert_non_null(strstr(look(run_nameless_code).code,
			       "never had a name (memfd): /memfd:x r-x 0x"));
}

static void open_connections_are_told(void **state)
{
	socklen_t n = sizeof other_end;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[100];
	struct told told;

	(void)state;
	other_end = (struct sockaddr_in){.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)&other_end, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&other_end, &n), 0);
	told = look(connect_to_other_end);
	close(fd);
	snprintf(text, sizeof text, "tcp 127.0.0.1:%u", ntohs(other_end.sin_port));
	assert_string_equal(told.connection, text);
}

static void a_process_that_is_named_twice_is_told_once(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)child_start(put_in_heap), ids[] = {id, id};
	char path[64];

	(void)state;
	assert_int_equal(sweep(ids, 2, 0, &told, &outcome), RQ_OK);
	child_stop((pid_t)id);
	assert_int_equal(told.n_processes, 1);
	assert_int_equal(outcome.n_findings, 1);
	assert_int_equal(strncmp(told.path, "process:", 8), 0);
	snprintf(path, sizeof path, "process:%llu (", (unsigned long long)id);
	assert_int_equal(strncmp(told.path, path, strlen(path)), 0);
}

static void a_process_that_does_not_exist_is_refused(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)child_start(do_nothing);

	(void)state;
	child_stop((pid_t)id);
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_ERR_NOT_FOUND);
	assert_int_equal(told.n_processes + told.n_gaps, 0);
}

static void a_process_that_ended_has_nothing_to_read(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)child_start(put_in_heap);
	siginfo_t info;

	(void)state;
	kill((pid_t)id, SIGKILL);
	waitid(P_PID, (id_t)id, &info, WEXITED | WNOWAIT);
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_OK);
	child_stop((pid_t)id);
	assert_int_equal(outcome.n_seen, 0);
	assert_int_equal(told.n_processes + told.n_gaps, 0);
}

/* All processes, of which this program and its children are none. */
static void our_own_memory_is_left_out(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	pid_t pid = child_start(put_in_heap);
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "process:%d ", pid);
	assert_int_equal(sweep(NULL, 0, 0, &told, &outcome), RQ_OK);
	child_stop(pid);
	assert_null(strstr(told.path, path));
	assert_true(outcome.n_seen >= outcome.n_scanned);
}

/* ---- what ends before its end, or stands back ---- */

enum { CROWD = 12 };

static void start_crowd(uint64_t *ids)
{
	for (size_t i = 0; i < CROWD; i++)
		ids[i] = (uint64_t)child_start(put_in_heap);
}

static void stop_crowd(const uint64_t *ids)
{
	for (size_t i = 0; i < CROWD; i++)
		child_stop((pid_t)ids[i]);
}

static void interrupt_at_once(void *listener, const struct process_note *process,
			      const struct sweep_object *object)
{
	hear_process(listener, process, object);
	raise(SIGINT);
}

/* In a process of its own: the flag of the interruption is never taken back. */
static int run_interrupted(const uint64_t *ids)
{
	struct told told = {0};
	struct sweep_options one = scene_options();
	struct process_options options = {.sweep = &one, .ids = ids, .n_ids = CROWD};
	const struct process_sink sink = {
	    .listener = &told, .process = interrupt_at_once, .gap = hear_gap};
	struct sweep_outcome outcome;

	one.n_workers = 1;
	host_catch_interrupt();
	if (process_sweep_run(&options, &sink, &outcome, NULL) != RQ_OK)
		return 1;
	if (!outcome.stopped || outcome.n_gaps[GAP_STOPPED] == 0)
		return 2;
	/* what was told is true, and the rest is not called examined */
	if (told.n_processes == 0 || told.n_processes == CROWD ||
	    outcome.n_scanned != told.n_processes ||
	    outcome.n_findings != told.n_processes)
		return 3;
	return told.reason == GAP_STOPPED && told.n_gaps > 0 ? 0 : 4;
}

static void an_interrupted_sweep_tells_what_it_has(void **state)
{
	uint64_t ids[CROWD];
	pid_t child;
	int status;

	(void)state;
	start_crowd(ids);
	child = fork();
	if (child == 0)
		_exit(run_interrupted(ids));
	assert_int_equal(waitpid(child, &status, 0), child);
	stop_crowd(ids);
	assert_int_equal(status, 0);
}

static void a_sweep_without_time_is_no_answer(void **state)
{
	struct sweep_options hasty = scene_options();
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t ids[CROWD];

	(void)state;
	start_crowd(ids);
	hasty.time_limit_ms = 1; /* a worker alone takes longer to start */
	settings = &hasty;
	assert_int_equal(sweep(ids, CROWD, 0, &told, &outcome), RQ_OK);
	settings = NULL;
	stop_crowd(ids);
	assert_true(outcome.stopped);
	assert_int_equal(told.n_processes, 0);
	assert_int_equal(told.n_gaps, 1);
	assert_int_equal(told.reason, GAP_STOPPED);
}

static void somebody_is_at_work(void *context, struct load *load)
{
	(void)context;
	*load = (struct load){.knows_input = true};
}

static void a_polite_sweep_stands_back_and_comes_to_its_end(void **state)
{
	struct sweep_options polite = scene_options();
	struct governor governor;
	struct told told;

	(void)state;
	governor_init(&governor, somebody_is_at_work, NULL);
	polite.governor = &governor;
	settings = &polite;
	told = look(put_in_heap);
	settings = NULL;
	assert_int_equal(told.n_matches, 1);
	assert_true(told.n_progress > 0);
	assert_true(told.yields);
}

/* ---- as nobody, who may not look into a process of root ---- */

enum { SKIPPED = 77 };

static int run_as_nobody(uint64_t id)
{
	struct buffer program = {0};
	struct told told = {0};
	struct sweep_outcome outcome;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 2;
	/* workers are this program again */
	if (host_program_path(&program) != RQ_OK ||
	    access((const char *)program.data, X_OK) != 0)
		return SKIPPED;
	if (sweep(&id, 1, 0, &told, &outcome) != RQ_OK)
		return 3;
	return told.n_processes == 0 && told.n_gaps == 1 &&
		       told.reason == GAP_UNREADABLE && outcome.n_seen == 1 &&
		       outcome.n_scanned == 0
		   ? 0
		   : 4;
}

static void a_process_of_another_user_is_a_gap(void **state)
{
	pid_t victim, child;
	int status;

	(void)state;
	if (getuid() != 0) {
		print_message("only root may become another user\n");
		skip();
	}
	victim = child_start(put_in_heap);
	child = fork();
	if (child == 0)
		_exit(run_as_nobody((uint64_t)victim));
	assert_int_equal(waitpid(child, &status, 0), child);
	child_stop(victim);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		print_message("nobody may not start this program where it lies\n");
		skip();
	}
	assert_int_equal(status, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scene_make, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_word_is_found_wherever_it_is),
	    CASE(a_word_across_two_images_is_found_once),
	    CASE(what_cannot_be_read_of_a_file_without_a_name_is_a_gap),
	    CASE(a_large_file_without_a_name_is_read_where_it_was_written),
	    CASE(behind_the_end_of_a_file_without_a_name_is_nothing),
	    CASE(files_on_the_disk_are_named),
	    CASE(code_without_a_file_is_told),
	    CASE(open_connections_are_told),
	    CASE(a_process_that_is_named_twice_is_told_once),
	    CASE(a_process_that_does_not_exist_is_refused),
	    CASE(a_process_that_ended_has_nothing_to_read),
	    CASE(our_own_memory_is_left_out),
	    CASE(an_interrupted_sweep_tells_what_it_has),
	    CASE(a_sweep_without_time_is_no_answer),
	    CASE(a_polite_sweep_stands_back_and_comes_to_its_end),
	    CASE(a_process_of_another_user_is_a_gap),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
