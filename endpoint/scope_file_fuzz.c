/* Any text, and the message about it in both languages. */
#include "endpoint/scope_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = NULL;
	struct buffer text = {0};
	struct scope_error error;
	struct scope scope;

	if (arena_new(1u << 20, &arena) != RQ_OK)
		return 0;
	switch (scope_read((struct bytes){data, size}, arena, &scope, &error)) {
	case RQ_OK:
		if (scope.name[LANGUAGE_VI] == NULL || scope.kinds == 0 ||
		    scope.max_content_age == 0)
			abort();
		for (size_t i = 0; i < scope.n_tolerances; i++)
			if (!scope_may_tolerate(scope.tolerances[i].reason))
				abort();
		break;
	case RQ_ERR_FORMAT:
		scope_error_write(&text, "f", &error, LANGUAGE_VI);
		scope_error_write(&text, "f", &error, LANGUAGE_EN);
		break;
	default: break;
	}
	buffer_free(&text);
	arena_free(arena);
	return 0;
}
