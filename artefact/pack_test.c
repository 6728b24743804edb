#include "bytes/test.h"

#include "artefact/pack.h"
#include "bytes/cap.h"

#include <string.h>

#define HEAD "pack: test\ndate: 2026-01-02\n"
#define FOR_PEOPLE                                                                     \
	"severity: high\ndescription.vi: vi\ndescription.en: en\n"                     \
	"advice.vi: làm\nadvice.en: do\n"

static void an_entry_says_what_where_and_what_to_do(void **state)
{
	static const char text[] =
	    "# a comment\n\n" HEAD "\r\n[one]\n"
	    "file: %TEMP%\\a.tmp\nfile: /tmp/a\nstarts-with: MZ\n"
	    "starts-with: {7f 45 4c46}\nsize: 90K..2M\n"
	    "sha256: 000102030405060708090A0b0c0d0e0f"
	    "000102030405060708090a0b0c0d0e0f\n"
	    "md5: 000102030405060708090A0b0c0d0e0F\n"
	    "sha1: 000102030405060708090a0b0c0d0e0f10111213\n"
	    "score: 85\nconfidence: low\ntag: unwanted\nreference: "
	    "somebody\n" FOR_PEOPLE "  and\n\tmore\n"
	    "[two]\ninstalled: gca*\ndays: 2020-07-23..2020-08-31\n" FOR_PEOPLE;
	struct artefact_set set = {0};
	struct artefact_fault fault;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(artefact_pack_read(arena, bytes_of(text), &set, &fault),
			 RQ_OK);
	assert_int_equal(set.n, 2);
	const struct artefact_entry *one = &set.entries[0];

	assert_true(bytes_equal_text(one->id, "one"));
	assert_true(bytes_equal_text(one->pack, "test"));
	assert_int_equal(one->where.n, 4); /* three places of %TEMP% */
	assert_int_equal(one->n_starts, 2);
	assert_true(bytes_equal_text(one->starts[1], "\x7f"
						     "ELF"));
	assert_int_equal(one->least, 90 << 10);
	assert_int_equal(one->most, 2 << 20);
	assert_int_equal(one->digests.n, 3);
	assert_int_equal(one->digests.items[0].kind, DIGEST_SHA256);
	assert_int_equal(one->digests.items[0].bytes[10], 10);
	assert_int_equal(one->digests.items[1].kind, DIGEST_MD5);
	assert_int_equal(one->digests.items[1].bytes[15], 15);
	assert_int_equal(one->digests.items[2].bytes[19], 0x13);
	assert_int_equal(one->score, 85);
	assert_true(bytes_equal_text(one->advice[ARTEFACT_EN], "do and more"));
	assert_int_equal(set.entries[1].first_day, 18466);
	assert_int_equal(set.entries[1].last_day, 18505);
	assert_int_equal(set.entries[1].score, 60);
	assert_true(bytes_equal_text(set.newest, "2026-01-02"));
	arena_free(arena);
}

static void faults_name_line_place_and_what_was_expected(void **state)
{
	static const struct {
		const char *text;
		uint32_t line, column;
		const char *what;
	} cases[] = {
	    {"", 0, 0, "expected \"pack: NAME\""},
	    {"[x]\n", 1, 3, "expected \"key: value\" or \"[id]\""},
	    {"name: x\n", 1, 0, "expected \"pack: NAME\" first"},
	    {"pack: x\ndate: 2026-02-30\n", 2, 6, "expected a day such as 2020-12-31"},
	    {HEAD, 2, 0, "expected at least one entry"},
	    {HEAD "file: /a\n", 3, 0, "expected \"[id]\", the first entry"},
	    {HEAD "[a b]\n", 3, 1, "expected an id of letters, digits, _ and -"},
	    {HEAD "[a\n", 3, 2, "expected ]"},
	    {HEAD "[a]\nfile: /a\nnonsense\n", 5, 8,
	     "expected \"key: value\" or \"[id]\""},
	    {HEAD "[a]\nsize: 1..2\n", 4, 0,
	     "expected file, service, task, persistence, dns, installed, registry or "
	     "mutex first"},
	    {HEAD "[a]\nfile: /a\ntask: b\n", 5, 0,
	     "expected one kind of thing in an entry"},
	    {HEAD "[a]\ntask: a\nsize: 1..2\n", 5, 0,
	     "expected a key that goes with this kind"},
	    {HEAD "[a]\nfile: /a\nsize: 2..1\n", 5, 6,
	     "expected sizes such as 90K..2M or 90K.."},
	    {HEAD "[a]\nfile: /a\nsha256: 00zz\n", 5, 10,
	     "expected 64 hexadecimal digits (SHA-256)"},
	    {HEAD "[a]\nfile: /a\nmd5: 00\n", 5, 7,
	     "expected 32 hexadecimal digits (MD5)"},
	    {HEAD "[a]\nfile: /a\nsha1: 000102030405060708090a0b0c0d0e0f1011121314\n",
	     5, 46, "expected 40 hexadecimal digits (SHA-1)"},
	    {HEAD "[a]\nfile: /a\nstarts-with: {4}\n", 5, 15,
	     "expected text, or bytes such as {4d 5a}, at most 64"},
	    {HEAD "[a]\nfile: /a\nscore: 101\n", 5, 7,
	     "expected a number from 0 to 100"},
	    {HEAD "[a]\nfile: /a\nseverity: bad\n", 5, 10,
	     "expected low, medium, high or critical"},
	    {HEAD "[a]\nfile: /a\ntag: x\ntag: y\n", 6, 0,
	     "expected this key once in an entry"},
	    {HEAD "[a]\nfile: /a\n" FOR_PEOPLE "[a]\n", 10, 1,
	     "expected an id that is not used above"},
	    {HEAD "[a]\nfile: /a\nseverity: low\n", 5, 0,
	     "expected description.vi in the entry above"},
	    {HEAD "[a]\ninstalled: a\ndays: 2020-01-02..2020-01-01\n", 5, 6,
	     "expected days such as 2020-07-23..2020-08-31"},
	    {HEAD "[a]\nfile: relative\n", 4, 6,
	     "expected a path that begins with %NAME%, /, ~ or **"},
	    {HEAD "[a]\nfile: /\xff\n", 4, 7, "expected UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct artefact_set set = {0};
		struct artefact_fault fault;
		struct arena *arena;

		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		assert_int_equal(
		    artefact_pack_read(arena, bytes_of(cases[i].text), &set, &fault),
		    RQ_ERR_RULE);
		assert_string_equal(fault.what, cases[i].what);
		assert_int_equal(fault.line, cases[i].line);
		assert_int_equal(fault.column, cases[i].column);
		arena_free(arena);
	}
}

static void an_image_gives_the_same_numbers(void **state)
{
	static const char a[] = HEAD "[a]\nfile: /a\n" FOR_PEOPLE;
	static const char b[] = HEAD "[a]\ndns: b\n" FOR_PEOPLE;
	struct artefact_set set;
	struct buffer image = {0};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	artefact_image_add(&image, bytes_of(a));
	artefact_image_add(&image, bytes_of(b));
	assert_int_equal(artefact_image_read(arena, buffer_bytes(&image), &set), RQ_OK);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.n_packs, 2);
	assert_int_equal(set.entries[1].kind, ARTEFACT_DNS);
	image.size--;
	assert_int_equal(artefact_image_read(arena, buffer_bytes(&image), &set),
			 RQ_ERR_FORMAT);
	buffer_free(&image);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(an_entry_says_what_where_and_what_to_do),
	  cmocka_unit_test(faults_name_line_place_and_what_was_expected),
	  cmocka_unit_test(an_image_gives_the_same_numbers))
