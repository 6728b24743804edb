/* What the files of the PostgreSQL store share. */
#ifndef RAQUET_CENTRE_STORE_STORE_POSTGRES_H
#define RAQUET_CENTRE_STORE_STORE_POSTGRES_H

#include "centre/store/store_driver.h"

struct pg_conn;   /* PGconn of libpq */
struct pg_result; /* PGresult */

/* The types of our columns, and those that questions of the catalogue return
 * (pg_type.dat). */
enum {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_NAME = 19,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
};

struct prepared;

struct postgres_store {
	struct store store;
	char *where;
	struct pg_conn *connection;
	bool lost;   /* the connection: to be made again */
	bool missed; /* it was, and nobody was told that news may be missing */
	struct prepared *prepared; /* of this connection */
	size_t n_prepared, prepared_capacity;
	uint64_t change;    /* number of the open transaction, for its fate */
	struct buffer copy; /* rows of the open bulk on their way */
};

static inline struct postgres_store *postgres_of(struct store *store)
{
	return (struct postgres_store *)store;
}

/* Says in diag why; sql may be NULL. */
enum rq_err postgres_refuse(struct postgres_store *p, const struct pg_result *result,
			    const char *sql, struct rq_diag *diag);
enum rq_err postgres_execute(struct store *store, const char *text,
			     struct rq_diag *diag);
/* A connection that works as far as one can know: a lost one is made again. */
enum rq_err postgres_ensure(struct postgres_store *p, struct rq_diag *diag);

/* store_postgres_statement.c */
enum rq_err postgres_run(struct store *store, const struct store_question *question,
			 uint64_t *n_changed_out, struct rq_diag *diag);
enum rq_err postgres_ask(struct store *store, const struct store_question *question,
			 struct store_rows **rows_out, struct rq_diag *diag);
enum rq_err postgres_walk(struct store *store, const char *sql,
			  struct store_rows **rows_out, struct rq_diag *diag);
enum rq_err postgres_next(struct store_rows *rows, struct rq_diag *diag);
void postgres_free_rows(struct store_rows *rows);
void postgres_forget_prepared(struct postgres_store *p);

/* store_postgres_copy.c */
enum rq_err postgres_bulk_begin(struct store *store, const struct store_bulk_into *into,
				struct rq_diag *diag);
enum rq_err postgres_bulk_row(struct store *store, const struct store_value *values,
			      size_t n_values, struct rq_diag *diag);
enum rq_err postgres_bulk_end(struct store *store, bool keep, struct rq_diag *diag);

#endif
