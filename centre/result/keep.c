#include "centre/result/keep.h"

#include "centre/campaign/campaign.h"
#include "centre/result/case_internal.h"

#define LAST_MS 253402300800000 /* 10000-01-01 */

int64_t keep_number(uint64_t raw)
{
	const uint64_t cap = (uint64_t)1 << 50; /* a thousand of them fit a sum */

	return (int64_t)(raw < cap ? raw : cap);
}

int64_t keep_time(uint64_t raw_ms)
{
	return raw_ms < LAST_MS ? (int64_t)raw_ms : LAST_MS;
}

enum rq_err keep_unit_of(struct store *store, int64_t machine, int64_t now_ms,
			 int64_t *unit_out, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine),
					     store_number(campaign_day(now_ms))};
	enum rq_err err = store_ask_number(store,
					   "SELECT unit FROM machine_unit"
					   " WHERE machine = $1 AND first_day <= $2"
					   " AND $2 < end_day",
					   values, 2, unit_out, diag);

	if (err == RQ_ERR_NOT_FOUND)
		*unit_out = 0;
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/* ---- findings ---- */

static const char *const columns[] = {
    "id",     "sweep",     "machine",  "unit",        "ordinal",    "digest",
    "kind",   "class",     "severity", "rule",        "name_space", "path",
    "sha256", "group_key", "at_ms",    "received_ms", "line"};
static const enum store_kind kinds[] = {
    STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_BYTES,
    STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_TEXT,   STORE_TEXT,   STORE_BYTES,
    STORE_BYTES,  STORE_BYTES,  STORE_NUMBER, STORE_NUMBER, STORE_BYTES};
static const struct store_bulk_into into_finding = {"finding", columns, kinds,
						    sizeof columns / sizeof *columns};

static enum rq_err put_row(struct store_bulk *bulk, int64_t id, int64_t now_ms,
			   const struct finding_row *row, struct rq_diag *diag)
{
	const struct found *found = &row->found;
	const struct store_value values[] = {
	    store_number(id),
	    store_number(row->sweep),
	    store_number(row->machine),
	    store_number(row->unit),
	    store_number(row->ordinal),
	    store_bytes((struct bytes){found->digest, FINDING_DIGEST}),
	    store_number(found->kind),
	    store_number(found->class),
	    store_number(found->severity),
	    store_text(found->rule),
	    store_text(found->name_space),
	    store_bytes(found->path),
	    found->has_sha256 ? store_bytes((struct bytes){found->sha256, 32})
			      : store_null(),
	    store_bytes((struct bytes){found->group_key, FINDING_GROUP_KEY}),
	    store_number(row->at_ms),
	    store_number(now_ms),
	    store_bytes(found->line),
	};

	return store_bulk_row(bulk, values, diag);
}

static enum rq_err put_rows(struct store *store, int64_t now_ms, int64_t first,
			    const struct finding_row *rows, size_t n,
			    struct rq_diag *diag)
{
	struct store_bulk *bulk = NULL;
	enum rq_err err = store_bulk_begin(store, &into_finding, &bulk, diag), end;

	if (err != RQ_OK)
		return err;
	for (size_t i = 0; i < n && err == RQ_OK; i++)
		err = put_row(bulk, first + (int64_t)i, now_ms, &rows[i], diag);
	end = store_bulk_end(bulk, diag);
	return err == RQ_OK ? end : err;
}

enum rq_err keep_findings(struct store *store, int64_t now_ms,
			  const struct finding_row *rows, size_t n,
			  struct rq_diag *diag)
{
	int64_t first = 0;
	enum rq_err err;

	if (n == 0)
		return RQ_OK;
	err = store_ids(store, (uint32_t)n, &first, diag);
	if (err == RQ_OK)
		err = put_rows(store, now_ms, first, rows, n, diag);
	if (err == RQ_OK)
		err = case_meet(store, now_ms, first, first + (int64_t)n, diag);
	return err;
}

/* ---- ends ---- */

enum rq_err keep_settled(struct store *store, int64_t now_ms, int64_t sweep,
			 struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(sweep), store_number(now_ms)};
	uint64_t n = 0;
	/* finding wins over not known: with gaps it is found, and not complete */
	enum rq_err err = store_run(
	    store,
	    "UPDATE sweep SET completed_ms = $2 WHERE id = $1 AND completed_ms IS NULL"
	    " AND end_ms IS NOT NULL AND n_come >= n_findings"
	    " AND (verdict = 1 OR (verdict = 0 AND n_gaps = 0))",
	    values, 2, &n, diag);

	return err == RQ_OK && n > 0 ? case_rescan(store, now_ms, sweep, diag) : err;
}
