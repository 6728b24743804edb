#include "centre/result/case.h"

#include "centre/audit/audit.h"
#include "centre/result/case_internal.h"

#include <string.h>

/* ---- one change ---- */

static enum rq_err put_history(struct store *store, const struct case_change *change,
			       struct rq_diag *diag)
{
	int64_t id = 0;
	enum rq_err err = store_id(store, &id, diag);
	const struct store_value values[] = {store_number(id),
					     store_bytes(change->group_key),
					     store_number(change->machine),
					     store_number(change->state),
					     store_number(change->at_ms),
					     store_number(change->person),
					     store_text(change->note)};

	return err == RQ_OK ? store_run(store,
					"INSERT INTO finding_state (id, group_key,"
					" machine, state, at_ms, by_person, note)"
					" VALUES ($1, $2, $3, $4, $5, $6, $7)",
					values, 7, NULL, diag)
			    : err;
}

static enum rq_err put_audit(struct store *store, const struct case_change *change,
			     const char *event, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(change->machine),
					     store_number(campaign_day(change->at_ms))};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("finding"), store_bytes(change->group_key)},
	    {BYTES_LITERAL("machine"), store_number(change->machine)},
	    {BYTES_LITERAL("state"), store_number(change->state)},
	    {BYTES_LITERAL("note"), store_text(change->note)}};
	struct audit_event entry = {.time = change->at_ms,
				    .actor = change->person,
				    .event = bytes_of(event),
				    .fields = fields,
				    .n_fields = 4};
	enum rq_err err = store_ask_number(store,
					   "SELECT unit FROM machine_unit"
					   " WHERE machine = $1 AND first_day <= $2"
					   " AND $2 < end_day",
					   values, 2, &entry.unit, diag);

	return err == RQ_OK || err == RQ_ERR_NOT_FOUND
		   ? audit_append(store, &entry, diag)
		   : err;
}

/* A group stands where its hindmost case stands, unless it was judged. */
static enum rq_err refresh_group(struct store *store, struct bytes group_key,
				 struct rq_diag *diag)
{
	const struct store_value key = store_bytes(group_key);

	return store_run(store,
			 "UPDATE finding_group SET state = (SELECT min(c.state) FROM"
			 " finding_case c WHERE c.group_key = finding_group.group_key)"
			 " WHERE group_key = $1 AND state <> 7",
			 &key, 1, NULL, diag);
}

enum rq_err case_put(struct store *store, const struct case_change *change,
		     struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_bytes(change->group_key), store_number(change->machine),
	    store_number(change->state), store_number(change->at_ms)};
	enum rq_err err = store_run(store,
				    "UPDATE finding_case SET state = $3, since_ms = $4"
				    " WHERE group_key = $1 AND machine = $2",
				    values, 4, NULL, diag);

	if (err == RQ_OK)
		err = put_history(store, change, diag);
	if (err == RQ_OK)
		err = refresh_group(store, change->group_key, diag);
	return err == RQ_OK ? put_audit(store, change, "finding.state", diag) : err;
}

/* ---- what a person does ---- */

static bool may_become(int64_t from, enum finding_state to)
{
	if (to == FINDING_CLOSED)
		return from == FINDING_CLEAN;
	if (to == FINDING_OPEN)
		return from != FINDING_OPEN;
	return from <= FINDING_TREATED && from != (int64_t)to;
}

/* $1 the group, $2 a machine or 0, $3 the unit, $4 the day, $5 behind which machine. */
static const char next_case[] =
    "SELECT c.machine, c.state FROM finding_case c"
    " JOIN machine_unit mu ON mu.machine = c.machine AND mu.first_day <= $4"
    " AND $4 < mu.end_day"
    " JOIN unit_within w ON w.unit = mu.unit AND w.above = $3 AND w.first_day <= $4"
    " AND $4 < w.end_day"
    " WHERE c.group_key = $1 AND ($2 = 0 OR c.machine = $2) AND c.machine > $5"
    " ORDER BY c.machine LIMIT 1";

static enum rq_err find_case(struct store *store, const struct store_value *values,
			     int64_t *machine_out, int64_t *state_out,
			     struct rq_diag *diag)
{
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(store, next_case, values, 5, &rows, diag);

	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		*machine_out = rows_number(rows, 0);
		*state_out = rows_number(rows, 1);
	}
	rows_free(rows);
	return err;
}

/* Whoever asks for a case of another unit gets the same answer as for none. */
static enum rq_err set_all(struct store *store, int64_t unit, int64_t machine,
			   const struct case_change *to, struct rq_diag *diag)
{
	struct store_value values[] = {
	    store_bytes(to->group_key), store_number(machine), store_number(unit),
	    store_number(campaign_day(to->at_ms)), store_number(INT64_MIN)};
	struct case_change change = *to;
	int64_t state = 0;
	size_t n_seen = 0, n_changed = 0;
	enum rq_err err;

	while ((err = find_case(store, values, &change.machine, &state, diag)) ==
	       RQ_OK) {
		n_seen++;
		values[4].number = change.machine;
		if (!may_become(state, (enum finding_state)to->state))
			continue;
		n_changed++;
		err = case_put(store, &change, diag);
		if (err != RQ_OK)
			return err;
	}
	if (err != RQ_ERR_NOT_FOUND)
		return err;
	if (n_seen == 0)
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "no such finding here");
	if (n_changed == 0)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "a finding in state %d cannot come into state %d",
			       (int)state, (int)to->state);
	return RQ_OK;
}

static struct case_change change_by(const struct act *act, const uint8_t *group_key,
				    int64_t machine, int64_t state, struct bytes note)
{
	return (struct case_change){{group_key, FINDING_GROUP_KEY},
				    machine,
				    state,
				    act->now_ms,
				    act->person,
				    note};
}

enum rq_err case_set(struct store *store, const struct act *act, int64_t unit,
		     const uint8_t *group_key, int64_t machine,
		     enum finding_state state, struct bytes note, struct rq_diag *diag)
{
	const struct case_change to =
	    change_by(act, group_key, 0, (int64_t)state, note);
	enum rq_err err;

	if (state == FINDING_CLEAN || state == FINDING_FALSE || state < FINDING_OPEN ||
	    state > FINDING_FALSE)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "nobody can say this of a finding by hand");
	err = store_begin(store, diag);
	if (err == RQ_OK)
		err = set_all(store, unit, machine, &to, diag);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

enum rq_err case_comment(struct store *store, const struct act *act, int64_t unit,
			 const uint8_t *group_key, int64_t machine, struct bytes note,
			 struct rq_diag *diag)
{
	struct case_change comment = change_by(act, group_key, machine, 0, note);
	const struct store_value values[] = {
	    store_bytes(comment.group_key), store_number(machine), store_number(unit),
	    store_number(campaign_day(act->now_ms)), store_number(INT64_MIN)};
	int64_t seen = 0, state = 0;
	enum rq_err err = store_begin(store, diag);

	if (err == RQ_OK)
		err = find_case(store, values, &seen, &state, diag);
	if (err == RQ_OK)
		err = put_history(store, &comment, diag);
	if (err == RQ_OK)
		err = put_audit(store, &comment, "finding.comment", diag);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

/* ---- judgements ---- */

enum rq_err group_reach(struct store *store, const uint8_t *group_key,
			struct finding_reach *reach, struct rq_diag *diag)
{
	const struct store_value key =
	    store_bytes((struct bytes){group_key, FINDING_GROUP_KEY});
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store,
	    "SELECT count(DISTINCT f.machine), count(DISTINCT f.unit), count(*),"
	    " count(DISTINCT s.campaign), (SELECT count(*) FROM finding_case c"
	    " WHERE c.group_key = $1 AND NOT EXISTS (SELECT 1 FROM finding_case o"
	    " JOIN finding_group g ON g.group_key = o.group_key"
	    " WHERE o.machine = c.machine AND o.group_key <> $1 AND g.state <> 7))"
	    " FROM finding f JOIN sweep s ON s.id = f.sweep WHERE f.group_key = $1",
	    &key, 1, &rows, diag);

	*reach = (struct finding_reach){0};
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*reach = (struct finding_reach){
		    rows_number(rows, 0), rows_number(rows, 1), rows_number(rows, 2),
		    rows_number(rows, 3), rows_number(rows, 4)};
	rows_free(rows);
	return err;
}

static bool same_reach(const struct finding_reach *a, const struct finding_reach *b)
{
	return a->n_machines == b->n_machines && a->n_units == b->n_units &&
	       a->n_findings == b->n_findings && a->n_campaigns == b->n_campaigns &&
	       a->n_only == b->n_only;
}

static enum rq_err judge(struct store *store, const struct case_change *change,
			 int64_t reach, struct rq_diag *diag)
{
	const bool is_false = change->state == FINDING_FALSE;
	const struct store_value values[] = {
	    store_bytes(change->group_key), store_number(change->state),
	    store_number(change->person), store_number(change->at_ms),
	    store_number(reach)};
	uint64_t n = 0;
	enum rq_err err =
	    is_false ? store_run(store,
				 "UPDATE finding_group SET state = $2, judged_by = $3,"
				 " judged_ms = $4, reach = $5 WHERE group_key = $1"
				 " AND state <> 7",
				 values, 5, &n, diag)
		     : store_run(store,
				 "UPDATE finding_group SET state = $2, judged_by = $3,"
				 " judged_ms = $4, reach = NULL WHERE group_key = $1"
				 " AND state = 7",
				 values, 4, &n, diag);

	if (err == RQ_OK && n == 0)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "it was judged so before");
	if (err == RQ_OK)
		err = put_history(store, change, diag);
	if (err == RQ_OK && !is_false)
		err = refresh_group(store, change->group_key, diag);
	return err == RQ_OK ? put_audit(store, change, "finding.judge", diag) : err;
}

enum rq_err group_judge_false(struct store *store, const struct act *act,
			      const uint8_t *group_key,
			      const struct finding_reach *shown, struct bytes note,
			      struct rq_diag *diag)
{
	const struct case_change change =
	    change_by(act, group_key, 0, FINDING_FALSE, note);
	struct finding_reach reach;
	enum rq_err err = store_begin(store, diag);

	if (err == RQ_OK)
		err = group_reach(store, group_key, &reach, diag);
	if (err == RQ_OK && reach.n_findings == 0)
		err = rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "no such finding");
	if (err == RQ_OK && !same_reach(&reach, shown))
		err =
		    rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			    "it is on %lld machines by now, not on %lld",
			    (long long)reach.n_machines, (long long)shown->n_machines);
	if (err == RQ_OK)
		err = judge(store, &change, reach.n_machines, diag);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

enum rq_err group_judge_back(struct store *store, const struct act *act,
			     const uint8_t *group_key, struct bytes note,
			     struct rq_diag *diag)
{
	const struct case_change change =
	    change_by(act, group_key, 0, FINDING_OPEN, note);
	enum rq_err err = store_begin(store, diag);

	if (err == RQ_OK)
		err = judge(store, &change, 0, diag);
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}
