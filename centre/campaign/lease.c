#include "centre/campaign/lease.h"

#include "centre/campaign/campaign_internal.h"

#include <string.h>

/* $1 machine, $2 now, $3 today.  The first campaign that ends has the first claim. */
static const char next_job[] =
    "SELECT c.id, mu.unit FROM member mb"
    " JOIN campaign c ON c.id = mb.campaign"
    " JOIN machine_unit mu ON mu.machine = mb.machine AND mu.first_day <= $3"
    " AND $3 < mu.end_day"
    " WHERE mb.machine = $1 AND mb.left_ms IS NULL AND mb.state IN (1, 2)"
    " AND mb.lease_until_ms <= $2 AND mb.attempts < 3"
    " AND c.state = 2 AND c.start_ms <= $2 AND $2 < c.deadline_ms"
    " AND (c.site_concurrency = 0 OR (SELECT count(*) FROM campaign_job j"
    " WHERE j.site = mu.unit AND j.until_ms > $2 AND j.ended_ms IS NULL)"
    " < c.site_concurrency)"
    " AND (c.rate = 0 OR (SELECT count(*) FROM campaign_job j"
    " WHERE j.campaign = c.id AND j.given_ms > $2 - 60000) < c.rate)"
    " ORDER BY c.deadline_ms, c.id LIMIT 1";

/* $1 machine, $2 now: whether it has to come again. */
static const char waits[] =
    "SELECT count(*) FROM member mb JOIN campaign c ON c.id = mb.campaign"
    " WHERE mb.machine = $1 AND mb.left_ms IS NULL AND mb.state IN (1, 2)"
    " AND c.state = 2 AND $2 < c.deadline_ms";

/* $1 machine, $2 now: the job that it has. */
static const char held_job[] =
    "SELECT j.id, j.campaign, j.until_ms FROM campaign_job j"
    " JOIN campaign c ON c.id = j.campaign"
    " WHERE j.machine = $1 AND j.ended_ms IS NULL AND j.until_ms > $2"
    " AND c.state = 2 AND $2 < c.deadline_ms ORDER BY j.id DESC LIMIT 1";

enum rq_err campaign_epoch(struct store *store, int64_t *epoch_out,
			   struct rq_diag *diag)
{
	return store_ask_number(store, "SELECT epoch FROM campaign_epoch", NULL, 0,
				epoch_out, diag);
}

/* One machine at one check-in. */
struct visit {
	struct store *store;
	const struct agent_check_in *check_in;
	struct campaign_offer *offer;
	int64_t machine, now_ms;
	struct rq_diag *diag;
};

/* A job and whose it is; id 0: none. */
struct given {
	int64_t id, campaign, until_ms;
};

static enum rq_err one_row(const struct visit *visit, const char *sql, size_t n_values,
			   int64_t *first_out, int64_t *second_out, int64_t *third_out)
{
	const struct store_value values[] = {store_number(visit->machine),
					     store_number(visit->now_ms),
					     store_number(campaign_day(visit->now_ms))};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(visit->store, sql, values, n_values, &rows, visit->diag);

	*first_out = 0;
	if (err == RQ_OK)
		err = rows_next(rows, visit->diag);
	if (err == RQ_OK) {
		*first_out = rows_number(rows, 0);
		*second_out = rows_number(rows, 1);
		if (third_out != NULL)
			*third_out = rows_number(rows, 2);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static bool names_job(const struct agent_check_in *check_in, int64_t job)
{
	for (size_t i = 0; i < check_in->n_jobs; i++)
		if (check_in->jobs[i].job == (uint64_t)job)
			return true;
	return false;
}

/* The lease as it is sent; until_ms is not reached yet. */
static enum rq_err fill_lease(const struct visit *visit, const struct given *given)
{
	struct campaign_offer *offer = visit->offer;
	struct campaign campaign;
	enum rq_err err =
	    campaign_read(visit->store, given->campaign, &campaign, visit->diag);

	if (err != RQ_OK)
		return err;
	offer->has_lease = true;
	offer->lease = (struct lease){
	    .campaign = (uint64_t)given->campaign,
	    .job = (uint64_t)given->id,
	    .lease_ms = (uint64_t)(given->until_ms - visit->now_ms),
	    .deadline_ms = (uint64_t)campaign.plan.deadline_ms,
	    .options = campaign.plan.options,
	    .budget = {.time_ms = (uint64_t)campaign.plan.time_budget_ms,
		       .memory_bytes = (uint64_t)campaign.plan.memory_bytes,
		       .cpu_percent = (uint32_t)campaign.plan.cpu_percent},
	    .scope = campaign.plan.scope,
	    .n_paths = campaign.plan.n_paths,
	};
	memcpy(offer->lease.kit, campaign.plan.kit, AGENT_DIGEST);
	memcpy(offer->lease.paths, campaign.plan.paths, sizeof offer->lease.paths);
	offer->room = campaign.room; /* transferred */
	return RQ_OK;
}

static enum rq_err put_job(const struct visit *visit, int64_t campaign, int64_t site,
			   struct given *given)
{
	enum rq_err err = store_id(visit->store, &given->id, visit->diag);
	const struct store_value values[] = {
	    store_number(given->id), store_number(campaign),
	    store_number(visit->machine), store_number(site),
	    store_number(visit->now_ms)};
	const struct store_value member[] = {values[1], values[2], values[0]};

	given->campaign = campaign;
	if (err == RQ_OK)
		err = store_ask_number(
		    visit->store,
		    "INSERT INTO campaign_job (id, campaign, machine, site, given_ms,"
		    " until_ms) SELECT $1, id, $3, $4, $5, $5 + lease_ms FROM campaign"
		    " WHERE id = $2 RETURNING until_ms",
		    values, 5, &given->until_ms, visit->diag);
	if (err == RQ_OK)
		err = store_run(visit->store,
				"UPDATE member SET state = 2, lease_job = $3,"
				" lease_until_ms = (SELECT until_ms FROM campaign_job"
				" WHERE id = $3), attempts = attempts + 1"
				" WHERE campaign = $1 AND machine = $2",
				member, 3, NULL, visit->diag);
	return err;
}

/* What it has it keeps for as long again; only the newest job of a member. */
static enum rq_err lengthen(const struct visit *visit, int64_t job)
{
	const struct store_value values[] = {store_number(job),
					     store_number(visit->machine),
					     store_number(visit->now_ms)};
	uint64_t n = 0;
	enum rq_err err = store_run(
	    visit->store,
	    "UPDATE campaign_job SET until_ms = $3 + (SELECT lease_ms FROM campaign c"
	    " WHERE c.id = campaign_job.campaign) WHERE id = $1 AND machine = $2"
	    " AND ended_ms IS NULL AND EXISTS (SELECT 1 FROM member"
	    " WHERE member.machine = $2 AND member.lease_job = $1)",
	    values, 3, &n, visit->diag);

	if (err == RQ_OK && n > 0)
		err = store_run(visit->store,
				"UPDATE member SET lease_until_ms = (SELECT until_ms"
				" FROM campaign_job WHERE id = $1)"
				" WHERE machine = $2 AND lease_job = $1",
				values, 2, NULL, visit->diag);
	return err;
}

static enum rq_err give(const struct visit *visit)
{
	struct given given = {0};
	int64_t campaign = 0, site = 0;
	enum rq_err err = store_begin(visit->store, visit->diag);

	if (err != RQ_OK)
		return err;
	err = one_row(visit, next_job, 3, &campaign, &site, NULL);
	if (err == RQ_OK && campaign != 0)
		err = put_job(visit, campaign, site, &given);
	if (err == RQ_OK && campaign != 0)
		err = fill_lease(visit, &given);
	return campaign_end_change(visit->store, err, visit->diag);
}

static enum rq_err lengthen_all(const struct visit *visit)
{
	enum rq_err err = store_begin(visit->store, visit->diag);

	if (err != RQ_OK)
		return err;
	for (size_t i = 0; i < visit->check_in->n_jobs && err == RQ_OK; i++)
		err = lengthen(visit, (int64_t)visit->check_in->jobs[i].job);
	return campaign_end_change(visit->store, err, visit->diag);
}

/* Without a change: most who come find nothing. */
static enum rq_err look(const struct visit *visit, struct given *held,
			bool *may_have_out, bool *waits_out)
{
	int64_t campaign = 0, site = 0, n = 0;
	enum rq_err err = store_begin_reading(visit->store, visit->diag);

	if (err == RQ_OK)
		err = one_row(visit, held_job, 2, &held->id, &held->campaign,
			      &held->until_ms);
	if (err == RQ_OK && held->id == 0)
		err = one_row(visit, next_job, 3, &campaign, &site, NULL);
	if (err == RQ_OK) {
		const struct store_value values[] = {store_number(visit->machine),
						     store_number(visit->now_ms)};

		err = store_ask_number(visit->store, waits, values, 2, &n, visit->diag);
	}
	/* what it does not know of, because an answer was lost, it is told again */
	if (err == RQ_OK && held->id != 0 && !names_job(visit->check_in, held->id))
		err = fill_lease(visit, held);
	store_rollback(visit->store);
	*may_have_out = campaign != 0;
	*waits_out = n > 0;
	return err;
}

enum rq_err campaign_check_in(struct store *store, const struct world *world,
			      int64_t machine, const struct agent_check_in *check_in,
			      struct campaign_offer *offer_out, struct rq_diag *diag)
{
	const struct visit visit = {
	    store, check_in, offer_out, machine, (int64_t)world_utc_ms(world), diag};
	struct given held = {0};
	bool may_have = false, must_wait = false;
	int64_t epoch = 0;
	enum rq_err err;

	*offer_out = (struct campaign_offer){0};
	err = campaign_epoch(store, &epoch, diag);
	offer_out->epoch = (uint64_t)epoch;
	if (err == RQ_OK && check_in->n_jobs > 0)
		err = lengthen_all(&visit);
	if (err != RQ_OK || check_in->campaign_epoch == (uint64_t)epoch)
		return err;
	err = look(&visit, &held, &may_have, &must_wait);
	if (err == RQ_OK && may_have && (check_in->flags & CHECK_IN_NO_SWEEPS) == 0)
		err = give(&visit);
	if (must_wait)
		offer_out->epoch = check_in->campaign_epoch;
	if (err != RQ_OK)
		campaign_offer_free(offer_out);
	return err;
}

void campaign_offer_free(struct campaign_offer *offer)
{
	buffer_free(&offer->room);
	*offer = (struct campaign_offer){0};
}

/* ---- ends ---- */

enum rq_err campaign_member_swept(struct store *store, int64_t campaign,
				  int64_t machine, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(campaign),
					     store_number(machine)};

	return store_run(store,
			 "UPDATE member SET state = 3, lease_until_ms = 0"
			 " WHERE campaign = $1 AND machine = $2",
			 values, 2, NULL, diag);
}

/* Halts a campaign whose sweeps cost too much, on average of at least fifty. */
static enum rq_err look_at_cost(struct store *store, int64_t now_ms, int64_t campaign,
				struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign);
	const struct act centre = {0, now_ms};
	int64_t too_much = 0;
	enum rq_err err = store_ask_number(
	    store,
	    "SELECT CASE WHEN count(*) >= 50 AND sum(j.cpu_ms) > count(*) *"
	    " (SELECT c.breaker_cpu_ms FROM campaign c WHERE c.id = $1)"
	    " THEN 1 ELSE 0 END FROM campaign_job j WHERE j.campaign = $1"
	    " AND j.cpu_ms IS NOT NULL AND EXISTS (SELECT 1 FROM campaign c"
	    " WHERE c.id = $1 AND c.state = 2 AND c.breaker_cpu_ms > 0)",
	    &of, 1, &too_much, diag);

	if (err != RQ_OK || too_much == 0)
		return err;
	return campaign_halt(store, &centre, campaign, CAMPAIGN_PAUSED, HALT_BREAKER,
			     diag);
}

/* What becomes of a member: refusals that time heals put it back. */
static int64_t state_after(const struct job_end *end)
{
	enum { LATER_TOO_MANY = 8, LATER_SPOOL = 9 }; /* enum job_refusal */

	if (!end->refused)
		return end->complete ? 3 : 4;
	return end->refusal == LATER_TOO_MANY || end->refusal == LATER_SPOOL ? 1 : 5;
}

enum rq_err campaign_job_ended(struct store *store, int64_t now_ms, int64_t machine,
			       int64_t job, const struct job_end *end,
			       struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_number(job), store_number(now_ms),
	    end->refused ? store_number(end->refusal) : store_null(),
	    end->refused ? store_null() : store_number(end->cpu_ms),
	    store_number(machine)};
	int64_t campaign = 0;
	enum rq_err err = store_ask_number(
	    store,
	    "UPDATE campaign_job SET ended_ms = coalesce(ended_ms, $2),"
	    " refused = CAST($3 AS BIGINT), cpu_ms = CAST($4 AS BIGINT)"
	    " WHERE id = $1 AND machine = $5 RETURNING campaign",
	    values, 5, &campaign, diag);

	if (err == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	if (err == RQ_OK) {
		const struct store_value member[] = {store_number(job),
						     store_number(state_after(end))};

		/* an incomplete sweep takes nothing from a complete one */
		err = store_run(store,
				"UPDATE member SET state = $2, lease_until_ms = 0"
				" WHERE state <> 3 AND campaign = (SELECT campaign FROM"
				" campaign_job WHERE id = $1) AND machine = (SELECT"
				" machine FROM campaign_job WHERE id = $1)"
				" AND (lease_job = $1 OR $2 = 3)",
				member, 2, NULL, diag);
	}
	if (err == RQ_OK && !end->refused)
		err = look_at_cost(store, now_ms, campaign, diag);
	return err;
}
