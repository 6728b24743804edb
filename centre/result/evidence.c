#include "centre/result/evidence.h"

#include "centre/audit/audit.h"
#include "centre/result/keep.h"
#include "centre/result/line.h"
#include "finding/finding.h"

static enum rq_err note(struct store *store, const struct act *act, const char *event,
			int64_t campaign, int64_t unit, int64_t row,
			struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("campaign"), store_number(campaign)},
	    {BYTES_LITERAL("row"), store_number(row)}};
	const struct audit_event entry = {.time = act->now_ms,
					  .actor = act->person,
					  .unit = unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = 2};

	return audit_append(store, &entry, diag);
}

static enum rq_err put_other(struct store *store, const struct act *act,
			     const struct other_result *result, int64_t *sweep_out,
			     struct rq_diag *diag)
{
	int64_t unit = 0;
	enum rq_err err =
	    keep_unit_of(store, result->machine, act->now_ms, &unit, diag);

	if (err == RQ_OK)
		err = store_id(store, sweep_out, diag);
	const struct store_value values[] = {
	    store_number(*sweep_out),
	    store_number(result->campaign),
	    store_number(result->machine),
	    store_number(unit),
	    store_number(act->now_ms),
	    store_number(result->swept_ms),
	    store_number(result->found ? VERDICT_FOUND : VERDICT_CLEAN),
	    store_text(result->tool),
	    store_text(result->tool_version),
	    store_bytes((struct bytes){result->file_sha256, 32}),
	    store_number(act->person)};

	if (err == RQ_OK)
		err = store_run(
		    store,
		    "INSERT INTO sweep (id, campaign, machine, unit, evidence,"
		    " received_ms, end_ms, started_ms, ended_ms, time_unsure, verdict,"
		    " n_seen, n_scanned, n_found, n_findings, n_come, n_gaps, cpu_ms,"
		    " content, tool, tool_version, file_hash, confidence, by_person)"
		    " VALUES ($1, $2, $3, $4, 2, $5, $5, $6, $6, 0, $7, 0, 0, 0, 0, 0, "
		    "0,"
		    " 0, '', $8, $9, $10, 100, $11)",
		    values, 11, NULL, diag);
	return err == RQ_OK ? note(store, act, "evidence.tool", result->campaign, unit,
				   *sweep_out, diag)
			    : err;
}

static enum rq_err end_change(struct store *store, enum rq_err err,
			      struct rq_diag *diag)
{
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

enum rq_err evidence_other_tool(struct store *store, const struct act *act,
				const struct other_result *result, int64_t *sweep_out,
				struct rq_diag *diag)
{
	enum rq_err err;

	*sweep_out = 0;
	if (result->tool.n == 0 || result->file_sha256 == NULL ||
	    !line_is_text(result->tool) || !line_is_text(result->tool_version))
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a result of another tool has its name and a file");
	err = store_begin(store, diag);
	if (err == RQ_OK)
		err = put_other(store, act, result, sweep_out, diag);
	return end_change(store, err, diag);
}

static enum rq_err put_page(struct store *store, const struct act *act,
			    const struct declared_page *page, struct rq_diag *diag)
{
	int64_t id = 0;
	enum rq_err err = store_id(store, &id, diag);
	const struct store_value values[] = {
	    store_number(id),
	    store_number(page->campaign),
	    store_number(page->unit),
	    store_number(act->now_ms),
	    store_number(page->done),
	    store_number(page->not_done),
	    store_number(page->found),
	    page->file_sha256 == NULL
		? store_null()
		: store_bytes((struct bytes){page->file_sha256, 32}),
	    store_number(campaign_day(act->now_ms)),
	    store_number(act->person)};
	const struct store_value before[] = {values[1], values[2], values[3]};

	if (err == RQ_OK)
		err = store_run(store,
				"UPDATE declared_sweep SET replaced_ms = $3"
				" WHERE campaign = $1 AND unit = $2"
				" AND replaced_ms IS NULL",
				before, 3, NULL, diag);
	if (err == RQ_OK)
		err = store_run(
		    store,
		    "INSERT INTO declared_sweep (id, campaign, unit, received_ms, done,"
		    " not_done, found, file_hash, day, by_person)"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		    values, 10, NULL, diag);
	return err == RQ_OK ? note(store, act, "evidence.declare", page->campaign,
				   page->unit, id, diag)
			    : err;
}

enum rq_err evidence_declare(struct store *store, const struct act *act,
			     const struct declared_page *page, struct rq_diag *diag)
{
	enum rq_err err;

	if (page->done < 0 || page->not_done < 0 || page->found < 0 ||
	    page->found > page->done)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "no unit can have swept and found so many");
	err = store_begin(store, diag);
	if (err == RQ_OK)
		err = put_page(store, act, page, diag);
	return end_change(store, err, diag);
}
