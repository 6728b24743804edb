/* The system's tables of sockets. */
#include "bytes/alloc.h"
#include "os/connection_linux.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int i = 0; i < 2; i++) {
		struct connection_rows rows = {0};

		(void)!connection_rows_decode((struct bytes){data, size}, i == 1, false,
					      &rows);
		for (size_t k = 0; k < rows.n; k++)
			if (rows.at[k].port == 0 || rows.at[k].socket == 0)
				abort();
		alloc_free(rows.at);
	}
	return 0;
}
