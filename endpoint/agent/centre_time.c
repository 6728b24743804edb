#include "endpoint/agent/centre_time.h"

void centre_time_start(struct centre_time *time, const struct world *world)
{
	*time = (struct centre_time){.world = world};
}

void centre_time_learn(struct centre_time *time, uint64_t utc_ms)
{
	time->learned_ms = utc_ms;
	time->at_ms = world_monotonic_ms(time->world);
}

uint64_t centre_time_now(const struct centre_time *time)
{
	uint64_t since = world_monotonic_ms(time->world) - time->at_ms;

	if (time->learned_ms == 0)
		return 0;
	return since > UINT64_MAX - time->learned_ms ? UINT64_MAX
						     : time->learned_ms + since;
}

bool centre_time_ahead(const struct centre_time *time, int64_t *ahead_ms_out)
{
	uint64_t now = centre_time_now(time), own = world_utc_ms(time->world);
	bool is_ahead = own > now;
	uint64_t apart = is_ahead ? own - now : now - own;

	if (apart > INT64_MAX)
		apart = INT64_MAX;
	*ahead_ms_out = is_ahead ? (int64_t)apart : -(int64_t)apart;
	return now != 0;
}

bool centre_time_is_unsure(const struct centre_time *time)
{
	int64_t ahead;

	return !centre_time_ahead(time, &ahead) || ahead > CENTRE_TIME_TOLERANCE_MS ||
	       ahead < -CENTRE_TIME_TOLERANCE_MS;
}
