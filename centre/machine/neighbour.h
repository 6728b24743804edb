/*
 * What machines see beside them: the link addresses in their own tables of addresses,
 * without asking the network anything.  An address is kept as a hash under a secret of
 * the centre, so that the tables do not hold whose telephone was where.
 */
#ifndef RAQUET_CENTRE_MACHINE_NEIGHBOUR_H
#define RAQUET_CENTRE_MACHINE_NEIGHBOUR_H

#include "centre/machine/identity.h"

enum { NEIGHBOUR_HASH = 16, NEIGHBOUR_LINK = 6 };

/* What NEIGHBOURS said, of a machine that was admitted. */
RQ_MUST_USE enum rq_err neighbour_note(const struct machine_desk *desk,
				       const struct admission *admission,
				       const struct agent_neighbours *neighbours,
				       struct rq_diag *diag);

/* The addresses among the facts of a key are its own. */
RQ_MUST_USE enum rq_err neighbour_note_own(const struct machine_desk *desk,
					   const uint8_t *key, struct bytes facts,
					   struct rq_diag *diag);

struct neighbour_tally {
	int64_t unit;
	int64_t n_unregistered; /* seen since, and of no key that is bound */
	int64_t n_seen;
};
/* Each unit that is above or below it and that reach covers, and where something was
 * seen since.  Printers and telephones are among them: a number to ask about. */
RQ_MUST_USE enum rq_err neighbour_list(
    struct store *store, const struct reach *reach, int64_t above, int64_t since_ms,
    void *listener,
    enum rq_err (*told)(void *listener, const struct neighbour_tally *tally),
    struct rq_diag *diag);

#endif
