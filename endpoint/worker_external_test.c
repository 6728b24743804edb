/* What a rule is told of the file, and that it is told, or the caller that it is not. */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "endpoint/worker_external.h"
#include "engine/scan/scan_world.h"

static const struct scan_external externals[] = {
    {"filename", {0}}, {"filepath", {0}}, {"extension", {0}}, {"filetype", {0}},
    {"owner", {0}},    {"md5", {0}},      {NULL, {0}},
};

/* The object is "MZ" and no more. */
static const struct {
	const char *name, *path, *owner, *condition;
} cases[] = {
    {"the name alone", "/srv/a b.exe", "", "filename == \"a b.exe\""},
    {"the folder without its end", "/srv/x/a.exe", "", "filepath == \"/srv/x\""},
    {"the folder of all", "/a.exe", "", "filepath == \"/\""},
    {"no folder", "a.exe", "", "filepath == \"\" and filename == \"a.exe\""},
    {"the last extension", "/a.b.exe", "", "extension == \".exe\""},
    {"in small letters", "/A.EXE", "",
     "extension == \".exe\" and filename == \"A.EXE\""},
    {"none", "/exe", "", "extension == \"\""},
    {"only the dot", "/a.", "", "extension == \".\""},
    {"a folder's dot is none", "/a.exe/b", "", "extension == \"\""},
    {"bytes that are no text", "/a.\xff\xc3", "", "extension == \".\\xff\\xc3\""},
    {"the kind", "/a", "", "filetype == \"EXE\""},
    {"the owner", "/a", "An", "owner == \"An\""},
    {"no owner", "/a", "", "owner == \"\""},
    {"the digest", "/a", "", "md5 == \"ac6ad5d9b99757c3a878f2d275ace198\""},
};

struct scene {
	struct scan_world world;
	struct worker_external external;
	struct object object;
	struct block block;
	char rules[256];
};

static void begin(struct scene *scene, const char *condition)
{
	snprintf(scene->rules, sizeof scene->rules, "rule r { condition: %s }",
		 condition);
	if (!scan_world_new(&scene->world, scene->rules, externals, false))
		fail_msg("refused: %s", scene->rules);
	worker_external_init(&scene->external, scene->world.ruleset);
	object_of_bytes("MZ", 2, &scene->block, &scene->object);
}

static enum rq_err define(struct scene *scene, const char *path, const char *owner,
			  struct arena *arena)
{
	const struct worker_object about = {.path = bytes_of(path),
					    .owner = bytes_of(owner)};

	return worker_external_define(&scene->external, scene->world.scanner,
				      &scene->object, &about, arena);
}

static bool matches(struct scene *scene)
{
	const struct scan_request request = {0};

	return scan_world_names(&scene->world, &scene->object, &request)[0] == 'r';
}

static void rules_see_what_loki_would_show(void **state)
{
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct scene scene = {0};

		begin(&scene, cases[i].condition);
		assert_int_equal(define(&scene, cases[i].path, cases[i].owner, arena),
				 RQ_OK);
		if (!matches(&scene))
			fail_msg("%s", cases[i].name);
		scan_world_free(&scene.world);
		arena_reset(arena);
	}
	arena_free(arena);
}

static void a_value_without_memory_is_an_error(void **state)
{
	bool is_whole = false;

	(void)state;
	for (size_t budget = 0; !is_whole && budget < 4096; budget += 8) {
		struct scene scene = {0};
		struct arena *arena;

		begin(&scene, "md5 == \"ac6ad5d9b99757c3a878f2d275ace198\" and "
			      "extension == \".exe\"");
		assert_int_equal(arena_new(budget, &arena), RQ_OK);
		enum rq_err err = define(&scene, "/srv/a.EXE", "", arena);
		is_whole = err == RQ_OK;
		if (!is_whole)
			assert_int_equal(err, RQ_ERR_MEMORY);
		else if (!matches(&scene))
			fail_msg("%u bytes: no error and no match", (unsigned)budget);
		scan_world_free(&scene.world);
		arena_free(arena);
	}
	assert_true(is_whole);
}

static void what_nobody_asks_for_is_not_computed(void **state)
{
	struct scene scene = {0};
	struct arena *arena;

	(void)state;
	begin(&scene, "filename == \"a.exe\"");
	assert_int_equal(arena_new(0, &arena), RQ_OK);
	assert_int_equal(define(&scene, "/srv/a.exe", "", arena), RQ_OK);
	assert_true(matches(&scene));
	scan_world_free(&scene.world);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(rules_see_what_loki_would_show),
	  cmocka_unit_test(a_value_without_memory_is_an_error),
	  cmocka_unit_test(what_nobody_asks_for_is_not_computed))
