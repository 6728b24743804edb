/* The inside of a spool: what keeps (spool.c) and what sends (spool_send.c). */
#ifndef RAQUET_ENDPOINT_AGENT_SPOOL_LANE_H
#define RAQUET_ENDPOINT_AGENT_SPOOL_LANE_H

#include "endpoint/agent/spool_file.h"

struct lane {
	uint8_t class;
	struct lane_state state;
	struct segment *segments; /* by number, sequences rise, there may be holes */
	size_t n_segments, capacity;
	bool can_append; /* to the last segment: it is of this run and nothing failed */

	struct buffer pending; /* frames behind the last segment, not on the disk */
	uint64_t n_pending;
	uint32_t pending_chain; /* of all before the first of them */
	uint64_t next;          /* sequence of the next record */
	uint32_t chain;         /* of all before next */

	bool is_stuck;
	bool is_forked; /* a new stream is to be begun before anything is sent */
};

struct spool {
	const struct disk *disk;
	const struct world *world;
	struct spool_options options;
	struct lane lanes[N_AGENT_CLASSES];
	struct buffer scratch; /* a file that is being written or was read */

	/* the delivery that is under way */
	bool has_lease;
	struct agent_delivery lease;
	uint32_t lease_chain; /* behind its last record */
	struct buffer records;
	uint64_t batch_bytes; /* halves and doubles */
};

/* Writes the state; where the disk is full the room kept for this is used. */
RQ_MUST_USE enum rq_err spool_write_state(struct spool *spool);

/* Reads a whole segment; *to is cleared first. */
RQ_MUST_USE enum rq_err spool_load(const struct spool *spool, const struct lane *lane,
				   const struct segment *segment, struct buffer *to);

/* Removes the first n segments of lane from the list and the disk. */
void spool_remove_segments(struct spool *spool, struct lane *lane, size_t n);

/* Writes what is pending of lane, dropping from class spare down where there is no
 * room. */
RQ_MUST_USE enum rq_err spool_flush_lane(struct spool *spool, struct lane *lane,
					 uint8_t spare);

/* Adds an encoded record behind all others of lane, in memory. */
RQ_MUST_USE enum rq_err spool_append_pending(struct lane *lane, struct bytes record);

/* Where the records of lane begin that are to be sent. */
uint64_t lane_from(const struct lane *lane);

uint64_t spool_new_stream(struct spool *spool);

#endif
