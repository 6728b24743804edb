/* A list of machines from a stick, ranked for a machine that is on it. */
#include "endpoint/asset_list.h"

#include "bytes/cap.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct machine machine = {.name = "may-01",
					.serial = "S1",
					.addresses = {"02:00:00:00:00:01"},
					.n_addresses = 1};
	struct asset_guess *guesses;
	struct asset_list list;
	struct arena *arena;
	size_t line;

	if (arena_new(16 << 20, &arena) != RQ_OK)
		return 0;
	if (asset_list_read((struct bytes){data, size}, arena, &list, &line) == RQ_OK &&
	    asset_list_rank(&list, &machine, arena, &guesses) == RQ_OK)
		for (size_t i = 0; i < list.n; i++) {
			if (*guesses[i].asset->tag == 0 ||
			    strlen(guesses[i].asset->tag) > CAP_ASSET_FIELD ||
			    (i > 0 && guesses[i].fits > guesses[i - 1].fits))
				__builtin_trap();
			(void)asset_mentions(guesses[i].asset, "pc");
		}
	arena_free(arena);
	return 0;
}
