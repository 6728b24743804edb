#include "engine/module/probe.h"
#include "format/dotnet_sample.h"

#define INT(i)  value_int((int64_t)(i))
#define TEXT(t) value_text(BYTES_LITERAL(t))
#define NOTHING value_undefined()

struct expectation {
	const char *path;
	struct value want;
};

static void expect_all(const struct expectation *cases, size_t n)
{
	struct dotnet_sample s;
	struct probe p;

	net_make(&s);
	probe_bytes(&p, "dotnet", s.file.data, s.file.size);
	for (size_t i = 0; i < n; i++)
		probe_expect(cases[i].path, probe_get(&p, cases[i].path),
			     cases[i].want);
	probe_close(&p);
	net_free(&s);
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof *(cases))

static void the_assembly(void **state)
{
	const struct expectation cases[] = {
	    {"is_dotnet", INT(1)},
	    {"version", TEXT("v4.0.30319")},
	    {"module_name", TEXT("sample.exe")},
	    {"typelib", TEXT("abcd")},
	    {"assembly.name", TEXT("sample")},
	    {"assembly.culture", TEXT("vi")},
	    {"assembly.version.major", INT(1)},
	    {"assembly.version.minor", INT(2)},
	    {"assembly.version.build_number", INT(3)},
	    {"assembly.version.revision_number", INT(4)},
	    {"number_of_assembly_refs", INT(1)},
	    {"assembly_refs[0].name", TEXT("mscorlib")},
	    {"assembly_refs[0].public_key_or_token", TEXT("\xb7\x7a\x5c\x56")},
	    {"assembly_refs[0].version.revision_number", INT(7)},
	    {"assembly_refs[1].name", NOTHING},
	    {"number_of_modulerefs", INT(1)},
	    {"modulerefs[0]", TEXT("kernel32.dll")},
	    {"modulerefs[-1]", NOTHING},
	    {"number_of_resources", INT(2)},
	    {"resources[0].name", TEXT("inside")},
	    {"resources[0].offset", INT(0x200 + 72 + 4)},
	    {"resources[0].length", INT(5)},
	    {"resources[1].name", TEXT("outside")},
	    {"resources[1].offset", NOTHING},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void streams_and_heaps(void **state)
{
	const struct expectation cases[] = {
	    {"number_of_streams", INT(5)},
	    {"streams[0].name", TEXT("#~")},
	    {"streams[3].name", TEXT("#GUID")},
	    {"streams[3].size", INT(16)},
	    {"streams[5].name", NOTHING},
	    {"number_of_guids", INT(1)},
	    {"guids[0]", TEXT("44332211-6655-8877-99aa-bbccddeeff10")},
	    {"number_of_user_strings", INT(2)},
	    {"user_strings[0]", TEXT("u\0s\0r\0")},
	    {"user_strings[1]", TEXT("!\0")},
	    {"user_strings[2]", NOTHING},
	    /* of two constants one is a string */
	    {"number_of_constants", INT(1)},
	    {"constants[0]", TEXT("c\0o\0")},
	    /* of two addresses one is in the file */
	    {"number_of_field_offsets", INT(1)},
	    {"field_offsets[0]", INT(0x210)},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void classes(void **state)
{
	const struct expectation cases[] = {
	    /* without <Module> */
	    {"number_of_classes", INT(4)},
	    {"classes[0].name", TEXT("Box")},
	    {"classes[0].namespace", TEXT("Acme")},
	    {"classes[0].fullname", TEXT("Acme.Box")},
	    {"classes[0].visibility", TEXT("public")},
	    {"classes[0].type", TEXT("class")},
	    {"classes[0].abstract", INT(1)},
	    {"classes[0].sealed", INT(0)},
	    {"classes[0].number_of_generic_parameters", INT(2)},
	    {"classes[0].generic_parameters[1]", TEXT("TValue")},
	    {"classes[0].number_of_base_types", INT(3)},
	    {"classes[0].base_types[0]", TEXT("System.Object")},
	    {"classes[0].base_types[1]", TEXT("Acme.IOpen")},
	    {"classes[0].base_types[2]", TEXT("System.Collections.List<TValue>")},
	    {"classes[0].number_of_methods", INT(5)},
	    {"classes[1].fullname", TEXT("Acme.Box.Lid")},
	    {"classes[1].namespace", TEXT("Acme.Box")},
	    {"classes[1].visibility", TEXT("private")},
	    {"classes[1].sealed", INT(1)},
	    {"classes[2].type", TEXT("interface")},
	    {"classes[2].visibility", TEXT("internal")},
	    {"classes[3].fullname", TEXT("Acme.Box.Lid.Pin")},
	    {"classes[3].visibility", TEXT("protected")},
	    {"classes[3].number_of_methods", INT(0)},
	    {"classes[4].name", NOTHING},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void methods(void **state)
{
	const struct expectation cases[] = {
	    {"classes[0].methods[0].name", TEXT(".ctor")},
	    {"classes[0].methods[0].return_type", NOTHING},
	    {"classes[0].methods[0].number_of_parameters", INT(0)},
	    {"classes[0].methods[1].name", TEXT("Swap")},
	    {"classes[0].methods[1].static", INT(1)},
	    {"classes[0].methods[1].number_of_generic_parameters", INT(1)},
	    {"classes[0].methods[1].generic_parameters[0]", TEXT("TSwap")},
	    {"classes[0].methods[1].return_type", TEXT("TKey")},
	    {"classes[0].methods[1].parameters[0].name", TEXT("first")},
	    {"classes[0].methods[1].parameters[0].type", TEXT("TSwap")},
	    {"classes[0].methods[1].parameters[1].type", TEXT("ref string")},
	    {"classes[0].methods[2].visibility", TEXT("private")},
	    {"classes[0].methods[2].abstract", INT(1)},
	    {"classes[0].methods[2].return_type", TEXT("int[4,1...6,-1...]")},
	    {"classes[0].methods[2].parameters[0].type", TEXT("byte[]")},
	    {"classes[0].methods[3].visibility", TEXT("protected")},
	    {"classes[0].methods[3].final", INT(1)},
	    {"classes[0].methods[3].virtual", INT(1)},
	    {"classes[0].methods[3].return_type",
	     TEXT("FnPtr<void(string, Ptr<IntPtr>)>")},
	    {"classes[0].methods[3].parameters[0].type", TEXT("Acme.Box")},
	    {"classes[0].methods[4].return_type",
	     TEXT("System.Collections.List<Acme.Box.Lid,object>")},
	    /* behind the table of parameters */
	    {"classes[0].methods[4].parameters[0].name", TEXT("P_0")},
	    /* a signature that cannot be read leaves its method out */
	    {"classes[0].methods[5].name", NOTHING},
	    {"classes[1].methods[0].name", TEXT("Close")},
	    {"classes[1].methods[0].number_of_parameters", NOTHING},
	    {"classes[2].methods[0].name", TEXT("Open")},
	    {"classes[2].methods[0].return_type", TEXT("bool")},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void counts(void **state)
{
	const struct {
		const char *path;
		int64_t n;
	} cases[] = {
	    {"streams", 5},
	    {"guids", 1},
	    {"resources", 2},
	    {"assembly_refs", 1},
	    {"user_strings", 2},
	    {"classes", 4},
	    {"classes[0].generic_parameters", 2},
	    {"classes[0].base_types", 3},
	    {"classes[0].methods", 5},
	    {"classes[0].methods[1].parameters", 2},
	    {"classes[0].methods[1].generic_parameters", 1},
	    {"classes[9].methods", -1},
	    {"classes[0].methods[9].parameters", -1},
	};
	struct dotnet_sample s;
	struct probe p;

	(void)state;
	net_make(&s);
	probe_bytes(&p, "dotnet", s.file.data, s.file.size);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (probe_count(&p, cases[i].path) != cases[i].n)
			fail_msg("%s", cases[i].path);
	probe_close(&p);
	net_free(&s);
}

/* Each breaks one place of the sample. */
static void lies(void **state)
{
	enum where { CLI, METADATA, STREAMS, ROWS, TABLES };
	const struct {
		const char *name;
		enum where where;
		size_t off, n;
		uint64_t value;
		const char *path;
		struct value want;
	} cases[] = {
	    {"CLI header of another size", CLI, 0, 4, 73, "is_dotnet", INT(0)},
	    {"no metadata", CLI, 8, 4, 0x9000, "is_dotnet", INT(0)},
	    {"no magic", METADATA, 0, 4, 0, "is_dotnet", INT(0)},
	    {"version not a multiple of four", METADATA, 12, 4, 11, "is_dotnet",
	     INT(0)},
	    {"version too long", METADATA, 12, 4, 256, "is_dotnet", INT(0)},
	    {"version without an end", METADATA, 12, 4, 8, "version", NOTHING},
	    {"of the number of streams only the low byte counts", METADATA, 30, 2,
	     0x101, "number_of_streams", INT(1)},
	    {"more streams than there are", METADATA, 30, 2, 0xff, "streams[4].name",
	     TEXT("#Blob")},
	    {"no tables", STREAMS, 8, 2, 0x2121, "number_of_classes", NOTHING},
	    {"no tables, but a version", STREAMS, 8, 2, 0x2121, "version",
	     TEXT("v4.0.30319")},
	    {"tables outside the file", STREAMS, 0, 4, 0x7fffffff, "number_of_classes",
	     NOTHING},
	    {"an empty stream of tables", STREAMS, 4, 4, 0, "module_name", NOTHING},
	    {"an unknown table ends the reading", TABLES, 8 + 6, 1, 0x20,
	     "number_of_classes", NOTHING},
	    {"too many rows end the reading", TABLES, 24 + 8, 4, 15001,
	     "number_of_classes", NOTHING},
	    {"what came before them stays", TABLES, 24 + 8, 4, 15001, "module_name",
	     TEXT("sample.exe")},
	    {"a name outside the heap", ROWS, 2, 2, 0xffff, "module_name", NOTHING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct dotnet_sample s;
		struct probe p;

		net_make(&s);

		const size_t base[] = {[CLI] = s.cli,
				       [METADATA] = s.metadata,
				       [STREAMS] = s.stream_headers,
				       [ROWS] = s.rows,
				       [TABLES] = s.tables};

		net_set(&s, base[cases[i].where] + cases[i].off, cases[i].n,
			cases[i].value);
		probe_bytes(&p, "dotnet", s.file.data, s.file.size);
		probe_expect(cases[i].name, probe_get(&p, cases[i].path),
			     cases[i].want);
		probe_close(&p);
		net_free(&s);
	}
}

/* A TypeSpec of a thousand times itself would be read 1000^16 times. */
static void a_type_that_holds_itself_a_thousand_times(void **state)
{
	struct dotnet_sample s;
	struct probe p;
	uint8_t *self;

	(void)state;
	net_make(&s);
	/* List<var 0, ...> becomes List<List<...>, ...>, 19 arguments */
	self = memmem(s.file.data, s.file.size, "\x06\x15\x12\x0d\x01\x13\x01", 7);
	assert_non_null(self);
	memcpy(self, "\x40\x15\x12\x0d\x30", 5);
	for (size_t i = 0; i < 30; i++)
		memcpy(self + 5 + 2 * i, "\x12\x06", 2);
	probe_bytes(&p, "dotnet", s.file.data, s.file.size);
	probe_expect("still answers", probe_get(&p, "classes[1].name"), TEXT("Lid"));
	assert_true(probe_count(&p, "classes[1].base_types") >= 0);
	probe_close(&p);
	net_free(&s);
}

static void other_files(void **state)
{
	struct dotnet_sample s;
	struct probe p;

	(void)state;
	probe_bytes(&p, "dotnet", "#!/bin/sh", 9);
	probe_expect("no image at all", probe_get(&p, "is_dotnet"), NOTHING);
	assert_int_equal(probe_count(&p, "classes"), 0);
	probe_close(&p);
	net_make(&s);
	net_set(&s, 0x40 + 24 + 96 + 14 * 8, 4, 0);
	probe_bytes(&p, "dotnet", s.file.data, s.file.size);
	probe_expect("a program of another kind", probe_get(&p, "is_dotnet"), INT(0));
	probe_expect("without a version", probe_get(&p, "version"), NOTHING);
	probe_close(&p);
	net_free(&s);
}

static void in_memory_libraries_do_not_count(void **state)
{
	struct dotnet_sample s;
	struct probe p;

	(void)state;
	net_make(&s);
	net_set(&s, 0x40 + 22, 2, 0x2102); /* IMAGE_FILE_DLL */

	const struct block block = {0x400000, s.file.data, s.file.size};
	const struct object object = {
	    .blocks = &block, .n_blocks = 1, .is_memory = true};

	probe_object(&p, "dotnet", &object);
	probe_expect("is_dotnet", probe_get(&p, "is_dotnet"), NOTHING);
	probe_close(&p);
	net_free(&s);
}

TEST_MAIN(cmocka_unit_test(the_assembly), cmocka_unit_test(streams_and_heaps),
	  cmocka_unit_test(classes), cmocka_unit_test(methods),
	  cmocka_unit_test(counts), cmocka_unit_test(lies),
	  cmocka_unit_test(a_type_that_holds_itself_a_thousand_times),
	  cmocka_unit_test(other_files),
	  cmocka_unit_test(in_memory_libraries_do_not_count))
