#include "os/frame_queue.h"

#include <string.h>

void frame_put(struct buffer *out, struct bytes frame)
{
	buffer_u32le(out, (uint32_t)frame.n);
	buffer_put(out, frame.at, frame.n);
}

enum rq_err frame_take(struct frame_queue *queue, size_t max, struct bytes *frame_out)
{
	struct buffer *bytes = &queue->bytes;
	struct reader r = reader_over(bytes->data, bytes->size);
	size_t size, left = bytes->size - queue->pos;

	*frame_out = (struct bytes){NULL, 0};
	reader_seek(&r, queue->pos);
	size = reader_u32le(&r);
	if (reader_ok(&r) && size > max)
		return RQ_ERR_PEER;
	if (reader_ok(&r) && size <= reader_left(&r)) {
		*frame_out = reader_bytes(&r, size);
		queue->pos = r.pos;
		return RQ_OK;
	}
	/* to the front, so that the buffer stays small */
	if (queue->pos > 0 && left > 0)
		memmove(bytes->data, bytes->data + queue->pos, left);
	bytes->size = left;
	queue->pos = 0;
	return RQ_ERR_NOT_FOUND;
}
