/*
 * The external variables that Loki and THOR define for each file: filename, filepath,
 * extension, filetype, owner, md5.
 */
#ifndef RAQUET_ENDPOINT_WORKER_EXTERNAL_H
#define RAQUET_ENDPOINT_WORKER_EXTERNAL_H

#include "engine/scan/scan.h"
#include "wire/worker.h"

/* Which of them the rules use: what nobody asks for is not computed. */
struct worker_external {
	bool filename, filepath, extension, filetype, owner, md5;
};

void worker_external_init(struct worker_external *external,
			  const struct ruleset *ruleset);

/*
 * Sets those that are used for the object that is scanned next; their texts lie in
 * arena.  An error: some are not set, and a scan would take the rules that ask for them
 * for false.
 */
RQ_MUST_USE enum rq_err worker_external_define(const struct worker_external *external,
					       struct scanner *scanner,
					       const struct object *object,
					       const struct worker_object *about,
					       struct arena *arena);

#endif
