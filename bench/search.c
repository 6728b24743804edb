/*
 * The driver of bench/search: megabytes of each folder in a processor second, by step.
 *
 *     bench_search ROUNDS RULES FOLDER...
 *
 * Every seventh file of a folder is mapped and touched beforehand; the best of ROUNDS
 * counts.  Prints the rows of a table, for each kernel of this processor.
 */
#include "endpoint/rules.h"
#include "engine/match/kernel.h"
#include "engine/match/pattern_view.h"
#include "engine/scan/scan.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { EVERY = 7, MAX_OPEN = 32 };

/* ---- the sample ---- */

struct file_bytes {
	const uint8_t *data;
	size_t n;
};

static struct file_bytes *files;
static size_t n_files, room, n_seen;
static double megabytes;

static int take_file(const char *path, const struct stat *state, int type,
		     struct FTW *where)
{
	int file;
	void *data;

	(void)where;
	if (type != FTW_F || state->st_size == 0 || n_seen++ % EVERY != 0)
		return 0;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return 0;
	data = mmap(NULL, (size_t)state->st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE,
		    file, 0);
	close(file);
	if (data == MAP_FAILED)
		return 0;
	if (n_files == room) {
		room = 2 * room + 1024;
		files = realloc(files, room * sizeof *files);
		if (files == NULL)
			abort();
	}
	files[n_files++] = (struct file_bytes){data, (size_t)state->st_size};
	megabytes += (double)state->st_size / 1e6;
	return 0;
}

static void drop_files(void)
{
	for (size_t i = 0; i < n_files; i++)
		munmap((void *)(uintptr_t)files[i].data, files[i].n);
	n_files = n_seen = 0;
	megabytes = 0;
}

/* ---- the steps ---- */

struct engine {
	struct pattern_view view;
	const struct kernel *kernel;
	struct search *search;
	struct scanner *scanner;
	struct arena *arena;
	size_t n_passed, n_fours;
};

static void must(enum rq_err err)
{
	if (err == RQ_OK)
		return;
	fprintf(stderr, "error %d\n", (int)err);
	exit(1);
}

/* The inner loop of the filter alone. */
static void step_kernel(struct engine *e, const struct object *object)
{
	static uint16_t queue[KERNEL_PLACES * KERNEL_FOURS + KERNEL_SLACK];
	const struct filter *filter = &e->view.filters[object_class_of(object)];
	size_t size = object->blocks[0].size, n_fours = size >= 2 ? (size - 2) / 4 : 0;

	for (size_t i = 0; i < n_fours; i += KERNEL_FOURS) {
		size_t n = n_fours - i < KERNEL_FOURS ? n_fours - i : KERNEL_FOURS;

		e->n_passed +=
		    e->kernel->run(filter, object->blocks[0].data + 4 * i, n, queue);
	}
	e->n_fours += n_fours;
}

/* All triggers. */
static void step_search(struct engine *e, const struct object *object)
{
	const uint32_t *found;
	size_t n;

	search_begin(e->search, object, e->arena, 0);
	must(search_triggers(e->search, &found, &n));
	arena_reset(e->arena);
}

/* Everything that an object costs. */
static void step_scan(struct engine *e, const struct object *object)
{
	static const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;

	must(scanner_scan(e->scanner, object, &request, &result));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Megabytes in a processor second. */
static double best_of(struct engine *e, int n_rounds,
		      void (*step)(struct engine *, const struct object *))
{
	double best = 0;

	for (int round = 0; round < n_rounds; round++) {
		double start = seconds(), speed;

		for (size_t i = 0; i < n_files; i++) {
			struct block block;
			struct object object;

			object_of_bytes(files[i].data, files[i].n, &block, &object);
			step(e, &object);
		}
		speed = megabytes / (seconds() - start);
		best = speed > best ? speed : best;
	}
	return best;
}

/* ---- the table ---- */

static void measure(struct ruleset *ruleset, const char *kernel, int n_rounds,
		    const char *folder)
{
	struct engine e = {.kernel = kernel_find(kernel)};
	struct scanner_options options;
	double speed;

	scanner_options_default(&options);
	options.search.kernel = kernel;
	must(pattern_view_open(ruleset_image(ruleset), &e.view));
	must(search_new(ruleset_image(ruleset), &options.search, &e.search));
	must(scanner_new(ruleset, &options, &e.scanner));
	must(arena_new(SIZE_MAX, &e.arena));
	speed = best_of(&e, n_rounds, step_kernel);
	printf("| %s | %s | %zu | %.0f | %.0f | %.1f %% |", strrchr(folder, '/') + 1,
	       kernel, n_files, megabytes, speed,
	       100.0 * (double)e.n_passed / (double)e.n_fours);
	printf(" %.0f |", best_of(&e, n_rounds, step_search));
	printf(" %.0f |\n", best_of(&e, n_rounds, step_scan));
	fflush(stdout);
	search_free(e.search);
	scanner_free(e.scanner);
	arena_free(e.arena);
}

int main(int argc, char **argv)
{
	struct rules_options options = {.keep_going = true, .common_externals = true};
	struct rules_list list = {0};
	struct arena *arena;
	struct rq_diag diag;
	struct rules rules;

	if (argc < 4) {
		fprintf(stderr, "usage: bench_search ROUNDS RULES FOLDER...\n");
		return 2;
	}
	rules_init(&rules);
	must(arena_new(SIZE_MAX, &arena));
	must(rules_gather(arena, argv[2], &list, &diag));
	must(rules_compile(&rules, &options, list.items, list.n, &diag));
	printf(
	    "| files | kernel | number | MB | kernel alone | passes | search | scan |\n"
	    "|---|---|---|---|---|---|---|---|\n");
	for (int i = 3; i < argc; i++) {
		nftw(argv[i], take_file, MAX_OPEN, FTW_PHYS);
		for (const char *const *kernel = search_kernels();
		     n_files > 0 && *kernel != NULL; kernel++)
			measure(rules.ruleset, *kernel, (int)strtol(argv[1], NULL, 10), argv[i]);
		drop_files();
	}
	rules_list_free(&list);
	rules_free(&rules);
	arena_free(arena);
	free(files);
	return 0;
}
