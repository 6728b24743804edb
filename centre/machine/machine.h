/*
 * The register of machines: the denominator of every tally.
 *
 * A machine is in a unit, and of a class, from a day on; what was stays known, so that a
 * question for a day that is over has the same answer for ever.  Whoever cannot be swept
 * has a reason with an end, and stays counted.  A name, a number on a sticker or an
 * address never says which machine speaks: that is its key (identity.h).
 *
 * Changes run inside a transaction of the caller, who takes it back after an error; each
 * is an entry of the audit log.  RQ_ERR_NOT_FOUND: a unit or machine is not there, or is
 * outside of what the person reaches.  RQ_ERR_CONFLICT: the day; diag says what.
 */
#ifndef RAQUET_CENTRE_MACHINE_MACHINE_H
#define RAQUET_CENTRE_MACHINE_MACHINE_H

#include "bytes/cap.h"
#include "centre/unit/unit.h"

enum machine_class {
	MACHINE_PC = 1,
	MACHINE_SERVER,
	MACHINE_SIGNING,  /* signs documents */
	MACHINE_ISOLATED, /* never on the network */
	MACHINE_EXEMPT,   /* with an approver and an end */
};

enum machine_reason {
	REASON_BROKEN = 1,
	REASON_DISPOSAL, /* awaits it */
	REASON_STORED,
	REASON_HOLDER_AWAY,
	REASON_PERSONAL, /* a person's own, used for work */
	N_REASONS = REASON_PERSONAL,
};

struct machine {
	int64_t id;
	struct bytes name, asset_tag, serial; /* each may be empty, not all */
	int64_t unit;
	enum machine_class class;
	int64_t first_day, end_day; /* there and so */
	struct bytes approver;      /* of MACHINE_EXEMPT: the decision, or who */
	enum machine_reason reason; /* on the day asked for; 0: none */
};

/* ---- changes ---- */

/* id is given; end_day is DAY_FOREVER but for MACHINE_EXEMPT.  first_day may lie behind:
 * a register is begun late. */
RQ_MUST_USE enum rq_err machine_add(struct store *store, const struct unit_act *act,
				    const struct machine *wanted, int64_t *id_out,
				    struct rq_diag *diag);
/* From day on, which is today or later, unlike all the changes that are known. */
RQ_MUST_USE enum rq_err machine_move(struct store *store, const struct unit_act *act,
				     int64_t machine, int64_t unit, int64_t day,
				     struct rq_diag *diag);
/* All of a unit that is merged or abolished; classes, exemptions and their ends stay. */
RQ_MUST_USE enum rq_err machine_move_all(struct store *store,
					 const struct unit_act *act, int64_t unit,
					 int64_t into, int64_t day,
					 struct rq_diag *diag);
RQ_MUST_USE enum rq_err machine_classify(struct store *store,
					 const struct unit_act *act, int64_t machine,
					 enum machine_class class, int64_t day,
					 struct rq_diag *diag);
/* From day to end_day; then it is again what it was. */
RQ_MUST_USE enum rq_err machine_exempt(struct store *store, const struct unit_act *act,
				       int64_t machine, struct bytes approver,
				       int64_t day, int64_t end_day,
				       struct rq_diag *diag);
/* No more there from day on. */
RQ_MUST_USE enum rq_err machine_end(struct store *store, const struct unit_act *act,
				    int64_t machine, int64_t day, struct rq_diag *diag);

/* One reason at a time; from day to end_day, which has to be said. */
struct machine_absence {
	enum machine_reason reason;
	int64_t first_day, end_day;
	struct bytes note;
};
RQ_MUST_USE enum rq_err machine_excuse(struct store *store, const struct unit_act *act,
				       int64_t machine,
				       const struct machine_absence *absence,
				       struct rq_diag *diag);
/* It can be swept again from day on. */
RQ_MUST_USE enum rq_err machine_return(struct store *store, const struct unit_act *act,
				       int64_t machine, int64_t day,
				       struct rq_diag *diag);

/* ---- questions: of reach->day ---- */

/* In the order of ids, those above after; texts live until told returns. */
RQ_MUST_USE enum rq_err machine_list(struct store *store, const struct reach *reach,
				     int64_t above, int64_t after, uint32_t max,
				     void *listener,
				     enum rq_err (*told)(void *listener,
							 const struct machine *machine),
				     struct rq_diag *diag);

/* The unit of machine on day; 0: it is not there. */
RQ_MUST_USE enum rq_err machine_place(struct store *store, int64_t machine, int64_t day,
				      int64_t *unit_out, struct rq_diag *diag);

/* Whether machine was in the register and is no more from day on. */
RQ_MUST_USE enum rq_err machine_has_ended(struct store *store, int64_t machine,
					  int64_t day, bool *has_ended_out,
					  struct rq_diag *diag);

/* RQ_ERR_NOT_FOUND unless unit is there on by's day and by covers it (NULL: everyone). */
RQ_MUST_USE enum rq_err machine_reach_unit(struct store *store, const struct reach *by,
					   int64_t unit, struct rq_diag *diag);
/* Likewise for a machine by its unit of day; *unit_out may be NULL. */
RQ_MUST_USE enum rq_err machine_reach(struct store *store, const struct reach *by,
				      int64_t machine, int64_t day, int64_t *unit_out,
				      struct rq_diag *diag);

#endif
