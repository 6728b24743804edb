#include "centre/unit/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What unit_import relies on. */
static void check_row(const struct unit_row *row)
{
	char code[CAP_UNIT_CODE + 1];

	if (row->folded[0] == 0 || row->name[0] == 0)
		abort();
	for (size_t i = 0; i < 2; i++)
		if (row->codes[i][0] != 0 &&
		    (unit_code_form(bytes_of(row->codes[i]), code) == 0 ||
		     strcmp(code, row->codes[i]) != 0))
			abort();
	if (row->first_day != UNIT_DAY_OPEN && row->first_day >= DAY_FOREVER)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unit_table table;
	struct arena *arena = NULL;

	if (arena_new(CAP_UNIT_MEMORY, &arena) == RQ_OK &&
	    unit_table_read((struct bytes){data, size}, arena, &table) == RQ_OK)
		for (size_t i = 0; i < table.n_rows; i++)
			check_row(&table.rows[i]);
	arena_free(arena);
	return 0;
}
