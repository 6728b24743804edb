/* COPY in its binary form: PostgreSQL 15, COPY, "Binary Format". */
#include "centre/store/store_postgres.h"

#include <libpq-fe.h>

enum { PIECE = 64 << 10 };

static void put_u16be(struct buffer *b, uint16_t value)
{
	buffer_u8(b, (uint8_t)(value >> 8));
	buffer_u8(b, (uint8_t)value);
}

static void put_u32be(struct buffer *b, uint32_t value)
{
	put_u16be(b, (uint16_t)(value >> 16));
	put_u16be(b, (uint16_t)value);
}

static void put_value(struct buffer *b, const struct store_value *value)
{
	switch (value->kind) {
	case STORE_NULL: put_u32be(b, UINT32_MAX); return;
	case STORE_NUMBER:
		put_u32be(b, 8);
		put_u32be(b, (uint32_t)((uint64_t)value->number >> 32));
		put_u32be(b, (uint32_t)value->number);
		return;
	case STORE_TEXT:
	case STORE_BYTES:
		put_u32be(b, (uint32_t)value->bytes.n);
		buffer_put(b, value->bytes.at, value->bytes.n);
		return;
	}
}

static enum rq_err send(struct postgres_store *p, struct rq_diag *diag)
{
	int sent;

	if (!buffer_ok(&p->copy))
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	sent =
	    PQputCopyData(p->connection, (const char *)p->copy.data, (int)p->copy.size);
	buffer_clear(&p->copy);
	return sent == 1 ? RQ_OK : postgres_refuse(p, NULL, "COPY", diag);
}

enum rq_err postgres_bulk_begin(struct store *store, const struct store_bulk_into *into,
				struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	struct buffer sql = {0};
	PGresult *result = NULL;
	enum rq_err err = RQ_OK;

	buffer_format(&sql, "COPY \"%s\" (", into->table);
	for (size_t i = 0; i < into->n_columns; i++)
		buffer_format(&sql, "%s\"%s\"", i > 0 ? "," : "", into->columns[i]);
	buffer_text(&sql, ") FROM STDIN (FORMAT binary)");
	buffer_u8(&sql, 0);
	if (!buffer_ok(&sql)) {
		buffer_free(&sql);
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	}
	result = PQexec(p->connection, (const char *)sql.data);
	if (PQresultStatus(result) != PGRES_COPY_IN)
		err = postgres_refuse(p, result, (const char *)sql.data, diag);
	PQclear(result);
	buffer_free(&sql);
	buffer_clear(&p->copy);
	buffer_put(&p->copy, "PGCOPY\n\377\r\n", 11); /* with its zero */
	put_u32be(&p->copy, 0);
	put_u32be(&p->copy, 0);
	return err;
}

enum rq_err postgres_bulk_row(struct store *store, const struct store_value *values,
			      size_t n_values, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);

	put_u16be(&p->copy, (uint16_t)n_values);
	for (size_t i = 0; i < n_values; i++)
		put_value(&p->copy, &values[i]);
	return p->copy.size < PIECE && buffer_ok(&p->copy) ? RQ_OK : send(p, diag);
}

enum rq_err postgres_bulk_end(struct store *store, bool keep, struct rq_diag *diag)
{
	struct postgres_store *p = postgres_of(store);
	PGresult *result;
	enum rq_err err = RQ_OK;

	if (keep) {
		put_u16be(&p->copy, UINT16_MAX);
		err = send(p, diag);
	}
	if (PQputCopyEnd(p->connection, keep && err == RQ_OK ? NULL : "given up") != 1)
		err = postgres_refuse(p, NULL, "COPY", diag);
	while ((result = PQgetResult(p->connection)) != NULL) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK && err == RQ_OK)
			err = postgres_refuse(p, result, "COPY", diag);
		PQclear(result);
		if (PQstatus(p->connection) != CONNECTION_OK)
			break; /* still "in a copy", for ever */
	}
	buffer_clear(&p->copy);
	return err;
}
