#include "centre/store/migration.h"

#include "centre/store/store_driver.h"
#include "crypto/digest.h"

#include <ctype.h>
#include <string.h>

enum { DIGEST_SIZE = 32 };

/* ---- one text in the words of each database ---- */

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n;
}

/* What is not read: a comment or a quoted text, to its end. */
static size_t quoted_length(const char *text)
{
	size_t n = 1;

	if (text[0] == '-' && text[1] == '-')
		return strcspn(text, "\n");
	if (text[0] != '\'' && text[0] != '"')
		return 0;
	while (text[n] != 0 && text[n] != text[0])
		n++;
	return text[n] != 0 ? n + 1 : n;
}

static void put_word(struct buffer *to, const char *text, size_t n,
		     const struct store_word *words)
{
	for (; words->ours != NULL; words++)
		if (strlen(words->ours) == n && memcmp(words->ours, text, n) == 0) {
			buffer_text(to, words->theirs);
			return;
		}
	buffer_put(to, text, n);
}

void migration_text(struct buffer *to, const char *text,
		    const struct store_driver *driver)
{
	const char *statement = text; /* where its first word stands */

	while (*text != 0) {
		size_t n = quoted_length(text);

		if (n > 0) {
			buffer_put(to, text, n);
		} else if ((n = word_length(text)) > 0) {
			put_word(to, text, n, driver->words);
		} else {
			if (*text == ';' &&
			    strncmp(statement, "CREATE TABLE ", 13) == 0)
				buffer_text(to, driver->table_suffix);
			buffer_put(to, text, n = 1);
		}
		if (text == statement && (text[0] == '-' || text[0] == ';' ||
					  isspace((unsigned char)text[0])))
			statement += n;
		else if (text[0] == ';')
			statement = text + n;
		text += n;
	}
	buffer_u8(to, 0);
}

/* ---- steps ---- */

static enum rq_err digest_of_step(const struct migration *step, uint8_t *out,
				  struct rq_diag *diag)
{
	enum rq_err err = digest_of(DIGEST_SHA256, bytes_of(step->text), out);

	return err == RQ_OK ? err : rq_fail(diag, err, step->name, "no digest");
}

static enum rq_err has_tables(struct store *store, bool *has_out, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, store->driver->tables_sql, NULL, 0, &rows, diag);

	*has_out = false;
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		if (bytes_equal_text(rows_bytes(rows, 0), "store_step"))
			*has_out = true;
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err compare_step(struct store_rows *rows, struct migrations steps,
				size_t i, struct rq_diag *diag)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err;

	if (i >= steps.n || rows_number(rows, 0) != (int64_t)i + 1)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, NULL,
			       "a later program has been here: step %lld of %zu",
			       (long long)rows_number(rows, 0), steps.n);
	err = digest_of_step(&steps.steps[i], digest, diag);
	if (err != RQ_OK)
		return err;
	if (!bytes_equal_text(rows_bytes(rows, 1), steps.steps[i].name) ||
	    !bytes_equal(rows_bytes(rows, 2), (struct bytes){digest, DIGEST_SIZE}))
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, steps.steps[i].name,
			       "another program has been here: its step is not ours");
	return RQ_OK;
}

enum rq_err migration_state(struct store *store, struct migrations steps, size_t *n_out,
			    struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	bool has = false;
	enum rq_err err = has_tables(store, &has, diag);

	*n_out = 0;
	if (err != RQ_OK || !has)
		return err;
	err = store_ask(store,
			"SELECT number, name, digest FROM store_step ORDER BY number",
			NULL, 0, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		err = compare_step(rows, steps, *n_out, diag);
		*n_out += err == RQ_OK;
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err make(struct store *store, const struct migration *step,
			struct rq_diag *diag)
{
	struct buffer text = {0};
	struct rq_diag why = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	migration_text(&text, step->text, store->driver);
	if (buffer_ok(&text))
		err = store->driver->execute(store, (char *)text.data, &why);
	buffer_free(&text);
	return err == RQ_OK ? err : rq_fail(diag, err, step->name, "%s", why.what);
}

enum rq_err migration_step(struct store *store, struct migrations steps, size_t i,
			   struct rq_diag *diag)
{
	const struct migration *step = &steps.steps[i];
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err = digest_of_step(step, digest, diag);

	const struct store_value values[] = {
	    store_number((int64_t)i + 1), store_text(bytes_of(step->name)),
	    store_bytes((struct bytes){digest, DIGEST_SIZE})};

	if (err == RQ_OK)
		err = make(store, step, diag);
	if (err != RQ_OK)
		return err;
	return store_run(
	    store, "INSERT INTO store_step (number, name, digest) VALUES ($1, $2, $3)",
	    values, 3, NULL, diag);
}

enum rq_err migration_run(struct store *store, struct migrations steps,
			  struct rq_diag *diag)
{
	size_t n = 0;
	enum rq_err err;

	do {
		/* asked inside the change: another process may do the same */
		err = store_begin(store, diag);
		if (err == RQ_OK)
			err = migration_state(store, steps, &n, diag);
		if (err == RQ_OK && n < steps.n)
			err = migration_step(store, steps, n, diag);
		if (err == RQ_OK)
			err = store_commit(store, diag);
		store_rollback(store);
	} while (err == RQ_OK && n < steps.n);
	return err;
}

enum rq_err store_migrate(struct store *store, struct rq_diag *diag)
{
	return migration_run(store, migration_all, diag);
}
