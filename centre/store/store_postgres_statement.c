#include "centre/store/store_postgres.h"

#include "bytes/alloc.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* A statement of the program with the types of its parameters: those of the values that
 * came first, and for nulls what the server found. */
struct prepared {
	const char *sql;
	Oid types[STORE_VALUES_MAX];
	size_t n_types;
};

struct postgres_rows {
	struct store_rows rows;
	PGresult *result;
	int row;      /* behind the current one */
	bool walking; /* result has one row; the others are on their way */
};

static enum rq_err no_memory(struct rq_diag *diag)
{
	rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	return RQ_ERR_MEMORY;
}

/* ---- parameters ---- */

/* Values in binary form, as libpq wants them. */
struct parameters {
	const char *at[STORE_VALUES_MAX];
	int length[STORE_VALUES_MAX], format[STORE_VALUES_MAX];
	Oid type[STORE_VALUES_MAX];
	uint8_t number[STORE_VALUES_MAX][8];
};

static Oid type_of(enum store_kind kind)
{
	switch (kind) {
	case STORE_NULL: return 0;
	case STORE_NUMBER: return TYPE_INT8;
	case STORE_TEXT: return TYPE_TEXT;
	case STORE_BYTES: return TYPE_BYTEA;
	}
	return 0;
}

static void fill(struct parameters *to, const struct store_question *question)
{
	for (size_t i = 0; i < question->n_values; i++) {
		const struct store_value *value = &question->values[i];

		to->type[i] = type_of(value->kind);
		to->format[i] = 1;
		to->at[i] = value->bytes.n > 0 ? (const char *)value->bytes.at : "";
		to->length[i] = (int)value->bytes.n;
		if (value->kind == STORE_NULL)
			to->at[i] = NULL;
		if (value->kind != STORE_NUMBER)
			continue;
		for (int k = 0; k < 8; k++)
			to->number[i][k] =
			    (uint8_t)((uint64_t)value->number >> (56 - 8 * k));
		to->at[i] = (const char *)to->number[i];
		to->length[i] = 8;
	}
}

/* ---- prepared statements ---- */

void postgres_forget_prepared(struct postgres_store *p)
{
	p->n_prepared = 0;
}

static bool serves(const struct prepared *prepared, const struct parameters *parameters,
		   const struct store_question *question)
{
	if (prepared->sql != question->sql || prepared->n_types != question->n_values)
		return false;
	for (size_t i = 0; i < prepared->n_types; i++)
		if (parameters->type[i] != 0 &&
		    parameters->type[i] != prepared->types[i])
			return false;
	return true;
}

static void name_of(size_t i, char name[24])
{
	snprintf(name, 24, "s%zu", i);
}

/* A null says no type: what did the server make of it? */
static enum rq_err find_types(struct postgres_store *p, const char *name,
			      struct prepared *to, struct rq_diag *diag)
{
	PGresult *result = PQdescribePrepared(p->connection, name);
	enum rq_err err = RQ_OK;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		err = postgres_refuse(p, result, to->sql, diag);
	else if ((size_t)PQnparams(result) != to->n_types)
		err =
		    rq_fail(diag, RQ_ERR_USAGE, to->sql, "%zu values for %d parameters",
			    to->n_types, PQnparams(result));
	for (size_t i = 0; i < to->n_types && err == RQ_OK; i++)
		to->types[i] = PQparamtype(result, (int)i);
	PQclear(result);
	return err;
}

static enum rq_err prepare(struct postgres_store *p,
			   const struct parameters *parameters,
			   const struct store_question *question, size_t *at_out,
			   struct rq_diag *diag)
{
	struct prepared prepared = {.sql = question->sql,
				    .n_types = question->n_values};
	char name[24];
	PGresult *result;
	enum rq_err err = RQ_OK;

	*at_out = 0;
	while (*at_out < p->n_prepared &&
	       !serves(&p->prepared[*at_out], parameters, question))
		++*at_out;
	if (*at_out < p->n_prepared)
		return RQ_OK;
	if (!alloc_grow((void **)&p->prepared, &p->prepared_capacity, p->n_prepared + 1,
			sizeof *p->prepared))
		return no_memory(diag);
	name_of(p->n_prepared, name);
	result = PQprepare(p->connection, name, question->sql, (int)question->n_values,
			   parameters->type);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		err = postgres_refuse(p, result, question->sql, diag);
	PQclear(result);
	if (err == RQ_OK)
		err = find_types(p, name, &prepared, diag);
	if (err == RQ_OK)
		p->prepared[p->n_prepared++] = prepared;
	return err;
}

static enum rq_err query(struct postgres_store *p,
			 const struct store_question *question, PGresult **result_out,
			 struct rq_diag *diag)
{
	struct parameters parameters;
	char name[24];
	size_t at;
	enum rq_err err;

	*result_out = NULL;
	fill(&parameters, question);
	if (!question->kept) {
		*result_out =
		    PQexecParams(p->connection, question->sql, (int)question->n_values,
				 parameters.type, parameters.at, parameters.length,
				 parameters.format, 1);
		return RQ_OK;
	}
	err = prepare(p, &parameters, question, &at, diag);
	if (err != RQ_OK)
		return err;
	name_of(at, name);
	*result_out =
	    PQexecPrepared(p->connection, name, (int)question->n_values, parameters.at,
			   parameters.length, parameters.format, 1);
	return RQ_OK;
}

enum rq_err postgres_run(struct store *store, const struct store_question *question,
			 uint64_t *n_changed_out, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	PGresult *result;
	enum rq_err err = query(p, question, &result, diag);

	if (err != RQ_OK)
		return err;
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		err = rq_fail(diag, RQ_ERR_USAGE, question->sql, "it returns rows");
	else if (PQresultStatus(result) != PGRES_COMMAND_OK)
		err = postgres_refuse(p, result, question->sql, diag);
	else
		*n_changed_out = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return err;
}

/* ---- rows ---- */

static bool is_ours(Oid type)
{
	switch (type) {
	case TYPE_BOOL:
	case TYPE_BYTEA:
	case TYPE_NAME:
	case TYPE_INT8:
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_TEXT: return true;
	}
	return false;
}

static struct store_value value_of(const PGresult *result, int row, int column)
{
	struct bytes raw = {(const uint8_t *)PQgetvalue(result, row, column),
			    (size_t)PQgetlength(result, row, column)};
	struct reader r = reader_over(raw.at, raw.n);

	if (PQgetisnull(result, row, column))
		return store_null();
	switch (PQftype(result, column)) {
	case TYPE_BOOL: return store_number(reader_u8(&r));
	case TYPE_INT2: return store_number((int16_t)reader_u16be(&r));
	case TYPE_INT4: return store_number((int32_t)reader_u32be(&r));
	case TYPE_INT8: return store_number((int64_t)reader_u64be(&r));
	case TYPE_BYTEA: return store_bytes(raw);
	}
	return store_text(raw);
}

/* Of the first result: its columns. */
static enum rq_err shape(struct postgres_rows *r, const char *sql, struct rq_diag *diag)
{
	r->rows.n_columns = (size_t)PQnfields(r->result);
	r->rows.values = alloc_array(r->rows.n_columns + 1, sizeof *r->rows.values);
	if (r->rows.values == NULL)
		return no_memory(diag);
	for (size_t i = 0; i < r->rows.n_columns; i++)
		if (!is_ours(PQftype(r->result, (int)i)))
			return rq_fail(
			    diag, RQ_ERR_USAGE, sql,
			    "column %zu is no BIGINT, TEXT or BYTEA: cast it", i);
	return RQ_OK;
}

void postgres_free_rows(struct store_rows *rows)
{
	struct postgres_rows *r = (struct postgres_rows *)rows;
	PGconn *connection = postgres_of(rows->store)->connection;

	PQclear(r->result);
	if (r->walking) {
		PGcancel *cancel = PQgetCancel(connection);
		char why[256];

		PQcancel(cancel, why, sizeof why);
		PQfreeCancel(cancel);
		while ((r->result = PQgetResult(connection)) != NULL)
			PQclear(r->result);
	}
	alloc_free(rows->values);
	alloc_free(r);
}

static enum rq_err new_rows(struct store *store, struct postgres_rows **rows_out,
			    struct rq_diag *diag)
{
	*rows_out = alloc_array(1, sizeof **rows_out);
	if (*rows_out == NULL)
		return no_memory(diag);
	(*rows_out)->rows.store = store;
	return RQ_OK;
}

static enum rq_err ask_once(struct store *store, const struct store_question *question,
			    struct store_rows **rows_out, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	struct postgres_rows *r = NULL;
	enum rq_err err = new_rows(store, &r, diag);

	if (err == RQ_OK)
		err = query(p, question, &r->result, diag);
	if (err == RQ_OK && PQresultStatus(r->result) == PGRES_COMMAND_OK)
		err = rq_fail(diag, RQ_ERR_USAGE, question->sql, "it returns no rows");
	else if (err == RQ_OK && PQresultStatus(r->result) != PGRES_TUPLES_OK)
		err = postgres_refuse(p, r->result, question->sql, diag);
	if (err == RQ_OK)
		err = shape(r, question->sql, diag);
	if (err != RQ_OK) {
		if (r != NULL)
			postgres_free_rows(&r->rows);
		return err;
	}
	*rows_out = &r->rows; /* transferred */
	return RQ_OK;
}

enum rq_err postgres_ask(struct store *store, const struct store_question *question,
			 struct store_rows **rows_out, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	enum rq_err err;

	if (store->state != STORE_IDLE)
		return ask_once(store, question, rows_out, diag);
	err = postgres_ensure(p, diag);
	if (err == RQ_OK)
		err = ask_once(store, question, rows_out, diag);
	/* the server was restarted since the last question */
	if (err == RQ_ERR_RETRY && p->lost) {
		err = postgres_ensure(p, diag);
		if (err == RQ_OK)
			err = ask_once(store, question, rows_out, diag);
	}
	return err;
}

/* Row by row from the socket: a table of any size in the memory of one row. */
enum rq_err postgres_walk(struct store *store, const char *sql,
			  struct store_rows **rows_out, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	struct postgres_rows *r;
	enum rq_err err = new_rows(store, &r, diag);

	if (err != RQ_OK)
		return err;
	r->walking =
	    PQsendQueryParams(p->connection, sql, 0, NULL, NULL, NULL, NULL, 1);
	if (!r->walking || !PQsetSingleRowMode(p->connection)) {
		err = postgres_refuse(p, NULL, sql, diag);
		postgres_free_rows(&r->rows);
		return err;
	}
	*rows_out = &r->rows; /* transferred */
	return RQ_OK;
}

static enum rq_err walk_on(struct postgres_rows *r, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(r->rows.store);
	enum rq_err err = RQ_OK;

	PQclear(r->result);
	r->row = 0;
	r->result = PQgetResult(p->connection);
	if (PQresultStatus(r->result) == PGRES_SINGLE_TUPLE)
		return r->rows.values == NULL ? shape(r, NULL, diag) : RQ_OK;
	if (PQresultStatus(r->result) != PGRES_TUPLES_OK)
		err = postgres_refuse(p, r->result, NULL, diag);
	PQclear(r->result);
	while ((r->result = PQgetResult(p->connection)) != NULL)
		PQclear(r->result);
	r->walking = false;
	return err;
}

enum rq_err postgres_next(struct store_rows *rows, struct rq_diag *diag)
{
	struct postgres_rows *r = (struct postgres_rows *)rows;

	if (r->walking) {
		enum rq_err err = walk_on(r, diag);

		if (err != RQ_OK)
			return err;
	}
	if (r->row >= PQntuples(r->result)) /* none of NULL */
		return RQ_ERR_NOT_FOUND;
	for (size_t i = 0; i < rows->n_columns; i++)
		rows->values[i] = value_of(r->result, r->row, (int)i);
	r->row++;
	return RQ_OK;
}
