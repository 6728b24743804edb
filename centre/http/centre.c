#include "centre/http/centre.h"

#include <stdio.h>
#include <sys/statvfs.h>

enum rq_err centre_change(struct centre *centre, struct rq_diag *diag)
{
	enum rq_err err;

	if (centre->has_change)
		return RQ_OK;
	err = store_begin(centre->store, diag);
	centre->has_change = err == RQ_OK;
	return err;
}

enum rq_err centre_settle(struct centre *centre)
{
	enum rq_err err;

	if (!centre->has_change)
		return RQ_OK;
	centre->has_change = false;
	err = store_commit(centre->store, NULL);
	if (err != RQ_OK)
		store_rollback(centre->store);
	centre->n_commits += err == RQ_OK;
	centre->n_refused_commits += err != RQ_OK;
	centre->lost_change |= err != RQ_OK;
	return err;
}

bool centre_turn_end(void *self)
{
	struct router *router = self;
	struct centre *centre = router->centre;
	bool fine = centre_settle(centre) == RQ_OK && !centre->lost_change;

	centre->lost_change = false;
	return fine;
}

struct reach centre_reach(const struct centre *centre,
			  const struct route_person *person, int64_t roles)
{
	int64_t now = (int64_t)world_utc_ms(centre->world);

	return (struct reach){.person = person->id,
			      .roles = roles,
			      .now_ms = now,
			      .day = (now + CENTRE_LOCAL_MS) / CENTRE_DAY_MS};
}

bool centre_has_room(void *self, uint64_t n)
{
	struct centre *centre = self;
	struct statvfs disk;

	if (centre->folder == NULL || statvfs(centre->folder, &disk) != 0)
		return true;
	return (uint64_t)disk.f_bavail * disk.f_frsize >= centre->room_bytes + n;
}
