#include "engine/module/module.h"

/* Declared here and nowhere else: nobody but this list may name a module. */

extern const struct module module_console;
extern const struct module module_dotnet;
extern const struct module module_elf;
extern const struct module module_hash;
extern const struct module module_magic;
extern const struct module module_math;
extern const struct module module_pe;
extern const struct module module_string;
extern const struct module module_time;

/* One row each. */
/* clang-format off */
const struct module *const module_list[] = {
    &module_console,
    &module_dotnet,
    &module_elf,
    &module_hash,
#if HAS_MAGIC
    &module_magic,
#endif
    &module_math,
    &module_pe,
    &module_string,
    &module_time,
    NULL,
};
/* clang-format on */

/* Modules of YARA 4.5 that a rule may name and we may not have. */
static const char *const unsupported[] = {"cuckoo", "dex", "macho", "magic"};

const struct module *module_find(struct bytes name)
{
	for (size_t i = 0; module_list[i] != NULL; i++)
		if (bytes_equal_text(name, module_list[i]->name))
			return module_list[i];
	return NULL;
}

bool module_is_known_unsupported(struct bytes name)
{
	for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++)
		if (bytes_equal_text(name, unsupported[i]))
			return module_find(name) == NULL;
	return false;
}
