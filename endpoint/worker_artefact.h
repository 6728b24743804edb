/* Packs as the worker asks them: where an object lies, and what it starts. */
#ifndef RAQUET_ENDPOINT_WORKER_ARTEFACT_H
#define RAQUET_ENDPOINT_WORKER_ARTEFACT_H

#include "os/process.h"
#include "wire/worker.h"

struct worker_artefacts;

/* Takes the file that came with config. */
RQ_MUST_USE enum rq_err worker_artefacts_new(struct channel *channel,
					     const struct worker_config *config,
					     struct worker_artefacts **artefacts_out);

/*
 * Last for each object: adds hits to those that answer has.  is_read: data is all of
 * it; else only entries that ask for nothing but the path can fit.  The hits live
 * until the next object.
 */
RQ_MUST_USE enum rq_err worker_artefacts_match(struct worker_artefacts *artefacts,
					       const struct worker_object *about,
					       struct bytes data, bool is_read,
					       struct worker_answer *answer);

#endif
