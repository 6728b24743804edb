/*
 * The file that holds a store (docs/backup-format.md): writer in backup.c, reader in
 * restore.c, and what both know of tables.
 */
#ifndef RAQUET_CENTRE_STORE_BACKUP_H
#define RAQUET_CENTRE_STORE_BACKUP_H

#include "bytes/cap.h"
#include "centre/store/migration.h"
#include "centre/store/store.h"
#include "os/file.h"

#define BACKUP_MAGIC "RQSTORE" /* and a zero */

enum {
	BACKUP_MAGIC_SIZE = 8,
	BACKUP_FORM = 1,
	BACKUP_HEAD = 5, /* of a record: kind and length */
	BACKUP_DIGEST = 32,
	BACKUP_PIECE = 256 << 10,
};

/* A table as the database's own catalogue has it. */
struct backup_table {
	char name[CAP_STORE_NAME + 1];
	size_t n_columns;
	struct backup_column {
		char name[CAP_STORE_NAME + 1];
		enum store_kind kind;
		int64_t key; /* place in the primary key from 1, or 0 */
	} columns[STORE_VALUES_MAX];
};

/* All tables, in the order of their names' bytes; alloc_free. */
RQ_MUST_USE enum rq_err backup_tables(struct store *store,
				      struct backup_table **tables_out, size_t *n_out,
				      struct rq_diag *diag);

/* As store_backup and store_restore, by these steps; an open file. */
RQ_MUST_USE enum rq_err backup_write(struct store *store, struct migrations steps,
				     struct file file, struct rq_diag *diag);
RQ_MUST_USE enum rq_err backup_read(struct store *store, struct migrations steps,
				    struct file file, struct rq_diag *diag);

#endif
