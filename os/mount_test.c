/* Which mounts a sweep of everything has to enter, and from where.  Mounts of its own,
 * in a name space that ends with this program. */
#include "bytes/test.h"

#include "os/mount_linux.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];
static bool is_allowed;

static const char *path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *to = paths[next++ % 4];

	snprintf(to, sizeof paths[0], "%s/%s", top, name);
	return to;
}

static int make(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-mount-XXXXXX");
	if (mkdtemp(top) == NULL)
		return 1;
	is_allowed = unshare(CLONE_NEWNS) == 0 &&
		     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return 0;
}

static int clear(void **state)
{
	(void)state;
	return rmdir(top);
}

/* Each case begins with an empty memory disk at top. */
static int begin(void **state)
{
	(void)state;
	if (is_allowed)
		assert_int_equal(mount("test", top, "tmpfs", 0, NULL), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (is_allowed)
		assert_int_equal(umount2(top, MNT_DETACH), 0);
	return 0;
}

static void need_mounts(void)
{
	if (!is_allowed) {
		print_message("not allowed to mount here\n");
		skip();
	}
}

static void folder(const char *name)
{
	assert_int_equal(mkdir(path(name), 0700), 0);
}

static void disk(const char *name)
{
	mkdir(path(name), 0700);
	assert_int_equal(mount("test", path(name), "tmpfs", 0, NULL), 0);
}

static void bind(const char *from, const char *to)
{
	mkdir(path(to), 0700);
	assert_int_equal(mount(path(from), path(to), NULL, MS_BIND, NULL), 0);
}

/* "d" for a duplicate, "s" for a start, of the last mount there. */
static void expect(const char *name, const char *wanted)
{
	struct mount_list *list;
	const struct mount *mount;
	char found[4] = "";

	assert_int_equal(mount_list_new(&list, NULL), RQ_OK);
	mount = mount_list_find(list, path(name));
	if (mount == NULL) {
		fail_msg("%s is not listed", name);
		return;
	}
	snprintf(found, sizeof found, "%s%s", mount->is_duplicate ? "d" : "",
		 mount_is_start(mount) ? "s" : "");
	if (strcmp(found, wanted) != 0)
		fail_msg("%s is '%s', not '%s'", name, found, wanted);
	mount_list_free(list);
}

static void everything_starts_at_the_root(void **state)
{
	struct mount_list *list;
	unsigned n = 0;

	(void)state;
	assert_int_equal(mount_list_new(&list, NULL), RQ_OK);
	for (size_t i = 0; i < mount_list_count(list); i++)
		n += strcmp(mount_list_at(list, i)->path, "/") == 0 &&
		     mount_is_start(mount_list_at(list, i));
	assert_int_not_equal(n, 0);
	assert_int_equal(mount_list_find(list, "/proc")->kind, MOUNT_PSEUDO);
	assert_null(mount_list_find(list, "/proc/nothing"));
	mount_list_free(list);
}

static void a_changed_root_is_a_start(void **state)
{
	static const char table[] =
	    "36 35 0:30 / /proc rw - proc proc rw\n"
	    "37 35 8:1 /srv/rescue/data /data rw - ext4 /dev/sda1 rw\n";
	struct mount_list *list;
	const struct mount *root;

	(void)state;
	assert_int_equal(
	    mount_list_parse((struct bytes){(const uint8_t *)table, sizeof table - 1},
			     &list),
	    RQ_OK);
	root = mount_list_find(list, "/");
	assert_non_null(root);
	assert_true(mount_is_start(root));
	assert_int_equal(root->kind, MOUNT_LOCAL);
	assert_false(mount_is_start(mount_list_find(list, "/data")));
	mount_list_free(list);
}

/* A disk at /, its folder /srv/a again at /mnt/a, another disk in /srv/a/other, and one
 * over /mnt/hidden. */
static const char views[] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
			    "21 20 8:1 /srv/a /mnt/a rw - ext4 /dev/sda1 rw\n"
			    "22 20 8:2 / /srv/a/other rw - ext4 /dev/sda2 rw\n"
			    "23 20 8:1 /srv/b /mnt/hidden/b rw - ext4 /dev/sda1 rw\n"
			    "24 20 8:3 / /mnt/hidden rw - ext4 /dev/sda3 rw\n"
			    "25 20 8:2 /deep /mnt/deep rw - ext4 /dev/sda2 rw\n";

static const struct {
	const char *name, *folder, *path, *shown; /* NULL: not */
} shown[] = {
    {"a second view", "/srv", "/mnt/a/sub", "/srv/a/sub"},
    {"from the top", "/", "/mnt/a/sub/file", "/srv/a/sub/file"},
    {"the other way round", "/mnt/a", "/srv/a/sub", "/mnt/a/sub"},
    {"the view itself, but a disk hangs in the first one", "/srv", "/mnt/a", NULL},
    {"a place that a disk hides", "/srv", "/mnt/a/other/x", NULL},
    {"a folder beside", "/srv/b", "/mnt/a/sub", NULL},
    {"a name that only begins alike", "/srv/a/su", "/mnt/a/sub", NULL},
    {"another disk", "/srv/b", "/mnt/deep", NULL},
    {"a disk in a folder", "/srv/a/other", "/mnt/deep/x", "/srv/a/other/deep/x"},
    {"the disk is not entered by the name of the folder", "/srv/a", "/mnt/deep/x",
     NULL},
    {"under one name only", "/srv", "/srv/a/sub", NULL},
    {"a mount that is hidden says nothing", "/srv", "/mnt/hidden/b/x", NULL},
};

static void what_one_folder_shows_of_another(void **state)
{
	struct mount_list *list;

	(void)state;
	assert_int_equal(
	    mount_list_parse((struct bytes){(const uint8_t *)views, sizeof views - 1},
			     &list),
	    RQ_OK);
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct buffer found = {0};
		bool is_shown =
		    mount_list_shows(list, shown[i].folder, shown[i].path, &found);

		if (is_shown != (shown[i].shown != NULL))
			fail_msg("%s", shown[i].name);
		if (is_shown)
			assert_string_equal((const char *)found.data, shown[i].shown);
		buffer_free(&found);
	}
	assert_string_equal(mount_list_holding(list, "/mnt/a/sub")->path, "/mnt/a");
	assert_string_equal(mount_list_holding(list, "/mnt/ab")->path, "/");
	assert_string_equal(mount_list_holding(list, "/mnt/hidden/b")->path,
			    "/mnt/hidden");
	mount_list_free(list);
}

static void a_disk_is_entered(void **state)
{
	(void)state;
	need_mounts();
	disk("a b\\c");
	expect("a b\\c", "");
}

static void a_second_view_is_a_duplicate(void **state)
{
	(void)state;
	need_mounts();
	disk("a");
	folder("a/inner");
	bind("a", "b");
	bind("a/inner", "c");
	expect("a", "");
	expect("b", "d");
	expect("c", "d");
}

static void the_only_view_of_a_folder_is_none(void **state)
{
	(void)state;
	need_mounts();
	disk("a");
	folder("a/inner");
	bind("a/inner", "c");
	assert_int_equal(umount2(path("a"), MNT_DETACH), 0);
	expect("c", "");
}

/* Something was mounted over the first view, or over a folder above it. */
static void a_view_that_is_hidden_does_not_count(void **state)
{
	(void)state;
	need_mounts();
	folder("x");
	disk("x/a");
	folder("x/a/inner");
	bind("x/a/inner", "c");
	expect("c", "d");
	disk("x/a/inner");
	expect("c", "");
	assert_int_equal(umount2(path("x/a/inner"), MNT_DETACH), 0);
	expect("c", "d");
	disk("x");
	expect("c", "");
}

static void a_disk_in_a_second_view_is_a_start(void **state)
{
	(void)state;
	need_mounts();
	disk("a");
	folder("a/inner");
	bind("a", "b");
	disk("b/inner");
	expect("a", "");
	expect("b", "d");
	expect("b/inner", "s");
	disk("b");
	expect("a", "");
	/* what nobody can reach is no start */
	struct mount_list *list;

	assert_int_equal(mount_list_new(&list, NULL), RQ_OK);
	assert_false(mount_is_start(mount_list_find(list, path("b/inner"))));
	mount_list_free(list);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(everything_starts_at_the_root),
	    CASE(a_changed_root_is_a_start),
	    cmocka_unit_test(what_one_folder_shows_of_another),
	    CASE(a_disk_is_entered),
	    CASE(a_second_view_is_a_duplicate),
	    CASE(the_only_view_of_a_folder_is_none),
	    CASE(a_view_that_is_hidden_does_not_count),
	    CASE(a_disk_in_a_second_view_is_a_start),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
