/* The system wrote it, but names in it are anybody's. */
#include "os/memory_linux.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = {data, size};
	struct memory_process process = {0};
	struct memory_region *regions;
	struct arena *arena = NULL;
	size_t n;

	if (arena_new(1 << 20, &arena) != RQ_OK)
		return 0;
	if (memory_maps_decode(text, arena, &regions, &n) == RQ_OK)
		for (size_t i = 0; i < n; i++)
			if (regions[i].size == 0 ||
			    (i > 0 && regions[i].address <
					  regions[i - 1].address + regions[i - 1].size))
				abort();
	(void)!memory_stat_decode(text, arena, &process);
	arena_free(arena);
	return 0;
}
