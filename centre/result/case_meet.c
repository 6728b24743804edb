/* What findings and sweeps that come in do to cases. */
#include "bytes/alloc.h"
#include "centre/campaign/campaign.h"
#include "centre/result/case.h"
#include "centre/result/case_internal.h"
#include "centre/result/covers.h"
#include "finding/finding.h"

#include <string.h>

/* Cases that are to be changed, once the rows that name them are read. */
struct keys {
	struct {
		uint8_t group_key[FINDING_GROUP_KEY];
		int64_t machine;
	} * items;
	size_t n, capacity;
};

static enum rq_err add_key(struct keys *keys, struct bytes group_key, int64_t machine)
{
	if (group_key.n != FINDING_GROUP_KEY)
		return RQ_ERR_FORMAT;
	if (!alloc_grow((void **)&keys->items, &keys->capacity, keys->n + 1,
			sizeof *keys->items))
		return RQ_ERR_MEMORY;
	memcpy(keys->items[keys->n].group_key, group_key.at, FINDING_GROUP_KEY);
	keys->items[keys->n++].machine = machine;
	return RQ_OK;
}

static enum rq_err change_all(struct store *store, const struct keys *keys,
			      enum finding_state state, int64_t now_ms,
			      struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < keys->n && err == RQ_OK; i++) {
		const struct case_change change = {
		    {keys->items[i].group_key, FINDING_GROUP_KEY},
		    keys->items[i].machine,
		    (int64_t)state,
		    now_ms,
		    0,
		    {NULL, 0}};

		err = case_put(store, &change, diag);
	}
	return err;
}

/* ---- found (again) ---- */

static const char new_groups[] =
    "INSERT INTO finding_group (group_key, state, kind, rule, name_space, first_ms)"
    " SELECT group_key, 1, min(kind), min(rule), min(name_space), min(received_ms)"
    " FROM finding WHERE id >= $1 AND id < $2 GROUP BY group_key"
    " ON CONFLICT (group_key) DO NOTHING";
static const char new_cases[] =
    "INSERT INTO finding_case (group_key, machine, state, since_ms)"
    " SELECT group_key, machine, 1, min(received_ms) FROM finding"
    " WHERE id >= $1 AND id < $2 GROUP BY group_key, machine"
    " ON CONFLICT (group_key, machine) DO NOTHING";
static const char hindmost[] =
    "UPDATE finding_group SET state = (SELECT min(c.state) FROM finding_case c"
    " WHERE c.group_key = finding_group.group_key) WHERE state <> 7 AND group_key IN"
    " (SELECT group_key FROM finding WHERE id >= $1 AND id < $2)";
/* What its clock says does not count here: a wrong one would hide that it is back. */
static const char over[] =
    "SELECT DISTINCT c.group_key, c.machine FROM finding f JOIN finding_case c"
    " ON c.group_key = f.group_key AND c.machine = f.machine"
    " WHERE f.id >= $1 AND f.id < $2 AND c.state >= 4";

enum rq_err case_meet(struct store *store, int64_t now_ms, int64_t first, int64_t end,
		      struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(first), store_number(end)};
	struct store_rows *rows = NULL;
	struct keys keys = {0};
	enum rq_err err = store_ask(store, over, values, 2, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK)
		err = add_key(&keys, rows_bytes(rows, 0), rows_number(rows, 1));
	rows_free(rows);
	if (err == RQ_ERR_NOT_FOUND)
		err = store_run(store, new_groups, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, new_cases, values, 2, NULL, diag);
	if (err == RQ_OK)
		err = change_all(store, &keys, FINDING_OPEN, now_ms, diag);
	if (err == RQ_OK)
		err = store_run(store, hindmost, values, 2, NULL, diag);
	alloc_free(keys.items);
	return err;
}

/* ---- not found any more ---- */

struct later_sweep {
	int64_t id, machine, job, campaign, since_ms; /* it began after that, surely */
	bool is_proof; /* nothing was left out that could hide an object */
	struct covered covered;
	struct bytes paths[CAP_LEASE_PATHS];
	struct buffer content, room;
};

/*
 * Gaps of sockets and of links that lead back hide nothing; any other may.  The counts
 * of reasons must be all there.  When it began: the lease was given after that; without
 * one its clock has to be believed, if it ended before it came here.
 */
static const char sweep_sql[] =
    "SELECT s.machine, s.job, s.campaign, s.content,"
    " CASE WHEN s.n_gaps = (SELECT coalesce(sum(g.number), 0) FROM gap_count g"
    " WHERE g.sweep = s.id AND g.reason IN (6, 7)) THEN 1 ELSE 0 END,"
    " CASE WHEN s.given_ms IS NOT NULL THEN s.given_ms"
    " WHEN s.time_unsure = 0 AND s.ended_ms <= s.received_ms THEN s.started_ms"
    " ELSE 0 END,"
    " coalesce(c.options, 0)"
    " FROM sweep s LEFT JOIN campaign c ON c.id = s.campaign AND s.job IS NOT NULL"
    " WHERE s.id = $1";

static enum rq_err read_sweep(struct store *store, struct later_sweep *sweep,
			      struct rq_diag *diag)
{
	const struct store_value of = store_number(sweep->id);
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, sweep_sql, &of, 1, &rows, diag);

	_Static_assert(GAP_NOT_A_FILE == 6 && GAP_LOOP == 7, "as in the statement");
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		sweep->machine = rows_number(rows, 0);
		sweep->job = rows_number(rows, 1);
		sweep->campaign = rows_number(rows, 2);
		buffer_put(&sweep->content, rows_bytes(rows, 3).at,
			   rows_bytes(rows, 3).n);
		sweep->is_proof = rows_number(rows, 4) != 0;
		sweep->since_ms = rows_number(rows, 5);
		sweep->covered.options = (uint32_t)rows_number(rows, 6);
	}
	rows_free(rows);
	return err;
}

static enum rq_err read_paths(struct store *store, struct later_sweep *sweep,
			      struct rq_diag *diag)
{
	static const char of_campaign[] =
	    "SELECT path FROM campaign_path WHERE campaign = $1 ORDER BY place";
	static const char of_sweep[] =
	    "SELECT path FROM sweep_path WHERE sweep = $1 ORDER BY place";
	const struct store_value of =
	    store_number(sweep->job != 0 ? sweep->campaign : sweep->id);
	struct store_rows *rows = NULL;
	size_t n = 0, at = 0;
	enum rq_err err = store_ask(store, sweep->job != 0 ? of_campaign : of_sweep,
				    &of, 1, &rows, diag);

	while (err == RQ_OK && n < CAP_LEASE_PATHS &&
	       (err = rows_next(rows, diag)) == RQ_OK) {
		struct bytes path = rows_bytes(rows, 0);

		if (path.n == 0) /* how a sealed result of whole disks is kept */
			sweep->covered.options |= LEASE_ALL;
		buffer_put(&sweep->room, path.at, path.n);
		sweep->paths[n++].n = path.n;
	}
	rows_free(rows);
	for (size_t i = 0; i < n; at += sweep->paths[i++].n)
		sweep->paths[i].at =
		    sweep->room.data == NULL ? NULL : sweep->room.data + at;
	sweep->covered.paths = sweep->paths;
	sweep->covered.n = n;
	if (!buffer_ok(&sweep->room) || !buffer_ok(&sweep->content))
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

/*
 * Where the treated things of this machine were.  A thing without content is known by a
 * place, and may be back at another: then no finding of the same rule may be there.
 */
static const char treated[] =
    "SELECT c.group_key, f.kind, f.path, s.content FROM finding_case c"
    " JOIN finding f ON f.group_key = c.group_key AND f.machine = c.machine"
    " JOIN sweep s ON s.id = f.sweep"
    " WHERE c.machine = $2 AND c.state = 4 AND c.since_ms < $3 AND NOT EXISTS"
    " (SELECT 1 FROM finding n WHERE n.sweep = $1 AND (n.group_key = c.group_key OR"
    " (f.sha256 IS NULL AND n.rule = f.rule AND n.name_space = f.name_space)))"
    " ORDER BY c.group_key";

/* A key stays when all its places were looked at. */
static enum rq_err read_treated(struct store *store, const struct later_sweep *sweep,
				struct keys *keys, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(sweep->id),
					     store_number(sweep->machine),
					     store_number(sweep->since_ms)};
	uint8_t left_out[FINDING_GROUP_KEY] = {0};
	bool has_left_out = false;
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, treated, values, 3, &rows, diag);

	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		struct bytes key = rows_bytes(rows, 0);
		bool is_last =
		    keys->n > 0 &&
		    bytes_equal(key, (struct bytes){keys->items[keys->n - 1].group_key,
						    FINDING_GROUP_KEY});

		if (key.n != FINDING_GROUP_KEY)
			continue;
		if (has_left_out && memcmp(left_out, key.at, key.n) == 0)
			continue;
		if (!covers(&sweep->covered, rows_number(rows, 1),
			    rows_bytes(rows, 2)) ||
		    !content_reaches(buffer_bytes(&sweep->content),
				     rows_bytes(rows, 3))) {
			has_left_out = true;
			memcpy(left_out, key.at, key.n);
			keys->n -= is_last;
		} else if (!is_last) {
			err = add_key(keys, key, sweep->machine);
		}
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err case_rescan(struct store *store, int64_t now_ms, int64_t id,
			struct rq_diag *diag)
{
	struct later_sweep sweep = {.id = id};
	struct keys keys = {0};
	enum rq_err err = read_sweep(store, &sweep, diag);

	if (err == RQ_OK && sweep.is_proof)
		err = read_paths(store, &sweep, diag);
	if (err == RQ_OK && sweep.is_proof)
		err = read_treated(store, &sweep, &keys, diag);
	if (err == RQ_OK)
		err = change_all(store, &keys, FINDING_CLEAN, now_ms, diag);
	alloc_free(keys.items);
	buffer_free(&sweep.room);
	buffer_free(&sweep.content);
	return err;
}
