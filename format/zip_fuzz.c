/* Every entry; names must lie in the file. */
#include "format/zip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes file = {data, size};
	struct zip_member member;
	struct zip zip;
	uint64_t n = 0;

	zip_is_encrypted(file);
	if (!zip_open(file, &zip))
		return 0;
	while (zip_next(&zip, &member) == RQ_OK) {
		volatile uint8_t sink = 0;

		if (member.name.n > 0)
			sink = member.name.at[0] ^ member.name.at[member.name.n - 1];
		(void)sink;
		n++;
	}
	if (n > zip.n_members || n > size / 46)
		abort();
	return 0;
}
