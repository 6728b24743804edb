#include "centre/result/sweep_row.h"

#include "centre/campaign/lease.h"
#include "centre/result/keep.h"

static enum rq_err make(struct store *store, struct sweep_row *row,
			struct rq_diag *diag)
{
	enum rq_err err = store_id(store, &row->id, diag);
	const struct store_value values[] = {
	    store_number(row->id), store_number(row->machine), store_number(row->unit),
	    store_number(row->job), store_number(row->now_ms)};

	/* whose job it is says the row that this centre wrote when it gave it */
	return err == RQ_OK
		   ? store_run(
			 store,
			 "INSERT INTO sweep (id, campaign, machine, unit, evidence, "
			 "job,"
			 " received_ms, given_ms, started_ms, ended_ms, time_unsure,"
			 " n_seen, n_scanned, n_found, n_findings, n_come, n_gaps,"
			 " cpu_ms, content, tool, tool_version, confidence, by_person)"
			 " VALUES ($1, (SELECT campaign FROM campaign_job WHERE id = $4"
			 " AND machine = $2), $2, $3, 1, $4, $5, (SELECT given_ms FROM"
			 " campaign_job WHERE id = $4 AND machine = $2), 0, 0, 0, 0, 0,"
			 " 0, 0, 0, 0, 0, '', '', '', 100, 0)",
			 values, 5, NULL, diag)
		   : err;
}

enum rq_err sweep_row_find(struct store *store, struct sweep_row *row,
			   struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(row->machine),
					     store_number(row->job)};
	enum rq_err err = store_ask_number(
	    store, "SELECT id FROM sweep WHERE machine = $1 AND job = $2", values, 2,
	    &row->id, diag);

	return err == RQ_ERR_NOT_FOUND ? make(store, row, diag) : err;
}

enum rq_err sweep_row_begin(struct store *store, const struct sweep_row *row,
			    const struct sweep_begin *begin, struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_number(row->id),
	    store_text(line_is_text(begin->content) ? begin->content
						    : (struct bytes){NULL, 0}),
	    store_bytes((struct bytes){begin->kit, AGENT_DIGEST}),
	    store_number(keep_time(begin->clocks.utc_ms)),
	    store_number(begin->time_unsure)};

	return store_run(store,
			 "UPDATE sweep SET content = $2, kit = $3, started_ms = $4,"
			 " time_unsure = $5 WHERE id = $1",
			 values, 5, NULL, diag);
}

enum rq_err sweep_row_gaps(struct store *store, const struct sweep_row *row,
			   const struct sweep_gaps *gaps, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_GAP_REASONS && err == RQ_OK; i++) {
		const struct store_value values[] = {
		    store_number(row->id), store_number((int64_t)i),
		    store_number(keep_number(gaps->n[i]))};

		if (gaps->n[i] == 0)
			continue;
		err = store_run(store,
				"INSERT INTO gap_count (sweep, reason, number)"
				" VALUES ($1, $2, $3) ON CONFLICT (sweep, reason)"
				" DO UPDATE SET number = excluded.number",
				values, 3, NULL, diag);
	}
	return err;
}

enum rq_err sweep_row_end(struct store *store, const struct sweep_row *row,
			  const struct sweep_end *end, struct rq_diag *diag)
{
	const struct job_end job = {
	    .complete = end->verdict == VERDICT_CLEAN ||
			(end->verdict == VERDICT_FOUND && end->n_gaps == 0),
	    .cpu_ms = keep_number(end->cpu_ms)};
	const struct store_value values[] = {store_number(row->id),
					     store_number(row->now_ms),
					     store_number(keep_time(end->started_ms)),
					     store_number(keep_time(end->ended_ms)),
					     store_number(end->verdict),
					     store_number(keep_number(end->n_seen)),
					     store_number(keep_number(end->n_scanned)),
					     store_number(keep_number(end->n_found)),
					     store_number(keep_number(end->n_findings)),
					     store_number(keep_number(end->n_gaps)),
					     store_number(keep_number(end->cpu_ms)),
					     store_bytes(end->summary)};
	/* an end that is told again with other words takes the place of the first */
	enum rq_err err = store_run(
	    store,
	    "UPDATE sweep SET end_ms = coalesce(end_ms, $2), completed_ms = CASE WHEN"
	    " verdict = $5 AND n_findings = $9 AND n_gaps = $10 THEN completed_ms END,"
	    " started_ms = $3, ended_ms = $4, verdict = $5, n_seen = $6,"
	    " n_scanned = $7, n_found = $8, n_findings = $9, n_gaps = $10, cpu_ms = "
	    "$11,"
	    " summary = $12 WHERE id = $1",
	    values, 12, NULL, diag);

	return err == RQ_OK && row->job != 0
		   ? campaign_job_ended(store, row->now_ms, row->machine, row->job,
					&job, diag)
		   : err;
}

enum rq_err sweep_row_refused(struct store *store, const struct sweep_row *row,
			      const struct job_refused *refused, struct rq_diag *diag)
{
	const struct job_end job = {.refused = true, .refusal = refused->reason};

	return row->job == 0 ? RQ_OK
			     : campaign_job_ended(store, row->now_ms, row->machine,
						  row->job, &job, diag);
}
