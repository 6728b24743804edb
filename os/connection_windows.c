#include "os/connection.h"

#include "bytes/alloc.h"

/* Not asked of Windows yet; memory.h is not there either. */
struct connection_table {
	char nothing;
};

enum rq_err connection_table_new(struct connection_table **table_out)
{
	*table_out = alloc_array(1, sizeof **table_out);
	return *table_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void connection_table_free(struct connection_table *table)
{
	alloc_free(table);
}

enum rq_err connection_list(struct connection_table *table, uint64_t id,
			    struct arena *arena, struct connection **list_out,
			    size_t *n_out)
{
	(void)table, (void)id, (void)arena;
	*list_out = NULL;
	*n_out = 0;
	return RQ_ERR_UNSUPPORTED;
}
