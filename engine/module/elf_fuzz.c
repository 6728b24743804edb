/* Everything that the module knows of hostile bytes, as a file and as memory. */
#include "engine/module/module_dump.h"
#include "format/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void call(void *context, const struct module_node *node,
		 const struct value *keys, size_t n_keys)
{
	struct value value;

	(void)keys, (void)n_keys;
	module_find(BYTES_LITERAL("elf"))->call(context, node->field->id, NULL, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct module *module = module_find(BYTES_LITERAL("elf"));
	struct module_visitor visitor = {.function = call};
	struct module_context context = {0};
	struct arena *arena = NULL;
	struct object object;
	struct block block;
	uint64_t entry;

	if (arena_new(64 << 20, &arena) != RQ_OK)
		return 0;
	object_of_bytes(data, size, &block, &object);
	context.object = &object;
	context.arena = arena;
	for (int i = 0; i < 2; i++) {
		object.is_memory = i == 1;
		if (module->open(&context, &visitor.context) == RQ_OK)
			module_dump(module, visitor.context, &visitor);
	}
	elf_entry_offset(object_head(&object), &entry);
	elf_entry_address(object_head(&object), 0x1000, &entry);
	arena_free(arena);
	return 0;
}
