#include "bytes/test.h"

#include "endpoint/persistence.h"

#include <string.h>

static bool has(const struct sweep_options *sweep, const char *path)
{
	for (size_t i = 0; i < sweep->n_paths; i++)
		if (strcmp(sweep->paths[i], path) == 0)
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
	  cmocka_unit_test(the_summary_names_it_behind_the_paths))
