/* Where --persistence looks: the start points of this machine (artefact/start.h). */
#ifndef RAQUET_ENDPOINT_PERSISTENCE_H
#define RAQUET_ENDPOINT_PERSISTENCE_H

#include "endpoint/sweep.h"

/*
 * Puts in front of the paths of sweep the start points that are there and not below one
 * of them already; what cannot be seen is put there too, so that the walk tells the gap.
 * Few and small, they come first: a sweep of limited time has read them.
 *
 * Links in them that lead elsewhere are followed by their own names, and read as the
 * unit or the script that they make of their target; for a sweep of everything this is
 * all that is added.
 * RQ_ERR_LIMIT: more links in one place than anybody looks through.
 */
RQ_MUST_USE enum rq_err persistence_extend(struct arena *arena,
					   struct sweep_options *sweep);

/* Whether this system keeps what it starts by itself in files that are known here. */
bool persistence_is_read_here(void);

/* words and behind them "--persistence", for the summary. */
RQ_MUST_USE enum rq_err persistence_name(struct arena *arena, const char *const **words,
					 size_t *n);

#endif
