/*
 * Whose machine this is, and how often it has begun and spoken: two small files beside
 * the spool.  A damaged one is as none: the courier tells again who we are, and a counter
 * that went back makes the centre ask for new streams, which loses nothing.
 */
#ifndef RAQUET_ENDPOINT_AGENT_IDENTITY_H
#define RAQUET_ENDPOINT_AGENT_IDENTITY_H

#include "wire/agent.h"
#include "world/world.h"

struct identity {
	bool is_known;
	uint8_t machine[AGENT_MACHINE_ID];
	uint8_t authority[AGENT_DIGEST];
	uint8_t time_key[32];
};

struct run_counts {
	uint64_t counter; /* of check-ins */
	uint32_t n_starts, n_deaths;
	bool is_running; /* the last run has not said that it ended */
};

void identity_load(const struct disk *disk, struct identity *identity_out);
RQ_MUST_USE enum rq_err identity_keep(const struct disk *disk,
				      const struct identity *identity);
void run_counts_load(const struct disk *disk, struct run_counts *counts_out);
RQ_MUST_USE enum rq_err run_counts_keep(const struct disk *disk,
					const struct run_counts *counts);

#endif
