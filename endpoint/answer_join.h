/* One answer from those to the parts of an object. */
#ifndef RAQUET_ENDPOINT_ANSWER_JOIN_H
#define RAQUET_ENDPOINT_ANSWER_JOIN_H

#include "bytes/arena.h"
#include "wire/worker.h"

/*
 * Adds from to *to: each rule once, each match of a string once (by its offset), by
 * rising offset.  Both were decoded; lists lie in arena or are borrowed from both.
 */
RQ_MUST_USE enum rq_err answer_join(const struct worker_answer *from,
				    struct arena *arena, struct worker_answer *to);

#endif
