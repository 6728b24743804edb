/*
 * Campaigns: a letter, the machines it is about, the kit they are swept with, a start and
 * a deadline.
 *
 * What a person does to one is an act: it takes who did it, is made in one change with its
 * entry in the audit, and raises the epoch where a machine may have something to fetch.
 * Whether that person may is asked before, with the unit of the campaign.
 *
 * What machines are given of it is centre/campaign/lease.h; what came back and is counted
 * is centre/result.
 */
#ifndef RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_H
#define RAQUET_CENTRE_CAMPAIGN_CAMPAIGN_H

#include "centre/store/store.h"
#include "wire/agent.h"
#include "world/world.h"

enum campaign_state {
	CAMPAIGN_DRAFT = 1,
	CAMPAIGN_RUNNING,
	CAMPAIGN_PAUSED,  /* gives no more leases; what runs goes on to its end */
	CAMPAIGN_STOPPED, /* the same, for good */
	CAMPAIGN_CLOSED,  /* the figures of closed_ms stay; what comes later is apart */
};

/* Why it is paused or stopped. */
enum campaign_halt {
	HALT_NONE,
	HALT_PERSON,
	HALT_BREAKER, /* sweeps cost more than they may, on average */
};

enum machine_class_mask {
	CLASSES_SWEPT = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4, /* all but the exempt */
};

/* What a campaign is made of. */
struct campaign_plan {
	struct bytes title,
	    letter;      /* number and date of the letter, as people write it */
	int64_t unit;    /* with all below it */
	int64_t classes; /* bit 1 << class of a machine */
	uint8_t kit[AGENT_DIGEST];
	uint32_t options;   /* enum lease_option */
	struct bytes scope; /* docs/scope-format.md, or empty */
	struct bytes paths[CAP_LEASE_PATHS];
	size_t n_paths;
	int64_t start_ms, deadline_ms;
	bool live; /* machines that come into the scope later are members too */
	/* 0: no bound of its kind */
	int64_t site_concurrency; /* sweeps at once in one unit, of all campaigns */
	int64_t rate;             /* leases a minute */
	int64_t time_budget_ms, cpu_percent, memory_bytes; /* of one machine */
	int64_t breaker_cpu_ms; /* processor time that a sweep may cost on average */
};
struct campaign_plan campaign_plan_default(void);

enum {
	CAMPAIGN_BREAKER_AFTER = 50, /* machines, before an average says anything */
	CAMPAIGN_ATTEMPTS = 3,       /* leases of one machine that may run out */
};

/* Who acts and when; 0: the centre itself. */
struct act {
	int64_t person;
	int64_t now_ms;
};
struct act act_of(int64_t person, const struct world *world);

/*
 * Each of these is one change of its own.  RQ_ERR_USAGE: a plan that nobody can have
 * meant, diag says which part.  RQ_ERR_NOT_FOUND: there is no such campaign.
 * RQ_ERR_CONFLICT: its state does not allow it.
 */
RQ_MUST_USE enum rq_err campaign_create(struct store *store, const struct act *act,
					const struct campaign_plan *plan,
					int64_t *campaign_out, struct rq_diag *diag);
/* A draft with the plan of an earlier one, for start_ms to deadline_ms. */
RQ_MUST_USE enum rq_err campaign_clone(struct store *store, const struct act *act,
				       int64_t campaign, int64_t start_ms,
				       int64_t deadline_ms, int64_t *campaign_out,
				       struct rq_diag *diag);
/* Makes the members: those that the register has in the scope now. */
RQ_MUST_USE enum rq_err campaign_start(struct store *store, const struct act *act,
				       int64_t campaign, struct rq_diag *diag);
RQ_MUST_USE enum rq_err campaign_pause(struct store *store, const struct act *act,
				       int64_t campaign, struct rq_diag *diag);
/* breaker_cpu_ms: what a sweep may cost from now on; below 0: as before.  One that the
 * breaker halted needs more than the average so far, or RQ_ERR_CONFLICT. */
RQ_MUST_USE enum rq_err campaign_resume(struct store *store, const struct act *act,
					int64_t campaign, int64_t breaker_cpu_ms,
					struct rq_diag *diag);
RQ_MUST_USE enum rq_err campaign_stop(struct store *store, const struct act *act,
				      int64_t campaign, struct rq_diag *diag);
/* Inside an open change: what closing freezes belongs to whoever counts. */
RQ_MUST_USE enum rq_err campaign_mark_closed(struct store *store, const struct act *act,
					     int64_t campaign, struct rq_diag *diag);

struct campaign {
	int64_t id;
	struct campaign_plan plan; /* texts lie in room */
	enum campaign_state state;
	enum campaign_halt halted;
	int64_t closed_ms;           /* 0: it is not */
	int64_t cloned_from;         /* 0: of none */
	int64_t n_cost, cost_cpu_ms; /* sweeps that ended, and what they cost */
	struct buffer room;
};
RQ_MUST_USE enum rq_err campaign_read(struct store *store, int64_t campaign,
				      struct campaign *campaign_out,
				      struct rq_diag *diag);
void campaign_free(struct campaign *campaign);

/* Days are those of the province, seven hours before UTC. */
int64_t campaign_day(int64_t utc_ms);

/* ---- kits ---- */

/* A manifest whose signature was verified (wire/kit.h); one that is here is taken again. */
RQ_MUST_USE enum rq_err campaign_kit_add(struct store *store, const struct act *act,
					 struct bytes manifest, struct rq_diag *diag);

/* ---- again and again ---- */

struct campaign_schedule {
	int64_t model; /* the campaign whose plan is taken */
	int64_t unit, classes;
	int64_t every_days, open_days; /* from start to deadline */
	int64_t first_ms;
};
RQ_MUST_USE enum rq_err campaign_schedule_add(struct store *store,
					      const struct act *act,
					      const struct campaign_schedule *schedule,
					      int64_t *schedule_out,
					      struct rq_diag *diag);
RQ_MUST_USE enum rq_err campaign_schedule_end(struct store *store,
					      const struct act *act, int64_t schedule,
					      struct rq_diag *diag);

/*
 * What time brings: schedules that are due make and start a campaign; live campaigns
 * take in and let go; leases that ran out too often are given up.  Any centre may call
 * it, as often as it likes: what is done is done once.
 */
RQ_MUST_USE enum rq_err campaign_tick(struct store *store, const struct world *world,
				      struct rq_diag *diag);

#endif
