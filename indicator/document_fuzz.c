/*
 * JSON from outside.  What was read must become a table that opens; what stands in a
 * document and is neither taken nor told would be a lost indicator.
 */
#include "bytes/alloc.h"
#include "indicator/document.h"
#include "indicator/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1700000000, MAX_NAMES = 20 }; /* compiling rules is no subject here */

static size_t count_all(const struct indicator_list *list)
{
	size_t n = (size_t)(list->refused.n_all + list->left_out.n_all);

	for (int kind = 0; kind < N_INDICATOR_KINDS; kind++)
		n += indicator_list_count(list, (enum indicator_kind)kind);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct indicator_table *table = NULL;
	struct indicator_list *list = NULL;
	struct buffer image = {0};

	if (indicator_list_new(&list) != RQ_OK)
		return 0;
	if (indicator_list_begin(list, BYTES_LITERAL("x")) == RQ_OK &&
	    read_document(list, (struct bytes){data, size}, NOW) == RQ_OK) {
		if (count_all(list) == 0)
			__builtin_trap();
		if (list->n_names <= MAX_NAMES &&
		    indicator_build(list, &image) == RQ_OK &&
		    indicator_table_open(buffer_bytes(&image), FILE_NONE, &table,
					 NULL) == RQ_ERR_FORMAT)
			__builtin_trap();
	}
	indicator_table_free(table);
	buffer_free(&image);
	indicator_list_free(list);
	return 0;
}
