#include "centre/store/backup.h"

#include "bytes/alloc.h"
#include "centre/store/store_driver.h"
#include "crypto/digest.h"

#include <errno.h>
#include <string.h>

/* ---- the catalogue ---- */

/* These names are put into statements: nothing that would have to be quoted. */
static bool copy_name(char *to, struct bytes name)
{
	if (name.n == 0 || name.n > CAP_STORE_NAME)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz0123456789_", name.at[i], 37) ==
		    NULL)
			return false;
	memcpy(to, name.at, name.n);
	to[name.n] = 0;
	return true;
}

static enum rq_err find_columns(struct store *store, struct backup_table *table,
				struct rq_diag *diag)
{
	const struct store_value name = store_text(bytes_of(table->name));
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, store->driver->columns_sql, &name, 1, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct backup_column *column = &table->columns[table->n_columns];
		int64_t kind = rows_number(rows, 1);

		if (table->n_columns == STORE_VALUES_MAX || kind == 0 ||
		    !copy_name(column->name, rows_bytes(rows, 0))) {
			err = rq_fail(diag, RQ_ERR_UNSUPPORTED, table->name,
				      "column %zu cannot be in a backup",
				      table->n_columns + 1);
			break;
		}
		column->kind = (enum store_kind)kind;
		column->key = rows_number(rows, 2);
		table->n_columns++;
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err backup_tables(struct store *store, struct backup_table **tables_out,
			  size_t *n_out, struct rq_diag *diag)
{
	struct backup_table *tables = NULL;
	struct store_rows *rows = NULL;
	size_t n = 0, capacity = 0;
	enum rq_err err =
	    store_ask(store, store->driver->tables_sql, NULL, 0, &rows, diag);

	*tables_out = NULL;
	*n_out = 0;
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		if (!alloc_grow((void **)&tables, &capacity, n + 1, sizeof *tables)) {
			err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
			break;
		}
		tables[n].n_columns = 0;
		if (!copy_name(tables[n].name, rows_bytes(rows, 0)))
			err = rq_fail(diag, RQ_ERR_UNSUPPORTED, NULL,
				      "a table of another program is in this database");
		else
			err = find_columns(store, &tables[n++], diag);
	}
	rows_free(rows);
	if (err != RQ_ERR_NOT_FOUND) {
		alloc_free(tables);
		return err;
	}
	*tables_out = tables; /* transferred */
	*n_out = n;
	return RQ_OK;
}

/* ---- records ---- */

struct writer {
	struct file file;
	struct digest *digest;
	struct buffer out;
	size_t record; /* where the open one starts */
	uint64_t n_rows;
};

static enum rq_err flush(struct writer *w, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (!buffer_ok(&w->out))
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (w->digest != NULL)
		err = digest_add(w->digest, buffer_bytes(&w->out));
	if (err == RQ_OK)
		err = file_append(w->file, buffer_bytes(&w->out));
	if (err != RQ_OK)
		err = rq_fail(
		    diag, errno == ENOSPC || errno == EDQUOT ? RQ_ERR_FULL : err, NULL,
		    "the backup cannot be written: %s", strerror(errno));
	buffer_clear(&w->out);
	return err;
}

static void start_record(struct writer *w, char kind)
{
	w->record = w->out.size;
	buffer_u8(&w->out, (uint8_t)kind);
	buffer_u32le(&w->out, 0);
}

static enum rq_err end_record(struct writer *w, struct rq_diag *diag)
{
	size_t n = w->out.size - w->record - BACKUP_HEAD;

	if (!buffer_ok(&w->out))
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (n > CAP_BACKUP_RECORD)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL, "a row of more than %u bytes",
			       CAP_BACKUP_RECORD);
	for (int i = 0; i < 4; i++)
		w->out.data[w->record + 1 + (size_t)i] = (uint8_t)(n >> (8 * i));
	return w->out.size < BACKUP_PIECE ? RQ_OK : flush(w, diag);
}

static void put_name(struct buffer *out, const char *name)
{
	buffer_u8(out, (uint8_t)strlen(name));
	buffer_text(out, name);
}

static enum rq_err put_header(struct writer *w, size_t n_steps, struct rq_diag *diag)
{
	buffer_put(&w->out, BACKUP_MAGIC, BACKUP_MAGIC_SIZE);
	start_record(w, 'H');
	buffer_u32le(&w->out, BACKUP_FORM);
	buffer_u32le(&w->out, (uint32_t)n_steps);
	return end_record(w, diag);
}

static enum rq_err put_table(struct writer *w, const struct backup_table *table,
			     struct rq_diag *diag)
{
	start_record(w, 'T');
	put_name(&w->out, table->name);
	buffer_u32le(&w->out, (uint32_t)table->n_columns);
	for (size_t i = 0; i < table->n_columns; i++) {
		put_name(&w->out, table->columns[i].name);
		buffer_u8(&w->out, (uint8_t)table->columns[i].kind);
	}
	return end_record(w, diag);
}

static enum rq_err put_row(struct writer *w, const struct store_rows *rows,
			   struct rq_diag *diag)
{
	start_record(w, 'R');
	for (size_t i = 0; i < rows->n_columns; i++) {
		const struct store_value *value = &rows->values[i];

		buffer_u8(&w->out, (uint8_t)value->kind);
		if (value->kind == STORE_NUMBER)
			buffer_u64le(&w->out, (uint64_t)value->number);
		if (value->kind == STORE_TEXT || value->kind == STORE_BYTES) {
			buffer_u32le(&w->out, (uint32_t)value->bytes.n);
			buffer_put(&w->out, value->bytes.at, value->bytes.n);
		}
	}
	w->n_rows++;
	return end_record(w, diag);
}

/* ---- the whole ---- */

static void put_order(struct buffer *sql, const struct backup_table *table)
{
	int64_t n_key = 0;

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].key > n_key)
			n_key = table->columns[i].key;
	for (int64_t place = 1; place <= n_key; place++)
		for (size_t i = 0; i < table->n_columns; i++)
			if (table->columns[i].key == place)
				buffer_format(sql, "%s\"%s\"", place > 1 ? "," : "",
					      table->columns[i].name);
	for (size_t i = 0; i < table->n_columns && n_key == 0; i++)
		buffer_format(sql, "%s\"%s\" NULLS FIRST", i > 0 ? "," : "",
			      table->columns[i].name);
}

static enum rq_err write_table(struct writer *w, struct store *store,
			       const struct backup_table *table, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	struct buffer sql = {0};
	enum rq_err err = put_table(w, table, diag);

	buffer_text(&sql, "SELECT ");
	for (size_t i = 0; i < table->n_columns; i++)
		buffer_format(&sql, "%s\"%s\"", i > 0 ? "," : "",
			      table->columns[i].name);
	buffer_format(&sql, " FROM \"%s\" ORDER BY ", table->name);
	put_order(&sql, table);
	buffer_u8(&sql, 0);
	if (err == RQ_OK && !buffer_ok(&sql))
		err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (err == RQ_OK)
		err = store_walk(store, (const char *)sql.data, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = put_row(w, rows, diag);
	rows_free(rows);
	buffer_free(&sql);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err write_end(struct writer *w, size_t n_tables, struct rq_diag *diag)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err;

	start_record(w, 'E');
	buffer_u64le(&w->out, n_tables);
	buffer_u64le(&w->out, w->n_rows);
	err = end_record(w, diag);
	if (err == RQ_OK)
		err = flush(w, diag);
	if (err == RQ_OK && digest_finish(w->digest, digest) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_SYSTEM, NULL, "no digest");
	digest_free(w->digest);
	w->digest = NULL;
	buffer_put(&w->out, digest, BACKUP_DIGEST);
	return err == RQ_OK ? flush(w, diag) : err;
}

enum rq_err backup_write(struct store *store, struct migrations steps, struct file file,
			 struct rq_diag *diag)
{
	struct writer w = {.file = file};
	struct backup_table *tables = NULL;
	size_t n = 0, n_steps = 0;
	enum rq_err err = digest_new(DIGEST_SHA256, &w.digest);

	if (err != RQ_OK)
		return rq_fail(diag, err, NULL, "no digest");
	err = store_begin_reading(store, diag);
	if (err == RQ_OK)
		err = migration_state(store, steps, &n_steps, diag);
	if (err == RQ_OK)
		err = backup_tables(store, &tables, &n, diag);
	if (err == RQ_OK)
		err = put_header(&w, n_steps, diag);
	for (size_t i = 0; i < n && err == RQ_OK; i++)
		err = write_table(&w, store, &tables[i], diag);
	if (err == RQ_OK)
		err = write_end(&w, n, diag);
	if (store->state == STORE_READING)
		store_rollback(store);
	alloc_free(tables);
	digest_free(w.digest);
	buffer_free(&w.out);
	return err;
}

/* A file of this name is new, or left by a crash. */
static enum rq_err open_new(const char *name, struct file *file_out,
			    struct rq_diag *diag)
{
	enum rq_err err = file_open_append(name, file_out, NULL, diag);

	if (err == RQ_OK && file_truncate(*file_out, 0) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_SYSTEM, name, "cannot be emptied");
	return err;
}

enum rq_err store_backup(struct store *store, const char *path, struct rq_diag *diag)
{
	struct buffer name = {0};
	struct file file = FILE_NONE;
	struct file_info info;
	enum rq_err err = file_stat_path(path, false, &info, diag);

	if (err != RQ_ERR_NOT_FOUND)
		return err != RQ_OK ? err
				    : rq_fail(diag, RQ_ERR_USAGE, path,
					      "there is a file of this name already");
	if (store->state != STORE_IDLE)
		return rq_fail(diag, RQ_ERR_USAGE, path, "a transaction is open");
	buffer_format(&name, "%s.new", path);
	buffer_u8(&name, 0);
	if (!buffer_ok(&name)) {
		buffer_free(&name);
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	}
	err = open_new((char *)name.data, &file, diag);
	if (err == RQ_OK)
		err = backup_write(store, migration_all, file, diag);
	if (err == RQ_OK && file_flush(file) != RQ_OK)
		err = rq_fail(diag, errno == ENOSPC ? RQ_ERR_FULL : RQ_ERR_SYSTEM, path,
			      "the backup cannot be written");
	file_close(&file);
	if (err == RQ_OK)
		err = file_rename((char *)name.data, path, diag);
	if (err != RQ_OK)
		(void)!file_remove((char *)name.data);
	buffer_free(&name);
	return err;
}
