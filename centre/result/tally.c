#include "centre/result/tally.h"

#include <string.h>

/*
 * The one statement.  $1 to $3 and $4 to $6: two moments (the same twice for one).
 *
 * place    each member and where it is counted: its unit of the day, or the last one that
 *          it had, on the last day on which that unit stood
 * fact     what is known of it
 * standing one of six, and the columns across
 */
#define PLACES                                                                         \
	"WITH asked (campaign, day, until_ms) AS ("                                    \
	"SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) UNION "     \
	"SELECT CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT)),"          \
	" known AS (SELECT a.campaign, a.day, a.until_ms, mb.machine, mu.unit,"        \
	" CASE WHEN mu.end_day <= a.day THEN mu.end_day - 1 ELSE a.day END AS on_day," \
	" (SELECT max(u.end_day) - 1 FROM unit_within u WHERE u.unit = mu.unit"        \
	" AND u.above = mu.unit) AS unit_day"                                          \
	" FROM asked a JOIN member mb ON mb.campaign = a.campaign"                     \
	" AND mb.added_ms < a.until_ms"                                                \
	" AND (mb.left_ms IS NULL OR mb.left_ms >= a.until_ms)"                        \
	" JOIN machine_unit mu ON mu.machine = mb.machine AND mu.first_day ="          \
	" (SELECT max(first_day) FROM machine_unit l WHERE l.machine = mb.machine"     \
	" AND l.first_day <= a.day)),"                                                 \
	" place AS (SELECT campaign, day, until_ms, machine, unit,"                    \
	" CASE WHEN unit_day < on_day THEN unit_day ELSE on_day END AS on_day"         \
	" FROM known)"

#define SWEEP_OF " FROM sweep s WHERE s.campaign = p.campaign AND s.machine = p.machine"

/* The judgement of a group, and the state of a case, as they were at the moment. */
#define FOUND_OF                                                                       \
	" FROM sweep s JOIN finding f ON f.sweep = s.id"                               \
	" WHERE s.campaign = p.campaign AND s.machine = p.machine"                     \
	" AND f.received_ms < p.until_ms AND f.class < 2"                              \
	" AND coalesce((SELECT h.state FROM finding_state h"                           \
	" WHERE h.group_key = f.group_key AND h.machine = 0 AND h.state > 0"           \
	" AND h.at_ms < p.until_ms ORDER BY h.at_ms DESC, h.id DESC LIMIT 1), 1) <> 7"

/* A sweep that says it found more than has come yet has found something. */
#define NUMBER_COME                                                                    \
	" (SELECT count(*) FROM finding n WHERE n.sweep = s.id"                        \
	" AND n.received_ms < p.until_ms)"

#define FACTS                                                                          \
	PLACES                                                                         \
	", fact AS (SELECT p.campaign, p.machine, p.unit, p.on_day, p.day,"            \
	" CASE WHEN EXISTS (SELECT 1" SWEEP_OF                                         \
	" AND s.evidence = 1 AND s.completed_ms < p.until_ms) THEN 1"                  \
	" WHEN EXISTS (SELECT 1" SWEEP_OF                                              \
	" AND s.evidence = 1 AND s.end_ms < p.until_ms) THEN 2"                        \
	" WHEN EXISTS (SELECT 1 FROM campaign_job j WHERE j.campaign = p.campaign"     \
	" AND j.machine = p.machine AND j.refused IS NOT NULL"                         \
	" AND j.ended_ms < p.until_ms) THEN 3"                                         \
	" WHEN EXISTS (SELECT 1" SWEEP_OF                                              \
	" AND s.evidence = 1 AND s.received_ms < p.until_ms) THEN 4"                   \
	" WHEN EXISTS (SELECT 1 FROM campaign_job j WHERE j.campaign = p.campaign"     \
	" AND j.machine = p.machine AND j.given_ms < p.until_ms) THEN 4"               \
	" WHEN EXISTS (SELECT 1 FROM machine_reason r WHERE r.machine = p.machine"     \
	" AND r.first_day <= p.day AND p.day < r.end_day) THEN 5 ELSE 6 END AS "       \
	"stands,"                                                                      \
	" CASE WHEN EXISTS (SELECT 1" FOUND_OF ") OR EXISTS (SELECT 1" SWEEP_OF        \
	" AND s.evidence = 1 AND s.verdict = 0 AND s.n_findings >" NUMBER_COME         \
	" AND s.end_ms < p.until_ms) THEN 1 ELSE 0 END AS found,"                      \
	" CASE WHEN EXISTS (SELECT 1" FOUND_OF ") AND NOT EXISTS (SELECT 1" FOUND_OF   \
	" AND coalesce((SELECT h.state FROM finding_state h"                           \
	" WHERE h.group_key = f.group_key AND h.machine = f.machine AND h.state > 0"   \
	" AND h.at_ms < p.until_ms ORDER BY h.at_ms DESC, h.id DESC LIMIT 1), 1) < 4)" \
	" AND NOT EXISTS (SELECT 1" SWEEP_OF                                           \
	" AND s.evidence = 1 AND s.verdict = 0 AND s.n_findings >" NUMBER_COME         \
	" AND s.end_ms < p.until_ms) THEN 1 ELSE 0 END AS treated,"                    \
	" CASE WHEN EXISTS (SELECT 1" SWEEP_OF                                         \
	" AND s.evidence = 2 AND s.received_ms < p.until_ms) THEN 1 ELSE 0 END AS "    \
	"other"                                                                        \
	" FROM place p)"

/* $7 the unit, $8 the greatest depth. */
static const char by_unit[] = FACTS
    ", seen AS (SELECT a.campaign, a.day, a.until_ms, s.unit, s.depth FROM asked a"
    " JOIN unit_within s ON s.above = $7 AND s.first_day <= a.day AND a.day < s.end_day"
    " AND s.depth <= $8),"
    " counted AS (SELECT f.campaign, w.above AS unit, count(*) AS n,"
    " count(*) FILTER (WHERE stands = 1) AS n1, count(*) FILTER (WHERE stands = 2) AS "
    "n2,"
    " count(*) FILTER (WHERE stands = 3) AS n3, count(*) FILTER (WHERE stands = 4) AS "
    "n4,"
    " count(*) FILTER (WHERE stands = 5) AS n5, count(*) FILTER (WHERE stands = 6) AS "
    "n6,"
    " sum(found) AS n7, sum(treated) AS n8, sum(other) AS n9"
    " FROM fact f JOIN unit_within w ON w.unit = f.unit AND w.first_day <= f.on_day"
    " AND f.on_day < w.end_day GROUP BY f.campaign, w.above),"
    " said AS (SELECT a.campaign, w.above AS unit, sum(d.number) AS n FROM asked a"
    " JOIN declared d ON d.day = (SELECT max(l.day) FROM declared l"
    " WHERE l.unit = d.unit AND l.day <= a.day)"
    " JOIN unit_within w ON w.unit = d.unit AND w.first_day <= a.day"
    " AND a.day < w.end_day GROUP BY a.campaign, w.above),"
    " page AS (SELECT a.campaign, w.above AS unit, sum(d.done) AS n1,"
    " sum(d.not_done) AS n2, sum(d.found) AS n3 FROM asked a JOIN declared_sweep d"
    " ON d.campaign = a.campaign AND d.received_ms < a.until_ms"
    " AND (d.replaced_ms IS NULL OR d.replaced_ms >= a.until_ms)"
    " JOIN unit_within w ON w.unit = d.unit AND w.first_day <= a.day"
    " AND a.day < w.end_day GROUP BY a.campaign, w.above)"
    " SELECT s.campaign, s.unit, s.depth, coalesce(c.n, 0), coalesce(c.n1, 0),"
    " coalesce(c.n2, 0), coalesce(c.n3, 0), coalesce(c.n4, 0), coalesce(c.n5, 0),"
    " coalesce(c.n6, 0), CAST(coalesce(c.n7, 0) AS BIGINT),"
    " CAST(coalesce(c.n8, 0) AS BIGINT), CAST(coalesce(c.n9, 0) AS BIGINT),"
    " CAST(coalesce(d.n, 0) AS BIGINT), CAST(coalesce(g.n1, 0) AS BIGINT),"
    " CAST(coalesce(g.n2, 0) AS BIGINT), CAST(coalesce(g.n3, 0) AS BIGINT)"
    " FROM seen s LEFT JOIN counted c ON c.campaign = s.campaign AND c.unit = s.unit"
    " LEFT JOIN said d ON d.campaign = s.campaign AND d.unit = s.unit"
    " LEFT JOIN page g ON g.campaign = s.campaign AND g.unit = s.unit"
    " ORDER BY s.depth, s.unit, s.campaign";

/* $7 the unit, $8 the figure, $9 behind which, $10 how many. */
static const char behind_figure[] = FACTS
    " SELECT f.machine, f.unit FROM fact f JOIN unit_within w ON w.unit = f.unit"
    " AND w.above = $7 AND w.first_day <= f.on_day AND f.on_day < w.end_day"
    " WHERE f.machine > $9 AND CASE WHEN $8 = 0 THEN 1 WHEN $8 <= 6 THEN"
    " CASE WHEN f.stands = $8 THEN 1 ELSE 0 END WHEN $8 = 7 THEN f.found"
    " WHEN $8 = 8 THEN f.treated ELSE f.other END = 1 ORDER BY f.machine LIMIT $10";

/* Of the newest sweep that ended of each that is incomplete. */
static const char by_reason[] =
    FACTS " SELECT g.reason, count(DISTINCT f.machine), CAST(sum(g.number) AS BIGINT)"
	  " FROM fact f JOIN unit_within w ON w.unit = f.unit AND w.above = $7"
	  " AND w.first_day <= f.on_day AND f.on_day < w.end_day"
	  " JOIN gap_count g ON g.sweep = (SELECT max(s.id) FROM sweep s"
	  " WHERE s.campaign = f.campaign AND s.machine = f.machine AND s.evidence = 1"
	  " AND s.end_ms < CAST($3 AS BIGINT))"
	  " WHERE f.stands = 2 GROUP BY g.reason ORDER BY g.reason";

enum { MOMENTS = 6, FIRST_FIGURE = 3 };

static void put_moments(const struct tally_moment *one, const struct tally_moment *two,
			struct store_value *values)
{
	const struct tally_moment *of[] = {one, two == NULL ? one : two};

	for (size_t i = 0; i < 2; i++) {
		values[3 * i] = store_number(of[i]->campaign);
		values[3 * i + 1] = store_number(of[i]->day);
		values[3 * i + 2] = store_number(of[i]->until_ms);
	}
}

enum rq_err tally_now(struct store *store, int64_t campaign, int64_t now_ms,
		      struct tally_moment *moment, struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign);
	int64_t closed_ms = 0;
	enum rq_err err = store_ask_number(
	    store, "SELECT coalesce(closed_ms, 0) FROM campaign WHERE id = $1", &of, 1,
	    &closed_ms, diag);
	/* what comes in this very moment counts: until is behind it */
	const int64_t until_ms = closed_ms != 0 ? closed_ms : now_ms + 1;

	*moment = (struct tally_moment){campaign, campaign_day(until_ms - 1), until_ms};
	return err;
}

enum rq_err tally(struct store *store, int64_t unit, int64_t max_depth,
		  const struct tally_moment *one, const struct tally_moment *two,
		  void *listener,
		  enum rq_err (*told)(void *listener, const struct tally_row *row),
		  struct rq_diag *diag)
{
	struct store_value values[MOMENTS + 2];
	struct store_rows *rows = NULL;
	enum rq_err err;

	put_moments(one, two, values);
	values[MOMENTS] = store_number(unit);
	values[MOMENTS + 1] = store_number(max_depth);
	err = store_ask(store, by_unit, values, MOMENTS + 2, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct tally_row row = {rows_number(rows, 0),
					rows_number(rows, 1),
					rows_number(rows, 2),
					{0}};

		for (size_t i = 0; i < N_TALLY_FIGURES; i++)
			row.n[i] = rows_number(rows, FIRST_FIGURE + i);
		err = told(listener, &row);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err tally_machines(struct store *store, int64_t unit,
			   const struct tally_moment *moment, enum tally_figure figure,
			   int64_t after, int64_t limit, void *listener,
			   enum rq_err (*told)(void *listener, int64_t machine,
					       int64_t in_unit),
			   struct rq_diag *diag)
{
	struct store_value values[MOMENTS + 4];
	struct store_rows *rows = NULL;
	enum rq_err err;

	if (figure >= N_TALLY_MACHINES)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a unit said this number: there are no machines behind");
	put_moments(moment, NULL, values);
	values[MOMENTS] = store_number(unit);
	values[MOMENTS + 1] = store_number((int64_t)figure);
	values[MOMENTS + 2] = store_number(after);
	values[MOMENTS + 3] = store_number(limit);
	err = store_ask(store, behind_figure, values, MOMENTS + 4, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = told(listener, rows_number(rows, 0), rows_number(rows, 1));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err tally_reasons(struct store *store, int64_t unit,
			  const struct tally_moment *moment, void *listener,
			  enum rq_err (*told)(void *listener, int64_t reason,
					      int64_t n_machines, int64_t n_gaps),
			  struct rq_diag *diag)
{
	struct store_value values[MOMENTS + 1];
	struct store_rows *rows = NULL;
	enum rq_err err;

	put_moments(moment, NULL, values);
	values[MOMENTS] = store_number(unit);
	err = store_ask(store, by_reason, values, MOMENTS + 1, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = told(listener, rows_number(rows, 0), rows_number(rows, 1),
			   rows_number(rows, 2));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err tally_overdue(struct store *store, int64_t unit, int64_t now_ms,
			  int64_t max_age_days, void *listener,
			  enum rq_err (*told)(void *listener, int64_t machine,
					      int64_t in_unit, int64_t last_ms),
			  struct rq_diag *diag)
{
	const int64_t day_ms = 24 * 3600 * 1000;
	const struct store_value values[] = {
	    store_number(unit), store_number(campaign_day(now_ms)),
	    store_number(now_ms - max_age_days * day_ms)};
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store,
	    "SELECT mu.machine, mu.unit, coalesce((SELECT max(s.completed_ms) FROM "
	    "sweep s"
	    " WHERE s.machine = mu.machine AND s.evidence = 1), 0) AS last"
	    " FROM machine_unit mu JOIN unit_within w ON w.unit = mu.unit"
	    " AND w.above = $1 AND w.first_day <= $2 AND $2 < w.end_day"
	    " WHERE mu.first_day <= $2 AND $2 < mu.end_day AND mu.class <> 5"
	    " AND NOT EXISTS (SELECT 1 FROM sweep s WHERE s.machine = mu.machine"
	    " AND s.evidence = 1 AND s.completed_ms >= $3)"
	    " AND NOT EXISTS (SELECT 1 FROM machine_reason r"
	    " WHERE r.machine = mu.machine AND r.first_day <= $2 AND $2 < r.end_day)"
	    " ORDER BY last, mu.machine",
	    values, 3, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = told(listener, rows_number(rows, 0), rows_number(rows, 1),
			   rows_number(rows, 2));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
