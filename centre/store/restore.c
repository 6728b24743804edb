#include "centre/store/backup.h"

#include "bytes/alloc.h"
#include "centre/store/store_driver.h"
#include "crypto/digest.h"

#include <stdio.h>
#include <string.h>

/* The file from its start to its digest, a window at a time. */
struct source {
	struct file file;
	uint64_t off, end; /* of what was not read yet */
	struct buffer in;
	size_t pos; /* in in */
};

static enum rq_err damaged(struct rq_diag *diag, const char *what)
{
	rq_fail(diag, RQ_ERR_FORMAT, NULL, "the backup is damaged: %s", what);
	return RQ_ERR_FORMAT;
}

/* ---- the digest, before anything is believed ---- */

static enum rq_err digest_file(const struct source *s, uint8_t *piece,
			       uint8_t *digest_out)
{
	struct digest *digest = NULL;
	enum rq_err err = digest_new(DIGEST_SHA256, &digest);

	for (uint64_t off = 0; off < s->end && err == RQ_OK;) {
		size_t n =
		    s->end - off < BACKUP_PIECE ? (size_t)(s->end - off) : BACKUP_PIECE;
		size_t n_read = 0;

		err = file_read_at(s->file, off, piece, n, &n_read);
		if (err == RQ_OK && n_read < n)
			err = RQ_ERR_FORMAT; /* it became shorter */
		if (err == RQ_OK)
			err = digest_add(digest, (struct bytes){piece, n});
		off += n;
	}
	if (err == RQ_OK)
		err = digest_finish(digest, digest_out);
	digest_free(digest);
	return err;
}

static enum rq_err check_digest(struct source *s, struct rq_diag *diag)
{
	uint8_t ours[DIGEST_MAX_SIZE], theirs[BACKUP_DIGEST];
	struct file_info info;
	uint8_t *piece;
	size_t n = 0;
	enum rq_err err = file_stat(s->file, &info);

	if (err != RQ_OK)
		return rq_fail(diag, err, NULL, "the backup cannot be read");
	if (info.kind != FILE_REGULAR || info.size < BACKUP_MAGIC_SIZE + BACKUP_DIGEST)
		return damaged(diag, "it is too short");
	s->end = info.size - BACKUP_DIGEST;
	piece = alloc_array(BACKUP_PIECE, 1);
	if (piece == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	err = digest_file(s, piece, ours);
	if (err == RQ_OK)
		err = file_read_at(s->file, s->end, theirs, sizeof theirs, &n);
	alloc_free(piece);
	if (err != RQ_OK)
		return rq_fail(diag, err, NULL, "the backup cannot be read");
	if (n < sizeof theirs || memcmp(ours, theirs, sizeof theirs) != 0)
		return damaged(diag, "its digest is another one");
	return RQ_OK;
}

/* ---- records ---- */

static size_t waiting(const struct source *s)
{
	return s->in.size - s->pos;
}

/* n bytes more in one piece; only as many are asked for as the file has. */
static enum rq_err take(struct source *s, size_t n, struct bytes *out,
			struct rq_diag *diag)
{
	*out = (struct bytes){NULL, 0};
	if (n > waiting(s)) {
		size_t missing = n - waiting(s), more, n_read = 0;
		uint64_t left = s->end - s->off;
		uint8_t *to;

		if (missing > left)
			return damaged(diag, "it ends within a record");
		more = missing > BACKUP_PIECE ? missing : BACKUP_PIECE;
		more = more < left ? more : (size_t)left;
		if (s->pos > 0) {
			memmove(s->in.data, s->in.data + s->pos, waiting(s));
			s->in.size -= s->pos;
			s->pos = 0;
		}
		to = buffer_zeros(&s->in, more);
		if (to == NULL) {
			rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
			return RQ_ERR_MEMORY;
		}
		if (file_read_at(s->file, s->off, to, more, &n_read) != RQ_OK ||
		    n_read < more)
			return damaged(diag, "it became shorter");
		s->off += more;
	}
	*out = (struct bytes){s->in.data + s->pos, n};
	s->pos += n;
	return RQ_OK;
}

static enum rq_err next_record(struct source *s, char *kind_out,
			       struct reader *body_out, struct rq_diag *diag)
{
	struct bytes head, body;
	struct reader r;
	uint32_t raw_n;
	enum rq_err err = take(s, BACKUP_HEAD, &head, diag);

	if (err != RQ_OK)
		return err;
	r = reader_over(head.at, head.n);
	*kind_out = (char)reader_u8(&r);
	raw_n = reader_u32le(&r);
	if (raw_n > CAP_BACKUP_RECORD)
		return damaged(diag, "a record is too long");
	err = take(s, raw_n, &body, diag);
	*body_out = reader_over(body.at, body.n);
	return err;
}

static enum rq_err read_header(struct source *s, size_t n_known, size_t *n_steps_out,
			       struct rq_diag *diag)
{
	struct bytes magic;
	struct reader body;
	uint32_t raw_form, raw_n;
	char kind;
	enum rq_err err = take(s, BACKUP_MAGIC_SIZE, &magic, diag);

	if (err == RQ_OK && memcmp(magic.at, BACKUP_MAGIC, BACKUP_MAGIC_SIZE) != 0)
		err = damaged(diag, "it is no backup of a centre");
	if (err == RQ_OK)
		err = next_record(s, &kind, &body, diag);
	if (err != RQ_OK)
		return err;
	raw_form = reader_u32le(&body);
	raw_n = reader_u32le(&body);
	if (kind != 'H' || !reader_ok(&body))
		return damaged(diag, "its header");
	if (raw_form != BACKUP_FORM || raw_n > n_known)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, NULL,
			       "the backup is of a later program");
	if (raw_n == 0 || !reader_done(&body))
		return damaged(diag, "its header");
	*n_steps_out = raw_n;
	return RQ_OK;
}

static bool same_name(struct reader *r, const char *name)
{
	return bytes_equal_text(reader_bytes(r, reader_u8(r)), name) && reader_ok(r);
}

/* What the file says of a table must be what the catalogue says. */
static enum rq_err match_table(struct reader body, const struct backup_table *table,
			       struct rq_diag *diag)
{
	bool same =
	    same_name(&body, table->name) && reader_u32le(&body) == table->n_columns;

	for (size_t i = 0; i < table->n_columns && same; i++)
		same = same_name(&body, table->columns[i].name) &&
		       reader_u8(&body) == (uint8_t)table->columns[i].kind;
	return same && reader_done(&body) ? RQ_OK : damaged(diag, "its tables");
}

static enum rq_err put_row(struct reader body, const struct backup_table *table,
			   struct store_bulk *bulk, struct rq_diag *diag)
{
	struct store_value values[STORE_VALUES_MAX];

	for (size_t i = 0; i < table->n_columns; i++) {
		uint8_t raw_kind = reader_u8(&body);

		values[i] = store_null();
		if (raw_kind == STORE_NULL)
			continue;
		if (raw_kind != (uint8_t)table->columns[i].kind)
			reader_fail(&body);
		values[i].kind = table->columns[i].kind;
		if (values[i].kind == STORE_NUMBER)
			values[i].number = (int64_t)reader_u64le(&body);
		else
			values[i].bytes = reader_bytes(&body, reader_u32le(&body));
	}
	if (!reader_done(&body))
		return damaged(diag, "a row");
	return store_bulk_row(bulk, values, diag);
}

/* ---- the whole ---- */

/* Where reading stands. */
struct restore {
	struct store *store;
	struct source source;
	struct backup_table *tables;
	size_t n_tables, n_read; /* of the catalogue, of the file */
	uint64_t n_rows;
	struct store_bulk *bulk; /* into table n_read - 1 */
};

static enum rq_err end_bulk(struct restore *r, struct rq_diag *diag)
{
	struct store_bulk *bulk = r->bulk;

	r->bulk = NULL;
	return bulk != NULL ? store_bulk_end(bulk, diag) : RQ_OK;
}

/* into lives as long as the bulk. */
struct shape {
	struct store_bulk_into into;
	const char *columns[STORE_VALUES_MAX];
	enum store_kind kinds[STORE_VALUES_MAX];
};

static void shape_of(const struct backup_table *table, struct shape *shape)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		shape->columns[i] = table->columns[i].name;
		shape->kinds[i] = table->columns[i].kind;
	}
	shape->into = (struct store_bulk_into){table->name, shape->columns,
					       shape->kinds, table->n_columns};
}

static enum rq_err start_table(struct restore *r, struct reader body,
			       struct shape *shape, struct rq_diag *diag)
{
	enum rq_err err = end_bulk(r, diag);

	if (err == RQ_OK && r->n_read == r->n_tables)
		err = damaged(diag, "its tables");
	if (err == RQ_OK)
		err = match_table(body, &r->tables[r->n_read], diag);
	if (err != RQ_OK)
		return err;
	shape_of(&r->tables[r->n_read++], shape);
	return store_bulk_begin(r->store, &shape->into, &r->bulk, diag);
}

static enum rq_err read_end(struct restore *r, struct reader body, struct rq_diag *diag)
{
	enum rq_err err = end_bulk(r, diag);

	if (err != RQ_OK)
		return err;
	if (reader_u64le(&body) != r->n_tables || reader_u64le(&body) != r->n_rows ||
	    r->n_read != r->n_tables || !reader_done(&body) ||
	    r->source.off != r->source.end || waiting(&r->source) > 0)
		return damaged(diag, "its end");
	return RQ_OK;
}

static enum rq_err read_rows(struct restore *r, struct rq_diag *diag)
{
	struct shape shape;
	struct reader body;
	char kind = 0;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && kind != 'E') {
		err = next_record(&r->source, &kind, &body, diag);
		if (err != RQ_OK)
			break;
		if (kind == 'T')
			err = start_table(r, body, &shape, diag);
		else if (kind == 'R' && r->bulk != NULL)
			err = put_row(body, &r->tables[r->n_read - 1], r->bulk, diag);
		else if (kind == 'E')
			err = read_end(r, body, diag);
		else
			err = damaged(diag, "a record of no known kind");
		r->n_rows += kind == 'R';
	}
	if (r->bulk != NULL)
		(void)!end_bulk(r, NULL);
	return err;
}

/* The tables of that time, without the rows that steps put there. */
static enum rq_err make_tables(struct restore *r, struct migrations steps,
			       size_t n_steps, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < n_steps && err == RQ_OK; i++)
		err = migration_step(r->store, steps, i, diag);
	if (err == RQ_OK)
		err = r->store->driver->defer_keys(r->store, true, diag);
	if (err == RQ_OK)
		err = backup_tables(r->store, &r->tables, &r->n_tables, diag);
	for (size_t i = 0; i < r->n_tables && err == RQ_OK; i++) {
		char sql[CAP_STORE_NAME + 24];

		snprintf(sql, sizeof sql, "DELETE FROM \"%s\"", r->tables[i].name);
		err = store_run_once(r->store, sql, diag);
	}
	return err;
}

static enum rq_err check_empty(struct store *store, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, store->driver->tables_sql, NULL, 0, &rows, diag);

	if (err == RQ_OK)
		err = rows_next(rows, diag);
	rows_free(rows);
	if (err == RQ_OK)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "the store is not empty");
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* Rows that the database refuses were not written by us. */
static enum rq_err fill(struct restore *r, struct rq_diag *diag)
{
	enum rq_err err = read_rows(r, diag);

	if (err == RQ_OK)
		err = r->store->driver->defer_keys(r->store, false, diag);
	if (err == RQ_ERR_CONFLICT || err == RQ_ERR_USAGE)
		return damaged(diag, "its rows break the rules of the tables");
	return err;
}

/* The steps that the rows tell of are ours; then those made since. */
static enum rq_err finish(struct restore *r, struct migrations steps, size_t n_steps,
			  struct rq_diag *diag)
{
	size_t n;
	enum rq_err err = migration_state(r->store, steps, &n, diag);

	if (err == RQ_OK && n != n_steps)
		err = damaged(diag, "its steps");
	for (; err == RQ_OK && n < steps.n; n++)
		err = migration_step(r->store, steps, n, diag);
	return err;
}

enum rq_err backup_read(struct store *store, struct migrations steps, struct file file,
			struct rq_diag *diag)
{
	struct restore r = {.store = store, .source = {.file = file}};
	size_t n_steps = 0;
	enum rq_err err = check_digest(&r.source, diag);

	if (err == RQ_OK)
		err = read_header(&r.source, steps.n, &n_steps, diag);
	if (err == RQ_OK)
		err = store_begin(store, diag);
	if (err != RQ_OK) {
		buffer_free(&r.source.in);
		return err;
	}
	err = check_empty(store, diag);
	if (err == RQ_OK)
		err = make_tables(&r, steps, n_steps, diag);
	if (err == RQ_OK)
		err = fill(&r, diag);
	if (err == RQ_OK)
		err = finish(&r, steps, n_steps, diag);
	if (err == RQ_OK)
		err = store_commit(store, diag);
	store_rollback(store);
	alloc_free(r.tables);
	buffer_free(&r.source.in);
	return err;
}

enum rq_err store_restore(struct store *store, const char *path, struct rq_diag *diag)
{
	struct file file;
	enum rq_err err = file_open(path, &file, NULL, diag);

	if (err != RQ_OK)
		return err;
	err = backup_read(store, migration_all, file, diag);
	file_close(&file);
	return err;
}
