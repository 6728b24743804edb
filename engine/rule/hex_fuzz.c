/* The inside of hex strings. */
#include "engine/rule/atom.h"

enum { TREE = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	struct rule_string string = {.kind = STRING_HEX, .flags = STRING_ASCII};
	struct rule_report report;
	struct arena *arena = NULL;

	if (arena_new(TREE, &arena) != RQ_OK)
		return 0;
	rule_report_init(&report, arena);
	if (hex_parse(arena, (struct bytes){data, size}, "$a", &at, &report,
		      &string.regex) == RQ_OK) {
		atoms_of(&string);
		regex_has_unbounded_dot(string.regex);
	}
	rule_report_clear(&report);
	arena_free(arena);
	return 0;
}
