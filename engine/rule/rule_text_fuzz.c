/* Rule text, whole: as one who stops at the first error, and as one who goes on. */
#include "engine/rule/rule.h"

enum { TREE = 64 << 20, MESSAGES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct bytes text, bool keep_going)
{
	const struct rule_options options = {.keep_going = keep_going,
					     .strict_escape = keep_going};
	struct rule_set *set = NULL;
	struct arena *arena = NULL;
	struct rule_report report;
	struct buffer out = {0};
	const struct value one = value_int(1);

	if (rule_set_new(TREE, &set) != RQ_OK)
		return;
	if (arena_new(MESSAGES, &arena) == RQ_OK) {
		rule_report_init(&report, arena);
		if (rule_set_external(set, "external", &one) == RQ_OK &&
		    rule_parse(set, NULL, "fuzz.yar", text, &options, &report) ==
			RQ_ERR_RULE &&
		    report.n_errors == 0)
			__builtin_trap(); /* refused without a word */
		for (size_t i = 0; i < report.n_messages; i++)
			rule_message_write(&report.messages[i], &out);
		buffer_free(&out);
		rule_report_clear(&report);
		arena_free(arena);
	}
	rule_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run((struct bytes){data, size}, false);
	run((struct bytes){data, size}, true);
	return 0;
}
