#include "bytes/cap.h"
#include "centre/unit/name.h"
#include "centre/unit/unit_internal.h"

#include <string.h>

/* What a struct unit is made of; a parent is named when reach covers it. */
#define PARENT_COVERED REACH_COVERS("v.parent")
#define UNIT_COLUMNS                                                                   \
	"v.unit, CASE WHEN " PARENT_COVERED " THEN v.parent END, v.first_day,"         \
	" v.end_day, v.name, v.kind, v.rank, v.counts_only"
#define PROTOCOL_ORDER                                                                 \
	" ORDER BY v.counts_only, v.kind, v.rank, v.folded, v.name, v.unit"
#define ON_THE_DAY " v.first_day <= $4 AND v.end_day > $4 AND " REACH_COVERS("v.unit")

static struct unit unit_of(const struct store_rows *rows)
{
	return (struct unit){
	    .id = rows_number(rows, 0),
	    .parent = rows_number(rows, 1),
	    .first_day = rows_number(rows, 2),
	    .end_day = rows_number(rows, 3),
	    .name = rows_bytes(rows, 4),
	    .kind = (enum unit_kind)rows_number(rows, 5),
	    .rank = rows_number(rows, 6),
	    .counts_only = rows_number(rows, 7) != 0,
	};
}

/* sql with the values of reach and one more. */
static enum rq_err ask_reach(struct store *store, const char *sql,
			     const struct reach *reach, struct store_value more,
			     struct store_rows **rows_out, struct rq_diag *diag)
{
	struct store_value values[REACH_VALUES + 1];

	reach_values(reach, values);
	values[REACH_VALUES] = more;
	return store_ask(store, sql, values, REACH_VALUES + 1, rows_out, diag);
}

/* Tells each; *n_out (may be NULL) of them. */
static enum rq_err tell_units(struct store *store, const char *sql,
			      const struct reach *reach, int64_t more, void *listener,
			      enum rq_err (*told)(void *listener,
						  const struct unit *unit),
			      size_t *n_out, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	size_t n = 0;
	enum rq_err err = ask_reach(store, sql, reach, store_number(more), &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct unit unit = unit_of(rows);

		n++;
		err = told(listener, &unit);
	}
	rows_free(rows);
	if (n_out != NULL)
		*n_out = n;
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err unit_list(struct store *store, const struct reach *reach, int64_t above,
		      void *listener,
		      enum rq_err (*told)(void *listener, const struct unit *unit),
		      struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT " UNIT_COLUMNS " FROM unit_version AS v WHERE" ON_THE_DAY
	    " AND ($5 = 0 OR EXISTS (SELECT 1 FROM unit_within AS w WHERE w.unit = "
	    "v.unit"
	    " AND w.above = $5 AND w.first_day <= $4 AND w.end_day > "
	    "$4))" PROTOCOL_ORDER;

	return tell_units(store, sql, reach, above, listener, told, NULL, diag);
}

enum rq_err unit_get(struct store *store, const struct reach *reach, int64_t unit,
		     void *listener,
		     enum rq_err (*told)(void *listener, const struct unit *unit),
		     struct rq_diag *diag)
{
	static const char sql[] = "SELECT " UNIT_COLUMNS " FROM unit_version AS v"
				  " WHERE v.unit = $5 AND" ON_THE_DAY;
	size_t n = 0;
	enum rq_err err = tell_units(store, sql, reach, unit, listener, told, &n, diag);

	return err == RQ_OK && n == 0
		   ? rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such unit")
		   : err;
}

enum rq_err unit_history(struct store *store, const struct reach *reach, int64_t unit,
			 void *listener,
			 enum rq_err (*told)(void *listener, const struct unit *unit),
			 struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT " UNIT_COLUMNS " FROM unit_version AS v"
	    " WHERE v.unit = $5 AND " REACH_COVERS("v.unit") " ORDER BY v.first_day";

	return tell_units(store, sql, reach, unit, listener, told, NULL, diag);
}

enum rq_err unit_codes(struct store *store, const struct reach *reach, int64_t unit,
		       void *listener,
		       enum rq_err (*told)(void *listener,
					   const struct unit_code *code),
		       struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT c.code, c.form, c.first_day, c.end_day FROM unit_code AS c"
	    " WHERE c.unit = $5 AND " REACH_COVERS(
		"c.unit") " ORDER BY c.first_day, c.form, c.code";
	struct store_rows *rows = NULL;
	enum rq_err err = ask_reach(store, sql, reach, store_number(unit), &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct unit_code code = {
		    rows_bytes(rows, 0), (enum code_form)rows_number(rows, 1),
		    rows_number(rows, 2), rows_number(rows, 3)};

		err = told(listener, &code);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

#define UNIT_COVERED      REACH_COVERS("s.unit")
#define SUCCESSOR_COVERED REACH_COVERS_ON("s.successor", "s.day")

enum rq_err unit_successors(struct store *store, const struct reach *reach,
			    int64_t unit, void *listener,
			    enum rq_err (*told)(void *listener,
						const struct unit_successor *successor),
			    struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT s.successor, s.day, s.how FROM unit_successor AS s"
	    " WHERE s.unit = $5 AND " UNIT_COVERED " AND " SUCCESSOR_COVERED
	    " ORDER BY s.day, s.successor";
	struct store_rows *rows = NULL;
	enum rq_err err = ask_reach(store, sql, reach, store_number(unit), &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct unit_successor successor = {
		    rows_number(rows, 0), rows_number(rows, 1),
		    (enum successor_how)rows_number(rows, 2)};

		err = told(listener, &successor);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* ---- what a person typed ---- */

static void found_add(struct unit_found *found, int64_t id)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->ids[i] == id)
			return;
	if (found->n < CAP_UNIT_FOUND)
		found->ids[found->n++] = id;
	else
		found->is_more = true;
}

static enum rq_err find_code(struct store *store, const struct reach *reach,
			     struct bytes text, struct unit_found *found,
			     struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT c.unit FROM unit_code AS c WHERE c.code = $5"
	    " AND c.first_day <= $4 AND c.end_day > $4 AND " REACH_COVERS("c.unit");
	char code[CAP_UNIT_CODE + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	if (unit_code_form(text, code) == 0)
		return RQ_OK;
	err = ask_reach(store, sql, reach, store_text(bytes_of(code)), &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		found_add(found, rows_number(rows, 0));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* What is found by name: all of the folded form, and those of the marks. */
struct by_name {
	struct buffer folded, marked, other;
	struct unit_found *all, same;
};

static enum rq_err compare_marks(struct by_name *by, struct bytes name, int64_t id)
{
	enum rq_err err;

	buffer_clear(&by->other);
	err = name_marked(name, &by->other);
	if (err == RQ_OK &&
	    bytes_equal(buffer_bytes(&by->other), buffer_bytes(&by->marked)))
		found_add(&by->same, id);
	found_add(by->all, id);
	return err;
}

static enum rq_err find_reading(struct store *store, const struct reach *reach,
				struct bytes text, unsigned reading, struct by_name *by,
				struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT v.unit, v.name FROM unit_version AS v WHERE v.folded = $5"
	    " AND" ON_THE_DAY PROTOCOL_ORDER;
	struct store_rows *rows = NULL;
	enum rq_err err;

	buffer_clear(&by->folded);
	err = name_fold_reading(text, reading, &by->folded);
	if (err != RQ_OK || by->folded.size == 0)
		return err;
	err = ask_reach(store, sql, reach, store_text(buffer_bytes(&by->folded)), &rows,
			diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = compare_marks(by, rows_bytes(rows, 1), rows_number(rows, 0));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err find_name(struct store *store, const struct reach *reach,
			     struct bytes text, struct unit_found *found,
			     struct rq_diag *diag)
{
	struct by_name by = {.all = found};
	enum rq_err err = name_marked(text, &by.marked);

	for (unsigned i = 0; err == RQ_OK && i < NAME_READINGS; i++)
		err = find_reading(store, reach, text, i, &by, diag);
	if (err == RQ_OK && by.same.n > 0)
		*found = by.same;
	buffer_free(&by.folded);
	buffer_free(&by.marked);
	buffer_free(&by.other);
	/* what is no name at all is nobody's */
	return err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT ? RQ_OK : err;
}

enum rq_err unit_find(struct store *store, const struct reach *reach, struct bytes text,
		      struct unit_found *found, struct rq_diag *diag)
{
	enum rq_err err;

	*found = (struct unit_found){0};
	err = find_code(store, reach, text, found, diag);
	return err == RQ_OK && found->n == 0
		   ? find_name(store, reach, text, found, diag)
		   : err;
}

/* ---- search ---- */

/* Whether a word of name (blanks between them) begins with word. */
static bool begins_word(struct bytes name, struct bytes word)
{
	for (size_t i = 0; i + word.n <= name.n; i++)
		if ((i == 0 || name.at[i - 1] == ' ') &&
		    memcmp(name.at + i, word.at, word.n) == 0)
			return true;
	return false;
}

static bool has_all_words(struct bytes name, struct bytes words)
{
	while (words.n > 0) {
		const uint8_t *blank = memchr(words.at, ' ', words.n);
		size_t n = blank != NULL ? (size_t)(blank - words.at) : words.n;

		if (!begins_word(name, (struct bytes){words.at, n}))
			return false;
		n += blank != NULL;
		words = (struct bytes){words.at + n, words.n - n};
	}
	return true;
}

static enum rq_err search_names(struct store *store, const struct reach *reach,
				struct bytes words, struct unit_found *found,
				struct rq_diag *diag)
{
	/* a province has some thousand units: all are looked at */
	static const char sql[] = "SELECT v.unit, v.folded FROM unit_version AS v"
				  " WHERE" ON_THE_DAY PROTOCOL_ORDER;
	struct store_value values[REACH_VALUES];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	err = store_ask(store, sql, values, REACH_VALUES, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		if (has_all_words(rows_bytes(rows, 1), words))
			found_add(found, rows_number(rows, 0));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err unit_search(struct store *store, const struct reach *reach,
			struct bytes text, struct unit_found *found,
			struct rq_diag *diag)
{
	struct buffer words = {0};
	enum rq_err err;

	*found = (struct unit_found){0};
	err = find_code(store, reach, text, found, diag);
	for (unsigned i = 0; err == RQ_OK && i < NAME_READINGS; i++) {
		buffer_clear(&words);
		err = name_fold_reading(text, i, &words);
		if (err == RQ_OK && words.size > 0)
			err = search_names(store, reach, buffer_bytes(&words), found,
					   diag);
	}
	buffer_free(&words);
	return err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT ? RQ_OK : err;
}
