#include "centre/campaign/campaign_internal.h"

#include "bytes/cap.h"
#include "centre/audit/audit.h"
#include "wire/kit.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, PROVINCE_MS = 7 * HOUR_MS };

struct campaign_plan campaign_plan_default(void)
{
	return (struct campaign_plan){.classes = CLASSES_SWEPT,
				      .live = true,
				      .site_concurrency = 20,
				      .rate = 600,
				      .time_budget_ms = 12 * HOUR_MS,
				      .cpu_percent = 50,
				      .breaker_cpu_ms = 2 * HOUR_MS};
}

struct act act_of(int64_t person, const struct world *world)
{
	return (struct act){person, (int64_t)world_utc_ms(world)};
}

int64_t campaign_day(int64_t utc_ms)
{
	int64_t local = utc_ms + PROVINCE_MS;

	return local / DAY_MS - (local % DAY_MS < 0);
}

enum rq_err campaign_end_change(struct store *store, enum rq_err err,
				struct rq_diag *diag)
{
	if (err == RQ_OK)
		return store_commit(store, diag);
	store_rollback(store);
	return err;
}

static enum rq_err note(struct store *store, const struct act *act, const char *event,
			int64_t campaign, int64_t unit, struct bytes title,
			struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("campaign"), store_number(campaign)},
	    {BYTES_LITERAL("title"), store_text(title)},
	};
	const struct audit_event entry = {.time = act->now_ms,
					  .actor = act->person,
					  .unit = unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = 2};

	return audit_append(store, &entry, diag);
}

enum rq_err campaign_epoch_raise(struct store *store, int64_t campaign,
				 struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign);
	int64_t epoch = 0;
	char text[24];
	enum rq_err err = store_ask_number(
	    store, "UPDATE campaign_epoch SET epoch = epoch + 1 RETURNING epoch", NULL,
	    0, &epoch, diag);

	if (err == RQ_OK)
		err = store_run(store,
				"UPDATE campaign SET epoch ="
				" (SELECT epoch FROM campaign_epoch) WHERE id = $1",
				&of, 1, NULL, diag);
	if (err != RQ_OK)
		return err;
	snprintf(text, sizeof text, "%lld", (long long)epoch);
	return store_tell(store, "campaign", bytes_of(text), diag);
}

/* ---- plans ---- */

static const char *what_is_wrong(const struct campaign_plan *plan)
{
	if (plan->title.n == 0 || plan->title.n > AGENT_TEXT)
		return "title";
	if (plan->deadline_ms <= plan->start_ms || plan->start_ms < 0)
		return "deadline";
	if (plan->classes <= 0)
		return "classes";
	if (plan->n_paths > CAP_LEASE_PATHS)
		return "paths";
	if (plan->site_concurrency < 0 || plan->rate < 0 || plan->time_budget_ms < 0 ||
	    plan->cpu_percent < 0 || plan->cpu_percent > 100 ||
	    plan->memory_bytes < 0 || plan->breaker_cpu_ms < 0)
		return "budget";
	return NULL;
}

static enum rq_err put_paths(struct store *store, int64_t campaign,
			     const struct campaign_plan *plan, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < plan->n_paths && err == RQ_OK; i++) {
		const struct store_value values[] = {store_number(campaign),
						     store_number((int64_t)i),
						     store_bytes(plan->paths[i])};

		err = store_run(store,
				"INSERT INTO campaign_path (campaign, place, path)"
				" VALUES ($1, $2, $3)",
				values, 3, NULL, diag);
	}
	return err;
}

enum rq_err campaign_insert(struct store *store, const struct act *act,
			    const struct campaign_plan *plan, int64_t cloned_from,
			    int64_t schedule, int64_t *campaign_out,
			    struct rq_diag *diag)
{
	const char *wrong = what_is_wrong(plan);
	enum rq_err err;

	*campaign_out = 0;
	if (wrong != NULL)
		return rq_fail(diag, RQ_ERR_USAGE, wrong, "no campaign can have this");
	err = store_id(store, campaign_out, diag);
	if (err != RQ_OK)
		return err;
	const struct store_value values[] = {
	    store_number(*campaign_out),
	    store_text(plan->title),
	    store_text(plan->letter),
	    store_number(plan->unit),
	    store_number(plan->classes),
	    store_bytes((struct bytes){plan->kit, AGENT_DIGEST}),
	    store_number(plan->options),
	    store_bytes(plan->scope),
	    store_number(plan->start_ms),
	    store_number(plan->deadline_ms),
	    store_number(plan->live),
	    store_number(plan->site_concurrency),
	    store_number(plan->rate),
	    store_number(plan->time_budget_ms + HOUR_MS),
	    store_number(plan->time_budget_ms),
	    store_number(plan->cpu_percent),
	    store_number(plan->memory_bytes),
	    store_number(plan->breaker_cpu_ms),
	    cloned_from == 0 ? store_null() : store_number(cloned_from),
	    schedule == 0 ? store_null() : store_number(schedule),
	    store_number(act->person),
	    store_number(act->now_ms),
	};

	err = store_run(
	    store,
	    "INSERT INTO campaign (id, title, letter, unit, classes, kit, options, "
	    "scope,"
	    " start_ms, deadline_ms, state, halted, live, epoch, site_concurrency, "
	    "rate,"
	    " lease_ms, time_budget_ms, cpu_percent, memory_bytes, breaker_cpu_ms,"
	    " cloned_from, schedule, created_by, created_ms) VALUES ($1, $2, $3, $4, "
	    "$5,"
	    " $6, $7, $8, $9, $10, 1, 0, $11, 0, $12, $13, $14, $15, $16, $17, $18, "
	    "$19,"
	    " $20, $21, $22)",
	    values, sizeof values / sizeof *values, NULL, diag);
	if (err == RQ_OK)
		err = put_paths(store, *campaign_out, plan, diag);
	return err == RQ_OK ? note(store, act, "campaign.create", *campaign_out,
				   plan->unit, plan->title, diag)
			    : err;
}

enum rq_err campaign_create(struct store *store, const struct act *act,
			    const struct campaign_plan *plan, int64_t *campaign_out,
			    struct rq_diag *diag)
{
	enum rq_err err = store_begin(store, diag);

	*campaign_out = 0;
	if (err != RQ_OK)
		return err;
	err = campaign_insert(store, act, plan, 0, 0, campaign_out, diag);
	return campaign_end_change(store, err, diag);
}

enum rq_err campaign_clone(struct store *store, const struct act *act, int64_t campaign,
			   int64_t start_ms, int64_t deadline_ms, int64_t *campaign_out,
			   struct rq_diag *diag)
{
	struct campaign earlier = {0};
	enum rq_err err = store_begin(store, diag);

	*campaign_out = 0;
	if (err != RQ_OK)
		return err;
	err = campaign_read(store, campaign, &earlier, diag);
	earlier.plan.start_ms = start_ms;
	earlier.plan.deadline_ms = deadline_ms;
	if (err == RQ_OK)
		err = campaign_insert(store, act, &earlier.plan, campaign, 0,
				      campaign_out, diag);
	campaign_free(&earlier);
	return campaign_end_change(store, err, diag);
}

/* ---- reading ---- */

/* Texts are kept as places in room until it does not grow any more. */
static struct bytes keep(struct buffer *room, struct bytes text)
{
	size_t at = room->size;

	buffer_put(room, text.at, text.n);
	return (struct bytes){(const uint8_t *)(uintptr_t)at, text.n};
}

static void settle(const struct buffer *room, struct bytes *text)
{
	text->at = text->n == 0 ? NULL : room->data + (uintptr_t)text->at;
}

static void take_row(const struct store_rows *rows, struct campaign *campaign)
{
	struct campaign_plan *plan = &campaign->plan;
	struct bytes kit = rows_bytes(rows, 4);

	plan->title = keep(&campaign->room, rows_bytes(rows, 0));
	plan->letter = keep(&campaign->room, rows_bytes(rows, 1));
	plan->unit = rows_number(rows, 2);
	plan->classes = rows_number(rows, 3);
	if (kit.n == AGENT_DIGEST)
		memcpy(plan->kit, kit.at, AGENT_DIGEST);
	plan->options = (uint32_t)rows_number(rows, 5);
	plan->scope = keep(&campaign->room, rows_bytes(rows, 6));
	plan->start_ms = rows_number(rows, 7);
	plan->deadline_ms = rows_number(rows, 8);
	campaign->state = (enum campaign_state)rows_number(rows, 9);
	campaign->halted = (enum campaign_halt)rows_number(rows, 10);
	plan->live = rows_number(rows, 11) != 0;
	plan->site_concurrency = rows_number(rows, 12);
	plan->rate = rows_number(rows, 13);
	plan->time_budget_ms = rows_number(rows, 14);
	plan->cpu_percent = rows_number(rows, 15);
	plan->memory_bytes = rows_number(rows, 16);
	plan->breaker_cpu_ms = rows_number(rows, 17);
	campaign->closed_ms = rows_number(rows, 18);
	campaign->cloned_from = rows_number(rows, 19);
	campaign->n_cost = rows_number(rows, 20);
	campaign->cost_cpu_ms = rows_number(rows, 21);
}

static enum rq_err read_paths(struct store *store, struct campaign *campaign,
			      struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign->id);
	struct campaign_plan *plan = &campaign->plan;
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store, "SELECT path FROM campaign_path WHERE campaign = $1 ORDER BY place",
	    &of, 1, &rows, diag);

	while (err == RQ_OK && plan->n_paths < CAP_LEASE_PATHS &&
	       (err = rows_next(rows, diag)) == RQ_OK)
		plan->paths[plan->n_paths++] =
		    keep(&campaign->room, rows_bytes(rows, 0));
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

enum rq_err campaign_read(struct store *store, int64_t id, struct campaign *campaign,
			  struct rq_diag *diag)
{
	const struct store_value of = store_number(id);
	struct store_rows *rows = NULL;
	enum rq_err err;

	*campaign = (struct campaign){.id = id};
	err = store_ask(
	    store,
	    "SELECT title, letter, unit, classes, kit, options, scope, start_ms,"
	    " deadline_ms, state, halted, live, site_concurrency, rate, time_budget_ms,"
	    " cpu_percent, memory_bytes, breaker_cpu_ms, closed_ms, cloned_from,"
	    " (SELECT count(*) FROM campaign_job j WHERE j.campaign = c.id AND "
	    "j.cpu_ms IS"
	    " NOT NULL), (SELECT CAST(coalesce(sum(j.cpu_ms), 0) AS BIGINT) FROM"
	    " campaign_job j WHERE j.campaign = c.id) FROM campaign c WHERE id = $1",
	    &of, 1, &rows, diag);
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		take_row(rows, campaign);
	rows_free(rows);
	if (err == RQ_OK)
		err = read_paths(store, campaign, diag);
	if (err == RQ_OK && !buffer_ok(&campaign->room))
		err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (err != RQ_OK) {
		campaign_free(campaign);
		return err;
	}
	settle(&campaign->room, &campaign->plan.title);
	settle(&campaign->room, &campaign->plan.letter);
	settle(&campaign->room, &campaign->plan.scope);
	for (size_t i = 0; i < campaign->plan.n_paths; i++)
		settle(&campaign->room, &campaign->plan.paths[i]);
	return RQ_OK;
}

void campaign_free(struct campaign *campaign)
{
	buffer_free(&campaign->room);
	*campaign = (struct campaign){0};
}

/* ---- members ---- */

enum rq_err campaign_take_in(struct store *store, int64_t now_ms, int64_t campaign,
			     uint64_t *n_out, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(campaign),
					     store_number(now_ms),
					     store_number(campaign_day(now_ms))};

	/* who had left comes back as the member that it was */
	return store_run(
	    store,
	    "INSERT INTO member (campaign, machine, unit, state, lease_until_ms,"
	    " attempts, added_ms)"
	    " SELECT c.id, mu.machine, mu.unit, 1, 0, 0, $2 FROM campaign c"
	    " JOIN unit_within w ON w.above = c.unit AND w.first_day <= $3"
	    " AND $3 < w.end_day"
	    " JOIN machine_unit mu ON mu.unit = w.unit AND mu.first_day <= $3"
	    " AND $3 < mu.end_day"
	    " AND (c.classes >> CAST(mu.class AS INTEGER)) & 1 = 1"
	    " WHERE c.id = $1"
	    " ON CONFLICT (campaign, machine) DO UPDATE SET left_ms = NULL"
	    " WHERE member.left_ms IS NOT NULL",
	    values, 3, n_out, diag);
}

/* ---- states ---- */

struct place {
	enum campaign_state state;
	enum campaign_halt halted;
	int64_t unit;
	struct buffer title;
};

static enum rq_err place_of(struct store *store, int64_t campaign, struct place *place,
			    struct rq_diag *diag)
{
	const struct store_value of = store_number(campaign);
	struct store_rows *rows = NULL;
	enum rq_err err = store_ask(
	    store, "SELECT state, unit, title, halted FROM campaign WHERE id = $1", &of,
	    1, &rows, diag);

	*place = (struct place){0};
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		place->state = (enum campaign_state)rows_number(rows, 0);
		place->unit = rows_number(rows, 1);
		place->halted = (enum campaign_halt)rows_number(rows, 3);
		buffer_put(&place->title, rows_bytes(rows, 2).at,
			   rows_bytes(rows, 2).n);
		if (!buffer_ok(&place->title))
			err = rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	}
	rows_free(rows);
	return err;
}

/* Which state may follow which: rows from, columns to. */
static const bool may_become[CAMPAIGN_CLOSED + 1][CAMPAIGN_CLOSED + 1] = {
    [CAMPAIGN_DRAFT] = {[CAMPAIGN_RUNNING] = true, [CAMPAIGN_STOPPED] = true},
    [CAMPAIGN_RUNNING] =
	{[CAMPAIGN_PAUSED] = true, [CAMPAIGN_STOPPED] = true, [CAMPAIGN_CLOSED] = true},
    [CAMPAIGN_PAUSED] = {[CAMPAIGN_RUNNING] = true,
			 [CAMPAIGN_STOPPED] = true,
			 [CAMPAIGN_CLOSED] = true},
    [CAMPAIGN_STOPPED] = {[CAMPAIGN_CLOSED] = true},
};

static enum rq_err become(struct store *store, const struct act *act, int64_t campaign,
			  enum campaign_state state, enum campaign_halt why,
			  const char *event, struct rq_diag *diag)
{
	struct place place;
	const struct store_value values[] = {
	    store_number(campaign), store_number((int64_t)state),
	    store_number((int64_t)why),
	    state == CAMPAIGN_CLOSED ? store_number(act->now_ms) : store_null()};
	enum rq_err err = place_of(store, campaign, &place, diag);

	if (err == RQ_OK && !may_become[place.state][state])
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a campaign in state %d cannot come into state %d",
			      place.state, state);
	if (err == RQ_OK)
		err = store_run(store,
				"UPDATE campaign SET state = $2, halted = $3,"
				" closed_ms = CAST($4 AS BIGINT) WHERE id = $1",
				values, 4, NULL, diag);
	if (err == RQ_OK)
		err = campaign_epoch_raise(store, campaign, diag);
	if (err == RQ_OK)
		err = note(store, act, event, campaign, place.unit,
			   buffer_bytes(&place.title), diag);
	buffer_free(&place.title);
	return err;
}

enum rq_err campaign_begin(struct store *store, const struct act *act, int64_t campaign,
			   struct rq_diag *diag)
{
	struct place place;
	enum rq_err err = place_of(store, campaign, &place, diag);

	buffer_free(&place.title);
	if (err == RQ_OK && place.state != CAMPAIGN_DRAFT)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "it was started before");
	if (err == RQ_OK)
		err = campaign_take_in(store, act->now_ms, campaign, NULL, diag);
	if (err == RQ_OK)
		err = become(store, act, campaign, CAMPAIGN_RUNNING, HALT_NONE,
			     "campaign.start", diag);
	return err;
}

enum rq_err campaign_halt(struct store *store, const struct act *act, int64_t campaign,
			  enum campaign_state state, enum campaign_halt why,
			  struct rq_diag *diag)
{
	const char *event = why == HALT_BREAKER        ? "campaign.breaker"
			    : state == CAMPAIGN_PAUSED ? "campaign.pause"
						       : "campaign.stop";

	return become(store, act, campaign, state, why, event, diag);
}

enum rq_err campaign_mark_closed(struct store *store, const struct act *act,
				 int64_t campaign, struct rq_diag *diag)
{
	return become(store, act, campaign, CAMPAIGN_CLOSED, HALT_NONE,
		      "campaign.close", diag);
}

enum rq_err campaign_start(struct store *store, const struct act *act, int64_t campaign,
			   struct rq_diag *diag)
{
	enum rq_err err = store_begin(store, diag);

	if (err != RQ_OK)
		return err;
	return campaign_end_change(store, campaign_begin(store, act, campaign, diag),
				   diag);
}

static enum rq_err halt_alone(struct store *store, const struct act *act,
			      int64_t campaign, enum campaign_state state,
			      struct rq_diag *diag)
{
	enum rq_err err = store_begin(store, diag);

	if (err != RQ_OK)
		return err;
	err = campaign_halt(store, act, campaign, state, HALT_PERSON, diag);
	return campaign_end_change(store, err, diag);
}

enum rq_err campaign_pause(struct store *store, const struct act *act, int64_t campaign,
			   struct rq_diag *diag)
{
	return halt_alone(store, act, campaign, CAMPAIGN_PAUSED, diag);
}

enum rq_err campaign_stop(struct store *store, const struct act *act, int64_t campaign,
			  struct rq_diag *diag)
{
	return halt_alone(store, act, campaign, CAMPAIGN_STOPPED, diag);
}

/* Whether it would be halted by its next end again. */
static enum rq_err budget_is_enough(struct store *store, int64_t campaign,
				    struct rq_diag *diag)
{
	struct campaign now;
	enum rq_err err = campaign_read(store, campaign, &now, diag);

	if (err != RQ_OK)
		return err;
	if (now.halted == HALT_BREAKER && now.plan.breaker_cpu_ms > 0 &&
	    now.cost_cpu_ms > now.plan.breaker_cpu_ms * now.n_cost)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a sweep costs %lld ms of the processor on average",
			      (long long)(now.cost_cpu_ms / now.n_cost));
	campaign_free(&now);
	return err;
}

enum rq_err campaign_resume(struct store *store, const struct act *act,
			    int64_t campaign, int64_t breaker_cpu_ms,
			    struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(campaign),
					     store_number(breaker_cpu_ms)};
	struct place place;
	enum rq_err err = store_begin(store, diag);

	if (err != RQ_OK)
		return err;
	err = place_of(store, campaign, &place, diag);
	buffer_free(&place.title);
	if (err == RQ_OK && place.state != CAMPAIGN_PAUSED)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL, "it is not paused");
	if (err == RQ_OK && breaker_cpu_ms >= 0)
		err = store_run(store,
				"UPDATE campaign SET breaker_cpu_ms = $2 WHERE id = $1",
				values, 2, NULL, diag);
	if (err == RQ_OK)
		err = budget_is_enough(store, campaign, diag);
	if (err == RQ_OK)
		err = become(store, act, campaign, CAMPAIGN_RUNNING, HALT_NONE,
			     "campaign.resume", diag);
	return campaign_end_change(store, err, diag);
}

/* ---- kits ---- */

enum rq_err campaign_kit_add(struct store *store, const struct act *act,
			     struct bytes manifest, struct rq_diag *diag)
{
	enum signed_refusal refusal;
	struct kit kit;
	int64_t id = 0;
	enum rq_err err = kit_read(manifest, &kit, &refusal);

	if (err == RQ_OK && refusal != SIGNED_GOOD)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "no manifest of a kit");
	if (err == RQ_OK)
		err = store_begin(store, diag);
	if (err != RQ_OK)
		return err;
	err = store_id(store, &id, diag);
	const struct store_value values[] = {
	    store_number(id),
	    store_bytes((struct bytes){kit.digest, AGENT_DIGEST}),
	    store_text(kit.name),
	    store_text(kit.version),
	    store_bytes(manifest),
	    store_number((int64_t)kit.made_ms)};

	if (err == RQ_OK)
		err = store_run(store,
				"INSERT INTO kit (id, digest, name, version, manifest,"
				" signed_ms) VALUES ($1, $2, $3, $4, $5, $6)"
				" ON CONFLICT (digest) DO NOTHING",
				values, 6, NULL, diag);
	if (err == RQ_OK)
		err = note(store, act, "kit.add", id, 0, kit.name, diag);
	return campaign_end_change(store, err, diag);
}
