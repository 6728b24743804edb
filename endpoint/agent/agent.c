#include "endpoint/agent/agent.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"
#include "endpoint/agent/kits.h"
#include "wire/sweep.h"

#include <string.h>

enum step {
	STEP_NONE,
	STEP_CHECK_IN,
	STEP_POSTURE,
	STEP_NEIGHBOURS,
	STEP_FETCH,
	STEP_OFFER,
	STEP_DELIVERY,
};

enum {
	PATIENCE_MS = 60 * 1000, /* for any answer, besides what it may be held */
	BAD_FETCHES = 2,         /* of one kit; then its job is refused */
};

struct agent {
	struct agent_options options;
	struct spool *spool;
	struct jobs *jobs;
	struct schedule schedule;
	struct centre_time time;
	struct identity identity;
	struct run_counts counts;

	struct buffer policy_file;
	struct policy policy;
	bool has_policy;

	/* what is under way */
	enum step step;
	uint8_t nonce[AGENT_NONCE];
	bool is_held;
	uint64_t hurry_at_ms; /* the held check-in gives way; 0: it does not */
	struct agent_fetch fetch;

	/* what the last check-in brought */
	bool in_session;
	uint32_t hold_ms, wants;
	uint64_t take_bytes, epoch, policy_serial;
	uint8_t posture[AGENT_DIGEST];

	/* what is being fetched, while it is small enough for memory */
	struct buffer fetched;
	unsigned n_bad;
	uint8_t last_kit[AGENT_DIGEST]; /* stays for the next sweep */

	struct buffer lease_room, kit_room;
	struct lease lease;
	struct kit kit;
};

void agent_options_default(struct agent_options *options)
{
	*options = (struct agent_options){
	    .hurry_ms = 10 * 1000, .program = RAQUET_VERSION, .content = ""};
	spool_options_default(&options->spool);
	schedule_options_default(&options->schedule);
}

static void load_policy(struct agent *agent)
{
	agent->has_policy = policy_load(agent->options.disk, &agent->policy_file,
					&agent->policy) == RQ_OK;
}

enum rq_err agent_open(const struct agent_options *options, struct agent **agent_out)
{
	struct agent *agent = alloc_array(1, sizeof *agent);
	enum rq_err err = RQ_ERR_MEMORY;

	*agent_out = NULL;
	if (agent == NULL)
		return RQ_ERR_MEMORY;
	agent->options = *options;
	err = spool_open(options->disk, options->world, &options->spool, &agent->spool);
	if (err == RQ_OK)
		err = jobs_open(options->disk, options->world, agent->spool,
				&agent->jobs);
	if (err == RQ_OK)
		err = jobs_report(agent->jobs, 0);
	if (err == RQ_OK) {
		identity_load(options->disk, &agent->identity);
		run_counts_load(options->disk, &agent->counts);
		agent->counts.n_deaths += agent->counts.is_running;
		agent->counts.n_starts++;
		agent->counts.is_running = true;
		err = run_counts_keep(options->disk, &agent->counts);
	}
	if (err != RQ_OK) {
		jobs_close(agent->jobs);
		spool_close(agent->spool);
		alloc_free(agent);
		return err;
	}
	load_policy(agent);
	schedule_start(&agent->schedule, options->world, &options->schedule);
	centre_time_start(&agent->time, options->world);
	*agent_out = agent; /* transferred */
	return RQ_OK;
}

void agent_close(struct agent *agent)
{
	if (agent == NULL)
		return;
	agent->counts.is_running = false;
	/* one that fails shows as a death, which is a hint for people */
	if (spool_flush(agent->spool) == RQ_OK)
		(void)!run_counts_keep(agent->options.disk, &agent->counts);
	jobs_close(agent->jobs);
	spool_close(agent->spool);
	buffer_free(&agent->policy_file);
	buffer_free(&agent->fetched);
	buffer_free(&agent->lease_room);
	buffer_free(&agent->kit_room);
	alloc_free(agent);
}

/* ---- what is sent ---- */

static uint64_t waiting_records(const struct agent *agent, struct agent_offer *offer)
{
	struct agent_spool_state state[N_AGENT_CLASSES];

	spool_state(agent->spool, state);
	for (uint8_t i = 0; i < N_AGENT_CLASSES; i++)
		if (state[i].n_records > 0) {
			*offer =
			    (struct agent_offer){i, state[i].bytes, state[i].n_records};
			return state[i].n_records;
		}
	return 0;
}

static struct agent_clocks clocks(const struct agent *agent)
{
	const struct world *world = agent->options.world;
	struct agent_clocks clocks = {.monotonic_ms = world_monotonic_ms(world),
				      .utc_ms = world_utc_ms(world)};

	world_boot_id(world, clocks.boot_id);
	return clocks;
}

static bool write_check_in(struct agent *agent, struct buffer *message)
{
	struct agent_check_in check_in = {
	    .clocks = clocks(agent),
	    .campaign_epoch = agent->epoch,
	    .program = bytes_of(agent->options.program),
	    .content = bytes_of(agent->options.content),
	    .policy_serial = agent->has_policy ? agent->policy.serial : 0,
	    .n_starts = agent->counts.n_starts,
	    .n_deaths = agent->counts.n_deaths,
	};
	const struct job *jobs;

	if (world_fill(agent->options.world, agent->nonce, AGENT_NONCE) != RQ_OK)
		return false;
	memcpy(check_in.nonce, agent->nonce, AGENT_NONCE);
	memcpy(check_in.posture, agent->posture, AGENT_DIGEST);
	if (agent->options.peak_memory != NULL)
		check_in.peak_memory_bytes =
		    agent->options.peak_memory(agent->options.machine);
	agent->counts.counter++;
	/* a disk that keeps nothing is told, and no reason for silence */
	if (run_counts_keep(agent->options.disk, &agent->counts) != RQ_OK)
		check_in.flags |= CHECK_IN_NOT_DURABLE;
	check_in.counter = agent->counts.counter;
	if (!spool_takes_sweeps(agent->spool))
		check_in.flags |= CHECK_IN_NO_SWEEPS;
	if (spool_is_stuck(agent->spool))
		check_in.flags |= CHECK_IN_STUCK;
	if (centre_time_is_unsure(&agent->time))
		check_in.flags |= CHECK_IN_TIME_UNSURE;
	spool_state(agent->spool, check_in.spool);
	check_in.n_jobs = jobs_list(agent->jobs, &jobs);
	for (size_t i = 0; i < check_in.n_jobs; i++)
		check_in.jobs[i] =
		    (struct agent_job_state){jobs[i].id, jobs[i].state, 0};
	agent_check_in_encode(&check_in, message);
	return buffer_ok(message);
}

static bool write_posture(struct agent *agent, struct buffer *message)
{
	struct agent_posture posture = {.n_updates = POSTURE_UPDATES_UNKNOWN};
	uint8_t digest[DIGEST_MAX_SIZE];

	if (agent->options.posture != NULL)
		agent->options.posture(agent->options.machine, &posture);
	posture.program = bytes_of(agent->options.program);
	posture.content = bytes_of(agent->options.content);
	posture.policy_serial = agent->has_policy ? agent->policy.serial : 0;
	agent_posture_encode(&posture, message);
	if (!buffer_ok(message) ||
	    digest_of(DIGEST_SHA256, buffer_bytes(message), digest) != RQ_OK)
		return false;
	memcpy(agent->posture, digest, AGENT_DIGEST);
	return true;
}

static bool write_neighbours(struct agent *agent, struct buffer *message)
{
	struct agent_neighbours *rows = alloc_array(1, sizeof *rows);

	if (rows == NULL)
		return false;
	if (agent->options.neighbours != NULL)
		agent->options.neighbours(agent->options.machine, rows);
	agent_neighbours_encode(rows, message);
	alloc_free(rows);
	return buffer_ok(message);
}

/* The kit of the job that is next: the manifest first, then each file. */
static bool needs_fetch(struct agent *agent)
{
	const struct job *job = jobs_next(agent->jobs);
	bool missing = false;
	enum rq_err err;

	if (job == NULL || jobs_lease(agent->jobs, job->id, &agent->lease_room,
				      &agent->lease) != RQ_OK)
		return false;
	err = kits_load(agent->options.kits, agent->lease.kit, &agent->kit_room,
			&agent->kit);
	if (err == RQ_ERR_NOT_FOUND) {
		agent->fetch =
		    (struct agent_fetch){.what = FETCH_KIT, .off = agent->fetched.size};
		memcpy(agent->fetch.digest, agent->lease.kit, AGENT_DIGEST);
		return true;
	}
	if (err == RQ_OK)
		err = kits_missing(agent->options.kits, &agent->kit, &agent->fetch,
				   &missing);
	if (err == RQ_ERR_LIMIT)
		(void)!agent_refuse(agent, job->id, JOB_KIT);
	return err == RQ_OK && missing;
}

static bool write_fetch(struct agent *agent, struct buffer *message)
{
	if (agent->wants & WANT_POLICY)
		agent->fetch = (struct agent_fetch){.what = FETCH_POLICY,
						    .off = agent->fetched.size};
	else if (!needs_fetch(agent))
		return false;
	agent_fetch_encode(&agent->fetch, message);
	return buffer_ok(message);
}

static bool write_delivery(struct agent *agent, struct buffer *message)
{
	struct agent_delivery delivery;

	if (spool_lease(agent->spool, agent->take_bytes, &delivery) != RQ_OK)
		return false;
	agent_delivery_encode(&delivery, message);
	return buffer_ok(message);
}

/* More than the centre said it would take: ask. */
static bool write_offer(struct agent *agent, struct buffer *message)
{
	struct agent_offer offer;

	if (waiting_records(agent, &offer) == 0)
		return false;
	agent_offer_encode(&offer, message);
	return buffer_ok(message);
}

/* In the order of a session; a step that has nothing to say writes nothing. */
static enum step write_next(struct agent *agent, struct buffer *message)
{
	if (agent->wants & WANT_POSTURE && write_posture(agent, message))
		return STEP_POSTURE;
	buffer_clear(message);
	if (agent->take_bytes > 0 && write_delivery(agent, message))
		return STEP_DELIVERY;
	buffer_clear(message);
	if (write_fetch(agent, message))
		return STEP_FETCH;
	buffer_clear(message);
	if (agent->wants & WANT_NEIGHBOURS && write_neighbours(agent, message))
		return STEP_NEIGHBOURS;
	buffer_clear(message);
	return agent->take_bytes > 0 && write_offer(agent, message) ? STEP_OFFER
								    : STEP_NONE;
}

bool agent_next(struct agent *agent, struct buffer *message, uint32_t *wait_ms_out)
{
	*wait_ms_out = PATIENCE_MS;
	buffer_clear(message);
	if (agent->step == STEP_CHECK_IN && agent->hurry_at_ms > 0 &&
	    agent_wait_ms(agent) == 0)
		agent->step = STEP_NONE;
	if (agent->step != STEP_NONE || !agent->identity.is_known)
		return false;
	if (agent->in_session)
		agent->step = write_next(agent, message);
	if (agent->step != STEP_NONE)
		return true;
	agent->in_session = false;
	if (schedule_wait_ms(&agent->schedule) > 0)
		return false;
	buffer_clear(message);
	if (!write_check_in(agent, message)) {
		schedule_failed(&agent->schedule);
		return false;
	}
	agent->step = STEP_CHECK_IN;
	agent->is_held = agent->hold_ms > 0;
	agent->hurry_at_ms = 0;
	*wait_ms_out += agent->hold_ms;
	return true;
}

uint64_t agent_wait_ms(const struct agent *agent)
{
	uint64_t now = world_monotonic_ms(agent->options.world);

	if (agent->step == STEP_CHECK_IN && agent->hurry_at_ms > 0)
		return agent->hurry_at_ms > now ? agent->hurry_at_ms - now : 0;
	if (agent->step != STEP_NONE || !agent->identity.is_known)
		return UINT64_MAX;
	return agent->in_session ? 0 : schedule_wait_ms(&agent->schedule);
}

/* ---- what is answered ---- */

static uint64_t waiting_results(const struct agent *agent)
{
	struct agent_spool_state state[N_AGENT_CLASSES];

	spool_state(agent->spool, state);
	return state[CLASS_RESULT].n_records;
}

/* A lease that is not taken is told, where that is not the centre's own doing. */
static enum rq_err tell_not_taken(struct agent *agent, const struct lease *lease,
				  enum job_refusal refusal)
{
	const struct job_refused refused = {lease->campaign, (uint8_t)refusal, 0, 0, 0};
	struct record record = {.kind = RECORD_JOB_REFUSED,
				.utc_ms = world_utc_ms(agent->options.world),
				.job = lease->job};
	struct buffer body = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	if (refusal == JOB_TOO_MANY || refusal == JOB_SPOOL ||
	    /* what it told of that job is on its way */
	    (refusal == JOB_WAS_DONE && waiting_results(agent) > 0))
		return RQ_OK;
	job_refused_encode(&refused, &body);
	record.body = buffer_bytes(&body);
	if (buffer_ok(&body))
		err = spool_put(agent->spool, CLASS_RESULT, &record);
	buffer_free(&body);
	return err == RQ_OK ? spool_flush(agent->spool) : err;
}

static enum rq_err take_lease(struct agent *agent, const struct lease *lease)
{
	enum job_refusal refusal;
	enum rq_err err =
	    jobs_take(agent->jobs, lease, centre_time_now(&agent->time), &refusal);

	if (err == RQ_OK && refusal != JOB_ACCEPTED)
		err = tell_not_taken(agent, lease, refusal);
	return err;
}

/* Nothing in the answer counts before its time is the centre's own. */
static enum rq_err checked_in(struct agent *agent, struct bytes message, bool *good_out)
{
	struct agent_check_in_answer *answer = alloc_array(1, sizeof *answer);
	bool genuine = false;
	enum rq_err err = answer != NULL ? RQ_OK : RQ_ERR_MEMORY;

	if (err == RQ_OK && agent_check_in_answer_decode(message, answer) == RQ_OK)
		err = agent_time_verify(&answer->time, agent->nonce,
					agent->identity.time_key, &genuine);
	*good_out = genuine;
	if (err == RQ_OK && genuine) {
		centre_time_learn(&agent->time, answer->time.utc_ms);
		agent->epoch = answer->campaign_epoch;
		agent->hold_ms = answer->hold_ms;
		agent->take_bytes = answer->take_bytes;
		agent->wants = answer->wants;
		agent->policy_serial = answer->policy_serial;
		if (agent->policy_serial <=
		    (agent->has_policy ? agent->policy.serial : 0))
			agent->wants &= ~(uint32_t)WANT_POLICY;
		agent->in_session = true;
		buffer_clear(&agent->fetched);
		schedule_useful(&agent->schedule, answer->due_ms);
		err = spool_checked_in(agent->spool, answer);
		if (err == RQ_OK && answer->has_lease)
			err = take_lease(agent, &answer->lease);
		if (err == RQ_OK)
			err = jobs_report(agent->jobs, centre_time_now(&agent->time));
	}
	alloc_free(answer);
	return err;
}

static enum rq_err policy_fetched(struct agent *agent)
{
	struct policy policy;
	enum signed_refusal refusal;
	enum rq_err err = policy_read(buffer_bytes(&agent->fetched),
				      agent->has_policy ? &agent->policy : NULL,
				      agent->options.installed_key, &policy, &refusal);

	if (err == RQ_OK && refusal == SIGNED_GOOD)
		err = policy_keep(agent->options.disk, buffer_bytes(&agent->fetched));
	if (err == RQ_OK && refusal == SIGNED_GOOD)
		load_policy(agent);
	return err;
}

/* The manifest is whole: what the policy does not allow is not kept. */
static enum rq_err manifest_fetched(struct agent *agent)
{
	const struct job *job = jobs_next(agent->jobs);
	struct policy_case asked = {.lease = &agent->lease,
				    .kit = &agent->kit,
				    .now_ms = centre_time_now(&agent->time)};
	enum signed_refusal refusal;
	enum policy_refusal denied = POLICY_ALLOWS;
	enum rq_err err =
	    kit_read(buffer_bytes(&agent->fetched), &agent->kit, &refusal);

	if (job == NULL || err != RQ_OK)
		return err;
	err = jobs_lease(agent->jobs, job->id, &agent->lease_room, &agent->lease);
	if (err == RQ_OK && refusal != SIGNED_GOOD)
		return agent_refuse(agent, job->id, JOB_KIT);
	if (err == RQ_OK)
		err = policy_judge(agent->has_policy ? &agent->policy : NULL, &asked,
				   &denied);
	if (err == RQ_OK && denied != POLICY_ALLOWS) {
		err = jobs_refuse(agent->jobs, job->id, JOB_POLICY, (uint8_t)denied);
		return err == RQ_OK ? jobs_report(agent->jobs, asked.now_ms) : err;
	}
	if (err == RQ_OK)
		err = kits_keep(agent->options.kits, agent->lease.kit,
				buffer_bytes(&agent->fetched));
	return err;
}

static enum rq_err refuse_kit(struct agent *agent)
{
	const struct job *job = jobs_next(agent->jobs);

	agent->n_bad = 0;
	return job != NULL ? agent_refuse(agent, job->id, JOB_KIT) : RQ_OK;
}

/* Policies and manifests are held in memory until they are whole. */
static enum rq_err add_fetched(struct agent *agent, const struct agent_part *part,
			       bool *good_out)
{
	bool is_policy = agent->fetch.what == FETCH_POLICY;
	enum rq_err err = RQ_OK;

	*good_out = part->size <= CAP_SIGNED && part->off == agent->fetched.size &&
		    (part->data.n > 0 || part->size == 0);
	if (!*good_out)
		return RQ_OK;
	buffer_put(&agent->fetched, part->data.at, part->data.n);
	if (!buffer_ok(&agent->fetched))
		return RQ_ERR_MEMORY;
	if (agent->fetched.size < part->size)
		return RQ_OK;
	if (is_policy)
		agent->wants &= ~(uint32_t)WANT_POLICY;
	if (part->size == 0)
		err = is_policy ? RQ_OK : refuse_kit(agent);
	else
		err = is_policy ? policy_fetched(agent) : manifest_fetched(agent);
	buffer_free(&agent->fetched);
	return err;
}

static enum rq_err fetched(struct agent *agent, struct bytes message, bool *good_out)
{
	struct agent_part part;
	bool bad = false;
	enum rq_err err;

	*good_out = agent_part_decode(message, &part) == RQ_OK;
	if (!*good_out)
		return RQ_OK;
	if (agent->fetch.what != FETCH_FILE)
		return add_fetched(agent, &part, good_out);
	if (part.size == 0)
		return refuse_kit(agent);
	err = kits_add(agent->options.kits, &agent->kit, &agent->fetch, &part, &bad);
	agent->n_bad += bad;
	if (err == RQ_OK && agent->n_bad >= BAD_FETCHES)
		err = refuse_kit(agent);
	return err;
}

static enum rq_err delivered(struct agent *agent, struct bytes message, bool *good_out)
{
	struct agent_delivery_answer answer;
	bool useful = false;
	enum rq_err err;

	*good_out = agent_delivery_answer_decode(message, &answer) == RQ_OK;
	if (!*good_out)
		return RQ_OK;
	err = spool_answer(agent->spool, &answer, &useful);
	if (useful)
		return err;
	/* later, full, or the same again: not in this session */
	agent->take_bytes = 0;
	if (answer.status == DELIVERY_FULL || answer.status == DELIVERY_LATER) {
		agent->in_session = false;
		schedule_turned_away(&agent->schedule, answer.come_back_ms);
	} else if (answer.status == DELIVERY_TOO_LARGE ||
		   answer.status == DELIVERY_EXPECTED ||
		   answer.status == DELIVERY_FORKED) {
		schedule_hurry(&agent->schedule, agent->options.hurry_ms);
	}
	return err;
}

static enum rq_err offered(struct agent *agent, struct bytes message, bool *good_out)
{
	struct agent_offer_answer answer;

	*good_out = agent_offer_answer_decode(message, &answer) == RQ_OK;
	if (!*good_out)
		return RQ_OK;
	/* so little that not one record fits is none, and not to be asked for again */
	if (answer.take_bytes > agent->take_bytes) {
		agent->take_bytes = answer.take_bytes;
		return RQ_OK;
	}
	agent->take_bytes = 0;
	agent->in_session = false;
	schedule_turned_away(&agent->schedule, answer.come_back_ms);
	return RQ_OK;
}

/* POSTURE and NEIGHBOURS are noted or not; the next check-in says which. */
static enum rq_err noted(struct agent *agent, uint32_t want, struct bytes message,
			 bool *good_out)
{
	struct agent_delivery_answer answer;

	agent->wants &= ~want;
	*good_out = agent_delivery_answer_decode(message, &answer) == RQ_OK;
	if (want == WANT_POSTURE && (!*good_out || answer.status != DELIVERY_TAKEN))
		memset(agent->posture, 0, sizeof agent->posture);
	return RQ_OK;
}

static enum rq_err enrolled(struct agent *agent, struct bytes message)
{
	struct agent_enrolled *enrolled = alloc_array(1, sizeof *enrolled);
	struct identity *mine = &agent->identity;
	enum rq_err err = enrolled != NULL ? RQ_OK : RQ_ERR_MEMORY;

	if (err == RQ_OK && agent_enrolled_decode(message, enrolled) == RQ_OK &&
	    enrolled->status == ENROLMENT_DONE &&
	    /* whose we are is said once: another centre is a matter of raquet enrol */
	    (!mine->is_known ||
	     (memcmp(mine->authority, enrolled->authority, AGENT_DIGEST) == 0 &&
	      memcmp(mine->time_key, enrolled->time_key, 32) == 0))) {
		mine->is_known = true;
		memcpy(mine->machine, enrolled->machine, AGENT_MACHINE_ID);
		memcpy(mine->authority, enrolled->authority, AGENT_DIGEST);
		memcpy(mine->time_key, enrolled->time_key, 32);
		err = identity_keep(agent->options.disk, mine);
	}
	alloc_free(enrolled);
	return err;
}

static enum rq_err answered(struct agent *agent, enum step step, struct bytes message,
			    bool *good_out)
{
	switch (step) {
	case STEP_CHECK_IN: return checked_in(agent, message, good_out);
	case STEP_POSTURE: return noted(agent, WANT_POSTURE, message, good_out);
	case STEP_NEIGHBOURS: return noted(agent, WANT_NEIGHBOURS, message, good_out);
	case STEP_FETCH: return fetched(agent, message, good_out);
	case STEP_OFFER: return offered(agent, message, good_out);
	case STEP_DELIVERY: return delivered(agent, message, good_out);
	case STEP_NONE: break;
	}
	return RQ_OK;
}

enum rq_err agent_told(struct agent *agent, uint8_t outcome, struct bytes message)
{
	enum step step = agent->step;
	bool good = false;
	enum rq_err err = RQ_OK;

	if (outcome == COURIER_ENROLLED)
		return enrolled(agent, message);
	if (outcome == COURIER_NOT_ENROLLED || step == STEP_NONE)
		return RQ_OK;
	agent->step = STEP_NONE;
	if (outcome == COURIER_ANSWERED)
		err = answered(agent, step, message, &good);
	if (!good) {
		agent->in_session = false;
		schedule_failed(&agent->schedule);
	}
	return err;
}

/* There is something that cannot wait for the next time. */
static void hurry(struct agent *agent)
{
	const struct world *world = agent->options.world;

	if (agent->in_session)
		return;
	schedule_hurry(&agent->schedule, agent->options.hurry_ms);
	if (agent->step == STEP_CHECK_IN && agent->is_held && agent->hurry_at_ms == 0)
		agent->hurry_at_ms = world_monotonic_ms(world) + 1 +
				     world_below(world, agent->options.hurry_ms);
}

void agent_courier_gone(struct agent *agent)
{
	bool was_busy = agent->in_session || agent->step != STEP_NONE;

	agent->step = STEP_NONE;
	agent->in_session = false;
	if (was_busy)
		schedule_hurry(&agent->schedule, agent->options.hurry_ms);
}

/* ---- sweeps ---- */

enum rq_err agent_work(struct agent *agent, struct agent_work *work_out)
{
	const struct job *job = jobs_next(agent->jobs);
	struct policy_case asked = {.lease = &agent->lease,
				    .kit = &agent->kit,
				    .kit_is_here = true,
				    .now_ms = centre_time_now(&agent->time)};
	enum policy_refusal denied = POLICY_ALLOWS;
	struct agent_fetch fetch;
	bool missing = false;
	enum rq_err err;

	*work_out = (struct agent_work){0};
	if (job == NULL)
		return RQ_ERR_NOT_FOUND;
	err = jobs_lease(agent->jobs, job->id, &agent->lease_room, &agent->lease);
	if (err == RQ_ERR_NOT_FOUND || err == RQ_ERR_FORMAT)
		return agent_refuse(agent, job->id, JOB_KIT) == RQ_OK ? RQ_ERR_NOT_FOUND
								      : err;
	if (err == RQ_OK)
		err = kits_load(agent->options.kits, agent->lease.kit, &agent->kit_room,
				&agent->kit);
	if (err == RQ_OK)
		err = kits_missing(agent->options.kits, &agent->kit, &fetch, &missing);
	if (err == RQ_OK && missing)
		err = RQ_ERR_NOT_FOUND;
	if (err == RQ_OK)
		err = policy_judge(agent->has_policy ? &agent->policy : NULL, &asked,
				   &denied);
	if (err == RQ_OK && denied != POLICY_ALLOWS) {
		err = jobs_refuse(agent->jobs, job->id, JOB_POLICY, (uint8_t)denied);
		if (err == RQ_OK)
			err = jobs_report(agent->jobs, asked.now_ms);
		return err == RQ_OK ? RQ_ERR_NOT_FOUND : err;
	}
	if (err == RQ_OK)
		*work_out = (struct agent_work){&agent->lease, &agent->kit};
	return err;
}

static enum rq_err put_begin(struct agent *agent)
{
	struct sweep_begin begin = {.campaign = agent->lease.campaign,
				    .content = agent->kit.version,
				    .clocks = clocks(agent),
				    .time_unsure = centre_time_is_unsure(&agent->time)};
	struct record record = {.kind = RECORD_SWEEP_BEGIN,
				.utc_ms = begin.clocks.utc_ms,
				.job = agent->lease.job,
				.ordinal = 1};
	struct buffer body = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	memcpy(begin.kit, agent->lease.kit, AGENT_DIGEST);
	sweep_begin_encode(&begin, &body);
	record.body = buffer_bytes(&body);
	if (buffer_ok(&body))
		err = spool_put(agent->spool, CLASS_RESULT, &record);
	buffer_free(&body);
	return err;
}

enum rq_err agent_begin(struct agent *agent, uint64_t job)
{
	enum rq_err err = jobs_begin(agent->jobs, job);

	memcpy(agent->last_kit, agent->lease.kit, AGENT_DIGEST);
	return err == RQ_OK ? put_begin(agent) : err;
}

enum rq_err agent_put(struct agent *agent, enum agent_class class,
		      const struct record *record)
{
	enum rq_err err = spool_put(agent->spool, class, record);

	if (err == RQ_OK && class == CLASS_DETECTION)
		hurry(agent);
	return err;
}

static enum rq_err tidy(struct agent *agent)
{
	uint8_t keep[CAP_AGENT_JOBS + 1][AGENT_DIGEST];
	const struct job *jobs;
	size_t n = 0, n_jobs = jobs_list(agent->jobs, &jobs);

	for (size_t i = 0; i < n_jobs && n < CAP_AGENT_JOBS; i++)
		if (jobs_lease(agent->jobs, jobs[i].id, &agent->lease_room,
			       &agent->lease) == RQ_OK)
			memcpy(keep[n++], agent->lease.kit, AGENT_DIGEST);
	memcpy(keep[n++], agent->last_kit, AGENT_DIGEST);
	return kits_tidy(agent->options.kits, (const uint8_t(*)[AGENT_DIGEST])keep, n);
}

enum rq_err agent_done(struct agent *agent, uint64_t job)
{
	enum rq_err err = jobs_done(agent->jobs, job);

	if (err == RQ_OK)
		hurry(agent);
	return err == RQ_OK ? tidy(agent) : err;
}

enum rq_err agent_pause(struct agent *agent, uint64_t job)
{
	enum rq_err err = spool_flush(agent->spool);

	return err == RQ_OK ? jobs_pause(agent->jobs, job) : err;
}

enum rq_err agent_refuse(struct agent *agent, uint64_t job, enum job_refusal reason)
{
	enum rq_err err = jobs_refuse(agent->jobs, job, reason, 0);

	return err == RQ_OK ? jobs_report(agent->jobs, centre_time_now(&agent->time))
			    : err;
}

/* ---- looked at ---- */

bool agent_is_enrolled(const struct agent *agent)
{
	return agent->identity.is_known;
}

const struct spool *agent_spool(const struct agent *agent)
{
	return agent->spool;
}

struct centre_time agent_time(const struct agent *agent)
{
	return agent->time;
}
