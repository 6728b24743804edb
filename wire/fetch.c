#include "wire/fetch.h"

#include "wire/both.h"

static void walk_fetch(struct both *both, struct agent_fetch *fetch)
{
	both_choice(both, &fetch->what, N_FETCH_WHATS);
	both_fixed(both, fetch->digest, sizeof fetch->digest);
	both_u64(both, &fetch->off);
}
BOTH_WAYS(agent_fetch, walk_fetch, AGENT_FETCH)

static void walk_part(struct both *both, struct agent_part *part)
{
	both_u64(both, &part->size);
	both_u64(both, &part->off);
	both_bytes(both, &part->data, CAP_AGENT_PART);
	/* a piece lies inside of the whole */
	if (part->off > part->size || part->data.n > part->size - part->off)
		both_refuse(both);
}
BOTH_WAYS(agent_part, walk_part, AGENT_PART)
