/*
 * The agent as a process: joins the machine of states (agent.h) with the courier's socket
 * and with sweeps.  One thread, one loop; the network was given up before.
 */
#ifndef RAQUET_ENDPOINT_AGENT_SERVICE_H
#define RAQUET_ENDPOINT_AGENT_SERVICE_H

#include "endpoint/agent/agent.h"

struct service_options {
	const char *folder; /* of the agent's files; made when it is missing */
	const char *socket; /* where the courier connects */
	uint32_t courier_user, courier_group; /* who may; and root's and our own */
	const uint8_t *installed_key;         /* as struct agent_options has it */
	const char *content;
	uint64_t hurry_ms; /* 0: by default */
	bool soon;         /* the first check-in at once */
};

enum service_end {
	SERVICE_STOPPED, /* somebody asked us to */
	SERVICE_KILLED,  /* a sweep died: who starts us again sees that it killed us */
};

/* Runs until host_interrupted. */
RQ_MUST_USE enum rq_err service_run(const struct service_options *options,
				    enum service_end *end_out, struct rq_diag *diag);

#endif
