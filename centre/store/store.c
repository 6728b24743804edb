#include "centre/store/store.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "centre/store/store_driver.h"

#include <string.h>

enum rq_err store_open(const char *where, struct store **store_out,
		       struct rq_diag *diag)
{
	*store_out = NULL;
	if (strncmp(where, "postgres://", 11) == 0 ||
	    strncmp(where, "postgresql://", 13) == 0)
		return store_postgres_open(where, store_out, diag);
	return store_sqlite_open(where, store_out, diag);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_rollback(store);
	store->driver->close(store);
}

/* ---- what may come when ---- */

/* The two stores differ in what a failed statement leaves behind: SQLite goes on,
 * PostgreSQL refuses the rest.  Here both refuse. */
static enum rq_err settle(struct store *store, enum rq_err err)
{
	if (err != RQ_OK && store->state != STORE_IDLE && store->broken == RQ_OK)
		store->broken = err;
	return err;
}

static enum rq_err may_run(const struct store *store, struct rq_diag *diag)
{
	if (store->broken != RQ_OK)
		return rq_fail(diag, store->broken, NULL,
			       "an earlier statement of this transaction failed");
	if (store->in_bulk)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "a bulk is open");
	return RQ_OK;
}

static enum rq_err may_change(const struct store *store, struct rq_diag *diag)
{
	if (store->state != STORE_CHANGING)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "no change was begun");
	return may_run(store, diag);
}

static enum rq_err check_value(const struct store_value *value, struct rq_diag *diag)
{
	if (value->kind != STORE_TEXT && value->kind != STORE_BYTES)
		return RQ_OK;
	if (value->bytes.n > CAP_STORE_VALUE)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL,
			       "a value of more than %u bytes", CAP_STORE_VALUE);
	if (value->kind == STORE_BYTES || value->bytes.n == 0)
		return RQ_OK;
	if (memchr(value->bytes.at, 0, value->bytes.n) != NULL)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "a text with a zero byte");
	if (!utf8_valid(value->bytes))
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "a text that is not UTF-8");
	return RQ_OK;
}

static enum rq_err check_values(const struct store_value *values, size_t n,
				struct rq_diag *diag)
{
	if (n > STORE_VALUES_MAX)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "%zu values", n);
	for (size_t i = 0; i < n; i++) {
		enum rq_err err = check_value(&values[i], diag);

		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}

/* ---- transactions ---- */

static enum rq_err begin(struct store *store, bool reading, struct rq_diag *diag)
{
	enum rq_err err;

	if (store->state != STORE_IDLE)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "a transaction is open");
	err = store->driver->begin(store, reading, diag);
	if (err != RQ_OK)
		return err;
	store->state = reading ? STORE_READING : STORE_CHANGING;
	store->broken = RQ_OK;
	store->n_parts = 0;
	return RQ_OK;
}

enum rq_err store_begin(struct store *store, struct rq_diag *diag)
{
	return begin(store, false, diag);
}

enum rq_err store_begin_reading(struct store *store, struct rq_diag *diag)
{
	return begin(store, true, diag);
}

enum rq_err store_commit(struct store *store, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (store->state == STORE_IDLE || store->n_parts > 0)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      store->n_parts > 0 ? "a part is open"
						 : "no transaction is open");
	if (err == RQ_OK)
		err = may_run(store, diag);
	if (err == RQ_OK)
		err = store->driver->commit(store, diag);
	if (err != RQ_OK)
		return settle(store, err);
	store->state = STORE_IDLE;
	return RQ_OK;
}

void store_rollback(struct store *store)
{
	if (store->state == STORE_IDLE)
		return;
	if (store->in_bulk)
		(void)store->driver->bulk_end(store, false, NULL);
	store->in_bulk = false;
	store->driver->rollback(store);
	store->state = STORE_IDLE;
	store->broken = RQ_OK;
	store->n_parts = 0;
}

/* The innermost of a name is meant, so that one name serves all. */
const char *const store_part_sql[] = {
    [STORE_PART_BEGIN] = "SAVEPOINT part",
    [STORE_PART_KEEP] = "RELEASE SAVEPOINT part",
    [STORE_PART_UNDO] = "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part",
};

enum rq_err store_part_begin(struct store *store, struct rq_diag *diag)
{
	enum rq_err err = may_change(store, diag);

	if (err == RQ_OK && store->n_parts == STORE_PARTS_MAX)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "too many parts in parts");
	if (err == RQ_OK)
		err = store->driver->part(store, STORE_PART_BEGIN, diag);
	if (err == RQ_OK)
		store->n_parts++;
	return settle(store, err);
}

enum rq_err store_part_keep(struct store *store, struct rq_diag *diag)
{
	enum rq_err err = may_change(store, diag);

	if (err == RQ_OK && store->n_parts == 0)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "no part is open");
	if (err == RQ_OK)
		err = store->driver->part(store, STORE_PART_KEEP, diag);
	if (err == RQ_OK)
		store->n_parts--;
	return settle(store, err);
}

void store_part_undo(struct store *store)
{
	enum rq_err err;

	if (store->n_parts == 0)
		return;
	if (store->in_bulk)
		(void)store->driver->bulk_end(store, false, NULL);
	store->in_bulk = false;
	err = store->driver->part(store, STORE_PART_UNDO, NULL);
	store->n_parts--;
	if (err == RQ_OK)
		store->broken = RQ_OK;
	else
		(void)settle(store, err); /* the whole is lost: commit says so */
}

/* ---- statements ---- */

static enum rq_err run(struct store *store, const struct store_question *question,
		       uint64_t *n_changed_out, struct rq_diag *diag)
{
	enum rq_err err = may_change(store, diag);
	uint64_t n_changed = 0;

	if (err == RQ_OK)
		err = check_values(question->values, question->n_values, diag);
	if (err == RQ_OK)
		err = store->driver->run(store, question, &n_changed, diag);
	if (n_changed_out != NULL)
		*n_changed_out = err == RQ_OK ? n_changed : 0;
	return settle(store, err);
}

enum rq_err store_run(struct store *store, const char *sql,
		      const struct store_value *values, size_t n_values,
		      uint64_t *n_changed_out, struct rq_diag *diag)
{
	struct store_question question = {sql, values, n_values, true};

	return run(store, &question, n_changed_out, diag);
}

enum rq_err store_run_once(struct store *store, const char *sql, struct rq_diag *diag)
{
	struct store_question question = {sql, NULL, 0, false};

	return run(store, &question, NULL, diag);
}

enum rq_err store_ask(struct store *store, const char *sql,
		      const struct store_value *values, size_t n_values,
		      struct store_rows **rows_out, struct rq_diag *diag)
{
	struct store_question question = {sql, values, n_values, true};
	enum rq_err err = may_run(store, diag);

	*rows_out = NULL;
	if (err == RQ_OK)
		err = check_values(values, n_values, diag);
	if (err == RQ_OK)
		err = store->driver->ask(store, &question, rows_out, diag);
	return settle(store, err);
}

enum rq_err store_walk(struct store *store, const char *sql,
		       struct store_rows **rows_out, struct rq_diag *diag)
{
	enum rq_err err = may_run(store, diag);

	*rows_out = NULL;
	if (err == RQ_OK)
		err = store->driver->walk(store, sql, rows_out, diag);
	return settle(store, err);
}

enum rq_err rows_next(struct store_rows *rows, struct rq_diag *diag)
{
	struct store *store = rows->store;
	enum rq_err err = store->driver->next(rows, diag);

	return err == RQ_ERR_NOT_FOUND ? err : settle(store, err);
}

int64_t rows_number(const struct store_rows *rows, size_t column)
{
	return column < rows->n_columns ? rows->values[column].number : 0;
}

struct bytes rows_bytes(const struct store_rows *rows, size_t column)
{
	return column < rows->n_columns ? rows->values[column].bytes
					: (struct bytes){NULL, 0};
}

bool rows_is_null(const struct store_rows *rows, size_t column)
{
	return column >= rows->n_columns || rows->values[column].kind == STORE_NULL;
}

void rows_free(struct store_rows *rows)
{
	if (rows != NULL)
		rows->store->driver->free(rows);
}

enum rq_err store_ask_number(struct store *store, const char *sql,
			     const struct store_value *values, size_t n_values,
			     int64_t *number_out, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, sql, values, n_values, &rows, diag);

	*number_out = 0;
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*number_out = rows_number(rows, 0);
	rows_free(rows);
	return err;
}

enum rq_err store_ids(struct store *store, uint32_t n, int64_t *first_out,
		      struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(n)};
	enum rq_err err = may_change(store, diag);

	*first_out = 0;
	if (err != RQ_OK)
		return err;
	err = store_ask_number(
	    store, "UPDATE store_id SET next = next + $1 RETURNING next - $1", values,
	    1, first_out, diag);
	return err == RQ_ERR_NOT_FOUND
		   ? settle(store, rq_fail(diag, RQ_ERR_FORMAT, "store_id", "no row"))
		   : err;
}

enum rq_err store_id(struct store *store, int64_t *id_out, struct rq_diag *diag)
{
	return store_ids(store, 1, id_out, diag);
}

/* ---- many rows at once ---- */

struct store_bulk {
	struct store *store;
	const struct store_bulk_into *into;
};

enum rq_err store_bulk_begin(struct store *store, const struct store_bulk_into *into,
			     struct store_bulk **bulk_out, struct rq_diag *diag)
{
	enum rq_err err = may_change(store, diag);
	struct store_bulk *bulk;

	*bulk_out = NULL;
	if (err != RQ_OK)
		return settle(store, err);
	bulk = alloc_array(1, sizeof *bulk);
	if (bulk == NULL)
		return settle(store,
			      rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory"));
	*bulk = (struct store_bulk){store, into};
	err = store->driver->bulk_begin(store, into, diag);
	if (err != RQ_OK) {
		alloc_free(bulk);
		return settle(store, err);
	}
	store->in_bulk = true;
	*bulk_out = bulk; /* transferred */
	return RQ_OK;
}

static enum rq_err check_kinds(const struct store_bulk_into *into,
			       const struct store_value *values, struct rq_diag *diag)
{
	for (size_t i = 0; i < into->n_columns; i++)
		if (values[i].kind != STORE_NULL && values[i].kind != into->kinds[i])
			return rq_fail(diag, RQ_ERR_USAGE, into->table,
				       "a value of another kind in column %s",
				       into->columns[i]);
	return check_values(values, into->n_columns, diag);
}

enum rq_err store_bulk_row(struct store_bulk *bulk, const struct store_value *values,
			   struct rq_diag *diag)
{
	struct store *store = bulk->store;
	enum rq_err err = store->broken;

	if (err != RQ_OK || !store->in_bulk)
		return rq_fail(diag, err != RQ_OK ? err : RQ_ERR_USAGE, NULL,
			       "this bulk has failed");
	err = check_kinds(bulk->into, values, diag);
	if (err == RQ_OK)
		err =
		    store->driver->bulk_row(store, values, bulk->into->n_columns, diag);
	return settle(store, err);
}

enum rq_err store_bulk_end(struct store_bulk *bulk, struct rq_diag *diag)
{
	struct store *store = bulk->store;
	enum rq_err broken = store->broken, err = RQ_OK;

	if (store->in_bulk)
		err = store->driver->bulk_end(store, broken == RQ_OK, diag);
	else
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "the bulk was taken back");
	store->in_bulk = false;
	alloc_free(bulk);
	if (broken != RQ_OK)
		return rq_fail(diag, broken, NULL, "a row of the bulk failed");
	return settle(store, err);
}

/* ---- between processes ---- */

enum rq_err store_tell(struct store *store, const char *topic, struct bytes text,
		       struct rq_diag *diag)
{
	const struct store_value value = store_text(text);
	enum rq_err err = may_change(store, diag);

	if (err == RQ_OK && (text.n > STORE_NEWS_MAX || strchr(topic, '\n') != NULL))
		err = rq_fail(diag, RQ_ERR_USAGE, topic, "news that is too long");
	if (err == RQ_OK)
		err = check_value(&value, diag);
	if (err == RQ_OK)
		err = store->driver->tell(store, bytes_of(topic), text, diag);
	return settle(store, err);
}

int store_news_descriptor(const struct store *store)
{
	return store->driver->news_descriptor(store);
}

enum rq_err store_news(struct store *store, void *listener,
		       void (*heard)(void *listener, struct bytes topic,
				     struct bytes text),
		       struct rq_diag *diag)
{
	return store->driver->news(store, listener, heard, diag);
}

enum rq_err store_check(struct store *store, struct rq_diag *diag)
{
	enum rq_err err = store_begin_reading(store, diag);

	if (err == RQ_OK)
		err = store->driver->check(store, diag);
	store_rollback(store);
	return err;
}
