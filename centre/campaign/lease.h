/*
 * What a machine is given of the campaigns: one job at a time, for a while.
 *
 * A check-in says the epoch that the machine was told last.  Is it today's there is
 * nothing to look for.  A machine is told today's only when nothing waits for it: one
 * that found all slots taken, or has a job, comes again with the old one and is looked
 * after again.
 *
 * A lease is a row, and a slot is a row that has not ended or run out.  Two centres give
 * a slot once, since the store lets one change at a time happen.
 */
#ifndef RAQUET_CENTRE_CAMPAIGN_LEASE_H
#define RAQUET_CENTRE_CAMPAIGN_LEASE_H

#include "centre/campaign/campaign.h"

RQ_MUST_USE enum rq_err campaign_epoch(struct store *store, int64_t *epoch_out,
				       struct rq_diag *diag);

struct campaign_offer {
	uint64_t epoch; /* to tell the machine */
	bool has_lease;
	struct lease lease; /* texts lie in room */
	struct buffer room;
};

/*
 * Answers the part of a check-in that is about campaigns.  machine: whom the certificate
 * names.  jobs: what it says it has, whose leases are made longer.  Opens a change only
 * when the epochs differ or jobs are named.  campaign_offer_free in any case.
 */
RQ_MUST_USE enum rq_err campaign_check_in(struct store *store,
					  const struct world *world, int64_t machine,
					  const struct agent_check_in *check_in,
					  struct campaign_offer *offer_out,
					  struct rq_diag *diag);
void campaign_offer_free(struct campaign_offer *offer);

/* ---- for centre/result, inside its change ---- */

struct job_end {
	bool complete;
	bool refused;
	int64_t refusal; /* enum job_refusal of the agent */
	int64_t cpu_ms;
};
/* A sweep without a job was counted for a member. */
RQ_MUST_USE enum rq_err campaign_member_swept(struct store *store, int64_t campaign,
					      int64_t machine, struct rq_diag *diag);

/* The job gives its slot back; the breaker looks at what it cost.  The same end again, and
 * a job that machine does not have, change nothing. */
RQ_MUST_USE enum rq_err campaign_job_ended(struct store *store, int64_t now_ms,
					   int64_t machine, int64_t job,
					   const struct job_end *end,
					   struct rq_diag *diag);

#endif
