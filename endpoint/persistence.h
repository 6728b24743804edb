/* Where --persistence looks: the start points of this machine (artefact/start.h). */
#ifndef RAQUET_ENDPOINT_PERSISTENCE_H
#define RAQUET_ENDPOINT_PERSISTENCE_H

#include "endpoint/sweep.h"

/*
 * Appends to the paths of sweep the start points that are there and not below one of
 * them already; what cannot be seen is appended too, so that the walk tells the gap.
 */
RQ_MUST_USE enum rq_err persistence_extend(struct arena *arena,
					   struct sweep_options *sweep);

/* words and behind them "--persistence", for the summary. */
RQ_MUST_USE enum rq_err persistence_name(struct arena *arena, const char *const **words,
					 size_t *n);

#endif
