#include "endpoint/process_sweep.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "endpoint/answer_join.h"
#include "endpoint/process_read.h"
#include "endpoint/sweep_pool.h"
#include "os/clock.h"
#include "os/host.h"
#include "os/process.h"

#include <stdio.h>
#include <string.h>

enum {
	TURN_MS = 50,
	PROGRESS_MS = 200,
	STOP_MS = 2000, /* for what is on its way, when we were asked to stop */
	AHEAD_BYTES = 64u << 20,  /* in images that have no answer yet: then no more */
	NOTE_MEMORY = 256u << 20, /* of what is known of one process */
};

/* A process from its listing until it is told. */
struct subject {
	struct arena *arena;
	struct process_note note;
	struct process_read read;
	size_t n_parts, n_answered;
	bool is_read; /* no more parts */
	bool is_gap;  /* of a part; else the answers stand */
	enum gap_reason reason;
	char detail[128];
	struct buffer *answers; /* one for each part that was answered */
	size_t n_answers, capacity;
};

struct run {
	const struct process_options *options;
	const struct process_sink *sink;
	struct sweep_options sweep; /* as the pool takes it */
	struct sweep_pool *pool;
	struct sweep_outcome *outcome;
	struct connection_table *connections;
	struct arena *arena; /* of all that lives as long as the run */
	uint64_t *ids;
	size_t n_ids, next;
	struct subject *subjects; /* one for each number, told or not */
	struct subject *reading;  /* NULL: the next one is to be opened */
	struct buffer last_path;  /* told */
	uint64_t started_ns, stopped_ns, progress_ns;
	bool is_stopping;
};

static void subject_free(struct subject *subject)
{
	for (size_t i = 0; i < subject->n_answers; i++)
		buffer_free(&subject->answers[i]);
	alloc_free(subject->answers);
	memory_free(subject->read.memory);
	arena_free(subject->arena);
	*subject = (struct subject){0};
}

/* ---- which ---- */

static enum rq_err choose(struct run *run, struct rq_diag *diag)
{
	uint64_t *all;
	size_t n_all;
	enum rq_err err = memory_list(run->arena, &all, &n_all, diag);

	if (err != RQ_OK || run->options->all) {
		run->ids = all;
		run->n_ids = n_all;
		return err;
	}
	for (size_t i = 0; i < run->options->n_ids; i++) {
		struct memory_process process;

		err = memory_describe(run->options->ids[i], run->arena, &process);
		if (err == RQ_ERR_NOT_FOUND)
			return rq_fail(diag, err, NULL, "%llu",
				       (unsigned long long)run->options->ids[i]);
	}
	run->ids = arena_array(run->arena, run->options->n_ids, sizeof *run->ids);
	if (run->ids == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	for (size_t i = 0; i < run->options->n_ids; i++) {
		size_t k = 0;

		while (k < run->n_ids && run->ids[k] != run->options->ids[i])
			k++;
		if (k == run->n_ids)
			run->ids[run->n_ids++] = run->options->ids[i];
	}
	return RQ_OK;
}

/* This program and what it started: their memory is full of rules. */
static bool is_ours(const struct memory_process *process)
{
	uint64_t self = process_self();

	return process->id == self || process->parent == self;
}

/* ---- telling ---- */

static void tell_gap(struct run *run, struct bytes path, enum gap_reason reason,
		     const char *detail)
{
	struct sweep_gap gap = {.path = path, .reason = reason, .detail = detail};

	run->outcome->n_gaps[reason]++;
	run->sink->gap(run->sink->listener, &gap);
}

static enum rq_err join_answers(struct run *run, struct subject *subject,
				struct worker_answer *answer)
{
	const struct worker_limits limits = {.n_rules = run->sweep.n_rules,
					     .object_size = UINT64_MAX};
	enum rq_err err = RQ_OK;

	*answer = (struct worker_answer){0};
	for (size_t i = 0; i < subject->n_answers && err == RQ_OK; i++) {
		struct worker_answer part;

		err = worker_answer_decode(buffer_bytes(&subject->answers[i]), &limits,
					   subject->arena, &part);
		if (err == RQ_OK && i == 0)
			*answer = part;
		else if (err == RQ_OK)
			err = answer_join(&part, subject->arena, answer);
	}
	return err;
}

static void count(struct run *run, const struct worker_answer *answer, bool is_whole)
{
	struct sweep_outcome *outcome = run->outcome;

	outcome->bytes_seen += answer->n_read;
	outcome->bytes_scanned += answer->n_read;
	outcome->n_scanned += is_whole && answer->gaps == 0;
	outcome->n_found += answer->n_rules > 0;
	outcome->n_findings += answer->n_rules;
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		outcome->n_gaps[i] += answer->gaps >> i & 1;
}

/* Whether all of it was read, and rules saw it at once. */
static bool is_whole(const struct subject *subject)
{
	return !subject->is_gap && subject->read.n_lost == 0 &&
	       !subject->read.has_unseen && subject->n_parts < 2;
}

static void tell_gaps(struct run *run, const struct subject *subject)
{
	struct bytes path = subject->note.path;
	char detail[96];

	if (subject->is_gap)
		tell_gap(run, path, subject->reason, subject->detail);
	snprintf(detail, sizeof detail, "%llu bytes could not be read",
		 (unsigned long long)subject->read.n_lost);
	if (subject->read.n_lost > 0)
		tell_gap(run, path, GAP_UNREADABLE, detail);
	if (subject->read.has_unseen)
		tell_gap(run, path, GAP_UNREADABLE,
			 "of large shared memory only what it has touched was read");
	snprintf(detail, sizeof detail, "%zu parts of up to %llu MB", subject->n_parts,
		 (unsigned long long)(subject->read.max_size >> 20));
	if (subject->n_parts > 1)
		tell_gap(run, path, GAP_IN_PARTS, detail);
}

static enum rq_err tell(struct run *run, struct subject *subject)
{
	const struct process_note *note = &subject->note;
	struct worker_answer answer;
	struct sweep_object object = {.path = note->path, .answer = &answer};
	enum rq_err err = join_answers(run, subject, &answer);

	if (err != RQ_OK)
		return err;
	object.size = answer.n_read;
	count(run, &answer, is_whole(subject));
	run->sink->process(run->sink->listener, note, &object);
	tell_gaps(run, subject);
	buffer_clear(&run->last_path);
	buffer_put(&run->last_path, note->path.at, note->path.n);
	for (size_t i = 0; i < note->n_regions && run->sink->file != NULL; i++) {
		const struct memory_region *region = &note->regions[i];

		if (region->is_on_disk &&
		    (i == 0 || !bytes_equal(region->path, region[-1].path)))
			run->sink->file(run->sink->listener, region->path);
	}
	return RQ_OK;
}

static enum rq_err finish(struct run *run, struct subject *subject)
{
	enum rq_err err = RQ_OK;

	if (!subject->is_read || subject->n_answered < subject->n_parts)
		return RQ_OK;
	err = tell(run, subject);
	subject_free(subject);
	return err;
}

/* ---- reading ---- */

static enum gap_reason reason_of(enum rq_err err)
{
	switch (err) {
	case RQ_ERR_NOT_FOUND:
	case RQ_ERR_PEER: return GAP_VANISHED;
	case RQ_ERR_ACCESS: return GAP_UNREADABLE;
	case RQ_ERR_LIMIT: return GAP_TOO_LARGE;
	default: return GAP_IO_ERROR;
	}
}

static bool is_fatal(enum rq_err err)
{
	return err == RQ_ERR_MEMORY;
}

static void end_reading(struct run *run)
{
	memory_free(run->reading->read.memory);
	run->reading->read.memory = NULL;
	run->reading->is_read = true;
	run->reading = NULL;
}

static void note_gap(struct subject *subject, enum gap_reason reason,
		     const char *detail)
{
	subject->is_gap = true;
	subject->reason = reason;
	snprintf(subject->detail, sizeof subject->detail, "%s", detail);
}

static enum rq_err describe(struct run *run, struct subject *subject, uint64_t id)
{
	struct process_note *note = &subject->note;
	struct memory_process parent;
	struct memory_region *regions;
	struct connection *connections;
	struct rq_diag diag = {0};
	const char *path;
	enum rq_err err = arena_new(NOTE_MEMORY, &subject->arena);

	if (err == RQ_OK)
		err = memory_describe(id, subject->arena, &note->about);
	if (err != RQ_OK)
		return err;
	path = arena_format(subject->arena, "process:%llu (%s)", (unsigned long long)id,
			    (const char *)note->about.name.at);
	if (path == NULL)
		return RQ_ERR_MEMORY;
	note->path = bytes_of(path);
	if (!note->about.has_memory || (run->options->all && is_ours(&note->about)))
		return RQ_OK;
	if (memory_describe(note->about.parent, subject->arena, &parent) == RQ_OK)
		note->parent_name = parent.name;
	run->outcome->n_seen++;
	err = memory_open(id, &subject->read.memory, &diag);
	if (err == RQ_OK)
		err = memory_regions(subject->read.memory, subject->arena, &regions,
				     &note->n_regions);
	/* without them, what is found in the memory is told all the same */
	if (err == RQ_OK &&
	    connection_list(run->connections, id, subject->arena, &connections,
			    &note->n_connections) == RQ_OK)
		note->connections = connections;
	else if (err == RQ_OK)
		note_gap(subject, GAP_UNREADABLE,
			 "its connections could not be listed");
	if (err == RQ_OK) {
		note->regions = regions;
		subject->read.regions = regions;
		subject->read.n_regions = note->n_regions;
		subject->read.max_size = run->options->max_image != 0
					     ? run->options->max_image
					     : process_read_limit(memory_room());
	}
	return err;
}

/* Opens the next process; run->reading stays NULL when there is nothing to read. */
static enum rq_err open_next(struct run *run)
{
	struct subject *subject = &run->subjects[run->next];
	uint64_t id = run->ids[run->next++];
	enum rq_err err = describe(run, subject, id);

	if (err == RQ_OK && subject->read.memory != NULL) {
		run->reading = subject;
		return RQ_OK;
	}
	if (is_fatal(err))
		return err;
	/* what is gone since the listing is not there any more: nothing is missing */
	if (err != RQ_OK && err != RQ_ERR_NOT_FOUND)
		tell_gap(run, subject->note.path, reason_of(err), rq_err_text(err));
	else if (err == RQ_ERR_NOT_FOUND && subject->note.path.n > 0)
		tell_gap(run, subject->note.path, GAP_VANISHED, NULL);
	subject_free(subject);
	return RQ_OK;
}

static enum rq_err hand_over(struct run *run, struct file *image)
{
	struct sweep_task *task = sweep_pool_add(run->pool);
	struct subject *subject = run->reading;

	task->root = (uint32_t)(subject - run->subjects);
	task->file = *image;
	*image = FILE_NONE; /* transferred */
	subject->n_parts++;
	buffer_put(&task->path, subject->note.path.at, subject->note.path.n);
	return buffer_ok(&task->path) ? file_stat(task->file, &task->info)
				      : RQ_ERR_MEMORY;
}

static enum rq_err read_next(struct run *run, struct rq_diag *diag)
{
	struct subject *subject = run->reading;
	struct file image;
	enum rq_err err = process_read_next(&subject->read, &image, diag);

	if (err == RQ_OK)
		return hand_over(run, &image);
	if (is_fatal(err))
		return err;
	if (err != RQ_ERR_NOT_FOUND)
		note_gap(subject, reason_of(err),
			 err == RQ_ERR_PEER ? "it ended while it was read"
					    : rq_err_text(err));
	end_reading(run);
	return finish(run, subject);
}

static uint64_t bytes_ahead(struct run *run)
{
	const struct sweep_task *task;
	uint64_t n = 0;

	for (size_t i = 0; (task = sweep_pool_peek(run->pool, i)) != NULL; i++)
		n += task->state != TASK_DONE ? task->info.size : 0;
	return n;
}

static bool has_more(const struct run *run)
{
	return !run->is_stopping && (run->reading != NULL || run->next < run->n_ids);
}

/* One step at a time, so that what was read goes to a worker at once. */
static enum rq_err feed(struct run *run, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (!has_more(run) || !sweep_pool_is_hungry(run->pool) ||
	    bytes_ahead(run) > AHEAD_BYTES)
		return RQ_OK;
	if (run->reading == NULL)
		err = open_next(run);
	if (err == RQ_OK && run->reading != NULL)
		err = read_next(run, diag);
	return err;
}

/* ---- answers ---- */

static enum rq_err keep_answer(struct subject *subject, struct sweep_task *task)
{
	if (!alloc_grow((void **)&subject->answers, &subject->capacity,
			subject->n_answers + 1, sizeof *subject->answers))
		return RQ_ERR_MEMORY;
	subject->answers[subject->n_answers++] = task->answer;
	task->answer = (struct buffer){0}; /* transferred */
	return RQ_OK;
}

static enum rq_err collect(struct run *run)
{
	struct sweep_task *task;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && (task = sweep_pool_peek(run->pool, 0)) != NULL &&
	       task->state == TASK_DONE) {
		struct subject *subject = &run->subjects[task->root];

		subject->n_answered++;
		if (task->is_gap)
			note_gap(subject, task->reason, task->detail);
		else
			err = keep_answer(subject, task);
		sweep_pool_drop(run->pool);
		if (err == RQ_OK)
			err = finish(run, subject);
	}
	return err;
}

/* ---- the whole ---- */

static void look_for_stop(struct run *run)
{
	uint64_t limit = run->sweep.time_limit_ms;
	uint64_t now = clock_monotonic_ns();

	if (run->is_stopping)
		return;
	if (host_interrupted() ||
	    (limit != 0 && now - run->started_ns >= limit * 1000000)) {
		run->is_stopping = true;
		run->stopped_ns = now;
	}
}

static bool is_done(struct run *run)
{
	if (!has_more(run) && sweep_pool_peek(run->pool, 0) == NULL)
		return true;
	return run->is_stopping &&
	       clock_monotonic_ns() - run->stopped_ns > (uint64_t)STOP_MS * 1000000;
}

static void report_progress(struct run *run)
{
	const struct governor *governor = run->sweep.governor;
	const struct sweep_outcome *outcome = run->outcome;
	uint64_t now = clock_monotonic_ns();
	struct sweep_progress progress = {
	    .of_processes = true,
	    .n_files = run->next,
	    .n_bytes = outcome->bytes_seen,
	    .n_files_all = run->n_ids,
	    .all_counted = true,
	    .n_found = outcome->n_found,
	    .yields = governor != NULL && governor_yields(governor),
	    .seconds = (double)(now - run->started_ns) / 1e9,
	    .seconds_left = -1,
	    .path = buffer_bytes(&run->last_path),
	};

	if (run->sink->progress == NULL ||
	    now - run->progress_ns < (uint64_t)PROGRESS_MS * 1000000)
		return;
	run->progress_ns = now;
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		progress.n_gaps += outcome->n_gaps[i];
	run->sink->progress(run->sink->listener, &progress);
}

/* After a stop: what was not told is a gap each, what was not listed is one. */
static enum rq_err tell_rest(struct run *run)
{
	enum rq_err err = RQ_OK;

	if (run->reading != NULL)
		end_reading(run);
	for (size_t i = 0; i < run->next && err == RQ_OK; i++) {
		struct subject *subject = &run->subjects[i];

		if (subject->arena == NULL)
			continue;
		note_gap(subject, GAP_STOPPED, "stopped before all was examined");
		subject->n_answered = subject->n_parts;
		err = finish(run, subject);
	}
	if (run->next < run->n_ids) {
		char path[40];

		snprintf(path, sizeof path, "process:%llu",
			 (unsigned long long)run->ids[run->next]);
		tell_gap(run, bytes_of(path), GAP_STOPPED,
			 "stopped before it and those behind it were examined");
	}
	run->outcome->stopped = true;
	return err;
}

static enum rq_err sweep(struct run *run, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && !is_done(run)) {
		look_for_stop(run);
		err = feed(run, diag);
		if (err == RQ_OK)
			err = sweep_pool_hand_out(run->pool, diag);
		if (err == RQ_OK)
			err = sweep_pool_turn(run->pool,
					      has_more(run) &&
						      sweep_pool_is_hungry(run->pool) &&
						      bytes_ahead(run) <= AHEAD_BYTES
						  ? 0
						  : TURN_MS,
					      diag);
		if (err == RQ_OK)
			err = collect(run);
		report_progress(run);
	}
	if (err == RQ_OK && run->is_stopping)
		err = tell_rest(run);
	return err;
}

enum rq_err process_sweep_run(const struct process_options *options,
			      const struct process_sink *sink,
			      struct sweep_outcome *outcome_out, struct rq_diag *diag)
{
	struct run run = {.options = options,
			  .sink = sink,
			  .sweep = *options->sweep,
			  .outcome = outcome_out,
			  .started_ns = clock_monotonic_ns()};
	enum rq_err err;

	*outcome_out = (struct sweep_outcome){0};
	run.sweep.worker.is_memory = true;
	run.sweep.worker.want_strings = true; /* to say in which region */
	run.sweep.worker.hash_all = false;
	run.sweep.want_owner = false;
	/* these ask for digests, names and contents of files: an image is none */
	run.sweep.indicators = run.sweep.indicator_body = FILE_NONE;
	run.sweep.artefacts = FILE_NONE;
	run.sweep.n_indicators = run.sweep.n_artefacts = 0;
	if (run.sweep.idle_priority)
		process_be_idle();
	err = arena_new(NOTE_MEMORY, &run.arena);
	if (err == RQ_OK)
		err = connection_table_new(&run.connections);
	if (err == RQ_OK)
		err = choose(&run, diag);
	if (err == RQ_OK) {
		run.subjects = alloc_array(run.n_ids, sizeof *run.subjects);
		err = run.subjects == NULL ? RQ_ERR_MEMORY : RQ_OK;
	}
	if (err == RQ_OK)
		err = sweep_pool_new(&run.sweep, &run.pool, diag);
	if (err == RQ_OK)
		err = sweep(&run, diag);
	outcome_out->seconds =
	    (double)(clock_monotonic_ns() - run.started_ns) / 1000000000;
	if (run.pool != NULL) {
		outcome_out->n_deaths = sweep_pool_n_deaths(run.pool);
		outcome_out->n_workers = sweep_pool_n_workers(run.pool);
		snprintf(outcome_out->confinement, sizeof outcome_out->confinement,
			 "%s", sweep_pool_confinement(run.pool));
	}
	for (size_t i = 0; run.subjects != NULL && i < run.n_ids; i++)
		subject_free(&run.subjects[i]);
	alloc_free(run.subjects);
	buffer_free(&run.last_path);
	connection_table_free(run.connections);
	sweep_pool_free(run.pool);
	arena_free(run.arena);
	return err;
}
