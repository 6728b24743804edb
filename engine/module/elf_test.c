#include "engine/module/probe.h"
#include "format/elf.h"
#include "format/elf_sample.h"

#define INT(i)  value_int((int64_t)(i))
#define TEXT(t) value_text(BYTES_LITERAL(t))
#define NOTHING value_undefined()

enum { EXECUTABLE = 2, SHARED = 3 };

static void open_sample(struct probe *p, struct elf_sample *s)
{
	probe_bytes(p, "elf", s->file.data, s->file.size);
}

static void close_sample(struct probe *p, struct elf_sample *s)
{
	probe_close(p);
	buffer_free(&s->file);
}

static void fields_of_every_class_and_byte_order(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct elf_sample s;
		struct probe p;

		sample_make(&s, i & 1, i & 2, EXECUTABLE);
		open_sample(&p, &s);

		const struct {
			const char *path;
			struct value want;
		} cases[] = {
		    {"type", INT(EXECUTABLE)},
		    {"machine", INT(s.is_64 ? 62 : 3)},
		    {"entry_point", INT(s.offset[SAMPLE_TEXT] + 4)},
		    {"sh_offset", INT(s.sections)},
		    {"sh_entry_size", INT(s.is_64 ? 64 : 40)},
		    {"number_of_sections", INT(N_SAMPLE_SECTIONS)},
		    {"ph_offset", INT(s.segments)},
		    {"ph_entry_size", INT(s.is_64 ? 56 : 32)},
		    {"number_of_segments", INT(2)},
		    {"sections[0].name", TEXT("")},
		    {"sections[1].name", TEXT(".text")},
		    {"sections[1].type", INT(1)},
		    {"sections[1].flags", INT(6)},
		    {"sections[1].address", INT(SAMPLE_BASE + s.offset[SAMPLE_TEXT])},
		    {"sections[1].offset", INT(s.offset[SAMPLE_TEXT])},
		    {"sections[1].size", INT(16)},
		    {"sections[-1].size", NOTHING},
		    {"sections[8].size", NOTHING},
		    {"segments[0].type", INT(1)},
		    {"segments[0].flags", INT(5)},
		    {"segments[0].offset", INT(0)},
		    {"segments[0].virtual_address", INT(SAMPLE_BASE)},
		    {"segments[0].physical_address", INT(0x20000)},
		    {"segments[0].file_size", INT(s.sections)},
		    {"segments[0].memory_size", INT(s.sections + 1)},
		    {"segments[0].alignment", INT(16)},
		    {"segments[2].type", NOTHING},
		    {"dynamic_section_entries", INT(3)},
		    {"dynamic[0].type", INT(1)},
		    {"dynamic[1].val", INT(8)},
		    {"dynamic[2].type", INT(0)},
		    {"dynamic[3].type", NOTHING},
		    {"symtab_entries", INT(3)},
		    {"symtab[2].name", TEXT("helper")},
		    {"symtab[2].shndx", INT(1)},
		    {"dynsym_entries", INT(18)},
		    {"dynsym[2].name", TEXT("socket")},
		    {"dynsym[2].value", INT(0x101)},
		    {"dynsym[2].size", INT(5)},
		    {"dynsym[2].type", INT(2)},
		    {"dynsym[2].bind", INT(1)},
		    {"dynsym[2].shndx", INT(0)},
		    {"dynsym[18].name", NOTHING},
		    {"PT_GNU_STACK", INT(0x6474e551)},
		};

		for (size_t j = 0; j < sizeof cases / sizeof *cases; j++)
			probe_expect(cases[j].path, probe_get(&p, cases[j].path),
				     cases[j].want);
		assert_int_equal(probe_count(&p, "sections"), N_SAMPLE_SECTIONS);
		assert_int_equal(probe_count(&p, "segments"), 2);
		assert_int_equal(probe_count(&p, "dynamic"), 3);
		assert_int_equal(probe_count(&p, "symtab"), 3);
		assert_int_equal(probe_count(&p, "dynsym"), 18);
		close_sample(&p, &s);
	}
}

static void digests_of_the_names(void **state)
{
	(void)state;
	/* neither class nor byte order changes them */
	for (int i = 0; i < 4; i++) {
		struct elf_sample s;
		struct probe p;

		sample_make(&s, i & 1, i & 2, SHARED);
		open_sample(&p, &s);
		probe_expect(
		    "telfhash", probe_call(&p, "telfhash", NULL, 0),
		    TEXT("T19BC08C8A01798CE86A024AB40C3C06469482491660913A3A7F0CAE"
			 "14802B11505492A6"));
		probe_expect("import_md5", probe_call(&p, "import_md5", NULL, 0),
			     TEXT("bb89dfbe71ee775ac72dbe376b1117e9"));
		probe_expect("again", probe_call(&p, "import_md5", NULL, 0),
			     TEXT("bb89dfbe71ee775ac72dbe376b1117e9"));
		close_sample(&p, &s);
	}
}

static void digests_of_all_symbols_where_none_are_dynamic(void **state)
{
	struct elf_sample s;
	struct probe p;

	(void)state;
	sample_make(&s, true, false, EXECUTABLE);
	sample_set(&s, sample_section_at(&s, SAMPLE_DYNSYM, SECTION_TYPE), 4, 1);
	open_sample(&p, &s);
	probe_expect("count", probe_get(&p, "dynsym_entries"), NOTHING);
	/* two names are too short for a digest, yet the function has an answer */
	probe_expect("telfhash", probe_call(&p, "telfhash", NULL, 0), TEXT(""));
	probe_expect("no imports", probe_call(&p, "import_md5", NULL, 0), NOTHING);
	close_sample(&p, &s);
}

/* Each breaks one field of the sample of 64 bits, little-endian. */
static void lies(void **state)
{
	enum where { HEADER, SECTION, SEGMENT };
	const struct {
		const char *name;
		enum where where;
		size_t index, off, n;
		uint64_t value;
		const char *path;
		struct value want;
	} cases[] = {
	    {"sections beyond the end", HEADER, 0, 40, 8, 0x10000, "sections[1].type",
	     NOTHING},
	    {"their offset wraps", HEADER, 0, 40, 8, UINT64_MAX - 63,
	     "sections[1].type", NOTHING},
	    {"and symbols are not found", HEADER, 0, 40, 8, 0x10000, "symtab_entries",
	     NOTHING},
	    {"number stays", HEADER, 0, 40, 8, 0x10000, "number_of_sections",
	     INT(N_SAMPLE_SECTIONS)},
	    {"names in no section", HEADER, 0, 62, 2, 8, "sections[1].type", NOTHING},
	    {"names elsewhere", HEADER, 0, 62, 2, SAMPLE_TEXT, "sections[1].name",
	     NOTHING},
	    {"names at 0", SECTION, SAMPLE_SHSTRTAB, SECTION_OFFSET, 8, 0,
	     "sections[1].name", NOTHING},
	    {"size of names does not matter", SECTION, SAMPLE_SHSTRTAB, SECTION_SIZE, 8,
	     0, "sections[1].name", TEXT(".text")},
	    {"name beyond the end", SECTION, SAMPLE_TEXT, SECTION_NAME, 4, UINT32_MAX,
	     "sections[1].name", NOTHING},
	    {"no entry", HEADER, 0, 24, 8, 0, "entry_point", NOTHING},
	    {"entry nowhere", HEADER, 0, 24, 8, 0x77777777, "entry_point", NOTHING},
	    {"segments beyond the end", HEADER, 0, 32, 8, 0x10000, "segments[0].type",
	     NOTHING},
	    {"too many segments", HEADER, 0, 56, 2, 0xffff, "segments[0].type",
	     NOTHING},
	    {"symbols beyond the end", SECTION, SAMPLE_SYMTAB, SECTION_SIZE, 8, 0x10000,
	     "symtab_entries", NOTHING},
	    {"their texts beyond the end", SECTION, SAMPLE_STRTAB, SECTION_SIZE, 8,
	     UINT64_MAX, "symtab_entries", NOTHING},
	    {"their texts are none", SECTION, SAMPLE_STRTAB, SECTION_TYPE, 4, 1,
	     "symtab_entries", NOTHING},
	    {"linked to no section", SECTION, SAMPLE_SYMTAB, SECTION_LINK, 4, 8,
	     "symtab_entries", NOTHING},
	    {"a part of an entry", SECTION, SAMPLE_SYMTAB, SECTION_SIZE, 8, 47,
	     "symtab_entries", INT(1)},
	    {"no texts", SECTION, SAMPLE_STRTAB, SECTION_SIZE, 8, 0, "symtab[1].name",
	     NOTHING},
	    {"dynamic beyond the end", SEGMENT, 1, 8, 8, 0x10000,
	     "dynamic_section_entries", INT(0)},
	    {"no dynamic segment", SEGMENT, 1, 0, 4, 1, "dynamic_section_entries",
	     NOTHING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct elf_sample s;
		struct probe p;
		size_t off = cases[i].off;

		sample_make(&s, true, false, EXECUTABLE);
		if (cases[i].where == SECTION)
			off = sample_section_at(&s, cases[i].index, off);
		if (cases[i].where == SEGMENT)
			off += s.segments + cases[i].index * 56;
		sample_set(&s, off, cases[i].n, cases[i].value);
		open_sample(&p, &s);
		probe_expect(cases[i].name, probe_get(&p, cases[i].path),
			     cases[i].want);
		close_sample(&p, &s);
	}
}

/* Two PT_DYNAMIC: the entries of the second hide those of the first, one by one. */
static void a_second_dynamic_segment_hides_the_first(void **state)
{
	struct elf_sample s;
	struct probe p;

	(void)state;
	sample_make(&s, true, false, EXECUTABLE);
	sample_set(&s, s.segments, 4, 2);
	sample_set(&s, s.segments + 8, 8, s.offset[SAMPLE_DYNAMIC]);
	sample_set(&s, s.segments + 56 + 8, 8, s.offset[SAMPLE_DYNAMIC] + 16);
	open_sample(&p, &s);
	probe_expect("of the second", probe_get(&p, "dynamic_section_entries"), INT(2));
	assert_int_equal(probe_count(&p, "dynamic"), 3);
	probe_expect("second", probe_get(&p, "dynamic[0].type"), INT(30));
	probe_expect("second", probe_get(&p, "dynamic[1].type"), INT(0));
	probe_expect("left of the first", probe_get(&p, "dynamic[2].type"), INT(0));
	probe_expect("nothing", probe_get(&p, "dynamic[3].type"), NOTHING);
	close_sample(&p, &s);
}

static void in_memory_only_executables_count(void **state)
{
	struct elf_sample library, program;
	struct probe p;

	(void)state;
	sample_make(&library, true, false, SHARED);
	sample_make(&program, true, false, EXECUTABLE);

	const struct block blocks[] = {
	    {0x1000, library.file.data, library.file.size},
	    {0x5000, program.file.data, program.file.size},
	};
	const struct object object = {
	    .blocks = blocks, .n_blocks = 2, .is_memory = true};

	probe_object(&p, "elf", &object);
	probe_expect("type", probe_get(&p, "type"), INT(EXECUTABLE));
	probe_expect("an address, not an offset", probe_get(&p, "entry_point"),
		     INT(0x5000 + SAMPLE_BASE + program.offset[SAMPLE_TEXT] + 4));
	buffer_free(&library.file);
	close_sample(&p, &program);
}

static void another_file(void **state)
{
	struct probe p;

	(void)state;
	probe_bytes(&p, "elf", "#!/bin/sh", 9);
	probe_expect("constants are there", probe_get(&p, "ET_DYN"), INT(3));
	probe_expect("type", probe_get(&p, "type"), NOTHING);
	probe_expect("sections", probe_get(&p, "sections[0].type"), NOTHING);
	probe_expect("dynamic", probe_get(&p, "dynamic[0].type"), NOTHING);
	probe_expect("telfhash", probe_call(&p, "telfhash", NULL, 0), NOTHING);
	assert_int_equal(probe_count(&p, "dynsym"), 0);
	probe_close(&p);
}

TEST_MAIN(cmocka_unit_test(fields_of_every_class_and_byte_order),
	  cmocka_unit_test(digests_of_the_names),
	  cmocka_unit_test(digests_of_all_symbols_where_none_are_dynamic),
	  cmocka_unit_test(lies),
	  cmocka_unit_test(a_second_dynamic_segment_hides_the_first),
	  cmocka_unit_test(in_memory_only_executables_count),
	  cmocka_unit_test(another_file))
