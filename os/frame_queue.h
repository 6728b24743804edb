/* Frames (a length of 4 bytes, then as many) as both ends of a channel cut them from
 * the bytes that arrive. */
#ifndef RAQUET_OS_FRAME_QUEUE_H
#define RAQUET_OS_FRAME_QUEUE_H

#include "bytes/buffer.h"
#include "bytes/error.h"

struct frame_queue {
	struct buffer bytes; /* as they arrived; whoever reads appends */
	size_t pos;          /* those before it were taken */
};

/* Appends frame to what goes out. */
void frame_put(struct buffer *out, struct bytes frame);

/* The next whole frame; it lives until more is appended.  RQ_ERR_NOT_FOUND: it is not
 * all there yet.  RQ_ERR_PEER: it is larger than max. */
RQ_MUST_USE enum rq_err frame_take(struct frame_queue *queue, size_t max,
				   struct bytes *frame_out);

#endif
