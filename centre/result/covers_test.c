#include "centre/result/covers.h"

#include "bytes/test.h"
#include "finding/finding.h"
#include "wire/agent.h"

static const struct {
	const char *name;
	uint32_t options;
	const char *folder; /* NULL: none */
	enum finding_kind kind;
	const char *path;
	bool is_covered;
} cases[] = {
    {"a file below", 0, "/srv", FINDING_RULE, "/srv/a/b", true},
    {"the folder itself", 0, "/srv/", FINDING_RULE, "/srv", true},
    {"a name that only begins alike", 0, "/srv", FINDING_RULE, "/srv2/a", false},
    {"the root", 0, "/", FINDING_RULE, "/a", true},
    {"another case", 0, "/Srv", FINDING_RULE, "/srv/a", false},
    {"a drive in another case", 0, "C:\\Users", FINDING_RULE, "c:/users\\x.exe", true},
    {"another drive", 0, "C:\\", FINDING_RULE, "D:\\x.exe", false},
    {"a member of a container", 0, "/a.zip", FINDING_RULE, "/a.zip!b.exe", true},
    {"nothing was asked for", 0, NULL, FINDING_RULE, "/srv/a", false},
    {"whole disks", LEASE_ALL, NULL, FINDING_RULE, "/srv/a", true},
    {"whole disks, not memory", LEASE_ALL, NULL, FINDING_RULE, "process:7 (x)", false},
    {"memory", LEASE_PROCESSES, NULL, FINDING_RULE, "process:7 (x)", true},
    {"start points", LEASE_START, NULL, FINDING_ARTEFACT, "HKLM\\Run", true},
    {"no start points", LEASE_ALL, NULL, FINDING_ARTEFACT, "/etc/cron.d/x", false},
    {"nowhere", LEASE_ALL, NULL, FINDING_RULE, "", false},
};

static void a_sweep_covers_what_it_was_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes folder = {NULL, 0};
		const struct covered covered = {cases[i].options, &folder,
						cases[i].folder != NULL};

		if (cases[i].folder != NULL)
			folder = bytes_of(cases[i].folder);
		if (covers(&covered, cases[i].kind, bytes_of(cases[i].path)) !=
		    cases[i].is_covered)
			fail_msg("%s", cases[i].name);
	}
}

static void older_content_proves_nothing(void **state)
{
	(void)state;
	assert_true(content_reaches(bytes_of("2020-09-02"), bytes_of("2020-09-01")));
	assert_true(content_reaches(bytes_of("2020-09-02.2"), bytes_of("2020-09-02")));
	assert_false(content_reaches(bytes_of("2020-08-31"), bytes_of("2020-09-01")));
	assert_true(content_reaches(bytes_of("ours"), bytes_of("ours")));
	assert_false(content_reaches(bytes_of("ours"), bytes_of("theirs")));
	assert_false(content_reaches(bytes_of(""), bytes_of("")));
}

TEST_MAIN(cmocka_unit_test(a_sweep_covers_what_it_was_asked_for),
	  cmocka_unit_test(older_content_proves_nothing))
