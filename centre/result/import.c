#include "centre/result/import.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "centre/audit/audit.h"
#include "centre/campaign/lease.h"
#include "centre/result/keep.h"
#include "centre/result/match.h"

#include <string.h>

/* ---- what a reader tells ---- */

static enum rq_err take_head(void *listener, const struct result_head *head)
{
	struct import *import = listener;

	/* the file has its id outside of the header */
	buffer_put(&import->header, head->header.sweep_id, SWEEP_ID_SIZE);
	sealed_header_write(&import->header, &head->header);
	return buffer_ok(&import->header) ? RQ_OK : RQ_ERR_MEMORY;
}

static enum rq_err take_line(void *listener, struct bytes line)
{
	struct import *import = listener;

	buffer_put(&import->lines, line.at, line.n);
	buffer_u8(&import->lines, '\n');
	return buffer_ok(&import->lines) ? RQ_OK : RQ_ERR_MEMORY;
}

struct result_sink import_sink(struct import *import)
{
	return (struct result_sink){
	    .listener = import, .head = take_head, .line = take_line};
}

static bool read_head(const struct import *import, struct sealed_header *header)
{
	struct reader r = reader_over(import->header.data, import->header.size);
	const uint8_t *id = reader_bytes(&r, SWEEP_ID_SIZE).at;
	struct bytes rest = reader_bytes(&r, reader_left(&r));

	*header = (struct sealed_header){0};
	if (!reader_ok(&r) || !sealed_header_read(rest, header))
		return false;
	memcpy(header->sweep_id, id, SWEEP_ID_SIZE);
	return true;
}

void import_free(struct import *import)
{
	buffer_free(&import->header);
	buffer_free(&import->lines);
}

/* ---- one result on its way into the store ---- */

struct importing {
	struct store *store;
	const struct act *act;
	const struct line_reader *reader;
	const struct sealed_header *header;
	struct bytes lines;
	int64_t campaign, machine, unit, confidence, sweep;
	const uint8_t *file_sha256;
	struct arena *scratch, *arena;
	struct finding_row *rows;
	size_t n_rows, capacity;
	uint64_t n_gaps[N_GAP_REASONS];
	struct bytes summary;
	struct rq_diag *diag;
};

static enum rq_err put_paths(struct importing *in, const struct summary *summary)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < summary->n_scope && err == RQ_OK; i++) {
		struct bytes path = bytes_of(summary->scope[i]);

		if (bytes_equal_text(path, "--all"))
			path.n = 0;
		const struct store_value values[] = {store_number(in->sweep),
						     store_number((int64_t)i),
						     store_bytes(path)};

		err = store_run(in->store,
				"INSERT INTO sweep_path (sweep, place, path)"
				" VALUES ($1, $2, $3)",
				values, 3, NULL, in->diag);
	}
	return err;
}

static enum rq_err add_finding(struct importing *in, struct bytes line)
{
	struct finding_row row = {in->sweep,
				  in->machine,
				  in->unit,
				  (int64_t)in->n_rows + 1,
				  keep_time(in->header->ended_ms),
				  {0}};
	enum rq_err err =
	    found_read(in->reader, line, in->scratch, in->arena, &row.found);

	if (err == RQ_OK && !alloc_grow((void **)&in->rows, &in->capacity,
					in->n_rows + 1, sizeof *in->rows))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		in->rows[in->n_rows++] = row;
	return err;
}

/* A line that cannot be read counts as a finding, as one that an agent tells. */
static enum rq_err read_line(struct importing *in, struct bytes line)
{
	struct jsonl_line is;
	enum rq_err err;

	arena_reset(in->scratch);
	err = in->reader->read(in->reader->self, line, in->scratch, &is);
	if (err == RQ_ERR_MEMORY)
		return err;
	if (err != RQ_OK || is.event == JSONL_MATCH)
		return add_finding(in, line);
	if (is.event == JSONL_GAP) {
		in->n_gaps[is.gap.reason]++;
		return RQ_OK;
	}
	in->summary = line;
	return put_paths(in, &is.summary);
}

static enum rq_err read_lines(struct importing *in)
{
	struct bytes left = in->lines;
	enum rq_err err = RQ_OK;

	while (left.n > 0 && err == RQ_OK) {
		const uint8_t *end = memchr(left.at, '\n', left.n);
		size_t n = end == NULL ? left.n : (size_t)(end - left.at);

		err = read_line(in, (struct bytes){left.at, n});
		left.at += n + (end != NULL);
		left.n -= n + (end != NULL);
	}
	return err;
}

static enum rq_err put_gaps(struct importing *in)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_GAP_REASONS && err == RQ_OK; i++) {
		const struct store_value values[] = {
		    store_number(in->sweep), store_number((int64_t)i),
		    store_number(keep_number(in->n_gaps[i]))};

		if (in->n_gaps[i] > 0)
			err = store_run(in->store,
					"INSERT INTO gap_count (sweep, reason, number)"
					" VALUES ($1, $2, $3)",
					values, 3, NULL, in->diag);
	}
	return err;
}

static enum rq_err put_sweep(struct importing *in)
{
	const struct sealed_header *header = in->header;
	const struct bytes content =
	    header->n_contents > 0 && line_is_text(header->contents[0].version)
		? header->contents[0].version
		: (struct bytes){NULL, 0};
	enum rq_err err = store_id(in->store, &in->sweep, in->diag);
	const struct store_value values[] = {
	    store_number(in->sweep),
	    in->campaign == 0 ? store_null() : store_number(in->campaign),
	    store_number(in->machine),
	    store_number(in->unit),
	    store_bytes((struct bytes){header->sweep_id, SWEEP_ID_SIZE}),
	    store_number(in->act->now_ms),
	    store_number(keep_time(header->started_ms)),
	    store_number(keep_time(header->ended_ms)),
	    store_number(header->verdict),
	    store_number(keep_number(header->n_seen)),
	    store_number(keep_number(header->n_scanned)),
	    store_number(keep_number(header->n_found)),
	    store_number(keep_number(header->n_findings)),
	    store_number(keep_number(header->n_gaps)),
	    store_text(content),
	    store_bytes((struct bytes){in->file_sha256, 32}),
	    store_number(in->confidence),
	    store_number(in->act->person)};

	return err == RQ_OK
		   ? store_run(
			 in->store,
			 "INSERT INTO sweep (id, campaign, machine, unit, evidence,"
			 " sweep_id, received_ms, end_ms, started_ms, ended_ms,"
			 " time_unsure, verdict, n_seen, n_scanned, n_found, "
			 "n_findings,"
			 " n_come, n_gaps, cpu_ms, content, tool, tool_version,"
			 " file_hash, confidence, by_person) VALUES ($1,"
			 " CAST($2 AS BIGINT), $3, $4, 1, $5, $6, $6, $7, $8, 0, $9,"
			 " $10, $11, $12, $13, 0, $14, 0, $15, '', '', $16, $17, $18)",
			 values, 18, NULL, in->diag)
		   : err;
}

static enum rq_err finish_sweep(struct importing *in)
{
	const struct store_value values[] = {store_number(in->sweep),
					     store_number((int64_t)in->n_rows),
					     store_bytes(in->summary)};
	enum rq_err err = store_run(
	    in->store, "UPDATE sweep SET n_come = $2, summary = $3 WHERE id = $1",
	    values, 3, NULL, in->diag);

	if (err == RQ_OK)
		err = put_gaps(in);
	if (err == RQ_OK)
		err = keep_findings(in->store, in->act->now_ms, in->rows, in->n_rows,
				    in->diag);
	if (err == RQ_OK)
		err = keep_settled(in->store, in->act->now_ms, in->sweep, in->diag);
	if (err == RQ_OK)
		err = match_learn(in->store, in->machine, in->header, in->diag);
	if (err == RQ_OK && in->campaign != 0)
		err = campaign_member_swept(in->store, in->campaign, in->machine,
					    in->diag);
	return err;
}

static enum rq_err note(const struct importing *in, const char *event)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("sweep_id"),
	     store_bytes((struct bytes){in->header->sweep_id, SWEEP_ID_SIZE})},
	    {BYTES_LITERAL("machine"), store_number(in->machine)},
	    {BYTES_LITERAL("confidence"), store_number(in->confidence)}};
	const struct audit_event entry = {.time = in->act->now_ms,
					  .actor = in->act->person,
					  .unit = in->unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = 3};

	return audit_append(in->store, &entry, in->diag);
}

/* All of it, for in->machine. */
static enum rq_err count_result(struct importing *in, const char *event)
{
	enum rq_err err = arena_new(CAP_JSONL_MEMORY, &in->scratch);

	if (err == RQ_OK)
		err = arena_new(CAP_TURN_MEMORY, &in->arena);
	if (err == RQ_OK)
		err = keep_unit_of(in->store, in->machine, in->act->now_ms, &in->unit,
				   in->diag);
	if (err == RQ_OK)
		err = put_sweep(in);
	if (err == RQ_OK)
		err = read_lines(in);
	if (err == RQ_OK)
		err = finish_sweep(in);
	if (err == RQ_OK)
		err = note(in, event);
	alloc_free(in->rows);
	arena_free(in->arena);
	arena_free(in->scratch);
	return err;
}

/* ---- waiting ---- */

static enum rq_err let_wait(struct importing *in, const struct import *import,
			    int64_t n_candidates, int64_t *id_out)
{
	enum rq_err err = store_id(in->store, id_out, in->diag);
	const struct store_value values[] = {
	    store_number(*id_out),
	    in->campaign == 0 ? store_null() : store_number(in->campaign),
	    store_bytes((struct bytes){in->header->sweep_id, SWEEP_ID_SIZE}),
	    store_bytes((struct bytes){in->file_sha256, 32}),
	    store_bytes(buffer_bytes(&import->header)),
	    store_bytes(buffer_bytes(&import->lines)),
	    store_number(in->act->now_ms),
	    store_number(n_candidates)};

	if (err == RQ_OK)
		err = store_run(in->store,
				"INSERT INTO waiting_result (id, campaign, sweep_id,"
				" digest, facts, content, received_ms, candidates)"
				" VALUES ($1, CAST($2 AS BIGINT), $3, $4, $5, $6, $7,"
				" $8)",
				values, 8, NULL, in->diag);
	return err == RQ_OK ? note(in, "result.wait") : err;
}

static enum rq_err is_known(const struct importing *in, bool *known_out)
{
	const struct store_value id =
	    store_bytes((struct bytes){in->header->sweep_id, SWEEP_ID_SIZE});
	int64_t n = 0;
	enum rq_err err = store_ask_number(
	    in->store,
	    "SELECT (SELECT count(*) FROM sweep WHERE sweep_id = $1) +"
	    " (SELECT count(*) FROM waiting_result WHERE sweep_id = $1)",
	    &id, 1, &n, in->diag);

	*known_out = n > 0;
	return err;
}

/* The unit of the campaign; 0: of none, or there is no campaign. */
static enum rq_err scope_of(const struct importing *in, int64_t *unit_out)
{
	const struct store_value of = store_number(in->campaign);

	*unit_out = 0;
	return in->campaign == 0
		   ? RQ_OK
		   : store_ask_number(in->store,
				      "SELECT unit FROM campaign WHERE id = $1", &of, 1,
				      unit_out, in->diag);
}

static enum rq_err take_it(struct importing *in, const struct import *import,
			   struct import_answer *answer)
{
	struct match match;
	bool known = false;
	int64_t unit = 0;
	enum rq_err err = is_known(in, &known);

	answer->outcome = IMPORT_KNOWN;
	if (err != RQ_OK || known)
		return err;
	err = scope_of(in, &unit);
	if (err == RQ_OK)
		err = match_facts(in->store, unit, campaign_day(in->act->now_ms),
				  in->header, &match, in->diag);
	if (err != RQ_OK)
		return err;
	in->machine = match.machine;
	in->confidence = match.confidence;
	answer->outcome = match.machine == 0 ? IMPORT_WAITS : IMPORT_COUNTED;
	answer->machine = match.machine;
	answer->confidence = match.confidence;
	answer->n_candidates = match.n_candidates;
	if (match.machine == 0)
		return let_wait(in, import, match.n_candidates, &answer->id);
	err = count_result(in, "result.import");
	answer->id = in->sweep;
	return err;
}

enum rq_err import_take(struct store *store, const struct act *act,
			const struct line_reader *reader, int64_t campaign,
			const struct import *import, const uint8_t *file_sha256,
			struct import_answer *answer_out, struct rq_diag *diag)
{
	struct sealed_header header;
	struct importing in = {.store = store,
			       .act = act,
			       .reader = reader,
			       .header = &header,
			       .lines = buffer_bytes(&import->lines),
			       .campaign = campaign,
			       .file_sha256 = file_sha256,
			       .diag = diag};
	enum rq_err err;

	*answer_out = (struct import_answer){0};
	if (!read_head(import, &header))
		return rq_fail(diag, RQ_ERR_FORMAT, NULL, "no head of a result");
	if (import->lines.size > CAP_STORE_VALUE / 2)
		return rq_fail(diag, RQ_ERR_LIMIT, NULL, "more than %u bytes of lines",
			       CAP_STORE_VALUE / 2);
	err = store_begin(store, diag);
	if (err == RQ_OK)
		err = take_it(&in, import, answer_out);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

/* ---- a person says whose ---- */

static enum rq_err copy_waiting(struct importing *in, int64_t waiting,
				struct import *import, uint8_t *file_sha256)
{
	const struct store_value of = store_number(waiting);
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(in->store,
				    "SELECT campaign, digest, facts, content"
				    " FROM waiting_result WHERE id = $1",
				    &of, 1, &rows, in->diag);

	if (err == RQ_OK)
		err = rows_next(rows, in->diag);
	if (err == RQ_OK) {
		struct bytes digest = rows_bytes(rows, 1);

		in->campaign = rows_number(rows, 0);
		memcpy(file_sha256, digest.at, digest.n == 32 ? 32 : 0);
		buffer_put(&import->header, rows_bytes(rows, 2).at,
			   rows_bytes(rows, 2).n);
		buffer_put(&import->lines, rows_bytes(rows, 3).at,
			   rows_bytes(rows, 3).n);
		if (!buffer_ok(&import->header) || !buffer_ok(&import->lines))
			err = RQ_ERR_MEMORY;
	}
	rows_free(rows);
	in->lines = buffer_bytes(&import->lines);
	return err;
}

enum rq_err import_assign(struct store *store, const struct act *act,
			  const struct line_reader *reader, int64_t waiting,
			  int64_t machine, struct rq_diag *diag)
{
	const struct store_value of = store_number(waiting);
	uint8_t file_sha256[32] = {0};
	struct sealed_header header;
	struct import import = {0};
	struct importing in = {.store = store,
			       .act = act,
			       .reader = reader,
			       .header = &header,
			       .machine = machine,
			       .confidence = 100,
			       .file_sha256 = file_sha256,
			       .diag = diag};
	enum rq_err err = store_begin(store, diag);

	if (err == RQ_OK)
		err = copy_waiting(&in, waiting, &import, file_sha256);
	if (err == RQ_OK && !read_head(&import, &header))
		err = rq_fail(diag, RQ_ERR_FORMAT, NULL, "its head is damaged");
	if (err == RQ_OK)
		err = count_result(&in, "result.assign");
	if (err == RQ_OK)
		err = store_run(store, "DELETE FROM waiting_result WHERE id = $1", &of,
				1, NULL, diag);
	import_free(&import);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}
