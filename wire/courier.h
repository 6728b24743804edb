/*
 * What the agent and its courier say to each other on one machine: two messages.  Each
 * carries one message of wire/agent.h, which the courier takes to the centre and brings
 * back without a change.  The agent reads COURIER_TOLD and nothing else.
 *
 * The courier holds the machine's key and speaks TLS, so it is the first that a hostile
 * centre would take over: what it tells is untrusted.  What the agent runs is signed off
 * the server (policy, kits), the time by the centre's key.
 */
#ifndef RAQUET_WIRE_COURIER_H
#define RAQUET_WIRE_COURIER_H

#include "wire/agent.h"

/* agent -> courier */
struct courier_ask {
	uint64_t number;  /* rises; the answer has the same */
	uint32_t wait_ms; /* how long the centre may take */
	struct bytes message;
};
void courier_ask_encode(const struct courier_ask *ask, struct buffer *to);
RQ_MUST_USE enum rq_err courier_ask_decode(struct bytes frame,
					   struct courier_ask *ask_out);

enum courier_outcome {
	COURIER_ANSWERED,
	COURIER_NO_CENTRE, /* all addresses were tried */
	COURIER_REFUSED, /* somebody answered who is not believed, or not in our words */
	/* without having been asked (number 0): */
	COURIER_ENROLLED, /* message: ENROLLED, whose machine we are */
	COURIER_NOT_ENROLLED,
	N_COURIER_OUTCOMES,
};

/* courier -> agent */
struct courier_told {
	uint64_t number;
	uint8_t outcome;      /* enum courier_outcome */
	struct bytes message; /* of ANSWERED and ENROLLED; else empty */
};
void courier_told_encode(const struct courier_told *told, struct buffer *to);
RQ_MUST_USE enum rq_err courier_told_decode(struct bytes frame,
					    struct courier_told *told_out);

/* Bytes of a frame at most. */
enum { COURIER_FRAME = CAP_AGENT_MESSAGE + 64 };

#endif
