#include "endpoint/agent/jobs.h"

#include "bytes/alloc.h"
#include "bytes/crc32c.h"
#include "crypto/digest.h"
#include "wire/both.h"
#include "wire/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_DONE = 1024, /* ids that are remembered one by one */
	MAX_DENIED = 64,
	MAX_FILE = 1 << 16,
	MAX_LEASE = 2 << 20,
	FILE_TYPE = 'J',
};

struct denial {
	uint8_t subject[AGENT_DIGEST];
	uint64_t until_ms; /* the centre's time; 0: it was not known when denied */
};

/* Everything in the file. */
struct jobs_file {
	struct job jobs[CAP_AGENT_JOBS];
	size_t n_jobs;
	uint64_t done[MAX_DONE]; /* the oldest first */
	size_t n_done;
	uint64_t forgotten; /* up to this id, what is on no list may have been done */
	struct denial denied[MAX_DENIED];
	size_t n_denied;
};

struct jobs {
	const struct disk *disk;
	const struct world *world;
	struct spool *spool;
	struct jobs_file file;
};

static const char file_name[] = "jobs";

const char *job_refusal_name(enum job_refusal refusal)
{
	static const char *const names[N_JOB_REFUSALS] = {
	    "accepted", "killed", "cut-off", "was-done", "denied",
	    "policy",   "kit",    "late",    "too-many", "spool"};

	return refusal < N_JOB_REFUSALS ? names[refusal] : "unknown";
}

/* ---- the file ---- */

static void walk_job(struct both *both, struct job *job)
{
	both_u64(both, &job->id);
	both_u64(both, &job->campaign);
	both_fixed(both, job->subject, sizeof job->subject);
	both_choice(both, &job->state, JOB_REFUSED + 1);
	both_choice(both, &job->reason, N_JOB_REFUSALS);
	both_u8(both, &job->policy);
	both_u32(both, &job->n_deaths);
	both_u32(both, &job->n_cuts);
	both_fixed(both, job->boot_id, sizeof job->boot_id);
}

static void walk_file(struct both *both, struct jobs_file *file)
{
	both_count(both, &file->n_jobs, CAP_AGENT_JOBS);
	for (size_t i = 0; i < file->n_jobs; i++)
		walk_job(both, &file->jobs[i]);
	both_count(both, &file->n_done, MAX_DONE);
	for (size_t i = 0; i < file->n_done; i++)
		both_u64(both, &file->done[i]);
	both_u64(both, &file->forgotten);
	both_count(both, &file->n_denied, MAX_DENIED);
	for (size_t i = 0; i < file->n_denied; i++) {
		both_fixed(both, file->denied[i].subject, AGENT_DIGEST);
		both_u64(both, &file->denied[i].until_ms);
	}
}
BOTH_WAYS_HERE(jobs_file, walk_file, FILE_TYPE)

static enum rq_err save(struct jobs *jobs)
{
	const struct disk *disk = jobs->disk;
	struct buffer text = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	jobs_file_encode(&jobs->file, &text);
	if (buffer_ok(&text))
		buffer_u32le(&text, crc32c(0, buffer_bytes(&text)));
	if (buffer_ok(&text))
		err = disk->replace(disk->self, file_name, buffer_bytes(&text));
	buffer_free(&text);
	return err;
}

static enum rq_err load(struct jobs *jobs)
{
	struct buffer text = {.max = MAX_FILE};
	enum rq_err err = disk_read_whole(jobs->disk, file_name, &text);
	struct reader r = reader_over(text.data, err == RQ_OK ? text.size : 0);
	struct bytes body = reader_bytes(&r, text.size < 4 ? 0 : text.size - 4);

	if (err == RQ_OK && (reader_u32le(&r) != crc32c(0, body) || !reader_done(&r) ||
			     jobs_file_decode(body, &jobs->file) != RQ_OK))
		jobs->file = (struct jobs_file){0};
	buffer_free(&text);
	return err == RQ_ERR_NOT_FOUND || err == RQ_ERR_LIMIT ? RQ_OK : err;
}

/* ---- lists ---- */

static struct job *find(struct jobs *jobs, uint64_t id)
{
	for (size_t i = 0; i < jobs->file.n_jobs; i++)
		if (jobs->file.jobs[i].id == id)
			return &jobs->file.jobs[i];
	return NULL;
}

static bool was_done(const struct jobs *jobs, uint64_t id)
{
	for (size_t i = 0; i < jobs->file.n_done; i++)
		if (jobs->file.done[i] == id)
			return true;
	return id <= jobs->file.forgotten;
}

static void lease_name(uint64_t id, char name_out[DISK_NAME_MAX + 1])
{
	snprintf(name_out, DISK_NAME_MAX + 1, "lease-%016" PRIx64, id);
}

/* Off the list and onto the one of those that never run again. */
static void finish(struct jobs *jobs, struct job *job)
{
	struct jobs_file *file = &jobs->file;
	size_t i = (size_t)(job - file->jobs);

	if (file->n_done == MAX_DONE) {
		if (file->done[0] > file->forgotten)
			file->forgotten = file->done[0];
		memmove(file->done, file->done + 1,
			--file->n_done * sizeof file->done[0]);
	}
	file->done[file->n_done++] = job->id;
	file->n_jobs--;
	memmove(job, job + 1, (file->n_jobs - i) * sizeof *job);
}

/* Saves, then removes the lease, which nobody will ask for again. */
static enum rq_err finish_durably(struct jobs *jobs, struct job *job)
{
	char name[DISK_NAME_MAX + 1];
	enum rq_err err;

	lease_name(job->id, name);
	finish(jobs, job);
	err = save(jobs);
	if (err == RQ_OK)
		(void)!jobs->disk->remove(jobs->disk->self, name);
	return err;
}

static void deny(struct jobs *jobs, const struct job *job, uint64_t now_ms)
{
	struct jobs_file *file = &jobs->file;
	struct denial denial = {.until_ms = now_ms > 0 ? now_ms + JOB_DENIED_MS : 0};

	memcpy(denial.subject, job->subject, sizeof denial.subject);
	if (file->n_denied == MAX_DENIED)
		memmove(file->denied, file->denied + 1,
			--file->n_denied * sizeof file->denied[0]);
	file->denied[file->n_denied++] = denial;
}

/* Whether the same work is denied; a denial whose time is unknown begins now. */
static bool is_denied(struct jobs *jobs, const uint8_t *subject, uint64_t now_ms)
{
	for (size_t i = 0; i < jobs->file.n_denied; i++) {
		struct denial *denial = &jobs->file.denied[i];

		if (memcmp(denial->subject, subject, AGENT_DIGEST) != 0)
			continue;
		if (denial->until_ms == 0 && now_ms > 0)
			denial->until_ms = now_ms + JOB_DENIED_MS;
		if (now_ms == 0 || now_ms < denial->until_ms)
			return true;
	}
	return false;
}

/* ---- opening ---- */

static enum rq_err heard_end(void *listener, enum agent_class class,
			     const struct record *record)
{
	struct job *job =
	    record->kind == RECORD_SWEEP_END || record->kind == RECORD_JOB_REFUSED
		? find(listener, record->job)
		: NULL;

	(void)class;
	if (job != NULL)
		finish(listener, job);
	return RQ_OK;
}

/* What its mark says about a job that was running. */
static void judge(struct jobs *jobs, struct job *job)
{
	uint8_t boot_id[WORLD_BOOT_ID];

	world_boot_id(jobs->world, boot_id);
	if (memcmp(boot_id, job->boot_id, sizeof boot_id) == 0)
		job->n_deaths++;
	else
		job->n_cuts++;
	job->state = JOB_PAUSED;
	if (job->n_deaths < JOB_DEATHS && job->n_cuts < JOB_CUTS)
		return;
	job->state = JOB_REFUSED;
	job->reason = job->n_deaths >= JOB_DEATHS ? JOB_KILLED : JOB_CUT_OFF;
	deny(jobs, job, 0);
}

/* Leases of jobs that are over: a crash came between our mark and their removal. */
struct leftover {
	struct jobs *jobs;
	char names[CAP_AGENT_JOBS][DISK_NAME_MAX + 1];
	size_t n;
};

static enum rq_err meet(void *listener, const char *name)
{
	struct leftover *left = listener;
	char own[DISK_NAME_MAX + 1];

	if (strncmp(name, "lease-", 6) != 0 || left->n == CAP_AGENT_JOBS)
		return RQ_OK;
	for (size_t i = 0; i < left->jobs->file.n_jobs; i++) {
		lease_name(left->jobs->file.jobs[i].id, own);
		if (strcmp(own, name) == 0)
			return RQ_OK;
	}
	strcpy(left->names[left->n++], name);
	return RQ_OK;
}

static enum rq_err remove_leftover(struct jobs *jobs)
{
	struct leftover left = {.jobs = jobs};
	enum rq_err err = jobs->disk->list(jobs->disk->self, &left, meet);

	for (size_t i = 0; i < left.n; i++)
		(void)!jobs->disk->remove(jobs->disk->self, left.names[i]);
	return err;
}

enum rq_err jobs_open(const struct disk *disk, const struct world *world,
		      struct spool *spool, struct jobs **jobs_out)
{
	struct jobs *jobs = alloc_array(1, sizeof *jobs);
	enum rq_err err;

	*jobs_out = NULL;
	if (jobs == NULL)
		return RQ_ERR_MEMORY;
	jobs->disk = disk;
	jobs->world = world;
	jobs->spool = spool;
	err = load(jobs);
	/* it was cut off between its last word and our mark that it is done */
	if (err == RQ_OK)
		err = spool_each(spool, jobs, heard_end);
	for (size_t i = 0; i < jobs->file.n_jobs && err == RQ_OK; i++)
		if (jobs->file.jobs[i].state == JOB_RUNNING)
			judge(jobs, &jobs->file.jobs[i]);
	if (err == RQ_OK)
		err = save(jobs);
	if (err == RQ_OK)
		err = remove_leftover(jobs);
	if (err != RQ_OK) {
		jobs_close(jobs);
		return err;
	}
	*jobs_out = jobs;
	return RQ_OK;
}

void jobs_close(struct jobs *jobs)
{
	alloc_free(jobs);
}

/* ---- taking ---- */

/* What a lease asks to be done: its kit, its options and where. */
static enum rq_err subject_of(const struct lease *lease, uint8_t *subject_out)
{
	uint8_t digest[DIGEST_MAX_SIZE] = {0};
	struct buffer text = {0};
	struct lease work = *lease;
	enum rq_err err = RQ_ERR_MEMORY;

	work.campaign = work.job = work.lease_ms = work.deadline_ms = 0;
	lease_encode(&work, &text);
	if (buffer_ok(&text))
		err = digest_of(DIGEST_SHA256, buffer_bytes(&text), digest);
	memcpy(subject_out, digest, AGENT_DIGEST);
	buffer_free(&text);
	return err;
}

static enum job_refusal judge_lease(struct jobs *jobs, const struct lease *lease,
				    const uint8_t *subject, uint64_t now_ms)
{
	if (was_done(jobs, lease->job))
		return JOB_WAS_DONE;
	if (is_denied(jobs, subject, now_ms))
		return JOB_DENIED;
	if (now_ms > 0 && lease->deadline_ms > 0 && now_ms >= lease->deadline_ms)
		return JOB_LATE;
	if (jobs->file.n_jobs == CAP_AGENT_JOBS)
		return JOB_TOO_MANY;
	if (!spool_takes_sweeps(jobs->spool))
		return JOB_SPOOL;
	return JOB_ACCEPTED;
}

enum rq_err jobs_take(struct jobs *jobs, const struct lease *lease, uint64_t now_ms,
		      enum job_refusal *refusal_out)
{
	const struct disk *disk = jobs->disk;
	struct job job = {
	    .id = lease->job, .campaign = lease->campaign, .state = JOB_TAKEN};
	char name[DISK_NAME_MAX + 1];
	struct buffer text = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	*refusal_out = JOB_ACCEPTED;
	if (find(jobs, lease->job) != NULL)
		return RQ_OK;
	err = subject_of(lease, job.subject);
	if (err != RQ_OK)
		return err;
	*refusal_out = judge_lease(jobs, lease, job.subject, now_ms);
	if (*refusal_out != JOB_ACCEPTED)
		return RQ_OK;
	lease_encode(lease, &text);
	lease_name(lease->job, name);
	err = buffer_ok(&text) ? disk->replace(disk->self, name, buffer_bytes(&text))
			       : RQ_ERR_MEMORY;
	buffer_free(&text);
	if (err != RQ_OK)
		return err;
	jobs->file.jobs[jobs->file.n_jobs++] = job;
	err = save(jobs);
	if (err != RQ_OK) /* not taken: the centre gives it again */
		jobs->file.n_jobs--;
	return err;
}

const struct job *jobs_next(const struct jobs *jobs)
{
	static const uint8_t order[] = {JOB_RUNNING, JOB_PAUSED, JOB_TAKEN};

	for (size_t k = 0; k < sizeof order; k++)
		for (size_t i = 0; i < jobs->file.n_jobs; i++)
			if (jobs->file.jobs[i].state == order[k])
				return &jobs->file.jobs[i];
	return NULL;
}

size_t jobs_list(const struct jobs *jobs, const struct job **first_out)
{
	*first_out = jobs->file.jobs;
	return jobs->file.n_jobs;
}

enum rq_err jobs_lease(struct jobs *jobs, uint64_t id, struct buffer *room,
		       struct lease *lease_out)
{
	char name[DISK_NAME_MAX + 1];
	enum rq_err err;

	*lease_out = (struct lease){0};
	lease_name(id, name);
	buffer_clear(room);
	room->max = MAX_LEASE;
	err = disk_read_whole(jobs->disk, name, room);
	return err == RQ_OK ? lease_decode(buffer_bytes(room), lease_out) : err;
}

/* ---- running ---- */

enum rq_err jobs_begin(struct jobs *jobs, uint64_t id)
{
	struct job *job = find(jobs, id);

	if (job == NULL || job->state == JOB_REFUSED)
		return RQ_ERR_USAGE;
	job->state = JOB_RUNNING;
	world_boot_id(jobs->world, job->boot_id);
	return save(jobs);
}

enum rq_err jobs_pause(struct jobs *jobs, uint64_t id)
{
	struct job *job = find(jobs, id);

	if (job == NULL || job->state == JOB_REFUSED)
		return RQ_ERR_USAGE;
	job->state = JOB_PAUSED;
	return save(jobs);
}

enum rq_err jobs_done(struct jobs *jobs, uint64_t id)
{
	struct job *job = find(jobs, id);
	enum rq_err err;

	if (job == NULL)
		return RQ_ERR_USAGE;
	err = spool_flush(jobs->spool);
	return err == RQ_OK ? finish_durably(jobs, job) : err;
}

enum rq_err jobs_refuse(struct jobs *jobs, uint64_t id, enum job_refusal reason,
			uint8_t policy)
{
	struct job *job = find(jobs, id);

	if (job == NULL)
		return RQ_ERR_USAGE;
	job->state = JOB_REFUSED;
	job->reason = (uint8_t)reason;
	job->policy = policy;
	return save(jobs);
}

static enum rq_err put_refusal(struct jobs *jobs, const struct job *job)
{
	const struct job_refused refused = {job->campaign, job->reason, job->policy,
					    job->n_deaths, job->n_cuts};
	struct record record = {.kind = RECORD_JOB_REFUSED,
				.utc_ms = world_utc_ms(jobs->world),
				.job = job->id};
	struct buffer body = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	job_refused_encode(&refused, &body);
	record.body = buffer_bytes(&body);
	if (buffer_ok(&body))
		err = spool_put(jobs->spool, CLASS_RESULT, &record);
	buffer_free(&body);
	return err == RQ_OK ? spool_flush(jobs->spool) : err;
}

enum rq_err jobs_report(struct jobs *jobs, uint64_t now_ms)
{
	enum rq_err err = RQ_OK;

	for (size_t i = jobs->file.n_jobs; i-- > 0 && err == RQ_OK;) {
		struct job *job = &jobs->file.jobs[i];

		if (job->state != JOB_REFUSED)
			continue;
		(void)is_denied(jobs, job->subject, now_ms); /* its time begins */
		err = put_refusal(jobs, job);
		if (err == RQ_OK)
			err = finish_durably(jobs, job);
	}
	return err;
}
