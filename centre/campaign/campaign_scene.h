/*
 * For tests of campaigns and results: units, machines and a virtual clock on any kind of
 * store.
 */
#ifndef RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_SCENE_H
#define RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_SCENE_H

#include "centre/campaign/lease.h"
#include "centre/store/store_scene.h"
#include "world/virtual.h"

#define SCENE_START_MS 1600000000000
#define SCENE_FOREVER  2932897

enum {
	SCENE_MINUTE = 60 * 1000,
	SCENE_HOUR = 60 * SCENE_MINUTE,
	SCENE_DAY = 24 * SCENE_HOUR
};

/* One for the whole case. */
struct fleet {
	struct store *store;
	struct world_virtual virtual;
	struct world world;
};
void fleet_make(void **state, struct fleet *fleet);
int64_t fleet_today(const struct fleet *fleet);
struct act fleet_act(const struct fleet *fleet);

/* parent 0: the top. */
int64_t fleet_unit(struct fleet *fleet, int64_t parent);
int64_t fleet_machine(struct fleet *fleet, int64_t unit, int64_t class);
/* From today on. */
void fleet_move_machine(struct fleet *fleet, int64_t machine, int64_t unit);
/* The unit ends; its machines and all below it are into's from today on. */
void fleet_merge(struct fleet *fleet, int64_t unit, int64_t into);
void fleet_declare(struct fleet *fleet, int64_t unit, int64_t number);
void fleet_excuse(struct fleet *fleet, int64_t machine, int64_t reason);

/* A running campaign over unit, without bounds. */
struct campaign_plan fleet_plan(struct fleet *fleet, int64_t unit);
int64_t fleet_campaign(struct fleet *fleet, const struct campaign_plan *plan);
/* The job that a check-in gives; 0: none. */
int64_t fleet_lease(struct fleet *fleet, int64_t machine);

void fleet_run(struct fleet *fleet, const char *sql, const struct store_value *values,
	       size_t n);
int64_t fleet_number(struct fleet *fleet, const char *sql,
		     const struct store_value *values, size_t n);

#endif
