/*
 * The worker: one confined process, one thread, one object after another.
 */
#ifndef RAQUET_ENDPOINT_WORKER_H
#define RAQUET_ENDPOINT_WORKER_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "engine/object/object.h"
#include "wire/worker.h"

/* What main calls when argv[1] is "worker".  Returns the exit code. */
int worker_main(int argc, char **argv);

/* What the engine is to the worker; tests put another in its place. */
struct worker_engine {
	/* Over the image, before confinement ends what it may need. */
	enum rq_err (*open)(struct bytes image, void **engine_out,
			    struct rq_diag *diag);
	/* After the parent said how to scan. */
	enum rq_err (*configure)(void *engine, const struct worker_config *config);
	uint32_t (*n_rules)(void *engine);
	/* Fills rules, gaps and console of *answer from arena; the rest is the
	 * worker's. */
	enum rq_err (*scan)(void *engine, const struct object *object,
			    const struct worker_object *about, struct arena *arena,
			    struct worker_answer *answer);
};

/* worker_main with any engine. */
int worker_run(int argc, char **argv, const struct worker_engine *engine);

#endif
