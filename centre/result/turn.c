#include "centre/result/turn.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "centre/result/keep.h"
#include "centre/result/sweep_row.h"

#include <string.h>

/* One delivery, read before the store is asked anything. */
struct delivery {
	int64_t machine;
	struct agent_delivery is;
	struct found *found; /* of each record of kind finding, in order */
	bool refused, is_left_out;
};

struct turn {
	struct store *store;
	const struct line_reader *reader;
	struct arena *scratch, *arena;
	struct delivery *deliveries;
	struct delivery_reply *replies;
	size_t n;
	int64_t now_ms;
	/* of the open change: findings to put, sweeps to settle */
	struct finding_row *rows;
	size_t n_rows, rows_capacity;
	int64_t *sweeps;
	size_t n_sweeps, sweeps_capacity;
	struct rq_diag *diag;
};

/* ---- reading ---- */

static void fail(struct delivery_reply *reply, enum rq_err err)
{
	reply->answer = (struct agent_delivery_answer){
	    .status = err == RQ_ERR_FULL ? DELIVERY_FULL : DELIVERY_LATER,
	    .come_back_ms = RESULT_COME_BACK_MS};
}

static enum rq_err read_findings(struct turn *turn, struct delivery *delivery)
{
	struct reader r = reader_over(delivery->is.records.at, delivery->is.records.n);
	struct record record;
	size_t n = 0;
	enum rq_err err = RQ_OK;

	while (delivery_next(&r, &record))
		n += record.kind == RECORD_FINDING;
	delivery->found = arena_array(turn->arena, n + 1, sizeof *delivery->found);
	if (delivery->found == NULL)
		return RQ_ERR_MEMORY;
	r = reader_over(delivery->is.records.at, delivery->is.records.n);
	n = 0;
	while (err == RQ_OK && delivery_next(&r, &record))
		if (record.kind == RECORD_FINDING)
			err = found_read(turn->reader, record.body, turn->scratch,
					 turn->arena, &delivery->found[n++]);
	return err;
}

static enum rq_err read_one(struct turn *turn, const struct delivery_request *request,
			    struct delivery *delivery)
{
	enum rq_err err = agent_delivery_decode(request->message, &delivery->is);

	delivery->machine = request->machine;
	delivery->refused = err != RQ_OK || delivery->is.stream > INT64_MAX ||
			    delivery->is.first > INT64_MAX / 2;
	return delivery->refused ? RQ_OK : read_findings(turn, delivery);
}

/* What has no room in this turn comes again. */
static void read_all(struct turn *turn, const struct delivery_request *requests)
{
	for (size_t i = 0; i < turn->n; i++) {
		struct delivery *delivery = &turn->deliveries[i];
		enum rq_err err = read_one(turn, &requests[i], delivery);

		turn->replies[i].refused = delivery->refused;
		delivery->is_left_out = delivery->refused || err != RQ_OK;
		if (err != RQ_OK)
			fail(&turn->replies[i], err);
	}
}

/* ---- one delivery into the store ---- */

struct applying {
	struct turn *turn;
	const struct delivery *delivery;
	struct sweep_row sweep;
	int64_t told; /* ordinals up to this are known, of the sweep's job */
	bool has_sweep;
	int64_t n_come;
};

static enum rq_err load_mark(struct turn *turn, const struct delivery *delivery,
			     struct stream_mark *mark)
{
	const struct store_value values[] = {
	    store_number(delivery->machine),
	    store_number((int64_t)delivery->is.stream)};
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(turn->store,
				    "SELECT next_sequence, chain, n_missing FROM stream"
				    " WHERE machine = $1 AND stream = $2",
				    values, 2, &rows, turn->diag);

	*mark = (struct stream_mark){0};
	if (err == RQ_OK)
		err = rows_next(rows, turn->diag);
	if (err == RQ_OK)
		*mark = (struct stream_mark){(uint64_t)rows_number(rows, 0),
					     (uint32_t)rows_number(rows, 1),
					     (uint64_t)rows_number(rows, 2)};
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err save_mark(struct turn *turn, const struct delivery *delivery,
			     const struct stream_mark *mark)
{
	const struct store_value values[] = {
	    store_number(delivery->machine),
	    store_number((int64_t)delivery->is.stream),
	    store_number(delivery->is.class),
	    store_number((int64_t)mark->next),
	    store_number(mark->chain),
	    store_number(keep_number(mark->n_missing)),
	    store_number(keep_number(delivery->is.n_dropped))};

	return store_run(
	    turn->store,
	    "INSERT INTO stream (machine, stream, class, next_sequence, chain,"
	    " n_missing, n_dropped) VALUES ($1, $2, $3, $4, $5, $6, $7)"
	    " ON CONFLICT (machine, stream) DO UPDATE SET"
	    " next_sequence = excluded.next_sequence, chain = excluded.chain,"
	    " n_missing = excluded.n_missing, n_dropped = excluded.n_dropped",
	    values, 7, NULL, turn->diag);
}

/* ---- the second filter ---- */

static enum rq_err leave_sweep(struct applying *a)
{
	struct turn *turn = a->turn;
	const struct store_value values[] = {
	    store_number(a->sweep.machine), store_number(a->sweep.job),
	    store_number(a->delivery->is.class), store_number(a->told)};
	const struct store_value come[] = {store_number(a->sweep.id),
					   store_number(a->n_come)};
	enum rq_err err = RQ_OK;

	if (!a->has_sweep)
		return RQ_OK;
	a->has_sweep = false;
	err = store_run(turn->store,
			"INSERT INTO job_told (machine, job, class, ordinal)"
			" VALUES ($1, $2, $3, $4) ON CONFLICT (machine, job, class)"
			" DO UPDATE SET ordinal = excluded.ordinal",
			values, 4, NULL, turn->diag);
	if (err == RQ_OK && a->n_come > 0)
		err = store_run(turn->store,
				"UPDATE sweep SET n_come = n_come + $2 WHERE id = $1",
				come, 2, NULL, turn->diag);
	if (err == RQ_OK && !alloc_grow((void **)&turn->sweeps, &turn->sweeps_capacity,
					turn->n_sweeps + 1, sizeof *turn->sweeps))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		turn->sweeps[turn->n_sweeps++] = a->sweep.id;
	return err;
}

static enum rq_err enter_sweep(struct applying *a, uint64_t job)
{
	const struct store_value values[] = {store_number(a->delivery->machine),
					     store_number((int64_t)job),
					     store_number(a->delivery->is.class)};
	enum rq_err err;

	if (a->has_sweep && a->sweep.job == (int64_t)job)
		return RQ_OK;
	err = leave_sweep(a);
	a->sweep.job = (int64_t)job;
	a->n_come = 0;
	if (err == RQ_OK)
		err = sweep_row_find(a->turn->store, &a->sweep, a->turn->diag);
	if (err == RQ_OK)
		err = store_ask_number(a->turn->store,
				       "SELECT ordinal FROM job_told WHERE machine = $1"
				       " AND job = $2 AND class = $3",
				       values, 3, &a->told, a->turn->diag);
	if (err == RQ_ERR_NOT_FOUND) {
		a->told = 0;
		err = RQ_OK;
	}
	a->has_sweep = err == RQ_OK;
	return err;
}

/* A number that is known may belong to another finding: of a machine that was set back
 * and swept again. */
static enum rq_err is_known_finding(const struct applying *a, int64_t ordinal,
				    const struct found *found, bool *known_out)
{
	const struct turn *turn = a->turn;
	const struct store_value values[] = {
	    store_number(a->sweep.id), store_number(ordinal),
	    store_bytes((struct bytes){found->digest, FINDING_DIGEST})};
	int64_t n = 0;
	enum rq_err err = RQ_OK;

	*known_out = false;
	for (size_t i = 0; i < turn->n_rows && !*known_out; i++)
		*known_out = turn->rows[i].sweep == a->sweep.id &&
			     turn->rows[i].ordinal == ordinal &&
			     memcmp(turn->rows[i].found.digest, found->digest,
				    FINDING_DIGEST) == 0;
	if (!*known_out) {
		err = store_ask_number(turn->store,
				       "SELECT count(*) FROM finding WHERE sweep = $1"
				       " AND ordinal = $2 AND digest = $3",
				       values, 3, &n, turn->diag);
		*known_out = n > 0;
	}
	return err;
}

/* ---- records ---- */

static enum rq_err apply_finding(struct applying *a, const struct record *record,
				 const struct found *found, bool is_known)
{
	struct turn *turn = a->turn;
	const int64_t ordinal = keep_number(record->ordinal);
	enum rq_err err = RQ_OK;

	/* without a job there are no ordinals: the stream alone filters */
	if (is_known && record->job != 0)
		err = is_known_finding(a, ordinal, found, &is_known);
	else
		is_known = false;
	if (err != RQ_OK || is_known)
		return err;
	if (!alloc_grow((void **)&turn->rows, &turn->rows_capacity, turn->n_rows + 1,
			sizeof *turn->rows))
		return RQ_ERR_MEMORY;
	a->n_come++;
	turn->rows[turn->n_rows++] =
	    (struct finding_row){a->sweep.id, a->sweep.machine,          a->sweep.unit,
				 ordinal,     keep_time(record->utc_ms), *found};
	return RQ_OK;
}

/* Bodies that cannot be read say nothing: the sweep then has no end, and is incomplete. */
static enum rq_err apply_sweep(struct applying *a, const struct record *record,
			       bool is_known)
{
	struct store *store = a->turn->store;
	struct rq_diag *diag = a->turn->diag;
	struct sweep_begin begin;
	struct sweep_gaps gaps;
	struct sweep_end end;
	struct job_refused refused;

	if (record->kind == RECORD_SWEEP_BEGIN && !is_known)
		return sweep_begin_decode(record->body, &begin) == RQ_OK
			   ? sweep_row_begin(store, &a->sweep, &begin, diag)
			   : RQ_OK;
	if (record->kind == RECORD_GAPS && !is_known)
		return sweep_gaps_decode(record->body, &gaps) == RQ_OK
			   ? sweep_row_gaps(store, &a->sweep, &gaps, diag)
			   : RQ_OK;
	if (record->kind == RECORD_SWEEP_END)
		return sweep_end_decode(record->body, &end) == RQ_OK
			   ? sweep_row_end(store, &a->sweep, &end, diag)
			   : RQ_OK;
	if (record->kind == RECORD_JOB_REFUSED)
		return job_refused_decode(record->body, &refused) == RQ_OK
			   ? sweep_row_refused(store, &a->sweep, &refused, diag)
			   : RQ_OK;
	return RQ_OK;
}

/* Receipts and inventories are kept as they came. */
static enum rq_err keep_record(struct applying *a, const struct record *record)
{
	struct turn *turn = a->turn;
	int64_t id = 0;
	enum rq_err err = store_id(turn->store, &id, turn->diag);
	const struct store_value values[] = {
	    store_number(id),           store_number(a->delivery->machine),
	    store_number(record->kind), store_number(keep_time(record->utc_ms)),
	    store_number(turn->now_ms), store_bytes(record->body)};

	return err == RQ_OK ? store_run(turn->store,
					"INSERT INTO told_record (id, machine, kind,"
					" at_ms, received_ms, body)"
					" VALUES ($1, $2, $3, $4, $5, $6)",
					values, 6, NULL, turn->diag)
			    : err;
}

static enum rq_err apply(struct applying *a, const struct record *record,
			 const struct found *found)
{
	const int64_t ordinal = keep_number(record->ordinal);
	bool is_known;
	enum rq_err err;

	if (record->kind == RECORD_RECEIPT || record->kind == RECORD_INVENTORY)
		return keep_record(a, record);
	if (record->kind == RECORD_TELEMETRY || record->kind == RECORD_PROGRESS ||
	    record->job > INT64_MAX)
		return RQ_OK;
	/* a job that was refused has no sweep of its own */
	err = record->kind == RECORD_JOB_REFUSED ? leave_sweep(a)
						 : enter_sweep(a, record->job);
	if (record->kind == RECORD_JOB_REFUSED)
		a->sweep.job = (int64_t)record->job;
	is_known = ordinal != 0 && a->has_sweep && ordinal <= a->told;
	if (err == RQ_OK)
		err = record->kind == RECORD_FINDING
			  ? apply_finding(a, record, found, is_known)
			  : apply_sweep(a, record, is_known);
	if (a->has_sweep && ordinal > a->told)
		a->told = ordinal;
	return err;
}

static enum rq_err apply_records(struct turn *turn, const struct delivery *delivery,
				 size_t n_known)
{
	struct applying a = {
	    .turn = turn,
	    .delivery = delivery,
	    .sweep = {.machine = delivery->machine, .now_ms = turn->now_ms}};
	struct reader r = reader_over(delivery->is.records.at, delivery->is.records.n);
	const struct found *found = delivery->found;
	struct record record;
	enum rq_err err = keep_unit_of(turn->store, delivery->machine, turn->now_ms,
				       &a.sweep.unit, turn->diag);

	for (size_t i = 0; err == RQ_OK && delivery_next(&r, &record); i++) {
		if (i >= n_known)
			err = apply(&a, &record, found);
		found += record.kind == RECORD_FINDING;
	}
	return err == RQ_OK ? leave_sweep(&a) : err;
}

static enum rq_err take_one(struct turn *turn, const struct delivery *delivery,
			    struct agent_delivery_answer *answer)
{
	struct stream_mark mark;
	size_t n_known = 0;
	enum rq_err err = load_mark(turn, delivery, &mark);

	if (err != RQ_OK)
		return err;
	answer->status = (uint8_t)stream_judge(&mark, &delivery->is, &n_known);
	answer->sequence = mark.next;
	answer->chain = mark.chain;
	if (answer->status != DELIVERY_TAKEN)
		return RQ_OK;
	err = apply_records(turn, delivery, n_known);
	return err == RQ_OK ? save_mark(turn, delivery, &mark) : err;
}

/* ---- the turn ---- */

static enum rq_err finish(struct turn *turn)
{
	enum rq_err err = keep_findings(turn->store, turn->now_ms, turn->rows,
					turn->n_rows, turn->diag);

	for (size_t i = 0; i < turn->n_sweeps && err == RQ_OK; i++)
		err = keep_settled(turn->store, turn->now_ms, turn->sweeps[i],
				   turn->diag);
	return err == RQ_OK ? store_commit(turn->store, turn->diag) : err;
}

/* Whether the store itself is in the way of all, and not one delivery of one. */
static bool is_of_all(enum rq_err err)
{
	return err == RQ_ERR_FULL || err == RQ_ERR_RETRY || err == RQ_ERR_SYSTEM;
}

static enum rq_err take_part(struct turn *turn, size_t i)
{
	const size_t n_rows = turn->n_rows, n_sweeps = turn->n_sweeps;
	struct delivery_reply *reply = &turn->replies[i];
	enum rq_err err = store_part_begin(turn->store, turn->diag);

	if (err == RQ_OK)
		err = take_one(turn, &turn->deliveries[i], &reply->answer);
	if (err == RQ_OK)
		return store_part_keep(turn->store, turn->diag);
	if (is_of_all(err))
		return err;
	store_part_undo(turn->store);
	turn->n_rows = n_rows;
	turn->n_sweeps = n_sweeps;
	fail(reply, err);
	return RQ_OK;
}

/* Deliveries from to end - 1 in one change. */
static enum rq_err take_some(struct turn *turn, size_t from, size_t end)
{
	enum rq_err err = store_begin(turn->store, turn->diag);

	turn->n_rows = turn->n_sweeps = 0;
	for (size_t i = from; i < end && err == RQ_OK; i++)
		if (!turn->deliveries[i].is_left_out)
			err = take_part(turn, i);
	if (err == RQ_OK)
		err = finish(turn);
	if (err == RQ_OK)
		return RQ_OK;
	store_rollback(turn->store);
	for (size_t i = from; i < end; i++)
		if (!turn->deliveries[i].is_left_out)
			fail(&turn->replies[i], err);
	return err;
}

static void take_all(struct turn *turn)
{
	enum rq_err err = take_some(turn, 0, turn->n);

	/* what spoils the end of the change spoils it for one alone */
	if (err == RQ_OK || is_of_all(err) || turn->n < 2)
		return;
	for (size_t i = 0; i < turn->n && !is_of_all(err); i++)
		err = take_some(turn, i, i + 1);
}

enum rq_err result_take(struct store *store, const struct world *world,
			const struct line_reader *reader,
			const struct delivery_request *requests, size_t n,
			struct delivery_reply *replies, struct rq_diag *diag)
{
	struct turn turn = {.store = store,
			    .reader = reader,
			    .replies = replies,
			    .n = n,
			    .now_ms = (int64_t)world_utc_ms(world),
			    .diag = diag};
	enum rq_err err = arena_new(CAP_JSONL_MEMORY, &turn.scratch);

	memset(replies, 0, n * sizeof *replies);
	if (err == RQ_OK)
		err = arena_new(CAP_TURN_MEMORY, &turn.arena);
	if (err == RQ_OK)
		turn.deliveries =
		    arena_array(turn.arena, n + 1, sizeof *turn.deliveries);
	if (err == RQ_OK && turn.deliveries == NULL)
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK) {
		read_all(&turn, requests);
		take_all(&turn);
	}
	alloc_free(turn.rows);
	alloc_free(turn.sweeps);
	arena_free(turn.arena);
	arena_free(turn.scratch);
	return err == RQ_OK ? err : rq_fail(diag, err, NULL, "no memory for a turn");
}

void result_offer(uint64_t room_bytes, const struct agent_offer *offer,
		  struct agent_offer_answer *answer_out)
{
	const bool is_bulk = offer->class > CLASS_RECEIPT;
	const uint64_t kept = is_bulk ? RESULT_ROOM_SHORT : RESULT_ROOM_END;
	/* a record takes more room in the store than on the way */
	const uint64_t room = room_bytes > kept ? (room_bytes - kept) / 4 : 0;

	*answer_out = (struct agent_offer_answer){0};
	if (room < offer->bytes)
		answer_out->come_back_ms = RESULT_COME_BACK_MS;
	else
		answer_out->take_bytes =
		    offer->bytes < CAP_AGENT_MESSAGE ? offer->bytes : CAP_AGENT_MESSAGE;
}
