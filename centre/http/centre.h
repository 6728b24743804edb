/* What the functions of the routes work on: one centre, one process. */
#ifndef RAQUET_CENTRE_HTTP_CENTRE_H
#define RAQUET_CENTRE_HTTP_CENTRE_H

#include "centre/http/route.h"
#include "centre/people/session.h"
#include "centre/store/store.h"
#include "world/world.h"

enum {
	CENTRE_DAY_MS = 24 * 60 * 60 * 1000,
	CENTRE_LOCAL_MS = 7 * 60 * 60 * 1000, /* that local time is ahead of UTC */
};

struct machine_desk;

struct centre {
	const struct world *world;
	struct store *store;
	struct http_server *server;
	struct router router;
	struct gate gate;          /* of people */
	struct machine_desk *desk; /* NULL: machines are answered 503 */
	bool lost_change;          /* one of this turn was taken back already */
	bool has_change;           /* a change is open: committed when the turn ends */
	uint64_t n_commits, n_refused_commits;
	uint64_t room_bytes; /* that must stay free where the store is; 0: not asked */
	const char *folder;  /* where that is */
};

/*
 * A route that changes something asks for this before its first statement, then works
 * inside a part of its own (store_part_begin), and says http_reply_after_commit.
 */
RQ_MUST_USE enum rq_err centre_change(struct centre *centre, struct rq_diag *diag);

/* Commits what is open, for a function that makes changes of its own. */
RQ_MUST_USE enum rq_err centre_settle(struct centre *centre);

/* What a person may see today, with any of roles. */
struct reach centre_reach(const struct centre *centre,
			  const struct route_person *person, int64_t roles);

/* who_is of the router: by session or token. */
enum rq_err centre_who_is(void *centre, const struct http_request *request,
			  const char *scope, struct route_person *person);

/* turn_end of a http_handler whose self is a router of this centre: commits. */
bool centre_turn_end(void *router);

/* has_room of the router. */
bool centre_has_room(void *centre, uint64_t n);

/* All rows of the centre. */
extern const struct route_table *const centre_tables[];
extern const size_t centre_n_tables;

/* ---- one table a file ---- */

extern const struct route_table routes_agents, routes_health, routes_people,
    routes_units;

#endif
