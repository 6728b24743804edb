/*
 * Rule images that somebody damaged: an image of fixed rules is changed as the input
 * says, again and again (u8 section, u16 element, u8 byte in it, u8 how many, and so
 * many bytes), opened, and when it is taken for sound objects are scanned with it.
 */
#include "engine/scan/scan.h"
#include "format/testdata/pe_draft.h"

#include <stdlib.h>
#include <string.h>

enum { TREE = 16 << 20, TIMEOUT_MS = 200, MAX_CHANGE = 16 };
enum { TABLE_COUNT = 12, TABLE = 64, TABLE_ROW = 24 }; /* engine/ruleset/image.h */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Some of everything that an image can hold. */
static const char rules[] =
    "import \"pe\" import \"math\" import \"hash\" import \"elf\"\n"
    "private rule p { meta: a = \"b\" c = 7 d = true strings: $a = \"hello\""
    " condition: $a }\n"
    "rule q : t u { strings: $a = \"world\" nocase wide ascii fullword"
    " $b = /w[a-z]+d\\b/ $c = { 77 6f ?? [1-9] ( 6c | 64 6? ) } $d = \"xor me\" xor"
    " $e = \"six\" base64 $f = { 4D 5A [0-90] 64 [300-] 00 00 00 [210-400] 00 }"
    " $g = /(a|b)*c.{2,9}d/ wide"
    " condition: 2 of them or (#a > 1 and @b[1] < 9 and !b[1] == 5) or"
    " any of ($c*) in (0..9) or $f or #g in (1..99) == 1 }\n"
    "rule r { condition: pe.machine == 0x14c or for any i in (0..3) :"
    " (uint8(i) == 0x6f and p) or math.entropy(0, filesize) > 7.5 }\n"
    "rule s { condition: hash.md5(0, filesize) == \"0123456789abcdef0123456789abcdef\""
    " or name == \"setup.exe\" or pe.imphash() == \"x\" }\n"
    "rule t { strings: $a = \"MZ\" $b = \"llo\" condition: $a at 0 and (for all of"
    " them : (# > 0) or pe.sections[0].name matches /^\\.d(at)+a$/ or"
    " for any s in pe.sections : (s.name == \"x\" or s.raw_data_size \\ 2 > 1.5)) }\n"
    "rule v { strings: $a = \"world\" condition: any of (p, q, r) and"
    " filesize < 2MB and uint16(0) == 0x5A4D and $a at pe.entry_point }\n"
    "rule w { condition: for any k, v in pe.version_info : (k == \"a\" and v != k) or"
    " for 1 t in (\"a\", \"b\") : (name contains t) or not defined elf.type }\n"
    "global rule x { condition: filesize > 3 and n << 2 > 1 and ~n & 7 != 9 }\n";
static const char text[] = "MZ hello world WORLD w\0o\0r\0l\0d\0 xor me oo";

static struct buffer compile(void)
{
	const struct rule_options options = {0};
	const struct ruleset_compile_options compile_options = {0};
	const struct value name = value_text(BYTES_LITERAL("setup.exe"));
	const struct value n = value_int(3);
	struct buffer image = {0};
	struct rule_report report;
	struct rule_set *set = NULL;
	struct arena *arena = NULL;

	if (arena_new(TREE, &arena) != RQ_OK || rule_set_new(TREE, &set) != RQ_OK)
		goto out;
	rule_report_init(&report, arena);
	if (rule_set_external(set, "name", &name) != RQ_OK ||
	    rule_set_external(set, "n", &n) != RQ_OK ||
	    rule_parse(set, NULL, "", bytes_of(rules), &options, &report) != RQ_OK ||
	    ruleset_compile(set, &compile_options, &report, &image) != RQ_OK)
		buffer_free(&image);
	rule_report_clear(&report);
out:
	rule_set_free(set);
	arena_free(arena);
	return image;
}

/* One section, or (as the last) the header and the table of sections. */
struct target {
	size_t off, n, element;
};

static struct target choose(struct bytes image, unsigned choice)
{
	struct reader whole = reader_over(image.at, image.n);
	struct reader r = reader_at(&whole, TABLE_COUNT, 4);
	uint32_t n_sections = reader_u32le(&r);
	struct target target = {0, TABLE + (size_t)n_sections * TABLE_ROW, 4};

	choice %= n_sections + 1;
	if (choice == n_sections)
		return target;
	r = reader_at(&whole, TABLE + choice * TABLE_ROW + 4, TABLE_ROW - 4);
	target.element = reader_u32le(&r);
	target.off = reader_u64le(&r);
	target.n = reader_u64le(&r);
	return target;
}

static void change(uint8_t *copy, struct bytes image, struct reader *r)
{
	struct target target = choose(image, reader_u8(r));
	size_t at = reader_u16le(r) * target.element;
	size_t n;

	at += reader_u8(r);
	n = reader_u8(r) % (MAX_CHANGE + 1);
	for (; n > 0 && target.n > 0 && reader_left(r) > 0; n--, at++)
		copy[target.off + at % target.n] = reader_u8(r);
}

static void scan(struct ruleset *ruleset, struct bytes bytes)
{
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	struct scanner_options options;
	struct scanner *scanner;
	struct object object;
	struct block block;

	scanner_options_default(&options);
	options.timeout_ms = TIMEOUT_MS;
	options.max_memory = TREE;
	object_of_bytes(bytes.at, bytes.n, &block, &object);
	if (scanner_new(ruleset, &options, &scanner) != RQ_OK)
		return;
	if (scanner_scan(scanner, &object, &request, &result) == RQ_OK)
		for (size_t i = 0; i < result->n_rules; i++)
			ruleset_rule(ruleset, result->rules[i].rule);
	scanner_free(scanner);
}

static void scan_objects(struct ruleset *ruleset)
{
	static struct pe_draft draft;

	if (draft.size == 0) {
		draft_start(&draft, false);
		draft_imports(&draft);
		draft_text(&draft, DRAFT_RVA, "world hello");
	}
	scan(ruleset, (struct bytes){(const uint8_t *)text, sizeof text - 1});
	scan(ruleset, draft_bytes(&draft));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buffer image;
	struct reader r = reader_over(data, size);
	struct ruleset *ruleset = NULL;
	uint8_t *copy;

	if (image.size == 0)
		image = compile();
	if (image.size == 0)
		return 0;
	copy = malloc(image.size);
	if (copy == NULL)
		return 0;
	memcpy(copy, image.data, image.size);
	while (reader_left(&r) > 0)
		change(copy, buffer_bytes(&image), &r);
	if (ruleset_open(copy, image.size, RULESET_CHECK_INDEXES, &ruleset, NULL) ==
	    RQ_OK)
		scan_objects(ruleset);
	ruleset_unref(ruleset);
	free(copy);
	return 0;
}
