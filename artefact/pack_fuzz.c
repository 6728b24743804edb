/* A pack from anybody; what is taken is fitted to the text itself. */
#include "artefact/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = {data, size};
	struct artefact_file file = {
	    .path = text, .is_read = true, .size = size, .data = text};
	struct artefact_hits hits = {0};
	struct artefact_set set = {0};
	struct artefact_fault fault;
	struct arena *arena;
	uint8_t sha256[32];
	bool has_sha256 = false;

	if (arena_new(16 << 20, &arena) != RQ_OK)
		return 0;
	if (artefact_pack_read(arena, text, &set, &fault) != RQ_OK) {
		if (fault.column > fault.text.n)
			__builtin_trap();
	} else if (artefact_match_file(&set, &file, arena, sha256, &has_sha256,
				       &hits) == RQ_OK) {
		for (size_t i = 0; i < set.n; i++) {
			struct artefact_fact fact = {set.entries[i].kind, text, text,
						     text};

			if (artefact_match_fact(&set, &fact, arena, &hits) != RQ_OK)
				break;
		}
	}
	arena_free(arena);
	return 0;
}
