/*
 * Deliveries of machines (wire/delivery.h) into the store.
 *
 * What came in one turn of the loop shares one transaction, each delivery as a part of it,
 * so that a bad one does not spoil the others and one fsync serves all.  An answer says
 * "taken" only after the commit: what was taken survives a power cut, what was not is
 * sent again.  Behind the filter of streams stands that of ordinals, for a sweep that
 * was cut off and tells its records again.
 *
 * Whose records they are is what the certificate says (machine), and which campaign a
 * job belongs to is what this centre wrote down when it gave the job: a body is not
 * believed either.
 */
#ifndef RAQUET_CENTRE_RESULT_TURN_H
#define RAQUET_CENTRE_RESULT_TURN_H

#include "centre/result/line.h"
#include "centre/store/store.h"
#include "wire/delivery.h"
#include "world/world.h"

struct delivery_request {
	int64_t machine;
	struct bytes message;
};

struct delivery_reply {
	bool refused; /* it was no delivery: there is no answer */
	struct agent_delivery_answer answer;
};

/*
 * Answers requests in replies (n of each).  RQ_OK also when the store failed: then the
 * answers are DELIVERY_FULL or DELIVERY_LATER, and *diag says what happened.  An error is
 * one of memory.  No transaction is open.
 */
RQ_MUST_USE enum rq_err result_take(struct store *store, const struct world *world,
				    const struct line_reader *reader,
				    const struct delivery_request *requests, size_t n,
				    struct delivery_reply *replies,
				    struct rq_diag *diag);

/*
 * Before the bytes: what may be sent, with room_bytes left on the disk.  Near the end of
 * the room only detections and receipts are taken, at its end nothing.
 */
enum {
	RESULT_ROOM_SHORT = 512 << 20, /* bulk waits */
	RESULT_ROOM_END = 64 << 20,    /* everything waits */
	RESULT_COME_BACK_MS = 10 * 60 * 1000,
};
void result_offer(uint64_t room_bytes, const struct agent_offer *offer,
		  struct agent_offer_answer *answer_out);

#endif
