#include "bytes/test.h"

#include "format/elf.h"
#include "format/elf_sample.h"

static struct bytes bytes_of_sample(const struct elf_sample *s)
{
	return buffer_bytes(&s->file);
}

static void both_classes_and_byte_orders_read_the_same(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct elf_sample s;
		struct elf_section section;
		struct elf_segment segment;
		struct elf_symbol symbol;
		struct elf_dynamic dynamic;
		struct bytes name;
		struct elf elf;

		sample_make(&s, i & 1, i & 2, ELF_TYPE_EXECUTABLE);
		assert_true(elf_open(bytes_of_sample(&s), &elf));
		assert_int_equal(elf.type, ELF_TYPE_EXECUTABLE);
		assert_true(elf_has_all_sections(&elf) && elf_has_all_segments(&elf));
		assert_true(elf_section(&elf, SAMPLE_DYNSYM, &section));
		assert_int_equal(section.type, ELF_SECTION_DYNSYM);
		assert_int_equal(section.link, SAMPLE_DYNSTR);
		assert_int_equal(section.offset, s.offset[SAMPLE_DYNSYM]);
		assert_int_equal(section.size, s.size[SAMPLE_DYNSYM]);
		assert_true(elf_segment(&elf, 1, &segment));
		assert_int_equal(segment.type, ELF_SEGMENT_DYNAMIC);
		assert_int_equal(segment.flags, 5);
		assert_int_equal(segment.memory_size, segment.file_size + 1);
		assert_true(elf_dynamic(&elf, segment.offset, 1, &dynamic));
		assert_int_equal(dynamic.tag, 30);
		assert_int_equal(dynamic.value, 8);
		assert_true(elf_symbol(&elf, section.offset, 2, &symbol));
		assert_int_equal(symbol.bind, 1);
		assert_int_equal(symbol.type, 2);
		assert_int_equal(symbol.section, 0);
		assert_int_equal(symbol.value, 0x101);
		assert_true(elf_text(&elf, s.offset[SAMPLE_DYNSTR],
				     s.size[SAMPLE_DYNSTR], symbol.name, &name));
		assert_true(bytes_equal_text(name, "socket"));
		buffer_free(&s.file);
	}
}

static void what_is_no_image(void **state)
{
	struct elf_sample s;
	struct elf elf;

	(void)state;
	sample_make(&s, true, false, ELF_TYPE_EXECUTABLE);
	assert_true(elf_open((struct bytes){s.file.data, 65}, &elf));
	/* a header with nothing behind it */
	assert_false(elf_open((struct bytes){s.file.data, 64}, &elf));
	s.file.data[4] = 3; /* EI_CLASS */
	assert_false(elf_open(bytes_of_sample(&s), &elf));
	s.file.data[4] = 2;
	s.file.data[5] = 0; /* EI_DATA */
	assert_false(elf_open(bytes_of_sample(&s), &elf));
	s.file.data[5] = 1;
	s.file.data[0] = 'X';
	assert_false(elf_open(bytes_of_sample(&s), &elf));
	buffer_free(&s.file);
}

static void tables_that_point_outside(void **state)
{
	struct elf_sample s;
	struct elf_section section;
	struct bytes text;
	struct elf elf;

	(void)state;
	sample_make(&s, true, false, ELF_TYPE_EXECUTABLE);
	assert_true(elf_open(bytes_of_sample(&s), &elf));
	assert_false(elf_section(&elf, UINT32_MAX, &section));
	elf.sections = UINT64_MAX - 63; /* one entry later it would be 0 */
	assert_false(elf_has_all_sections(&elf));
	assert_false(elf_section(&elf, 1, &section));
	/* a table of text must begin with 0, and end inside */
	assert_false(elf_text(&elf, 1, 8, 0, &text));
	assert_false(elf_text(&elf, s.offset[SAMPLE_STRTAB], 5, 1, &text));
	assert_false(elf_text(&elf, s.offset[SAMPLE_STRTAB], 0, 0, &text));
	assert_false(elf_text(&elf, s.offset[SAMPLE_STRTAB], UINT64_MAX, 1, &text));
	assert_null(text.at);
	buffer_free(&s.file);
}

static void entry_points(void **state)
{
	const struct {
		const char *name;
		bool is_64, is_big;
		uint16_t type;
		uint64_t entry; /* 0: as the sample has it */
		int64_t want;   /* offset; -1: that of the text */
	} cases[] = {
	    {"executable, by segments", true, false, 2, 0, -1},
	    {"executable of 32 bits", false, false, 2, 0, -1},
	    {"library, by sections", true, false, 3, 0, -1},
	    {"library of 32 bits", false, false, 3, 0, -1},
	    {"nowhere", true, false, 2, 0x99999999, 0},
	    {"in no section", false, false, 3, SAMPLE_BASE, 0},
	    {"big-endian is misread", true, true, 2, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct elf_sample s;
		uint64_t offset, want;

		sample_make(&s, cases[i].is_64, cases[i].is_big, cases[i].type);
		if (cases[i].entry != 0)
			sample_set(&s, 24, cases[i].is_64 ? 8 : 4, cases[i].entry);
		want = cases[i].want < 0 ? s.offset[SAMPLE_TEXT] + 4
					 : (uint64_t)cases[i].want;
		assert_true(elf_entry_offset(bytes_of_sample(&s), &offset));
		if (offset != want)
			fail_msg("%s: %llu", cases[i].name, (unsigned long long)offset);
		buffer_free(&s.file);
	}
}

static void entry_points_in_memory(void **state)
{
	struct elf_sample s;
	uint64_t address;

	(void)state;
	sample_make(&s, true, false, 2);
	assert_true(elf_entry_address(bytes_of_sample(&s), 0x400000, &address));
	assert_int_equal(address, 0x400000 + SAMPLE_BASE + s.offset[SAMPLE_TEXT] + 4);
	buffer_free(&s.file);
	sample_make(&s, true, false, 3);
	assert_false(elf_entry_address(bytes_of_sample(&s), 0x400000, &address));
	buffer_free(&s.file);
	assert_false(elf_entry_offset(BYTES_LITERAL("\177ELF"), &address));
}

static void sums_wrap_with_the_class(void **state)
{
	struct elf_sample s;
	uint64_t offset;
	struct elf elf;

	(void)state;
	sample_make(&s, false, false, 2);
	/* p_vaddr + p_memsz of the first segment is 0 in 32 bits: it holds nothing */
	sample_set(&s, s.segments + 20, 4, 0 - (uint32_t)SAMPLE_BASE);
	sample_set(&s, s.segments + 32, 4, 1); /* the second: PT_LOAD as well */
	assert_true(elf_open(bytes_of_sample(&s), &elf));
	assert_false(elf_offset_of(&elf, elf.entry, &offset));
	buffer_free(&s.file);
}

TEST_MAIN(cmocka_unit_test(both_classes_and_byte_orders_read_the_same),
	  cmocka_unit_test(what_is_no_image),
	  cmocka_unit_test(tables_that_point_outside), cmocka_unit_test(entry_points),
	  cmocka_unit_test(entry_points_in_memory),
	  cmocka_unit_test(sums_wrap_with_the_class))
