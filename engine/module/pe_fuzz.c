/* Everything that the module knows of hostile bytes, as a file and as memory. */
#include "engine/module/module_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every function with arguments that lead somewhere in the corpus. */
static void call(void *context, const struct module_node *node,
		 const struct value *keys, size_t n_keys)
{
	struct value args[MODULE_MAX_ARGUMENTS];
	struct value result;
	size_t n = 0;

	for (size_t i = 0; i < n_keys; i++)
		args[n++] = keys[i];
	for (const char *letter = node->field->arguments; *letter != 0; letter++) {
		args[n] = value_int(0x1000);
		if (*letter == 's')
			args[n] = value_text(BYTES_LITERAL("WS2_32.dll"));
		else if (*letter == 'r')
			args[n] = (struct value){.type = VALUE_REGEX};
		n++;
	}
	module_find(BYTES_LITERAL("pe"))->call(context, node->field->id, args, &result);
}

static bool matches(void *matcher, const struct regex_program *regex, struct bytes text)
{
	(void)matcher;
	(void)regex;
	return text.n % 2 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct module *module = module_find(BYTES_LITERAL("pe"));
	struct module_visitor visitor = {.function = call, .libyara_order = size % 2};
	struct module_context context = {.matches = matches};
	struct arena *arena = NULL;
	struct object object;
	struct block block;

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
	arena_free(arena);
	return 0;
}
