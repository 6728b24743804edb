#include "indicator/table.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "bytes/test.h"
#include "indicator/encoding.h"
#include "indicator/layout.h"
#include "indicator/read.h"

#include <string.h>

/* A table of one list, as it stands in memory. */
struct world {
	struct indicator_list *list;
	struct buffer image;
	struct indicator_table *table;
	struct indicator_hits hits;
	struct arena *arena;
};

static struct world world_of(const char *name, const char *text,
			     enum indicator_format format)
{
	struct indicator_read_options options = {.format = format, .slashes = true};
	struct world world = {0};

	assert_int_equal(arena_new(1 << 24, &world.arena), RQ_OK);
	assert_int_equal(indicator_list_new(&world.list), RQ_OK);
	assert_int_equal(
	    indicator_read(world.list, bytes_of(name), bytes_of(text), &options),
	    RQ_OK);
	assert_int_equal(indicator_build(world.list, &world.image), RQ_OK);
	assert_int_equal(indicator_table_open(buffer_bytes(&world.image), FILE_NONE,
					      &world.table, NULL),
			 RQ_OK);
	return world;
}

static void world_free(struct world *world)
{
	indicator_table_free(world->table);
	indicator_list_free(world->list);
	buffer_free(&world->image);
	alloc_free(world->hits.at);
	arena_free(world->arena);
}

static struct indicator_entry entry_of(struct world *world, uint32_t index)
{
	struct indicator_entry entry;

	assert_int_equal(indicator_entry(world->table, index, world->arena, &entry),
			 RQ_OK);
	return entry;
}

static size_t ask_digest(struct world *world, const char *hex)
{
	enum indicator_kind kind;
	uint8_t digest[32];

	world->hits.n = 0;
	assert_true(indicator_is_digest(bytes_of(hex), &kind));
	test_hex(hex, digest);
	assert_int_equal(indicator_digest(world->table, kind, digest, &world->hits),
			 RQ_OK);
	return world->hits.n;
}

static size_t ask_path(struct world *world, const char *path)
{
	world->hits.n = 0;
	assert_int_equal(indicator_path(world->table, bytes_of(path), &world->hits),
			 RQ_OK);
	return world->hits.n;
}

static size_t ask_host(struct world *world, const char *host)
{
	world->hits.n = 0;
	assert_int_equal(indicator_host(world->table, bytes_of(host), &world->hits),
			 RQ_OK);
	return world->hits.n;
}

#define MD5_A    "0123456789abcdef0123456789ABCDEF"
#define SHA1_A   "00112233445566778899aabbccddeeff00112233"
#define SHA256_A "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static void every_form_of_a_line_of_a_hash_list(void **state)
{
	static const struct {
		const char *line, *hex, *description, *reference;
		int score;
	} cases[] = {
	    {MD5_A, MD5_A, "", "", 100},
	    {"  " MD5_A "  \r\n", MD5_A, "", "", 100},
	    {SHA1_A ";A case", SHA1_A, "A case", "", 100},
	    {SHA256_A ";80;A case", SHA256_A, "A case", "", 80},
	    {SHA256_A ";80", SHA256_A, "80", "", 100},
	    {SHA256_A ";-20;good", SHA256_A, "good", "", -20},
	    {SHA256_A ";two;parts", SHA256_A, "two;parts", "", 100},
	    {MD5_A "  name of a file", MD5_A, "name of a file", "", 100},
	    {"# above\n" MD5_A ";see https://example.org/a b", MD5_A,
	     "see https://example.org/a b", "https://example.org/a", 100},
	    {"\xef\xbb\xbf" MD5_A, MD5_A, "", "", 100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world world = world_of("x", cases[i].line, INDICATOR_HASHES);
		struct indicator_entry entry;

		assert_int_equal(world.list->refused.n_all, 0);
		assert_int_equal(ask_digest(&world, cases[i].hex), 1);
		entry = entry_of(&world, world.hits.at[0]);
		assert_true(bytes_equal_text(entry.list, "x"));
		assert_true(bytes_equal_text(entry.description, cases[i].description));
		assert_true(bytes_equal_text(entry.reference, cases[i].reference));
		assert_int_equal(entry.score, cases[i].score);
		world_free(&world);
	}
}

static void a_table_gives_the_digests_of_every_column(void **state)
{
	static const char text[] = "name,\"md5\",sha256\r\n"
				   "\"a \"\"b\"\",\nc\"," MD5_A "," SHA256_A "\r\n"
				   "nothing,,\n"
				   "d,\"" SHA1_A "\",\n"
				   "empty,d41d8cd98f00b204e9800998ecf8427e,";
	struct world world = world_of("x.csv", text, INDICATOR_CSV);

	(void)state;
	assert_int_equal(world.list->refused.n_all, 2);
	assert_int_equal(world.list->refused.at[0].line, 4);
	assert_int_equal(world.list->refused.at[1].line, 6);
	assert_int_equal(ask_digest(&world, "d41d8cd98f00b204e9800998ecf8427e"), 0);
	assert_int_equal(ask_digest(&world, MD5_A), 1);
	assert_int_equal(ask_digest(&world, SHA256_A), 1);
	assert_true(bytes_equal_text(entry_of(&world, world.hits.at[0]).description,
				     "a \"b\",\nc"));
	assert_int_equal(ask_digest(&world, SHA1_A), 1);
	world_free(&world);
}

/* As a spreadsheet writes it where the comma is that of numbers. */
static void a_table_may_have_semicolons_or_tabs(void **state)
{
	static const char *const texts[] = {
	    "name;sha256;size\na, b;" SHA256_A ";7\n",
	    "name\tsha256\tsize\r\na, b\t" SHA256_A "\t7\r\n",
	    "\"a, b\";" SHA256_A "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct world world = world_of("x.csv", texts[i], INDICATOR_CSV);

		assert_int_equal(world.list->refused.n_all, 0);
		assert_int_equal(ask_digest(&world, SHA256_A), 1);
		world_free(&world);
	}
}

static void a_list_of_nothing_is_told(void **state)
{
	static const struct {
		const char *text;
		enum indicator_format format;
	} cases[] = {
	    {"", INDICATOR_HASHES},
	    {"# only this\n\n", INDICATOR_HOSTS},
	    {"md5,name\n", INDICATOR_CSV},
	    /* no names of columns: a digest that lost a digit */
	    {"0123456789abcdef0123456789abcde,name\n", INDICATOR_CSV},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world world = world_of("x", cases[i].text, cases[i].format);

		assert_int_equal(world.list->refused.n_all, 1);
		world_free(&world);
	}
}

static void a_list_may_be_in_utf_16(void **state)
{
	static const struct {
		const char *name;
		struct bytes text;
		const char *plain;
	} cases[] = {
	    {"little",
	     BYTES_LITERAL("\xff\xfe"
			   "a\0\xa1\x1e\n\0"),
	     "a\xe1\xba\xa1\n"},
	    {"big", BYTES_LITERAL("\xfe\xff\0a\x1e\xa1\0\n"), "a\xe1\xba\xa1\n"},
	    {"a pair", BYTES_LITERAL("\xff\xfe\x3d\xd8\0\xde"), "\xf0\x9f\x98\x80"},
	    {"half a pair",
	     BYTES_LITERAL("\xff\xfe\x3d\xd8"
			   "a\0"),
	     "\xef\xbf\xbd"
	     "a"},
	    {"half a unit",
	     BYTES_LITERAL("\xff\xfe"
			   "a"),
	     "\xef\xbf\xbd"},
	    {"no mark", BYTES_LITERAL("a\xff\xfe"), "a\xff\xfe"},
	    {"nothing", BYTES_LITERAL(""), ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer text = {0};

		buffer_put(&text, cases[i].text.at, cases[i].text.n);
		assert_int_equal(indicator_to_utf8(&text), RQ_OK);
		if (!bytes_equal_text(buffer_bytes(&text), cases[i].plain))
			fail_msg("%s", cases[i].name);
		buffer_free(&text);
	}
}

/* What a table says of a file of that size. */
static enum indicator_size size_of(const struct world *world, uint64_t size)
{
	return indicator_size_of(world->table, INDICATOR_MD5, size);
}

static void sizes_limit_hashing_where_all_digests_have_one(void **state)
{
	struct world all = world_of("x.csv",
				    "md5,FileSize\n" MD5_A ",12\n"
				    "00000000000000000000000000000001,7\n"
				    "00000000000000000000000000000002,7\n" SHA1_A ",",
				    INDICATOR_CSV);
	struct world some = world_of(
	    "x.csv", "size,md5\n12," MD5_A "\n,00000000000000000000000000000001",
	    INDICATOR_CSV);

	(void)state;
	assert_int_equal(size_of(&all, 12), INDICATOR_SIZE_TOLD);
	assert_int_equal(size_of(&all, 7), INDICATOR_SIZE_TOLD);
	assert_int_equal(size_of(&all, 8), INDICATOR_SIZE_OTHER);
	assert_int_equal(size_of(&all, 0), INDICATOR_SIZE_OTHER);
	assert_int_equal(size_of(&all, UINT64_MAX), INDICATOR_SIZE_OTHER);
	/* each kind for itself */
	assert_int_equal(indicator_size_of(all.table, INDICATOR_SHA1, 8),
			 INDICATOR_SIZE_ANY);
	assert_int_equal(indicator_size_of(all.table, INDICATOR_SHA256, 12),
			 INDICATOR_SIZE_OTHER);
	assert_int_equal(size_of(&some, 12), INDICATOR_SIZE_ANY);
	assert_int_equal(size_of(&some, 8), INDICATOR_SIZE_ANY);
	world_free(&all);
	world_free(&some);
}

static void lines_that_cannot_be_used_are_told(void **state)
{
	static const struct {
		const char *text, *reason;
		enum indicator_format format;
	} cases[] = {
	    {"# a\n\n0123;x", "no MD5, SHA-1 or SHA-256 at its start",
	     INDICATOR_HASHES},
	    {"\n\nd41d8cd98f00b204e9800998ecf8427e", "the digest of an empty file",
	     INDICATOR_HASHES},
	    {"\n\nabc;many", "no score behind the expression", INDICATOR_NAMES},
	    {"\n\n;80", "an empty expression", INDICATOR_NAMES},
	    {"\n\nno host", "no host name, address or range", INDICATOR_HOSTS},
	    {"\n\n192.0.2.0/33", "no host name, address or range", INDICATOR_HOSTS},
	    {"\n\nexample.org;high", "no score behind the host", INDICATOR_HOSTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world world = world_of("x", cases[i].text, cases[i].format);

		assert_int_equal(world.list->refused.n_all, 1);
		assert_int_equal(world.list->refused.at[0].line, 3);
		assert_string_equal(world.list->refused.at[0].reason, cases[i].reason);
		assert_int_equal(indicator_table_size(world.table), 0);
		world_free(&world);
	}
}

static void an_expression_that_is_refused_costs_no_other(void **state)
{
	struct world world =
	    world_of("x", "# one\nfirst;60\n\nab(c;70\n(?=x);70\n# two\nlast$;80\n",
		     INDICATOR_NAMES);

	(void)state;
	assert_int_equal(world.list->refused.n_all, 2);
	assert_int_equal(world.list->refused.at[0].line, 4);
	assert_int_equal(world.list->refused.at[1].line, 5);
	assert_int_equal(ask_path(&world, "/a/first/b"), 1);
	assert_int_equal(ask_path(&world, "/first/last"), 2);
	assert_true(
	    bytes_equal_text(entry_of(&world, world.hits.at[1]).description, "two"));
	world_free(&world);
}

static void names_as_loki_reads_them(void **state)
{
	static const struct {
		const char *line, *path;
		bool fits;
	} cases[] = {
	    {"\\\\svcs\\.exe;70", "/mnt/Windows/svcs.exe", true},
	    {"\\\\svcs\\.exe;70", "/mnt/Windows/svcs-exe", false},
	    {"\\\\svcs\\.exe;70", "/mnt/Windows/SVCS.EXE", false},
	    {"(?i)\\\\svcs\\.exe;70", "/mnt/Windows/SVCS.EXE", true},
	    {"C:\\\\Windows\\\\[^\\\\]+\\.exe$;70", "/Windows/a.exe", true},
	    {"C:\\\\Windows\\\\[^\\\\]+\\.exe$;70", "/Windows/b/a.exe", false},
	    {"\\\\procdump;50;(?i)SysInternals\\\\", "/opt/procdump", true},
	    {"\\\\procdump;50;(?i)SysInternals\\\\", "/sysinternals/procdump", false},
	    {"/tmp/\\.x[0-9]{2}$;50", "/tmp/.x11", true},
	    {"/tmp/\\.x[0-9]{2}$;50", "/tmp/.x111", false},
	    {"\\\\sv\xc3\xb6hest;45", "/a/sv\xc3\xb6hest", true},
	    {"(?:one|two)\\.dll", "/a/two.dll", true},
	    {"\\.(exe|dll)$;40", "/a/b.exe.txt", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world world = world_of("x", cases[i].line, INDICATOR_NAMES);

		if (ask_path(&world, cases[i].path) != cases[i].fits)
			fail_msg("%s on %s", cases[i].line, cases[i].path);
		world_free(&world);
	}
}

static void hosts_however_they_are_written(void **state)
{
	static const struct {
		const char *line, *asked;
		size_t n;
	} cases[] = {
	    {"evil.example.org", "evil.example.org", 1},
	    {"evil.example.org", "EVIL.Example.org.", 1},
	    {"evil.example.org", "a.b.evil.example.org", 1},
	    {"evil.example.org", "notevil.example.org", 0},
	    {"evil.example.org", "example.org", 0},
	    {"evil[.]example[.]org;80", "evil.example.org", 1},
	    {"hxxps://evil(dot)example[dot]org/a?b", "evil.example.org", 1},
	    {"*.example.org", "b.example.org", 1},
	    {"example.org", "http://user@example.org:8080/x", 1},
	    {"192.0.2.7", "192.0.2.7", 1},
	    {"192.0.2.7", "192[.]0[.]2[.]7:443", 1},
	    {"192.0.2.7", "192.0.2.8", 0},
	    {"192.0.2.0/25;90", "192.0.2.127", 1},
	    {"192.0.2.0/25;90", "192.0.2.128", 0},
	    {"192.0.2.0/24\n192.0.2.7\n192.0.2.0/30", "192.0.2.7", 2},
	    {"0.0.0.0/0\n192.0.2.7\n192.0.2.9", "192.0.2.8", 1},
	    {"2001:db8::/32", "2001:db8:1::5", 1},
	    {"2001:db8::/32", "[2001:DB8::1]:443", 1},
	    {"2001:db8::/32", "2001:db9::1", 0},
	    {"2001:db8::1", "2001:db8:0:0:0:0:0:1", 1},
	    {"::ffff:192.0.2.1", "192.0.2.1", 1},
	    {"example.org", "no host at all", 0},
	    {"evil [dot] example [.] org", "evil.example.org", 1},
	    {"example.org", "example.org:", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world world = world_of("x", cases[i].line, INDICATOR_HOSTS);

		assert_int_equal(world.list->refused.n_all, 0);
		if (ask_host(&world, cases[i].asked) != cases[i].n)
			fail_msg("%s asked for %s", cases[i].line, cases[i].asked);
		world_free(&world);
	}
}

static void what_is_no_host_is_refused(void **state)
{
	static const char *const lines[] = {
	    ("sha256:" SHA256_A), "hxxps:\\\\evil.example.org\\x", "example.org:http",
	    "evil example.org",   "example.org (a note)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct world world = world_of("x", lines[i], INDICATOR_HOSTS);

		if (world.list->refused.n_all != 1)
			fail_msg("%s is a host", lines[i]);
		world_free(&world);
	}
}

/* ---- the plain reference: every line is compared ---- */

static uint64_t dice(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *state >> 33;
}

/* Few different digits, so that starts and whole digests repeat. */
static void put_digest(struct buffer *to, uint64_t *state, size_t size)
{
	for (size_t i = 0; i < 2 * size; i++)
		buffer_u8(to, i < 2 * size - 4 ? 'a'
					       : "0123456789abcDEF"[dice(state) % 16]);
}

static size_t count_lines(const char *text, const char *hex)
{
	size_t n = 0, length = strlen(hex);

	for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
		size_t k = 0;

		while (k < length && (at[k] | 0x20) == (hex[k] | 0x20))
			k++;
		n += k == length && at[k] == ';';
	}
	return n;
}

static void a_plain_search_of_the_lines_says_the_same(void **state)
{
	static const size_t sizes[] = {16, 20, 32};
	struct buffer text = {0};
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		put_digest(&text, &seed, sizes[dice(&seed) % 3]);
		buffer_format(&text, ";%d;comment %d\n", i % 100 + 1, i);
	}
	buffer_u8(&text, 0);
	struct world world = world_of("x", (const char *)text.data, INDICATOR_HASHES);

	assert_int_equal(indicator_table_size(world.table), 3000);
	for (int i = 0; i < 6000; i++) {
		struct buffer hex = {0};

		put_digest(&hex, &seed, sizes[dice(&seed) % 3]);
		buffer_u8(&hex, 0);
		assert_int_equal(
		    ask_digest(&world, (const char *)hex.data),
		    count_lines((const char *)text.data, (const char *)hex.data));
		buffer_free(&hex);
	}
	world_free(&world);
	buffer_free(&text);
}

/* ---- damage ---- */

/* Whatever byte is changed: the table is refused, or the question is, or the answer is
 * as before. */
static void damage_is_never_an_answer(void **state)
{
	static const char list[] = MD5_A ";one\n" SHA256_A ";50;two\n";
	struct world world = world_of("x", list, INDICATOR_HASHES);
	struct bytes image = buffer_bytes(&world.image);
	uint8_t digest[32];

	(void)state;
	test_hex(SHA256_A, digest);
	for (size_t i = 0; i < image.n; i++) {
		struct indicator_table *table = NULL;
		struct indicator_hits hits = {0};
		enum rq_err err;

		world.image.data[i] ^= 0x10;
		err = indicator_table_open(image, FILE_NONE, &table, NULL);
		if (err == RQ_OK)
			err = indicator_digest(table, INDICATOR_SHA256, digest, &hits);
		if (err == RQ_OK)
			assert_int_equal(hits.n, 1);
		else
			assert_int_equal(err, RQ_ERR_FORMAT);
		indicator_table_free(table);
		alloc_free(hits.at);
		world.image.data[i] ^= 0x10;
	}
	world_free(&world);
}

static void a_table_that_was_cut_is_refused(void **state)
{
	struct world world = world_of("x", MD5_A, INDICATOR_HASHES);

	(void)state;
	for (size_t n = 0; n < world.image.size; n += 61) {
		struct indicator_table *table = NULL;

		if (n >= LAYOUT_BLOCK && n <= LAYOUT_BLOCK + 61)
			continue; /* the head alone: its body is elsewhere */
		assert_int_equal(
		    indicator_table_open((struct bytes){world.image.data, n}, FILE_NONE,
					 &table, NULL),
		    RQ_ERR_FORMAT);
		assert_null(table);
	}
	world_free(&world);
}

static void forms_are_told_apart(void **state)
{
	static const struct {
		const char *name, *text;
		enum indicator_format format;
	} cases[] = {
	    {"hash-iocs.txt", "x", INDICATOR_HASHES},
	    {"Filename-IOCs.txt", "x", INDICATOR_NAMES},
	    {"c2-iocs.txt", "x", INDICATOR_HOSTS},
	    {"hashes.CSV", "x", INDICATOR_CSV},
	    {"x.txt", "# a\n" SHA1_A ";b", INDICATOR_HASHES},
	    {"x.txt", MD5_A "  name", INDICATOR_HASHES},
	    {"x.txt", MD5_A "\tname", INDICATOR_HASHES},
	    {"x.txt", MD5_A ",name", INDICATOR_CSV},
	    {"x.txt", "\\\\a\\.exe;70", INDICATOR_NAMES},
	    {"x.txt", "example.org;70", INDICATOR_HOSTS},
	    {"x.txt", "example.org", INDICATOR_HOSTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(indicator_format_of(bytes_of(cases[i].name),
						     bytes_of(cases[i].text)),
				 cases[i].format);
}

TEST_MAIN(cmocka_unit_test(every_form_of_a_line_of_a_hash_list),
	  cmocka_unit_test(a_table_gives_the_digests_of_every_column),
	  cmocka_unit_test(a_table_may_have_semicolons_or_tabs),
	  cmocka_unit_test(a_list_of_nothing_is_told),
	  cmocka_unit_test(a_list_may_be_in_utf_16),
	  cmocka_unit_test(sizes_limit_hashing_where_all_digests_have_one),
	  cmocka_unit_test(lines_that_cannot_be_used_are_told),
	  cmocka_unit_test(an_expression_that_is_refused_costs_no_other),
	  cmocka_unit_test(names_as_loki_reads_them),
	  cmocka_unit_test(hosts_however_they_are_written),
	  cmocka_unit_test(what_is_no_host_is_refused),
	  cmocka_unit_test(a_plain_search_of_the_lines_says_the_same),
	  cmocka_unit_test(damage_is_never_an_answer),
	  cmocka_unit_test(a_table_that_was_cut_is_refused),
	  cmocka_unit_test(forms_are_told_apart))
