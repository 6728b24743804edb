/*
 * The tally of a campaign: for each unit, with all below it, how many machines stand
 * where.  Every figure is counted from rows by one statement (invariant I5), and
 * tally_machines lists the machines behind it by the same one (I9).
 *
 * A machine is counted once, in the unit where the register has it on the day that is
 * asked for, or last had it.  It is one of: complete, incomplete, refused, running, excused,
 * silent.  The rest are columns across.  What other tools say, and what a unit declares,
 * stands beside and is never added.
 */
#ifndef RAQUET_CENTRE_RESULT_TALLY_H
#define RAQUET_CENTRE_RESULT_TALLY_H

#include "centre/campaign/campaign.h"

/* Stable numbers: figures of closed campaigns are kept by them. */
enum tally_figure {
	TALLY_REGISTERED = 0, /* members: the denominator */
	TALLY_COMPLETE,
	TALLY_INCOMPLETE, /* swept to an end, and not whole */
	TALLY_REFUSED,    /* the agent would not */
	TALLY_RUNNING,    /* was given its job, or has begun */
	TALLY_EXCUSED,    /* no sign, and a reason that holds on the day */
	TALLY_SILENT,     /* no sign: not reporting */
	TALLY_FOUND,      /* something that counts, and is no false positive */
	TALLY_TREATED,    /* of these: all of it treated or over */
	TALLY_OTHER_TOOL, /* another tool's result is here for it */
	N_TALLY_MACHINES, /* those above are of machines: they can be listed */
	TALLY_DECLARED = N_TALLY_MACHINES, /* machines that the unit says it has */
	TALLY_DECLARED_DONE,               /* says it has swept */
	TALLY_DECLARED_NOT_DONE,
	TALLY_DECLARED_FOUND,
	N_TALLY_FIGURES,
};
/* Reached is registered without excused and silent. */

/* What is asked: of one campaign, as it stood at a moment. */
struct tally_moment {
	int64_t campaign;
	int64_t day;      /* where units and machines are */
	int64_t until_ms; /* evidence that came before */
};
/* As it stands; of a closed one: as it stood when it was closed. */
RQ_MUST_USE enum rq_err tally_now(struct store *store, int64_t campaign, int64_t now_ms,
				  struct tally_moment *moment_out,
				  struct rq_diag *diag);

struct tally_row {
	int64_t campaign, unit, depth; /* below the unit that was asked for */
	int64_t n[N_TALLY_FIGURES];
};

/*
 * Tells a row for unit and for each unit below it, down to max_depth, by depth and id.
 * two, when it is not NULL, is told as well: a comparison.  Inside a transaction or not.
 */
RQ_MUST_USE enum rq_err tally(struct store *store, int64_t unit, int64_t max_depth,
			      const struct tally_moment *one,
			      const struct tally_moment *two, void *listener,
			      enum rq_err (*told)(void *listener,
						  const struct tally_row *row),
			      struct rq_diag *diag);

/* The machines behind one figure of unit, by id, from behind after (0: the first), up to
 * limit. */
RQ_MUST_USE enum rq_err tally_machines(
    struct store *store, int64_t unit, const struct tally_moment *moment,
    enum tally_figure figure, int64_t after, int64_t limit, void *listener,
    enum rq_err (*told)(void *listener, int64_t machine, int64_t in_unit),
    struct rq_diag *diag);

/* How many incomplete machines have gaps of a reason; one may have several. */
RQ_MUST_USE enum rq_err tally_reasons(struct store *store, int64_t unit,
				      const struct tally_moment *moment, void *listener,
				      enum rq_err (*told)(void *listener,
							  int64_t reason,
							  int64_t n_machines,
							  int64_t n_gaps),
				      struct rq_diag *diag);

/*
 * Machines of unit whose last complete sweep, of whatever campaign, is older than
 * max_age_days, or that have none; excused and exempt ones left out.  last_ms 0: none.
 */
RQ_MUST_USE enum rq_err tally_overdue(struct store *store, int64_t unit, int64_t now_ms,
				      int64_t max_age_days, void *listener,
				      enum rq_err (*told)(void *listener,
							  int64_t machine,
							  int64_t in_unit,
							  int64_t last_ms),
				      struct rq_diag *diag);

/* ---- closing ---- */

/* Closes the campaign and keeps its figures, in one change. */
RQ_MUST_USE enum rq_err tally_close(struct store *store, const struct act *act,
				    int64_t campaign, struct rq_diag *diag);
/* The figures that were kept, as tally tells them. */
RQ_MUST_USE enum rq_err tally_frozen(struct store *store, int64_t campaign,
				     int64_t unit, int64_t max_depth, void *listener,
				     enum rq_err (*told)(void *listener,
							 const struct tally_row *row),
				     struct rq_diag *diag);
/* Sweeps that came after it was closed. */
RQ_MUST_USE enum rq_err tally_supplement(
    struct store *store, int64_t campaign, int64_t unit, int64_t now_ms, void *listener,
    enum rq_err (*told)(void *listener, int64_t sweep, int64_t machine),
    struct rq_diag *diag);
#endif
