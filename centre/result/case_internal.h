/* What happens to findings without a person.  Inside an open change. */
#ifndef RAQUET_CENTRE_RESULT_CASE_INTERNAL_H
#define RAQUET_CENTRE_RESULT_CASE_INTERNAL_H

#include "centre/store/store.h"

/* Findings first to end - 1 have come: cases are made, and what was over is open again. */
RQ_MUST_USE enum rq_err case_meet(struct store *store, int64_t now_ms, int64_t first,
				  int64_t end, struct rq_diag *diag);

/* sweep is complete: what was treated, and it looked for and did not find, is clean. */
RQ_MUST_USE enum rq_err case_rescan(struct store *store, int64_t now_ms, int64_t sweep,
				    struct rq_diag *diag);

/* A change of one case with its history and its entry in the audit. */
struct case_change {
	struct bytes group_key;
	int64_t machine, state, at_ms, person;
	struct bytes note;
};
RQ_MUST_USE enum rq_err case_put(struct store *store, const struct case_change *change,
				 struct rq_diag *diag);

#endif
