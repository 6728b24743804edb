#include "engine/match/kernel.h"

#include "engine/match/kernel_portable.h"
#include "engine/match/search.h"

#include <string.h>

static const struct kernel portable = {"portable", kernel_run_portable};

const struct kernel *kernel_find(const char *name)
{
	return name == NULL || strcmp(name, portable.name) == 0 ? &portable : NULL;
}

const char *const *search_kernels(void)
{
	static const char *const names[] = {"portable", NULL};

	return names;
}
