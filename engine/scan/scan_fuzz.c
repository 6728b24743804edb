/*
 * Rules and an object, with a zero byte between: what is found by triggers must be what
 * is found when everything is searched.
 */
#include "engine/scan/scan.h"

#include <stdlib.h>
#include <string.h>

enum { TREE = 32 << 20, TIMEOUT_MS = 2000, MAX_RULES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
	bool is_complete;
	size_t n_rules;
	struct {
		uint32_t rule;
		size_t n_strings, n_matches;
	} rules[MAX_RULES];
};

static bool compile(struct bytes text, struct rule_set *set, struct arena *arena,
		    struct buffer *image)
{
	const struct rule_options options = {0};
	const struct ruleset_compile_options compile_options = {0};
	struct rule_report report;
	bool sound;

	rule_report_init(&report, arena);
	sound = rule_parse(set, NULL, "", text, &options, &report) == RQ_OK &&
		ruleset_compile(set, &compile_options, &report, image) == RQ_OK;
	rule_report_clear(&report);
	return sound;
}

static void note(struct answer *answer, const struct scan_result *result)
{
	answer->is_complete = result->gaps == 0 && result->n_rules <= MAX_RULES;
	for (size_t i = 0; answer->is_complete && i < result->n_rules; i++) {
		const struct scan_rule *rule = &result->rules[i];

		answer->rules[i].rule = rule->rule;
		answer->rules[i].n_strings = rule->n_strings;
		for (size_t k = 0; k < rule->n_strings; k++)
			answer->rules[i].n_matches += rule->strings[k].n_matches;
	}
	answer->n_rules = result->n_rules;
}

static struct answer scan(struct ruleset *ruleset, const struct object *object,
			  bool search_all)
{
	const struct scan_request request = {.want_strings = true};
	const struct scan_result *result;
	struct answer answer = {0};
	struct scanner_options options;
	struct scanner *scanner;

	scanner_options_default(&options);
	options.search.search_all = search_all;
	options.timeout_ms = TIMEOUT_MS;
	options.max_memory = TREE;
	if (scanner_new(ruleset, &options, &scanner) != RQ_OK)
		return answer;
	if (scanner_scan(scanner, object, &request, &result) == RQ_OK)
		note(&answer, result);
	scanner_free(scanner);
	return answer;
}

static void compare(struct ruleset *ruleset, const uint8_t *data, size_t size)
{
	struct answer quick, plain;
	struct object object;
	struct block block;

	object_of_bytes(data, size, &block, &object);
	quick = scan(ruleset, &object, false);
	plain = scan(ruleset, &object, true);
	if (quick.is_complete && plain.is_complete &&
	    (quick.n_rules != plain.n_rules ||
	     memcmp(quick.rules, plain.rules, sizeof quick.rules) != 0))
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
	    ruleset_open(image.data, image.size, true, &ruleset, NULL) == RQ_OK)
		compare(ruleset, zero + 1, size - n_text - 1);
	ruleset_unref(ruleset);
	buffer_free(&image);
	rule_set_free(set);
	arena_free(arena);
	return 0;
}
