#include "bytes/test.h"

#include "finding/scope.h"

#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct {
	const char *pattern, *path;
	bool fits;
} patterns[] = {
    {"/proc/*", "/proc/1/maps", true},
    {"/proc/*", "/home/proc/1", false},
    {"*/pagefile.sys", "/mnt/pagefile.sys", true},
    {"*/pagefile.sys", "/mnt/pagefile.sys.exe", false},
    {"*.zip", "/a.zip/b.zip", true},
    {"*a*b*c", "/xaybzbc", true},
    {"*a*b*c", "/xaybzb", false},
    {"/data/?", "/data/x", true},
    {"/data/?", "/data/xy", false},
    {"/exact", "/exact", true},
    {"/exact", "/exac", false},
    {"*", "", true},
    {"", "/", false},
};

static void a_pattern_fits_the_whole_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(patterns); i++)
		if (scope_pattern_fits(patterns[i].pattern, bytes_of(patterns[i].path),
				       SCOPE_NAMES_POSIX) != patterns[i].fits)
			fail_msg("%s %s", patterns[i].pattern, patterns[i].path);
}

/* A pattern of many stars costs the product of the lengths, not more. */
static void many_stars_end(void **state)
{
	char pattern[256], path[4096];

	(void)state;
	for (size_t i = 0; i < 254; i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[254] = 'b';
	pattern[255] = 0;
	memset(path, 'a', sizeof path);
	assert_false(scope_pattern_fits(
	    pattern, (struct bytes){(const uint8_t *)path, sizeof path},
	    SCOPE_NAMES_POSIX));
}

static const struct {
	const char *pattern, *path;
	bool on_windows, elsewhere;
} of_windows[] = {
    {"?:/pagefile.sys", "C:\\pagefile.sys", true, false},
    {"?:/pagefile.sys", "C:/pagefile.sys", true, true},
    {"C:\\Users\\*", "c:\\users\\An\\x", true, false},
    {"C:\\Users\\*", "C:\\Users\\An", true, true},
    {"C:\\Users\\*", "C:/Users/An", true, false},
    {"*/NTUSER.DAT", "C:\\Users\\An\\ntuser.dat", true, false},
    {"*\\Tài liệu\\*", "C:\\Users\\An\\Tài liệu\\x", true, true},
    {"C:\\Users", "C:\\Users\\An", false, false},
};

static void a_pattern_of_windows_knows_both_separators_and_no_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(of_windows); i++) {
		struct bytes path = bytes_of(of_windows[i].path);

		if (scope_pattern_fits(of_windows[i].pattern, path,
				       SCOPE_NAMES_WINDOWS) !=
			of_windows[i].on_windows ||
		    scope_pattern_fits(of_windows[i].pattern, path,
				       SCOPE_NAMES_POSIX) != of_windows[i].elsewhere)
			fail_msg("%s %s", of_windows[i].pattern, of_windows[i].path);
	}
}

static const struct {
	const char *path, *folder;
	bool on_windows, elsewhere;
} folders[] = {
    {"/home/an", "/home", true, true},
    {"/home", "/home", true, true},
    {"/homes", "/home", false, false},
    {"/home", "/home/an", false, false},
    {"/home/an", "/", true, true},
    {"/Home/an", "/home", true, false},
    {"C:\\Users\\An", "C:\\Users", true, false},
    {"c:\\users\\An", "C:\\Users", true, false},
    {"C:/Users/An", "C:\\Users", true, false},
    {"C:\\Users", "C:\\", true, false},
    {"C:\\UsersOld", "C:\\Users", false, false},
    {"D:\\Users", "C:\\Users", false, false},
    {"C:\\ProgramData\\x", "C:\\ProgramData", true, false},
};

static void what_lies_in_a_folder_is_told_by_the_names_of_the_system(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(folders); i++)
		if (scope_lies_in(folders[i].path, folders[i].folder,
				  SCOPE_NAMES_WINDOWS) != folders[i].on_windows ||
		    scope_lies_in(folders[i].path, folders[i].folder,
				  SCOPE_NAMES_POSIX) != folders[i].elsewhere)
			fail_msg("%s %s", folders[i].path, folders[i].folder);
}

static const struct {
	const char *path;
	uint32_t kinds;
} kinds[] = {
    {"/a/setup.EXE", SCOPE_PROGRAMS},  {"/a/report.docx", SCOPE_DOCUMENTS},
    {"/a/run.ps1", SCOPE_SCRIPTS},     {"/a/b.zip", SCOPE_ARCHIVES},
    {"/a/b.zip.exe", SCOPE_PROGRAMS},  {"/a/unknown", SCOPE_ALL_KINDS},
    {"/a/b.strange", SCOPE_ALL_KINDS}, {"/a/exe", SCOPE_ALL_KINDS},
    {"exe", SCOPE_ALL_KINDS},
};

static void a_kind_is_told_by_the_ending_and_else_is_any(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(kinds); i++)
		if (scope_kinds_of(bytes_of(kinds[i].path)) != kinds[i].kinds)
			fail_msg("%s", kinds[i].path);
}

static const struct scope_tolerance lines[] = {
    {GAP_UNREADABLE, 2, "/proc/*"},
    {GAP_UNREADABLE, 1, "/etc/*"},
    {GAP_ENCRYPTED, 1, NULL},
};
static const struct scope tolerant = {
    .kinds = SCOPE_ALL_KINDS, .tolerances = lines, .n_tolerances = N_OF(lines)};
static const struct scope programs = {.kinds = SCOPE_PROGRAMS};

/* (gaps, scope) -> verdict */
static const struct {
	const char *name;
	const struct scope *scope;
	struct {
		enum gap_reason reason;
		const char *path;
	} gaps[4];
	size_t n_gaps;
	uint64_t n_seen, n_scanned;
	enum verdict verdict;
	uint64_t n_tolerated;
} cases[] = {
    {"no gap, no scope", NULL, {{0, NULL}}, 0, 9, 9, VERDICT_CLEAN, 0},
    {"no gap", &tolerant, {{0, NULL}}, 0, 9, 9, VERDICT_CLEAN, 0},
    {"without a scope any gap counts",
     NULL,
     {{GAP_ENCRYPTED, "/a.zip"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"within the limit",
     &tolerant,
     {{GAP_ENCRYPTED, "/a.zip"}},
     1,
     9,
     9,
     VERDICT_CLEAN,
     1},
    {"only this archive was there",
     &tolerant,
     {{GAP_ENCRYPTED, "/a.zip"}},
     1,
     9,
     0,
     VERDICT_CLEAN,
     1},
    {"beyond the limit all of that reason count",
     &tolerant,
     {{GAP_ENCRYPTED, "/a.zip"}, {GAP_ENCRYPTED, "/b.zip"}},
     2,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"another reason stays tolerated",
     &tolerant,
     {{GAP_ENCRYPTED, "/a.zip"},
      {GAP_ENCRYPTED, "/b.zip"},
      {GAP_UNREADABLE, "/etc/shadow"}},
     3,
     9,
     9,
     VERDICT_UNKNOWN,
     1},
    {"a reason without a line",
     &tolerant,
     {{GAP_TIMEOUT, "/a"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"each line has its own limit",
     &tolerant,
     {{GAP_UNREADABLE, "/proc/1/exe"},
      {GAP_UNREADABLE, "/proc/2/exe"},
      {GAP_UNREADABLE, "/etc/shadow"}},
     3,
     9,
     9,
     VERDICT_CLEAN,
     3},
    {"one line over its limit takes the reason with it",
     &tolerant,
     {{GAP_UNREADABLE, "/proc/1/exe"},
      {GAP_UNREADABLE, "/etc/shadow"},
      {GAP_UNREADABLE, "/etc/gshadow"}},
     3,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"a path that no line names",
     &tolerant,
     {{GAP_UNREADABLE, "/etc/shadow"}, {GAP_UNREADABLE, "/home/a/x"}},
     2,
     9,
     9,
     VERDICT_UNKNOWN,
     1},
    {"tolerated, but nothing was examined",
     &tolerant,
     {{GAP_UNREADABLE, "/etc/shadow"}},
     1,
     9,
     0,
     VERDICT_UNKNOWN,
     1},
    {"tolerated, and there was nothing else",
     &tolerant,
     {{GAP_UNREADABLE, "/etc/ssl"}},
     1,
     0,
     0,
     VERDICT_UNKNOWN,
     1},
    {"a kind that is not required",
     &programs,
     {{GAP_UNREADABLE, "/home/a/x.pdf"}},
     1,
     9,
     9,
     VERDICT_CLEAN,
     1},
    {"a kind that nobody can tell",
     &programs,
     {{GAP_UNREADABLE, "/home/a/x"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"a folder is of no kind, whatever its name",
     &programs,
     {{GAP_LISTING, "/home/a/x.pdf"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"a required root was left out",
     &tolerant,
     {{GAP_ROOT_NOT_SWEPT, "/home/a"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
    {"a required root of another kind's name",
     &programs,
     {{GAP_ROOT_NOT_SWEPT, "/home/a.pdf"}},
     1,
     9,
     9,
     VERDICT_UNKNOWN,
     0},
};

static void the_verdict_follows_from_gaps_and_scope(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scope_tally tally = {.scope = cases[i].scope};
		struct summary summary = {.n_seen = cases[i].n_seen,
					  .n_scanned = cases[i].n_scanned};

		for (size_t k = 0; k < cases[i].n_gaps; k++) {
			scope_tally_gap(&tally, cases[i].gaps[k].reason,
					bytes_of(cases[i].gaps[k].path));
			summary.n_gaps[cases[i].gaps[k].reason]++;
		}
		scope_tally_close(&tally, summary.n_tolerated);
		if (summary_verdict(&summary) != cases[i].verdict ||
		    summary_tolerated(&summary) != cases[i].n_tolerated)
			fail_msg("%s", cases[i].name);
	}
}

static void what_changes_the_sweep_itself_is_never_tolerated(void **state)
{
	(void)state;
	assert_false(scope_may_tolerate(GAP_STOPPED));
	assert_false(scope_may_tolerate(GAP_RULES_REFUSED));
	assert_false(scope_may_tolerate(GAP_INDICATORS_REFUSED));
	assert_false(scope_may_tolerate(GAP_ROOT_NOT_SWEPT));
	assert_true(scope_may_tolerate(GAP_UNREADABLE));
}

TEST_MAIN(cmocka_unit_test(a_pattern_of_windows_knows_both_separators_and_no_case),
	  cmocka_unit_test(what_lies_in_a_folder_is_told_by_the_names_of_the_system),
	  cmocka_unit_test(a_pattern_fits_the_whole_path),
	  cmocka_unit_test(many_stars_end),
	  cmocka_unit_test(a_kind_is_told_by_the_ending_and_else_is_any),
	  cmocka_unit_test(the_verdict_follows_from_gaps_and_scope),
	  cmocka_unit_test(what_changes_the_sweep_itself_is_never_tolerated))
