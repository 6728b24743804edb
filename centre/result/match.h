/* Whose result it is, from facts each of which can be wrong. */
#ifndef RAQUET_CENTRE_RESULT_MATCH_H
#define RAQUET_CENTRE_RESULT_MATCH_H

#include "centre/store/store.h"
#include "sealed/sealed.h"

struct match {
	int64_t machine; /* 0: it has to wait */
	int64_t confidence;
	int64_t n_candidates;
};

/*
 * Among the machines of unit (0: all) on day, inside a change.  The strongest fact that
 * fits any decides, weaker ones choose among several.  It waits when several are left,
 * when a strong fact names another machine, and when all addresses are strange to a
 * machine whose addresses are known: that is how clones look.
 */
RQ_MUST_USE enum rq_err match_facts(struct store *store, int64_t unit, int64_t day,
				    const struct sealed_header *header,
				    struct match *match_out, struct rq_diag *diag);
/* What is known of machine from now on. */
RQ_MUST_USE enum rq_err match_learn(struct store *store, int64_t machine,
				    const struct sealed_header *header,
				    struct rq_diag *diag);

#endif
