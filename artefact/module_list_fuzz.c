/* What the kernel says is loaded, and behind a 0 a list of what is installed. */
#include "artefact/module_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader all = reader_over(data, size), loaded;
	struct module_names names = {0};
	struct loaded_module module;
	struct arena *arena;
	size_t n = 0;

	while (n < size && data[n] != 0)
		n++;
	loaded = reader_sub(&all, n);
	if (arena_new(64 << 20, &arena) != RQ_OK)
		return 0;
	if (module_names_add(&names, reader_bytes(&all, reader_left(&all)), arena) ==
	    RQ_OK) {
		module_names_sort(&names);
		for (size_t i = 0; i < names.n; i++)
			if (!module_names_have(&names, names.items[i]))
				__builtin_trap();
	}
	while (loaded_module_next(&loaded, &module))
		if (module.name.n == 0)
			__builtin_trap();
	arena_free(arena);
	return 0;
}
