#include "endpoint/agent/spool.h"

#include "bytes/alloc.h"
#include "endpoint/agent/spool_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PENDING_MAX = 16 << 10, /* bytes of a lane that a crash may take */
	ROOM_SIZE = 4096, /* kept so that the state can be written on a full disk */
};

static const char state_name[] = "state", room_name[] = "room";

void spool_options_default(struct spool_options *options_out)
{
	*options_out = (struct spool_options){
	    .max_bytes = 64 << 20, .segment_bytes = 256 << 10, .batch_bytes = 1 << 20};
}

/* ---- state ---- */

/* Without it a full disk could not even be told what was dropped to make room. */
static void keep_room(struct spool *spool)
{
	static const uint8_t zeros[ROOM_SIZE];
	const struct disk *disk = spool->disk;
	uint64_t size;

	if (disk->size(disk->self, room_name, &size) == RQ_ERR_NOT_FOUND)
		(void)!disk->replace(disk->self, room_name,
				     (struct bytes){zeros, sizeof zeros});
}

enum rq_err spool_write_state(struct spool *spool)
{
	const struct disk *disk = spool->disk;
	struct lane_state states[N_AGENT_CLASSES];
	struct buffer text = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		struct lane *lane = &spool->lanes[i];

		lane->state.next = lane->next - lane->n_pending;
		lane->state.next_chain = lane->pending_chain;
		states[i] = lane->state;
	}
	spool_state_encode(states, &text);
	if (buffer_ok(&text))
		err = disk->replace(disk->self, state_name, buffer_bytes(&text));
	if (err == RQ_ERR_FULL && disk->remove(disk->self, room_name) == RQ_OK)
		err = disk->replace(disk->self, state_name, buffer_bytes(&text));
	buffer_free(&text);
	return err;
}

uint64_t spool_new_stream(struct spool *spool)
{
	return 1 + world_below(spool->world, INT64_MAX);
}

/* ---- segments ---- */

enum rq_err spool_load(const struct spool *spool, const struct lane *lane,
		       const struct segment *segment, struct buffer *to)
{
	char name[SPOOL_NAME];

	segment_name(lane->class, segment->number, name);
	buffer_clear(to);
	to->max = SEGMENT_MAX;
	return disk_read_whole(spool->disk, name, to);
}

void spool_remove_segments(struct spool *spool, struct lane *lane, size_t n)
{
	const struct disk *disk = spool->disk;
	char name[SPOOL_NAME];

	for (size_t i = 0; i < n; i++) {
		/* one that stays is removed when the spool is opened again */
		segment_name(lane->class, lane->segments[i].number, name);
		(void)!disk->remove(disk->self, name);
	}
	lane->n_segments -= n;
	if (n > 0)
		memmove(lane->segments, lane->segments + n,
			lane->n_segments * sizeof lane->segments[0]);
	if (lane->n_segments == 0)
		lane->can_append = false;
}

uint64_t lane_from(const struct lane *lane)
{
	return lane->state.acknowledged > lane->state.skip_to ? lane->state.acknowledged
							      : lane->state.skip_to;
}

static uint64_t n_kept_in(const struct lane *lane, const struct segment *segment)
{
	uint64_t from = lane_from(lane);

	if (from < segment->first)
		from = segment->first;
	return from < segment->end ? segment->end - from : 0;
}

static uint64_t lane_bytes(const struct lane *lane)
{
	uint64_t bytes = lane->pending.size;

	for (size_t i = 0; i < lane->n_segments; i++)
		bytes += lane->segments[i].size;
	return bytes;
}

static uint64_t spool_bytes(const struct spool *spool)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < N_AGENT_CLASSES; i++)
		bytes += lane_bytes(&spool->lanes[i]);
	return bytes;
}

/* ---- room ---- */

/* Drops the oldest segment of the lowest class that is not above class, and never a
 * detection.  RQ_ERR_FULL: there is none. */
static enum rq_err drop_oldest(struct spool *spool, uint8_t class)
{
	for (uint8_t i = N_AGENT_CLASSES - 1; i >= class && i > CLASS_DETECTION; i--) {
		struct lane *lane = &spool->lanes[i];
		struct lane_state before = lane->state;
		enum rq_err err;

		if (lane->n_segments == 0)
			continue;
		lane->state.n_dropped += n_kept_in(lane, &lane->segments[0]);
		lane->state.bytes_dropped += lane->segments[0].size;
		/* counted first: a crash in between leaves a file that is removed
		 * when the spool is opened, not one that nobody counted */
		if (lane->state.skip_to < lane->segments[0].end)
			lane->state.skip_to = lane->segments[0].end;
		err = spool_write_state(spool);
		if (err != RQ_OK) {
			lane->state = before;
			return err;
		}
		spool_remove_segments(spool, lane, 1);
		return RQ_OK;
	}
	return RQ_ERR_FULL;
}

static enum rq_err make_room(struct spool *spool, uint8_t class, uint64_t n)
{
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && spool_bytes(spool) + n > spool->options.max_bytes)
		err = drop_oldest(spool, class);
	return err;
}

/* ---- writing ---- */

/* One try: a new segment, or more for the one that is open. */
static enum rq_err write_pending(struct spool *spool, struct lane *lane)
{
	const struct disk *disk = spool->disk;
	struct segment *last =
	    lane->n_segments > 0 ? &lane->segments[lane->n_segments - 1] : NULL;
	uint64_t first = lane->next - lane->n_pending;
	struct buffer *text = &spool->scratch;
	bool is_new = !lane->can_append || last->end != first ||
		      last->size >= spool->options.segment_bytes;
	struct segment segment;
	char name[SPOOL_NAME];
	enum rq_err err;

	buffer_clear(text);
	text->max = 0;
	if (is_new) {
		struct segment_head head = {
		    .class = lane->class,
		    .number = lane->state.next_number,
		    .stream = lane->state.stream,
		    .first = first,
		    .chain = lane->pending_chain,
		};

		if (!alloc_grow((void **)&lane->segments, &lane->capacity,
				lane->n_segments + 1, sizeof lane->segments[0]))
			return RQ_ERR_MEMORY;
		segment_head_encode(&head, text);
		segment = (struct segment){head.number, first, first, head.chain, 0};
		lane->state.next_number++;
		lane->can_append = false;
	} else {
		segment = *last;
	}
	buffer_put(text, lane->pending.data, lane->pending.size);
	segment_name(lane->class, segment.number, name);
	err = buffer_ok(text) ? disk->append(disk->self, name, buffer_bytes(text))
			      : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = disk->sync(disk->self, name);
	if (err != RQ_OK) {
		/* of what was written nothing is known: it is left to itself, and what
		 * follows goes to another file, which counts from the same sequence */
		lane->can_append = false;
		if (is_new)
			(void)!disk->remove(disk->self, name);
		return err;
	}
	segment.size += text->size;
	segment.end = lane->next;
	if (is_new)
		lane->n_segments++;
	lane->segments[lane->n_segments - 1] = segment;
	lane->can_append = true;
	lane->pending_chain = lane->chain;
	lane->n_pending = 0;
	buffer_clear(&lane->pending);
	return RQ_OK;
}

enum rq_err spool_flush_lane(struct spool *spool, struct lane *lane, uint8_t spare)
{
	enum rq_err err;
	bool is_again = false;

	if (lane->n_pending == 0)
		return RQ_OK;
	err = make_room(spool, spare, SEGMENT_HEAD);
	while (err == RQ_OK) {
		err = write_pending(spool, lane);
		if (err == RQ_ERR_FULL) {
			err = drop_oldest(spool, spare);
			continue;
		}
		if (err != RQ_ERR_SYSTEM || is_again)
			break;
		is_again = true; /* a sync that failed: once more, elsewhere */
		err = RQ_OK;
	}
	return err;
}

enum rq_err spool_append_pending(struct lane *lane, struct bytes record)
{
	size_t before = lane->pending.size;

	frame_encode(lane->next, record, &lane->pending);
	if (!buffer_ok(&lane->pending)) {
		lane->pending.failed = false;
		lane->pending.size = before;
		return RQ_ERR_MEMORY;
	}
	lane->chain = record_chain(lane->chain, record);
	lane->next++;
	lane->n_pending++;
	return RQ_OK;
}

enum rq_err spool_put(struct spool *spool, enum agent_class class,
		      const struct record *record)
{
	struct lane *lane = &spool->lanes[class];
	size_t before = lane->pending.size;
	uint32_t chain = lane->chain;
	struct buffer text = {0};
	enum rq_err err;

	if (record->body.n > CAP_AGENT_RECORD)
		return RQ_ERR_LIMIT;
	record_encode(record, &text);
	err = buffer_ok(&text)
		  ? make_room(spool, (uint8_t) class, text.size + FRAME_HEAD)
		  : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = spool_append_pending(lane, buffer_bytes(&text));
	if (err == RQ_OK &&
	    (class <= CLASS_RECEIPT || lane->pending.size > PENDING_MAX)) {
		err = spool_flush_lane(spool, lane, lane->class);
		if (err != RQ_OK) { /* the caller has it still */
			lane->pending.size = before;
			lane->n_pending--;
			lane->next--;
			lane->chain = chain;
		}
	}
	if (err != RQ_OK && class >= CLASS_INVENTORY) {
		lane->state.n_dropped++;
		lane->state.bytes_dropped += text.size;
	}
	buffer_free(&text);
	return err;
}

enum rq_err spool_flush(struct spool *spool)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		enum rq_err one = spool_flush_lane(spool, &spool->lanes[i], (uint8_t)i);

		if (err == RQ_OK)
			err = one;
	}
	return err;
}

/* ---- opening ---- */

/* A file "class-number"; others are not ours to judge. */
static enum rq_err meet(void *listener, const char *name)
{
	struct spool *spool = listener;
	struct lane *lane;
	char again[SPOOL_NAME];
	uint32_t number;

	if (name[0] < '0' || name[0] >= '0' + N_AGENT_CLASSES || name[1] != '-')
		return RQ_OK;
	number = (uint32_t)strtoul(name + 2, NULL, 16);
	segment_name((uint8_t)(name[0] - '0'), number, again);
	if (strcmp(name, again) != 0)
		return RQ_OK;
	lane = &spool->lanes[name[0] - '0'];
	if (!alloc_grow((void **)&lane->segments, &lane->capacity, lane->n_segments + 1,
			sizeof lane->segments[0]))
		return RQ_ERR_MEMORY;
	lane->segments[lane->n_segments++] = (struct segment){.number = number};
	if (number >= lane->state.next_number)
		lane->state.next_number = number + 1;
	return RQ_OK;
}

static int by_number_down(const void *a, const void *b)
{
	uint32_t x = ((const struct segment *)a)->number;
	uint32_t y = ((const struct segment *)b)->number;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Whether the segment, whose records end where a later one begins, holds any that
 * count.  Its stream is the lane's where nothing else says which that is. */
static bool counts(struct lane *lane, struct bytes data, uint64_t until,
		   struct segment *segment_out, uint32_t *chain_end_out)
{
	struct segment_head head;

	if (!segment_read(data, until, &head, segment_out, chain_end_out) ||
	    head.class != lane->class)
		return false;
	if (lane->state.stream == 0)
		lane->state.stream = head.stream;
	return head.stream == lane->state.stream &&
	       segment_out->end > segment_out->first &&
	       segment_out->end > lane_from(lane);
}

/*
 * What a killed process wrote last may be on no disk, and after a sync of it that failed
 * no later one puts it there: the file is written anew, without its torn end.  On a disk
 * that is full a sync must do.
 */
static enum rq_err settle_tail(struct spool *spool, const char *name, uint64_t size)
{
	const struct disk *disk = spool->disk;
	enum rq_err err;

	spool->scratch.size = (size_t)size;
	err = disk->replace(disk->self, name, buffer_bytes(&spool->scratch));
	return err == RQ_ERR_FULL ? disk->sync(disk->self, name) : err;
}

/* Looks into the files of a lane, from the newest back, since each says where the one
 * before it ends.  Those that hold nothing that counts are removed. */
static enum rq_err read_lane(struct spool *spool, struct lane *lane)
{
	const struct disk *disk = spool->disk;
	size_t n = lane->n_segments, n_kept = 0;
	uint64_t until = UINT64_MAX;

	if (n == 0)
		return RQ_OK;
	qsort(lane->segments, n, sizeof lane->segments[0], by_number_down);
	for (size_t i = 0; i < n; i++) {
		uint32_t number = lane->segments[i].number, chain_end;
		struct segment segment;
		char name[SPOOL_NAME];
		enum rq_err err =
		    spool_load(spool, lane, &lane->segments[i], &spool->scratch);

		if (err != RQ_OK && err != RQ_ERR_LIMIT)
			return err;
		segment_name(lane->class, number, name);
		if (err == RQ_ERR_LIMIT || !counts(lane, buffer_bytes(&spool->scratch),
						   until, &segment, &chain_end)) {
			(void)!disk->remove(disk->self, name);
			continue;
		}
		if (n_kept == 0 && segment.end > lane->next) {
			lane->next = segment.end;
			lane->chain = chain_end;
		}
		err = n_kept == 0 ? settle_tail(spool, name, segment.size) : RQ_OK;
		if (err != RQ_OK)
			return err;
		segment.number = number;
		lane->segments[n_kept++] = segment;
		until = segment.first;
	}
	lane->n_segments = n_kept;
	for (size_t i = 0; i < n_kept / 2; i++) { /* the oldest first again */
		struct segment other = lane->segments[i];

		lane->segments[i] = lane->segments[n_kept - 1 - i];
		lane->segments[n_kept - 1 - i] = other;
	}
	return RQ_OK;
}

static enum rq_err read_state(struct spool *spool, bool *has_state_out)
{
	struct lane_state states[N_AGENT_CLASSES];
	enum rq_err err;

	buffer_clear(&spool->scratch);
	spool->scratch.max = 4096;
	err = disk_read_whole(spool->disk, state_name, &spool->scratch);
	*has_state_out =
	    err == RQ_OK && spool_state_decode(buffer_bytes(&spool->scratch), states);
	for (size_t i = 0; i < N_AGENT_CLASSES; i++)
		if (*has_state_out)
			spool->lanes[i].state = states[i];
	return err == RQ_ERR_NOT_FOUND || err == RQ_ERR_LIMIT ? RQ_OK : err;
}

static enum rq_err load_spool(struct spool *spool)
{
	bool has_state;
	enum rq_err err = read_state(spool, &has_state);

	if (err == RQ_OK)
		err = spool->disk->list(spool->disk->self, spool, meet);
	for (size_t i = 0; i < N_AGENT_CLASSES && err == RQ_OK; i++) {
		struct lane *lane = &spool->lanes[i];

		lane->next = lane->state.next;
		lane->chain = lane->state.next_chain;
		err = read_lane(spool, lane);
		lane->pending_chain = lane->chain;
		if (lane->state.stream == 0)
			lane->state.stream = spool_new_stream(spool);
	}
	if (err == RQ_OK && !has_state)
		err = spool_write_state(spool);
	if (err == RQ_OK)
		keep_room(spool);
	return err;
}

enum rq_err spool_open(const struct disk *disk, const struct world *world,
		       const struct spool_options *options, struct spool **spool_out)
{
	struct spool *spool = alloc_array(1, sizeof *spool);
	enum rq_err err;

	*spool_out = NULL;
	if (spool == NULL)
		return RQ_ERR_MEMORY;
	spool->disk = disk;
	spool->world = world;
	spool->options = *options;
	spool->batch_bytes = options->batch_bytes;
	for (uint8_t i = 0; i < N_AGENT_CLASSES; i++)
		spool->lanes[i].class = i;
	err = load_spool(spool);
	if (err != RQ_OK) {
		spool_close(spool);
		return err;
	}
	*spool_out = spool;
	return RQ_OK;
}

void spool_close(struct spool *spool)
{
	if (spool == NULL)
		return;
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		alloc_free(spool->lanes[i].segments);
		buffer_free(&spool->lanes[i].pending);
	}
	buffer_free(&spool->scratch);
	buffer_free(&spool->records);
	alloc_free(spool);
}

/* ---- state, for others ---- */

void spool_state(const struct spool *spool,
		 struct agent_spool_state state_out[N_AGENT_CLASSES])
{
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		const struct lane *lane = &spool->lanes[i];

		state_out[i] = (struct agent_spool_state){
		    .bytes = lane_bytes(lane),
		    .n_records = lane->n_pending,
		    .n_dropped = lane->state.n_dropped,
		    .bytes_dropped = lane->state.bytes_dropped,
		};
		for (size_t k = 0; k < lane->n_segments; k++)
			state_out[i].n_records += n_kept_in(lane, &lane->segments[k]);
	}
}

bool spool_takes_sweeps(const struct spool *spool)
{
	return lane_bytes(&spool->lanes[CLASS_DETECTION]) +
		   lane_bytes(&spool->lanes[CLASS_RECEIPT]) <
	       spool->options.max_bytes / 2;
}

bool spool_is_stuck(const struct spool *spool)
{
	for (size_t i = 0; i < N_AGENT_CLASSES; i++)
		if (spool->lanes[i].is_stuck)
			return true;
	return false;
}
