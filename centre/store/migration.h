/*
 * The tables of the centre, as numbered steps (files migration/NNNN_name.sql of its
 * folders, embedded by embed_migration.py).  A step is one text for both stores: it uses
 * BIGINT, TEXT and BYTEA, makes tables, indices and changes of rows, and is never edited
 * once it was released: a store remembers the digest of each.  It writes no bytes: the
 * two have no constant for them in common.
 */
#ifndef RAQUET_CENTRE_STORE_MIGRATION_H
#define RAQUET_CENTRE_STORE_MIGRATION_H

#include "bytes/buffer.h"
#include "centre/store/store.h"

struct store_driver;

struct migration {
	const char *name; /* "0001_store" */
	const char *text;
};

/* Step i is number i + 1. */
struct migrations {
	const struct migration *steps;
	size_t n;
};

extern const struct migrations migration_all; /* of this program */

/* As store_migrate, by these steps. */
RQ_MUST_USE enum rq_err migration_run(struct store *store, struct migrations steps,
				      struct rq_diag *diag);

/* How many steps this store has seen; each is compared with steps.  RQ_ERR_UNSUPPORTED:
 * one of them is not ours. */
RQ_MUST_USE enum rq_err migration_state(struct store *store, struct migrations steps,
					size_t *n_out, struct rq_diag *diag);

/* Step i, inside an open change. */
RQ_MUST_USE enum rq_err migration_step(struct store *store, struct migrations steps,
				       size_t i, struct rq_diag *diag);

/* Appends text in the words of one database, with a 0 behind it. */
void migration_text(struct buffer *to, const char *text,
		    const struct store_driver *driver);

#endif
