/* Notes of a cached rule set, as if their authentication had been right: whatever is
 * taken can be written and taken again. */
#include "endpoint/rules_notes.h"

#include <stdlib.h>

enum { TREE = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "rule a { strings: $h = { 61 62 } $x = \"c\" condition: any of "
    "them } rule b { condition: true }";

/* Compiled once. */
static bool compile(struct rules *rules)
{
	const struct rules_options options = {0};
	const struct rules_source source = {"default", "a.yar", bytes_of(text)};

	rules_init(rules);
	return rules_compile(rules, &options, &source, 1, NULL) == RQ_OK;
}

/* Fills rules as rules_cache_load does before it reads notes. */
static bool begin(struct rules *rules, const struct rules *compiled)
{
	rules_init(rules);
	if (arena_new(TREE, &rules->arena) != RQ_OK)
		return false;
	rule_report_init(&rules->report, rules->arena);
	rules->ruleset = ruleset_ref(compiled->ruleset);
	return true;
}

static void take(const struct rules *compiled, struct bytes notes, struct buffer *again)
{
	struct rules rules;
	bool is_taken =
	    begin(&rules, compiled) && rules_notes_read(notes, &rules) == RQ_OK;

	if (is_taken)
		rules_notes_write(&rules, again);
	rules_free(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules compiled;
	struct buffer written = {0}, again = {0};

	if (compiled.ruleset == NULL && !compile(&compiled)) {
		rules_free(&compiled);
		return 0;
	}
	take(&compiled, (struct bytes){data, size}, &written);
	if (written.size > 0 && buffer_ok(&written)) {
		take(&compiled, buffer_bytes(&written), &again);
		if (again.size > 0 && buffer_ok(&again) &&
		    !bytes_equal(buffer_bytes(&written), buffer_bytes(&again)))
			abort();
	}
	buffer_free(&written);
	buffer_free(&again);
	return 0;
}
