/*
 * What becomes of findings.
 *
 * The same content on many machines is one group; on each of them it is a case, which is
 * open, confirmed, contained, treated, re-scanned clean, closed.  A person moves a case
 * between the first four; "re-scanned clean" is only ever said by a later, complete sweep
 * of that machine that looked where the object was and did not find it; only from there is
 * a case closed.  A group stands where its hindmost case stands.
 *
 * A group can be a false positive: a judgement about the content, which holds for what is
 * in and for what is still to come.  How far it reaches is shown before, and it is
 * accepted only for the reach that was shown.
 *
 * Each change is one transaction with its entry in the audit.  unit: those cases alone are
 * seen and changed whose machine is in that unit or below it today.
 */
#ifndef RAQUET_CENTRE_RESULT_CASE_H
#define RAQUET_CENTRE_RESULT_CASE_H

#include "centre/campaign/campaign.h"
#include "centre/result/line.h"

enum finding_state {
	FINDING_OPEN = 1,
	FINDING_CONFIRMED,
	FINDING_CONTAINED,
	FINDING_TREATED,
	FINDING_CLEAN,
	FINDING_CLOSED,
	FINDING_FALSE, /* of a group alone */
};

/*
 * machine 0: all cases of the group that may become state, those of unit.  RQ_ERR_CONFLICT:
 * none may.  RQ_ERR_NOT_FOUND: there is none in unit.  RQ_ERR_USAGE: no state for a person
 * to give.
 */
RQ_MUST_USE enum rq_err case_set(struct store *store, const struct act *act,
				 int64_t unit, const uint8_t *group_key,
				 int64_t machine, enum finding_state state,
				 struct bytes note, struct rq_diag *diag);
RQ_MUST_USE enum rq_err case_comment(struct store *store, const struct act *act,
				     int64_t unit, const uint8_t *group_key,
				     int64_t machine, struct bytes note,
				     struct rq_diag *diag);

/* What a judgement of a group is about. */
struct finding_reach {
	int64_t n_machines, n_units, n_findings;
	int64_t n_campaigns;
	int64_t
	    n_only; /* machines of which nothing else was found: they become clean */
};
RQ_MUST_USE enum rq_err group_reach(struct store *store, const uint8_t *group_key,
				    struct finding_reach *reach_out,
				    struct rq_diag *diag);
/* shown: what the person was shown; RQ_ERR_CONFLICT: it reaches further by now. */
RQ_MUST_USE enum rq_err group_judge_false(struct store *store, const struct act *act,
					  const uint8_t *group_key,
					  const struct finding_reach *shown,
					  struct bytes note, struct rq_diag *diag);
RQ_MUST_USE enum rq_err group_judge_back(struct store *store, const struct act *act,
					 const uint8_t *group_key, struct bytes note,
					 struct rq_diag *diag);

#endif
