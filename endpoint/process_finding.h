/* What a finding in the memory of a process says of the process. */
#ifndef RAQUET_ENDPOINT_PROCESS_FINDING_H
#define RAQUET_ENDPOINT_PROCESS_FINDING_H

#include "bytes/arena.h"
#include "endpoint/process_sweep.h"
#include "finding/finding.h"
#include "finding/words.h"
#include "wire/worker.h"

/*
 * Adds to the finding of a rule where it was (the region of the first match, as the
 * last step of the path), and, behind its own metadata, what the process is.  found:
 * NULL when it is no rule's.  Lists lie in arena.
 */
RQ_MUST_USE enum rq_err process_finding_extend(const struct process_note *process,
					       const struct worker_rule *found,
					       struct arena *arena,
					       struct finding *finding);

/*
 * Whether the process runs code that no file on the disk holds: deleted, never named,
 * or made in memory.  One finding with all reasons; RQ_ERR_NOT_FOUND: it does not.
 * Programs that are known to make code as they run are told as well, lower.
 */
RQ_MUST_USE enum rq_err process_finding_code(const struct process_note *process,
					     enum language language,
					     struct arena *arena,
					     struct finding *finding_out);

#endif
