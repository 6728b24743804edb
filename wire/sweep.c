#include "wire/sweep.h"

#include "wire/both.h"

static void walk_begin(struct both *both, struct sweep_begin *begin)
{
	both_u64(both, &begin->campaign);
	both_fixed(both, begin->kit, AGENT_DIGEST);
	both_bytes(both, &begin->content, AGENT_TEXT);
	both_fixed(both, begin->clocks.boot_id, AGENT_BOOT_ID);
	both_u64(both, &begin->clocks.monotonic_ms);
	both_u64(both, &begin->clocks.utc_ms);
	both_bool(both, &begin->time_unsure);
}
BOTH_WAYS(sweep_begin, walk_begin, RECORD_SWEEP_BEGIN)

static void walk_progress(struct both *both, struct sweep_progress *progress)
{
	both_u64(both, &progress->n_seen);
	both_u64(both, &progress->bytes_scanned);
	both_u16(both, &progress->done_permille);
	if (progress->done_permille > 1000)
		both_refuse(both);
}
BOTH_WAYS(sweep_progress, walk_progress, RECORD_PROGRESS)

static void walk_gaps(struct both *both, struct sweep_gaps *gaps)
{
	size_t n = N_GAP_REASONS; /* an older program knows fewer */

	both_count(both, &n, N_GAP_REASONS);
	for (size_t i = 0; i < n; i++)
		both_u64(both, &gaps->n[i]);
}
BOTH_WAYS(sweep_gaps, walk_gaps, RECORD_GAPS)

static void walk_end(struct both *both, struct sweep_end *end)
{
	both_u64(both, &end->campaign);
	both_choice(both, &end->verdict, VERDICT_UNKNOWN + 1);
	both_u64(both, &end->started_ms);
	both_u64(both, &end->ended_ms);
	both_u64(both, &end->n_seen);
	both_u64(both, &end->n_scanned);
	both_u64(both, &end->n_found);
	both_u64(both, &end->n_findings);
	both_u64(both, &end->n_gaps);
	both_u64(both, &end->bytes_scanned);
	both_u64(both, &end->cpu_ms);
	both_u64(both, &end->peak_memory_bytes);
	both_bytes(both, &end->summary, CAP_AGENT_RECORD);
}
BOTH_WAYS(sweep_end, walk_end, RECORD_SWEEP_END)

static void walk_refused(struct both *both, struct job_refused *refused)
{
	both_u64(both, &refused->campaign);
	both_u8(both, &refused->reason);
	both_u8(both, &refused->policy);
	both_u32(both, &refused->n_deaths);
	both_u32(both, &refused->n_cuts);
}
BOTH_WAYS(job_refused, walk_refused, RECORD_JOB_REFUSED)
