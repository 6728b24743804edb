#include "centre/store/store_postgres.h"

#include "bytes/alloc.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* Of advisory locks in this database: who holds it changes. */
#define CHANGE_LOCK "8246105473221"

enum { OLDEST_SERVER = 130000, FATE_QUESTIONS = 50 };

/* ---- errors: by SQLSTATE, PostgreSQL 15 appendix A ---- */

static const struct {
	const char *start; /* of the five characters */
	enum rq_err err;
} states[] = {
    {"08", RQ_ERR_RETRY},     /* connection */
    {"21", RQ_ERR_USAGE},     /* cardinality */
    {"22", RQ_ERR_USAGE},     /* data */
    {"23", RQ_ERR_CONFLICT},  /* a rule of the tables */
    {"25P03", RQ_ERR_RETRY},  /* idle for too long inside a change */
    {"25", RQ_ERR_USAGE},     /* state of the transaction: a change while reading */
    {"28", RQ_ERR_ACCESS},    /* who we are */
    {"3D", RQ_ERR_NOT_FOUND}, /* no such database */
    {"40", RQ_ERR_RETRY},     /* rolled back by the server: conflict, deadlock */
    {"42501", RQ_ERR_ACCESS}, {"42", RQ_ERR_USAGE}, /* syntax, names, types */
    {"53100", RQ_ERR_FULL},   {"53200", RQ_ERR_MEMORY},
    {"53300", RQ_ERR_RETRY},                           /* too many connections */
    {"54", RQ_ERR_LIMIT},     {"55P03", RQ_ERR_RETRY}, /* a lock did not come in time */
    {"57014", RQ_ERR_RETRY},                           /* cancelled */
    {"57P", RQ_ERR_RETRY},    /* the server goes down or comes up */
    {"XX001", RQ_ERR_FORMAT}, /* a damaged page or index */
    {"XX002", RQ_ERR_FORMAT},
};

static enum rq_err kind_of(const char *state)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strncmp(state, states[i].start, strlen(states[i].start)) == 0)
			return states[i].err;
	return RQ_ERR_SYSTEM;
}

/* libpq sees a connection as sound for one answer more than it lasts, and gives no state
 * to what it found out itself. */
static bool tells_of_loss(const struct postgres_store *p, const char *state)
{
	static const char *const last_words[] = {"08", "25P03", "57P"};

	if (state == NULL || PQstatus(p->connection) != CONNECTION_OK)
		return true;
	for (size_t i = 0; i < sizeof last_words / sizeof *last_words; i++)
		if (strncmp(state, last_words[i], strlen(last_words[i])) == 0)
			return true;
	return false;
}

enum rq_err postgres_refuse(struct postgres_store *p, const PGresult *result,
			    const char *sql, struct rq_diag *diag)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char line[256];

	p->lost = p->lost || tells_of_loss(p, state);
	snprintf(line, sizeof line, "%s",
		 text != NULL ? text : PQerrorMessage(p->connection));
	line[strcspn(line, "\n")] = 0;
	return rq_fail(diag, p->lost ? RQ_ERR_RETRY : kind_of(state), sql, "%s", line);
}

static enum rq_err no_memory(struct rq_diag *diag)
{
	rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	return RQ_ERR_MEMORY;
}

enum rq_err postgres_execute(struct store *store, const char *text,
			     struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	PGresult *result = PQexec(p->connection, text);
	enum rq_err err = RQ_OK;

	if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	    PQresultStatus(result) != PGRES_TUPLES_OK)
		err = postgres_refuse(p, result, text, diag);
	PQclear(result);
	return err;
}

/* ---- connection ---- */

static void say_nothing(void *listener, const char *message)
{
	(void)listener;
	(void)message;
}

/*
 * What is not a change cannot write.  A process that holds the lock of changes and has
 * stopped, or was cut off, loses it: the others must go on.  Whoever set
 * synchronous_commit off would lose what was acknowledged; what waits for a standby stays.
 */
static const char settings[] =
    "SET default_transaction_read_only = on;"
    "SET lock_timeout = '5s';"
    "SET idle_in_transaction_session_timeout = '60s';"
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local');"
    "LISTEN raquet_news";

static enum rq_err check_server(struct postgres_store *p, struct rq_diag *diag)
{
	const char *encoding = PQparameterStatus(p->connection, "server_encoding");

	if (PQserverVersion(p->connection) < OLDEST_SERVER)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, PQhost(p->connection),
			       "PostgreSQL is older than 13");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, PQdb(p->connection),
			       "the database is not UTF-8: make it with "
			       "createdb --template=template0 --encoding=UTF8");
	return RQ_OK;
}

static void disconnect(struct postgres_store *p)
{
	PQfinish(p->connection);
	p->connection = NULL;
	p->lost = true;
	postgres_forget_prepared(p);
}

/* what where says comes last and so wins */
static enum rq_err connect(struct postgres_store *p, struct rq_diag *diag)
{
	static const char *const names[] = {"application_name",
					    "client_encoding",
					    "connect_timeout",
					    "keepalives_idle",
					    "keepalives_interval",
					    "keepalives_count",
					    "tcp_user_timeout",
					    "target_session_attrs",
					    "dbname",
					    NULL};
	const char *const values[] = {
	    "raquet-centre", "UTF8",       "10",     "10", "5", "3",
	    "20000",         "read-write", p->where, NULL};
	enum rq_err err = RQ_OK;

	disconnect(p);
	p->connection = PQconnectdbParams(names, values, 1);
	if (p->connection == NULL)
		return no_memory(diag);
	if (PQstatus(p->connection) != CONNECTION_OK)
		return postgres_refuse(p, NULL, NULL, diag);
	PQsetNoticeProcessor(p->connection, say_nothing, NULL);
	p->lost = false;
	err = check_server(p, diag);
	if (err == RQ_OK)
		err = postgres_execute(&p->store, settings, diag);
	p->lost = err != RQ_OK;
	p->missed = true;
	return err;
}

enum rq_err postgres_ensure(struct postgres_store *p, struct rq_diag *diag)
{
	return p->lost ? connect(p, diag) : RQ_OK;
}

/* ---- transactions ---- */

/*
 * One change at a time over all processes, as in SQLite: what runs behind this lock sees
 * everything committed before and nobody beside it.  The usual isolation is then enough,
 * and no transaction has to be repeated for a conflict that two rows of one page make.
 */
static const char begin_change[] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
				   "SELECT pg_advisory_xact_lock(" CHANGE_LOCK ");"
				   "SELECT pg_current_xact_id()";
/* the moment is that of the first look */
static const char begin_reading[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 0";

static void rollback(struct store *store)
{
	struct postgres_store *p = postgres_of(store);

	if (!p->lost && PQtransactionStatus(p->connection) != PQTRANS_IDLE)
		(void)postgres_execute(store, "ROLLBACK", NULL);
}

static enum rq_err begin_once(struct postgres_store *p, bool reading,
			      struct rq_diag *diag)
{
	PGresult *result;
	enum rq_err err = postgres_ensure(p, diag);

	if (err != RQ_OK)
		return err;
	result = PQexec(p->connection, reading ? begin_reading : begin_change);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		err = postgres_refuse(p, result, "BEGIN", diag);
	else
		p->change = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	if (err != RQ_OK)
		rollback(&p->store);
	return err;
}

static enum rq_err begin(struct store *store, bool reading, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	enum rq_err err = begin_once(p, reading, diag);

	/* the server was restarted since the last transaction: nothing is lost */
	if (err != RQ_OK && p->lost)
		err = begin_once(p, reading, diag);
	return err;
}

/*
 * The server went away before it answered COMMIT.  Asks what became of the change, as
 * long as it is under way; RQ_ERR_RETRY: it does not count, or nobody can say.
 */
static enum rq_err ask_fate(struct postgres_store *p, struct rq_diag *diag)
{
	char sql[96];
	enum rq_err err = connect(p, diag);

	snprintf(sql, sizeof sql,
		 "SELECT pg_xact_status('%llu'::xid8) FROM pg_sleep(0.1)",
		 (unsigned long long)p->change);
	for (int i = 0; i < FATE_QUESTIONS && err == RQ_OK; i++) {
		PGresult *result = PQexec(p->connection, sql);
		char fate[16] = "";

		if (PQresultStatus(result) == PGRES_TUPLES_OK)
			snprintf(fate, sizeof fate, "%s", PQgetvalue(result, 0, 0));
		PQclear(result);
		if (strcmp(fate, "committed") == 0)
			return RQ_OK;
		if (strcmp(fate, "in progress") != 0)
			break;
	}
	return rq_fail(diag, RQ_ERR_RETRY, "COMMIT", "the server went away");
}

static enum rq_err commit(struct store *store, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	PGresult *result = PQexec(p->connection, "COMMIT");
	enum rq_err err = RQ_OK;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		err = postgres_refuse(p, result, "COMMIT", diag);
	else if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
		err = rq_fail(diag, RQ_ERR_RETRY, "COMMIT", "the server took it back");
	PQclear(result);
	if (err != RQ_OK && p->lost && store->state == STORE_CHANGING)
		return ask_fate(p, diag);
	return err;
}

static enum rq_err part(struct store *store, enum store_part step, struct rq_diag *diag)
{
	return postgres_execute(store, store_part_sql[step], diag);
}

/* ---- news ---- */

static enum rq_err tell(struct store *store, struct bytes topic, struct bytes text,
			struct rq_diag *diag)
{
	struct buffer both = {0};
	struct store_rows *rows = NULL;
	struct store_value value;
	struct store_question question = {"SELECT 0 FROM pg_notify('raquet_news', $1)",
					  &value, 1, true};
	enum rq_err err;

	buffer_put(&both, topic.at, topic.n);
	buffer_u8(&both, '\n');
	buffer_put(&both, text.at, text.n);
	value = store_text(buffer_bytes(&both));
	err = buffer_ok(&both) ? postgres_ask(store, &question, &rows, diag)
			       : no_memory(diag);
	if (rows != NULL)
		postgres_free_rows(rows);
	buffer_free(&both);
	return err;
}

static int news_descriptor(const struct store *store)
{
	return PQsocket(((const struct postgres_store *)store)->connection);
}

static enum rq_err news(struct store *store, void *listener,
			void (*heard)(void *listener, struct bytes topic,
				      struct bytes text),
			struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	PGnotify *notify;
	enum rq_err err = RQ_OK;

	if (p->lost || PQconsumeInput(p->connection) != 1)
		err = store->state == STORE_IDLE ? connect(p, diag)
						 : postgres_refuse(p, NULL, NULL, diag);
	if (err == RQ_OK && p->missed) {
		heard(listener, (struct bytes){NULL, 0}, (struct bytes){NULL, 0});
		p->missed = false;
	}
	while (err == RQ_OK && (notify = PQnotifies(p->connection)) != NULL) {
		struct bytes all = bytes_of(notify->extra);
		const uint8_t *end = memchr(all.at, '\n', all.n);
		size_t n_topic = end != NULL ? (size_t)(end - all.at) : all.n;
		size_t n_both = end != NULL ? n_topic + 1 : all.n;

		heard(listener, (struct bytes){all.at, n_topic},
		      (struct bytes){all.at + n_both, all.n - n_both});
		PQfreemem(notify);
	}
	return err;
}

/* ---- check ---- */

/* For each foreign key a question for a row that points nowhere, by the catalogue. */
static const char key_questions[] =
    "SELECT format('SELECT 0 FROM %s a WHERE %s AND NOT EXISTS"
    " (SELECT 1 FROM %s b WHERE %s) LIMIT 1', c.conrelid::regclass,"
    " string_agg(format('a.%I IS NOT NULL', f.attname), ' AND '),"
    " c.confrelid::regclass,"
    " string_agg(format('a.%I = b.%I', f.attname, t.attname), ' AND ')),"
    " c.conname "
    "FROM pg_constraint c"
    " CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (own, their)"
    " JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = k.own"
    " JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = k.their "
    "WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace "
    "GROUP BY c.oid, c.conrelid, c.confrelid, c.conname ORDER BY c.conname";

/* Every row is read, so that every page is: the server checks them where it was set up
 * with checksums. */
static const char table_questions[] =
    "SELECT format('SELECT 0 FROM (SELECT count(t::text) AS n FROM %I t) AS c"
    " WHERE n < 0', relname), relname FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')";

static enum rq_err ask_each(struct store *store, const char *sql, const char *complaint,
			    struct rq_diag *diag)
{
	struct store_question question = {sql, NULL, 0, false};
	struct store_rows *rows = NULL;
	enum rq_err err = postgres_ask(store, &question, &rows, diag);

	while (err == RQ_OK && (err = postgres_next(rows, diag)) == RQ_OK) {
		/* a value of libpq has a zero behind it */
		struct store_question one = {(const char *)rows_bytes(rows, 0).at, NULL,
					     0, false};
		struct store_rows *bad = NULL;

		err = postgres_ask(store, &one, &bad, diag);
		if (err == RQ_OK && postgres_next(bad, NULL) == RQ_OK)
			err = rq_fail(diag, RQ_ERR_FORMAT,
				      (const char *)rows_bytes(rows, 1).at, "%s",
				      complaint);
		if (bad != NULL)
			postgres_free_rows(bad);
	}
	if (rows != NULL)
		postgres_free_rows(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* ALTER for each foreign key; a migration makes none that is deferrable. */
#define ALTER_KEYS(how)                                                                \
	"SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I " how                       \
	"', conrelid::regclass, conname) "                                             \
	"FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 "                  \
	"AND connamespace = current_schema()::regnamespace"

static enum rq_err alter_keys(struct store *store, const char *sql,
			      struct rq_diag *diag)
{
	struct store_question question = {sql, NULL, 0, false};
	struct store_rows *rows = NULL;
	enum rq_err err = postgres_ask(store, &question, &rows, diag);

	while (err == RQ_OK && (err = postgres_next(rows, diag)) == RQ_OK)
		err =
		    postgres_execute(store, (const char *)rows_bytes(rows, 0).at, diag);
	if (rows != NULL)
		postgres_free_rows(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err defer_keys(struct store *store, bool later, struct rq_diag *diag)
{
	enum rq_err err;

	if (later)
		return alter_keys(store, ALTER_KEYS("DEFERRABLE INITIALLY DEFERRED"),
				  diag);
	err = postgres_execute(store, "SET CONSTRAINTS ALL IMMEDIATE", diag);
	return err == RQ_OK ? alter_keys(store, ALTER_KEYS("NOT DEFERRABLE"), diag)
			    : err;
}

static enum rq_err check(struct store *store, struct rq_diag *diag)
{
	enum rq_err err =
	    ask_each(store, table_questions, "the table is damaged", diag);

	return err == RQ_OK
		   ? ask_each(store, key_questions, "a row points nowhere", diag)
		   : err;
}

/* ---- open, close ---- */

static void close_store(struct store *store)
{
	struct postgres_store *p = postgres_of(store);

	disconnect(p);
	buffer_free(&p->copy);
	alloc_free(p->prepared);
	alloc_free(p->where);
	alloc_free(p);
}

/* By bytes, whatever language the database was made for. */
static const struct store_word words[] = {{"TEXT", "TEXT COLLATE \"C\""}, {NULL, NULL}};

static const struct store_driver driver = {
    close_store,
    begin,
    commit,
    rollback,
    part,
    postgres_execute,
    postgres_run,
    postgres_ask,
    postgres_next,
    postgres_free_rows,
    postgres_walk,
    postgres_bulk_begin,
    postgres_bulk_row,
    postgres_bulk_end,
    tell,
    news_descriptor,
    news,
    defer_keys,
    check,
    .tables_sql = "SELECT relname FROM pg_class WHERE relnamespace = "
		  "current_schema()::regnamespace AND relkind IN ('r', 'p') "
		  "AND NOT relispartition ORDER BY relname COLLATE \"C\"",
    .columns_sql =
	"SELECT a.attname, CASE a.atttypid WHEN 20 THEN 1 WHEN 25 THEN 2 WHEN 17 THEN "
	"3 "
	"ELSE 0 END, coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0) "
	"FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND "
	"i.indisprimary WHERE a.attrelid = quote_ident(CAST($1 AS TEXT))::regclass AND "
	"a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    .words = words,
    .table_suffix = ""};

/* It would stand in the list of processes and in every message. */
static enum rq_err refuse_password(const char *where, struct rq_diag *diag)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(where, &why);
	enum rq_err err = RQ_OK;

	if (options == NULL)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "no address of PostgreSQL: %s",
			      why != NULL ? why : "out of memory");
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL)
			err = rq_fail(diag, RQ_ERR_USAGE, NULL,
				      "a password belongs into the file of PGPASSFILE");
	PQconninfoFree(options);
	PQfreemem(why);
	return err;
}

enum rq_err store_postgres_open(const char *where, struct store **store_out,
				struct rq_diag *diag)
{
	struct postgres_store *p;
	enum rq_err err = refuse_password(where, diag);

	*store_out = NULL;
	if (err != RQ_OK)
		return err;
	p = alloc_array(1, sizeof *p);
	if (p == NULL)
		return no_memory(diag);
	p->store.driver = &driver;
	p->where = alloc_array(strlen(where) + 1, 1);
	if (p->where == NULL) {
		close_store(&p->store);
		return no_memory(diag);
	}
	memcpy(p->where, where, strlen(where) + 1);
	err = connect(p, diag);
	p->missed = false; /* nobody listened before */
	if (err != RQ_OK) {
		close_store(&p->store);
		return err;
	}
	*store_out = &p->store; /* transferred */
	return RQ_OK;
}
