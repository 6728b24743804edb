/* Where a module stops short the object has a gap, and what was found stays found. */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/scan/scan_world.h"
#include "format/dotnet_sample.h"
#include "format/testdata/pe_draft.h"

#include <string.h>

/* An image whose one section is large. */
enum { ROOM = 4 << 20 };

static struct buffer file;

static void put(uint32_t rva, uint32_t value)
{
	net_set(&(struct dotnet_sample){.file = file}, rva - DRAFT_RVA + DRAFT_OFF, 4,
		value);
}

static void put_all(uint32_t rva, size_t n, const uint32_t *values)
{
	for (size_t i = 0; i < n; i++)
		put(rva + 4 * (uint32_t)i, values[i]);
}

#define PUT(rva, ...)                                                                  \
	put_all((rva), sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

static void start(enum pe_directory_index index)
{
	struct pe_draft draft;

	draft_start(&draft, false);
	draft_directory(&draft, index, DRAFT_RVA, 0x1000);
	draft_u32(&draft, draft_section(8), ROOM);
	draft_u32(&draft, draft_section(16), ROOM);
	draft_u32(&draft, draft_optional_header(56), ROOM + 0x2000);
	buffer_put(&file, draft.file, DRAFT_OFF);
	assert_non_null(buffer_zeros(&file, ROOM));
}

/* ---- objects, of n elements ---- */

static void sections(uint32_t n)
{
	start(PE_DIRECTORY_EXPORT);
	net_set(&(struct dotnet_sample){.file = file}, DRAFT_NT_OFF + 6, 2, n);
}

static void exports(uint32_t n)
{
	start(PE_DIRECTORY_EXPORT);
	PUT(DRAFT_RVA, 0, 0, 0, 0x1080, 1, n, 0, 0x2000, 0x100000, 0x80000);
}

/* By ordinal, so that none needs a name. */
static void imports(uint32_t n)
{
	start(PE_DIRECTORY_IMPORT);
	PUT(DRAFT_RVA, 0x2000, 0, 0, 0x1100, 0x2000);
	put(0x1100, 'a');
	for (uint32_t i = 0; i < n; i++)
		put(0x2000 + 4 * i, 0x80000001);
}

static void delayed_imports(uint32_t n)
{
	start(PE_DIRECTORY_DELAY_IMPORT);
	PUT(DRAFT_RVA, 1, 0x1100, 0, 0x2000, 0x2000);
	put(0x1100, 'a');
	for (uint32_t i = 0; i < n; i++)
		put(0x2000 + 4 * i, 0x80000001);
}

/* n libraries with a thousand functions each, whose names are none. */
static void thunks(uint32_t n)
{
	start(PE_DIRECTORY_IMPORT);
	for (uint32_t i = 0; i < n; i++)
		PUT(DRAFT_RVA + 20 * i, 0x100000, 0, 0, 0x200000, 0x100000);
	put(0x200000, 'a');
	for (uint32_t i = 0; i < 2000; i++)
		put(0x100000 + 4 * i, 0x200002);
}

static void directory(uint32_t off, uint32_t n, uint32_t number, uint32_t target)
{
	PUT(DRAFT_RVA + off, 0, 0, 0, n << 16);
	for (uint32_t i = 0; i < n; i++)
		PUT(DRAFT_RVA + off + 16 + 8 * i, number, target);
}

/* n types of a hundred names with one resource. */
static void resources(uint32_t n)
{
	start(PE_DIRECTORY_RESOURCE);
	directory(0, n, 1, 0x80100000);
	directory(0x100000, 100, 1, 0x80200000);
	directory(0x200000, 1, 1, 0x210000);
	PUT(DRAFT_RVA + 0x210000, 0x1000, 4, 0, 0);
}

/* n types of ten thousand names of a hundred languages without a resource. */
static void entries(uint32_t n)
{
	start(PE_DIRECTORY_RESOURCE);
	directory(0, n, 1, 0x80100000);
	directory(0x100000, 10000, 1, 0x80200000);
	directory(0x200000, 100, 1, 0x210000);
}

/* 2n times the same version information, with two strings. */
static void versions(uint32_t n)
{
	struct pe_draft draft;

	start(PE_DIRECTORY_RESOURCE);
	draft_start(&draft, false);
	draft_version(&draft);
	for (size_t i = DRAFT_OFF + 0x500; i < DRAFT_FILE_SIZE; i++)
		file.data[i] = draft.file[i];
	directory(0x20000, n, 1, 0x548);
	net_set(&(struct dotnet_sample){.file = file},
		DRAFT_NT_OFF + 24 + 96 + 8 * PE_DIRECTORY_RESOURCE, 4, DRAFT_RVA);
	directory(0, 2, 16, 0x80020000);
}

static void net_rows(uint32_t n)
{
	struct dotnet_sample s;

	net_make(&s);
	net_set(&s, s.tables + 24 + 8, 4, n);
	buffer_put(&file, s.file.data, s.file.size);
	net_free(&s);
}

/* A TypeSpec of a list of itself, in n places. */
static void net_type(uint32_t n)
{
	struct dotnet_sample s;
	uint8_t *self;

	net_make(&s);
	assert_non_null(buffer_zeros(&s.file, 64)); /* room to overwrite */
	self = memmem(s.file.data, s.file.size, "\x06\x15\x12\x0d\x01\x13\x01", 7);
	assert_non_null(self);
	memcpy(self, "\x40\x15\x12\x0d", 4);
	self[4] = (uint8_t)n;
	for (uint32_t i = 0; i < n; i++)
		memcpy(self + 5 + 2 * i, "\x12\x06", 2);
	buffer_put(&file, s.file.data, s.file.size);
	net_free(&s);
}

enum { NONE, AS_LIBYARA, OURS };

static const struct {
	const char *name;
	void (*make)(uint32_t n);
	uint32_t n;
	const char *condition;
	int cut;
} cases[] = {
    {"sections", sections, CAP_PE_SECTIONS, "pe.number_of_sections > 0", NONE},
    {"sections", sections, CAP_PE_SECTIONS + 1, "pe.number_of_sections > 0",
     AS_LIBYARA},
    {"exports", exports, CAP_PE_EXPORTS, "pe.number_of_exports == 16384", NONE},
    {"exports", exports, CAP_PE_EXPORTS + 1, "pe.number_of_exports == 16384",
     AS_LIBYARA},
    {"exports nobody asks for", exports, CAP_PE_EXPORTS + 1, "pe.is_pe", NONE},
    {"exports without the module", exports, CAP_PE_EXPORTS + 1, "filesize > 0", NONE},
    {"imports", imports, CAP_PE_IMPORTS, "pe.number_of_imported_functions == 16384",
     NONE},
    {"imports", imports, CAP_PE_IMPORTS + 1, "pe.number_of_imported_functions == 16384",
     AS_LIBYARA},
    {"delayed imports", delayed_imports, CAP_PE_IMPORTS,
     "pe.number_of_delayed_imported_functions == 16384", NONE},
    {"delayed imports", delayed_imports, CAP_PE_IMPORTS + 1,
     "pe.number_of_delayed_imported_functions == 16384", AS_LIBYARA},
    {"thunks without names", thunks, 100, "pe.number_of_imports == 0", NONE},
    {"thunks without names", thunks, 10000, "pe.number_of_imports == 0", OURS},
    {"resources", resources, 655, "pe.number_of_resources == 65500", NONE},
    {"resources", resources, 656, "pe.number_of_resources == 65536", AS_LIBYARA},
    {"entries without resources", entries, 10, "pe.number_of_resources == 0", NONE},
    {"entries without resources", entries, 20, "pe.number_of_resources == 0", OURS},
    {"versions", versions, 16384, "pe.version_info[\"CompanyName\"] == \"Raquet\"",
     NONE},
    {"versions", versions, 16385, "pe.version_info[\"CompanyName\"] == \"Raquet\"",
     OURS},
    {"rows of .NET", net_rows, 15001, "dotnet.module_name == \"sample.exe\"",
     AS_LIBYARA},
    {"a type of .NET", net_type, 0, "dotnet.classes[1].name == \"Lid\"", NONE},
    {"a type of .NET in itself", net_type, 1,
     "dotnet.is_dotnet and for all c in dotnet.classes : (c.number_of_base_types >= 0)",
     AS_LIBYARA},
    {"a type of .NET in itself, often", net_type, 30,
     "dotnet.is_dotnet and for all c in dotnet.classes : (c.number_of_base_types >= 0)",
     OURS},
};

static uint32_t gaps_of(size_t i, bool libyara_limits)
{
	const struct scan_request request = {0};
	const struct scan_result *result;
	struct scanner_options options;
	struct scan_world world;
	struct object object;
	struct block block;
	char rules[256];
	uint32_t gaps;

	snprintf(rules, sizeof rules,
		 "import \"pe\" import \"dotnet\" rule r { condition: %s }",
		 cases[i].condition);
	assert_true(scan_world_new(&world, rules, NULL, false));
	scanner_free(world.scanner);
	scanner_options_default(&options);
	options.search.libyara_limits = libyara_limits;
	assert_int_equal(scanner_new(world.ruleset, &options, &world.scanner), RQ_OK);
	object_of_bytes(file.data, file.size, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	gaps = result->gaps;
	if (result->n_rules != 1)
		fail_msg("%s, %u: the finding is lost", cases[i].name,
			 (unsigned)cases[i].n);
	/* the next object has a gap of its own, or none */
	object_of_bytes("MZ", 2, &block, &object);
	assert_int_equal(scanner_scan(world.scanner, &object, &request, &result),
			 RQ_OK);
	assert_int_equal(result->gaps, 0);
	scan_world_free(&world);
	return gaps;
}

static void a_module_that_stops_short_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const int cut = cases[i].cut;
		uint32_t gaps;

		buffer_clear(&file);
		cases[i].make(cases[i].n);
		gaps = gaps_of(i, false);
		if (gaps != (cut != NONE ? SCAN_MODULE_LIMIT : 0u))
			fail_msg("%s, %u: gaps %u", cases[i].name, (unsigned)cases[i].n,
				 (unsigned)gaps);
		/* raquet yara ends where yara ends */
		gaps = gaps_of(i, true);
		if (gaps != (cut == OURS ? SCAN_MODULE_LIMIT : 0u))
			fail_msg("%s, %u: gaps %u as libyara", cases[i].name,
				 (unsigned)cases[i].n, (unsigned)gaps);
	}
	buffer_free(&file);
}

TEST_MAIN(cmocka_unit_test(a_module_that_stops_short_says_so))
