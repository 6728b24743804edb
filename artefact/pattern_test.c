#include "bytes/test.h"

#include "artefact/pattern.h"

static bool fits(enum artefact_pattern_kind kind, const char *pattern, const char *text)
{
	struct artefact_patterns list = {0};
	struct arena *arena;
	const char *why = "";
	size_t column = 0;
	bool result;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(
	    artefact_pattern_add(arena, kind, bytes_of(pattern), &list, &column, &why),
	    RQ_OK);
	result = artefact_patterns_fit(&list, bytes_of(text));
	arena_free(arena);
	return result;
}

static void paths_fit_as_they_are_written(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool fits;
	} cases[] = {
	    {"%SystemRoot%\\apppatch\\netapi32.dll",
	     "C:\\Windows\\apppatch\\netapi32.dll", true},
	    {"%SystemRoot%\\apppatch\\netapi32.dll",
	     "/mnt/c/WINDOWS/AppPatch/NetApi32.DLL", true},
	    {"%SystemRoot%\\apppatch\\netapi32.dll", "Windows/apppatch/netapi32.dll",
	     true},
	    {"%SystemRoot%\\apppatch\\netapi32.dll",
	     "C:\\Windows\\System32\\netapi32.dll", false},
	    {"%SystemRoot%\\apppatch\\netapi32.dll",
	     "C:\\MyWindows\\apppatch\\netapi32.dll", false},
	    {"%TEMP%\\Wmedia\\*.tmp",
	     "C:\\Users\\an\\AppData\\Local\\Temp\\Wmedia\\12.tmp", true},
	    {"%TEMP%\\Wmedia\\*.tmp", "/mnt/Windows/Temp/wmedia/1.TMP", true},
	    {"%TEMP%\\Wmedia\\*.tmp",
	     "C:\\Users\\an\\AppData\\Local\\Temp\\Wmedia\\x\\1.tmp", false},
	    {"%SystemDrive%\\x.exe", "D:\\x.exe", true},
	    {"**\\a\\**\\b", "/a/b", true},
	    {"**\\a\\**\\b", "/q/a/1/2/b", true},
	    {"**\\a\\**\\b", "/q/a/1/2b", false},
	    {"/etc/cron.d/*", "/etc/cron.d/x", true},
	    {"/etc/cron.d/*", "/etc/cron.d/", true},
	    {"/etc/cron.d/*", "/mnt/etc/cron.d/x", false},
	    {"/etc/cron.d/*", "/etc/CRON.d/x", false},
	    {"/etc/cron.d/*", "/etc/cron.d/x/y", false},
	    {"/etc/**", "/etc/a/b", true},
	    {"~/.ssh/id_?", "/home/an/.ssh/id_1", true},
	    {"~/.ssh/id_?", "/root/.ssh/id_1", true},
	    {"~/.ssh/id_?", "/home/an/b/.ssh/id_1", false},
	    {"~/.ssh/id_?", "/home/an/.ssh/id_", false},
	    {"/a", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (fits(PATTERN_PATH, cases[i].pattern, cases[i].path) !=
		    cases[i].fits)
			fail_msg("%s and %s", cases[i].pattern, cases[i].path);
	}
}

static void names_and_commands_fit_in_either_case(void **state)
{
	(void)state;
	assert_true(fits(PATTERN_TEXT, "Windows\\Update", "windows/update"));
	assert_true(
	    fits(PATTERN_TEXT, "*\\apppatch\\*", "C:\\Windows\\AppPatch\\a.dll,x"));
	assert_false(fits(PATTERN_TEXT, "Windows\\Update",
			  "Microsoft\\Windows\\WindowsUpdate\\x"));
	assert_false(fits(PATTERN_TEXT, "*curl*|*sh*", "curl http://x"));
}

static void hosts_fit_with_what_is_below_them(void **state)
{
	(void)state;
	assert_true(fits(PATTERN_HOST, "vgca.homeunix.org", "VGCA.HomeUnix.Org"));
	assert_true(fits(PATTERN_HOST, "vgca.homeunix.org", "vgca.homeunix.org."));
	assert_true(fits(PATTERN_HOST, "vgca.homeunix.org.", "a.b.vgca.homeunix.org"));
	assert_false(fits(PATTERN_HOST, "vgca.homeunix.org", "xvgca.homeunix.org"));
	assert_false(fits(PATTERN_HOST, "vgca.homeunix.org", "homeunix.org"));
	assert_false(fits(PATTERN_HOST, "vgca.homeunix.org", "vgca.homeunix.org.vn"));
}

static void what_cannot_be_meant_is_refused(void **state)
{
	static const struct {
		enum artefact_pattern_kind kind;
		const char *text;
		size_t column;
	} cases[] = {
	    {PATTERN_PATH, "", 0},
	    {PATTERN_PATH, "netapi32.dll", 0},
	    {PATTERN_PATH, "C:\\Windows\\x", 0},
	    {PATTERN_PATH, "%WINDIR%\\x", 0},
	    {PATTERN_PATH, "%TEMP%", 6},
	    {PATTERN_PATH, "%TEMP%x", 6},
	    {PATTERN_PATH, "/a\tb", 2},
	    {PATTERN_HOST, "http://a", 5},
	    {PATTERN_HOST, ".", 0},
	};
	struct artefact_patterns list = {0};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *why = NULL;
		size_t column = 99;

		if (artefact_pattern_add(arena, cases[i].kind, bytes_of(cases[i].text),
					 &list, &column, &why) != RQ_ERR_RULE)
			fail_msg("taken: %s", cases[i].text);
		assert_int_equal(column, cases[i].column);
		assert_non_null(why);
	}
	assert_int_equal(list.n, 0);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(paths_fit_as_they_are_written),
	  cmocka_unit_test(names_and_commands_fit_in_either_case),
	  cmocka_unit_test(hosts_fit_with_what_is_below_them),
	  cmocka_unit_test(what_cannot_be_meant_is_refused))
