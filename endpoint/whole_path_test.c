#include "endpoint/whole_path.h"

#include "bytes/test.h"

static void a_path_is_put_behind_the_folder_of_the_sweep(void **state)
{
	static const struct {
		const char *folder, *path, *whole;
	} cases[] = {
	    {"/mnt", "Windows/a", "/mnt/Windows/a"},
	    {"/mnt", "./Windows//a", "/mnt/Windows/a"},
	    {"/mnt/c", "../d/a", "/mnt/d/a"},
	    {"/mnt/c", ".", "/mnt/c"},
	    {"/mnt", "../../../a", "/a"},
	    {"/", "usr/bin/a", "/usr/bin/a"},
	    {"/mnt", "..a/b..", "/mnt/..a/b.."},
	    {"/mnt", "/usr/./a", "/usr/./a"}, /* as it was given */
	    {"", "usr/a", "usr/a"},
	};
	struct buffer room = {0};
	struct bytes whole;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(whole_path(bytes_of(cases[i].folder),
					    bytes_of(cases[i].path), &room, &whole),
				 RQ_OK);
		assert_true(bytes_equal_text(whole, cases[i].whole));
	}
	buffer_free(&room);
}

TEST_MAIN(cmocka_unit_test(a_path_is_put_behind_the_folder_of_the_sweep))
