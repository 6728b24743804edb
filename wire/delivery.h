/*
 * Records on their way from a machine's spool into the centre's store.
 *
 * A stream is a run of records numbered from 0, and belongs to one class.  The centre
 * keeps one mark for each (machine, stream) and moves it in the same transaction as the
 * records; stream_judge says which records of a delivery are new.  So a record counts
 * once however often it is sent.
 *
 * The chain is a CRC-32C over all records of the stream so far.  It shows a machine that
 * was set back to an older state and numbers other records with the same numbers: then
 * nothing is taken (STREAM_FORKED) and the machine begins a new stream with all it has.
 * It is no protection against a machine that lies, which can only harm its own records.
 */
#ifndef RAQUET_WIRE_DELIVERY_H
#define RAQUET_WIRE_DELIVERY_H

#include "wire/agent.h"

/* What a record is; docs/agent-protocol.md has the bodies. */
enum record_kind {
	RECORD_SWEEP_BEGIN = 1,
	RECORD_FINDING,
	RECORD_GAPS,
	RECORD_PROGRESS,
	RECORD_SWEEP_END,
	RECORD_JOB_REFUSED,
	RECORD_RECEIPT,
	RECORD_INVENTORY,
	RECORD_TELEMETRY,
	N_RECORD_KINDS,
};

struct record {
	uint8_t kind;    /* enum record_kind */
	uint64_t utc_ms; /* when it was made, by the machine's clock */
	uint64_t job;    /* 0: none */
	/* The how manyeth of its job, from 1: the same when a job that was cut off tells
	 * it again, so that it counts once.  0: the job was refused. */
	uint64_t ordinal;
	struct bytes body;
};

/* Bytes of one record in a delivery and in a spool, without its body. */
enum { RECORD_HEAD = 4 + 1 + 8 + 8 + 8 };

void record_encode(const struct record *record, struct buffer *to);
/* One record from r, which fails at what is none. */
void record_decode(struct reader *r, struct record *record_out);

/* The chain behind a record whose encoding is record. */
uint32_t record_chain(uint32_t chain, struct bytes record);

struct agent_delivery {
	uint8_t class;
	uint64_t stream;
	uint64_t first;     /* sequence of the first record */
	uint64_t none_from; /* the machine holds nothing from here up to first */
	uint32_t chain;     /* of all before first */
	uint64_t n_dropped; /* of this class, since the spool was made */
	size_t n_records;
	struct bytes records; /* encoded, one behind the other */
};
void agent_delivery_encode(const struct agent_delivery *delivery, struct buffer *to);
/* Every record has been looked at: delivery_next cannot fail afterwards. */
RQ_MUST_USE enum rq_err agent_delivery_decode(struct bytes message,
					      struct agent_delivery *delivery_out);

/* Walks the records: *r starts as reader_over(records); false: no more. */
bool delivery_next(struct reader *r, struct record *record_out);

/* ---- the answer ---- */

enum delivery_status {
	DELIVERY_TAKEN,     /* up to sequence, durably (200) */
	DELIVERY_EXPECTED,  /* send from sequence (409) */
	DELIVERY_FORKED,    /* these numbers belong to other records (409) */
	DELIVERY_TOO_LARGE, /* send less at once (413) */
	DELIVERY_FULL,      /* no room at the centre (507) */
	DELIVERY_LATER,     /* too much at once, or a step that failed (503) */
	N_DELIVERY_STATUSES,
};

struct agent_delivery_answer {
	uint8_t status;
	uint64_t sequence; /* the next that the centre does not have */
	uint32_t chain;    /* of all before it */
	uint64_t come_back_ms;
};
void agent_delivery_answer_encode(const struct agent_delivery_answer *answer,
				  struct buffer *to);
RQ_MUST_USE enum rq_err agent_delivery_answer_decode(
    struct bytes message, struct agent_delivery_answer *answer_out);

/* ---- the centre's filter ---- */

/* What is kept for one stream of one machine; zeros for a new one. */
struct stream_mark {
	uint64_t next;      /* expected */
	uint32_t chain;     /* of all before next */
	uint64_t n_missing; /* that will never come */
};

/*
 * Judges delivery, moves *mark over it and says how many of its records are known
 * already (*n_known_out): the others, to the end, are new.  Only after DELIVERY_TAKEN
 * has *mark changed and is there anything to store.
 */
enum delivery_status stream_judge(struct stream_mark *mark,
				  const struct agent_delivery *delivery,
				  size_t *n_known_out);

#endif
