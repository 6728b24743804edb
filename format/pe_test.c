#include "bytes/test.h"

#include "format/pe.h"
#include "format/testdata/pe_draft.h"

#include <string.h>

static struct pe_draft draft;
static struct pe_image image;

static bool open_draft(void)
{
	return pe_open(draft_bytes(&draft), &image);
}

static void an_image_needs_both_headers_whole(void **state)
{
	static const struct {
		const char *name;
		size_t off;
		uint32_t value;
		size_t size;
		bool is_64, is_pe;
	} cases[] = {
	    {"as it should be", 0x40, 0, DRAFT_FILE_SIZE, false, true},
	    {"no MZ", 0, 0x5a4e, DRAFT_FILE_SIZE, false, false},
	    {"no PE", DRAFT_NT_OFF, 0x4551, DRAFT_FILE_SIZE, false, false},
	    {"headers beyond the end", 0x3c, DRAFT_FILE_SIZE, DRAFT_FILE_SIZE, false,
	     false},
	    {"offset of headers is negative", 0x3c, 0x80000000, DRAFT_FILE_SIZE, false,
	     false},
	    {"only a DOS header", 0x40, 0, 64, false, false},
	    {"32-bit header ends the file", 0x40, 0, DRAFT_NT_OFF + 24 + 224, false,
	     true},
	    {"32-bit header is cut", 0x40, 0, DRAFT_NT_OFF + 24 + 223, false, false},
	    {"64-bit header ends the file", 0x40, 0, DRAFT_NT_OFF + 24 + 240, true,
	     true},
	    {"64-bit header is cut", 0x40, 0, DRAFT_NT_OFF + 24 + 239, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		draft_start(&draft, cases[i].is_64);
		draft_u32(&draft, cases[i].off, cases[i].value);
		draft.size = cases[i].size;
		if (open_draft() != cases[i].is_pe)
			fail_msg("%s", cases[i].name);
	}
}

static void the_width_of_headers_follows_the_magic(void **state)
{
	(void)state;
	draft_start(&draft, true);
	assert_true(open_draft());
	assert_true(image.is_64);
	assert_int_equal(image.headers.image_base, 0x400000);
	assert_int_equal(image.headers.number_of_directories, 16);

	draft_u16(&draft, draft_optional_header(0), 0x107); /* a ROM image */
	assert_true(open_draft());
	assert_false(image.is_64);
	assert_int_equal(image.headers.base_of_data, 0x400000);
}

static void expect_offset(uint64_t rva, int64_t wanted)
{
	size_t off;
	bool found = pe_rva_to_offset(&image, rva, &off);

	if (found != (wanted >= 0) || (found && off != (size_t)wanted))
		fail_msg("rva %#llx: %lld instead of %lld", (unsigned long long)rva,
			 found ? (long long)off : -1, (long long)wanted);
}

static void addresses_go_through_the_section_that_holds_them(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_u32(&draft, draft_section(8), DRAFT_SIZE + 0x100); /* VirtualSize */
	assert_true(open_draft());
	expect_offset(0x1000, 0x400);
	expect_offset(0x1bff, 0xfff);
	expect_offset(0x1c00, -1); /* exists in memory only */
	expect_offset(0x10, 0x10); /* below all sections */
	expect_offset(UINT64_MAX, -1);
	expect_offset(UINT64_C(0x100001000), -1);
}

static void the_start_of_a_section_is_rounded_down_as_the_loader_does(void **state)
{
	static const struct {
		uint32_t file_alignment, section_alignment, raw_off, wanted;
	} cases[] = {
	    {0x200, 0x1000, 0x4ff, 0x400},
	    {0x1000, 0x10, 0x4ff, 0x400}, /* no more than 512 counts */
	    {0x10, 0x10, 0x4ff, 0x4f0},
	    {0x10, 0x1000, 0x4ff, 0x400}, /* sections on pages: 512 always */
	    {0, 0x10, 0x4ff, 0x4ff},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		draft_start(&draft, false);
		draft_u32(&draft, draft_optional_header(32),
			  cases[i].section_alignment);
		draft_u32(&draft, draft_optional_header(36), cases[i].file_alignment);
		draft_u32(&draft, draft_section(20), cases[i].raw_off);
		assert_true(open_draft());
		expect_offset(0x1000, cases[i].wanted);
	}
}

static void of_overlapping_sections_the_highest_counts(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_u16(&draft, draft_file_header(2), 2);
	draft_u32(&draft, draft_section(48), 0x1000);
	draft_u32(&draft, draft_section(52), 0x1200); /* VirtualAddress */
	draft_u32(&draft, draft_section(56), 0x200);
	draft_u32(&draft, draft_section(60), 0x800);
	assert_true(open_draft());
	expect_offset(0x11ff, 0x5ff);
	expect_offset(0x1210, 0x810);
	expect_offset(0x1400, -1); /* in the second, whose bytes end before */
}

static void a_cut_section_table_leaves_no_address(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_u16(&draft, draft_file_header(2), 80);
	assert_true(open_draft());
	assert_false(image.sections_cut);
	expect_offset(0x1000, 0x400);
	draft.size = draft_section(0) + 40;
	assert_true(open_draft());
	assert_true(image.sections_cut);
	assert_int_equal(image.n_sections, 1);
	expect_offset(0x10, -1);
}

static void no_more_than_96_sections_count(void **state)
{
	static uint8_t file[8192];

	(void)state;
	draft_start(&draft, false);
	draft_u16(&draft, draft_file_header(2), 97);
	memcpy(file, draft.file, DRAFT_FILE_SIZE);
	assert_true(pe_open((struct bytes){file, sizeof file}, &image));
	assert_int_equal(image.n_sections, 96);
	assert_false(image.sections_cut);
	assert_int_equal(image.headers.number_of_sections, 97);
}

static void a_section_name_keeps_zeros_inside(void **state)
{
	(void)state;
	draft_start(&draft, false);
	draft_u8(&draft, draft_section(7), 'x');
	assert_true(open_draft());
	struct pe_section section = pe_section(&image, 0);
	assert_true(
	    bytes_equal(pe_section_name(&section), BYTES_LITERAL(".data\0\0x")));
}

static void a_long_section_name_stands_in_the_string_table(void **state)
{
	struct pe_section section;
	struct bytes name;

	(void)state;
	draft_start(&draft, false);
	draft_u32(&draft, draft_section(0), 0x00342f); /* "/4" */
	draft_u8(&draft, draft_section(4), 0);
	assert_true(open_draft());
	section = pe_section(&image, 0);
	assert_true(pe_section_full_name(&image, &section, &name));
	assert_true(bytes_equal_text(name, "/4")); /* no symbol table */

	draft_u32(&draft, draft_file_header(8), (uint32_t)draft_at(0x1800));
	draft_u32(&draft, draft_file_header(12), 2); /* symbols of 18 bytes */
	draft_text(&draft, 0x1800 + 36 + 4, ".debug_info");
	assert_true(open_draft());
	assert_true(pe_section_full_name(&image, &section, &name));
	assert_true(bytes_equal_text(name, ".debug_info"));

	draft_u8(&draft, draft_at(0x1800) + 36 + 5, 7);
	assert_false(pe_section_full_name(&image, &section, &name));
}

static void what_follows_the_last_section_is_the_overlay(void **state)
{
	(void)state;
	draft_start(&draft, false);
	assert_true(open_draft());
	assert_int_equal(pe_overlay(&image).size, 0);
	draft.size += 10;
	assert_true(open_draft());
	assert_int_equal(pe_overlay(&image).off, DRAFT_FILE_SIZE);
	assert_int_equal(pe_overlay(&image).size, 10);
}

static void the_checksum_leaves_itself_out(void **state)
{
	(void)state;
	draft_start(&draft, false);
	assert_true(open_draft());
	uint64_t sum = pe_checksum(&image);
	draft_u32(&draft, pe_checksum_off(&image), (uint32_t)sum);
	assert_int_equal(pe_checksum(&image), sum);

	/* a word more changes it by that word, a byte by its length as well */
	draft_u32(&draft, draft_at(0x1800), 3);
	assert_int_equal(pe_checksum(&image), sum + 3);
	draft.size += 1;
	draft_u8(&draft, DRAFT_FILE_SIZE, 2);
	assert_true(open_draft());
	assert_int_equal(pe_checksum(&image), sum + 3 + 2 + 1);
}

TEST_MAIN(cmocka_unit_test(an_image_needs_both_headers_whole),
	  cmocka_unit_test(the_width_of_headers_follows_the_magic),
	  cmocka_unit_test(addresses_go_through_the_section_that_holds_them),
	  cmocka_unit_test(the_start_of_a_section_is_rounded_down_as_the_loader_does),
	  cmocka_unit_test(of_overlapping_sections_the_highest_counts),
	  cmocka_unit_test(a_cut_section_table_leaves_no_address),
	  cmocka_unit_test(no_more_than_96_sections_count),
	  cmocka_unit_test(a_section_name_keeps_zeros_inside),
	  cmocka_unit_test(a_long_section_name_stands_in_the_string_table),
	  cmocka_unit_test(what_follows_the_last_section_is_the_overlay),
	  cmocka_unit_test(the_checksum_leaves_itself_out))
