/*
 * The jobs that this machine was given, on its disk, so that none is forgotten, none runs
 * twice to its end, and none kills the agent for ever.
 *
 * "About to run job J" is on the disk before J runs.  Who starts and finds that mark
 * knows that J ended the agent (same run of the system) or that the machine went down
 * under it (another run).  After JOB_DEATHS of the first or JOB_CUTS of the second, J is
 * refused and reported, and what it would have done is denied for a while, so that the
 * same under another number does not begin anew.  docs/jobs-format.md has the bytes.
 */
#ifndef RAQUET_ENDPOINT_AGENT_JOBS_H
#define RAQUET_ENDPOINT_AGENT_JOBS_H

#include "endpoint/agent/spool.h"
#include "wire/agent.h"
#include "world/world.h"

enum {
	JOB_DEATHS = 2,
	JOB_CUTS = 8, /* current fails often in the communes */
	JOB_DENIED_MS = 7 * 24 * 3600 * 1000,
};

enum job_state {
	JOB_TAKEN = 1,
	JOB_RUNNING,
	JOB_PAUSED,  /* ended by us, at a stop of the service */
	JOB_REFUSED, /* and not reported yet */
};

/* Stable numbers: they are sent. */
enum job_refusal {
	JOB_ACCEPTED = 0,
	JOB_KILLED = 1,   /* it ended the agent JOB_DEATHS times */
	JOB_CUT_OFF = 2,  /* the machine went down under it JOB_CUTS times */
	JOB_WAS_DONE = 3, /* this machine has told all of it, or refused it */
	JOB_DENIED = 4,   /* the same work was refused for JOB_KILLED or JOB_CUT_OFF */
	JOB_POLICY = 5,   /* outside of the policy: endpoint/agent/policy.h says how */
	JOB_KIT = 6,      /* its kit could not be had or verified */
	JOB_LATE = 7,     /* its deadline has passed */
	JOB_TOO_MANY = 8, /* CAP_AGENT_JOBS are waiting */
	JOB_SPOOL = 9,    /* detections fill the spool: later */
	N_JOB_REFUSALS,
};
const char *job_refusal_name(enum job_refusal refusal); /* stable, for logs */

struct job {
	uint64_t id, campaign;
	uint8_t subject[AGENT_DIGEST]; /* what it does, whatever its number */
	uint8_t state;                 /* enum job_state */
	uint8_t reason, policy;        /* of JOB_REFUSED */
	uint32_t n_deaths, n_cuts;
	uint8_t boot_id[WORLD_BOOT_ID]; /* of the run in which it began */
};

struct jobs;

/*
 * Reads what is on disk and judges what it finds running.  A job whose end is in the
 * spool is done.  A damaged file is as none: the centre counts what is told again once.
 */
RQ_MUST_USE enum rq_err jobs_open(const struct disk *disk, const struct world *world,
				  struct spool *spool, struct jobs **jobs_out);
void jobs_close(struct jobs *jobs);

/*
 * Takes a lease, durably.  One that is here already is accepted again.  now_ms: the
 * centre's time, 0: unknown; then nothing is late and no denial ends.
 */
RQ_MUST_USE enum rq_err jobs_take(struct jobs *jobs, const struct lease *lease,
				  uint64_t now_ms, enum job_refusal *refusal_out);

/* The job to run next: one that was begun before one that was not; NULL: none. */
const struct job *jobs_next(const struct jobs *jobs);
size_t jobs_list(const struct jobs *jobs, const struct job **first_out);

/* Its lease again; texts lie in *room. */
RQ_MUST_USE enum rq_err jobs_lease(struct jobs *jobs, uint64_t id, struct buffer *room,
				   struct lease *lease_out);

/* Before anything of it runs: when this has returned, the disk knows. */
RQ_MUST_USE enum rq_err jobs_begin(struct jobs *jobs, uint64_t id);
/* It stopped because we wanted it to: no mark against it. */
RQ_MUST_USE enum rq_err jobs_pause(struct jobs *jobs, uint64_t id);
/* All that it had to tell was put into the spool, which is flushed here first. */
RQ_MUST_USE enum rq_err jobs_done(struct jobs *jobs, uint64_t id);
/* It will not run here; policy: of JOB_POLICY. */
RQ_MUST_USE enum rq_err jobs_refuse(struct jobs *jobs, uint64_t id,
				    enum job_refusal reason, uint8_t policy);

/* Puts what was refused into the spool and forgets it.  now_ms as above. */
RQ_MUST_USE enum rq_err jobs_report(struct jobs *jobs, uint64_t now_ms);

#endif
