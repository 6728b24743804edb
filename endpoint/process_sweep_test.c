/*
 * What is found in the memory of real processes, and what is told of those that cannot
 * be read.  The word that the fake engine looks for stands nowhere in this program: a
 * child puts it together.
 */
#include "bytes/test.h"

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

enum { PAGE = 4096, MANY = 256 };

static void put_word(char *to)
{
	static const char shifted[] = "FWJM";

	for (size_t i = 0; i < 4; i++)
		*(volatile char *)&to[i] = (char)(shifted[i] - 1);
}

static char *map_pages(size_t n, int protection)
{
	char *at = mmap(NULL, n * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	return at;
}

static int put_file(int fd)
{
	char text[2 * PAGE];

	memset(text, 'x', sizeof text);
	put_word(&text[PAGE + 7]);
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
	put_word(sbrk(PAGE));
}

static void put_in_stack_of(char *room)
{
	put_word(room);
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
	put_word(map_pages(16, PROT_READ | PROT_WRITE) + 9 * PAGE + 11);
}

static void put_where_nobody_may_read(void)
{
	char *at = map_pages(1, PROT_READ | PROT_WRITE);

	put_word(at);
	mprotect(at, PAGE, PROT_NONE);
}

static void put_across_regions(void)
{
	char *at = map_pages(4, PROT_READ | PROT_WRITE);

	put_word(at + 2 * PAGE - 2);
	mprotect(at + 2 * PAGE, 2 * PAGE, PROT_READ);
}

static void put_in_nameless_file(void)
{
	map_file_pages(put_file(memfd_create("x", 0)), PROT_READ, MAP_SHARED);
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
	put_word(map_file_pages(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE) + PAGE);
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
	char *at = map_pages(MANY + 1, PROT_READ | PROT_WRITE);

	for (size_t i = 1; i <= MANY; i++)
		put_word(at + i * PAGE - 2);
}

static void run_anonymous_code(void)
{
	map_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
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

/* ---- the children ---- */

static pid_t start(void (*work)(void))
{
	sigset_t set;
	int number;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		kill(getppid(), SIGUSR1);
		for (;;)
			pause();
	}
	assert_int_equal(sigwait(&set, &number), 0);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
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
	uint64_t id = (uint64_t)start(work);

	assert_int_equal(sweep(&id, 1, max_image, &told, &outcome), RQ_OK);
	stop((pid_t)id);
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

/* So that a rule sees all of it at once, wherever there is room. */
static void a_large_process_is_one_image(void **state)
{
	const uint64_t mb = 1 << 20;

	(void)state;
	assert_int_equal(process_read_limit(0), 256 * mb);
	assert_int_equal(process_read_limit(1024 * mb), 256 * mb);
	assert_int_equal(process_read_limit(8192 * mb), 2048 * mb);
	assert_int_equal(process_read_limit(UINT64_MAX), 65536 * mb);
	assert_true(memory_room() > mb);
}

static void what_cannot_be_read_of_a_file_without_a_name_is_a_gap(void **state)
{
	struct told told;

	(void)state;
	hidden = (int)syscall(SYS_memfd_secret, 0);
	if (hidden < 0 || getuid() != 0)
		skip();
	told = look_in_parts(hide_memory, 0);
	close(hidden);
	assert_int_equal(told.n_gaps, 1);
	assert_int_equal(told.reason, GAP_UNREADABLE);
	assert_string_equal(told.detail, "8192 bytes could not be read");
}

static void behind_the_end_of_a_file_without_a_name_is_nothing(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(look(map_behind_end).n_matches, 1);
}

static size_t n_shared_pages(const char *at, size_t n)
{
	const uint64_t exclusive = UINT64_C(1) << 56;
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	size_t n_shared = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t entry = exclusive;

		assert_int_equal(
		    pread(pagemap, &entry, sizeof entry,
			  (off_t)(((uintptr_t)at / PAGE + i) * sizeof entry)),
		    sizeof entry);
		n_shared += (entry & exclusive) == 0;
	}
	close(pagemap);
	return n_shared;
}

/* As servers do, a hundred of which have one copy of most of their memory. */
static void what_processes_share_is_shared_when_they_were_read(void **state)
{
	char *at = map_pages(MANY, PROT_READ | PROT_WRITE);
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id;

	(void)state;
	madvise(at, (size_t)MANY * PAGE, MADV_NOHUGEPAGE);
	memset(at, 'x', (size_t)MANY * PAGE);
	id = (uint64_t)start(do_nothing);
	assert_int_equal(n_shared_pages(at, MANY), MANY);
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_OK);
	assert_int_equal(n_shared_pages(at, MANY), MANY);
	stop((pid_t)id);
	munmap(at, (size_t)MANY * PAGE);
}

static void files_on_the_disk_are_named(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)start(map_file_on_disk);
	char path[100];

	(void)state;
	snprintf(path, sizeof path, "%s", scene_path("on-disk"));
	told.wanted_file = path;
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_OK);
	stop((pid_t)id);
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

/* Browsers and their like do it all day. */
static void a_program_that_compiles_is_told_as_a_hint(void **state)
{
	static const struct memory_region made = {
	    .address = PAGE, .size = PAGE, .protection = MEMORY_READ | MEMORY_EXECUTE};
	static const struct {
		const char *program, *description;
		int64_t score;
	} cases[] = {
	    {"/usr/bin/node", "only a hint: ", 20},
	    {"/usr/bin/notes", "code in memory that belongs to no file", 45},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct process_note note = {.about.program =
						      bytes_of(cases[i].program),
						  .regions = &made,
						  .n_regions = 1};
		const struct finding_meta *description;
		struct finding finding;
		struct arena *arena;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		assert_int_equal(
		    process_finding_code(&note, LANGUAGE_EN, arena, &finding), RQ_OK);
		assert_int_equal(finding_meta(&finding, "score")->integer,
				 cases[i].score);
		description = finding_meta(&finding, "description");
		assert_int_equal(strncmp((const char *)description->text.at,
					 cases[i].description,
					 strlen(cases[i].description)),
				 0);
		arena_free(arena);
	}
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
	uint64_t id = (uint64_t)start(put_in_heap), ids[] = {id, id};
	char path[64];

	(void)state;
	assert_int_equal(sweep(ids, 2, 0, &told, &outcome), RQ_OK);
	stop((pid_t)id);
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
	uint64_t id = (uint64_t)start(do_nothing);

	(void)state;
	stop((pid_t)id);
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_ERR_NOT_FOUND);
	assert_int_equal(told.n_processes + told.n_gaps, 0);
}

static void a_process_that_ended_has_nothing_to_read(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	uint64_t id = (uint64_t)start(put_in_heap);
	siginfo_t info;

	(void)state;
	kill((pid_t)id, SIGKILL);
	waitid(P_PID, (id_t)id, &info, WEXITED | WNOWAIT);
	assert_int_equal(sweep(&id, 1, 0, &told, &outcome), RQ_OK);
	stop((pid_t)id);
	assert_int_equal(outcome.n_seen, 0);
	assert_int_equal(told.n_processes + told.n_gaps, 0);
}

/* All processes, of which this program and its children are none. */
static void our_own_memory_is_left_out(void **state)
{
	struct told told = {0};
	struct sweep_outcome outcome;
	pid_t pid = start(put_in_heap);
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "process:%d ", pid);
	assert_int_equal(sweep(NULL, 0, 0, &told, &outcome), RQ_OK);
	stop(pid);
	assert_null(strstr(told.path, path));
	assert_true(outcome.n_seen >= outcome.n_scanned);
}

/* ---- what ends before its end, or stands back ---- */

enum { CROWD = 12 };

static void start_crowd(uint64_t *ids)
{
	for (size_t i = 0; i < CROWD; i++)
		ids[i] = (uint64_t)start(put_in_heap);
}

static void stop_crowd(const uint64_t *ids)
{
	for (size_t i = 0; i < CROWD; i++)
		stop((pid_t)ids[i]);
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

/* ---- what goes away while it is read ---- */

struct reading {
	struct arena *arena;
	struct process_read read;
	struct memory_region *regions;
	size_t n_regions;
};

static struct reading begin_reading(pid_t pid)
{
	struct reading r = {0};

	assert_int_equal(arena_new(1 << 24, &r.arena), RQ_OK);
	assert_int_equal(memory_open((uint64_t)pid, &r.read.memory, NULL), RQ_OK);
	assert_int_equal(
	    memory_regions(r.read.memory, r.arena, &r.regions, &r.n_regions), RQ_OK);
	r.read.regions = r.regions;
	r.read.n_regions = r.n_regions;
	r.read.max_size = 1 << 20;
	return r;
}

static void end_reading(struct reading *r)
{
	memory_free(r->read.memory);
	arena_free(r->arena);
}

#define WHERE ((char *)0x200000000000)
static char *gone;

static void give_back(int number)
{
	(void)number;
	/* NOLINTNEXTLINE(bugprone-signal-handler): a bare system call */
	munmap(gone, (size_t)MANY * PAGE);
	kill(getppid(), SIGUSR1);
}

static void be_ready_to_give_back(void)
{
	signal(SIGUSR2, give_back);
	gone = mmap(WHERE, (size_t)MANY * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (gone != WHERE)
		_exit(1);
	memset(gone, 'x', (size_t)MANY * PAGE);
}

static void a_region_that_vanishes_costs_only_itself(void **state)
{
	pid_t pid = start(be_ready_to_give_back);
	struct reading r = begin_reading(pid);
	struct memory_run run;
	struct file image;
	enum rq_err err;
	sigset_t set;
	size_t i;
	int number;

	(void)state;
	/* its pages are known, and then they go */
	for (i = 0; i < r.n_regions; i++)
		if (r.regions[i].address == (uintptr_t)WHERE)
			break;
	assert_true(i < r.n_regions);
	assert_int_equal(memory_next(r.read.memory, &r.regions[i], 0, &run), RQ_OK);
	assert_int_equal(run.size, MANY * PAGE);
	kill(pid, SIGUSR2);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(sigwait(&set, &number), 0);
	r.read.region = i;
	while ((err = process_read_next(&r.read, &image, NULL)) == RQ_OK)
		file_close(&image);
	assert_int_equal(err, RQ_ERR_NOT_FOUND);
	assert_int_equal(r.read.n_lost, 0);
	stop(pid);
	end_reading(&r);
}

static void a_process_that_ends_while_it_is_read_is_no_image(void **state)
{
	pid_t pid = start(put_in_heap);
	struct reading r = begin_reading(pid);
	struct file image;

	(void)state;
	stop(pid);
	assert_int_equal(process_read_next(&r.read, &image, NULL), RQ_ERR_PEER);
	assert_int_equal(image.handle, FILE_NONE.handle);
	end_reading(&r);
}

/* As nobody, who may not look into a process of root. */
static void a_process_of_another_user_is_a_gap(void **state)
{
	pid_t victim, child;
	int status;

	(void)state;
	if (getuid() != 0)
		skip();
	victim = start(put_in_heap);
	child = fork();
	if (child == 0) {
		struct memory *memory;

		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		_exit(memory_open((uint64_t)victim, &memory, NULL) == RQ_ERR_ACCESS
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	stop(victim);
	assert_int_equal(status, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scene_make, scene_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_word_is_found_wherever_it_is),
	    CASE(a_word_across_two_images_is_found_once),
	    CASE(a_large_process_is_one_image),
	    CASE(what_cannot_be_read_of_a_file_without_a_name_is_a_gap),
	    CASE(behind_the_end_of_a_file_without_a_name_is_nothing),
	    CASE(what_processes_share_is_shared_when_they_were_read),
	    CASE(files_on_the_disk_are_named),
	    CASE(code_without_a_file_is_told),
	    CASE(a_program_that_compiles_is_told_as_a_hint),
	    CASE(open_connections_are_told),
	    CASE(a_process_that_is_named_twice_is_told_once),
	    CASE(a_process_that_does_not_exist_is_refused),
	    CASE(a_process_that_ended_has_nothing_to_read),
	    CASE(our_own_memory_is_left_out),
	    CASE(an_interrupted_sweep_tells_what_it_has),
	    CASE(a_sweep_without_time_is_no_answer),
	    CASE(a_polite_sweep_stands_back_and_comes_to_its_end),
	    CASE(a_region_that_vanishes_costs_only_itself),
	    CASE(a_process_that_ends_while_it_is_read_is_no_image),
	    CASE(a_process_of_another_user_is_a_gap),
	};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_run(argc, argv, &fake_engine);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
