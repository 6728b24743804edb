/*
 * Rules and an object, with a zero byte between: what is found by triggers must be what
 * is found when everything is searched, to the last match.  The size of the object
 * chooses the kernel, the limits, and whether it is a file or memory.
 */
#include "engine/match/kernel.h"
#include "engine/scan/scan.h"

#include <stdlib.h>
#include <string.h>

enum { TREE = 32 << 20, TIMEOUT_MS = 300, MAX_STEPS = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
	bool is_complete;
	uint64_t sum; /* of all rules, strings and matches, in their order */
};

static bool define(struct rule_set *set)
{
	const struct value text = value_text(BYTES_LITERAL("setup.exe"));
	const struct value number = value_int(7), truth = value_bool(true);
	const struct value real = value_float(0.5);

	return rule_set_external(set, "filename", &text) == RQ_OK &&
	       rule_set_external(set, "number", &number) == RQ_OK &&
	       rule_set_external(set, "truth", &truth) == RQ_OK &&
	       rule_set_external(set, "real", &real) == RQ_OK;
}

static bool compile(struct bytes text, struct rule_set *set, struct arena *arena,
		    struct buffer *image)
{
	const struct rule_options options = {0};
	const struct ruleset_compile_options compile_options = {0};
	struct rule_report report;
	bool sound;

	rule_report_init(&report, arena);
	sound = define(set) &&
		rule_parse(set, NULL, "", text, &options, &report) == RQ_OK &&
		ruleset_compile(set, &compile_options, &report, image) == RQ_OK;
	rule_report_clear(&report);
	return sound;
}

static void add(uint64_t *sum, uint64_t value)
{
	*sum = (*sum ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	*sum ^= *sum >> 29;
}

static struct answer answer_of(const struct scan_result *result)
{
	struct answer answer = {.is_complete = result->gaps == 0};

	for (size_t i = 0; i < result->n_rules; i++) {
		const struct scan_rule *rule = &result->rules[i];

		add(&answer.sum, rule->rule);
		add(&answer.sum, rule->n_strings);
		for (size_t k = 0; k < rule->n_strings; k++) {
			const struct scan_string *string = &rule->strings[k];

			add(&answer.sum, string->n_matches);
			for (size_t m = 0; m < string->n_matches; m++) {
				add(&answer.sum, string->matches[m].offset);
				add(&answer.sum, string->matches[m].length);
				add(&answer.sum, string->matches[m].xor_key);
			}
		}
	}
	return answer;
}

static struct answer scan(struct ruleset *ruleset, const struct object *object,
			  bool search_all)
{
	static const char *const kernels[] = {NULL, "avx2", "portable"};
	const struct scan_request request = {.want_strings = true};
	const char *kernel = kernels[object->size % 3];
	const struct scan_result *result;
	struct answer answer = {0};
	struct scanner_options options;
	struct scanner *scanner;

	scanner_options_default(&options);
	options.search.search_all = search_all;
	options.search.libyara_limits = object->size % 5 == 0;
	options.search.max_steps = MAX_STEPS;
	options.search.kernel = kernel_find(kernel) != NULL ? kernel : NULL;
	options.timeout_ms = TIMEOUT_MS;
	options.max_memory = TREE;
	if (scanner_new(ruleset, &options, &scanner) != RQ_OK)
		return answer;
	if (scanner_scan(scanner, object, &request, &result) == RQ_OK)
		answer = answer_of(result);
	scanner_free(scanner);
	return answer;
}

static void compare(struct ruleset *ruleset, const uint8_t *data, size_t size)
{
	struct answer quick, plain;
	struct object object;
	struct block block;

	object_of_bytes(data, size, &block, &object);
	object.is_memory = size % 7 == 0;
	quick = scan(ruleset, &object, false);
	plain = scan(ruleset, &object, true);
	if (quick.is_complete && plain.is_complete && quick.sum != plain.sum)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
	size_t n_text = zero == NULL ? size : (size_t)(zero - data);
	struct ruleset *ruleset = NULL;
	struct rule_set *set = NULL;
	struct arena *arena = NULL;
	struct buffer image = {0};

	if (zero != NULL && arena_new(TREE, &arena) == RQ_OK &&
	    rule_set_new(TREE, &set) == RQ_OK &&
	    compile((struct bytes){data, n_text}, set, arena, &image) &&
	    ruleset_open(image.data, image.size, RULESET_CHECK_ALL, &ruleset, NULL) ==
		RQ_OK)
		compare(ruleset, zero + 1, size - n_text - 1);
	ruleset_unref(ruleset);
	buffer_free(&image);
	rule_set_free(set);
	arena_free(arena);
	return 0;
}
