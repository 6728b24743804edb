#include "endpoint/agent/spool.h"

#include "bytes/alloc.h"
#include "endpoint/agent/spool_lane.h"

/* ---- reading what is kept ---- */

struct walk {
	struct spool *spool;
	struct lane *lane;
	size_t segment;
	struct buffer data; /* of that segment */
	struct reader reader;
	uint64_t sequence; /* of the next record */
	uint32_t chain;    /* of all before it */
	enum rq_err err;
};

/* Goes to the beginning of a segment. */
static bool enter(struct walk *walk, size_t segment)
{
	const struct lane *lane = walk->lane;
	struct segment_head head;

	walk->segment = segment;
	if (segment >= lane->n_segments)
		return false;
	walk->err =
	    spool_load(walk->spool, lane, &lane->segments[segment], &walk->data);
	walk->reader = reader_over(walk->data.data, walk->data.size);
	walk->sequence = lane->segments[segment].first;
	walk->chain = lane->segments[segment].chain;
	return walk->err == RQ_OK && segment_head_decode(&walk->reader, &head);
}

/* The next record of the segment; what cannot be read any more is given up. */
static bool walk_next(struct walk *walk, struct bytes *record_out)
{
	struct segment *segment = &walk->lane->segments[walk->segment];
	uint64_t from = lane_from(walk->lane);

	if (walk->sequence >= segment->end)
		return false;
	if (!frame_next(&walk->reader, walk->sequence, record_out)) {
		if (from < walk->sequence)
			from = walk->sequence;
		if (from < segment->end)
			walk->lane->state.n_dropped += segment->end - from;
		segment->end = walk->sequence;
		walk->lane->can_append = false;
		return false;
	}
	walk->chain = record_chain(walk->chain, *record_out);
	walk->sequence++;
	return true;
}

/* The chain before sequence, where it can still be told. */
static bool chain_before(struct spool *spool, struct lane *lane, uint64_t sequence,
			 uint32_t *chain_out)
{
	struct walk walk = {.spool = spool, .lane = lane};
	bool is_known = false;
	struct bytes record;

	*chain_out = 0;
	if (sequence == lane->next || sequence == lane->state.acknowledged) {
		*chain_out = sequence == lane->next ? lane->chain : lane->state.chain;
		return true;
	}
	for (size_t i = 0; i < lane->n_segments && !is_known; i++) {
		if (sequence < lane->segments[i].first ||
		    sequence > lane->segments[i].end || !enter(&walk, i))
			continue;
		while (walk.sequence < sequence && walk_next(&walk, &record))
			continue;
		is_known = walk.sequence == sequence;
		*chain_out = walk.chain;
	}
	buffer_free(&walk.data);
	return is_known;
}

enum rq_err spool_each(struct spool *spool, void *listener,
		       enum rq_err (*told)(void *listener, enum agent_class class,
					   const struct record *record))
{
	struct walk walk = {.spool = spool};
	struct bytes encoded;
	struct record record;

	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		walk.lane = &spool->lanes[i];
		walk.err = spool_flush_lane(spool, walk.lane, (uint8_t)i);
		for (size_t k = 0; k < walk.lane->n_segments && walk.err == RQ_OK;
		     k++) {
			if (!enter(&walk, k))
				continue;
			while (walk.err == RQ_OK && walk_next(&walk, &encoded)) {
				struct reader r = reader_over(encoded.at, encoded.n);

				record_decode(&r, &record);
				if (walk.sequence > lane_from(walk.lane))
					walk.err = told(listener, (enum agent_class)i,
							&record);
			}
		}
		if (walk.err != RQ_OK)
			break;
	}
	buffer_free(&walk.data);
	return walk.err;
}

/* ---- a new stream ---- */

/* Copies what lane keeps behind what fresh has. */
static enum rq_err copy_kept(struct spool *spool, struct lane *lane, struct lane *fresh)
{
	struct walk walk = {.spool = spool, .lane = lane};
	uint64_t from = lane_from(lane);
	struct bytes record;

	for (size_t i = 0; i < lane->n_segments && walk.err == RQ_OK; i++) {
		if (!enter(&walk, i))
			continue;
		while (walk.err == RQ_OK && walk_next(&walk, &record))
			if (walk.sequence > from)
				walk.err = spool_append_pending(fresh, record);
		if (walk.err == RQ_OK)
			walk.err =
			    spool_flush_lane(spool, fresh, (uint8_t)(lane->class + 1));
	}
	buffer_free(&walk.data);
	return walk.err;
}

/*
 * Everything that is kept gets new numbers in a stream of another name.  The copies are
 * there before the state names their stream, and the old ones until after: whenever it
 * is cut off, one of the two counts.
 */
static enum rq_err renew(struct spool *spool, struct lane *lane)
{
	struct lane fresh = {.class = lane->class}, old;
	enum rq_err err = spool_flush_lane(spool, lane, lane->class);

	if (err != RQ_OK)
		return err;
	fresh.state = (struct lane_state){.stream = spool_new_stream(spool),
					  .next_number = lane->state.next_number};
	err = copy_kept(spool, lane, &fresh);
	fresh.state.n_dropped = lane->state.n_dropped;
	fresh.state.bytes_dropped = lane->state.bytes_dropped;
	old = *lane;
	old.state.next_number = fresh.state.next_number;
	if (err == RQ_OK) {
		*lane = fresh;
		err = spool_write_state(spool);
	}
	if (err != RQ_OK) {
		/* the files stay until the next opening: the state may name them */
		*lane = old;
		old = fresh;
	} else {
		spool_remove_segments(spool, &old, old.n_segments);
	}
	alloc_free(old.segments);
	buffer_free(&old.pending);
	return err;
}

/* ---- leases ---- */

/* Fills the lease with records of lane; RQ_ERR_NOT_FOUND: it has none that fit. */
static enum rq_err lease_lane(struct spool *spool, struct lane *lane,
			      uint64_t take_bytes)
{
	struct agent_delivery *lease = &spool->lease;
	uint64_t from = lane_from(lane);
	struct walk walk = {.spool = spool, .lane = lane};
	uint64_t fits =
	    take_bytes < spool->batch_bytes ? take_bytes : spool->batch_bytes;
	bool is_full = false;
	uint32_t chain = 0;
	struct bytes record;

	*lease = (struct agent_delivery){.class = lane->class,
					 .stream = lane->state.stream,
					 .none_from = lane->state.acknowledged,
					 .n_dropped = lane->state.n_dropped};
	buffer_clear(&spool->records);
	/* what is too large for now is not overtaken by what is behind it */
	for (size_t i = 0; i < lane->n_segments && lease->n_records == 0 && !is_full;
	     i++) {
		if (lane->segments[i].end <= from || !enter(&walk, i))
			continue;
		chain = walk.chain;
		while (walk_next(&walk, &record)) {
			size_t n = spool->records.size + record.n;

			if (walk.sequence <= from) {
				chain = walk.chain;
				continue;
			}
			/* one record goes alone, however small a batch is to be */
			is_full = n > (lease->n_records == 0 ? take_bytes : fits) ||
				  lease->n_records == CAP_AGENT_RECORDS;
			if (is_full)
				break;
			if (lease->n_records == 0) {
				lease->first = walk.sequence - 1;
				lease->chain = chain;
			}
			buffer_put(&spool->records, record.at, record.n);
			lease->n_records++;
			spool->lease_chain = walk.chain;
		}
	}
	buffer_free(&walk.data);
	if (walk.err != RQ_OK)
		return walk.err;
	if (!buffer_ok(&spool->records))
		return RQ_ERR_MEMORY;
	lease->records = buffer_bytes(&spool->records);
	return lease->n_records > 0 ? RQ_OK : RQ_ERR_NOT_FOUND;
}

enum rq_err spool_lease(struct spool *spool, uint64_t take_bytes,
			struct agent_delivery *delivery_out)
{
	enum rq_err err = RQ_ERR_NOT_FOUND;

	*delivery_out = (struct agent_delivery){0};
	spool->has_lease = false;
	for (size_t i = 0; i < N_AGENT_CLASSES && err == RQ_ERR_NOT_FOUND; i++) {
		struct lane *lane = &spool->lanes[i];

		if (lane->is_stuck)
			continue;
		/* what cannot be written now stays pending; what is written goes */
		err = lane->is_forked ? renew(spool, lane)
				      : spool_flush_lane(spool, lane, lane->class);
		if (err == RQ_ERR_STOPPED || err == RQ_ERR_MEMORY)
			return err;
		err = lane->is_forked ? RQ_ERR_NOT_FOUND
				      : lease_lane(spool, lane, take_bytes);
	}
	if (err == RQ_OK) {
		spool->has_lease = true;
		*delivery_out = spool->lease;
	}
	return err;
}

/* The centre has everything of lane before sequence, and this chain of it. */
static enum rq_err settle(struct spool *spool, struct lane *lane, uint64_t sequence,
			  uint32_t chain, bool *useful_out)
{
	uint32_t ours;
	size_t n = 0;

	*useful_out = false;
	if (sequence > lane->next ||
	    (chain_before(spool, lane, sequence, &ours) && ours != chain)) {
		lane->is_forked = true;
		return RQ_OK;
	}
	*useful_out = sequence > lane->state.acknowledged;
	lane->state.acknowledged = sequence;
	lane->state.chain = chain;
	while (n < lane->n_segments && lane->segments[n].end <= sequence)
		n++;
	if (n > 0) {
		enum rq_err err = spool_write_state(spool);

		if (err != RQ_OK)
			return err; /* they stay, and are sent again after a crash */
		spool_remove_segments(spool, lane, n);
	}
	return RQ_OK;
}

/* What was leased is more than the centre takes at once. */
static void too_large(struct spool *spool, struct lane *lane)
{
	const struct agent_delivery *lease = &spool->lease;

	if (lease->n_records > 1) {
		spool->batch_bytes = lease->records.n / 2;
	} else if (lane->class <= CLASS_RECEIPT) {
		lane->is_stuck = true;
	} else {
		lane->state.n_dropped++;
		lane->state.bytes_dropped += lease->records.n;
		lane->state.skip_to = lease->first + 1;
	}
}

enum rq_err spool_answer(struct spool *spool,
			 const struct agent_delivery_answer *answer, bool *useful_out)
{
	struct lane *lane = &spool->lanes[spool->lease.class];
	enum rq_err err = RQ_OK;

	*useful_out = false;
	if (!spool->has_lease)
		return RQ_ERR_USAGE;
	spool->has_lease = false;
	switch ((enum delivery_status)answer->status) {
	case DELIVERY_TAKEN:
	case DELIVERY_EXPECTED:
		err = settle(spool, lane, answer->sequence, answer->chain, useful_out);
		if (*useful_out && answer->status == DELIVERY_TAKEN)
			spool->batch_bytes *= 2;
		if (spool->batch_bytes > spool->options.batch_bytes)
			spool->batch_bytes = spool->options.batch_bytes;
		break;
	case DELIVERY_FORKED: lane->is_forked = true; break;
	case DELIVERY_TOO_LARGE:
		too_large(spool, lane);
		*useful_out = !lane->is_stuck;
		break;
	case DELIVERY_FULL:
	case DELIVERY_LATER:
	case N_DELIVERY_STATUSES: break;
	}
	return err;
}

enum rq_err spool_checked_in(struct spool *spool,
			     const struct agent_check_in_answer *answer)
{
	enum rq_err err = RQ_OK;
	bool is_useful;

	spool->has_lease = false;
	for (size_t i = 0; i < N_AGENT_CLASSES; i++) {
		spool->lanes[i].is_stuck = false;
		if (answer->wants & WANT_NEW_STREAMS)
			spool->lanes[i].is_forked = true;
	}
	for (size_t i = 0; i < answer->n_expected && err == RQ_OK; i++) {
		const struct agent_expected *expected = &answer->expected[i];
		struct lane *lane = &spool->lanes[expected->class];

		if (expected->stream == lane->state.stream)
			err = settle(spool, lane, expected->sequence, expected->chain,
				     &is_useful);
	}
	return err;
}
