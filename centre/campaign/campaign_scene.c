#include "centre/campaign/campaign_scene.h"

void fleet_make(void **state, struct fleet *fleet)
{
	fleet->store = scene_store(state);
	world_virtual(&fleet->virtual, 1, SCENE_START_MS, &fleet->world);
}

int64_t fleet_today(const struct fleet *fleet)
{
	return campaign_day((int64_t)fleet->virtual.utc_ms);
}

struct act fleet_act(const struct fleet *fleet)
{
	return act_of(7, &fleet->world);
}

void fleet_run(struct fleet *fleet, const char *sql, const struct store_value *values,
	       size_t n)
{
	SCENE_OK(store_begin(fleet->store, &scene_diag));
	SCENE_OK(store_run(fleet->store, sql, values, n, NULL, &scene_diag));
	SCENE_OK(store_commit(fleet->store, &scene_diag));
}

int64_t fleet_number(struct fleet *fleet, const char *sql,
		     const struct store_value *values, size_t n)
{
	int64_t number = 0;

	SCENE_OK(store_ask_number(fleet->store, sql, values, n, &number, &scene_diag));
	return number;
}

static int64_t new_id(struct fleet *fleet)
{
	int64_t id = 0;

	SCENE_OK(store_begin(fleet->store, &scene_diag));
	SCENE_OK(store_id(fleet->store, &id, &scene_diag));
	SCENE_OK(store_commit(fleet->store, &scene_diag));
	return id;
}

int64_t fleet_unit(struct fleet *fleet, int64_t parent)
{
	const struct store_value values[] = {
	    store_number(new_id(fleet)), store_number(parent),
	    store_number(fleet_today(fleet)), store_number(SCENE_FOREVER)};

	fleet_run(fleet, "INSERT INTO unit (id, created_ms) VALUES ($1, 0)", values, 1);
	fleet_run(fleet,
		  "INSERT INTO unit_within (unit, above, first_day, end_day, depth)"
		  " SELECT $1, CAST($1 AS BIGINT), $3, $4, 0 UNION ALL"
		  " SELECT $1, above, $3, $4, depth + 1 FROM unit_within"
		  " WHERE unit = $2 AND end_day = $4",
		  values, 4);
	return values[0].number;
}

int64_t fleet_machine(struct fleet *fleet, int64_t unit, int64_t class)
{
	const struct store_value values[] = {
	    store_number(new_id(fleet)), store_number(unit),
	    store_number(fleet_today(fleet)), store_number(class),
	    store_number(SCENE_FOREVER)};

	fleet_run(
	    fleet,
	    "INSERT INTO machine (id, name, folded, asset_tag, serial, created_ms)"
	    " VALUES ($1, '', '', '', '', 0)",
	    values, 1);
	/* an exemption has an approver and an end */
	fleet_run(fleet,
		  "INSERT INTO machine_unit (machine, unit, first_day, end_day, class,"
		  " approver, by_person) VALUES ($1, $2, $3, $5 - CASE WHEN $4 = 5"
		  " THEN 1 ELSE 0 END, $4, CASE WHEN $4 = 5 THEN 'x' END, 0)",
		  values, 5);
	return values[0].number;
}

void fleet_move_machine(struct fleet *fleet, int64_t machine, int64_t unit)
{
	const struct store_value values[] = {store_number(machine), store_number(unit),
					     store_number(fleet_today(fleet)),
					     store_number(SCENE_FOREVER)};

	fleet_run(fleet,
		  "INSERT INTO machine_unit (machine, unit, first_day, end_day, class,"
		  " by_person) SELECT machine, $2, $3, $4, class, 0 FROM machine_unit"
		  " WHERE machine = $1 AND first_day < $3 AND end_day = $4",
		  values, 4);
	fleet_run(fleet,
		  "UPDATE machine_unit SET end_day = $2 WHERE machine = $1"
		  " AND first_day < $2 AND end_day = $3",
		  (const struct store_value[]){values[0], values[2], values[3]}, 3);
	fleet_run(fleet,
		  "UPDATE machine_unit SET unit = $2 WHERE machine = $1"
		  " AND first_day = $3",
		  values, 3);
}

void fleet_merge(struct fleet *fleet, int64_t unit, int64_t into)
{
	const struct store_value values[] = {store_number(unit), store_number(into),
					     store_number(fleet_today(fleet)),
					     store_number(SCENE_FOREVER)};

	/* only units without others below them are merged here */
	fleet_run(fleet, "DELETE FROM unit_within WHERE unit = $1 AND first_day = $2",
		  (const struct store_value[]){values[0], values[2]}, 2);
	fleet_run(fleet,
		  "UPDATE unit_within SET end_day = $2 WHERE unit = $1"
		  " AND end_day = $3",
		  (const struct store_value[]){values[0], values[2], values[3]}, 3);
	fleet_run(fleet,
		  "INSERT INTO machine_unit (machine, unit, first_day, end_day, class,"
		  " by_person) SELECT machine, $2, $3, $4, class, 0 FROM machine_unit"
		  " WHERE unit = $1 AND first_day < $3 AND end_day = $4",
		  values, 4);
	fleet_run(fleet,
		  "UPDATE machine_unit SET end_day = $2 WHERE unit = $1"
		  " AND first_day < $2 AND end_day = $3",
		  (const struct store_value[]){values[0], values[2], values[3]}, 3);
	fleet_run(fleet,
		  "UPDATE machine_unit SET unit = $2 WHERE unit = $1"
		  " AND first_day = $3",
		  values, 3);
}

void fleet_declare(struct fleet *fleet, int64_t unit, int64_t number)
{
	const struct store_value values[] = {
	    store_number(unit), store_number(fleet_today(fleet)), store_number(number)};

	fleet_run(fleet,
		  "INSERT INTO declared (unit, day, number, by_person, noted_ms)"
		  " VALUES ($1, $2, $3, 0, 0)",
		  values, 3);
}

void fleet_excuse(struct fleet *fleet, int64_t machine, int64_t reason)
{
	const struct store_value values[] = {
	    store_number(machine), store_number(reason),
	    store_number(fleet_today(fleet)), store_number(SCENE_FOREVER)};

	fleet_run(fleet,
		  "INSERT INTO machine_reason (machine, reason, first_day, end_day,"
		  " by_person, note) VALUES ($1, $2, $3, $4 - 1, 0, '')",
		  values, 4);
}

struct campaign_plan fleet_plan(struct fleet *fleet, int64_t unit)
{
	struct campaign_plan plan = campaign_plan_default();

	plan.title = bytes_of("R\xc3\xa0 qu\xc3\xa9t \xc4\x91\xe1\xbb\xa3t 1");
	plan.letter = bytes_of("12/STTTT-CNTT");
	plan.unit = unit;
	plan.start_ms = (int64_t)fleet->virtual.utc_ms;
	plan.deadline_ms = plan.start_ms + 30 * (int64_t)SCENE_DAY;
	plan.site_concurrency = 0;
	plan.rate = 0;
	return plan;
}

int64_t fleet_campaign(struct fleet *fleet, const struct campaign_plan *plan)
{
	const struct act act = fleet_act(fleet);
	int64_t campaign = 0;

	SCENE_OK(campaign_create(fleet->store, &act, plan, &campaign, &scene_diag));
	SCENE_OK(campaign_start(fleet->store, &act, campaign, &scene_diag));
	return campaign;
}

int64_t fleet_lease(struct fleet *fleet, int64_t machine)
{
	static struct agent_check_in check_in;
	struct campaign_offer offer;
	int64_t job;

	SCENE_OK(campaign_check_in(fleet->store, &fleet->world, machine, &check_in,
				   &offer, &scene_diag));
	job = offer.has_lease ? (int64_t)offer.lease.job : 0;
	campaign_offer_free(&offer);
	return job;
}
