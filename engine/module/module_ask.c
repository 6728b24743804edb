#include "engine/module/module_ask.h"

#include "engine/module/module_dump.h"

struct asked {
	const struct module *module;
	void *state;
	int64_t number; /* for every argument that is one */
};

static struct value argument(const struct asked *asked, char letter)
{
	switch (letter) {
	case 's': return value_text(BYTES_LITERAL("WS2_32.dll"));
	case 'r': return (struct value){.type = VALUE_REGEX};
	case 'f': return value_float((double)asked->number / 2);
	case 'b': return value_bool(true);
	default: return value_int(asked->number);
	}
}

static void call(void *context, const struct module_node *node,
		 const struct value *keys, size_t n_keys)
{
	const struct asked *asked = context;
	struct value arguments[MODULE_MAX_ARGUMENTS];
	struct value result;
	size_t n = 0;

	for (size_t i = 0; i < n_keys; i++)
		arguments[n++] = keys[i];
	for (const char *letter = node->field->arguments; *letter != 0; letter++)
		arguments[n++] = argument(asked, *letter);
	asked->module->call(asked->state, node->field->id, arguments, &result);
}

static bool matches(void *matcher, const struct regex_program *regex, struct bytes text)
{
	(void)matcher;
	(void)regex;
	return text.n % 2 == 0;
}

void module_ask(const char *name, struct bytes data)
{
	/* an address of the samples, or the kinds of imports */
	struct asked asked = {.module = module_find(bytes_of(name)),
			      .number = data.n % 2 == 0 ? 0x1000 : 3};
	struct module_visitor visitor = {
	    .context = &asked, .function = call, .libyara_order = data.n % 2};
	struct module_context context = {.matches = matches};
	struct arena *arena = NULL;
	struct object object;
	struct block block;

	if (arena_new(64 << 20, &arena) != RQ_OK)
		return;
	object_of_bytes(data.at, data.n, &block, &object);
	context.object = &object;
	context.arena = arena;
	for (int i = 0; i < 2; i++) {
		object.is_memory = i == 1;
		if (asked.module->open(&context, &asked.state) == RQ_OK)
			module_dump(asked.module, asked.state, &visitor);
	}
	arena_free(arena);
}
