/*
 * Replays a corpus through a fuzz target without a fuzzer: every file once plain, and
 * again with the n-th allocation failing for the first n, so that the clean-up paths
 * run under the sanitizers too.  Output: TAP.
 */
#include "bytes/alloc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FILE = 1 << 20, MAX_FILES = 20000, N_FAILING = 24 };

static size_t load(const char *folder, const char *name, uint8_t *data)
{
	char path[4096];
	size_t n = 0;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f != NULL) {
		n = fread(data, 1, MAX_FILE, f);
		fclose(f);
	}
	return n;
}

/* An exact copy on the heap, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

int main(int argc, char **argv)
{
	static uint8_t data[MAX_FILE];
	struct dirent **names = NULL;
	int n_names, n_files = 0;

	if (argc != 3)
		return 2;
	n_names = scandir(argv[2], &names, NULL, alphasort);
	for (int i = 0; i < n_names && n_files < MAX_FILES; i++) {
		if (names[i]->d_name[0] != '.') {
			size_t n = load(argv[2], names[i]->d_name, data);

			run(data, n);
			for (uint64_t fail = 1; fail <= N_FAILING; fail++) {
				alloc_fail_from(fail);
				run(data, n);
				alloc_fail_from(0);
			}
			n_files++;
		}
		free(names[i]);
	}
	free(names);
	/* the empty input and an empty corpus are cases as well */
	run(data, 0);
	printf("ok 1 - %s: %d corpus files, plain and with failing allocations\n", argv[1],
	       n_files);
	printf("1..1\n");
	return 0;
}
