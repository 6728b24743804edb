#include "centre/store/store_driver.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "os/file.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUSY_MS = 5000,
	NEWS_MAX = 4096, /* waiting for a process that does not ask for it */
};

/* A statement of the program, found by the address of its text. */
struct kept {
	const char *sql;
	sqlite3_stmt *statement;
	bool busy; /* somebody reads its rows */
};

struct news {
	struct bytes topic, text; /* one allocation behind this */
};

struct sqlite_store {
	struct store store;
	sqlite3 *db;
	struct kept *kept;
	size_t n_kept, kept_capacity;
	sqlite3_stmt *bulk;
	/* those behind n_told wait for the commit; told_at: where each part began */
	struct news **news;
	size_t n_news, news_capacity, n_told;
	size_t told_at[STORE_PARTS_MAX];
};

struct sqlite_rows {
	struct store_rows rows;
	sqlite3_stmt *statement;
	size_t kept;  /* which of the store's, or SIZE_MAX: its own */
	bool waiting; /* the current row was not handed out yet */
	bool exhausted;
};

static struct sqlite_store *of(struct store *store)
{
	return (struct sqlite_store *)store;
}

/* ---- errors ---- */

static enum rq_err kind_of(sqlite3 *db, int code)
{
	int system = sqlite3_system_errno(db);

	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return code == SQLITE_CONSTRAINT_DATATYPE ? RQ_ERR_USAGE
							  : RQ_ERR_CONFLICT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return RQ_ERR_RETRY;
	case SQLITE_FULL: return RQ_ERR_FULL;
	case SQLITE_NOMEM: return RQ_ERR_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return RQ_ERR_FORMAT;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY: return RQ_ERR_ACCESS;
	case SQLITE_INTERRUPT: return RQ_ERR_STOPPED;
	case SQLITE_TOOBIG: return RQ_ERR_LIMIT;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE: return RQ_ERR_USAGE;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		/* its index of the WAL cannot grow: not called full by SQLite */
		return system == ENOSPC || system == EDQUOT ? RQ_ERR_FULL
							    : RQ_ERR_SYSTEM;
	}
	return RQ_ERR_SYSTEM;
}

static enum rq_err refuse(struct sqlite_store *s, int code, const char *sql,
			  struct rq_diag *diag)
{
	return rq_fail(diag, kind_of(s->db, code), sql, "%s", sqlite3_errmsg(s->db));
}

static enum rq_err no_memory(struct rq_diag *diag)
{
	rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	return RQ_ERR_MEMORY;
}

static enum rq_err execute(struct store *store, const char *text, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? RQ_OK : refuse(s, code, text, diag);
}

/* ---- statements ---- */

static enum rq_err prepare(struct sqlite_store *s, const char *sql, bool kept,
			   sqlite3_stmt **statement_out, struct rq_diag *diag)
{
	const char *rest = NULL;
	int code = sqlite3_prepare_v3(
	    s->db, sql, -1, kept ? SQLITE_PREPARE_PERSISTENT : 0, statement_out, &rest);

	if (code != SQLITE_OK)
		return refuse(s, code, sql, diag);
	if (*statement_out != NULL && rest[strspn(rest, " \t\n;")] == 0)
		return RQ_OK;
	sqlite3_finalize(*statement_out);
	*statement_out = NULL;
	return rq_fail(diag, RQ_ERR_USAGE, sql, "not one statement");
}

/* *at_out: its place among the kept, or SIZE_MAX when the caller is to finalise it. */
static enum rq_err statement_of(struct sqlite_store *s,
				const struct store_question *question,
				sqlite3_stmt **statement_out, size_t *at_out,
				struct rq_diag *diag)
{
	enum rq_err err;
	size_t i = 0;

	*statement_out = NULL;
	*at_out = SIZE_MAX;
	while (i < s->n_kept && s->kept[i].sql != question->sql)
		i++;
	if (question->kept && i < s->n_kept && !s->kept[i].busy) {
		*statement_out = s->kept[i].statement;
		*at_out = i;
		return RQ_OK;
	}
	err = prepare(s, question->sql, question->kept, statement_out, diag);
	if (err != RQ_OK || !question->kept || i < s->n_kept)
		return err;
	if (!alloc_grow((void **)&s->kept, &s->kept_capacity, s->n_kept + 1,
			sizeof *s->kept)) {
		sqlite3_finalize(*statement_out);
		*statement_out = NULL;
		return no_memory(diag);
	}
	s->kept[s->n_kept] = (struct kept){question->sql, *statement_out, false};
	*at_out = s->n_kept++;
	return RQ_OK;
}

/* Makes a statement ready for its next run, or ends it. */
static void release(struct sqlite_store *s, sqlite3_stmt *statement, size_t at)
{
	if (at == SIZE_MAX) {
		sqlite3_finalize(statement);
		return;
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	s->kept[at].busy = false;
}

static int bind_value(sqlite3_stmt *statement, int at, const struct store_value *value,
		      sqlite3_destructor_type lifetime)
{
	/* NULL would bind a null where an empty value is meant */
	const void *bytes = value->bytes.n > 0 ? (const void *)value->bytes.at : "";

	switch (value->kind) {
	case STORE_NULL: break;
	case STORE_NUMBER: return sqlite3_bind_int64(statement, at, value->number);
	case STORE_TEXT:
		return sqlite3_bind_text64(statement, at, bytes, value->bytes.n,
					   lifetime, SQLITE_UTF8);
	case STORE_BYTES:
		return sqlite3_bind_blob64(statement, at, bytes, value->bytes.n,
					   lifetime);
	}
	return sqlite3_bind_null(statement, at);
}

/* SQLite numbers $1, $2 by where they stand first in the text: the name says which value
 * is meant. */
static enum rq_err bind_all(struct sqlite_store *s, sqlite3_stmt *statement,
			    const struct store_question *question,
			    sqlite3_destructor_type lifetime, struct rq_diag *diag)
{
	int n = sqlite3_bind_parameter_count(statement);

	if ((size_t)n != question->n_values)
		return rq_fail(diag, RQ_ERR_USAGE, question->sql,
			       "%zu values for %d parameters", question->n_values, n);
	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);
		unsigned long which =
		    name != NULL && name[0] == '$' ? strtoul(name + 1, NULL, 10) : 0;
		int code;

		if (which < 1 || which > question->n_values)
			return rq_fail(diag, RQ_ERR_USAGE, question->sql,
				       "parameters are not $1 to $%zu",
				       question->n_values);
		code = bind_value(statement, i, &question->values[which - 1], lifetime);
		if (code != SQLITE_OK)
			return refuse(s, code, question->sql, diag);
	}
	return RQ_OK;
}

static enum rq_err run(struct store *store, const struct store_question *question,
		       uint64_t *n_changed_out, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	sqlite3_stmt *statement;
	size_t at;
	enum rq_err err = statement_of(s, question, &statement, &at, diag);

	if (err != RQ_OK)
		return err;
	err = bind_all(s, statement, question, SQLITE_STATIC, diag);
	if (err == RQ_OK && sqlite3_column_count(statement) > 0)
		err = rq_fail(diag, RQ_ERR_USAGE, question->sql, "it returns rows");
	if (err == RQ_OK) {
		int code = sqlite3_step(statement);

		if (code != SQLITE_DONE)
			err = refuse(s, code, question->sql, diag);
		else
			*n_changed_out = (uint64_t)sqlite3_changes64(s->db);
	}
	release(s, statement, at);
	return err;
}

/* ---- rows ---- */

static struct store_value value_of(sqlite3_stmt *statement, int column)
{
	const void *at;

	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		return store_number(sqlite3_column_int64(statement, column));
	case SQLITE_TEXT:
		at = sqlite3_column_text(statement, column);
		return store_text((struct bytes){
		    at, (size_t)sqlite3_column_bytes(statement, column)});
	case SQLITE_BLOB:
		at = sqlite3_column_blob(statement, column);
		return store_bytes((struct bytes){
		    at, (size_t)sqlite3_column_bytes(statement, column)});
	}
	return store_null();
}

static enum rq_err step(struct sqlite_rows *r, struct rq_diag *diag)
{
	struct sqlite_store *s = of(r->rows.store);
	int code = sqlite3_step(r->statement);

	r->waiting = code == SQLITE_ROW;
	r->exhausted = !r->waiting;
	if (code == SQLITE_DONE)
		return RQ_OK;
	if (code != SQLITE_ROW)
		return refuse(s, code, sqlite3_sql(r->statement), diag);
	for (size_t i = 0; i < r->rows.n_columns; i++) {
		r->rows.values[i] = value_of(r->statement, (int)i);
		if (sqlite3_column_type(r->statement, (int)i) == SQLITE_FLOAT)
			return rq_fail(diag, RQ_ERR_USAGE, sqlite3_sql(r->statement),
				       "column %zu is no number, text or bytes", i);
	}
	/* a conversion that found no memory looks like an empty value */
	if (sqlite3_errcode(s->db) == SQLITE_NOMEM)
		return no_memory(diag);
	return RQ_OK;
}

static void free_rows(struct store_rows *rows)
{
	struct sqlite_rows *r = (struct sqlite_rows *)rows;

	release(of(rows->store), r->statement, r->kept);
	alloc_free(rows->values);
	alloc_free(r);
}

static enum rq_err ask(struct store *store, const struct store_question *question,
		       struct store_rows **rows_out, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	struct sqlite_rows *r = alloc_array(1, sizeof *r);
	enum rq_err err;

	if (r == NULL)
		return no_memory(diag);
	r->rows.store = store;
	err = statement_of(s, question, &r->statement, &r->kept, diag);
	if (err != RQ_OK) {
		alloc_free(r);
		return err;
	}
	if (r->kept != SIZE_MAX)
		s->kept[r->kept].busy = true;
	r->rows.n_columns = (size_t)sqlite3_column_count(r->statement);
	r->rows.values = alloc_array(r->rows.n_columns + 1, sizeof *r->rows.values);
	if (r->rows.values == NULL)
		err = no_memory(diag);
	else if (r->rows.n_columns == 0)
		err = rq_fail(diag, RQ_ERR_USAGE, question->sql, "it returns no rows");
	else if (store->state != STORE_CHANGING && !sqlite3_stmt_readonly(r->statement))
		err = rq_fail(diag, RQ_ERR_USAGE, question->sql, "no change was begun");
	else
		err = bind_all(s, r->statement, question, SQLITE_TRANSIENT, diag);
	if (err == RQ_OK)
		err = step(r, diag); /* now: a change with RETURNING must be made */
	if (err != RQ_OK) {
		free_rows(&r->rows);
		return err;
	}
	*rows_out = &r->rows; /* transferred */
	return RQ_OK;
}

static enum rq_err next(struct store_rows *rows, struct rq_diag *diag)
{
	struct sqlite_rows *r = (struct sqlite_rows *)rows;
	enum rq_err err = RQ_OK;

	if (!r->waiting && !r->exhausted)
		err = step(r, diag);
	if (err != RQ_OK)
		return err;
	if (r->exhausted)
		return RQ_ERR_NOT_FOUND;
	r->waiting = false;
	return RQ_OK;
}

static enum rq_err walk(struct store *store, const char *sql,
			struct store_rows **rows_out, struct rq_diag *diag)
{
	struct store_question question = {sql, NULL, 0, false};

	return ask(store, &question, rows_out, diag);
}

/* ---- news: within this process ---- */

static void forget_news(struct sqlite_store *s, size_t from)
{
	for (size_t i = from; i < s->n_news; i++)
		alloc_free(s->news[i]);
	s->n_news = from;
}

static enum rq_err tell(struct store *store, struct bytes topic, struct bytes text,
			struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	struct news *news;
	uint8_t *copy;

	if (s->n_news == NEWS_MAX)
		return RQ_OK; /* nobody listens here */
	news = alloc_array(1, sizeof *news + topic.n + text.n);
	if (news == NULL || !alloc_grow((void **)&s->news, &s->news_capacity,
					s->n_news + 1, sizeof(struct news *))) {
		alloc_free(news);
		return no_memory(diag);
	}
	copy = (uint8_t *)(news + 1);
	memcpy(copy, topic.at, topic.n);
	if (text.n > 0)
		memcpy(copy + topic.n, text.at, text.n);
	*news = (struct news){{copy, topic.n}, {copy + topic.n, text.n}};
	s->news[s->n_news++] = news; /* transferred */
	return RQ_OK;
}

static int news_descriptor(const struct store *store)
{
	(void)store;
	return -1;
}

static enum rq_err news(struct store *store, void *listener,
			void (*heard)(void *listener, struct bytes topic,
				      struct bytes text),
			struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	size_t n = s->n_told;

	(void)diag;
	if (n == 0)
		return RQ_OK;
	for (size_t i = 0; i < n; i++)
		heard(listener, s->news[i]->topic, s->news[i]->text);
	for (size_t i = 0; i < n; i++)
		alloc_free(s->news[i]);
	memmove(s->news, s->news + n, (s->n_news - n) * sizeof *s->news);
	s->n_news -= n;
	s->n_told -= n;
	return RQ_OK;
}

/* ---- transactions ---- */

static enum rq_err begin(struct store *store, bool reading, struct rq_diag *diag)
{
	enum rq_err err;

	if (!reading)
		return execute(store, "BEGIN IMMEDIATE", diag);
	/* the moment is that of the first look */
	err = execute(store, "BEGIN; SELECT count(*) FROM sqlite_schema", diag);
	if (err != RQ_OK && !sqlite3_get_autocommit(of(store)->db))
		(void)execute(store, "ROLLBACK", NULL);
	return err;
}

static enum rq_err commit(struct store *store, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	enum rq_err err = execute(store, "COMMIT", diag);

	if (err == RQ_OK)
		s->n_told = s->n_news;
	return err;
}

static void rollback(struct store *store)
{
	struct sqlite_store *s = of(store);

	/* a full disk may have ended it already */
	if (!sqlite3_get_autocommit(s->db))
		(void)execute(store, "ROLLBACK", NULL);
	forget_news(s, s->n_told);
}

static enum rq_err part(struct store *store, enum store_part step, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	enum rq_err err = execute(store, store_part_sql[step], diag);

	if (err == RQ_OK && step == STORE_PART_BEGIN)
		s->told_at[store->n_parts] = s->n_news;
	if (step == STORE_PART_UNDO)
		forget_news(s, s->told_at[store->n_parts - 1]);
	return err;
}

/* ---- many rows ---- */

static enum rq_err bulk_begin(struct store *store, const struct store_bulk_into *into,
			      struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	struct buffer sql = {0};
	enum rq_err err;

	buffer_format(&sql, "INSERT INTO \"%s\" (", into->table);
	for (size_t i = 0; i < into->n_columns; i++)
		buffer_format(&sql, "%s\"%s\"", i > 0 ? "," : "", into->columns[i]);
	buffer_text(&sql, ") VALUES (");
	for (size_t i = 0; i < into->n_columns; i++)
		buffer_format(&sql, "%s$%zu", i > 0 ? "," : "", i + 1);
	buffer_put(&sql, ")", 2);
	err = buffer_ok(&sql) ? prepare(s, (char *)sql.data, false, &s->bulk, diag)
			      : no_memory(diag);
	buffer_free(&sql);
	return err;
}

static enum rq_err bulk_row(struct store *store, const struct store_value *values,
			    size_t n_values, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);
	int code = SQLITE_OK;

	for (size_t i = 0; i < n_values && code == SQLITE_OK; i++)
		code = bind_value(s->bulk, (int)i + 1, &values[i], SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s->bulk);
	if (code != SQLITE_DONE)
		return refuse(s, code, sqlite3_sql(s->bulk), diag);
	sqlite3_reset(s->bulk);
	return RQ_OK;
}

static enum rq_err bulk_end(struct store *store, bool keep, struct rq_diag *diag)
{
	struct sqlite_store *s = of(store);

	(void)keep;
	(void)diag;
	sqlite3_finalize(s->bulk);
	s->bulk = NULL;
	return RQ_OK;
}

/* ---- check ---- */

/* The text of the one column of one row, if there is one. */
static enum rq_err ask_text(struct store *store, const char *sql, char *out,
			    size_t size, struct rq_diag *diag)
{
	struct store_question question = {sql, NULL, 0, false};
	struct store_rows *rows = NULL;
	enum rq_err err = ask(store, &question, &rows, diag);

	if (err == RQ_OK)
		err = next(rows, diag);
	if (err == RQ_OK)
		snprintf(out, size, "%.*s", (int)rows->values[0].bytes.n,
			 (const char *)rows->values[0].bytes.at);
	if (rows != NULL)
		free_rows(rows);
	return err;
}

static enum rq_err check_keys(struct store *store, enum rq_err wrong,
			      struct rq_diag *diag)
{
	char pair[160];
	enum rq_err err =
	    ask_text(store,
		     "SELECT \"table\" || ' points to no row of ' || parent "
		     "FROM pragma_foreign_key_check LIMIT 1",
		     pair, sizeof pair, diag);

	if (err == RQ_OK)
		return rq_fail(diag, wrong, NULL, "%s", pair);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err defer_keys(struct store *store, bool later, struct rq_diag *diag)
{
	if (later) /* until the commit */
		return execute(store, "PRAGMA defer_foreign_keys=ON", diag);
	return check_keys(store, RQ_ERR_CONFLICT, diag);
}

static enum rq_err check(struct store *store, struct rq_diag *diag)
{
	char verdict[256] = "";
	enum rq_err err =
	    ask_text(store, "PRAGMA integrity_check(1)", verdict, sizeof verdict, diag);

	if (err == RQ_OK && strcmp(verdict, "ok") != 0)
		err = rq_fail(diag, RQ_ERR_FORMAT, NULL, "%s", verdict);
	return err == RQ_OK ? check_keys(store, RQ_ERR_FORMAT, diag) : err;
}

/* ---- open, close ---- */

static void close_store(struct store *store)
{
	struct sqlite_store *s = of(store);

	for (size_t i = 0; i < s->n_kept; i++)
		sqlite3_finalize(s->kept[i].statement);
	forget_news(s, 0);
	alloc_free(s->kept);
	alloc_free(s->news);
	sqlite3_close(s->db);
	alloc_free(s);
}

/* STRICT tables hold what their columns say, as PostgreSQL's do; they know these words. */
static const struct store_word words[] = {
    {"BIGINT", "INTEGER"}, {"BYTEA", "BLOB"}, {NULL, NULL}};

static const struct store_driver driver = {
    close_store,
    begin,
    commit,
    rollback,
    part,
    execute,
    run,
    ask,
    next,
    free_rows,
    walk,
    bulk_begin,
    bulk_row,
    bulk_end,
    tell,
    news_descriptor,
    news,
    defer_keys,
    check,
    .tables_sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
		  "name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
    .columns_sql = "SELECT name, CASE type WHEN 'INTEGER' THEN 1 WHEN 'TEXT' THEN 2 "
		   "WHEN 'BLOB' THEN 3 ELSE 0 END, pk FROM pragma_table_info($1) "
		   "ORDER BY cid",
    .words = words,
    .table_suffix = " STRICT"};

/* For the owner alone: SQLite would ask the umask.  A file that is there is not opened
 * here, since closing it would drop the locks of another store of this process. */
static enum rq_err make_file(const char *path, struct rq_diag *diag)
{
	struct file_info info;
	struct file file;
	enum rq_err err = file_stat_path(path, false, &info, NULL);

	if (err == RQ_OK && info.kind != FILE_REGULAR)
		return rq_fail(diag, RQ_ERR_ACCESS, path, "not a file");
	if (err != RQ_ERR_NOT_FOUND)
		return err;
	err = file_open_append(path, &file, NULL, diag);
	if (err == RQ_OK)
		file_close(&file);
	return err;
}

/*
 * FULL: a commit is on the disk when it returns.  A cell that does not fit its page is
 * found when it is read.  The WAL is written back every 16 MB: with the usual 4 a busy
 * centre would write its pages again and again.
 */
static const char settings[] = "PRAGMA journal_mode=WAL;"
			       "PRAGMA synchronous=FULL;"
			       "PRAGMA foreign_keys=ON;"
			       "PRAGMA cell_size_check=ON;"
			       "PRAGMA trusted_schema=OFF;"
			       "PRAGMA wal_autocheckpoint=4096;"
			       "PRAGMA journal_size_limit=67108864;"
			       "PRAGMA cache_size=-32768";

enum rq_err store_sqlite_open(const char *path, struct store **store_out,
			      struct rq_diag *diag)
{
	struct sqlite_store *s = NULL;
	int code;
	enum rq_err err = RQ_OK;

	*store_out = NULL;
	if (strcmp(path, ":memory:") != 0)
		err = make_file(path, diag);
	if (err != RQ_OK)
		return err;
	s = alloc_array(1, sizeof *s);
	if (s == NULL)
		return no_memory(diag);
	s->store.driver = &driver;
	code = sqlite3_open_v2(path, &s->db,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				   SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
			       NULL);
	if (code != SQLITE_OK) {
		err = s->db != NULL ? refuse(s, code, path, diag) : no_memory(diag);
		goto out;
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	err = execute(&s->store, settings, diag);
	if (err != RQ_OK)
		goto out;
	*store_out = &s->store;
	s = NULL; /* transferred */
out:
	if (s != NULL)
		close_store(&s->store);
	return err;
}
