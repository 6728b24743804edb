/*
 * How a machine fetches what was signed off the server: its policy, the manifest of a
 * kit, the files of one.
 *
 *     FETCH -> PART     a piece at off; the machine asks again until it has the size
 *
 * A file is asked for by its SHA-256, so that a centre need not know whose it is, and a
 * fetch that was cut off goes on where it was.  Nothing of it is believed before its
 * signature or digest fits.
 */
#ifndef RAQUET_WIRE_FETCH_H
#define RAQUET_WIRE_FETCH_H

#include "wire/agent.h"

enum fetch_what {
	FETCH_POLICY, /* the newest; digest is zeros */
	FETCH_KIT,    /* the manifest that has this digest */
	FETCH_FILE,   /* a file of a kit */
	N_FETCH_WHATS,
};

struct agent_fetch {
	uint8_t what; /* enum fetch_what */
	uint8_t digest[AGENT_DIGEST];
	uint64_t off;
};
void agent_fetch_encode(const struct agent_fetch *fetch, struct buffer *to);
RQ_MUST_USE enum rq_err agent_fetch_decode(struct bytes message,
					   struct agent_fetch *fetch_out);

struct agent_part {
	uint64_t size; /* of the whole; 0: the centre does not have it */
	uint64_t off;
	struct bytes data; /* at most CAP_AGENT_PART; empty only at the end */
};
void agent_part_encode(const struct agent_part *part, struct buffer *to);
RQ_MUST_USE enum rq_err agent_part_decode(struct bytes message,
					  struct agent_part *part_out);

#endif
