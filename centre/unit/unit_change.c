#include "bytes/cap.h"
#include "centre/unit/name.h"
#include "centre/unit/unit_internal.h"

/* ---- what every change asks ---- */

enum rq_err unit_day_is_open(const struct unit_act *act, int64_t day,
			     struct rq_diag *diag)
{
	if (day >= DAY_FOREVER)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "no such day");
	if (day < act->today)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "that day is over: what was reported of it stays");
	return RQ_OK;
}

static enum rq_err permit(struct store *store, const struct unit_act *act, int64_t unit,
			  int64_t day, struct rq_diag *diag)
{
	enum rq_err err = unit_day_is_open(act, day, diag);

	return err == RQ_OK ? reach_must_cover(store, act->by, unit, diag) : err;
}

enum rq_err unit_stays(struct store *store, const struct unit_act *act, int64_t unit,
		       int64_t day, struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT min(first_day) FROM unit_version WHERE unit = $1"
	    " GROUP BY unit HAVING max(end_day) = $2";
	const struct store_value values[] = {store_number(unit),
					     store_number(DAY_FOREVER)};
	int64_t first_day = 0;
	enum rq_err err = reach_must_cover(store, act->by, unit, diag);

	if (err != RQ_OK)
		return err;
	err = store_ask_number(store, sql, values, 2, &first_day, diag);
	if (err == RQ_ERR_NOT_FOUND || (err == RQ_OK && first_day > day))
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "the unit is not there from that day on");
	return err;
}

enum rq_err unit_note(struct store *store, const struct unit_act *act, int64_t unit,
		      const char *event, const struct audit_field *fields,
		      size_t n_fields, struct rq_diag *diag)
{
	const struct audit_event entry = {
	    .time = act->time_ms,
	    .actor = act->by != NULL ? act->by->person : 0,
	    .unit = unit,
	    .event = bytes_of(event),
	    .fields = fields,
	    .n_fields = n_fields,
	};

	return audit_append(store, &entry, diag);
}

/* A version that begins on day and has no end: it is there already, or the last one is
 * cut in two. */
static enum rq_err version_from(struct store *store, int64_t unit, int64_t day,
				struct rq_diag *diag)
{
	static const char last[] =
	    "SELECT first_day FROM unit_version WHERE unit = $1 AND end_day = $2";
	static const char cut[] =
	    "UPDATE unit_version SET end_day = $3 WHERE unit = $1 AND end_day = $2";
	static const char copy[] =
	    "INSERT INTO unit_version (unit, first_day, end_day, parent, name, folded,"
	    " kind, rank, counts_only) SELECT unit, end_day, $2, parent, name, folded,"
	    " kind, rank, counts_only FROM unit_version WHERE unit = $1"
	    " AND end_day = $3";
	const struct store_value values[] = {
	    store_number(unit), store_number(DAY_FOREVER), store_number(day)};
	int64_t first_day;
	enum rq_err err = store_ask_number(store, last, values, 2, &first_day, diag);

	if (err == RQ_ERR_NOT_FOUND)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL, "the unit has an end");
	if (err == RQ_OK && first_day > day)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "a later change of the unit is known");
	if (err != RQ_OK || first_day == day)
		return err;
	err = store_run(store, cut, values, 3, NULL, diag);
	return err == RQ_OK ? store_run(store, copy, values, 3, NULL, diag) : err;
}

/* The top is nobody's but the centre's. */
static enum rq_err parent_holds(struct store *store, const struct unit_act *act,
				int64_t parent, int64_t day, struct rq_diag *diag)
{
	if (parent != 0)
		return unit_stays(store, act, parent, day, diag);
	return act->by == NULL
		   ? RQ_OK
		   : rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such unit");
}

/* ---- names ---- */

struct named {
	struct buffer tidy, folded;
};

static void named_free(struct named *named)
{
	buffer_free(&named->tidy);
	buffer_free(&named->folded);
}

static enum rq_err name_of(struct bytes name, struct named *named, struct rq_diag *diag)
{
	enum rq_err err = name_tidy(name, &named->tidy);

	if (err == RQ_OK)
		err = name_fold(buffer_bytes(&named->tidy), &named->folded);
	if (err == RQ_ERR_FORMAT || err == RQ_ERR_LIMIT ||
	    (err == RQ_OK && named->folded.size == 0))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "a name has letters or digits, no hidden characters and "
			      "at most %d bytes",
			      CAP_UNIT_NAME);
	return err;
}

/* Two of one name below one unit could be told apart by nobody. */
static enum rq_err names_differ(struct store *store, int64_t unit, int64_t day,
				struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT count(*) FROM unit_version AS a JOIN unit_version AS b"
	    " ON b.name = a.name AND b.unit <> a.unit AND b.end_day > a.first_day"
	    " AND (b.parent = a.parent OR (b.parent IS NULL AND a.parent IS NULL))"
	    " WHERE a.unit = $1 AND a.first_day = $2";
	const struct store_value values[] = {store_number(unit), store_number(day)};
	int64_t n = 0;
	enum rq_err err = store_ask_number(store, sql, values, 2, &n, diag);

	if (err == RQ_OK && n > 0)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a unit of that name is there already");
	return err;
}

/* ---- one unit ---- */

static struct store_value parent_value(int64_t parent)
{
	return parent == 0 ? store_null() : store_number(parent);
}

static enum rq_err check_description(const struct unit *as, struct rq_diag *diag)
{
	if (as->kind < UNIT_PROVINCE || as->kind > UNIT_OTHER)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "no such kind of unit");
	return RQ_OK;
}

static enum rq_err insert_unit(struct store *store, const struct unit_act *act,
			       const struct unit *wanted, const struct named *named,
			       int64_t id, struct rq_diag *diag)
{
	static const char unit[] = "INSERT INTO unit (id, created_ms) VALUES ($1, $2)";
	static const char version[] =
	    "INSERT INTO unit_version (unit, first_day, end_day, parent, name, folded,"
	    " kind, rank, counts_only) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
	const struct store_value values[] = {
	    store_number(id),
	    store_number(wanted->first_day),
	    store_number(DAY_FOREVER),
	    parent_value(wanted->parent),
	    store_text(buffer_bytes(&named->tidy)),
	    store_text(buffer_bytes(&named->folded)),
	    store_number(wanted->kind),
	    store_number(wanted->rank),
	    store_number(wanted->counts_only),
	};
	const struct store_value begun[] = {store_number(id),
					    store_number(act->time_ms)};
	enum rq_err err = store_run(store, unit, begun, 2, NULL, diag);

	return err == RQ_OK ? store_run(store, version, values, 9, NULL, diag) : err;
}

static enum rq_err note_unit(struct store *store, const struct unit_act *act,
			     int64_t id, const struct unit *unit, struct bytes name,
			     struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("day"), store_number(unit->first_day)},
	    {BYTES_LITERAL("parent"), parent_value(unit->parent)},
	    {BYTES_LITERAL("name"), store_text(name)},
	    {BYTES_LITERAL("kind"), store_number(unit->kind)},
	    {BYTES_LITERAL("rank"), store_number(unit->rank)},
	    {BYTES_LITERAL("counts_only"), store_number(unit->counts_only)}};

	return unit_note(store, act, id, "unit.add", fields, 6, diag);
}

enum rq_err unit_add(struct store *store, const struct unit_act *act,
		     const struct unit *wanted, int64_t *id_out, struct rq_diag *diag)
{
	struct named named = {0};
	enum rq_err err = check_description(wanted, diag);

	*id_out = 0;
	if (err == RQ_OK)
		err = unit_day_is_open(act, wanted->first_day, diag);
	if (err == RQ_OK)
		err = parent_holds(store, act, wanted->parent, wanted->first_day, diag);
	if (err == RQ_OK)
		err = name_of(wanted->name, &named, diag);
	if (err == RQ_OK)
		err = store_id(store, id_out, diag);
	if (err == RQ_OK)
		err = insert_unit(store, act, wanted, &named, *id_out, diag);
	if (err == RQ_OK)
		err = names_differ(store, *id_out, wanted->first_day, diag);
	if (err == RQ_OK)
		err = within_refresh(store, *id_out, wanted->first_day, diag);
	if (err == RQ_OK)
		err = note_unit(store, act, *id_out, wanted, buffer_bytes(&named.tidy),
				diag);
	named_free(&named);
	return err;
}

enum rq_err unit_rename(struct store *store, const struct unit_act *act, int64_t unit,
			struct bytes name, int64_t day, struct rq_diag *diag)
{
	static const char sql[] = "UPDATE unit_version SET name = $3, folded = $4"
				  " WHERE unit = $1 AND first_day = $2";
	struct named named = {0};
	enum rq_err err = permit(store, act, unit, day, diag);

	if (err == RQ_OK)
		err = name_of(name, &named, diag);
	if (err == RQ_OK)
		err = version_from(store, unit, day, diag);
	if (err == RQ_OK) {
		const struct store_value values[] = {
		    store_number(unit), store_number(day),
		    store_text(buffer_bytes(&named.tidy)),
		    store_text(buffer_bytes(&named.folded))};

		err = store_run(store, sql, values, 4, NULL, diag);
	}
	if (err == RQ_OK)
		err = names_differ(store, unit, day, diag);
	if (err == RQ_OK) {
		const struct audit_field fields[] = {
		    {BYTES_LITERAL("day"), store_number(day)},
		    {BYTES_LITERAL("name"), store_text(buffer_bytes(&named.tidy))}};

		err = unit_note(store, act, unit, "unit.rename", fields, 2, diag);
	}
	named_free(&named);
	return err;
}

enum rq_err unit_move(struct store *store, const struct unit_act *act, int64_t unit,
		      int64_t parent, int64_t day, struct rq_diag *diag)
{
	static const char sql[] = "UPDATE unit_version SET parent = $3"
				  " WHERE unit = $1 AND first_day = $2";
	const struct store_value values[] = {store_number(unit), store_number(day),
					     parent_value(parent)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("day"), store_number(day)},
	    {BYTES_LITERAL("parent"), parent_value(parent)}};
	bool is_inside = false;
	enum rq_err err = permit(store, act, unit, day, diag);

	if (err == RQ_OK)
		err = parent_holds(store, act, parent, day, diag);
	if (err == RQ_OK)
		err = within_is(store, parent, unit, day, &is_inside, diag);
	if (err == RQ_OK && is_inside)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a unit cannot be below itself");
	if (err == RQ_OK)
		err = version_from(store, unit, day, diag);
	if (err == RQ_OK)
		err = store_run(store, sql, values, 3, NULL, diag);
	if (err == RQ_OK)
		err = names_differ(store, unit, day, diag);
	if (err == RQ_OK)
		err = within_refresh(store, unit, day, diag);
	return err == RQ_OK ? unit_note(store, act, unit, "unit.move", fields, 2, diag)
			    : err;
}

enum rq_err unit_describe(struct store *store, const struct unit_act *act, int64_t unit,
			  const struct unit *as, int64_t day, struct rq_diag *diag)
{
	static const char sql[] =
	    "UPDATE unit_version SET kind = $3, rank = $4, counts_only = $5"
	    " WHERE unit = $1 AND first_day = $2";
	const struct store_value values[] = {
	    store_number(unit), store_number(day), store_number(as->kind),
	    store_number(as->rank), store_number(as->counts_only)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("day"), store_number(day)},
	    {BYTES_LITERAL("kind"), store_number(as->kind)},
	    {BYTES_LITERAL("rank"), store_number(as->rank)},
	    {BYTES_LITERAL("counts_only"), store_number(as->counts_only)}};
	enum rq_err err = check_description(as, diag);

	if (err == RQ_OK)
		err = permit(store, act, unit, day, diag);
	if (err == RQ_OK)
		err = version_from(store, unit, day, diag);
	if (err == RQ_OK)
		err = store_run(store, sql, values, 5, NULL, diag);
	return err == RQ_OK
		   ? unit_note(store, act, unit, "unit.describe", fields, 4, diag)
		   : err;
}

/* ---- ends ---- */

static enum rq_err has_none_below(struct store *store, int64_t unit, int64_t day,
				  struct rq_diag *diag)
{
	static const char sql[] =
	    "SELECT count(*) FROM unit_version WHERE parent = $1 AND end_day > $2";
	const struct store_value values[] = {store_number(unit), store_number(day)};
	int64_t n = 0;
	enum rq_err err = store_ask_number(store, sql, values, 2, &n, diag);

	if (err == RQ_OK && n > 0)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "other units are below it: move them first");
	return err;
}

/* The last day was the one before day; codes are free from day on. */
static enum rq_err end_unit(struct store *store, int64_t unit, int64_t day,
			    struct rq_diag *diag)
{
	static const char begun[] = "SELECT first_day FROM unit_version"
				    " WHERE unit = $1 AND end_day = $2";
	static const char end[] = "UPDATE unit_version SET end_day = $3"
				  " WHERE unit = $1 AND end_day = $2";
	static const char end_codes[] =
	    "UPDATE unit_code SET end_day = $2"
	    " WHERE unit = $1 AND end_day > $2 AND first_day < $2";
	static const char drop_codes[] =
	    "DELETE FROM unit_code WHERE unit = $1 AND first_day >= $2";
	const struct store_value values[] = {
	    store_number(unit), store_number(DAY_FOREVER), store_number(day)};
	const struct store_value on_day[] = {store_number(unit), store_number(day)};
	int64_t first_day = 0;
	enum rq_err err = has_none_below(store, unit, day, diag);

	if (err == RQ_OK)
		err = store_ask_number(store, begun, values, 2, &first_day, diag);
	if (err == RQ_ERR_NOT_FOUND)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "the unit has an end");
	if (err == RQ_OK && first_day >= day)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a change of the unit on that day or later is known");
	if (err == RQ_OK)
		err = store_run(store, end, values, 3, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, end_codes, on_day, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, drop_codes, on_day, 2, NULL, diag);
	return err == RQ_OK ? within_refresh(store, unit, day, diag) : err;
}

static enum rq_err succeed(struct store *store, const struct unit_act *act,
			   int64_t unit, int64_t successor, int64_t day,
			   enum successor_how how, struct rq_diag *diag)
{
	static const char sql[] =
	    "INSERT INTO unit_successor (unit, successor, day, how)"
	    " VALUES ($1, $2, $3, $4)";
	const struct store_value values[] = {store_number(unit),
					     store_number(successor), store_number(day),
					     store_number(how)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("successor"), store_number(successor)},
	    {BYTES_LITERAL("day"), store_number(day)},
	    {BYTES_LITERAL("how"), store_number(how)}};
	enum rq_err err = unit_stays(store, act, successor, day, diag);

	if (err == RQ_OK)
		err = store_run(store, sql, values, 4, NULL, diag);
	return err == RQ_OK
		   ? unit_note(store, act, unit, "unit.succeed", fields, 3, diag)
		   : err;
}

static enum rq_err note_end(struct store *store, const struct unit_act *act,
			    int64_t unit, int64_t day, struct rq_diag *diag)
{
	const struct audit_field fields[] = {{BYTES_LITERAL("day"), store_number(day)}};

	return unit_note(store, act, unit, "unit.end", fields, 1, diag);
}

static enum rq_err merge_one(struct store *store, const struct unit_act *act,
			     int64_t unit, int64_t into, int64_t day,
			     struct rq_diag *diag)
{
	static const char below[] = "SELECT DISTINCT unit FROM unit_version"
				    " WHERE parent = $1 AND end_day > $2 ORDER BY unit";
	const struct store_value values[] = {store_number(unit), store_number(day)};
	struct ids ids = {0};
	enum rq_err err = permit(store, act, unit, day, diag);

	if (err == RQ_OK)
		err = ids_ask(store, below, values, 2, &ids, diag);
	for (size_t i = 0; err == RQ_OK && i < ids.n; i++)
		err = unit_move(store, act, ids.items[i], into, day, diag);
	ids_free(&ids);
	if (err == RQ_OK)
		err = end_unit(store, unit, day, diag);
	if (err == RQ_OK)
		err = note_end(store, act, unit, day, diag);
	return err == RQ_OK
		   ? succeed(store, act, unit, into, day, SUCCESSOR_MERGED, diag)
		   : err;
}

enum rq_err unit_merge(struct store *store, const struct unit_act *act,
		       const int64_t *units, size_t n_units, int64_t into, int64_t day,
		       struct rq_diag *diag)
{
	enum rq_err err = permit(store, act, into, day, diag);

	for (size_t i = 0; err == RQ_OK && i < n_units; i++)
		if (units[i] != into)
			err = merge_one(store, act, units[i], into, day, diag);
	return err;
}

enum rq_err unit_split(struct store *store, const struct unit_act *act, int64_t unit,
		       const int64_t *into, size_t n_into, int64_t day,
		       struct rq_diag *diag)
{
	bool stays = false;
	enum rq_err err = permit(store, act, unit, day, diag);

	for (size_t i = 0; i < n_into; i++)
		stays = stays || into[i] == unit;
	if (err == RQ_OK && !stays)
		err = end_unit(store, unit, day, diag);
	if (err == RQ_OK && !stays)
		err = note_end(store, act, unit, day, diag);
	for (size_t i = 0; err == RQ_OK && i < n_into; i++)
		err = succeed(store, act, unit, into[i], day, SUCCESSOR_SPLIT, diag);
	return err;
}

enum rq_err unit_abolish(struct store *store, const struct unit_act *act, int64_t unit,
			 int64_t into, int64_t day, struct rq_diag *diag)
{
	enum rq_err err = permit(store, act, unit, day, diag);

	if (err == RQ_OK)
		err = end_unit(store, unit, day, diag);
	if (err == RQ_OK)
		err = note_end(store, act, unit, day, diag);
	return err == RQ_OK && into != 0
		   ? succeed(store, act, unit, into, day, SUCCESSOR_ABOLISHED, diag)
		   : err;
}
