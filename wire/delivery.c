#include "wire/delivery.h"

#include "bytes/crc32c.h"
#include "wire/both.h"

/* ---- records ---- */

static void walk_record(struct both *both, struct record *record)
{
	uint32_t n = record->body.n > CAP_AGENT_RECORD ? CAP_AGENT_RECORD + 1
						       : (uint32_t)record->body.n;

	both_u32(both, &n);
	if (n > CAP_AGENT_RECORD)
		both_refuse(both);
	both_choice(both, &record->kind, N_RECORD_KINDS);
	if (record->kind == 0)
		both_refuse(both);
	both_u64(both, &record->utc_ms);
	both_u64(both, &record->job);
	both_u64(both, &record->ordinal);
	if (both->to != NULL)
		buffer_put(both->to, record->body.at, both_ok(both) ? n : 0);
	else
		record->body = reader_bytes(both->from, n);
}

void record_encode(const struct record *record, struct buffer *to)
{
	struct both both = {.to = to};
	struct record copy = *record;

	walk_record(&both, &copy);
}

void record_decode(struct reader *r, struct record *record_out)
{
	struct both both = {.from = r};

	*record_out = (struct record){0};
	walk_record(&both, record_out);
}

uint32_t record_chain(uint32_t chain, struct bytes record)
{
	return crc32c(chain, record);
}

/* ---- deliveries ---- */

/* Whether there are as many records as it says, to the end, and numbers for them. */
static bool records_are_whole(const struct agent_delivery *delivery)
{
	struct reader r = reader_over(delivery->records.at, delivery->records.n);
	struct record record;

	for (size_t i = 0; i < delivery->n_records && reader_ok(&r); i++)
		record_decode(&r, &record);
	return reader_done(&r) && delivery->none_from <= delivery->first &&
	       delivery->first <= UINT64_MAX - delivery->n_records;
}

static void walk_delivery(struct both *both, struct agent_delivery *delivery)
{
	both_choice(both, &delivery->class, N_AGENT_CLASSES);
	both_u64(both, &delivery->stream);
	both_u64(both, &delivery->first);
	both_u64(both, &delivery->none_from);
	both_u32(both, &delivery->chain);
	both_u64(both, &delivery->n_dropped);
	both_count(both, &delivery->n_records, CAP_AGENT_RECORDS);
	both_bytes(both, &delivery->records, CAP_AGENT_MESSAGE);
	if (both->from != NULL && !records_are_whole(delivery))
		both_refuse(both);
}
BOTH_WAYS(agent_delivery, walk_delivery, AGENT_DELIVERY)

bool delivery_next(struct reader *r, struct record *record_out)
{
	if (reader_left(r) == 0)
		return false;
	record_decode(r, record_out);
	return reader_ok(r);
}

static void walk_delivery_answer(struct both *both,
				 struct agent_delivery_answer *answer)
{
	both_choice(both, &answer->status, N_DELIVERY_STATUSES);
	both_u64(both, &answer->sequence);
	both_u32(both, &answer->chain);
	both_u64(both, &answer->come_back_ms);
}
BOTH_WAYS(agent_delivery_answer, walk_delivery_answer, AGENT_DELIVERY_ANSWER)

/* ---- the centre's filter ---- */

/* The chain behind the first n records; *n is less when there are not so many. */
static uint32_t chain_over(const struct agent_delivery *delivery, uint64_t n)
{
	struct reader r = reader_over(delivery->records.at, delivery->records.n);
	uint32_t chain = delivery->chain;
	struct record record;

	for (uint64_t i = 0; i < n; i++) {
		size_t from = r.pos;

		if (!delivery_next(&r, &record))
			break;
		struct reader whole = reader_at(&r, from, r.pos - from);

		chain = record_chain(chain, reader_bytes(&whole, reader_left(&whole)));
	}
	return chain;
}

enum delivery_status stream_judge(struct stream_mark *mark,
				  const struct agent_delivery *delivery,
				  size_t *n_known_out)
{
	uint64_t first = delivery->first, end = first + delivery->n_records;

	*n_known_out = 0;
	if (first > mark->next) {
		/* what lies between is still to come, unless the machine has it no more */
		if (mark->next < delivery->none_from)
			return DELIVERY_EXPECTED;
		mark->n_missing += first - mark->next;
		mark->next = end;
		mark->chain = chain_over(delivery, delivery->n_records);
		return DELIVERY_TAKEN;
	}
	if (mark->next > end) {
		*n_known_out = delivery->n_records;
		return DELIVERY_TAKEN;
	}
	if (chain_over(delivery, mark->next - first) != mark->chain)
		return DELIVERY_FORKED;
	*n_known_out = (size_t)(mark->next - first);
	mark->next = end;
	mark->chain = chain_over(delivery, delivery->n_records);
	return DELIVERY_TAKEN;
}
