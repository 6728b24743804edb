/*
 * The agent as a machine of states: what it says to the centre next, what it makes of
 * the answer, which job is to run.  No socket, no thread, no time of its own: service.h
 * joins it with the courier and with sweeps, and a test with a centre in one process.
 *
 *     check in -> posture, policy, deliveries, kits, each as asked for -> wait
 *
 * One message is under way at a time.  The centre may hold a check-in; when there is
 * something that cannot wait, agent_next gives another, and the held one is forgotten.
 */
#ifndef RAQUET_ENDPOINT_AGENT_AGENT_H
#define RAQUET_ENDPOINT_AGENT_AGENT_H

#include "endpoint/agent/centre_time.h"
#include "endpoint/agent/identity.h"
#include "endpoint/agent/jobs.h"
#include "endpoint/agent/policy.h"
#include "endpoint/agent/schedule.h"
#include "endpoint/agent/spool.h"
#include "wire/courier.h"
#include "wire/fetch.h"

struct agent_options {
	const struct disk *disk; /* spool, jobs, policy, identity */
	const struct disk *kits; /* a folder of their own */
	const struct world *world;
	struct spool_options spool;
	struct schedule_options schedule;
	uint64_t hurry_ms;             /* a detection is sent within */
	const uint8_t *installed_key;  /* SIGN_PUBLIC_SIZE: signs the first policy */
	const char *program, *content; /* versions */
	/* Fills in what the system says; texts live until the next call. */
	void *machine;
	void (*posture)(void *machine, struct agent_posture *posture_out);
	void (*neighbours)(void *machine, struct agent_neighbours *neighbours_out);
	uint64_t (*peak_memory)(void *machine);
};
void agent_options_default(struct agent_options *options);

struct agent;

/* What options point to must outlive it. */
RQ_MUST_USE enum rq_err agent_open(const struct agent_options *options,
				   struct agent **agent_out);
/* An orderly end, which is no death in the counts. */
void agent_close(struct agent *agent);

/* ---- with the courier ---- */

/* Milliseconds until agent_next has something, also while a check-in is held; UINT64_MAX:
 * an answer is awaited, or we belong to nobody yet. */
uint64_t agent_wait_ms(const struct agent *agent);

/* The message to send now, and how long the centre may take; false: none. */
RQ_MUST_USE bool agent_next(struct agent *agent, struct buffer *message,
			    uint32_t *wait_ms_out);
/* What the courier told about it. */
RQ_MUST_USE enum rq_err agent_told(struct agent *agent, uint8_t outcome,
				   struct bytes message);
/* The courier is gone, and what it had under way with it.  That says nothing about the
 * centre: the next one is asked soon. */
void agent_courier_gone(struct agent *agent);

/* ---- sweeps ---- */

struct agent_work {
	const struct lease *lease;
	const struct kit *kit;
};

/* A job that may run now, judged by the policy, its kit whole on the disk; it lives until
 * any other call.  RQ_ERR_NOT_FOUND: none. */
RQ_MUST_USE enum rq_err agent_work(struct agent *agent, struct agent_work *work_out);
/* Before anything of it runs, and when it ended; the records of a sweep go in between.
 * RQ_ERR_FULL from agent_put: the sweep waits with it. */
RQ_MUST_USE enum rq_err agent_begin(struct agent *agent, uint64_t job);
RQ_MUST_USE enum rq_err agent_put(struct agent *agent, enum agent_class class,
				  const struct record *record);
RQ_MUST_USE enum rq_err agent_done(struct agent *agent, uint64_t job);
RQ_MUST_USE enum rq_err agent_pause(struct agent *agent, uint64_t job);
RQ_MUST_USE enum rq_err agent_refuse(struct agent *agent, uint64_t job,
				     enum job_refusal reason);

/* ---- what tests and people look at ---- */

bool agent_is_enrolled(const struct agent *agent);
const struct spool *agent_spool(const struct agent *agent);
struct centre_time agent_time(const struct agent *agent);

#endif
