#include "indicator/document.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "bytes/test.h"
#include "indicator/read.h"
#include "indicator/table.h"
#include "os/file.h"

#include <string.h>

#define MD5_A    "0123456789abcdef0123456789abcdef"
#define SHA1_A   "00112233445566778899aabbccddeeff00112233"
#define SHA256_A "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

enum { NOW = 1700000000 }; /* 2023-11-14T22:13:20Z */

static struct indicator_list *read_text(struct bytes text)
{
	struct indicator_read_options options = {.slashes = true, .now = NOW};
	struct indicator_list *list;

	options.format = indicator_format_of(BYTES_LITERAL("x"), text);
	assert_int_equal(options.format, INDICATOR_JSON);
	assert_int_equal(indicator_list_new(&list), RQ_OK);
	assert_int_equal(indicator_read(list, BYTES_LITERAL("x"), text, &options),
			 RQ_OK);
	return list;
}

static void put(struct buffer *to, const char *word, struct bytes text)
{
	buffer_text(to, to->size > 0 ? " " : "");
	buffer_text(to, word);
	buffer_put(to, text.at, text.n);
}

static void put_remarks(const struct indicator_remarks *remarks, const char *word,
			struct buffer *to)
{
	for (size_t i = 0; i < remarks->n; i++) {
		put(to, word, bytes_of(remarks->at[i].reason));
		buffer_text(to, ":");
		buffer_put(to, remarks->at[i].text.at, remarks->at[i].text.n);
	}
}

/* All that a list has, one behind the other. */
static void write_list(const struct indicator_list *list, struct buffer *to)
{
	static const char *const names[] = {"md5:", "sha1:", "sha256:"};

	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		size_t size = indicator_digest_size((enum indicator_kind)kind);

		for (size_t i = 0; i < list->digests[kind].n; i++) {
			put(to, names[kind], (struct bytes){NULL, 0});
			for (size_t k = 0; k < size; k++)
				buffer_format(
				    to, "%02x",
				    list->digests[kind].rows[i * (size + 4) + k]);
		}
	}
	for (size_t i = 0; i < list->n_names; i++)
		put(to, "name:", list->names[i].expression);
	for (size_t i = 0; i < list->n_hosts; i++)
		put(to, "host:", list->hosts[i].name);
	for (size_t i = 0; i < list->n_addresses; i++)
		put(to, "address:", list->addresses[i].text);
	put_remarks(&list->refused, "refused:", to);
	put_remarks(&list->left_out, "left-out:", to);
	buffer_u8(to, 0);
}

static void expect(const char *text, const char *expected)
{
	struct indicator_list *list = read_text(bytes_of(text));
	struct buffer written = {0};

	write_list(list, &written);
	assert_string_equal((const char *)written.data, expected);
	buffer_free(&written);
	indicator_list_free(list);
}

#define ATTRIBUTE(type, value)                                                         \
	"{\"type\":\"" type "\",\"value\":\"" value "\",\"to_ids\":true}"
#define QUIET(type, value)                                                             \
	"{\"uuid\":\"u\",\"type\":\"" type "\",\"value\":\"" value                     \
	"\",\"to_ids\":false}"
#define EVENT(attributes)                                                              \
	"{\"Event\":{\"info\":\"An event\",\"Attribute\":[" attributes "]}}"
#define OBJECT(name, attributes)                                                       \
	"{\"Event\":{\"Object\":[{\"name\":\"" name "\",\"Attribute\":[" attributes    \
	"]}]}}"
#define NAME(name)   "name:(^|[/\\\\])" name "$"
#define FOLDER(name) "name:(^|[/\\\\])" name "[/\\\\]"
#define NO_IDS       "left-out:not meant for detection (to_ids):"

struct expectation {
	const char *text, *expected;
};

static void expect_all(const struct expectation *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect(cases[i].text, cases[i].expected);
}
#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof(cases)[0])

static void attributes_of_misp(void **state)
{
	static const struct expectation cases[] = {
	    {EVENT(ATTRIBUTE("md5", MD5_A)), "md5:" MD5_A},
	    {EVENT(ATTRIBUTE("sha1", SHA1_A)), "sha1:" SHA1_A},
	    {EVENT(ATTRIBUTE("sha256", SHA256_A)), "sha256:" SHA256_A},
	    /* the name alone would find every netapi32.dll */
	    {EVENT(ATTRIBUTE("filename|md5", "netapi32.dll|" MD5_A)), "md5:" MD5_A},
	    {EVENT(ATTRIBUTE("filename|sha1", "a|" SHA1_A)), "sha1:" SHA1_A},
	    {EVENT(ATTRIBUTE("filename|sha256", "a|" SHA256_A)), "sha256:" SHA256_A},
	    {EVENT(ATTRIBUTE("malware-sample", "a|" MD5_A)), "md5:" MD5_A},
	    {EVENT(ATTRIBUTE("filename", "a.b.exe")), NAME("a\\.b\\.exe")},
	    {EVENT(ATTRIBUTE("filename", "C:\\\\Temp\\\\a")), NAME("Temp[/\\\\]a")},
	    {EVENT(ATTRIBUTE("filename", "a[.]exe")), NAME("a(\\.|\\[\\.\\])exe")},
	    {EVENT(ATTRIBUTE("filename", "%TEMP%\\\\a")),
	     "refused:a name with a variable or a wildcard in it:%TEMP%\\a"},
	    {EVENT(ATTRIBUTE("domain", "Evil[.]example")), "host:evil.example"},
	    {EVENT(ATTRIBUTE("hostname", "www(dot)evil.example")),
	     "host:www.evil.example"},
	    {EVENT(ATTRIBUTE("hostname|port", "evil.example|8080")),
	     "host:evil.example"},
	    {EVENT(ATTRIBUTE("ip-src", "192.0.2.0/24")), "address:192.0.2.0/24"},
	    {EVENT(ATTRIBUTE("ip-dst", "192.0.2[.]1")), "address:192.0.2[.]1"},
	    {EVENT(ATTRIBUTE("ip-dst|port", "2001:db8::1|443")), "address:2001:db8::1"},
	    {EVENT(ATTRIBUTE("url", "hxxps[://]a[at]evil.example/a?b")),
	     "host:evil.example"},
	    {EVENT(ATTRIBUTE("domain|ip", "evil.example|192.0.2.1")),
	     "host:evil.example address:192.0.2.1"},
	    {EVENT(ATTRIBUTE("md5", SHA1_A)),
	     "refused:no digest of the kind that it is said to be:" SHA1_A},
	    {EVENT(ATTRIBUTE("md5", "d41d8cd98f00b204e9800998ecf8427e")),
	     "refused:the digest of an empty file:d41d8cd98f00b204e9800998ecf8427e"},
	    {EVENT(ATTRIBUTE("mutex", "a") "," ATTRIBUTE("yara", "b")),
	     "refused:a type that is not looked for:a "
	     "refused:a type that is not looked for:b"},
	    {EVENT("{\"type\":\"md5\",\"to_ids\":true}"),
	     "refused:an attribute without a value:md5"},
	    {"[" EVENT(ATTRIBUTE("md5", MD5_A)) "," EVENT(
		 ATTRIBUTE("sha1", SHA1_A)) "]",
	     "md5:" MD5_A " sha1:" SHA1_A},
	    {"{\"response\":[" EVENT(ATTRIBUTE("md5", MD5_A)) "]}", "md5:" MD5_A},
	    {"{\"response\":{\"Attribute\":[" ATTRIBUTE("md5", MD5_A) "]}}",
	     "md5:" MD5_A},
	    {"\xef\xbb\xbf\n " EVENT(ATTRIBUTE("md5", MD5_A)), "md5:" MD5_A},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void one_file_of_misp_is_told_by_its_digest(void **state)
{
	static const struct expectation cases[] = {
	    {OBJECT("file", ATTRIBUTE("md5", MD5_A) "," ATTRIBUTE("filename", "a.exe")),
	     "md5:" MD5_A " left-out:of a file for which its digest stands:a.exe"},
	    {OBJECT("file", ATTRIBUTE("sha512", "a") "," ATTRIBUTE("sha1", SHA1_A)),
	     "sha1:" SHA1_A " left-out:of a file for which its digest stands:a"},
	    /* unless that digest is not looked for */
	    {OBJECT("file", QUIET("md5", MD5_A) "," ATTRIBUTE("filename", "a")),
	     NAME("a") " " NO_IDS "u " MD5_A},
	    {OBJECT("other", ATTRIBUTE("md5", MD5_A) "," ATTRIBUTE("filename", "a")),
	     "md5:" MD5_A " " NAME("a")},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void what_is_not_meant_for_detection_is_left_out_and_told(void **state)
{
	static const struct expectation cases[] = {
	    {EVENT(ATTRIBUTE("md5", MD5_A) "," QUIET("sha1", SHA1_A)),
	     "md5:" MD5_A " " NO_IDS "u " SHA1_A},
	    /* a mark that nothing in the event has says nothing */
	    {EVENT(QUIET("sha1", SHA1_A) "," QUIET("url", "http://good.example/a")),
	     "sha1:" SHA1_A " " NO_IDS "u http://good.example/a"},
	    {EVENT("{\"type\":\"md5\",\"value\":\"" MD5_A
		   "\",\"to_ids\":true,\"deleted\":true}"),
	     "refused:nothing in it is to be looked for: left-out:deleted:" MD5_A},
	    {"{\"Event\":{\"Object\":[{\"deleted\":\"1\",\"Attribute\":[" ATTRIBUTE(
		 "md5", MD5_A) "]}]}}",
	     "refused:nothing in it is to be looked for: left-out:deleted:" MD5_A},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void an_indicator_is_described_by_its_event(void **state)
{
	struct indicator_list *list = read_text(
	    BYTES_LITERAL(EVENT("{\"type\":\"filename|md5\",\"value\":\"a.dll|" MD5_A
				"\",\"comment\":\"A part\"}")));

	(void)state;
	assert_int_equal(list->n_details, 1);
	assert_true(
	    bytes_equal_text(list->details[0].description, "a.dll, A part, An event"));
	indicator_list_free(list);
}

#define INDICATOR(more, pattern)                                                       \
	"{\"type\":\"indicator\",\"pattern_type\":\"stix\"," more                      \
	"\"pattern\":\"" pattern "\"}"
#define BUNDLE_OF(objects) "{\"type\":\"bundle\",\"objects\":[" objects "]}"
#define BUNDLE(more, pattern)                                                          \
	BUNDLE_OF("{\"type\":\"malware\"}," INDICATOR(more, pattern))
#define HASH   "file:hashes.MD5 = '" MD5_A "'"
#define SHA256 "file:hashes.'SHA-256' = '" SHA256_A "'"
#define AND    "refused:AND in a pattern: its parts alone would say more:"

static void patterns_of_stix(void **state)
{
	static const struct expectation cases[] = {
	    {BUNDLE("", "[" HASH "]"), "md5:" MD5_A},
	    {BUNDLE("", "[file:hashes.'MD5'='" MD5_A "']"), "md5:" MD5_A},
	    {BUNDLE("", "[file:hashes.'SHA-1'='" SHA1_A "']"), "sha1:" SHA1_A},
	    {BUNDLE("", "[ " SHA256 " ]"), "sha256:" SHA256_A},
	    {BUNDLE("", "[file:hashes.SHA256 = '" SHA256_A "']"), "sha256:" SHA256_A},
	    {BUNDLE("", "[file:name = 'a\\\\\\\\b.exe']"), NAME("a[/\\\\]b\\.exe")},
	    {BUNDLE("", "[file:name = 'it\\\\'s.exe']"), NAME("it's\\.exe")},
	    {BUNDLE("", "[file:name = 'a\\\\b']"),
	     "refused:a pattern that cannot be read:[file:name = 'a\\b']"},
	    {BUNDLE("", "[file:parent_directory_ref.path = 'C:\\\\\\\\x y\\\\\\\\']"),
	     FOLDER("x y")},
	    {BUNDLE("", "[directory:path = '/opt/x']"), FOLDER("opt[/\\\\]x")},
	    {BUNDLE("", "[domain-name:value = 'evil.example']"), "host:evil.example"},
	    {BUNDLE("", "[ipv4-addr:value = '192.0.2.0/24']"), "address:192.0.2.0/24"},
	    {BUNDLE("", "[ipv6-addr:value = '2001:db8::1']"), "address:2001:db8::1"},
	    {BUNDLE("", "[url:value = 'http://evil.example/a']"), "host:evil.example"},
	    {BUNDLE("", "[domain-name:value IN ('a.example', 'b.example')]"),
	     "host:a.example host:b.example"},
	    {BUNDLE("", "[" HASH " OR file:name = 'a']"), "md5:" MD5_A " " NAME("a")},
	    {BUNDLE("", "[" HASH "] OR ([file:name = 'a'] OR [(file:name = 'b')])"),
	     "md5:" MD5_A " " NAME("a") " " NAME("b")},
	    {BUNDLE("", "[file:hashes.MD5 = '" SHA1_A "']"),
	     "refused:no digest of the kind that it is said to be:" SHA1_A},
	    {BUNDLE_OF(INDICATOR("\"id\":\"i\",", "[file:size = 5]")),
	     "refused:a size alone:i [file:size = 5]"},
	    {BUNDLE("\"indicator_types\":[\"malicious-activity\"],", "[" HASH "]"),
	     "md5:" MD5_A},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void one_file_of_stix_is_told_by_its_longest_digest(void **state)
{
	static const struct expectation cases[] = {
	    {BUNDLE("", "[" HASH " AND " SHA256 "]"), "sha256:" SHA256_A},
	    {BUNDLE("", "[" SHA256 " AND " HASH " AND file:name = 'a']"),
	     "sha256:" SHA256_A},
	    {BUNDLE("", "[file:size = 12 AND " HASH " OR file:name = 'b']"),
	     "md5:" MD5_A " " NAME("b")},
	    {BUNDLE("", "[" HASH " AND file:size = 'x']"),
	     "refused:a value of another type:[" HASH " AND file:size = 'x']"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void what_narrows_is_never_taken_as_what_does_not(void **state)
{
	static const struct expectation cases[] = {
	    {BUNDLE("", "[file:name = 'b' AND file:name = 'a']"),
	     AND "[file:name = 'b' AND file:name = 'a']"},
	    {BUNDLE("", "[" HASH " AND domain-name:value = 'a.example']"),
	     AND "[" HASH " AND domain-name:value = 'a.example']"},
	    {BUNDLE("", "[" HASH " AND (file:name = 'a' OR file:name = 'b')]"),
	     AND "[" HASH " AND (file:name = 'a' OR file:name = 'b')]"},
	    {BUNDLE("", "[(" HASH " OR " SHA256 ") AND file:name = 'a']"),
	     AND "[(" HASH " OR " SHA256 ") AND file:name = 'a']"},
	    {BUNDLE("", "[" HASH " AND file:name IN ('a', 'b')]"),
	     AND "[" HASH " AND file:name IN ('a', 'b')]"},
	    {BUNDLE("", "[" HASH "] AND [file:name = 'a']"),
	     AND "[" HASH "] AND [file:name = 'a']"},
	    {BUNDLE("", "[" HASH " OR (file:name = 'a' AND file:name = 'b')]"),
	     AND "[" HASH " OR (file:name = 'a' AND file:name = 'b')]"},
	    {BUNDLE("", "[" HASH "] FOLLOWEDBY [" HASH "]"),
	     "refused:an order or a time in a pattern:[" HASH "] FOLLOWEDBY [" HASH
	     "]"},
	    {BUNDLE("", "([" HASH "] OR [" HASH "]) WITHIN 5 SECONDS"),
	     "refused:an order or a time in a pattern:([" HASH "] OR [" HASH
	     "]) WITHIN 5 SECONDS"},
	    {BUNDLE("", "[file:name != 'a']"),
	     "refused:a comparison other than = and IN:[file:name != 'a']"},
	    {BUNDLE("", "[file:name LIKE 'a%']"),
	     "refused:a comparison other than = and IN:[file:name LIKE 'a%']"},
	    {BUNDLE("", "[file:name MATCHES 'a.*']"),
	     "refused:a comparison other than = and IN:[file:name MATCHES 'a.*']"},
	    {BUNDLE("", "[file:name NOT = 'a']"),
	     "refused:a comparison other than = and IN:[file:name NOT = 'a']"},
	    {BUNDLE("", "[" HASH " OR mutex:name = 'a']"),
	     "refused:a property that is not looked for:[" HASH
	     " OR mutex:name = 'a']"},
	    {BUNDLE("", "[" HASH), "refused:a pattern that cannot be read:[" HASH},
	    {BUNDLE("", "[" HASH "]]"),
	     "refused:a pattern that cannot be read:[" HASH "]]"},
	    {BUNDLE("", ""), "refused:an indicator without a pattern:"},
	    {BUNDLE_OF("{\"type\":\"indicator\",\"pattern_type\":\"yara\","
		       "\"pattern\":\"rule a{}\"}"),
	     "refused:a pattern of another language:yara"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

#define NOTHING_LEFT "refused:nothing in it is to be looked for: left-out:"

static void what_its_author_took_back_is_left_out_and_told(void **state)
{
	static const struct expectation cases[] = {
	    {BUNDLE("\"revoked\":true,", "[" HASH "]"),
	     NOTHING_LEFT "revoked:[" HASH "]"},
	    {BUNDLE("\"valid_until\":\"2023-11-14T22:13:19.5Z\",", "[" HASH "]"),
	     NOTHING_LEFT "no longer valid (valid_until):[" HASH "]"},
	    {BUNDLE("\"valid_until\":\"2023-11-14T22:13:21Z\",", "[" HASH "]"),
	     "md5:" MD5_A},
	    {BUNDLE("\"valid_until\":\"soon\",", "[" HASH "]"), "md5:" MD5_A},
	    {BUNDLE("\"indicator_types\":[\"benign\"],", "[" HASH "]"),
	     NOTHING_LEFT "said to be benign:[" HASH "]"},
	    {BUNDLE_OF(INDICATOR("\"id\":\"i\",\"modified\":\"2020-01-01T00:00:00Z\",",
				 "[" HASH
				 "]") "," INDICATOR("\"id\":\"i\",\"modified\":\"2021-"
						    "01-01T00:00:00Z\",",
						    "[file:name = 'a']")),
	     NAME("a") " left-out:another version of it counts:i [" HASH "]"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void a_bundle_without_indicators_gives_the_digests_of_its_files(void **state)
{
	static const struct expectation cases[] = {
	    {BUNDLE_OF("{\"type\":\"file\",\"hashes\":{\"MD5\":\"" MD5_A
		       "\",\"SHA-256\":\"" SHA256_A "\"}},{\"type\":\"malware\"}"),
	     "md5:" MD5_A " sha256:" SHA256_A},
	    {BUNDLE_OF("{\"type\":\"file\",\"id\":\"f\",\"name\":\"a\"}"),
	     "refused:a file without a digest that is looked for:f a"},
	    {BUNDLE_OF("{\"type\":\"domain-name\",\"value\":\"a.example\"}"),
	     "refused:observed, and no indicator says that it is malicious:a.example"},
	    /* where there are indicators, what else was observed says nothing */
	    {BUNDLE_OF("{\"type\":\"file\",\"hashes\":{\"MD5\":\"" MD5_A
		       "\"}}," INDICATOR("", "[file:name = 'a']")),
	     NAME("a")},
	    {"{\"type\":\"bundle\",\"id\":\"b\"}",
	     "refused:nothing in it is to be looked for:"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

#define UNREADABLE "refused:no JSON that can be read:"

static void hostile_json_is_refused_with_its_reason(void **state)
{
	static const struct expectation cases[] = {
	    {"{\"a\":1}", "refused:neither a MISP event nor STIX 2.1:"},
	    {"[]", "refused:neither a MISP event nor STIX 2.1:"},
	    {"{\"a\":1,\"a\":2}", UNREADABLE "duplicate object key near '\"a\"'"},
	    {"{\"a\":\"\\u0000\"}", UNREADABLE
	     "\\u0000 is not allowed without JSON_ALLOW_NUL near '\"\\u0000\"'"},
	    {"{\"a\":\"\xff\"}", UNREADABLE "unable to decode byte 0xff near '\"'"},
	    {"{\"a\":99999999999999999999}",
	     UNREADABLE "too big integer near '99999999999999999999'"},
	    {"{\"a\":1e999}", UNREADABLE "real number overflow near '1e999'"},
	    {"{\"a\":{}", UNREADABLE "'}' expected near end of file"},
	    {EVENT("1,null,[],\"a\",{}"), "refused:an attribute without a value: "
					  "refused:an attribute without a value: "
					  "refused:an attribute without a value: "
					  "refused:an attribute without a value: "
					  "refused:an attribute without a value:"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void depth_has_an_end(void **state)
{
	struct buffer text = {0};
	struct indicator_list *list;

	(void)state;
	buffer_text(&text, "{\"a\":");
	for (unsigned i = 0; i < 100000; i++)
		buffer_u8(&text, '[');
	list = read_text(buffer_bytes(&text));
	assert_int_equal(list->refused.n, 1);
	assert_string_equal(list->refused.at[0].reason, "no JSON that can be read");
	indicator_list_free(list);
	buffer_clear(&text);
	buffer_text(&text, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\","
			   "\"pattern\":\"");
	for (unsigned i = 0; i < 100000; i++)
		buffer_u8(&text, '(');
	buffer_text(&text, "\"}]}");
	list = read_text(buffer_bytes(&text));
	assert_int_equal(list->refused.n, 1);
	assert_string_equal(list->refused.at[0].reason,
			    "a pattern that is nested too deeply");
	indicator_list_free(list);
	buffer_free(&text);
}

static void the_line_of_a_fault_is_told(void **state)
{
	struct indicator_list *list = read_text(BYTES_LITERAL("{\"a\":\n\n nonsense}"));

	(void)state;
	assert_int_equal(list->refused.n, 1);
	assert_int_equal(list->refused.at[0].line, 3);
	indicator_list_free(list);
}

static void sizes_of_files_are_kept(void **state)
{
	static const char *const texts[] = {
	    OBJECT("file", ATTRIBUTE("md5", MD5_A) "," QUIET("size-in-bytes", "12")),
	    BUNDLE("", "[" HASH " AND file:size = 12]"),
	    BUNDLE_OF("{\"type\":\"file\",\"size\":12,\"hashes\":{\"MD5\":\"" MD5_A
		      "\"}}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct indicator_list *list = read_text(bytes_of(texts[i]));

		assert_int_equal(list->digests[INDICATOR_MD5].n, 1);
		assert_int_equal(list->digests[INDICATOR_MD5].n_sizes, 1);
		assert_int_equal(list->digests[INDICATOR_MD5].sizes[0], 12);
		indicator_list_free(list);
	}
}

static void a_name_finds_what_it_means(void **state)
{
	struct indicator_list *list = read_text(BYTES_LITERAL(
	    BUNDLE_OF(INDICATOR("", "[file:name = 'A[.]b.exe']") "," INDICATOR(
		"", "[directory:path = 'C:\\\\\\\\Ngo\u1ea1i x']"))));
	static const struct {
		const char *path;
		size_t n;
	} cases[] = {
	    {"/x/a.B.exe", 1}, {"a[.]b.exe", 1},       {"/x/aa.b.exe", 0},
	    {"a.b.exe/x", 0},  {"/Ngo\u1ea1i x/y", 1}, {"/y/Ngo\u1ea1i x", 0},
	};
	struct indicator_hits hits = {0};
	struct indicator_table *table;
	struct buffer image = {0};

	(void)state;
	assert_int_equal(indicator_build(list, &image), RQ_OK);
	assert_int_equal(
	    indicator_table_open(buffer_bytes(&image), FILE_NONE, &table, NULL), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		hits.n = 0;
		assert_int_equal(indicator_path(table, bytes_of(cases[i].path), &hits),
				 RQ_OK);
		assert_int_equal(hits.n, cases[i].n);
	}
	indicator_table_free(table);
	alloc_free(hits.at);
	buffer_free(&image);
	indicator_list_free(list);
}

/* The event of a real case; it lies outside the tree. */
static void a_public_event_gives_its_digests_and_hosts(void **state)
{
	const char *folder = getenv("RAQUET_DATA");
	struct buffer text = {.max = 1 << 20};
	struct indicator_list *list;
	char path[4096];

	(void)state;
	if (folder == NULL)
		skip();
	snprintf(path, sizeof path, "%s/signsight/signsight-misp-event.json", folder);
	assert_int_equal(file_read_whole(path, &text, NULL), RQ_OK);
	list = read_text(buffer_bytes(&text));
	assert_int_equal(list->digests[INDICATOR_SHA1].n, 5);
	assert_int_equal(list->n_hosts, 2);
	assert_int_equal(list->refused.n_all, 0);
	assert_int_equal(list->left_out.n_all, 6);
	indicator_list_free(list);
	buffer_free(&text);
}

TEST_MAIN(cmocka_unit_test(attributes_of_misp),
	  cmocka_unit_test(one_file_of_misp_is_told_by_its_digest),
	  cmocka_unit_test(what_is_not_meant_for_detection_is_left_out_and_told),
	  cmocka_unit_test(an_indicator_is_described_by_its_event),
	  cmocka_unit_test(patterns_of_stix),
	  cmocka_unit_test(one_file_of_stix_is_told_by_its_longest_digest),
	  cmocka_unit_test(what_narrows_is_never_taken_as_what_does_not),
	  cmocka_unit_test(what_its_author_took_back_is_left_out_and_told),
	  cmocka_unit_test(a_bundle_without_indicators_gives_the_digests_of_its_files),
	  cmocka_unit_test(hostile_json_is_refused_with_its_reason),
	  cmocka_unit_test(depth_has_an_end),
	  cmocka_unit_test(the_line_of_a_fault_is_told),
	  cmocka_unit_test(sizes_of_files_are_kept),
	  cmocka_unit_test(a_name_finds_what_it_means),
	  cmocka_unit_test(a_public_event_gives_its_digests_and_hosts))
