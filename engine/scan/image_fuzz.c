/*
 * Rule images that somebody damaged: an image of fixed rules is changed as the input
 * says (u16 position, u8 size, and so many bytes, again and again), opened, and when it
 * is taken for sound an object is scanned with it.
 */
#include "engine/scan/scan.h"

#include <stdlib.h>
#include <string.h>

enum { TREE = 16 << 20, TIMEOUT_MS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] =
    "import \"pe\" import \"math\" import \"hash\"\n"
    "private rule p { meta: a = \"b\" strings: $a = \"hello\" condition: $a }\n"
    "rule q : t { strings: $a = \"world\" nocase wide ascii fullword $b = /w[a-z]+d\\b/"
    " $c = { 77 6f ?? [1-9] ( 6c | 64 6? ) } $d = \"xor me\" xor $e = \"six\" base64\n"
    "  condition: 2 of them or (#a > 1 and @b[1] < 9) or any of ($c*) in (0..9) }\n"
    "rule r { condition: pe.machine == 0x14c or for any i in (0..3) : (uint8(i) == "
    "0x6f "
    "and p) or math.entropy(0, filesize) > 7.5 }\n"
    "rule s { condition: hash.md5(0, filesize) == \"0123456789abcdef0123456789abcdef\" "
    "}\n"
    "rule t { strings: $a = \"MZ\" $b = \"llo\" condition: for all of them : (# > 0) "
    "or "
    "pe.sections[0].name matches /^\\.t(ex)+t$/ or for any s in pe.sections : "
    "(s.name == \"x\") }\n";
static const char object_bytes[] = "MZ hello world WORLD w\0o\0r\0l\0d\0 xor me oo";

static struct buffer compile(void)
{
	const struct rule_options options = {0};
	const struct ruleset_compile_options compile_options = {0};
	struct bytes text = {(const uint8_t *)rules, sizeof rules - 1};
	struct buffer image = {0};
	struct rule_report report;
	struct rule_set *set = NULL;
	struct arena *arena = NULL;

	if (arena_new(TREE, &arena) != RQ_OK || rule_set_new(TREE, &set) != RQ_OK)
		goto out;
	rule_report_init(&report, arena);
	if (rule_parse(set, NULL, "", text, &options, &report) != RQ_OK ||
	    ruleset_compile(set, &compile_options, &report, &image) != RQ_OK)
		buffer_free(&image);
	rule_report_clear(&report);
out:
	rule_set_free(set);
	arena_free(arena);
	return image;
}

/* The image with the changes; free(3) it. */
static uint8_t *changed(const struct buffer *image, struct bytes changes)
{
	struct reader r = reader_over(changes.at, changes.n);
	uint8_t *copy = malloc(image->size);

	if (copy == NULL)
		return NULL;
	memcpy(copy, image->data, image->size);
	while (reader_left(&r) > 3) {
		size_t at = reader_u16le(&r) % image->size, n = reader_u8(&r) % 9;

		for (; n > 0 && at < image->size && reader_left(&r) > 0; n--)
			copy[at++] = reader_u8(&r);
	}
	return copy;
}

static void scan(struct ruleset *ruleset)
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
	object_of_bytes(object_bytes, sizeof object_bytes - 1, &block, &object);
	if (scanner_new(ruleset, &options, &scanner) != RQ_OK)
		return;
	if (scanner_scan(scanner, &object, &request, &result) == RQ_OK)
		for (size_t i = 0; i < result->n_rules; i++)
			ruleset_rule(ruleset, result->rules[i].rule);
	scanner_free(scanner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buffer image;
	struct ruleset *ruleset = NULL;
	uint8_t *copy;

	if (image.size == 0)
		image = compile();
	if (image.size == 0)
		return 0;
	copy = changed(&image, (struct bytes){data, size});
	if (copy != NULL &&
	    ruleset_open(copy, image.size, false, &ruleset, NULL) == RQ_OK)
		scan(ruleset);
	ruleset_unref(ruleset);
	free(copy);
	return 0;
}
