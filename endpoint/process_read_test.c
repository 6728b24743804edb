/* What reading a process does to it, and what goes away meanwhile. */
#include "bytes/test.h"

#include "endpoint/child_scene.h"
#include "endpoint/process_finding.h"
#include "endpoint/process_read.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MANY = 256 };

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

static enum rq_err read_to_end(struct reading *r)
{
	struct file image;
	enum rq_err err;

	while ((err = process_read_next(&r->read, &image, NULL)) == RQ_OK)
		file_close(&image);
	return err;
}

static void do_nothing(void)
{
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
	char *at = child_map_pages(MANY, PROT_READ | PROT_WRITE);
	struct reading r;
	pid_t pid;

	(void)state;
	madvise(at, (size_t)MANY * PAGE, MADV_NOHUGEPAGE);
	memset(at, 'x', (size_t)MANY * PAGE);
	pid = child_start(do_nothing);
	assert_int_equal(n_shared_pages(at, MANY), MANY);
	r = begin_reading(pid);
	assert_int_equal(read_to_end(&r), RQ_ERR_NOT_FOUND);
	assert_int_equal(n_shared_pages(at, MANY), MANY);
	child_stop(pid);
	end_reading(&r);
	munmap(at, (size_t)MANY * PAGE);
}

/* ---- what goes away while it is read ---- */

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
	pid_t pid = child_start(be_ready_to_give_back);
	struct reading r = begin_reading(pid);
	struct memory_run run;
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
	assert_int_equal(read_to_end(&r), RQ_ERR_NOT_FOUND);
	assert_int_equal(r.read.n_lost, 0);
	child_stop(pid);
	end_reading(&r);
}

static void a_process_that_ends_while_it_is_read_is_no_image(void **state)
{
	pid_t pid = child_start(do_nothing);
	struct reading r = begin_reading(pid);
	struct file image;

	(void)state;
	child_stop(pid);
	assert_int_equal(process_read_next(&r.read, &image, NULL), RQ_ERR_PEER);
	assert_int_equal(image.handle, FILE_NONE.handle);
	end_reading(&r);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_processes_share_is_shared_when_they_were_read),
	    cmocka_unit_test(a_region_that_vanishes_costs_only_itself),
	    cmocka_unit_test(a_process_that_ends_while_it_is_read_is_no_image),
	    cmocka_unit_test(a_large_process_is_one_image),
	    cmocka_unit_test(a_program_that_compiles_is_told_as_a_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
