/* One rule set, immutable and counted, serves scanners on many threads at once; and rule
 * sets are compiled beside each other.  ThreadSanitizer judges what this runs. */
#include "bytes/test.h"

#include "engine/scan/scan_world.h"
#include "format/elf_sample.h"
#include "format/testdata/pe_draft.h"

#include <pthread.h>
#include <string.h>

enum { N_THREADS = 4, N_ROUNDS = 20, MAX_FILE = 64 * 1024, MAX_NAMES = 1024 };

/* Each asks another part of the engine. */
static const char rules[] =
    "import \"pe\" import \"elf\" import \"dotnet\" import \"hash\" import \"math\" "
    "import \"string\" import \"time\" "
    "rule literal { strings: $a = \"literal text\" condition: $a } "
    "rule counted { strings: $a = \"aa\" condition: #a > 20 } "
    "rule slow { strings: $a = /[0-9]{3}[a-z]{2,5}/ nocase condition: #a == 1 } "
    "rule chain { strings: $a = { 6C 69 74 65 [0-400] 74 65 78 74 } condition: $a } "
    "rule place { strings: $a = \"MZ\" xor $b = { 7F 45 4C 46 } condition: $a at 0 or "
    "$b at 0 } "
    "rule regex { condition: name matches /^(se|te)t+up\\.(exe|dll){1,3}$/ } "
    "rule section { condition: pe.sections[0].name == \".data\" } "
    "rule linux { condition: for any s in elf.sections : (s.name == \".text\") } "
    "rule managed { condition: dotnet.is_dotnet == 1 } "
    "rule digest { condition: hash.md5(0, 4) != \"\" and hash.sha256(0, filesize) != "
    "\"\" and hash.crc32(0, 4) > 0 } "
    "rule entropy { condition: math.entropy(0, filesize) > 0.01 } "
    "rule now { condition: time.now() > 0 and string.to_int(\"12\") == 12 } "
    "rule imports { condition: pe.imports(/kernel32/i, /sleep/i) >= 0 } "
    "rule signed { condition: pe.number_of_signatures > 0 and "
    "for any s in pe.signatures : (s.verified) } "
    "rule set { condition: 2 of (literal, counted, slow, place) }";

static const struct scan_external externals[] = {
    {"name", {.type = VALUE_TEXT, .text = {(const uint8_t *)"setup.exe", 9}}},
    {NULL, {0}},
};

enum { TEXT, IMAGE, LINUX, SIGNED, N_OBJECTS };
static struct bytes objects[N_OBJECTS];
/* The names of the matching rules, each with its number of matches. */
static const char *const expected[N_OBJECTS] = {
    [TEXT] =
	"literal:1 counted:4075 slow:1 chain:1 regex:0 digest:0 entropy:0 now:0 set:0 ",
    [IMAGE] = "place:1 regex:0 section:0 digest:0 entropy:0 now:0 imports:0 ",
    [LINUX] = "slow:1 place:1 regex:0 linux:0 digest:0 entropy:0 now:0 set:0 ",
    [SIGNED] = "place:1 regex:0 digest:0 entropy:0 now:0 imports:0 signed:0 ",
};
static struct scan_world world;

static void scan(struct scanner *scanner, struct bytes bytes, char *names_out)
{
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	struct object object;
	struct block block;
	size_t n = 0;

	object_of_bytes(bytes.at, bytes.n, &block, &object);
	names_out[0] = 0;
	if (scanner_scan(scanner, &object, &request, &result) != RQ_OK)
		return;
	for (size_t i = 0; i < result->n_rules && n < MAX_NAMES; i++) {
		const struct scan_rule *rule = &result->rules[i];
		struct bytes name = ruleset_rule(world.ruleset, rule->rule).identifier;
		size_t n_matches = 0;

		for (size_t k = 0; k < rule->n_strings; k++)
			n_matches += rule->strings[k].n_matches;
		n += (size_t)snprintf(names_out + n, MAX_NAMES - n, "%.*s:%zu ",
				      (int)name.n, (const char *)name.at, n_matches);
	}
	if (result->gaps != 0)
		snprintf(names_out, MAX_NAMES, "gaps %u", result->gaps);
}

static struct scanner *new_scanner(struct ruleset *ruleset)
{
	struct scanner_options options;
	struct scanner *scanner = NULL;

	scanner_options_default(&options);
	return scanner_new(ruleset, &options, &scanner) == RQ_OK ? scanner : NULL;
}

static const char *scan_in_turns(struct scanner *scanner, size_t first)
{
	char names[MAX_NAMES];

	for (size_t i = 0; i < N_ROUNDS * N_OBJECTS; i++) {
		size_t which = (first + i) % N_OBJECTS;

		scan(scanner, objects[which], names);
		if (strcmp(names, expected[which]) != 0)
			return "other matches than one thread alone";
	}
	return NULL;
}

/* cmocka does not judge on other threads: returns what went wrong, or NULL. */
static void *scan_beside_others(void *argument)
{
	struct ruleset *ruleset = ruleset_ref(world.ruleset);
	struct scanner *scanner = new_scanner(ruleset);
	const char *fault = "no scanner";

	if (scanner != NULL)
		fault = scan_in_turns(scanner, (size_t)(uintptr_t)argument);
	scanner_free(scanner);
	ruleset_unref(ruleset);
	return (void *)(uintptr_t)fault;
}

static void *compile_beside_others(void *argument)
{
	struct scan_world own;
	const char *fault = "the rules were refused";

	(void)argument;
	if (scan_world_new(&own, rules, externals, false))
		fault = scan_in_turns(own.scanner, 0);
	scan_world_free(&own);
	return (void *)(uintptr_t)fault;
}

static void run(void *(*body)(void *))
{
	pthread_t threads[N_THREADS];
	void *fault;

	for (uintptr_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, body, (void *)i), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &fault), 0);
		if (fault != NULL)
			fail_msg("thread %zu: %s", i, (const char *)fault);
	}
}

/* The first digest of the program as well: libcrypto starts here. */
static void rules_are_compiled_beside_each_other(void **state)
{
	(void)state;
	run(compile_beside_others);
}

static void one_rule_set_serves_scanners_on_many_threads(void **state)
{
	(void)state;
	run(scan_beside_others);
}

static struct elf_sample sample;

static struct bytes read_file(const char *path, uint8_t *data)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;

	assert_non_null(f);
	n = fread(data, 1, MAX_FILE, f);
	fclose(f);
	return (struct bytes){data, n};
}

static int prepare(void **state)
{
	static uint8_t text[4096], file[MAX_FILE];
	static struct pe_draft draft;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(&text[1000], "literal text 123abc", 19);
	draft_start(&draft, false);
	draft_imports(&draft);
	sample_make(&sample, true, false, 2);
	objects[TEXT] = (struct bytes){text, sizeof text};
	objects[IMAGE] = draft_bytes(&draft);
	objects[LINUX] = buffer_bytes(&sample.file);
	objects[SIGNED] = read_file("engine/module/testdata/signed_twice.exe", file);
	assert_true(scan_world_new(&world, rules, externals, false));
	return 0;
}

static int finish(void **state)
{
	(void)state;
	buffer_free(&sample.file);
	scan_world_free(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_are_compiled_beside_each_other),
	    cmocka_unit_test(one_rule_set_serves_scanners_on_many_threads),
	};

	return cmocka_run_group_tests(tests, prepare, finish);
}
