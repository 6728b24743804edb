/* `raquet scan` from its words to its exit code and report, under a scope and without. */
#include "bytes/test.h"

#include "endpoint/command.h"
#include "endpoint/sweep_scene.h"
#include "endpoint/worker.h"
#include "format/zip_sample.h"
#include "os/file.h"

#include <jansson.h>
#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

static char folder[128], report[128], scope_path[128];

static int begin(void **state)
{
	struct zip_sample_member locked = {
	    .name = "a.txt", .data = "x", .local_flags = 1, .flags = 1};
	struct zip_sample_member plain = {.name = "a.txt", .data = "x"};
	struct buffer zip = {0};

	if (scene_make(state) != 0)
		return 1;
	scene_folder("swept");
	scene_folder("empty");
	zip_sample(&zip, &locked, 1, "");
	scene_put_bytes("swept/locked.zip", (const char *)zip.data, zip.size);
	buffer_clear(&zip);
	zip_sample(&zip, &plain, 1, "");
	scene_put_bytes("swept/plain.zip", (const char *)zip.data, zip.size);
	buffer_free(&zip);
	snprintf(folder, sizeof folder, "%s/swept", scene_top);
	snprintf(report, sizeof report, "%s/report", scene_top);
	snprintf(scope_path, sizeof scope_path, "%s/scope", scene_top);
	return 0;
}

/* Runs `raquet scan` with at most four more words; the last line of its report. */
static int scan(const char *const *more, json_t **summary_out)
{
	const char *const first[] = {"--format", "jsonl", "--lang",    "en",
				     "--output", report,  "--threads", "1"};
	char *words[16];
	struct words all = {0, words};
	struct buffer text = {0};
	const char *last;
	int code;

	for (size_t i = 0; i < N_OF(first); i++)
		words[all.n++] = (char *)(uintptr_t)first[i];
	for (; *more != NULL; more++)
		words[all.n++] = (char *)(uintptr_t)*more;
	code = command_scan.run(&all);
	*summary_out = NULL;
	if (code == EXIT_USAGE)
		return code;
	assert_int_equal(file_read_whole(report, &text, NULL), RQ_OK);
	buffer_u8(&text, 0);
	last = strstr((const char *)text.data, "{\"event\":\"summary\"");
	assert_non_null(last);
	*summary_out = json_loads(last, 0, NULL);
	assert_non_null(*summary_out);
	buffer_free(&text);
	return code;
}

static int64_t count_in(json_t *summary, const char *list, const char *reason)
{
	return json_integer_value(
	    json_object_get(json_object_get(summary, list), reason));
}

static void an_encrypted_archive_is_a_gap_that_the_default_scope_tolerates(void **state)
{
	json_t *summary;

	(void)state;
	assert_int_equal(scan((const char *[]){folder, NULL}, &summary),
			 EXIT_INCOMPLETE);
	assert_int_equal(count_in(summary, "skipped", "encrypted"), 1);
	assert_int_equal(count_in(summary, "tolerated", "encrypted"), 0);
	json_decref(summary);

	assert_int_equal(
	    scan((const char *[]){"--scope", "default", folder, NULL}, &summary),
	    EXIT_CLEAN);
	assert_int_equal(count_in(summary, "skipped", "encrypted"), 1);
	assert_int_equal(count_in(summary, "tolerated", "encrypted"), 1);
	assert_string_equal(
	    json_string_value(json_object_get(summary, "required_scope")), "mặc định");
	json_decref(summary);
}

/* What the scope says and the answer; $ is the top of the scene. */
static const struct {
	const char *name, *scope;
	bool names_path;
	int code;
	const char *reason; /* of one gap that is not tolerated, or NULL */
} cases[] = {
    {"tolerated", "name: x\ntolerate: encrypted 1\n", true, EXIT_CLEAN, NULL},
    {"tolerated elsewhere", "name: x\ntolerate: encrypted 1 /nowhere/*\n", true,
     EXIT_INCOMPLETE, "encrypted"},
    {"a scope that says what to sweep",
     "name: x\ntolerate: encrypted 1\nroot: $/swept\n", false, EXIT_CLEAN, NULL},
    {"a root that was not given", "name: x\ntolerate: encrypted 1\nroot: $/empty\n",
     true, EXIT_INCOMPLETE, "root-not-swept"},
    {"a root that does not exist",
     "name: x\ntolerate: encrypted 1\nroot: $/swept\nroot: $/none\n", false,
     EXIT_INCOMPLETE, "root-not-swept"},
    {"a root that need not exist",
     "name: x\ntolerate: encrypted 1\nroot: $/swept\nroot-if-present: $/none\n", false,
     EXIT_CLEAN, NULL},
    {"processes are required", "name: x\ntolerate: encrypted 1\nprocesses: yes\n", true,
     EXIT_INCOMPLETE, "processes-not-swept"},
    {"what starts by itself is required",
     "name: x\ntolerate: encrypted 1\npersistence: yes\n", true, EXIT_INCOMPLETE,
     "persistence-not-read"},
    {"archives are not required", "name: x\ntypes: programs\n", true, EXIT_CLEAN, NULL},
    {"a file that is wrong", "name: x\ntolerates: encrypted 1\n", true, EXIT_USAGE,
     NULL},
    {"nothing to sweep", "name: x\n", false, EXIT_USAGE, NULL},
};

static void put_scope(const char *text)
{
	struct buffer file = {0};

	for (; *text != 0; text++)
		if (*text == '$')
			buffer_text(&file, scene_top);
		else
			buffer_u8(&file, (uint8_t)*text);
	assert_int_equal(file_write_atomic(scope_path, buffer_bytes(&file), NULL),
			 RQ_OK);
	buffer_free(&file);
}

static void the_scope_decides_what_is_not_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		json_t *summary;
		int code;

		put_scope(cases[i].scope);
		code = scan((const char *[]){"--scope", scope_path,
					     cases[i].names_path ? folder : NULL, NULL},
			    &summary);
		if (code != cases[i].code)
			fail_msg("%s: %d", cases[i].name, code);
		if (cases[i].reason != NULL &&
		    (count_in(summary, "skipped", cases[i].reason) != 1 ||
		     count_in(summary, "tolerated", cases[i].reason) != 0))
			fail_msg("%s: %s", cases[i].name, cases[i].reason);
		json_decref(summary);
	}
}

static bool names(json_t *summary, const char *word)
{
	json_t *scope = json_object_get(summary, "scope"), *item;
	size_t i;

	json_array_foreach(scope, i, item) if (strcmp(json_string_value(item), word) ==
					       0) return true;
	return false;
}

/* Whether the answer is complete depends on the machine that tests it; that it was done,
 * and is named, does not. */
static void a_scope_that_chooses_does_what_it_requires(void **state)
{
	json_t *summary;

	(void)state;
	put_scope("name: x\nroot: $/empty\npersistence: yes\n");
	scan((const char *[]){"--scope", scope_path, NULL}, &summary);
	assert_int_equal(count_in(summary, "skipped", "persistence-not-read"), 0);
	assert_true(names(summary, "--persistence"));
	/* start points are files beside the one root, which is empty */
	assert_true(json_integer_value(json_object_get(summary, "files_seen")) > 0);
	json_decref(summary);

	put_scope("name: x\npersistence: yes\n");
	scan((const char *[]){"--scope", scope_path, NULL}, &summary);
	assert_true(json_integer_value(json_object_get(summary, "files_seen")) > 0);
	json_decref(summary);

	put_scope("name: x\nroot: $/empty\n");
	scan((const char *[]){"--scope", scope_path, NULL}, &summary);
	assert_false(names(summary, "--persistence"));
	assert_int_equal(json_integer_value(json_object_get(summary, "files_seen")), 0);
	json_decref(summary);
}

/* On this machine, whatever it holds: a moment of it shows what was asked for. */
static void quick_reads_what_starts_by_itself_and_is_named(void **state)
{
	json_t *summary;

	(void)state;
	scan((const char *[]){"--quick", "--time-limit", "1", NULL}, &summary);
	assert_true(names(summary, "--quick"));
	assert_false(names(summary, "--persistence"));
	assert_string_equal(
	    json_string_value(json_object_get(summary, "required_scope")),
	    "rà quét nhanh");
	assert_int_equal(count_in(summary, "skipped", "persistence-not-read"), 0);
	assert_true(json_integer_value(json_object_get(summary, "files_seen")) > 0);
	json_decref(summary);
}

static void quick_goes_alone(void **state)
{
	json_t *summary;

	(void)state;
	assert_int_equal(scan((const char *[]){"--quick", folder, NULL}, &summary),
			 EXIT_USAGE);
	assert_int_equal(scan((const char *[]){"--quick", "--all", NULL}, &summary),
			 EXIT_USAGE);
	assert_int_equal(
	    scan((const char *[]){"--quick", "--scope", "default", NULL}, &summary),
	    EXIT_USAGE);
	assert_int_equal(
	    scan((const char *[]){"--quick", "--resume", scope_path, NULL}, &summary),
	    EXIT_USAGE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, scene_remove)

/* The workers of the command are this program. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(an_encrypted_archive_is_a_gap_that_the_default_scope_tolerates),
	    CASE(the_scope_decides_what_is_not_known),
	    CASE(a_scope_that_chooses_does_what_it_requires),
	    CASE(quick_reads_what_starts_by_itself_and_is_named),
	    CASE(quick_goes_alone)};

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
