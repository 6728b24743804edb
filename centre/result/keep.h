/* Rows of sweeps and findings; what deliveries and sealed files share.  Inside an open
 * change. */
#ifndef RAQUET_CENTRE_RESULT_KEEP_H
#define RAQUET_CENTRE_RESULT_KEEP_H

#include "centre/result/line.h"
#include "centre/store/store.h"

/* A finding on its way into its table. */
struct finding_row {
	int64_t sweep, machine, unit, ordinal, at_ms;
	struct found found;
};

/*
 * Puts rows with new ids, in one bulk, and brings their groups and cases up to date: new
 * ones are open, and those that were closed or clean are open again.
 */
RQ_MUST_USE enum rq_err keep_findings(struct store *store, int64_t now_ms,
				      const struct finding_row *rows, size_t n,
				      struct rq_diag *diag);

/* Whether sweep is complete now, and what that shows of things that were treated. */
RQ_MUST_USE enum rq_err keep_settled(struct store *store, int64_t now_ms, int64_t sweep,
				     struct rq_diag *diag);

/* The unit of machine on the day of now_ms; 0: of none. */
RQ_MUST_USE enum rq_err keep_unit_of(struct store *store, int64_t machine,
				     int64_t now_ms, int64_t *unit_out,
				     struct rq_diag *diag);

/* Numbers and times from outside, within what a sum of them can hold. */
int64_t keep_number(uint64_t raw);
int64_t keep_time(uint64_t raw_ms);

#endif
