/*
 * Declared, registered, seen: three numbers that stand side by side, of a day, from rows.
 *
 * A unit declares how many machines of its own it has (not those of units below it), with
 * a day and who said so; that number holds until the next.  What has been seen was heard
 * of by its agent in the WINDOW of days that ends with the day asked for.
 */
#ifndef RAQUET_CENTRE_MACHINE_TALLY_H
#define RAQUET_CENTRE_MACHINE_TALLY_H

#include "centre/machine/machine.h"

/* A second number for the same day takes the place of the first; both are in the audit
 * log. */
RQ_MUST_USE enum rq_err declared_set(struct store *store, const struct unit_act *act,
				     int64_t unit, int64_t day, int64_t number,
				     struct rq_diag *diag);

/* Of a unit with all that is below it. */
struct tally {
	int64_t unit;
	int64_t declared;
	int64_t n_undeclared; /* units that have not said a number yet */
	int64_t registered;   /* exempt and excused ones stay in it */
	int64_t exempt;
	int64_t excused[N_REASONS]; /* by enum machine_reason, from 0 */
	int64_t seen;
};

/* Each unit that is depth levels below above (0: itself) and that reach covers, on
 * reach->day. */
RQ_MUST_USE enum rq_err tally_list(struct store *store, const struct reach *reach,
				   int64_t above, int64_t depth, int64_t window_days,
				   void *listener,
				   enum rq_err (*told)(void *listener,
						       const struct tally *tally),
				   struct rq_diag *diag);

/* An agent of machine spoke on day, which is today. */
RQ_MUST_USE enum rq_err tally_seen(struct store *store, int64_t machine, int64_t day,
				   struct rq_diag *diag);

#endif
