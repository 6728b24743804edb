#include "bytes/test.h"

#include "endpoint/fake_engine.h"
#include "endpoint/sweep_scene.h"
#include "os/map.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char scene_top[64];
const char *scene_paths[8];

static struct file scene_rules;

int scene_make(void **state)
{
	(void)state;
	snprintf(scene_top, sizeof scene_top, "/tmp/raquet-sweep-XXXXXX");
	return mkdtemp(scene_top) == NULL ||
	       map_seal(BYTES_LITERAL("fake rules"), &scene_rules, NULL) != RQ_OK;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int scene_remove(void **state)
{
	(void)state;
	file_close(&scene_rules);
	return nftw(scene_top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scene_path(const char *name)
{
	static char path[100];

	snprintf(path, sizeof path, "%s/%s", scene_top, name);
	return path;
}

void scene_put_bytes(const char *name, const char *data, size_t n)
{
	int fd = open(scene_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	close(fd);
}

void scene_folder(const char *name)
{
	assert_int_equal(mkdir(scene_path(name), 0700), 0);
}

void scene_put(const char *name, const char *text)
{
	scene_put_bytes(name, text, strlen(text));
}

static void put_path(struct scene_told *told, struct bytes path)
{
	size_t n = strlen(scene_top);

	for (size_t i = path.n > n ? n + 1 : 0; i < path.n; i++)
		if (path.at[i] == '\n' || path.at[i] >= 0x80)
			buffer_format(&told->text, "\\x%02x", path.at[i]);
		else
			buffer_u8(&told->text, path.at[i]);
}

void scene_hear_object(void *listener, const struct sweep_object *object)
{
	struct scene_told *told = listener;
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
	for (size_t i = 0; i < answer->n_hits; i++)
		buffer_format(&told->text, " hit%u.%u", answer->hits[i].kind,
			      answer->hits[i].index);
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

void scene_hear_gap(void *listener, const struct sweep_gap *gap)
{
	static const char *const names[] = {
	    "unreadable",        "io-error",    "vanished",
	    "changed",           "too-large",   "sparse",
	    "not-a-file",        "loop",        "network",
	    "timeout",           "stopped",     "matches",
	    "complex",           "memory",      "died",
	    "rules-refused",     "listing",     "rule-output",
	    "module-limit",      "encrypted",   "root",
	    "processes",         "persistence", "indicators",
	    "indicators-refused"};
	struct scene_told *told = listener;

	told->n_gaps++;
	put_path(told, gap->path);
	buffer_format(&told->text, " gap %s", names[gap->reason]);
	if (gap->sha256 != NULL)
		buffer_format(&told->text, " %02x%02x", gap->sha256[0], gap->sha256[1]);
	for (size_t i = 0; i < gap->n_hits; i++)
		buffer_format(&told->text, " hit%u.%u", gap->hits[i].kind,
			      gap->hits[i].index);
	buffer_text(&told->text, "\n");
}

struct sweep_options scene_options(void)
{
	struct sweep_options options;

	sweep_options_default(&options);
	scene_paths[0] = scene_top;
	options.paths = scene_paths;
	options.n_paths = 1;
	options.n_workers = 2;
	options.sealed = scene_rules;
	options.n_rules = FAKE_N_RULES;
	return options;
}

struct sweep_outcome scene_run(const struct sweep_options *options,
			       struct scene_told *told)
{
	struct sweep_sink sink = {
	    .listener = told, .object = scene_hear_object, .gap = scene_hear_gap};
	struct sweep_outcome outcome;
	struct rq_diag diag = {0};
	enum rq_err err = sweep_run(options, &sink, &outcome, &diag);

	if (err != RQ_OK)
		fail_msg("sweep: %s: %s %s", rq_err_text(err), diag.where, diag.what);
	buffer_u8(&told->text, 0);
	return outcome;
}

struct sweep_outcome scene_expect(const struct sweep_options *options, const char *text)
{
	struct scene_told told = {0};
	struct sweep_outcome outcome = scene_run(options, &told);

	assert_string_equal(told.text.data, text);
	buffer_free(&told.text);
	return outcome;
}
