/* What a module cannot say for want of memory is not known: it is never undefined. */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "engine/scan/scan_world.h"
#include "os/file.h"

#include <string.h>

enum { MAX_ALLOCATIONS = 3000 };

/* Each condition is true of the file. */
static const struct {
	const char *name, *file, *module, *conditions[16];
} cases[] = {
    {"imports",
     "fuzz/corpus/module_pe/imports32",
     "pe",
     {"pe.number_of_imports > 0", "pe.number_of_imported_functions > 0",
      "pe.imphash() != \"\"", "defined pe.import_details[0].library_name",
      "for any i in pe.import_details : (i.library_name matches /dll/i)",
      "pe.imports(/./, /./) > 0"}},
    {"delayed imports",
     "fuzz/corpus/module_pe/delayed64",
     "pe",
     {"pe.number_of_delayed_imports > 0",
      "defined pe.delayed_import_details[0].functions[0].name",
      "pe.imports(pe.IMPORT_DELAYED, /./, /./) > 0"}},
    {"exports",
     "fuzz/corpus/module_pe/exports64",
     "pe",
     {"pe.number_of_exports > 0", "defined pe.export_details[0].ordinal",
      "pe.exports(/./)", "defined pe.exports_index(/./)", "defined pe.dll_name",
      "for any e in pe.export_details : (defined e.name)"}},
    {"resources",
     "fuzz/corpus/module_pe/resources32",
     "pe",
     {"pe.number_of_resources > 0", "defined pe.resources[0].offset",
      "for any r in pe.resources : (defined r.length)",
      "for any k, v in pe.version_info : (k != \"\" and defined v)",
      "pe.number_of_version_infos > 0"}},
    {"signatures",
     "engine/module/testdata/signed_twice.exe",
     "pe",
     {"pe.number_of_signatures == 2", "defined pe.signatures[0].subject",
      "defined pe.signatures[0].issuer", "defined pe.signatures[0].serial",
      "defined pe.signatures[0].thumbprint",
      "defined pe.signatures[0].countersignatures[0].sign_time",
      "for any s in pe.signatures : (s.number_of_certificates > 0)",
      "defined pe.signatures[0].certificates[0].algorithm",
      "defined pe.signatures[0].signer_info.digest",
      "defined pe.signatures[0].file_digest"}},
    {"symbols",
     "fuzz/corpus/module_elf/64little_executable",
     "elf",
     {"elf.number_of_sections > 0", "defined elf.sections[1].name",
      "elf.symtab_entries > 0", "defined elf.symtab[0].name",
      "for any s in elf.sections : (s.name != \"\")"}},
    {"symbols of a library",
     "fuzz/corpus/module_elf/32big_shared",
     "elf",
     {"elf.dynsym_entries > 0", "defined elf.dynsym[0].name",
      "elf.dynamic_section_entries > 0", "elf.import_md5() != \"\""}},
    {"dotnet",
     "fuzz/corpus/module_dotnet/sample",
     "dotnet",
     {"dotnet.classes[0].base_types[2] == \"System.Collections.List<TValue>\"",
      "dotnet.classes[0].methods[2].return_type == \"int[4,1...6,-1...]\"",
      "dotnet.classes[0].methods[2].parameters[0].type == \"byte[]\"",
      "for any c in dotnet.classes : (c.fullname == \"Acme.Box.Lid.Pin\")",
      "dotnet.number_of_user_strings == 2", "dotnet.constants[0] != \"\"",
      "dotnet.guids[0] != \"\"", "dotnet.typelib == \"abcd\"",
      "dotnet.assembly.name == \"sample\"", "dotnet.modulerefs[0] != \"\"",
      "dotnet.assembly_refs[0].name == \"mscorlib\"",
      "dotnet.number_of_field_offsets == 1", "dotnet.streams[0].name == \"#~\"",
      "dotnet.classes[0].methods[1].generic_parameters[0] == \"TSwap\"",
      "dotnet.classes[0].number_of_generic_parameters == 2"}},
    {"digests",
     "fuzz/corpus/module_dotnet/sample",
     "hash",
     {"hash.md5(0, 10) != \"\"", "hash.sha1(0, 10) != \"\"",
      "hash.sha256(\"text\") != \"\"", "hash.crc32(0, 10) != 0",
      "for all i in (1..80) : (hash.md5(i, 10) != \"\")"}},
    {"sums",
     "fuzz/corpus/module_dotnet/sample",
     "math",
     {"math.entropy(0, filesize) > 0.0", "math.mode() >= 0",
      "math.serial_correlation(0, filesize) < 1.0", "math.percentage(0) > 0.0",
      "math.to_string(17, 16) == \"11\"", "math.monte_carlo_pi(0, 100) >= 0.0"}},
    {"texts",
     "fuzz/corpus/module_dotnet/sample",
     "string",
     {"string.to_int(\"17\") == 17", "string.length(\"abc\") == 3"}},
};

static struct buffer file;
static struct block block;
static struct object object;
static char rules[4096], names[256];

static void prepare(size_t at)
{
	size_t n = (size_t)snprintf(rules, sizeof rules, "import \"%s\" ",
				    cases[at].module),
	       n_names = 0;

	for (size_t i = 0; i < 16 && cases[at].conditions[i] != NULL; i++) {
		n += (size_t)snprintf(rules + n, sizeof rules - n,
				      "rule r%u { condition: %s } ", (unsigned)i,
				      cases[at].conditions[i]);
		n_names += (size_t)snprintf(names + n_names, sizeof names - n_names,
					    "r%u ", (unsigned)i);
	}
	buffer_clear(&file);
	assert_int_equal(file_read_whole(cases[at].file, &file, NULL), RQ_OK);
	object_of_bytes(file.data, file.size, &block, &object);
}

/* Whether the answer is whole; one that is not must say so. */
static bool is_whole(struct scan_world *world, const char *name, uint64_t n)
{
	const struct scan_request request = {0};
	const struct scan_result *result;
	const char *found;

	if (scanner_scan(world->scanner, &object, &request, &result) != RQ_OK ||
	    result->gaps != 0)
		return false;
	found = scan_world_result_names(world, result);
	if (strcmp(found, names) != 0)
		fail_msg("%s, %u: found '%s' of '%s' without a gap", name, (unsigned)n,
			 found, names);
	return true;
}

static void a_module_without_memory_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool whole = false;

		prepare(i);
		for (uint64_t n = 1; !whole && n < MAX_ALLOCATIONS; n++) {
			struct scan_world world;

			if (!scan_world_new(&world, rules, NULL, false))
				fail_msg("%s: refused", cases[i].name);
			if (n == 1) /* libcrypto fetches what it needs on first use */
				assert_true(is_whole(&world, cases[i].name, 0));
			alloc_fail_from(n);
			whole = is_whole(&world, cases[i].name, n);
			alloc_fail_from(0);
			/* and the next object does not suffer */
			assert_true(is_whole(&world, cases[i].name, n));
			scan_world_free(&world);
		}
		assert_true(whole);
	}
	buffer_free(&file);
}

/* The arena's budget is met in the middle of a value, where the heap would still do. */
static void a_module_beyond_its_budget_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool whole = false;

		prepare(i);
		for (size_t budget = 0; !whole && budget < (size_t)1 << 22;
		     budget += budget / 32 + 48) {
			struct scanner_options options;
			struct scan_world world;

			assert_true(scan_world_new(&world, rules, NULL, false));
			scanner_free(world.scanner);
			scanner_options_default(&options);
			options.max_memory = budget;
			assert_int_equal(
			    scanner_new(world.ruleset, &options, &world.scanner),
			    RQ_OK);
			whole = is_whole(&world, cases[i].name, budget);
			scan_world_free(&world);
		}
		assert_true(whole);
	}
	buffer_free(&file);
}

TEST_MAIN(cmocka_unit_test(a_module_without_memory_says_so),
	  cmocka_unit_test(a_module_beyond_its_budget_says_so))
