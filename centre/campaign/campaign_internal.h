/* What the files of this folder share. */
#ifndef RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_INTERNAL_H
#define RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_INTERNAL_H

#include "centre/campaign/campaign.h"

/* All inside an open change. */
RQ_MUST_USE enum rq_err campaign_epoch_raise(struct store *store, int64_t campaign,
					     struct rq_diag *diag);
RQ_MUST_USE enum rq_err campaign_insert(struct store *store, const struct act *act,
					const struct campaign_plan *plan,
					int64_t cloned_from, int64_t schedule,
					int64_t *campaign_out, struct rq_diag *diag);
/* Draft to running, with its members. */
RQ_MUST_USE enum rq_err campaign_begin(struct store *store, const struct act *act,
				       int64_t campaign, struct rq_diag *diag);
RQ_MUST_USE enum rq_err campaign_halt(struct store *store, const struct act *act,
				      int64_t campaign, enum campaign_state state,
				      enum campaign_halt why, struct rq_diag *diag);
/* Those that the register has in the scope and that are none yet; how many there were. */
RQ_MUST_USE enum rq_err campaign_take_in(struct store *store, int64_t now_ms,
					 int64_t campaign, uint64_t *n_out,
					 struct rq_diag *diag);

/* Ends a change that went well, takes back one that did not. */
RQ_MUST_USE enum rq_err campaign_end_change(struct store *store, enum rq_err err,
					    struct rq_diag *diag);

#endif
