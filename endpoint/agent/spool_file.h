/* Files of a spool: segments and the state beside them.  Only spool.c includes this. */
#ifndef RAQUET_ENDPOINT_AGENT_SPOOL_FILE_H
#define RAQUET_ENDPOINT_AGENT_SPOOL_FILE_H

#include "bytes/buffer.h"
#include "endpoint/agent/spool.h"

enum {
	SEGMENT_HEAD = 40,
	FRAME_HEAD = 4, /* the check before each record */
	SEGMENT_MAX = CAP_AGENT_MESSAGE,
};

/* A run of records in one file. */
struct segment {
	uint32_t number;     /* of its file; later ones are higher */
	uint64_t first, end; /* sequences */
	uint32_t chain;      /* of all before first */
	uint64_t size;       /* bytes up to end */
};

struct segment_head {
	uint8_t class;
	uint32_t number;
	uint64_t stream, first;
	uint32_t chain;
};

void segment_head_encode(const struct segment_head *head, struct buffer *to);
bool segment_head_decode(struct reader *r, struct segment_head *head_out);

/* A record with its check, which covers its sequence too. */
void frame_encode(uint64_t sequence, struct bytes record, struct buffer *to);
/* The next record as it is encoded; false: torn, damaged or the end. */
bool frame_next(struct reader *r, uint64_t sequence, struct bytes *record_out);

enum { SPOOL_NAME = 16 };
void segment_name(uint8_t class, uint32_t number, char name_out[SPOOL_NAME]);

/* What stands beside the segments, for one lane. */
struct lane_state {
	uint64_t stream;
	uint64_t acknowledged; /* the next that the centre does not have */
	uint32_t chain;        /* of all before that */
	uint64_t skip_to;      /* what is before is not kept, and was counted */
	uint64_t next;         /* of the next record */
	uint32_t next_chain;   /* of all before that */
	uint32_t next_number;  /* of a segment: a removed one may come back */
	uint64_t n_dropped, bytes_dropped;
};

void spool_state_encode(const struct lane_state lanes[N_AGENT_CLASSES],
			struct buffer *to);
bool spool_state_decode(struct bytes data,
			struct lane_state lanes_out[N_AGENT_CLASSES]);

/*
 * Reads a segment: how far its records are whole, and whose they are.  until: the first
 * sequence that a later segment has.  False: no segment.
 */
bool segment_read(struct bytes data, uint64_t until, struct segment_head *head_out,
		  struct segment *segment_out, uint32_t *chain_end_out);

#endif
