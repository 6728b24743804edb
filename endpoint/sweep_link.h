/*
 * Files that have several names (hard links): read once, told under every name.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_LINK_H
#define RAQUET_ENDPOINT_SWEEP_LINK_H

#include "endpoint/sweep_journal.h"
#include "endpoint/sweep_pool.h"

struct link_table;

RQ_MUST_USE enum rq_err link_table_new(struct link_table **table_out);
void link_table_free(struct link_table *table);

/* Notes a file; *is_known_out: it was noted before, and did not change since. */
RQ_MUST_USE enum rq_err link_table_meet(struct link_table *table,
					const struct file_info *info,
					bool *is_known_out);
/* Likewise one that an earlier run met, with its outcome. */
RQ_MUST_USE enum rq_err link_table_restore(struct link_table *table,
					   const struct journal_name *name);

/* Keeps the outcome of the first name when there is something to tell. */
bool link_table_keep(struct link_table *table, const struct sweep_task *task);
/* Gives it to a further name.  False: out of memory. */
bool link_table_copy(struct link_table *table, struct sweep_task *task);

#endif
