#include "bytes/test.h"

#include "endpoint/progress.h"

static const struct sweep_progress half = {
    .n_files = 1234,
    .n_bytes = 1536,
    .n_bytes_all = 3072,
    .all_counted = true,
    .n_found = 2,
    .seconds = 2,
    .seconds_left = 62,
    .path = BYTES_LITERAL("a\x1b[2J"),
};

static void check(const struct sweep_progress *now, enum language language,
		  unsigned width, const char *want)
{
	struct buffer out = {0};

	progress_line(&out, now, language, width);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_string_equal((const char *)out.data, want);
	buffer_free(&out);
}

static void a_line_says_how_far_it_is(void **state)
{
	(void)state;
	check(&half, LANGUAGE_VI, 200,
	      "██████████░░░░░░░░░░ 50,0 %  1.234 tệp, 1,5 KB, 617 tệp/giây, còn 1 "
	      "phút 02 "
	      "giây; có phát hiện: 2  a\\x1b[2J");
	check(
	    &half, LANGUAGE_EN, 200,
	    "██████████░░░░░░░░░░ 50.0 %  1,234 files, 1.5 KB, 617 files/s, left 1 min "
	    "02 s; found: 2  a\\x1b[2J");
}

static void no_bar_before_all_is_counted(void **state)
{
	struct sweep_progress now = half;

	(void)state;
	now.all_counted = false;
	now.n_found = 0;
	check(&now, LANGUAGE_EN, 200, "1,234 files, 1.5 KB, 617 files/s  a\\x1b[2J");
}

static void a_line_of_processes_counts_them(void **state)
{
	struct sweep_progress now = half;

	(void)state;
	now.of_processes = true;
	now.n_files = 3;
	now.n_files_all = 12;
	now.n_found = 0;
	now.seconds_left = -1;
	check(&now, LANGUAGE_EN, 200,
	      "█████░░░░░░░░░░░░░░░ 25.0 %  3 processes, 1.5 KB  a\\x1b[2J");
	check(&now, LANGUAGE_VI, 200,
	      "█████░░░░░░░░░░░░░░░ 25,0 %  3 tiến trình, 1,5 KB  a\\x1b[2J");
}

static void a_line_is_cut_between_characters(void **state)
{
	struct sweep_progress now = {.path = BYTES_LITERAL("ếếếếếế"),
				     .seconds_left = -1};

	(void)state;
	check(&now, LANGUAGE_VI, 29, "0 tệp, 0 B, 0 tệp/giây  ếếếếế");
}

static void a_line_says_that_it_yields(void **state)
{
	struct sweep_progress now = half;

	(void)state;
	now.yields = true;
	now.n_found = 0;
	now.all_counted = false;
	check(&now, LANGUAGE_VI, 200,
	      "1.234 tệp, 1,5 KB, 617 tệp/giây; đang nhường máy  a\\x1b[2J");
	check(&now, LANGUAGE_EN, 200,
	      "1,234 files, 1.5 KB, 617 files/s; yielding  a\\x1b[2J");
}

TEST_MAIN(cmocka_unit_test(a_line_says_that_it_yields),
	  cmocka_unit_test(a_line_says_how_far_it_is),
	  cmocka_unit_test(a_line_of_processes_counts_them),
	  cmocka_unit_test(no_bar_before_all_is_counted),
	  cmocka_unit_test(a_line_is_cut_between_characters))
