/* What time brings: recurring campaigns, live members, leases given up. */
#include "centre/campaign/campaign_internal.h"

#include "centre/audit/audit.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static enum rq_err note(struct store *store, const struct act *act, const char *event,
			int64_t schedule, int64_t unit, struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("schedule"), store_number(schedule)}};
	const struct audit_event entry = {.time = act->now_ms,
					  .actor = act->person,
					  .unit = unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = 1};

	return audit_append(store, &entry, diag);
}

enum rq_err campaign_schedule_add(struct store *store, const struct act *act,
				  const struct campaign_schedule *schedule,
				  int64_t *schedule_out, struct rq_diag *diag)
{
	enum rq_err err;

	*schedule_out = 0;
	if (schedule->every_days <= 0 || schedule->open_days <= 0 ||
	    schedule->classes <= 0)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "no schedule can have this");
	err = store_begin(store, diag);
	if (err != RQ_OK)
		return err;
	err = store_id(store, schedule_out, diag);
	const struct store_value values[] = {
	    store_number(*schedule_out),        store_number(schedule->model),
	    store_number(schedule->unit),       store_number(schedule->classes),
	    store_number(schedule->every_days), store_number(schedule->open_days),
	    store_number(schedule->first_ms),   store_number(act->person)};

	if (err == RQ_OK)
		err = store_run(store,
				"INSERT INTO schedule (id, model, unit, classes,"
				" every_days, open_days, next_ms, by_person)"
				" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				values, 8, NULL, diag);
	if (err == RQ_OK)
		err = note(store, act, "schedule.add", *schedule_out, schedule->unit,
			   diag);
	return campaign_end_change(store, err, diag);
}

enum rq_err campaign_schedule_end(struct store *store, const struct act *act,
				  int64_t schedule, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(schedule),
					     store_number(act->now_ms)};
	int64_t unit = 0;
	enum rq_err err = store_begin(store, diag);

	if (err != RQ_OK)
		return err;
	err = store_ask_number(store,
			       "UPDATE schedule SET ended_ms = $2 WHERE id = $1"
			       " AND ended_ms IS NULL RETURNING unit",
			       values, 2, &unit, diag);
	if (err == RQ_OK)
		err = note(store, act, "schedule.end", schedule, unit, diag);
	return campaign_end_change(store, err, diag);
}

/* ---- what is due ---- */

struct due {
	int64_t id, model, unit, classes, every_days, open_days, next_ms, person;
};

static enum rq_err find_due(struct store *store, int64_t now_ms, struct due *due,
			    struct rq_diag *diag)
{
	const struct store_value now = store_number(now_ms);
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store,
	    "SELECT id, model, unit, classes, every_days, open_days, next_ms, by_person"
	    " FROM schedule WHERE ended_ms IS NULL AND next_ms <= $1"
	    " ORDER BY next_ms, id LIMIT 1",
	    &now, 1, &rows, diag);

	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*due = (struct due){rows_number(rows, 0), rows_number(rows, 1),
				    rows_number(rows, 2), rows_number(rows, 3),
				    rows_number(rows, 4), rows_number(rows, 5),
				    rows_number(rows, 6), rows_number(rows, 7)};
	rows_free(rows);
	return err;
}

/* A centre that slept makes one campaign, not one for each that it slept over. */
static enum rq_err make_due(struct store *store, const struct due *due, int64_t now_ms,
			    struct rq_diag *diag)
{
	const struct act act = {due->person, now_ms};
	const int64_t step = due->every_days * DAY_MS;
	const struct store_value values[] = {
	    store_number(due->id),
	    store_number(due->next_ms + ((now_ms - due->next_ms) / step + 1) * step)};
	struct campaign model;
	int64_t made = 0;
	enum rq_err err = campaign_read(store, due->model, &model, diag);

	model.plan.unit = due->unit;
	model.plan.classes = due->classes;
	model.plan.start_ms = now_ms;
	model.plan.deadline_ms = now_ms + due->open_days * DAY_MS;
	if (err == RQ_OK)
		err = campaign_insert(store, &act, &model.plan, due->model, due->id,
				      &made, diag);
	campaign_free(&model);
	if (err == RQ_OK)
		err = campaign_begin(store, &act, made, diag);
	if (err == RQ_OK)
		err = store_run(store, "UPDATE schedule SET next_ms = $2 WHERE id = $1",
				values, 2, NULL, diag);
	return err;
}

static enum rq_err run_schedules(struct store *store, int64_t now_ms,
				 struct rq_diag *diag)
{
	struct due due;
	enum rq_err err;

	while ((err = find_due(store, now_ms, &due, diag)) == RQ_OK)
		if ((err = make_due(store, &due, now_ms, diag)) != RQ_OK)
			return err;
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* ---- live campaigns ---- */

/* Who is not in the scope any more: moved, ended, of another class. */
static const char let_go[] =
    "UPDATE member SET left_ms = $2 WHERE campaign = $1 AND left_ms IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM campaign c"
    " JOIN machine_unit mu ON mu.machine = member.machine AND mu.first_day <= $3"
    " AND $3 < mu.end_day AND (c.classes >> CAST(mu.class AS INTEGER)) & 1 = 1"
    " JOIN unit_within w ON w.unit = mu.unit AND w.above = c.unit"
    " AND w.first_day <= $3 AND $3 < w.end_day WHERE c.id = $1)";

static enum rq_err follow(struct store *store, int64_t now_ms, int64_t campaign,
			  struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(campaign),
					     store_number(now_ms),
					     store_number(campaign_day(now_ms))};
	uint64_t n = 0;
	enum rq_err err = store_run(store, let_go, values, 3, NULL, diag);

	if (err == RQ_OK)
		err = campaign_take_in(store, now_ms, campaign, &n, diag);
	if (err == RQ_OK && n > 0)
		err = campaign_epoch_raise(store, campaign, diag);
	return err;
}

static enum rq_err follow_all(struct store *store, int64_t now_ms, struct rq_diag *diag)
{
	const struct store_value now = store_number(now_ms);
	int64_t last = 0;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK) {
		const struct store_value values[] = {store_number(last), now};

		err = store_ask_number(
		    store,
		    "SELECT id FROM campaign WHERE id > $1 AND state IN (2, 3)"
		    " AND live = 1 AND $2 < deadline_ms ORDER BY id LIMIT 1",
		    values, 2, &last, diag);
		if (err == RQ_OK)
			err = follow(store, now_ms, last, diag);
	}
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err campaign_tick(struct store *store, const struct world *world,
			  struct rq_diag *diag)
{
	const int64_t now_ms = (int64_t)world_utc_ms(world);
	const struct store_value values[] = {store_number(now_ms)};
	enum rq_err err = store_begin(store, diag);

	if (err != RQ_OK)
		return err;
	err = run_schedules(store, now_ms, diag);
	if (err == RQ_OK)
		err = follow_all(store, now_ms, diag);
	if (err == RQ_OK)
		err = store_run(store,
				"UPDATE member SET state = 4 WHERE state = 2"
				" AND lease_until_ms <= $1 AND attempts >= 3",
				values, 1, NULL, diag);
	return campaign_end_change(store, err, diag);
}
