#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "centre/unit/name.h"
#include "centre/unit/table.h"
#include "centre/unit/unit_internal.h"

#include <stdlib.h>
#include <string.h>

enum { NO_ROW = -1 };

/* A key of a row: a code, or the folded name. */
struct key {
	const char *text;
	int64_t row;
};

struct importing {
	struct store *store;
	struct unit_act act;
	int64_t today; /* act.today lets the first units begin earlier */
	struct unit_table *table;
	struct arena *arena;
	struct unit_import *done;
	struct rq_diag *diag;
	struct key *codes, *names; /* sorted */
	size_t n_codes, n_names;
	int64_t *ids;   /* of each row; 0: not yet */
	bool *is_wrong; /* likewise */
};

/* ---- rows by code and name ---- */

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

/* The first key of that text; *n_out of them. */
static const struct key *find_keys(const struct key *keys, size_t n, const char *text,
				   size_t *n_out)
{
	size_t low = 0, high = n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(keys[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < n && strcmp(keys[end].text, text) == 0; end++)
		;
	*n_out = end - low;
	return keys + low;
}

static enum rq_err make_keys(struct importing *in)
{
	const size_t n = in->table->n_rows;

	in->codes = arena_array(in->arena, 2 * n + 1, sizeof *in->codes);
	in->names = arena_array(in->arena, n + 1, sizeof *in->names);
	in->ids = arena_array(in->arena, n + 1, sizeof *in->ids);
	in->is_wrong = arena_array(in->arena, n + 1, sizeof *in->is_wrong);
	if (in->codes == NULL || in->names == NULL || in->ids == NULL ||
	    in->is_wrong == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const struct unit_row *row = &in->table->rows[i];

		in->names[in->n_names++] = (struct key){row->folded, (int64_t)i};
		for (size_t k = 0; k < 2; k++)
			if (row->codes[k][0] != 0)
				in->codes[in->n_codes++] =
				    (struct key){row->codes[k], (int64_t)i};
	}
	qsort(in->codes, in->n_codes, sizeof *in->codes, by_text);
	qsort(in->names, in->n_names, sizeof *in->names, by_text);
	return RQ_OK;
}

static enum rq_err complain(struct importing *in, size_t row, enum unit_wrong wrong,
			    const char *text)
{
	in->is_wrong[row] = true;
	return unit_complain(in->table, in->arena, in->table->rows[row].line, wrong,
			     bytes_of(text));
}

static enum rq_err find_doubles(struct importing *in)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 1; err == RQ_OK && i < in->n_codes; i++)
		if (strcmp(in->codes[i].text, in->codes[i - 1].text) == 0)
			err = complain(in, (size_t)in->codes[i].row, UNIT_WRONG_TWICE,
				       in->codes[i].text);
	return err;
}

/* ---- units that are there ---- */

static int64_t day_of(const struct importing *in, const struct unit_row *row)
{
	return row->first_day == UNIT_DAY_OPEN ? in->today : row->first_day;
}

static enum rq_err ask_ids(struct importing *in, const char *sql, const char *text,
			   int64_t day, struct ids *ids)
{
	const struct store_value values[] = {store_text(bytes_of(text)),
					     store_number(day)};
	size_t n = 0;
	enum rq_err err = ids_ask(in->store, sql, values, 2, ids, in->diag);

	/* what the person does not reach is not there */
	for (size_t i = 0; err == RQ_OK && in->act.by != NULL && i < ids->n; i++) {
		bool covers;

		err = reach_covers(in->store, in->act.by, ids->items[i], &covers,
				   in->diag);
		if (covers)
			ids->items[n++] = ids->items[i];
	}
	if (in->act.by != NULL)
		ids->n = n;
	return err;
}

static enum rq_err units_of_code(struct importing *in, const char *code, int64_t day,
				 struct ids *ids)
{
	static const char sql[] =
	    "SELECT unit FROM unit_code WHERE code = $1 AND first_day <= $2"
	    " AND end_day > $2";

	return ask_ids(in, sql, code, day, ids);
}

/* Of the name as it is written, else of its folded form. */
static enum rq_err units_of_name(struct importing *in, const char *name, int64_t day,
				 struct ids *ids)
{
	static const char exact[] =
	    "SELECT unit FROM unit_version WHERE name = $1 AND first_day <= $2"
	    " AND end_day > $2";
	static const char folded[] =
	    "SELECT unit FROM unit_version WHERE folded = $1 AND first_day <= $2"
	    " AND end_day > $2";
	struct buffer form = {0};
	enum rq_err err = ask_ids(in, exact, name, day, ids);

	if (err != RQ_OK || ids->n > 0)
		return err;
	ids_free(ids);
	err = name_fold(bytes_of(name), &form);
	buffer_u8(&form, 0);
	if (err == RQ_OK && !buffer_ok(&form))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = ask_ids(in, folded, (const char *)form.data, day, ids);
	buffer_free(&form);
	return err;
}

/* ---- the unit above ---- */

/* Which row of the table a parent's text means: NO_ROW none; *is_several. */
static enum rq_err row_above(struct importing *in, const struct unit_row *row,
			     int64_t *row_out, bool *is_several)
{
	struct buffer folded = {0};
	const struct key *keys;
	size_t n = 0, n_exact = 0;
	enum rq_err err = name_fold(bytes_of(row->parent), &folded);

	*row_out = NO_ROW;
	buffer_u8(&folded, 0);
	if (err == RQ_OK && !buffer_ok(&folded))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK) {
		keys = find_keys(in->names, in->n_names, (const char *)folded.data, &n);
		for (size_t i = 0; i < n; i++)
			if (strcmp(in->table->rows[keys[i].row].name, row->parent) ==
				0 &&
			    n_exact++ == 0)
				*row_out = keys[i].row;
		if (n == 1)
			*row_out = keys[0].row;
	}
	buffer_free(&folded);
	*is_several = n > 1 && n_exact != 1;
	return err;
}

enum above { ABOVE_KNOWN, ABOVE_LATER, ABOVE_MISSING, ABOVE_SEVERAL };

static enum above of_ids(const struct ids *ids, int64_t *id_out)
{
	if (ids->n == 1)
		*id_out = ids->items[0];
	return ids->n == 0 ? ABOVE_MISSING : ids->n == 1 ? ABOVE_KNOWN : ABOVE_SEVERAL;
}

/* ABOVE_LATER: it stands in the table and was not taken in yet. */
static enum rq_err find_above(struct importing *in, const struct unit_row *row,
			      enum above *above, int64_t *id_out)
{
	char code[CAP_UNIT_CODE + 1];
	const bool is_code = unit_code_form(bytes_of(row->parent), code) != 0;
	struct ids ids = {0};
	int64_t above_row = NO_ROW;
	bool is_several = false;
	size_t n = 0;
	enum rq_err err = RQ_OK;

	*id_out = 0;
	*above = ABOVE_KNOWN;
	if (row->parent[0] == 0)
		return RQ_OK;
	if (is_code) {
		const struct key *keys = find_keys(in->codes, in->n_codes, code, &n);

		above_row = n > 0 ? keys[0].row : NO_ROW;
	} else {
		err = row_above(in, row, &above_row, &is_several);
	}
	if (err == RQ_OK && above_row != NO_ROW && !is_several &&
	    in->ids[above_row] == 0) {
		*above = ABOVE_LATER;
		return RQ_OK;
	}
	if (err == RQ_OK)
		err = is_code ? units_of_code(in, code, day_of(in, row), &ids)
			      : units_of_name(in, row->parent, day_of(in, row), &ids);
	*above = is_several ? ABOVE_SEVERAL : of_ids(&ids, id_out);
	ids_free(&ids);
	return err;
}

/* ---- one row ---- */

/* The unit that the row is about, 0: none yet. */
static enum rq_err find_unit(struct importing *in, const struct unit_row *row,
			     int64_t parent, int64_t *id_out)
{
	static const char sql[] =
	    "SELECT unit FROM unit_version WHERE name = $1 AND end_day = $3"
	    " AND COALESCE(parent, 0) = $2";
	const struct store_value values[] = {store_text(bytes_of(row->name)),
					     store_number(parent),
					     store_number(DAY_FOREVER)};
	struct ids ids = {0};
	enum rq_err err = RQ_OK;

	*id_out = 0;
	for (size_t i = 0; err == RQ_OK && *id_out == 0 && i < 2; i++) {
		if (row->codes[i][0] != 0)
			err = units_of_code(in, row->codes[i], day_of(in, row), &ids);
		if (err == RQ_OK && ids.n > 0)
			*id_out = ids.items[0];
		ids_free(&ids);
	}
	if (err != RQ_OK || *id_out != 0)
		return err;
	err = store_ask_number(in->store, sql, values, 3, id_out, in->diag);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* What of a unit is not as the row has it. */
struct difference {
	bool name, parent, description;
};

static enum rq_err compare(struct importing *in, const struct unit_row *row, int64_t id,
			   int64_t parent, struct difference *difference)
{
	static const char sql[] =
	    "SELECT name, COALESCE(parent, 0), kind, rank, counts_only"
	    " FROM unit_version WHERE unit = $1 AND end_day = $2";
	const struct store_value values[] = {store_number(id),
					     store_number(DAY_FOREVER)};
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(in->store, sql, values, 2, &rows, in->diag);

	*difference = (struct difference){0};
	if (err == RQ_OK)
		err = rows_next(rows, in->diag);
	if (err == RQ_OK)
		*difference = (struct difference){
		    .name = !bytes_equal_text(rows_bytes(rows, 0), row->name),
		    .parent = rows_number(rows, 1) != parent,
		    .description = rows_number(rows, 2) != (int64_t)row->kind ||
				   rows_number(rows, 3) != row->rank ||
				   (rows_number(rows, 4) != 0) != row->counts_only,
		};
	rows_free(rows);
	return err;
}

static enum rq_err change(struct importing *in, const struct unit_row *row, int64_t id,
			  int64_t parent, bool *changed)
{
	const int64_t day = day_of(in, row);
	const struct unit as = {
	    .kind = row->kind, .rank = row->rank, .counts_only = row->counts_only};
	struct difference is = {0};
	enum rq_err err = compare(in, row, id, parent, &is);

	if (err == RQ_OK && is.parent)
		err = unit_move(in->store, &in->act, id, parent, day, in->diag);
	if (err == RQ_OK && is.name)
		err = unit_rename(in->store, &in->act, id, bytes_of(row->name), day,
				  in->diag);
	if (err == RQ_OK && is.description)
		err = unit_describe(in->store, &in->act, id, &as, day, in->diag);
	*changed = is.parent || is.name || is.description;
	return err;
}

static enum rq_err add(struct importing *in, const struct unit_row *row, int64_t parent,
		       int64_t *id_out)
{
	const struct unit wanted = {.parent = parent,
				    .first_day = day_of(in, row),
				    .name = bytes_of(row->name),
				    .kind = row->kind,
				    .rank = row->rank,
				    .counts_only = row->counts_only};

	return unit_add(in->store, &in->act, &wanted, id_out, in->diag);
}

static enum rq_err give_codes(struct importing *in, const struct unit_row *row,
			      int64_t id, bool *changed)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < 2; i++) {
		struct ids ids = {0};

		if (row->codes[i][0] == 0)
			continue;
		err = units_of_code(in, row->codes[i], day_of(in, row), &ids);
		if (err == RQ_OK && (ids.n != 1 || ids.items[0] != id)) {
			*changed = true;
			err = unit_give_code(in->store, &in->act, id,
					     bytes_of(row->codes[i]), day_of(in, row),
					     in->diag);
		}
		ids_free(&ids);
	}
	return err;
}

/* Whether another row was that unit. */
static bool is_taken(const struct importing *in, int64_t id)
{
	for (size_t i = 0; i < in->table->n_rows; i++)
		if (in->ids[i] == id)
			return true;
	return false;
}

/* In a part of its own, so that what the store refuses leaves the others be. */
static enum rq_err take_row(struct importing *in, size_t i, int64_t parent)
{
	const struct unit_row *row = &in->table->rows[i];
	int64_t id = 0;
	bool is_new, changed = false;
	enum rq_err err = find_unit(in, row, parent, &id);

	is_new = id == 0;
	if (err == RQ_OK && !is_new && is_taken(in, id))
		return complain(in, i, UNIT_WRONG_TWICE, row->name);
	if (err == RQ_OK)
		err = is_new ? add(in, row, parent, &id)
			     : change(in, row, id, parent, &changed);
	if (err == RQ_OK)
		err = give_codes(in, row, id, &changed);
	if (err != RQ_OK)
		return err;
	in->ids[i] = id;
	in->done->n_added += is_new;
	in->done->n_changed += !is_new && changed;
	in->done->n_same += !is_new && !changed;
	return RQ_OK;
}

static bool is_refusal(enum rq_err err)
{
	return err == RQ_ERR_CONFLICT || err == RQ_ERR_USAGE || err == RQ_ERR_NOT_FOUND;
}

static enum rq_err try_row(struct importing *in, size_t i, int64_t parent)
{
	struct rq_diag why = {.what = ""};
	struct rq_diag *diag = in->diag;
	enum rq_err err = store_part_begin(in->store, diag);

	if (err != RQ_OK)
		return err;
	in->diag = &why;
	err = take_row(in, i, parent);
	in->diag = diag;
	if (err == RQ_OK)
		return store_part_keep(in->store, diag);
	store_part_undo(in->store);
	if (is_refusal(err))
		return complain(in, i, UNIT_WRONG_CHANGE, why.what);
	if (diag != NULL)
		*diag = why;
	return err;
}

/* ---- all rows ---- */

/* Rows whose unit above is known by now; the last pass waits for none. */
static enum rq_err pass(struct importing *in, bool is_last, size_t *n_taken)
{
	enum rq_err err = RQ_OK;

	*n_taken = 0;
	for (size_t i = 0; err == RQ_OK && i < in->table->n_rows; i++) {
		const struct unit_row *row = &in->table->rows[i];
		enum above above;
		int64_t parent;

		if (in->ids[i] != 0 || in->is_wrong[i])
			continue;
		err = find_above(in, row, &above, &parent);
		if (err != RQ_OK || (above == ABOVE_LATER && !is_last))
			continue;
		if (above == ABOVE_KNOWN)
			err = try_row(in, i, parent);
		else
			err = complain(in, i,
				       above == ABOVE_SEVERAL ? UNIT_WRONG_SEVERAL
							      : UNIT_WRONG_PARENT,
				       row->parent);
		++*n_taken;
	}
	return err;
}

static enum rq_err take_rows(struct importing *in)
{
	size_t n_taken = 1;
	enum rq_err err = make_keys(in);

	if (err == RQ_OK)
		err = find_doubles(in);
	while (err == RQ_OK && n_taken > 0)
		err = pass(in, false, &n_taken);
	return err == RQ_OK ? pass(in, true, &n_taken) : err;
}

static enum rq_err note_import(struct importing *in)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("added"), store_number((int64_t)in->done->n_added)},
	    {BYTES_LITERAL("changed"), store_number((int64_t)in->done->n_changed)},
	    {BYTES_LITERAL("same"), store_number((int64_t)in->done->n_same)}};

	return unit_note(in->store, &in->act, 0, "unit.import", fields, 3, in->diag);
}

enum rq_err unit_import(struct store *store, const struct unit_act *act,
			struct unit_table *table, struct arena *arena, bool only_check,
			struct unit_import *done, struct rq_diag *diag)
{
	struct importing in = {.store = store,
			       .act = *act,
			       .today = act->today,
			       .table = table,
			       .arena = arena,
			       .done = done,
			       .diag = diag};
	int64_t n_units = 0;
	enum rq_err err = store_ask_number(store, "SELECT count(*) FROM unit", NULL, 0,
					   &n_units, diag);

	*done = (struct unit_import){0};
	if (err == RQ_OK)
		err = store_part_begin(store, diag);
	if (err != RQ_OK)
		return err;
	if (n_units == 0)
		in.act.today = INT64_MIN;
	err = take_rows(&in);
	done->is_done = err == RQ_OK && !only_check && table->n_wrong == 0;
	if (done->is_done)
		err = note_import(&in);
	if (err != RQ_OK)
		done->is_done = false;
	if (done->is_done)
		return store_part_keep(store, diag);
	store_part_undo(store);
	return err;
}
