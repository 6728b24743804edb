/*
 * What each kind of store gives.  store.c checks values, keeps the order of transactions
 * and parts, and calls these; nothing outside this folder includes this.
 */
#ifndef RAQUET_CENTRE_STORE_STORE_DRIVER_H
#define RAQUET_CENTRE_STORE_STORE_DRIVER_H

#include "centre/store/store.h"

/* A statement and what it needs; kept: sql is a constant, prepared once. */
struct store_question {
	const char *sql;
	const struct store_value *values;
	size_t n_values;
	bool kept;
};

enum store_part { STORE_PART_BEGIN, STORE_PART_KEEP, STORE_PART_UNDO };
extern const char *const store_part_sql[]; /* of each step */

struct store_driver {
	void (*close)(struct store *store);
	enum rq_err (*begin)(struct store *store, bool reading, struct rq_diag *diag);
	enum rq_err (*commit)(struct store *store, struct rq_diag *diag);
	void (*rollback)(struct store *store);
	enum rq_err (*part)(struct store *store, enum store_part step,
			    struct rq_diag *diag);
	/* Several statements without values. */
	enum rq_err (*execute)(struct store *store, const char *text,
			       struct rq_diag *diag);
	enum rq_err (*run)(struct store *store, const struct store_question *question,
			   uint64_t *n_changed_out, struct rq_diag *diag);
	enum rq_err (*ask)(struct store *store, const struct store_question *question,
			   struct store_rows **rows_out, struct rq_diag *diag);
	enum rq_err (*next)(struct store_rows *rows, struct rq_diag *diag);
	void (*free)(struct store_rows *rows);
	/* Every row of an answer of any length, inside a transaction: as ask, but in
	 * bounded memory, and nothing else is asked meanwhile. */
	enum rq_err (*walk)(struct store *store, const char *sql,
			    struct store_rows **rows_out, struct rq_diag *diag);
	/* The bulk and its rows; end with keep == false gives up. */
	enum rq_err (*bulk_begin)(struct store *store,
				  const struct store_bulk_into *into,
				  struct rq_diag *diag);
	enum rq_err (*bulk_row)(struct store *store, const struct store_value *values,
				size_t n_values, struct rq_diag *diag);
	enum rq_err (*bulk_end)(struct store *store, bool keep, struct rq_diag *diag);
	enum rq_err (*tell)(struct store *store, struct bytes topic, struct bytes text,
			    struct rq_diag *diag);
	int (*news_descriptor)(const struct store *store);
	enum rq_err (*news)(struct store *store, void *listener,
			    void (*heard)(void *listener, struct bytes topic,
					  struct bytes text),
			    struct rq_diag *diag);
	/* Foreign keys are looked at later; then now, all of them (RQ_ERR_CONFLICT).
	 * Inside a change. */
	enum rq_err (*defer_keys)(struct store *store, bool later,
				  struct rq_diag *diag);
	/* What the database itself finds wrong: RQ_ERR_FORMAT. */
	enum rq_err (*check)(struct store *store, struct rq_diag *diag);

	/* The tables of this store, by name. */
	const char *tables_sql;
	/* Columns of table $1 in their order: name; 1 number, 2 text, 3 bytes, else 0; and
	 * place in the primary key from 1, or 0. */
	const char *columns_sql;
	/* Makes a migration's words those of this database (migration_text). */
	const struct store_word *words;
	const char *table_suffix;
};

/* Ends with a NULL. */
struct store_word {
	const char *ours, *theirs;
};

enum store_state { STORE_IDLE, STORE_CHANGING, STORE_READING };

/* The first member of each kind's own struct. */
struct store {
	const struct store_driver *driver;
	enum store_state state;
	size_t n_parts;
	enum rq_err broken; /* why the open part can only be taken back */
	bool in_bulk;
};

/* Likewise of each kind's rows; values are those of the current row. */
struct store_rows {
	struct store *store;
	struct store_value *values;
	size_t n_columns;
};

enum rq_err store_sqlite_open(const char *path, struct store **store_out,
			      struct rq_diag *diag);
enum rq_err store_postgres_open(const char *where, struct store **store_out,
				struct rq_diag *diag);

/* Inside this folder statements may be made from names of the database's own catalogue;
 * these are as store_run, store_ask, and as execute and walk above. */
RQ_MUST_USE enum rq_err store_run_once(struct store *store, const char *sql,
				       struct rq_diag *diag);
RQ_MUST_USE enum rq_err store_walk(struct store *store, const char *sql,
				   struct store_rows **rows_out, struct rq_diag *diag);

#endif
