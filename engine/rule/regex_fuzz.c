/* Regular expressions; the first byte sets the flags. */
#include "engine/rule/atom.h"

enum { TREE = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	struct rule_string string = {.kind = STRING_REGEX, .flags = STRING_ASCII};
	const struct regex_options options = {.nocase = size > 0 && (data[0] & 1),
					      .dotall = size > 0 && (data[0] & 2),
					      .strict_escape =
						  size > 0 && (data[0] & 4)};
	struct rule_report report;
	struct arena *arena = NULL;

	if (size == 0 || arena_new(TREE, &arena) != RQ_OK)
		return 0;
	rule_report_init(&report, arena);
	if (regex_parse(arena, (struct bytes){&data[1], size - 1}, &options, "$a", &at,
			&report, &string.regex) == RQ_OK) {
		atoms_of(&string);
		regex_has_unbounded_dot(string.regex);
	}
	rule_report_clear(&report);
	arena_free(arena);
	return 0;
}
