/* Everything that the module knows of hostile bytes, as a file and as memory. */
#include "engine/module/module_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct module *module = module_find(BYTES_LITERAL("dotnet"));
	struct module_visitor visitor = {0};
	struct module_context context = {0};
	struct arena *arena = NULL;
	struct object object;
	struct block block;

	if (arena_new(64 << 20, &arena) != RQ_OK)
		return 0;
	object_of_bytes(data, size, &block, &object);
	context.object = &object;
	context.arena = arena;
	for (int i = 0; i < 2; i++) {
		void *state;

		object.is_memory = i == 1;
		if (module->open(&context, &state) == RQ_OK)
			module_dump(module, state, &visitor);
	}
	arena_free(arena);
	return 0;
}
