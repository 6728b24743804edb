/* Lists of indicators as the worker asks them: the digests and the path of an object. */
#ifndef RAQUET_ENDPOINT_WORKER_INDICATOR_H
#define RAQUET_ENDPOINT_WORKER_INDICATOR_H

#include "os/process.h"
#include "wire/worker.h"

struct worker_indicators;

/* Takes the files that came with config. */
RQ_MUST_USE enum rq_err worker_indicators_new(
    struct channel *channel, const struct worker_config *config,
    struct worker_indicators **indicators_out);

/*
 * First for each object: the names that fit to its path, as hits of *answer; needs no
 * bytes of it.  The hits live until the next object.
 */
void worker_indicators_name(struct worker_indicators *indicators,
			    const struct worker_object *about,
			    struct worker_answer *answer);

/* Of a hosts file: the hosts and addresses that its lines name. */
void worker_indicators_hosts(struct worker_indicators *indicators, struct bytes data,
			     const struct worker_object *about, struct arena *arena,
			     struct worker_answer *answer);

/* Then: the digests that lists have, where they can have them, and their hits. */
RQ_MUST_USE enum rq_err worker_indicators_digests(struct worker_indicators *indicators,
						  struct bytes data,
						  const struct worker_object *about,
						  struct worker_answer *answer);

#endif
