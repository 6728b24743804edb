#include "engine/match/kernel.h"

#include "engine/match/kernel_portable.h"
#include "engine/match/kernel_x86.h"
#include "engine/match/search.h"

#include <string.h>

#if defined(__x86_64__)

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

#endif

static bool has_all(void)
{
	return true;
}

/* The quickest first. */
static const struct {
	struct kernel kernel;
	bool (*runs_here)(void);
} kernels[] = {
#if defined(__x86_64__)
    {{"avx512", kernel_run_avx512}, has_avx512},
    {{"avx2", kernel_run_avx2}, has_avx2},
#endif
    {{"portable", kernel_run_portable}, has_all},
};

enum { N_KERNELS = sizeof kernels / sizeof *kernels };

const struct kernel *kernel_find(const char *name)
{
	for (size_t i = 0; i < N_KERNELS; i++) {
		if ((name == NULL || strcmp(name, kernels[i].kernel.name) == 0) &&
		    kernels[i].runs_here())
			return &kernels[i].kernel;
	}
	return NULL;
}

const char *const *search_kernels(void)
{
	static const char *names[N_KERNELS + 1];
	size_t n = 0;

	for (size_t i = 0; i < N_KERNELS; i++) {
		if (kernels[i].runs_here())
			names[n++] = kernels[i].kernel.name;
	}
	return names;
}

bool search_knows_kernel(const char *name)
{
	static const char *const names[] = {"portable", "avx2", "avx512"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}
