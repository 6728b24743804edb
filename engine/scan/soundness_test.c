/*
 * Random conditions over random objects: what the triggers, gates and look-ups reach
 * must be what evaluating every rule finds.  A difference is a lost finding.
 */
#include "bytes/test.h"

#include "engine/scan/scan_world.h"
#include "format/testdata/pe_draft.h"

#include <stdlib.h>
#include <string.h>

enum { N_SETS = 150, N_RULES = 12, N_STRINGS = 8, N_DEPTH = 4, MAX_OBJECT = 8192 };

/* ---- chance, the same in every run ---- */

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static const char *any_of(const char *const *texts, size_t n)
{
	return texts[below((unsigned)n)];
}
#define ANY_OF(...)                                                                    \
	any_of((const char *const[]){__VA_ARGS__},                                     \
	       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- strings, and bytes that match one of them and no other ---- */

static const struct {
	const char *declared, *sample;
	size_t n;
} strings[N_STRINGS] = {
    {"\"invoice.scr\"", "invoice.scr", 11},
    {"\"CmdLine\" nocase", "cMDlINE", 7},
    {"\"wide\" wide", "w\0i\0d\0e", 8},
    {"\"q7\"", "q7", 2},
    {"{ C0 DE ?? BA [2-4] BE EF }", "\xC0\xDE\x01\xBA\x02\x02\x02\xBE\xEF", 9},
    {"/[0-9]{3}[x-z]/", "123y", 4},
    {"\"MZ\"", "MZ", 2},
    {"{ AB CD EF 01 [0-600] FA CE 77 10 }", "\xAB\xCD\xEF\x01\xFA\xCE\x77\x10", 8},
};

static struct pe_draft draft;
static uint8_t data[MAX_OBJECT];
static struct block block;
static struct object object;

enum { HEAD_NONE, HEAD_MZ, HEAD_ELF, HEAD_SCRIPT, HEAD_PROGRAM, N_HEADS };

/* Sizes about which conditions ask; what lies behind the bytes at hand is not there
 * for them, as in a file that has shrunk. */
static void make_large(void)
{
	static const uint64_t sizes[] = {1 << 20, (1 << 20) + 1, 2 << 20, 5 << 20};

	if (below(3) == 0)
		object.size = sizes[below(4)];
	object.is_memory = below(8) == 0;
}

/* An object with the strings of mask behind a head. */
static void make_object(unsigned mask, unsigned head)
{
	static const uint8_t elf[] = {0x7F, 'E', 'L', 'F', 2, 1, 1, 0};
	size_t n = 0;

	switch (head) {
	case HEAD_MZ: memcpy(data, "MZ", n = 2); break;
	case HEAD_ELF: memcpy(data, elf, n = sizeof elf); break;
	case HEAD_SCRIPT: memcpy(data, "#!/bin/sh ", n = 10); break;
	case HEAD_PROGRAM: memcpy(data, draft.file, n = draft.size); break;
	default: break;
	}
	for (unsigned i = 0; i < N_STRINGS; i++)
		for (unsigned k = 0; (mask >> i & 1) != 0 && k < 1 + below(3); k++) {
			memcpy(data + n, strings[i].sample, strings[i].n);
			n += strings[i].n;
			memset(data + n, '-', 5);
			n += below(5);
		}
	object_of_bytes(data, n, &block, &object);
	make_large();
}

/* ---- conditions ---- */

static void boolean(struct buffer *out, unsigned depth, bool in_for_of,
		    unsigned n_vars);

static void string_name(struct buffer *out, char sign, bool in_for_of)
{
	if (in_for_of && below(2) == 0)
		buffer_format(out, "%c", sign);
	else
		buffer_format(out, "%c_%u", sign, below(N_STRINGS));
}

static void number(struct buffer *out, unsigned depth, bool in_for_of, unsigned n_vars)
{
	switch (below(depth == 0 ? 5 : 11)) {
	case 0:
	case 1: buffer_format(out, "%u", below(4)); break;
	case 2:
		buffer_text(out, ANY_OF("filesize", "0", "2", "10", "4096", "100000"));
		break;
	case 3:
		if (n_vars > 0)
			buffer_format(out, "v%u", below(n_vars));
		else
			buffer_text(out, "flag");
		break;
	case 4: string_name(out, '#', in_for_of); break;
	case 5:
		string_name(out, below(2) == 0 ? '@' : '!', in_for_of);
		if (below(2) == 0)
			buffer_format(out, "[%u]", 1 + below(3));
		break;
	case 6:
		string_name(out, '#', in_for_of);
		buffer_format(out, " in (%u..filesize)", below(20));
		break;
	case 7:
		buffer_text(out, ANY_OF("uint8", "uint16", "uint32", "uint16be",
					"uint32be", "int8"));
		buffer_text(out, "(");
		number(out, depth - 1, in_for_of, n_vars);
		buffer_text(out, ")");
		break;
	case 8:
		buffer_text(out, ANY_OF("pe.number_of_sections", "pe.is_pe",
					"pe.machine", "pe.sections[0].raw_data_size",
					"elf.type", "pe.sections[1].raw_data_size",
					"pe.number_of_signatures"));
		break;
	default:
		buffer_text(out, "(");
		number(out, depth - 1, in_for_of, n_vars);
		buffer_text(out, ANY_OF(" + ", " - ", " * ", " & ", " | "));
		number(out, depth - 1, in_for_of, n_vars);
		buffer_text(out, ")");
		break;
	}
}

static void comparison(struct buffer *out, unsigned depth, bool in_for_of,
		       unsigned n_vars)
{
	number(out, depth, in_for_of, n_vars);
	buffer_text(out, ANY_OF(" == ", " == ", " != ", " < ", " <= ", " > ", " >= "));
	number(out, depth, in_for_of, n_vars);
}

static void head_of_file(struct buffer *out)
{
	buffer_text(out,
		    ANY_OF("uint16(0) == 0x5A4D", "0x4D5A == uint16be(0)",
			   "uint32(0) == 0x464C457F", "uint32be(0) == 0x7F454C46",
			   "uint8(0) == 0x4D", "uint8(0) == 0x7F",
			   "uint16(0) != 0x5A4D", "uint16(1) == 0x4C45",
			   "filesize < 100", "filesize >= 4KB", "filesize == 0",
			   "10 < filesize", "filesize <= 1MB", "filesize < 1MB",
			   "not filesize < 200KB", "filesize > 1MB", "3MB > filesize",
			   "filesize == 2MB", "$_6 at 0", "$_0 at 2", "$_5 at 10"));
}

static void of_text(struct buffer *out)
{
	buffer_text(
	    out,
	    ANY_OF(
		"name == \"x.exe\"", "name != \"x.exe\"", "name contains \"exe\"",
		"name matches /^x/", "name iequals \"X.EXE\"", "name startswith \"x\"",
		"name == \"\"", "name", "\"a\"", "0.5", "(0.5 + 0.5)", "not \"\"",
		"0.0", "name endswith \".exe\"", "\"y.dll\" == name",
		"pe.sections[0].name == \".data\"", "pe.dll_name == \"a.dll\"",
		"pe.sections[0].name contains \"at\"",
		"pe.version_info[\"CompanyName\"] contains \"a\"",
		"pe.version_info[\"CompanyName\"] != \"a\"",
		"not pe.sections[0].name matches /data/",
		"not defined pe.sections[0].name", "defined pe.machine",
		"pe.is_64bit()", "pe.imphash() == \"00\"", "pe.is_pe", "not pe.is_pe",
		"pe.exports(\"x\")", "not pe.exports(\"x\")", "pe.exports(/x/)",
		"pe.exports(1)", "pe.section_index(\".data\") >= 0",
		"pe.section_index(\".none\") >= 0",
		"filesize > pe.section_index(\".text\")", "pe.characteristics & pe.DLL",
		"not elf.type", "elf.machine == elf.EM_386"));
}

static void quantifier(struct buffer *out, bool of)
{
	if (of && below(5) == 0)
		buffer_format(out, "%u%%", 1 + below(100));
	else
		buffer_text(out, ANY_OF("any", "all", "none", "1", "2", "3", "0"));
}

static void set_of_strings(struct buffer *out)
{
	unsigned n = 1 + below(4);

	if (below(4) == 0) {
		buffer_text(out, "them");
		return;
	}
	for (unsigned i = 0; i < n; i++)
		buffer_format(out, "%s$_%u", i == 0 ? "(" : ", ", below(N_STRINGS));
	buffer_text(out, ")");
}

static void quantified(struct buffer *out, unsigned depth, bool in_for_of,
		       unsigned n_vars)
{
	bool loop = below(2) == 0;
	unsigned place = below(4);

	if (!loop) {
		quantifier(out, true);
		buffer_text(out, " of ");
		set_of_strings(out);
		if (place == 0)
			buffer_format(out, " in (%u..%u)", below(4), 4 + below(60));
		else if (place == 1)
			buffer_format(out, " at %u", below(12));
		return;
	}
	buffer_text(out, "for ");
	quantifier(out, false);
	if (place < 2) {
		buffer_text(out, " of ");
		set_of_strings(out);
		in_for_of = true;
	} else if (place == 2 && n_vars < 3) {
		buffer_format(out, " v%u in %s", n_vars,
			      ANY_OF("(0..3)", "(1, 2, 10)", "(0..#_0)", "(#_1..4)",
				     "(0, @_3, 7)"));
		n_vars++;
	} else {
		buffer_format(out, " s in pe.sections : (%s)",
			      ANY_OF("s.name == \".data\"", "s.name contains \"x\"",
				     "s.raw_data_size > 0", "$_1", "not $_2",
				     "s.raw_data_size == 3072 and #_3 > 1"));
		return;
	}
	buffer_text(out, " : (");
	boolean(out, depth - 1, in_for_of, n_vars);
	buffer_text(out, ")");
}

static void of_string(struct buffer *out, bool in_for_of, unsigned n_vars)
{
	string_name(out, '$', in_for_of);
	switch (below(5)) {
	case 0:
		buffer_text(out, " at ");
		number(out, 1, in_for_of, n_vars);
		break;
	case 1: buffer_format(out, " in (%u..%u)", below(12), 12 + below(50)); break;
	default: break;
	}
}

static void of_rules(struct buffer *out, unsigned n_rules)
{
	switch (n_rules == 0 ? 4 : below(4)) {
	case 0:
		buffer_text(out, ANY_OF("any", "all", "none", "1", "2", "50%"));
		buffer_text(out, " of (r0*)");
		break;
	case 1:
		buffer_text(out, ANY_OF("any", "all", "none", "1", "2"));
		buffer_format(out, " of (r%u, r%u)", below(n_rules), below(n_rules));
		break;
	case 4: buffer_text(out, ANY_OF("true", "false")); break;
	default: buffer_format(out, "r%u", below(n_rules)); break;
	}
}

static unsigned n_rules_before;

static void boolean(struct buffer *out, unsigned depth, bool in_for_of, unsigned n_vars)
{
	const char *between;
	unsigned n;

	switch (below(depth == 0 ? 5 : 12)) {
	case 0:
	case 1: of_string(out, in_for_of, n_vars); break;
	case 2: head_of_file(out); break;
	case 3: of_text(out); break;
	case 4: of_rules(out, n_rules_before); break;
	case 5: comparison(out, depth - 1, in_for_of, n_vars); break;
	case 6: quantified(out, depth, in_for_of, n_vars); break;
	case 7:
		buffer_text(out, below(3) == 0 ? "defined (" : "not (");
		boolean(out, depth - 1, in_for_of, n_vars);
		buffer_text(out, ")");
		break;
	case 8: number(out, depth - 1, in_for_of, n_vars); break;
	default:
		between = below(3) == 0 ? " or " : " and ";
		n = 2 + below(2);
		for (unsigned i = 0; i < n; i++) {
			buffer_text(out, i == 0 ? "(" : between);
			buffer_text(out, "(");
			boolean(out, depth - 1, in_for_of, n_vars);
			buffer_text(out, ")");
		}
		buffer_text(out, ")");
		break;
	}
}

/* ---- rules ---- */

static void write_rules(struct buffer *out)
{
	buffer_text(out, "import \"pe\" import \"elf\"\n");
	for (unsigned r = 0; r < N_RULES; r++) {
		n_rules_before = r;
		buffer_format(out, "%srule r%u { strings:",
			      below(40) == 0   ? "global "
			      : below(10) == 0 ? "private "
					       : "",
			      r);
		for (unsigned i = 0; i < N_STRINGS; i++)
			buffer_format(out, " $_%u = %s", i, strings[i].declared);
		buffer_text(out, " condition: ");
		boolean(out, 1 + below(N_DEPTH), false, 0);
		buffer_text(out, " }\n");
	}
	buffer_u8(out, 0);
}

static const struct scan_external externals[] = {
    {"name", {.type = VALUE_TEXT, .text = {(const uint8_t *)"x.exe", 5}}},
    {"flag", {.type = VALUE_INT, .integer = 1}},
    {NULL, {0}},
};

static void compare(struct scan_world *by_triggers, struct scan_world *all,
		    const char *rules, unsigned mask, unsigned head)
{
	const struct value name =
	    value_text(bytes_of(ANY_OF("x.exe", "X.exe", "y.dll", "")));
	const struct scan_request request = {0};
	char expected[1024];
	const char *found;

	assert_int_equal(scanner_define(by_triggers->scanner, "name", &name), RQ_OK);
	assert_int_equal(scanner_define(all->scanner, "name", &name), RQ_OK);
	found = scan_world_names(all, &object, &request);
	assert_in_range(strlen(found), 0, sizeof expected - 1);
	memcpy(expected, found, strlen(found) + 1);
	found = scan_world_names(by_triggers, &object, &request);
	if (strcmp(found, expected) != 0)
		fail_msg("strings 0x%02x, head %u, name '%.*s': found '%s', expected "
			 "'%s' of\n%s",
			 mask, head, (int)name.text.n, (const char *)name.text.at,
			 found, expected, rules);
}

/* Whether the set was taken: chance writes what the parser refuses, now and then. */
static bool try_set(const char *rules)
{
	struct scan_world by_triggers = {0}, all = {0};
	bool taken = scan_world_new(&by_triggers, rules, externals, false) &&
		     scan_world_new(&all, rules, externals, true);

	for (unsigned mask = 0; taken && mask < 1u << N_STRINGS; mask++) {
		unsigned head = mask % 32 == 0 ? HEAD_PROGRAM : below(N_HEADS - 1);

		make_object(mask, head);
		compare(&by_triggers, &all, rules, mask, head);
	}
	scan_world_free(&by_triggers);
	scan_world_free(&all);
	return taken;
}

static void triggers_reach_all_that_is_true(void **state)
{
	unsigned n_taken = 0;

	(void)state;
	draft_start(&draft, false);
	for (unsigned i = 1; i <= N_SETS; i++) {
		struct buffer rules = {0};

		seed = UINT64_C(0x9E3779B97F4A7C15) * i;
		write_rules(&rules);
		assert_true(buffer_ok(&rules));
		n_taken += try_set((const char *)rules.data);
		buffer_free(&rules);
	}
	assert_in_range(n_taken, N_SETS * 3 / 4, N_SETS);
}

TEST_MAIN(cmocka_unit_test(triggers_reach_all_that_is_true))
