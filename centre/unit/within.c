#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "centre/unit/unit_internal.h"

void ids_free(struct ids *ids)
{
	alloc_free(ids->items);
	*ids = (struct ids){0};
}

enum rq_err ids_ask(struct store *store, const char *sql,
		    const struct store_value *values, size_t n_values,
		    struct ids *ids_out, struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, sql, values, n_values, &rows, diag);

	*ids_out = (struct ids){0};
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		if (!alloc_grow((void **)&ids_out->items, &ids_out->capacity,
				ids_out->n + 1, sizeof *ids_out->items))
			err = RQ_ERR_MEMORY;
		else
			ids_out->items[ids_out->n++] = rows_number(rows, 0);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* The rows of one unit, $1, from day $2 on: of each run of days in which it and all above
 * it stayed where they are.  A loop would end at $3. */
#define WITHIN_OF_UNIT                                                                 \
	"WITH RECURSIVE up (above, first_day, end_day, depth) AS ("                    \
	"SELECT unit, CASE WHEN first_day < $2 THEN $2 ELSE first_day END, end_day,"   \
	" CAST(0 AS BIGINT) FROM unit_version WHERE unit = $1 AND end_day > $2"        \
	" UNION ALL "                                                                  \
	"SELECT v.parent,"                                                             \
	" CASE WHEN v.first_day < up.first_day THEN up.first_day ELSE v.first_day "    \
	"END,"                                                                         \
	" CASE WHEN v.end_day > up.end_day THEN up.end_day ELSE v.end_day END,"        \
	" up.depth + 1 FROM up JOIN unit_version AS v ON v.unit = up.above"            \
	" AND v.first_day < up.end_day AND v.end_day > up.first_day"                   \
	" WHERE v.parent IS NOT NULL AND up.depth <= $3) "

static enum rq_err refresh_one(struct store *store, int64_t unit, int64_t day,
			       struct rq_diag *diag)
{
	static const char cut[] =
	    "UPDATE unit_within SET end_day = $2"
	    " WHERE unit = $1 AND first_day < $2 AND end_day > $2";
	static const char drop[] =
	    "DELETE FROM unit_within WHERE unit = $1 AND first_day >= $2";
	static const char fill[] =
	    "INSERT INTO unit_within (unit, above, first_day, end_day, depth)"
	    " " WITHIN_OF_UNIT
	    "SELECT CAST($1 AS BIGINT), above, first_day, end_day, depth FROM up";
	static const char deepest[] =
	    "SELECT COALESCE(max(depth), 0) FROM unit_within WHERE unit = $1";
	const struct store_value values[] = {store_number(unit), store_number(day),
					     store_number(CAP_UNIT_DEPTH)};
	int64_t depth = 0;
	enum rq_err err = store_run(store, cut, values, 2, NULL, diag);

	if (err == RQ_OK)
		err = store_run(store, drop, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, fill, values, 3, NULL, diag);
	if (err == RQ_OK)
		err = store_ask_number(store, deepest, values, 1, &depth, diag);
	if (err == RQ_OK && depth > CAP_UNIT_DEPTH)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "units would be more than %d deep", CAP_UNIT_DEPTH);
	return err;
}

enum rq_err within_refresh(struct store *store, int64_t unit, int64_t day,
			   struct rq_diag *diag)
{
	static const char below[] = "SELECT DISTINCT unit FROM unit_within"
				    " WHERE above = $1 AND end_day > $2"
				    " AND unit <> $1";
	const struct store_value values[] = {store_number(unit), store_number(day)};
	struct ids ids = {0};
	enum rq_err err = ids_ask(store, below, values, 2, &ids, diag);

	if (err == RQ_OK)
		err = refresh_one(store, unit, day, diag);
	for (size_t i = 0; err == RQ_OK && i < ids.n; i++)
		err = refresh_one(store, ids.items[i], day, diag);
	ids_free(&ids);
	return err;
}

enum rq_err within_is(struct store *store, int64_t unit, int64_t above, int64_t day,
		      bool *is_out, struct rq_diag *diag)
{
	static const char sql[] = "SELECT count(*) FROM unit_within"
				  " WHERE unit = $1 AND above = $2 AND end_day > $3";
	const struct store_value values[] = {store_number(unit), store_number(above),
					     store_number(day)};
	int64_t n = 0;
	enum rq_err err = store_ask_number(store, sql, values, 3, &n, diag);

	*is_out = n > 0;
	return err;
}

/* ---- the check ---- */

static enum rq_err check_one(struct store *store, int64_t unit, struct rq_diag *diag)
{
	/* days of each pair, however they are cut into runs */
	static const char derived[] =
	    WITHIN_OF_UNIT "SELECT CAST(COALESCE(sum((end_day - first_day) * (above * "
			   "131 + depth)), 0)"
			   " AS BIGINT) FROM up";
	static const char kept[] = "SELECT CAST(COALESCE(sum((end_day - first_day) * "
				   "(above * 131 + depth)), 0)"
				   " AS BIGINT) FROM unit_within WHERE unit = $1";
	const struct store_value values[] = {
	    store_number(unit), store_number(INT64_MIN), store_number(CAP_UNIT_DEPTH)};
	int64_t a = 0, b = 0;
	enum rq_err err = store_ask_number(store, derived, values, 3, &a, diag);

	if (err == RQ_OK)
		err = store_ask_number(store, kept, values, 1, &b, diag);
	if (err == RQ_OK && a != b)
		err = rq_fail(diag, RQ_ERR_FORMAT, NULL,
			      "what unit %lld is within is not what its days say",
			      (long long)unit);
	return err;
}

enum rq_err unit_check(struct store *store, struct rq_diag *diag)
{
	struct ids ids = {0};
	enum rq_err err =
	    ids_ask(store, "SELECT id FROM unit ORDER BY id", NULL, 0, &ids, diag);

	for (size_t i = 0; err == RQ_OK && i < ids.n; i++)
		err = check_one(store, ids.items[i], diag);
	ids_free(&ids);
	return err;
}
