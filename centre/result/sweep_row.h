/* The row of a sweep that an agent tells, record by record.  Inside an open change. */
#ifndef RAQUET_CENTRE_RESULT_SWEEP_ROW_H
#define RAQUET_CENTRE_RESULT_SWEEP_ROW_H

#include "centre/store/store.h"
#include "wire/sweep.h"

struct sweep_row {
	int64_t id, machine, unit, job; /* job 0: what was found without one */
	int64_t now_ms;
};

/* The row of (machine, job), made when it is not there: *row is filled but for id. */
RQ_MUST_USE enum rq_err sweep_row_find(struct store *store, struct sweep_row *row,
				       struct rq_diag *diag);
RQ_MUST_USE enum rq_err sweep_row_begin(struct store *store,
					const struct sweep_row *row,
					const struct sweep_begin *begin,
					struct rq_diag *diag);
RQ_MUST_USE enum rq_err sweep_row_gaps(struct store *store, const struct sweep_row *row,
				       const struct sweep_gaps *gaps,
				       struct rq_diag *diag);
/* Also tells the campaign that the job gives its slot back. */
RQ_MUST_USE enum rq_err sweep_row_end(struct store *store, const struct sweep_row *row,
				      const struct sweep_end *end,
				      struct rq_diag *diag);
RQ_MUST_USE enum rq_err sweep_row_refused(struct store *store,
					  const struct sweep_row *row,
					  const struct job_refused *refused,
					  struct rq_diag *diag);

#endif
