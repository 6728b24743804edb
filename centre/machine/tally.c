#include "centre/machine/tally.h"

#include "centre/audit/audit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char declare[] =
    "INSERT INTO declared (unit, day, number, by_person, noted_ms)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (unit, day) DO UPDATE SET"
    " number = excluded.number, by_person = excluded.by_person,"
    " noted_ms = excluded.noted_ms";

enum rq_err declared_set(struct store *store, const struct unit_act *act, int64_t unit,
			 int64_t day, int64_t number, struct rq_diag *diag)
{
	const int64_t person = act->by == NULL ? 0 : act->by->person;
	const struct store_value values[] = {store_number(unit), store_number(day),
					     store_number(number), store_number(person),
					     store_number(act->time_ms)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("day"), store_number(day)},
	    {BYTES_LITERAL("number"), store_number(number)}};
	const struct audit_event event = {.time = act->time_ms,
					  .actor = person,
					  .unit = unit,
					  .event = BYTES_LITERAL("machine.declared"),
					  .fields = fields,
					  .n_fields = COUNT(fields)};
	enum rq_err err;

	if (number < 0 || number > CAP_DECLARED || day > act->today)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a number from 0 to %d of a day up to today is wanted",
			       CAP_DECLARED);
	err = machine_reach_unit(store, act->by, unit, diag);
	if (err == RQ_OK)
		err = store_run(store, declare, values, COUNT(values), NULL, diag);
	return err == RQ_OK ? audit_append(store, &event, diag) : err;
}

/* place: the units asked for, each with all below it; the rest adds rows up by them. */
static const char tally_sql[] =
    "WITH place AS (SELECT c.unit AS unit, u.unit AS below FROM unit_within AS c"
    " JOIN unit_within AS u ON u.above = c.unit AND u.first_day <= $4"
    " AND u.end_day > $4"
    " WHERE c.above = $5 AND c.depth = $6 AND c.first_day <= $4 AND c.end_day > $4"
    " AND " REACH_COVERS(
	"c.unit") "),"
		  " said AS (SELECT place.unit AS unit, CAST(COALESCE(sum(d.number), "
		  "0) AS BIGINT)"
		  " AS total, count(*) - count(d.number) AS missing FROM place"
		  " LEFT JOIN declared AS d ON d.unit = place.below AND d.day = "
		  "(SELECT max(e.day)"
		  " FROM declared AS e WHERE e.unit = place.below AND e.day <= $4)"
		  " GROUP BY place.unit),"
		  " entry AS (SELECT place.unit AS unit, m.class AS class, "
		  "COALESCE(r.reason, 0)"
		  " AS reason, CASE WHEN EXISTS (SELECT 1 FROM machine_seen AS s"
		  " WHERE s.machine = m.machine AND s.first_day <= $4 AND s.end_day > "
		  "$4 - $7)"
		  " THEN 1 ELSE 0 END AS seen FROM place"
		  " JOIN machine_unit AS m ON m.unit = place.below AND m.first_day <= "
		  "$4"
		  " AND m.end_day > $4"
		  " LEFT JOIN machine_reason AS r ON r.machine = m.machine AND "
		  "r.first_day <= $4"
		  " AND r.end_day > $4)"
		  " SELECT said.unit, said.total, said.missing, count(entry.class),"
		  " CAST(COALESCE(sum(CASE WHEN entry.class = 5 THEN 1 ELSE 0 END), 0) "
		  "AS BIGINT),"
		  " CAST(COALESCE(sum(entry.seen), 0) AS BIGINT),"
		  " CAST(COALESCE(sum(CASE WHEN entry.reason = 1 THEN 1 ELSE 0 END), "
		  "0) AS BIGINT),"
		  " CAST(COALESCE(sum(CASE WHEN entry.reason = 2 THEN 1 ELSE 0 END), "
		  "0) AS BIGINT),"
		  " CAST(COALESCE(sum(CASE WHEN entry.reason = 3 THEN 1 ELSE 0 END), "
		  "0) AS BIGINT),"
		  " CAST(COALESCE(sum(CASE WHEN entry.reason = 4 THEN 1 ELSE 0 END), "
		  "0) AS BIGINT),"
		  " CAST(COALESCE(sum(CASE WHEN entry.reason = 5 THEN 1 ELSE 0 END), "
		  "0) AS BIGINT)"
		  " FROM said LEFT JOIN entry ON entry.unit = said.unit"
		  " GROUP BY said.unit, said.total, said.missing ORDER BY said.unit";
enum { FIRST_REASON = 6 };

enum rq_err tally_list(struct store *store, const struct reach *reach, int64_t above,
		       int64_t depth, int64_t window_days, void *listener,
		       enum rq_err (*told)(void *listener, const struct tally *tally),
		       struct rq_diag *diag)
{
	struct store_value values[REACH_VALUES + 3];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(above);
	values[REACH_VALUES + 1] = store_number(depth);
	values[REACH_VALUES + 2] = store_number(window_days - 1);
	err = store_ask(store, tally_sql, values, COUNT(values), &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct tally tally = {.unit = rows_number(rows, 0),
				      .declared = rows_number(rows, 1),
				      .n_undeclared = rows_number(rows, 2),
				      .registered = rows_number(rows, 3),
				      .exempt = rows_number(rows, 4),
				      .seen = rows_number(rows, 5)};

		for (size_t i = 0; i < N_REASONS; i++)
			tally.excused[i] = rows_number(rows, FIRST_REASON + i);
		err = told(listener, &tally);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* The run that reaches yesterday or today grows; else a new one begins. */
static const char grow_run[] =
    "UPDATE machine_seen SET end_day = CASE WHEN end_day > $2 THEN end_day ELSE"
    " $2 + 1 END WHERE machine = $1 AND first_day <= $2"
    " AND end_day >= $2";
static const char begin_run[] =
    "INSERT INTO machine_seen (machine, first_day, end_day) VALUES ($1, $2, $2 + 1)"
    " ON CONFLICT (machine, first_day) DO NOTHING";

enum rq_err tally_seen(struct store *store, int64_t machine, int64_t day,
		       struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine), store_number(day)};
	uint64_t n_changed = 0;
	enum rq_err err =
	    store_run(store, grow_run, values, COUNT(values), &n_changed, diag);

	if (err == RQ_OK && n_changed == 0)
		err = store_run(store, begin_run, values, COUNT(values), NULL, diag);
	return err;
}
