/* A table of blocks of which every number may lie. */
#include "endpoint/process_image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = NULL;
	struct object object;
	uint64_t end = 0, n_bytes = 0;

	if (arena_new(1 << 20, &arena) != RQ_OK)
		return 0;
	if (process_image_open((struct bytes){data, size}, arena, &object) == RQ_OK) {
		for (size_t i = 0; i < object.n_blocks; i++) {
			const struct block *block = &object.blocks[i];

			/* inside of the input, apart, by rising address */
			if (block->data < data || block->size == 0 ||
			    block->data + block->size > data + size ||
			    (i > 0 && block->base < end))
				abort();
			end = block->base + block->size;
			n_bytes += block->size;
		}
		if (n_bytes != object.size || !object.is_memory)
			abort();
	}
	arena_free(arena);
	return 0;
}
