/* Which of the named paths a sweep starts from. */
#include "bytes/test.h"

#include "endpoint/sweep_roots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_OF(table) (sizeof(table) / sizeof(table)[0])

static char top[64];

/* a/file, a/b/file, ab/file, shut/in/file (shut cannot be listed), link -> a */
static int make(void **state)
{
	static const char *const folders[] = {"a", "a/b", "ab", "shut", "shut/in"};
	char path[128];

	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-roots-XXXXXX");
	if (mkdtemp(top) == NULL || chmod(top, 0755) != 0)
		return 1;
	for (size_t i = 0; i < N_OF(folders); i++) {
		FILE *out;

		snprintf(path, sizeof path, "%s/%s", top, folders[i]);
		if (mkdir(path, 0755) != 0)
			return 1;
		snprintf(path, sizeof path, "%s/%s/file", top, folders[i]);
		out = fopen(path, "w");
		if (out == NULL || fclose(out) != 0)
			return 1;
	}
	snprintf(path, sizeof path, "%s/link", top);
	if (symlink("a", path) != 0)
		return 1;
	snprintf(path, sizeof path, "%s/shut", top);
	return chmod(path, 0111);
}

static int clear(void **state)
{
	char command[192];

	(void)state;
	snprintf(command, sizeof command, "chmod 700 %s/shut; rm -rf %s", top, top);
	return system(command);
}

static const struct {
	const char *name;
	const char *paths[3]; /* in top, when they do not start with a '/' */
	const char *covered;  /* one letter each: y, n */
} cases[] = {
    {"a folder in another", {"a", "a/b"}, "ny"},
    {"the outer one is named last", {"a/b", "a"}, "yn"},
    {"the same twice: the first counts", {"a", "a"}, "ny"},
    {"three of one line", {"a/b/file", "a/b", "a"}, "yyn"},
    {"through a link", {"link", "a/b"}, "ny"},
    {"a link and what it leads to", {"link/b", "a"}, "yn"},
    {"a name that only begins alike", {"a", "ab"}, "nn"},
    {"dots and separators", {"a/", "ab/../a/./b"}, "ny"},
    {"a file twice", {"a/file", "link/file"}, "ny"},
    {"what is not there", {"gone", "gone"}, "nn"},
    {"inside a folder that cannot be listed",
     {"shut", "shut/in", "shut/in/file"},
     "nny"},
    {"tables of the kernel are told once", {"/proc", "/proc/self"}, "ny"},
    {"a table that is named alone", {"/", "/proc/self/status"}, "nn"},
};

static void what_another_start_comes_by_is_no_start(void **state)
{
	struct mount_list *mounts;

	(void)state;
	assert_int_equal(mount_list_new(&mounts, NULL), RQ_OK);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct sweep_options options;
		struct sweep_roots roots;
		char texts[3][128], found[4] = "";
		const char *paths[3];
		size_t n = 0;

		for (; n < 3 && cases[i].paths[n] != NULL; n++) {
			const char *path = cases[i].paths[n];

			snprintf(texts[n], sizeof texts[n], "%s%s%s",
				 *path == '/' ? "" : top, *path == '/' ? "" : "/",
				 path);
			paths[n] = texts[n];
		}
		sweep_options_default(&options);
		options.paths = paths;
		options.n_paths = n;
		/* root may list anything */
		assert_int_equal(geteuid() == 0 ? seteuid(65534) : 0, 0);
		assert_int_equal(sweep_roots_init(&roots, &options, mounts, NULL),
				 RQ_OK);
		assert_int_equal(getuid() == 0 ? seteuid(0) : 0, 0);
		assert_int_equal(roots.n, n);
		for (size_t k = 0; k < n; k++)
			found[k] = roots.items[k].is_covered ? 'y' : 'n';
		if (strcmp(found, cases[i].covered) != 0)
			fail_msg("%s: %s, not %s", cases[i].name, found,
				 cases[i].covered);
		sweep_roots_free(&roots);
	}
	mount_list_free(mounts);
}

static void a_literal_sweep_starts_at_all_of_them(void **state)
{
	const char *const paths[] = {top, top};
	struct sweep_options options;
	struct sweep_roots roots;
	struct mount_list *mounts;

	(void)state;
	assert_int_equal(mount_list_new(&mounts, NULL), RQ_OK);
	sweep_options_default(&options);
	options.paths = paths;
	options.n_paths = 2;
	options.literal = true;
	assert_int_equal(sweep_roots_init(&roots, &options, mounts, NULL), RQ_OK);
	assert_false(roots.items[0].is_covered || roots.items[1].is_covered);
	sweep_roots_free(&roots);
	mount_list_free(mounts);
}

/* It is another start point, though it leads to a file that is swept anyway. */
static void a_link_is_followed_under_its_own_name(void **state)
{
	char link[128], file[128];
	const char *const paths[] = {top, file}, *const links[] = {link};
	struct sweep_options options;
	struct sweep_roots roots;
	struct mount_list *mounts;

	(void)state;
	snprintf(link, sizeof link, "%s/link/file", top);
	snprintf(file, sizeof file, "%s/a/file", top);
	assert_int_equal(mount_list_new(&mounts, NULL), RQ_OK);
	sweep_options_default(&options);
	options.paths = paths;
	options.n_paths = 2;
	options.links = links;
	options.n_links = 1;
	assert_int_equal(sweep_roots_init(&roots, &options, mounts, NULL), RQ_OK);
	assert_int_equal(roots.n, 3);
	assert_false(roots.items[0].is_covered);
	assert_true(roots.items[1].is_covered);
	assert_false(roots.items[2].is_covered);
	sweep_roots_free(&roots);
	/* and what it leads to is told under the name that was given */
	options.paths = &paths[1];
	options.n_paths = 1;
	assert_int_equal(sweep_roots_init(&roots, &options, mounts, NULL), RQ_OK);
	assert_false(roots.items[0].is_covered || roots.items[1].is_covered);
	sweep_roots_free(&roots);
	mount_list_free(mounts);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(a_link_is_followed_under_its_own_name, make,
					  clear),
	  cmocka_unit_test_setup_teardown(what_another_start_comes_by_is_no_start, make,
					  clear),
	  cmocka_unit_test_setup_teardown(a_literal_sweep_starts_at_all_of_them, make,
					  clear))
