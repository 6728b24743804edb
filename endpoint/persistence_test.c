#include "bytes/test.h"

#include "endpoint/persistence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has(const struct sweep_options *sweep, const char *path)
{
	for (size_t i = 0; i < sweep->n_paths; i++)
		if (strcmp(sweep->paths[i], path) == 0)
			return true;
	return false;
}

static bool follows(const struct sweep_options *sweep, const char *path)
{
	for (size_t i = 0; i < sweep->n_links; i++)
		if (strcmp(sweep->links[i], path) == 0)
			return true;
	return false;
}

static void what_is_there_is_added_once(void **state)
{
	const char *given[] = {"/etc"};
	struct sweep_options sweep = {0};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(persistence_extend(arena, &sweep), RQ_OK);
	assert_true(has(&sweep, "/etc/profile"));
	assert_false(has(&sweep, "/etc/anacrontab") &&
		     file_stat_path("/etc/anacrontab", true, &(struct file_info){0},
				    NULL) == RQ_ERR_NOT_FOUND);
	sweep.paths = given;
	sweep.n_paths = 1;
	assert_int_equal(persistence_extend(arena, &sweep), RQ_OK);
	/* small, and in front: what is swept for a limited time has read them */
	assert_true(sweep.n_paths > 0);
	assert_string_equal(sweep.paths[sweep.n_paths - 1], "/etc");
	assert_false(has(&sweep, "/etc/profile"));
	arena_free(arena);
}

static char home[] = "/tmp/raquet-persistence-XXXXXX";

static const char *in_home(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", home, name);
	return path;
}

static void put(const char *name)
{
	assert_int_equal(
	    file_write_atomic(in_home(name), BYTES_LITERAL("ExecStart=/x\n"), NULL),
	    RQ_OK);
}

static void put_link(const char *to, const char *name)
{
	assert_int_equal(symlink(to, in_home(name)), 0);
}

#define UNITS ".config/systemd/user"

/* systemctl(1): link, enable, mask */
static void links_to_start_points_are_read_through(void **state)
{
	static const char *const folders[] = {".config", ".config/systemd", UNITS,
					      UNITS "/a.target.wants", "far"};
	struct sweep_options sweep = {0};
	struct arena *arena;

	(void)state;
	assert_non_null(mkdtemp(home));
	assert_int_equal(setenv("HOME", home, 1), 0);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_int_equal(mkdir(in_home(folders[i]), 0700), 0);
	put("far/evil.service");
	put(UNITS "/near.service");
	put_link("../../../far/evil.service", UNITS "/linked.service");
	put_link("../near.service", UNITS "/a.target.wants/near.service");
	put_link("../../../../far/evil.service", UNITS "/a.target.wants/evil.service");
	put_link("/dev/null", UNITS "/masked.service");
	put_link("/nowhere/x.service", UNITS "/dangling.service");
	put_link("../../../far", UNITS "/b.target.wants");
	put_link("/", UNITS "/everything");
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(persistence_extend(arena, &sweep), RQ_OK);
	assert_true(has(&sweep, in_home(UNITS)));
	assert_true(follows(&sweep, in_home(UNITS "/linked.service")));
	assert_true(follows(&sweep, in_home(UNITS "/a.target.wants/evil.service")));
	assert_true(follows(&sweep, in_home(UNITS "/b.target.wants")));
	assert_false(follows(&sweep, in_home(UNITS "/a.target.wants/near.service")));
	assert_false(follows(&sweep, in_home(UNITS "/masked.service")));
	assert_false(follows(&sweep, in_home(UNITS "/dangling.service")));
	assert_false(follows(&sweep, in_home(UNITS "/everything")));
	/* everything is swept, but not as the unit that a link makes of it */
	sweep = (struct sweep_options){.all = true};
	assert_int_equal(persistence_extend(arena, &sweep), RQ_OK);
	assert_int_equal(sweep.n_paths, 0);
	assert_true(follows(&sweep, in_home(UNITS "/linked.service")));
	arena_free(arena);
}

static int remove_home(void **state)
{
	static const char *const files[] = {UNITS "/linked.service",
					    UNITS "/a.target.wants/near.service",
					    UNITS "/a.target.wants/evil.service",
					    UNITS "/masked.service",
					    UNITS "/dangling.service",
					    UNITS "/b.target.wants",
					    UNITS "/everything",
					    UNITS "/near.service",
					    "far/evil.service",
					    "far",
					    UNITS "/a.target.wants",
					    UNITS,
					    ".config/systemd",
					    ".config"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		remove(in_home(files[i]));
	return rmdir(home);
}

static void the_summary_names_it_behind_the_paths(void **state)
{
	const char *given[] = {"/a"};
	const char *const *words = given;
	size_t n = 1;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(persistence_name(arena, &words, &n), RQ_OK);
	assert_int_equal(n, 2);
	assert_string_equal(words[0], "/a");
	assert_string_equal(words[1], "--persistence");
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(what_is_there_is_added_once),
	  cmocka_unit_test_teardown(links_to_start_points_are_read_through,
				    remove_home),
	  cmocka_unit_test(the_summary_names_it_behind_the_paths))
