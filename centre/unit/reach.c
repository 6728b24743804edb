#include "centre/unit/reach.h"

#include "centre/unit/unit_internal.h"

void reach_values(const struct reach *reach, struct store_value *values)
{
	values[0] = store_number(reach->person);
	values[1] = store_number(reach->roles);
	values[2] = store_number(reach->now_ms);
	values[3] = store_number(reach->day);
}

enum rq_err reach_covers(struct store *store, const struct reach *reach, int64_t unit,
			 bool *covers_out, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT id FROM unit WHERE id = $5 AND " REACH_COVERS("unit.id");
	struct store_value values[REACH_VALUES + 1];
	int64_t id;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(unit);
	err = store_ask_number(store, sql, values, REACH_VALUES + 1, &id, diag);
	*covers_out = err == RQ_OK;
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err reach_must_cover(struct store *store, const struct reach *by, int64_t unit,
			     struct rq_diag *diag)
{
	static const char sql[] = "SELECT id FROM unit WHERE id = $1";
	const struct store_value value = store_number(unit);
	bool covers = true;
	int64_t id;
	enum rq_err err = store_ask_number(store, sql, &value, 1, &id, diag);

	if (err == RQ_OK && by != NULL)
		err = reach_covers(store, by, unit, &covers, diag);
	if (err == RQ_ERR_NOT_FOUND || (err == RQ_OK && !covers))
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such unit");
	return err;
}

/* ---- roles ---- */

static bool is_one_kind(enum role_kind kind)
{
	return kind > 0 && kind < ROLES_ALL &&
	       ((unsigned)kind & ((unsigned)kind - 1)) == 0;
}

enum rq_err role_give(struct store *store, const struct reach *by, struct role *role,
		      int64_t now_ms, struct rq_diag *diag)
{
	static const char sql[] =
	    "INSERT INTO role (id, person, kind, unit, first_ms, end_ms, by_person)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)";
	enum rq_err err;

	if (!is_one_kind(role->kind) || role->first_ms >= role->end_ms)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a role is of one kind and ends after it begins");
	role->by_person = by != NULL ? by->person : 0;
	err = reach_must_cover(store, by, role->unit, diag);
	if (err == RQ_OK)
		err = store_id(store, &role->id, diag);
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_number(role->id),       store_number(role->person),
		    store_number(role->kind),     store_number(role->unit),
		    store_number(role->first_ms), store_number(role->end_ms),
		    store_number(role->by_person)};

		err = store_run(store, sql, values, 7, NULL, diag);
	}
	if (err == RQ_OK) {
		const struct audit_field fields[] = {
		    {BYTES_LITERAL("role"), store_number(role->id)},
		    {BYTES_LITERAL("person"), store_number(role->person)},
		    {BYTES_LITERAL("kind"), store_number(role->kind)},
		    {BYTES_LITERAL("first_ms"), store_number(role->first_ms)},
		    {BYTES_LITERAL("end_ms"), store_number(role->end_ms)}};
		const struct audit_event event = {
		    now_ms,     role->by_person,
		    role->unit, BYTES_LITERAL("role.give"),
		    fields,     5};

		err = audit_append(store, &event, diag);
	}
	return err;
}

enum rq_err role_end(struct store *store, const struct reach *by, int64_t id,
		     int64_t end_ms, int64_t now_ms, struct rq_diag *diag)
{
	static const char find[] =
	    "SELECT unit FROM role WHERE id = $1 AND end_ms > $2 AND first_ms < $2";
	static const char change[] = "UPDATE role SET end_ms = $2 WHERE id = $1";
	const struct store_value values[] = {store_number(id), store_number(end_ms)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("role"), store_number(id)},
	    {BYTES_LITERAL("end_ms"), store_number(end_ms)}};
	struct audit_event event = {now_ms, by != NULL ? by->person : 0,
				    0,      BYTES_LITERAL("role.end"),
				    fields, 2};
	enum rq_err err = store_ask_number(store, find, values, 2, &event.unit, diag);

	if (err == RQ_OK)
		err = reach_must_cover(store, by, event.unit, diag);
	if (err == RQ_OK)
		err = store_run(store, change, values, 2, NULL, diag);
	return err == RQ_OK ? audit_append(store, &event, diag) : err;
}

enum rq_err role_list(struct store *store, const struct reach *reach, int64_t person,
		      void *listener,
		      enum rq_err (*told)(void *listener, const struct role *role),
		      struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT r.id, r.person, r.kind, r.unit, r.first_ms, r.end_ms, r.by_person"
	    " FROM role AS r WHERE r.first_ms <= $3 AND r.end_ms > $3"
	    " AND ($5 = 0 OR r.person = $5) AND " REACH_COVERS(
		"r.unit") " ORDER BY r.person, r.unit, r.kind, r.id";
	struct store_value values[REACH_VALUES + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(person);
	err = store_ask(store, sql, values, REACH_VALUES + 1, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct role role = {
		    .id = rows_number(rows, 0),
		    .person = rows_number(rows, 1),
		    .kind = (enum role_kind)rows_number(rows, 2),
		    .unit = rows_number(rows, 3),
		    .first_ms = rows_number(rows, 4),
		    .end_ms = rows_number(rows, 5),
		    .by_person = rows_number(rows, 6),
		};

		err = told(listener, &role);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
