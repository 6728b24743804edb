/* Figures of a closed campaign, and what came after. */
#include "centre/result/tally.h"

enum { ANY_DEPTH = 1000 };

struct keeping {
	struct store *store;
	struct rq_diag *diag;
};

static enum rq_err keep(void *listener, const struct tally_row *row)
{
	struct keeping *keeping = listener;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_TALLY_FIGURES && err == RQ_OK; i++) {
		const struct store_value values[] = {
		    store_number(row->campaign), store_number(row->unit),
		    store_number(row->depth), store_number((int64_t)i),
		    store_number(row->n[i])};

		err = store_run(keeping->store,
				"INSERT INTO campaign_figure (campaign, unit, depth,"
				" figure, number) VALUES ($1, $2, $3, $4, $5)",
				values, 5, NULL, keeping->diag);
	}
	return err;
}

enum rq_err tally_close(struct store *store, const struct act *act, int64_t campaign,
			struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign);
	struct keeping keeping = {store, diag};
	struct tally_moment moment;
	int64_t unit = 0;
	enum rq_err err = store_begin(store, diag);

	if (err == RQ_OK)
		err = campaign_mark_closed(store, act, campaign, diag);
	if (err == RQ_OK)
		err = tally_now(store, campaign, act->now_ms, &moment, diag);
	if (err == RQ_OK)
		err = store_ask_number(store, "SELECT unit FROM campaign WHERE id = $1",
				       &of, 1, &unit, diag);
	if (err == RQ_OK)
		err =
		    tally(store, unit, ANY_DEPTH, &moment, NULL, &keeping, keep, diag);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

/* Units are those of the day on which it was closed. */
static const char frozen[] =
    "SELECT g.unit, w.depth, g.figure, g.number FROM campaign c"
    " JOIN unit_within w ON w.above = $2 AND w.depth <= $3 AND w.first_day <= $4"
    " AND $4 < w.end_day"
    " JOIN campaign_figure g ON g.campaign = c.id AND g.unit = w.unit"
    " WHERE c.id = $1 ORDER BY w.depth, g.unit, g.figure";

enum rq_err tally_frozen(struct store *store, int64_t campaign, int64_t unit,
			 int64_t max_depth, void *listener,
			 enum rq_err (*told)(void *listener,
					     const struct tally_row *row),
			 struct rq_diag *diag)
{
	struct tally_moment moment;
	struct tally_row row = {.campaign = campaign};
	struct store_rows *rows = NULL;
	enum rq_err err = tally_now(store, campaign, 0, &moment, diag);
	const struct store_value values[] = {store_number(campaign), store_number(unit),
					     store_number(max_depth),
					     store_number(moment.day)};

	if (err == RQ_OK)
		err = store_ask(store, frozen, values, 4, &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		int64_t figure = rows_number(rows, 2);

		if (figure < 0 || figure >= N_TALLY_FIGURES)
			continue; /* of a later program */
		row.unit = rows_number(rows, 0);
		row.depth = rows_number(rows, 1);
		row.n[figure] = rows_number(rows, 3);
		if (figure == N_TALLY_FIGURES - 1)
			err = told(listener, &row);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err tally_supplement(struct store *store, int64_t campaign, int64_t unit,
			     int64_t now_ms, void *listener,
			     enum rq_err (*told)(void *listener, int64_t sweep,
						 int64_t machine),
			     struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(campaign), store_number(unit),
					     store_number(campaign_day(now_ms))};
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store,
	    "SELECT s.id, s.machine FROM sweep s JOIN campaign c ON c.id = s.campaign"
	    " JOIN machine_unit mu ON mu.machine = s.machine AND mu.first_day <= $3"
	    " AND $3 < mu.end_day JOIN unit_within w ON w.unit = mu.unit"
	    " AND w.above = $2 AND w.first_day <= $3 AND $3 < w.end_day"
	    " WHERE s.campaign = $1 AND (s.received_ms >= c.closed_ms"
	    " OR s.end_ms >= c.closed_ms OR s.completed_ms >= c.closed_ms)"
	    " ORDER BY s.id",
	    values, 3, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = told(listener, rows_number(rows, 0), rows_number(rows, 1));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
