/*
 * The store: everything that a centre knows, in SQLite (a file) or PostgreSQL.
 *
 * One SQL text serves both.  What differs between them is said in this folder and
 * nowhere else, so that the rest of the centre is written and tested once:
 *
 *     - parameters are $1, $2 ... in the order of values;
 *     - types are BIGINT, TEXT and BYTEA; truth is 0 or 1; times are milliseconds since
 *       1970 UTC, days are days since 1970 (store_day_*), ids are given by store_id;
 *     - INSERT ... ON CONFLICT, RETURNING, WITH RECURSIVE, window functions are in both;
 *       no autoincrement, no now(), no LIKE on what a person typed;
 *     - PostgreSQL must see the type of every parameter and column: CAST($1 AS BIGINT)
 *       where nothing else says it ($1 IS NULL, SELECT $1), CAST(sum(x) AS BIGINT);
 *     - text is sorted by its bytes, so by code point.
 *
 * A statement is a text constant: it is prepared once for each store and found again by
 * its address.  SQL is never put together at run time.
 *
 * Changes are made in a transaction, one at a time over all processes, and count when
 * store_commit has returned RQ_OK: then they survive kill -9 and a power cut.
 *
 * Errors beside the usual: RQ_ERR_CONFLICT a row is there already or a rule of the tables
 * was broken; RQ_ERR_RETRY another process was in the way or the server went away, begin
 * the transaction again; RQ_ERR_FULL no room on the disk.  After any error of a statement
 * the part or the transaction in which it ran can only be taken back: every later call in
 * it returns the same error.  One thread a store; one store a process and connection.
 */
#ifndef RAQUET_CENTRE_STORE_STORE_H
#define RAQUET_CENTRE_STORE_STORE_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

struct store;

/*
 * where: "postgres://..." or "postgresql://...", else a file of SQLite, which is made
 * when it is missing (mode 0600); ":memory:" for tests.  A password is never in where:
 * libpq finds it in PGPASSFILE.
 */
RQ_MUST_USE enum rq_err store_open(const char *where, struct store **store_out,
				   struct rq_diag *diag);
void store_close(struct store *store);

/* Brings the tables to the newest state, step by step, each in a transaction of its own.
 * RQ_ERR_UNSUPPORTED: a later program has been here. */
RQ_MUST_USE enum rq_err store_migrate(struct store *store, struct rq_diag *diag);

/* ---- values ---- */

enum { STORE_VALUES_MAX = 64 }; /* of one statement, columns of one bulk */

enum store_kind { STORE_NULL, STORE_NUMBER, STORE_TEXT, STORE_BYTES };

struct store_value {
	enum store_kind kind;
	int64_t number;
	struct bytes bytes; /* of TEXT (UTF-8, no NUL) and BYTES; borrowed */
};

static inline struct store_value store_number(int64_t number)
{
	return (struct store_value){STORE_NUMBER, number, {NULL, 0}};
}
static inline struct store_value store_text(struct bytes text)
{
	return (struct store_value){STORE_TEXT, 0, text};
}
static inline struct store_value store_bytes(struct bytes bytes)
{
	return (struct store_value){STORE_BYTES, 0, bytes};
}
static inline struct store_value store_null(void)
{
	return (struct store_value){STORE_NULL, 0, {NULL, 0}};
}

/* ---- transactions ---- */

/* A change: others that change wait or get RQ_ERR_RETRY. */
RQ_MUST_USE enum rq_err store_begin(struct store *store, struct rq_diag *diag);
/* Only reading, of one moment, beside whoever changes; ended by either of the two. */
RQ_MUST_USE enum rq_err store_begin_reading(struct store *store, struct rq_diag *diag);
/*
 * RQ_ERR_RETRY: the server went away before it answered, and could not be asked since: the
 * change may count or not, and whoever makes it again must be able to meet it.
 */
RQ_MUST_USE enum rq_err store_commit(struct store *store, struct rq_diag *diag);
void store_rollback(struct store *store); /* nothing open: does nothing */

/* A part of the open change that can be taken back alone: a bad delivery beside good
 * ones.  They nest, STORE_PARTS_MAX deep. */
enum { STORE_PARTS_MAX = 16 };
RQ_MUST_USE enum rq_err store_part_begin(struct store *store, struct rq_diag *diag);
RQ_MUST_USE enum rq_err store_part_keep(struct store *store, struct rq_diag *diag);
void store_part_undo(struct store *store);

/* ---- statements ---- */

/* Runs a statement that returns no rows; *n_changed_out (may be NULL) rows changed. */
RQ_MUST_USE enum rq_err store_run(struct store *store, const char *sql,
				  const struct store_value *values, size_t n_values,
				  uint64_t *n_changed_out, struct rq_diag *diag);

struct store_rows;

/*
 * Asks, inside a transaction or (for one statement that only reads) outside.  A change
 * with RETURNING is made at once, however many rows are then read.  rows_next makes the
 * next row current and says RQ_ERR_NOT_FOUND behind the last one.  What the accessors
 * return lives until the next rows_next; NULL is 0 and empty.  rows_free in any case,
 * before the transaction ends.
 *
 * Other statements may run while rows are read, but none that changes these rows.
 * PostgreSQL's answer is held whole: ask for a page of a long list, by its key.
 */
RQ_MUST_USE enum rq_err store_ask(struct store *store, const char *sql,
				  const struct store_value *values, size_t n_values,
				  struct store_rows **rows_out, struct rq_diag *diag);
RQ_MUST_USE enum rq_err rows_next(struct store_rows *rows, struct rq_diag *diag);
int64_t rows_number(const struct store_rows *rows, size_t column);
struct bytes rows_bytes(const struct store_rows *rows, size_t column);
bool rows_is_null(const struct store_rows *rows, size_t column);
void rows_free(struct store_rows *rows);

/* For a question with one row: copies its first column.  RQ_ERR_NOT_FOUND: none, which
 * takes nothing back. */
RQ_MUST_USE enum rq_err store_ask_number(struct store *store, const char *sql,
					 const struct store_value *values,
					 size_t n_values, int64_t *number_out,
					 struct rq_diag *diag);

/*
 * New ids for rows of any table, from *first_out on, which no other change is given;
 * inside a change.  What is taken back gives back its ids as well: tell no one of an id
 * before its change is committed.
 */
RQ_MUST_USE enum rq_err store_ids(struct store *store, uint32_t n, int64_t *first_out,
				  struct rq_diag *diag);
RQ_MUST_USE enum rq_err store_id(struct store *store, int64_t *id_out,
				 struct rq_diag *diag);

/* ---- many rows at once ---- */

/*
 * The way for thousands of rows: COPY in PostgreSQL.  table and columns are constants.  A
 * row that breaks a rule may be refused by store_bulk_end only.
 */
struct store_bulk_into {
	const char *table;
	const char *const *columns;
	const enum store_kind *kinds;
	size_t n_columns;
};
struct store_bulk;
RQ_MUST_USE enum rq_err store_bulk_begin(struct store *store,
					 const struct store_bulk_into *into,
					 struct store_bulk **bulk_out,
					 struct rq_diag *diag);
RQ_MUST_USE enum rq_err store_bulk_row(struct store_bulk *bulk,
				       const struct store_value *values,
				       struct rq_diag *diag);
/* Frees bulk in any case.  No other statement runs between begin and end. */
RQ_MUST_USE enum rq_err store_bulk_end(struct store_bulk *bulk, struct rq_diag *diag);

/* ---- between processes ---- */

/*
 * Tells every process on this store, this one too, when the open change is committed,
 * that topic has news; text is at most STORE_NEWS_MAX bytes.  In SQLite only this process
 * hears it.
 */
enum { STORE_NEWS_MAX = 200 };
RQ_MUST_USE enum rq_err store_tell(struct store *store, const char *topic,
				   struct bytes text, struct rq_diag *diag);
/*
 * A descriptor that becomes readable when there is news, -1 when there is none: ask
 * store_news then, and after each transaction of this process, in whose answers news may
 * have come along.  Another one after the server was away.
 */
int store_news_descriptor(const struct store *store);
/* Calls heard for each piece of news that has come, without waiting; with an empty topic
 * when the server was away: any news may have been lost, look at the tables. */
RQ_MUST_USE enum rq_err store_news(struct store *store, void *listener,
				   void (*heard)(void *listener, struct bytes topic,
						 struct bytes text),
				   struct rq_diag *diag);

/* ---- backup ---- */

/*
 * Writes every row of one moment, beside whoever changes, to a new file: its form is the
 * same for both stores, so that a centre can move from one to the other
 * (docs/backup-format.md).  Ends with a digest over all of it.  The file is on the disk
 * when this returns, or not there; one that is there already is RQ_ERR_USAGE.
 */
RQ_MUST_USE enum rq_err store_backup(struct store *store, const char *path,
				     struct rq_diag *diag);
/*
 * Fills a store that has no tables yet (store_migrate was not called) from path; a backup
 * of an earlier program is brought to the newest state.  Refuses a file that is cut,
 * changed or of a later program (RQ_ERR_FORMAT, RQ_ERR_UNSUPPORTED), and a store with
 * tables (RQ_ERR_USAGE): then the store is as it was.
 */
RQ_MUST_USE enum rq_err store_restore(struct store *store, const char *path,
				      struct rq_diag *diag);

/* The store's own integrity: pages, indices, rows that point nowhere.  RQ_ERR_FORMAT:
 * damaged. */
RQ_MUST_USE enum rq_err store_check(struct store *store, struct rq_diag *diag);

#endif
