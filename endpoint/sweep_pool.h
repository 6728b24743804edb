/*
 * The workers of a sweep and the objects that are on their way.
 *
 * Tasks are numbered in the order of the walk and leave in that order.  A worker that
 * dies, hangs or speaks out of turn is replaced; what it had and did not answer goes
 * out again one by one, so that the object which is to blame stands alone when it
 * kills the next: that one is only hashed, and told as the gap worker-died.
 */
#ifndef RAQUET_ENDPOINT_SWEEP_POOL_H
#define RAQUET_ENDPOINT_SWEEP_POOL_H

#include "bytes/buffer.h"
#include "endpoint/sweep.h"
#include "os/file.h"

enum sweep_task_state {
	TASK_READY, /* to be handed out */
	TASK_SENT,
	TASK_DONE,
};

struct sweep_task {
	uint64_t sequence;
	enum sweep_task_state state;
	uint32_t root;
	struct buffer path;
	struct file file; /* open from the walk to the answer */
	struct file_info info;
	bool is_suspect; /* a worker died while it had it: handed out alone */
	bool hash_only;
	uint8_t n_deaths; /* alone */
	/* done: a gap, or the answer of a worker (worker_answer_decode) */
	bool is_gap, is_same; /* same: another name of a file that was met before */
	enum gap_reason reason;
	char detail[128];
	struct buffer answer; /* of a gap worker-died: with the digest, or empty */
};

struct sweep_pool;

/* Starts a worker and waits until it is ready. */
RQ_MUST_USE enum rq_err sweep_pool_new(const struct sweep_options *options,
				       struct sweep_pool **pool_out,
				       struct rq_diag *diag);
void sweep_pool_free(struct sweep_pool *pool); /* kills the workers */

uint32_t sweep_pool_n_workers(const struct sweep_pool *pool); /* that were started */
const char *sweep_pool_confinement(const struct sweep_pool *pool);
uint64_t sweep_pool_n_deaths(const struct sweep_pool *pool);

/* The task with the next number, to be filled; NULL when the window is full.  A file
 * is left TASK_READY, a gap is set TASK_DONE. */
struct sweep_task *sweep_pool_add(struct sweep_pool *pool);

/* Whether a worker waits and there is nothing ready for it. */
bool sweep_pool_is_hungry(const struct sweep_pool *pool);

/* Gives what is ready to the workers that have room; when something is left, the other
 * workers are started. */
RQ_MUST_USE enum rq_err sweep_pool_hand_out(struct sweep_pool *pool,
					    struct rq_diag *diag);
/* Whether all that was added has its answer: there is nothing to wait for. */
bool sweep_pool_is_idle(const struct sweep_pool *pool);

/* Waits up to timeout_ms for answers, and watches over the workers.  RQ_ERR_PEER: they
 * cannot be started any more. */
RQ_MUST_USE enum rq_err sweep_pool_turn(struct sweep_pool *pool, uint32_t timeout_ms,
					struct rq_diag *diag);

/* The i-th oldest task that has not left, or NULL. */
struct sweep_task *sweep_pool_peek(struct sweep_pool *pool, size_t i);
/* Lets the oldest leave, done or not. */
void sweep_pool_drop(struct sweep_pool *pool);
/* Tasks handed out and not answered. */
size_t sweep_pool_n_sent(const struct sweep_pool *pool);

#endif
