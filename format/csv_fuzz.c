#include "format/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv csv;
	size_t line = 0, n = 0;

	csv_open(&csv, (struct bytes){data, size});
	while (csv_next(&csv)) {
		if (csv.line <= line || csv.n_fields > CAP_CSV_FIELDS)
			abort();
		line = csv.line;
		for (size_t i = 0; i < csv.n_fields; i++)
			n += csv.fields[i].n;
	}
	if (csv_ok(&csv) && (reader_left(&csv.in) > 0 || n > size))
		abort();
	csv_close(&csv);
	return 0;
}
