/* The tables of an image: imports, exports, resources, version, rich header, debug. */
#include "bytes/test.h"

#include "format/pe_debug.h"
#include "format/pe_export.h"
#include "format/pe_import.h"
#include "format/pe_resource.h"
#include "format/pe_rich.h"
#include "format/pe_version.h"
#include "format/testdata/pe_draft.h"

#include <string.h>

static struct pe_draft draft;
static struct pe_image image;
static struct arena *arena;

static int start(void **state)
{
	(void)state;
	return arena_new(8 << 20, &arena);
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct pe_imports read_imports(bool delayed)
{
	struct pe_imports imports;

	arena_reset(arena);
	assert_true(pe_open(draft_bytes(&draft), &image));
	assert_int_equal(delayed ? pe_read_delayed_imports(&image, arena, &imports)
				 : pe_read_imports(&image, arena, &imports),
			 RQ_OK);
	return imports;
}

/* "library:function,function;library:..." */
static void expect_imports(bool delayed, const char *wanted)
{
	struct pe_imports imports = read_imports(delayed);
	struct buffer text = {0};

	for (size_t i = 0; i < imports.n_libraries; i++) {
		const struct pe_library *l = &imports.libraries[i];

		buffer_format(&text, "%s%.*s:", i > 0 ? ";" : "", (int)l->name.n,
			      (const char *)l->name.at);
		for (size_t j = 0; j < l->n_functions; j++) {
			struct bytes name = imports.functions[l->first + j].name;

			buffer_format(&text, "%s%.*s", j > 0 ? "," : "", (int)name.n,
				      (const char *)name.at);
		}
	}
	buffer_u8(&text, 0);
	assert_string_equal((const char *)text.data, wanted);
	buffer_free(&text);
}

static void imports_come_by_name_and_by_ordinal(void **state)
{
	(void)state;
	for (int is_64 = 0; is_64 < 2; is_64++) {
		draft_start(&draft, is_64);
		draft_imports(&draft);
		expect_imports(false,
			       "kernel32.dll:Sleep,Beep;WS2_32.dll:socket,ord7777");

		struct pe_imports imports = read_imports(false);
		assert_int_equal(imports.functions[1].rva, is_64 ? 0x11a8 : 0x11a4);
		assert_false(imports.functions[1].by_ordinal);
		assert_true(imports.functions[3].by_ordinal);
		assert_int_equal(imports.functions[3].ordinal, 7777);
	}
}

static void without_a_lookup_table_the_address_table_counts(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	DRAFT_NUMBERS(&draft, 0x1100, 0);
	expect_imports(false, "kernel32.dll:Sleep,Beep;WS2_32.dll:socket,ord7777");
}

static void impossible_names_are_left_out(void **state)
{
	static const struct {
		const char *name;
		uint32_t rva;
		const char *text;
		const char *wanted;
	} cases[] = {
	    {"a function with a space", 0x1162, "Sle p",
	     "kernel32.dll:Beep;WS2_32.dll:socket,ord7777"},
	    {"a function without a name", 0x1162, "",
	     "kernel32.dll:Beep;WS2_32.dll:socket,ord7777"},
	    {"a library with a star", 0x1140, "ker*", "WS2_32.dll:socket,ord7777"},
	    {"a library without a name", 0x1140, "", "WS2_32.dll:socket,ord7777"},
	    {"a library in a folder", 0x1140, "a/b\\c:d",
	     "a/b\\c:d:Sleep,Beep;WS2_32.dll:socket,ord7777"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		draft_start(&draft, false);
		draft_imports(&draft);
		draft_text(&draft, cases[i].rva, cases[i].text);
		expect_imports(false, cases[i].wanted);
	}
}

static void an_ordinal_beyond_16_bits_is_left_out(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	DRAFT_NUMBERS(&draft, 0x11c0, 0x80010001);
	expect_imports(false, "kernel32.dll:Sleep,Beep;WS2_32.dll:ord7777");
}

static void a_library_without_functions_is_left_out(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	DRAFT_NUMBERS(&draft, 0x1180, 0);
	expect_imports(false, "WS2_32.dll:socket,ord7777");
}

static void a_table_that_leaves_the_file_ends_there(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	draft.size = draft_at(0x11c6); /* within the second entry of WS2_32 */
	expect_imports(false, "kernel32.dll:Sleep,Beep;WS2_32.dll:socket");
}

static void every_library_at_the_same_thunks_stays_within_the_cap(void **state)
{
	(void)state;
	/* a directory that fills the section, each row with the same long table */
	draft_start(&draft, false);
	draft_imports(&draft);
	draft_directory(&draft, PE_DIRECTORY_IMPORT, 0x1400, 0);
	for (uint32_t rva = 0x1200; rva < 0x13fc; rva += 4)
		DRAFT_NUMBERS(&draft, rva, 0x80000001);
	for (uint32_t rva = 0x1400; rva + 20 <= 0x1c00; rva += 20)
		DRAFT_NUMBERS(&draft, rva, 0x1200, 0, 0, 0x1140, 0x1200);
	struct pe_imports imports = read_imports(false);
	assert_int_equal(imports.n_functions,
			 102 * 127 < CAP_PE_IMPORTS ? 102 * 127 : CAP_PE_IMPORTS);
}

static void draft_delayed(uint32_t attributes, uint32_t base)
{
	draft_directory(&draft, PE_DIRECTORY_DELAY_IMPORT, 0x1200, 64);
	DRAFT_NUMBERS(&draft, 0x1200, attributes, base + 0x1140, 0, base + 0x1280,
		      base + 0x1260, 0, 0, 0);
	draft_text(&draft, 0x1140, "late.dll");
	draft_text(&draft, 0x1162, "not a checked name");
	DRAFT_ADDRESSES(&draft, 0x1260, base + 0x1160,
			(draft.is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31) + 9, 0);
	DRAFT_ADDRESSES(&draft, 0x1280, 0x401000, 0x401010, 0);
}

static void delayed_imports_come_by_rva_and_by_address(void **state)
{
	(void)state;
	draft_start(&draft, true);
	draft_delayed(1, 0);
	expect_imports(true, "late.dll:not a checked name,ord9");
	assert_int_equal(read_imports(true).functions[1].rva, 0x1288);

	draft_start(&draft, false);
	draft_delayed(0, 0x400000); /* as Visual C++ 6 wrote them */
	expect_imports(true, "late.dll:not a checked name,ord9");
	assert_int_equal(read_imports(true).functions[1].rva, 0x1284);

	draft_delayed(2, 0); /* no such attribute */
	expect_imports(true, "");
}

static void a_delayed_library_may_have_no_functions(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_delayed(1, 0);
	DRAFT_NUMBERS(&draft, 0x1280, 0);
	expect_imports(true, "late.dll:");
}

static void imphash_is_of_lower_case_names_without_extension(void **state)
{
	/* MD5 of kernel32.sleep,kernel32.beep,ws2_32.socket,ws2_32.ord7777 */
	static const uint8_t wanted[PE_IMPHASH_SIZE] = {
	    0x0c, 0x2b, 0x5f, 0xa8, 0x95, 0xa0, 0x16, 0xde,
	    0x01, 0x0c, 0xc9, 0xf6, 0x6d, 0x3b, 0xcb, 0x01};
	uint8_t md5[PE_IMPHASH_SIZE];
	struct pe_imports imports;

	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	imports = read_imports(false);
	assert_int_equal(pe_imphash(&imports, md5), RQ_OK);
	assert_memory_equal(md5, wanted, sizeof wanted);
}

static struct pe_exports read_exports(void)
{
	struct pe_exports exports;

	arena_reset(arena);
	assert_true(pe_open(draft_bytes(&draft), &image));
	assert_int_equal(pe_read_exports(&image, arena, &exports), RQ_OK);
	return exports;
}

static void exports_have_names_forwarders_and_ordinals(void **state)
{
	struct pe_exports exports;

	(void)state;
	draft_start(&draft, false);
	draft_exports(&draft);
	exports = read_exports();
	assert_int_equal(exports.n_exports, 3);
	assert_int_equal(exports.timestamp, 0x5f000001);
	assert_true(bytes_equal_text(exports.library, "lib.dll"));

	assert_true(bytes_equal_text(exports.exports[0].name, "run"));
	assert_int_equal(exports.exports[0].ordinal, 5);
	assert_true(exports.exports[0].has_off);
	assert_int_equal(exports.exports[0].off, 0x410);

	assert_true(bytes_equal_text(exports.exports[1].name, "go"));
	assert_true(bytes_equal_text(exports.exports[1].forward, "other.entry"));
	assert_false(exports.exports[1].has_off);

	assert_null(exports.exports[2].name.at);
	assert_null(exports.exports[2].forward.at);
}

static void the_first_row_of_the_ordinal_table_names_an_export(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_exports(&draft);
	draft_u16(&draft, draft_at(0x13c0), 0); /* both names for index 0 */
	assert_true(bytes_equal_text(read_exports().exports[0].name, "go"));
}

static void a_damaged_export_table_leaves_only_the_directory(void **state)
{
	static const struct {
		const char *name;
		uint32_t rva, value;
	} cases[] = {
	    {"ordinals are not in the file", 0x1324, 0x9000},
	    {"addresses are not in the file", 0x131c, 0x9000},
	    {"names are not in the file", 0x1320, 0x9000},
	    {"more names than fit", 0x1318, 0x1000},
	    {"more functions than fit", 0x1314, 0x1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		draft_start(&draft, false);
		draft_exports(&draft);
		DRAFT_NUMBERS(&draft, cases[i].rva, cases[i].value);
		struct pe_exports exports = read_exports();
		if (!exports.present || exports.n_exports != 0)
			fail_msg("%s", cases[i].name);
		assert_true(bytes_equal_text(exports.library, "lib.dll"));
	}
}

static struct pe_resources read_resources(void)
{
	struct pe_resources resources;

	arena_reset(arena);
	assert_true(pe_open(draft_bytes(&draft), &image));
	assert_int_equal(pe_read_resources(&image, arena, &resources), RQ_OK);
	return resources;
}

static void resources_have_type_name_and_language(void **state)
{
	struct pe_resources resources;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	resources = read_resources();
	assert_true(resources.present);
	assert_int_equal(resources.timestamp, 77);
	assert_int_equal(resources.major, 1);
	assert_int_equal(resources.minor, 2);
	assert_int_equal(resources.n_resources, 1);
	assert_int_equal(resources.resources[0].type.number, PE_RESOURCE_VERSION);
	assert_int_equal(resources.resources[0].name.number, 1);
	assert_int_equal(resources.resources[0].language.number, 1066);
	assert_int_equal(resources.resources[0].rva, 0x1560);
	assert_int_equal(resources.resources[0].size, 0x200);
}

static void a_resource_may_be_named_by_text(void **state)
{
	struct pe_resources resources;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	DRAFT_NUMBERS(&draft, 0x1528, 0x80000000 + 0x400);
	draft_u16(&draft, draft_at(0x1900), 2);
	draft_wide(&draft, 0x1902, "ab");
	resources = read_resources();
	assert_true(
	    bytes_equal(resources.resources[0].name.text, BYTES_LITERAL("a\0b\0")));

	/* too long: what stands there counts as a number, a negative one */
	draft_u16(&draft, draft_at(0x1900), 1001);
	resources = read_resources();
	assert_null(resources.resources[0].name.text.at);
	assert_int_equal(resources.resources[0].name.number,
			 (int32_t)(0x80000000 + 0x400));
}

static void a_resource_below_its_type_has_no_name(void **state)
{
	struct pe_resources resources;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	DRAFT_NUMBERS(&draft, 0x1514, 0x48);
	resources = read_resources();
	assert_int_equal(resources.resources[0].name.number, PE_NO_NUMBER);
	assert_int_equal(resources.resources[0].language.number, PE_NO_NUMBER);
}

static void a_directory_that_holds_itself_is_not_entered(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	DRAFT_NUMBERS(&draft, 0x1514, 0x80000000);
	assert_int_equal(read_resources().n_resources, 0);
}

static void directories_that_hold_each_other_end(void **state)
{
	(void)state;
	/* 100 entries that all lead to a directory of 100 entries that lead back */
	draft_start(&draft, false);
	draft_directory(&draft, PE_DIRECTORY_RESOURCE, 0x1000, 0xc00);
	for (uint32_t at = 0; at < 2; at++) {
		DRAFT_NUMBERS(&draft, 0x1000 + at * 0x400, 0, 0, 0, 100 << 16);
		for (uint32_t i = 0; i < 100; i++)
			DRAFT_NUMBERS(&draft, 0x1010 + at * 0x400 + 8 * i, i,
				      0x80000000 + (1 - at) * 0x400);
	}
	DRAFT_NUMBERS(&draft, 0x1800, 0x1000, 1);
	assert_int_equal(read_resources().n_resources, 0);
}

static struct pe_version read_version(void)
{
	struct pe_resources resources = read_resources();
	struct pe_version version;

	assert_int_equal(pe_read_version(&image, &resources, arena, &version), RQ_OK);
	return version;
}

static void version_information_is_keys_with_values(void **state)
{
	struct pe_version version;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	version = read_version();
	assert_int_equal(version.n_strings, 2);
	assert_true(bytes_equal_text(version.strings[0].key, "CompanyName"));
	assert_true(bytes_equal_text(version.strings[0].value, "Raquet"));
	assert_true(bytes_equal_text(version.strings[1].key, "FileVersion"));
	assert_true(bytes_equal_text(version.strings[1].value, "1"));
}

static void version_text_is_cut_where_libyara_cuts_it(void **state)
{
	uint32_t value = 0x15f8 + 0x20; /* of CompanyName */

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	draft_u16(&draft, draft_at(value) + 4, 0x0100); /* low byte 0: the end */
	assert_true(bytes_equal_text(read_version().strings[0].value, "Ra"));

	/* wValueLength 0: no value, whatever stands there */
	draft_u16(&draft, draft_at(value) - 0x20 + 2, 0);
	assert_true(bytes_equal_text(read_version().strings[0].value, ""));
}

static struct pe_rich read_rich(void)
{
	struct pe_rich rich;

	arena_reset(arena);
	assert_true(pe_open(draft_bytes(&draft), &image));
	assert_int_equal(pe_read_rich(&image, arena, &rich), RQ_OK);
	return rich;
}

static void the_rich_header_is_unmasked(void **state)
{
	struct pe_rich rich;

	(void)state;
	draft_start(&draft, false);
	draft_rich(&draft);
	rich = read_rich();
	assert_true(rich.present);
	assert_int_equal(rich.off, 0x80);
	assert_int_equal(rich.key, 0x11223344);
	assert_int_equal(rich.raw.n, 32);
	assert_memory_equal(rich.clear.at, "DanS\0\0\0\0", 8);
	assert_int_equal(pe_rich_n_tools(&rich), 2);
	assert_int_equal(pe_rich_tool(&rich, 0).id, 0x93);
	assert_int_equal(pe_rich_tool(&rich, 0).version, 30729);
	assert_int_equal(pe_rich_tool(&rich, 0).count, 4);
	assert_memory_equal(rich.tool_words.at, "\x09\x78\x93\0\0\0\1\0", 8);
}

static void a_rich_header_without_key_or_start_is_none(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_rich(&draft);
	draft_u32(&draft, 0xa4, 0);
	assert_false(read_rich().present);
	draft_rich(&draft);
	draft_u32(&draft, 0x80, 0);
	assert_false(read_rich().present);
}

static void a_rich_header_of_two_words_has_no_tools(void **state)
{
	struct pe_rich rich;

	(void)state;
	draft_start(&draft, false);
	draft_rich(&draft);
	draft_u32(&draft, 0x80, 0);
	draft_u32(&draft, 0x98, 0x536e6144 ^ 0x11223344);
	rich = read_rich();
	assert_true(rich.present);
	assert_int_equal(rich.raw.n, 8);
	assert_false(rich.has_tools);
}

static void expect_pdb(const char *wanted)
{
	assert_true(pe_open(draft_bytes(&draft), &image));
	struct bytes path = pe_pdb_path(&image);

	if (wanted == NULL)
		assert_null(path.at);
	else
		assert_true(bytes_equal_text(path, wanted));
}

static void draft_debug(uint32_t rva, uint32_t raw_off)
{
	draft_start(&draft, false);
	draft_directory(&draft, PE_DIRECTORY_DEBUG, 0x1200, 56);
	/* flags, time, version, type, size, address, offset */
	DRAFT_NUMBERS(&draft, 0x1200, 0, 0, 0, 4, 0, 0x1300, 0);
	DRAFT_NUMBERS(&draft, 0x121c, 0, 0, 0, 2, 0, rva, raw_off);
}

static void the_path_of_the_program_database(void **state)
{
	static const struct {
		const char *signature;
		uint32_t path_off;
	} kinds[] = {{"RSDS", 24}, {"NB10", 16}, {"MTOC", 20}};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		draft_debug(0x1280, 0);
		draft_text(&draft, 0x1280, kinds[i].signature);
		draft_text(&draft, 0x1280 + kinds[i].path_off, "d:\\a.pdb");
		expect_pdb("d:\\a.pdb");
	}
	draft_text(&draft, 0x1280, "XXXX");
	expect_pdb(NULL);
}

static void a_debug_record_is_found_by_address_or_by_offset(void **state)
{
	(void)state;
	draft_debug(0x9000, (uint32_t)draft_at(0x1280)); /* no such address */
	draft_text(&draft, 0x1280, "RSDS");
	draft_text(&draft, 0x1298, "x.pdb");
	expect_pdb("x.pdb");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(imports_come_by_name_and_by_ordinal, start,
					    end),
	    cmocka_unit_test_setup_teardown(
		without_a_lookup_table_the_address_table_counts, start, end),
	    cmocka_unit_test_setup_teardown(impossible_names_are_left_out, start, end),
	    cmocka_unit_test_setup_teardown(an_ordinal_beyond_16_bits_is_left_out,
					    start, end),
	    cmocka_unit_test_setup_teardown(a_library_without_functions_is_left_out,
					    start, end),
	    cmocka_unit_test_setup_teardown(a_table_that_leaves_the_file_ends_there,
					    start, end),
	    cmocka_unit_test_setup_teardown(
		every_library_at_the_same_thunks_stays_within_the_cap, start, end),
	    cmocka_unit_test_setup_teardown(delayed_imports_come_by_rva_and_by_address,
					    start, end),
	    cmocka_unit_test_setup_teardown(a_delayed_library_may_have_no_functions,
					    start, end),
	    cmocka_unit_test_setup_teardown(
		imphash_is_of_lower_case_names_without_extension, start, end),
	    cmocka_unit_test_setup_teardown(exports_have_names_forwarders_and_ordinals,
					    start, end),
	    cmocka_unit_test_setup_teardown(
		the_first_row_of_the_ordinal_table_names_an_export, start, end),
	    cmocka_unit_test_setup_teardown(
		a_damaged_export_table_leaves_only_the_directory, start, end),
	    cmocka_unit_test_setup_teardown(resources_have_type_name_and_language,
					    start, end),
	    cmocka_unit_test_setup_teardown(a_resource_may_be_named_by_text, start,
					    end),
	    cmocka_unit_test_setup_teardown(a_resource_below_its_type_has_no_name,
					    start, end),
	    cmocka_unit_test_setup_teardown(
		a_directory_that_holds_itself_is_not_entered, start, end),
	    cmocka_unit_test_setup_teardown(directories_that_hold_each_other_end, start,
					    end),
	    cmocka_unit_test_setup_teardown(version_information_is_keys_with_values,
					    start, end),
	    cmocka_unit_test_setup_teardown(version_text_is_cut_where_libyara_cuts_it,
					    start, end),
	    cmocka_unit_test_setup_teardown(the_rich_header_is_unmasked, start, end),
	    cmocka_unit_test_setup_teardown(a_rich_header_without_key_or_start_is_none,
					    start, end),
	    cmocka_unit_test_setup_teardown(a_rich_header_of_two_words_has_no_tools,
					    start, end),
	    cmocka_unit_test_setup_teardown(the_path_of_the_program_database, start,
					    end),
	    cmocka_unit_test_setup_teardown(
		a_debug_record_is_found_by_address_or_by_offset, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
