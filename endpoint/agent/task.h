/*
 * A sweep as the agent runs it: raquet scan in a process of its own, whose findings come
 * back in frames.  The agent stays small, answers its centre meanwhile, and outlives
 * whatever a sweep meets.
 *
 *     FINDING* (END | PAUSED)
 *
 * A sweep that was ended by a signal tells PAUSED and keeps its journal; told again, it
 * tells all findings again in the same order.
 */
#ifndef RAQUET_ENDPOINT_AGENT_TASK_H
#define RAQUET_ENDPOINT_AGENT_TASK_H

#include "endpoint/agent/agent.h"
#include "os/link.h"
#include "wire/sweep.h"

enum task_frame { TASK_FINDING = 1, TASK_END = 2, TASK_PAUSED = 3 };
enum { TASK_FRAME = CAP_AGENT_RECORD + 4096 };

/* What came, of the agent's own making. */
struct task_told {
	uint8_t what;           /* enum task_frame */
	struct bytes line;      /* FINDING */
	struct sweep_gaps gaps; /* END */
	struct sweep_end end;   /* END; its texts lie in the frame */
};
RQ_MUST_USE enum rq_err task_decode(struct bytes frame, struct task_told *told_out);

/* Starts it.  folder is the agent's, kits the one with the files of kits. */
RQ_MUST_USE enum rq_err task_start(const struct agent_work *work, const char *folder,
				   const struct disk *kits, struct link **link_out,
				   struct rq_diag *diag);
/* The journal of a job, and what it ran with, are of no use any more. */
void task_clean(const char *folder, uint64_t job);

#endif
