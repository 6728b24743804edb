#include "engine/module/probe.h"

#include "bytes/alloc.h"
#include "format/testdata/pe_draft.h"

static struct pe_draft draft;

/* For these tests a regex is a piece of text that must occur. */
static const struct regex_program *regex_of(const char *piece)
{
	return (const struct regex_program *)piece;
}

static bool occurs(void *matcher, const struct regex_program *regex, struct bytes text)
{
	const char *piece = (const char *)regex;
	size_t n = strlen(piece);

	(void)matcher;
	for (size_t i = 0; i + n <= text.n; i++)
		if (memcmp(text.at + i, piece, n) == 0)
			return true;
	return false;
}

static void open_draft(struct probe *p)
{
	probe_bytes(p, "pe", draft.file, draft.size);
	p->context.matches = occurs;
}

static struct value text(const char *text)
{
	return value_text(bytes_of(text));
}

static struct value regex(const char *piece)
{
	return (struct value){.type = VALUE_REGEX, .regex = regex_of(piece)};
}

struct expectation {
	const char *path;
	struct value value;
};

static void expect_values(struct probe *p, const struct expectation *table)
{
	for (; table->path != NULL; table++)
		probe_expect(table->path, probe_get(p, table->path), table->value);
}

#define INT(n)                                                                         \
	{                                                                              \
		.type = VALUE_INT, .integer = (n)                                      \
	}
#define TEXT(s)                                                                        \
	{                                                                              \
		.type = VALUE_TEXT, .text = {(const uint8_t *)(s), sizeof(s) - 1 }     \
	}
#define UNDEFINED                                                                      \
	{                                                                              \
		.type = VALUE_UNDEFINED                                                \
	}

static void what_is_no_image_knows_only_that(void **state)
{
	static const struct expectation table[] = {
	    {"is_pe", INT(0)},
	    {"MACHINE_AMD64", INT(0x8664)},
	    {"IMPORT_ANY", INT(-1)},
	    {"machine", UNDEFINED},
	    {"number_of_sections", UNDEFINED},
	    {"number_of_imports", UNDEFINED},
	    {"number_of_resources", UNDEFINED},
	    {"number_of_signatures", UNDEFINED},
	    {"overlay.size", UNDEFINED},
	    {"sections[0].name", UNDEFINED},
	    {"version_info[\"CompanyName\"]", UNDEFINED},
	    {0}};
	const struct value library = text("kernel32.dll");
	struct probe p;

	(void)state;
	probe_bytes(&p, "pe", "MZ", 2);
	expect_values(&p, table);
	assert_int_equal(probe_count(&p, "sections"), 0);
	probe_expect("imphash", probe_call(&p, "imphash", NULL, 0), value_undefined());
	probe_expect("is_dll", probe_call(&p, "is_dll", NULL, 0), value_undefined());
	probe_expect("imports", probe_call(&p, "imports", &library, 1),
		     value_undefined());
	probe_close(&p);
}

static void an_image_without_tables_has_none_of_everything(void **state)
{
	static const struct expectation table[] = {
	    {"is_pe", INT(1)},
	    {"number_of_imports", INT(0)},
	    {"number_of_imported_functions", INT(0)},
	    {"number_of_delayed_imports", INT(0)},
	    {"number_of_delayed_imported_functions", INT(0)},
	    {"number_of_exports", INT(0)},
	    {"number_of_resources", INT(0)},
	    {"number_of_version_infos", INT(0)},
	    {"number_of_signatures", INT(0)},
	    {"is_signed", INT(0)},
	    {"overlay.offset", INT(0)},
	    {"overlay.size", INT(0)},
	    {"dll_name", UNDEFINED},
	    {"export_timestamp", UNDEFINED},
	    {"resource_timestamp", UNDEFINED},
	    {"resource_version.major", UNDEFINED},
	    {"rich_signature.offset", UNDEFINED},
	    {"rich_signature.clear_data", UNDEFINED},
	    {"pdb_path", UNDEFINED},
	    {0}};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	open_draft(&p);
	expect_values(&p, table);
	/* of the empty text */
	probe_expect("imphash", probe_call(&p, "imphash", NULL, 0),
		     text("d41d8cd98f00b204e9800998ecf8427e"));
	probe_close(&p);
}

static void headers_and_sections(void **state)
{
	static const struct expectation table[] = {
	    {"machine", INT(0x8664)},
	    {"number_of_sections", INT(1)},
	    {"timestamp", INT(0x5f000000)},
	    {"entry_point", INT(0x400)},
	    {"entry_point_raw", INT(0x1000)},
	    {"image_base", INT(0x400000)},
	    {"opthdr_magic", INT(0x20b)},
	    {"base_of_data", UNDEFINED}, /* 32-bit images have it */
	    {"number_of_rva_and_sizes", INT(16)},
	    {"data_directories[1].virtual_address", INT(0x1100)},
	    {"data_directories[1].size", INT(60)},
	    {"data_directories[16].size", UNDEFINED},
	    {"sections[0].name", TEXT(".data")},
	    {"sections[0].full_name", TEXT(".data")},
	    {"sections[0].virtual_address", INT(0x1000)},
	    {"sections[0].raw_data_offset", INT(0x400)},
	    {"sections[0].raw_data_size", INT(DRAFT_SIZE)},
	    {"sections[1].name", UNDEFINED},
	    {"sections[-1].name", UNDEFINED},
	    {"overlay.offset", INT(DRAFT_FILE_SIZE)},
	    {"overlay.size", INT(5)},
	    {0}};
	struct probe p;

	(void)state;
	draft_start(&draft, true);
	draft_imports(&draft);
	draft.size += 5;
	open_draft(&p);
	expect_values(&p, table);
	assert_int_equal(probe_count(&p, "data_directories"), 16);
	assert_int_equal(probe_count(&p, "sections"), 1);
	probe_expect("is_64bit", probe_call(&p, "is_64bit", NULL, 0), value_int(1));
	probe_expect("is_32bit", probe_call(&p, "is_32bit", NULL, 0), value_int(0));
	probe_expect("is_dll", probe_call(&p, "is_dll", NULL, 0), value_int(0));
	probe_close(&p);
}

static void an_entry_point_outside_is_minus_one(void **state)
{
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_u32(&draft, draft_optional_header(16), 0x5000);
	draft_u16(&draft, draft_file_header(18), PE_CHARACTERISTIC_DLL);
	open_draft(&p);
	probe_expect("entry_point", probe_get(&p, "entry_point"), value_int(-1));
	probe_expect("is_dll", probe_call(&p, "is_dll", NULL, 0), value_int(0x2000));
	probe_close(&p);
}

static void import_details(void **state)
{
	static const struct expectation table[] = {
	    {"number_of_imports", INT(2)},
	    {"number_of_imported_functions", INT(4)},
	    {"import_details[0].library_name", TEXT("kernel32.dll")},
	    {"import_details[0].number_of_functions", INT(2)},
	    {"import_details[0].functions[0].name", TEXT("Sleep")},
	    {"import_details[0].functions[0].ordinal", UNDEFINED},
	    {"import_details[0].functions[1].rva", INT(0x11a4)},
	    {"import_details[0].functions[2].name", UNDEFINED},
	    {"import_details[1].functions[1].name", TEXT("ord7777")},
	    {"import_details[1].functions[1].ordinal", INT(7777)},
	    {"import_details[2].library_name", UNDEFINED},
	    {0}};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	open_draft(&p);
	expect_values(&p, table);
	assert_int_equal(probe_count(&p, "import_details"), 2);
	assert_int_equal(probe_count(&p, "import_details[1].functions"), 2);
	assert_int_equal(probe_count(&p, "import_details[2].functions"), 0);
	probe_close(&p);
}

static void imports_are_asked_for_in_many_ways(void **state)
{
	const struct {
		const char *name;
		struct value args[3];
		struct value wanted;
	} cases[] = {
	    {"imports", {text("KERNEL32.dll"), text("sleep")}, INT(1)},
	    {"imports", {text("kernel32.dll"), text("Slee")}, INT(0)},
	    {"imports", {text("ws2_32.dll"), value_int(23)}, INT(1)},
	    {"imports", {text("ws2_32.dll"), text("socket")}, INT(1)},
	    {"imports", {text("kernel32.dll"), value_int(0)}, INT(0)},
	    {"imports", {text("kernel32.dll")}, INT(2)},
	    {"imports", {text("user32.dll")}, INT(0)},
	    {"imports", {regex(".dll"), regex("e")}, INT(3)},
	    {"imports", {value_int(1), text("kernel32.dll"), text("Beep")}, INT(1)},
	    {"imports", {value_int(2), text("kernel32.dll"), text("Beep")}, INT(0)},
	    {"imports", {value_int(-1), text("WS2_32.dll"), value_int(7777)}, INT(1)},
	    {"imports", {value_int(3), text("kernel32.dll")}, INT(2)},
	    {"imports", {value_int(3), regex("32"), regex("")}, INT(4)},
	    {"import_rva", {text("kernel32.dll"), text("BEEP")}, INT(0x11a4)},
	    {"import_rva", {text("WS2_32.dll"), value_int(23)}, INT(0x11e0)},
	    {"import_rva", {text("WS2_32.dll"), value_int(24)}, UNDEFINED},
	    {"delayed_import_rva", {text("WS2_32.dll"), value_int(23)}, UNDEFINED},
	    {"delayed_import_rva", {text("kernel32.dll"), text("Beep")}, UNDEFINED},
	};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	open_draft(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = 0;

		while (n < 3 && cases[i].args[n].type != VALUE_UNDEFINED)
			n++;
		probe_expect(cases[i].name,
			     probe_call(&p, cases[i].name, cases[i].args, n),
			     cases[i].wanted);
	}
	probe_close(&p);
}

static void an_empty_name_fits_no_regex(void **state)
{
	const struct value args[] = {value_int(3), regex("k"), regex("")};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_directory(&draft, PE_DIRECTORY_DELAY_IMPORT, 0x1200, 64);
	DRAFT_NUMBERS(&draft, 0x1200, 1, 0x1140, 0, 0x1280, 0x1260, 0, 0, 0);
	draft_text(&draft, 0x1140, "k.dll");
	DRAFT_NUMBERS(&draft, 0x1260, 0x1160, 0);
	DRAFT_NUMBERS(&draft, 0x1280, 0x401000, 0);
	open_draft(&p);
	probe_expect("name",
		     probe_get(&p, "delayed_import_details[0].functions[0].name"),
		     text(""));
	probe_expect("imports", probe_call(&p, "imports", args, 3), value_int(0));
	probe_close(&p);
}

static void exports_are_asked_for_in_many_ways(void **state)
{
	static const struct expectation table[] = {
	    {"number_of_exports", INT(3)},
	    {"dll_name", TEXT("lib.dll")},
	    {"export_timestamp", INT(0x5f000001)},
	    {"export_details[0].name", TEXT("run")},
	    {"export_details[0].offset", INT(0x410)},
	    {"export_details[0].forward_name", UNDEFINED},
	    {"export_details[1].forward_name", TEXT("other.entry")},
	    {"export_details[1].offset", UNDEFINED},
	    {"export_details[1].rva", INT(0x1340)},
	    {"export_details[2].name", UNDEFINED},
	    {"export_details[2].ordinal", INT(7)},
	    {0}};
	const struct {
		const char *name;
		struct value arg, wanted;
	} cases[] = {
	    {"exports", text("RUN"), INT(1)},
	    {"exports", text("runs"), INT(0)},
	    {"exports", regex("o"), INT(1)},
	    {"exports", regex("x"), INT(0)},
	    /* ordinals above their number count for nothing, whatever the base */
	    {"exports", value_int(5), INT(0)},
	    {"exports_index", text("go"), INT(1)},
	    {"exports_index", regex("r"), INT(0)},
	    {"exports_index", text("stop"), UNDEFINED},
	    {"exports_index", value_int(5), UNDEFINED},
	};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_exports(&draft);
	open_draft(&p);
	expect_values(&p, table);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		probe_expect(cases[i].name,
			     probe_call(&p, cases[i].name, &cases[i].arg, 1),
			     cases[i].wanted);
	probe_close(&p);
}

static void an_exported_ordinal_within_their_number_is_found(void **state)
{
	const struct value three = value_int(3);
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_exports(&draft);
	DRAFT_NUMBERS(&draft, 0x1310, 1); /* Base */
	open_draft(&p);
	probe_expect("exports", probe_call(&p, "exports", &three, 1), value_int(1));
	probe_expect("exports_index", probe_call(&p, "exports_index", &three, 1),
		     value_int(2));
	probe_close(&p);
}

static void resources_and_version_information(void **state)
{
	static const struct expectation table[] = {
	    {"number_of_resources", INT(1)},
	    {"resource_timestamp", INT(77)},
	    {"resource_version.major", INT(1)},
	    {"resources[0].type", INT(16)},
	    {"resources[0].type_string", UNDEFINED},
	    {"resources[0].id", INT(1)},
	    {"resources[0].language", INT(1066)},
	    {"resources[0].rva", INT(0x1560)},
	    {"resources[0].offset", INT(0x960)},
	    {"resources[0].length", INT(0x200)},
	    {"number_of_version_infos", INT(2)},
	    {"version_info[\"CompanyName\"]", TEXT("Raquet")},
	    {"version_info[\"FileVersion\"]", TEXT("1")},
	    {"version_info[\"companyname\"]", UNDEFINED},
	    {"version_info_list[1].key", TEXT("FileVersion")},
	    {"version_info_list[2].key", UNDEFINED},
	    {0}};
	const struct {
		const char *name;
		int64_t arg, wanted;
	} cases[] = {{"locale", 1066, 1}, {"locale", 42, 0}, {"language", 42, 1}};
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	open_draft(&p);
	expect_values(&p, table);
	assert_int_equal(probe_count(&p, "version_info"), 2);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value arg = value_int(cases[i].arg);

		probe_expect(cases[i].name, probe_call(&p, cases[i].name, &arg, 1),
			     value_int(cases[i].wanted));
	}
	probe_close(&p);
}

static void of_equal_version_keys_the_last_value_counts(void **state)
{
	struct value key = value_undefined();
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_version(&draft);
	draft_wide(&draft, 0x1628 + 6, "CompanyName"); /* instead of FileVersion */
	open_draft(&p);
	probe_expect("value", probe_get(&p, "version_info[\"CompanyName\"]"),
		     text("1"));
	assert_int_equal(probe_count(&p, "version_info"), 1);
	assert_int_equal(probe_count(&p, "version_info_list"), 2);
	p.module->key(p.state, probe_walk(&p, "version_info", &key)->id, NULL, 0, &key);
	probe_expect("key", key, text("CompanyName"));
	probe_close(&p);
}

static struct value call_rich(struct probe *p, const char *name, int64_t first,
			      int64_t second, const char *letters)
{
	const struct module_field *f = probe_walk(p, "rich_signature", NULL)->fields;
	const struct value args[] = {value_int(first), value_int(second)};
	struct value value;

	while (strcmp(f->name, name) != 0 || f->arguments == NULL ||
	       strcmp(f->arguments, letters) != 0)
		f++;
	p->module->call(p->state, f->id, args, &value);
	return value;
}

static void tools_of_the_rich_header_are_counted(void **state)
{
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_rich(&draft);
	open_draft(&p);
	probe_expect("offset", probe_get(&p, "rich_signature.offset"), value_int(0x80));
	probe_expect("length", probe_get(&p, "rich_signature.length"), value_int(32));
	probe_expect("version", call_rich(&p, "version", 30729, 0, "i"), value_int(4));
	probe_expect("both", call_rich(&p, "version", 30729, 1, "ii"), value_int(0));
	probe_expect("toolid", call_rich(&p, "toolid", 1, 0, "i"), value_int(2));
	probe_expect("both", call_rich(&p, "toolid", 0x93, 30729, "ii"), value_int(4));
	probe_close(&p);
}

static void sections_are_found_by_name_and_by_offset(void **state)
{
	const struct {
		struct value arg, wanted;
	} cases[] = {
	    {text(".data"), INT(0)},    {text(".DATA"), UNDEFINED},
	    {value_int(0x400), INT(0)}, {value_int(DRAFT_FILE_SIZE), UNDEFINED},
	    {value_int(-1), UNDEFINED},
	};
	const struct value rva = value_int(0x1010), no_rva = value_int(-1);
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	open_draft(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		probe_expect("section_index",
			     probe_call(&p, "section_index", &cases[i].arg, 1),
			     cases[i].wanted);
	probe_expect("rva_to_offset", probe_call(&p, "rva_to_offset", &rva, 1),
		     value_int(0x410));
	probe_expect("rva_to_offset", probe_call(&p, "rva_to_offset", &no_rva, 1),
		     value_undefined());
	probe_close(&p);
}

static void in_memory_the_program_counts_and_not_its_libraries(void **state)
{
	static struct pe_draft library;
	const struct value address = value_int(0x1010);
	struct probe p;

	(void)state;
	draft_start(&library, false);
	draft_u16(&library, draft_file_header(18), PE_CHARACTERISTIC_DLL);
	draft_start(&draft, true);
	draft_rich(&draft);

	struct block blocks[] = {
	    {0x10000, library.file, library.size},
	    {0x20000, draft.file, draft.size},
	};
	struct object object = {.blocks = blocks, .n_blocks = 2, .is_memory = true};
	probe_object(&p, "pe", &object);
	probe_expect("machine", probe_get(&p, "machine"), value_int(0x8664));
	probe_expect("entry_point", probe_get(&p, "entry_point"), value_int(0x21000));
	probe_expect("rich", probe_get(&p, "rich_signature.offset"),
		     value_int(0x20080));
	probe_expect("section_index", probe_call(&p, "section_index", &address, 1),
		     value_int(0));
	probe_close(&p);

	object.n_blocks = 1;
	probe_object(&p, "pe", &object);
	probe_expect("is_pe", probe_get(&p, "is_pe"), value_int(0));
	probe_close(&p);
}

static void want_of_memory_is_told_and_not_passed_for_a_value(void **state)
{
	uint64_t n_refusals;
	struct probe p;

	(void)state;
	draft_start(&draft, false);
	draft_imports(&draft);
	open_draft(&p);
	while (arena_array(p.arena, 1, 1 << 10) != NULL)
		;
	while (arena_array(p.arena, 1, 1) != NULL)
		;
	for (int asked = 0; asked < 2; asked++) {
		n_refusals = alloc_refusals();
		probe_expect("imports", probe_get(&p, "number_of_imports"),
			     value_undefined());
		assert_true(alloc_refusals() > n_refusals);
	}
	probe_close(&p);
}

TEST_MAIN(cmocka_unit_test(what_is_no_image_knows_only_that),
	  cmocka_unit_test(an_image_without_tables_has_none_of_everything),
	  cmocka_unit_test(headers_and_sections),
	  cmocka_unit_test(an_entry_point_outside_is_minus_one),
	  cmocka_unit_test(import_details),
	  cmocka_unit_test(imports_are_asked_for_in_many_ways),
	  cmocka_unit_test(an_empty_name_fits_no_regex),
	  cmocka_unit_test(exports_are_asked_for_in_many_ways),
	  cmocka_unit_test(an_exported_ordinal_within_their_number_is_found),
	  cmocka_unit_test(resources_and_version_information),
	  cmocka_unit_test(of_equal_version_keys_the_last_value_counts),
	  cmocka_unit_test(tools_of_the_rich_header_are_counted),
	  cmocka_unit_test(sections_are_found_by_name_and_by_offset),
	  cmocka_unit_test(in_memory_the_program_counts_and_not_its_libraries),
	  cmocka_unit_test(want_of_memory_is_told_and_not_passed_for_a_value))
