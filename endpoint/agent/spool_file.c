#include "endpoint/agent/spool_file.h"

#include "bytes/crc32c.h"

#include <stdio.h>
#include <string.h>

/* docs/spool-format.md */
static const char segment_magic[8] = "RQSPOOL1", state_magic[8] = "RQSPSTA1";

void segment_name(uint8_t class, uint32_t number, char name_out[SPOOL_NAME])
{
	snprintf(name_out, SPOOL_NAME, "%u-%08x", (unsigned)class, (unsigned)number);
}

/* The check of everything written to *to from start on. */
static void put_check(struct buffer *to, size_t start)
{
	struct reader r = reader_over(to->data, buffer_ok(to) ? to->size : 0);

	reader_seek(&r, start);
	buffer_u32le(to, crc32c(0, reader_bytes(&r, reader_left(&r))));
}

/* ---- segments ---- */

void segment_head_encode(const struct segment_head *head, struct buffer *to)
{
	size_t start = to->size;

	buffer_put(to, segment_magic, sizeof segment_magic);
	buffer_u32le(to, head->class);
	buffer_u32le(to, head->number);
	buffer_u64le(to, head->stream);
	buffer_u64le(to, head->first);
	buffer_u32le(to, head->chain);
	put_check(to, start);
}

bool segment_head_decode(struct reader *r, struct segment_head *head_out)
{
	struct reader whole = reader_sub(r, SEGMENT_HEAD), fields = whole;
	struct bytes covered = reader_bytes(&whole, SEGMENT_HEAD - 4);
	uint32_t raw_class;

	*head_out = (struct segment_head){0};
	if (reader_u32le(&whole) != crc32c(0, covered) || !reader_done(&whole) ||
	    !bytes_equal(
		reader_bytes(&fields, sizeof segment_magic),
		(struct bytes){(const uint8_t *)segment_magic, sizeof segment_magic}))
		return false;
	raw_class = reader_u32le(&fields);
	head_out->class = (uint8_t)raw_class;
	head_out->number = reader_u32le(&fields);
	head_out->stream = reader_u64le(&fields);
	head_out->first = reader_u64le(&fields);
	head_out->chain = reader_u32le(&fields);
	return raw_class < N_AGENT_CLASSES;
}

/* ---- frames ---- */

static uint32_t frame_check(uint64_t sequence, struct bytes record)
{
	uint8_t number[8];

	for (size_t i = 0; i < sizeof number; i++)
		number[i] = (uint8_t)(sequence >> 8 * i);
	return crc32c(crc32c(0, (struct bytes){number, sizeof number}), record);
}

void frame_encode(uint64_t sequence, struct bytes record, struct buffer *to)
{
	buffer_u32le(to, frame_check(sequence, record));
	buffer_put(to, record.at, record.n);
}

bool frame_next(struct reader *r, uint64_t sequence, struct bytes *record_out)
{
	uint32_t raw_check = reader_u32le(r);
	struct reader start = *r;
	struct record record;

	*record_out = (struct bytes){NULL, 0};
	record_decode(r, &record);
	if (!reader_ok(r))
		return false;
	*record_out = reader_bytes(&start, r->pos - start.pos);
	return raw_check == frame_check(sequence, *record_out);
}

bool segment_read(struct bytes data, uint64_t until, struct segment_head *head_out,
		  struct segment *segment_out, uint32_t *chain_end_out)
{
	struct reader r = reader_over(data.at, data.n);
	struct bytes record;

	*segment_out = (struct segment){0};
	*chain_end_out = 0;
	if (!segment_head_decode(&r, head_out))
		return false;
	*segment_out = (struct segment){head_out->number, head_out->first,
					head_out->first, head_out->chain, r.pos};
	*chain_end_out = head_out->chain;
	while (segment_out->end < until && frame_next(&r, segment_out->end, &record)) {
		*chain_end_out = record_chain(*chain_end_out, record);
		segment_out->end++;
		segment_out->size = r.pos;
	}
	return true;
}

/* ---- state ---- */

void spool_state_encode(const struct lane_state lanes[N_AGENT_CLASSES],
			struct buffer *to)
{
	size_t start = to->size;

	buffer_put(to, state_magic, sizeof state_magic);
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		buffer_u64le(to, lanes[i].stream);
		buffer_u64le(to, lanes[i].acknowledged);
		buffer_u32le(to, lanes[i].chain);
		buffer_u64le(to, lanes[i].skip_to);
		buffer_u64le(to, lanes[i].next);
		buffer_u32le(to, lanes[i].next_chain);
		buffer_u32le(to, lanes[i].next_number);
		buffer_u64le(to, lanes[i].n_dropped);
		buffer_u64le(to, lanes[i].bytes_dropped);
	}
	put_check(to, start);
}

bool spool_state_decode(struct bytes data, struct lane_state lanes_out[N_AGENT_CLASSES])
{
	struct reader r = reader_over(data.at, data.n), checked = r;
	struct bytes covered = reader_bytes(&checked, data.n < 4 ? 0 : data.n - 4);

	memset(lanes_out, 0, N_AGENT_CLASSES * sizeof lanes_out[0]);
	if (reader_u32le(&checked) != crc32c(0, covered) || !reader_done(&checked) ||
	    !bytes_equal(
		reader_bytes(&r, sizeof state_magic),
		(struct bytes){(const uint8_t *)state_magic, sizeof state_magic}))
		return false;
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		lanes_out[i].stream = reader_u64le(&r);
		lanes_out[i].acknowledged = reader_u64le(&r);
		lanes_out[i].chain = reader_u32le(&r);
		lanes_out[i].skip_to = reader_u64le(&r);
		lanes_out[i].next = reader_u64le(&r);
		lanes_out[i].next_chain = reader_u32le(&r);
		lanes_out[i].next_number = reader_u32le(&r);
		lanes_out[i].n_dropped = reader_u64le(&r);
		lanes_out[i].bytes_dropped = reader_u64le(&r);
	}
	reader_skip(&r, 4);
	return reader_done(&r);
}
