#include "endpoint/sweep.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "endpoint/sweep_journal.h"
#include "endpoint/sweep_link.h"
#include "endpoint/sweep_pool.h"
#include "endpoint/sweep_walk.h"
#include "endpoint/whole_path.h"
#include "os/clock.h"
#include "os/host.h"
#include "os/process.h"

#include <stdio.h>

enum {
	TURN_MS = 50,
	PROGRESS_MS = 200,
	STOP_MS = 2000,       /* for what is on its way, when we were asked to stop */
	COUNT_AFTER_MS = 500, /* a short sweep needs no estimate */
	COUNT_SLICE_MS = 3,
	TELL_MS = 100,   /* at least between two flushes of the journal */
	FLUSH_MS = 1000, /* at most between two */
	TELL_AT = 4096,  /* or when so many wait */
};

struct sweep {
	const struct sweep_options *options;
	const struct sweep_sink *sink;
	struct walk *walk;
	struct sweep_pool *pool;
	struct journal *journal;  /* NULL: none */
	struct link_table *links; /* NULL: every name counts */
	struct arena *arena;      /* of one answer */
	struct journal_counts counts;
	struct journal_mark mark;
	struct buffer mark_path;
	bool walk_ended, stopping, journal_failed;
	uint64_t started_ns, stopped_ns, told_ns, flushed_ns, progress_ns;
	uint64_t before_ms; /* of earlier runs */
	struct buffer last_path;
	struct buffer whole; /* path of the object at hand */
	/* the estimate */
	struct walk *counting;
	bool all_counted;
	uint64_t n_files_all, n_bytes_all;
};

void sweep_options_default(struct sweep_options *options)
{
	*options = (struct sweep_options){
	    .recursive = true,
	    .max_file_size = UINT64_MAX,
	    .max_holes = UINT64_C(64) << 30,
	    .indicators = FILE_NONE,
	    .indicator_body = FILE_NONE,
	    .artefacts = FILE_NONE,
	    .worker = {.timeout_ms = 120 * 1000, .max_objects = 20000},
	};
}

static uint64_t now_ms(const struct sweep *sweep)
{
	return (clock_monotonic_ns() - sweep->started_ns) / 1000000;
}

/* ---- walking ---- */

static enum rq_err set_gap(struct sweep_task *task, enum gap_reason reason,
			   const char *detail)
{
	task->is_gap = true;
	task->reason = reason;
	task->state = TASK_DONE;
	snprintf(task->detail, sizeof task->detail, "%s", detail != NULL ? detail : "");
	file_close(&task->file);
	return RQ_OK;
}

static bool is_too_large(const struct sweep_options *options,
			 const struct sweep_task *task)
{
	if (task->info.size <= options->max_file_size)
		return false;
	return !options->spare_named || task->root >= options->n_paths ||
	       !bytes_equal_text(buffer_bytes(&task->path), options->paths[task->root]);
}

/* A file that was opened: is there a reason not to read it? */
static enum rq_err judge(struct sweep *sweep, struct sweep_task *task)
{
	const struct sweep_options *options = sweep->options;

	if (sweep->links != NULL && task->info.n_links > 1) {
		bool is_known;
		enum rq_err err = link_table_meet(sweep->links, &task->info, &is_known);

		if (err != RQ_OK)
			return err;
		if (is_known) {
			task->is_same = true;
			task->state = TASK_DONE;
			file_close(&task->file);
			return RQ_OK;
		}
	}
	if (is_too_large(options, task))
		return set_gap(task, GAP_TOO_LARGE,
			       "larger than the limit that was set");
	if (options->max_holes != 0 &&
	    file_holes(task->file, &task->info) > options->max_holes)
		return set_gap(task, GAP_SPARSE, "holes larger than the limit");
	return RQ_OK;
}

static enum rq_err feed(struct sweep *sweep)
{
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && !sweep->walk_ended && !sweep->stopping &&
	       sweep_pool_is_hungry(sweep->pool)) {
		struct walk_entry entry;
		struct sweep_task *task;

		err = walk_next(sweep->walk, &entry);
		if (err == RQ_ERR_NOT_FOUND) {
			sweep->walk_ended = true;
			return RQ_OK;
		}
		if (err != RQ_OK)
			return err;
		task = sweep_pool_add(sweep->pool);
		task->root = entry.root;
		task->file = entry.file;
		task->info = entry.info;
		buffer_put(&task->path, entry.path.at, entry.path.n);
		if (!buffer_ok(&task->path))
			return RQ_ERR_MEMORY;
		err = entry.is_gap ? set_gap(task, entry.reason, entry.detail)
				   : judge(sweep, task);
	}
	return err;
}

/* ---- telling ---- */

static enum rq_err decode(struct sweep *sweep, struct bytes data, uint64_t size,
			  struct worker_answer *answer)
{
	struct worker_limits limits = {.n_rules = sweep->options->n_rules,
				       .object_size = size,
				       .n_indicators = sweep->options->n_indicators,
				       .n_artefacts = sweep->options->n_artefacts};

	arena_reset(sweep->arena);
	return worker_answer_decode(data, &limits, sweep->arena, answer);
}

static bool has_content(const struct worker_answer *answer)
{
	return answer->n_rules > 0 || answer->gaps != 0 || answer->n_console > 0 ||
	       answer->n_module_data > 0 || answer->n_hits > 0;
}

/* data: the answer of a worker that only hashed the object, or nothing.  Names and
 * places are asked for every gap alike (endpoint/scan_tell.c), whoever had it. */
static enum rq_err add_digests(struct sweep *sweep, struct bytes data,
			       struct sweep_gap *gap, struct worker_answer *room)
{
	struct worker_hit *hits;
	enum rq_err err;

	if (data.n == 0)
		return RQ_OK;
	err = decode(sweep, data, gap->size, room);
	if (err != RQ_OK)
		return err;
	hits = arena_array(sweep->arena, room->n_hits, sizeof *hits);
	if (hits == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < room->n_hits; i++)
		if (room->hits[i].kind == FINDING_HASH)
			hits[gap->n_hits++] = room->hits[i];
	gap->hits = hits;
	gap->sha256 = room->has_sha256 ? room->sha256 : NULL;
	return RQ_OK;
}

static enum rq_err gap_of(struct sweep *sweep, const struct sweep_task *task,
			  struct sweep_gap *gap, struct worker_answer *room)
{
	*gap =
	    (struct sweep_gap){.path = buffer_bytes(&task->path),
			       .reason = task->reason,
			       .detail = task->detail[0] != '\0' ? task->detail : NULL,
			       .size = task->info.size};
	return add_digests(sweep, buffer_bytes(&task->answer), gap, room);
}

static void count_object(struct sweep *sweep, const struct worker_answer *answer)
{
	struct journal_counts *counts = &sweep->counts;

	counts->bytes_scanned += answer->n_read;
	counts->n_scanned += answer->gaps == 0;
	counts->n_found += answer->n_rules > 0 || answer->n_hits > 0;
	counts->n_findings += answer->n_rules + answer->n_hits;
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		counts->n_gaps[i] += answer->gaps >> i & 1;
}

static bool is_about_a_file(enum gap_reason reason)
{
	return reason != GAP_LISTING && reason != GAP_NETWORK && reason != GAP_LOOP;
}

/* What other names of the same file will tell, in this run or the next. */
static bool keep_name(struct sweep *sweep, const struct sweep_task *task)
{
	if (sweep->links == NULL || task->is_same || task->info.n_links < 2)
		return true;
	if (sweep->journal != NULL)
		journal_add_name(sweep->journal, &task->info,
				 task->is_gap || task->answer.size > 0);
	return link_table_keep(sweep->links, task);
}

/*
 * The answer came from another name of the file: names of lists are looked for in this
 * one instead.
 */
static enum rq_err name_anew(struct sweep *sweep, struct sweep_task *task)
{
	const struct sweep_options *options = sweep->options;
	struct worker_answer answer = {0};
	struct worker_hit *hits, *all;
	struct bytes path;
	size_t n = 0, n_kept = 0;
	enum rq_err err = RQ_OK;

	if (options->find_names == NULL || task->is_gap)
		return RQ_OK;
	arena_reset(sweep->arena);
	if (task->answer.size > 0)
		err = decode(sweep, buffer_bytes(&task->answer), task->info.size,
			     &answer);
	if (err == RQ_OK)
		err = whole_path(options->worker.folder, buffer_bytes(&task->path),
				 &sweep->whole, &path);
	if (err == RQ_OK)
		err =
		    options->find_names(options->finder, path, sweep->arena, &hits, &n);
	if (err != RQ_OK || (n == 0 && answer.n_hits == 0))
		return err;
	all = arena_array(sweep->arena, n + answer.n_hits, sizeof *all);
	if (all == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < answer.n_hits; i++)
		if (answer.hits[i].kind != FINDING_NAME)
			all[n_kept++] = answer.hits[i];
	for (size_t i = 0; i < n; i++)
		all[n_kept++] = hits[i];
	answer.hits = all;
	answer.n_hits = n_kept < CAP_HITS ? n_kept : CAP_HITS;
	/* texts of the answer lie in the task's own bytes */
	struct buffer anew = {.max = CAP_WIRE_ANSWER};
	worker_answer_encode(&answer, &anew);
	if (!buffer_ok(&anew)) {
		buffer_free(&anew);
		return RQ_ERR_MEMORY;
	}
	buffer_free(&task->answer);
	task->answer = anew; /* transferred */
	return RQ_OK;
}

/* Counts the task, and writes down what has to be told. */
static enum rq_err account(struct sweep *sweep, struct sweep_task *task)
{
	struct worker_answer answer = {0};
	struct sweep_gap gap;
	enum rq_err err = RQ_OK;

	if (task->is_same) {
		sweep->counts.n_same++;
		if (!link_table_copy(sweep->links, task))
			return RQ_ERR_MEMORY;
		err = name_anew(sweep, task);
		if (err != RQ_OK)
			return err;
		if (!task->is_gap && task->answer.size == 0)
			return RQ_OK; /* nothing was found under the other name */
	} else if (!task->is_gap || is_about_a_file(task->reason)) {
		sweep->counts.n_seen++;
		sweep->counts.bytes_seen += task->info.size;
	}
	if (task->is_gap) {
		sweep->counts.n_gaps[task->reason]++;
		err = gap_of(sweep, task, &gap, &answer);
		if (err == RQ_OK && sweep->journal != NULL)
			journal_add_gap(sweep->journal, &gap,
					buffer_bytes(&task->answer));
	} else {
		err = decode(sweep, buffer_bytes(&task->answer), task->info.size,
			     &answer);
		if (err != RQ_OK)
			return err;
		if (task->is_same)
			answer.n_read = 0;
		count_object(sweep, &answer);
		if (sweep->journal != NULL && has_content(&answer))
			journal_add_object(sweep->journal, buffer_bytes(&task->path),
					   task->info.size,
					   buffer_bytes(&task->answer));
		if (!has_content(&answer))
			buffer_clear(&task->answer);
	}
	return err == RQ_OK && !keep_name(sweep, task) ? RQ_ERR_MEMORY : err;
}

static enum rq_err tell(struct sweep *sweep, const struct sweep_task *task)
{
	const struct sweep_sink *sink = sweep->sink;
	struct worker_answer answer = {.n_read = task->info.size};
	struct sweep_object object = {.path = buffer_bytes(&task->path),
				      .size = task->info.size,
				      .modified_ns = task->info.modified_ns,
				      .answer = &answer};
	struct sweep_gap gap;
	enum rq_err err = RQ_OK;

	if (task->is_gap) {
		err = gap_of(sweep, task, &gap, &answer);
		if (err == RQ_OK)
			sink->gap(sink->listener, &gap);
		return err;
	}
	if (task->answer.size > 0)
		err = decode(sweep, buffer_bytes(&task->answer), task->info.size,
			     &answer);
	if (err == RQ_OK && (has_content(&answer) || sink->every_object))
		sink->object(sink->listener, &object);
	return err;
}

static bool is_told_now(const struct sweep *sweep, bool is_last)
{
	const struct sweep_task *far = sweep_pool_peek(sweep->pool, TELL_AT);

	if (sweep->journal == NULL || is_last || far != NULL)
		return true;
	if (sweep->walk_ended && sweep_pool_is_idle(sweep->pool))
		return true;
	return clock_monotonic_ns() - sweep->told_ns > (uint64_t)TELL_MS * 1000000;
}

static void commit(struct sweep *sweep, bool is_last)
{
	uint64_t now = clock_monotonic_ns();
	bool flush = is_last || journal_has_pending(sweep->journal) ||
		     now - sweep->flushed_ns > (uint64_t)FLUSH_MS * 1000000;

	sweep->counts.elapsed_ms = sweep->before_ms + now_ms(sweep);
	sweep->mark.counts = sweep->counts;
	sweep->mark.path = buffer_bytes(&sweep->mark_path);
	if (flush)
		sweep->flushed_ns = now;
	if (journal_commit(sweep->journal, &sweep->mark, flush, NULL) == RQ_OK)
		return;
	/* what is found counts more than where to go on */
	journal_free(sweep->journal);
	sweep->journal = NULL;
	sweep->journal_failed = true;
}

/* Lets go of all tasks that are done, oldest first. */
static enum rq_err deliver(struct sweep *sweep, bool is_last)
{
	enum rq_err err = RQ_OK;
	struct sweep_task *task, *last = NULL;
	size_t n = 0;

	if (!is_told_now(sweep, is_last))
		return RQ_OK;
	while (err == RQ_OK && (task = sweep_pool_peek(sweep->pool, n)) != NULL &&
	       task->state == TASK_DONE) {
		err = account(sweep, task);
		last = task;
		n++;
	}
	if (err != RQ_OK || last == NULL)
		return err;
	buffer_clear(&sweep->mark_path);
	buffer_put(&sweep->mark_path, last->path.data, last->path.size);
	if (!buffer_ok(&sweep->mark_path))
		return RQ_ERR_MEMORY;
	sweep->mark.has_place = true;
	sweep->mark.root = last->root;
	if (sweep->journal != NULL)
		commit(sweep, is_last);
	for (; n > 0 && err == RQ_OK; n--) {
		err = tell(sweep, sweep_pool_peek(sweep->pool, 0));
		sweep_pool_drop(sweep->pool);
	}
	sweep->told_ns = clock_monotonic_ns();
	return err;
}

/*
 * After a stop: what is done is told though something before it is not; the rest is a
 * gap each.  None of it is marked, so that a resumed sweep examines it again.
 */
static enum rq_err deliver_rest(struct sweep *sweep)
{
	struct sweep_task *task;
	struct sweep_gap rest = {.reason = GAP_STOPPED,
				 .detail =
				     "stopped behind this: nothing more was listed"};
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && (task = sweep_pool_peek(sweep->pool, 0)) != NULL) {
		struct journal *journal = sweep->journal;

		if (task->state != TASK_DONE)
			err = set_gap(task, GAP_STOPPED,
				      "stopped before it was examined");
		sweep->journal = NULL;
		if (task->reason == GAP_STOPPED)
			buffer_clear(&task->answer);
		if (err == RQ_OK)
			err = account(sweep, task);
		sweep->journal = journal;
		if (err == RQ_OK)
			err = tell(sweep, task);
		buffer_clear(&sweep->last_path);
		buffer_put(&sweep->last_path, task->path.data, task->path.size);
		sweep_pool_drop(sweep->pool);
	}
	if (err != RQ_OK || sweep->walk_ended)
		return err;
	rest.path = buffer_bytes(sweep->last_path.size > 0 ? &sweep->last_path
							   : &sweep->mark_path);
	sweep->counts.n_gaps[GAP_STOPPED]++;
	sweep->sink->gap(sweep->sink->listener, &rest);
	return RQ_OK;
}

/* ---- progress ---- */

/* Counts what lies ahead, a few milliseconds at a time. */
static void count_ahead(struct sweep *sweep)
{
	uint64_t end = clock_monotonic_ns() + (uint64_t)COUNT_SLICE_MS * 1000000;
	struct walk_entry entry;
	enum rq_err err = RQ_OK;

	if (sweep->all_counted || sweep->walk_ended || sweep->sink->progress == NULL ||
	    now_ms(sweep) < COUNT_AFTER_MS)
		return;
	if (sweep->counting == NULL &&
	    walk_new(sweep->options, true, &sweep->counting, NULL) != RQ_OK)
		return;
	while (err == RQ_OK && clock_monotonic_ns() < end) {
		err = walk_next(sweep->counting, &entry);
		if (err == RQ_OK) {
			sweep->n_files_all++;
			sweep->n_bytes_all += entry.info.size;
		}
	}
	sweep->all_counted = err == RQ_ERR_NOT_FOUND;
}

static void report_progress(struct sweep *sweep)
{
	struct sweep_progress progress = {
	    .n_files = sweep->counts.n_seen + sweep->counts.n_same,
	    .n_bytes = sweep->counts.bytes_seen,
	    .all_counted = sweep->all_counted,
	    .n_found = sweep->counts.n_found,
	    .seconds = (double)(sweep->before_ms + now_ms(sweep)) / 1000,
	    .seconds_left = -1,
	    .yields = sweep->options->governor != NULL &&
		      governor_yields(sweep->options->governor),
	    .path = buffer_bytes(&sweep->mark_path),
	};
	uint64_t now = clock_monotonic_ns();

	if (sweep->sink->progress == NULL ||
	    now - sweep->progress_ns < (uint64_t)PROGRESS_MS * 1000000)
		return;
	sweep->progress_ns = now;
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		progress.n_gaps += sweep->counts.n_gaps[i];
	if (sweep->n_files_all > progress.n_files) {
		progress.n_files_all = sweep->n_files_all;
		progress.n_bytes_all = sweep->n_bytes_all;
	}
	/* a file costs about as much as 64 KB of content */
	if (sweep->all_counted && progress.n_files > 0 && progress.n_files_all > 0) {
		double done =
		    (double)progress.n_bytes + 65536.0 * (double)progress.n_files;
		double all = (double)progress.n_bytes_all +
			     65536.0 * (double)progress.n_files_all;

		progress.seconds_left =
		    all > done ? progress.seconds * (all - done) / done : 0;
	}
	sweep->sink->progress(sweep->sink->listener, &progress);
}

/* ---- the whole ---- */

static void look_for_stop(struct sweep *sweep)
{
	uint64_t limit = sweep->options->time_limit_ms;

	if (sweep->stopping)
		return;
	if (host_interrupted() || (limit != 0 && now_ms(sweep) >= limit)) {
		sweep->stopping = true;
		sweep->stopped_ns = clock_monotonic_ns();
	}
}

static bool is_done(const struct sweep *sweep)
{
	if (sweep->walk_ended && sweep_pool_peek(sweep->pool, 0) == NULL)
		return true;
	return sweep->stopping &&
	       (sweep_pool_n_sent(sweep->pool) == 0 ||
		clock_monotonic_ns() - sweep->stopped_ns > (uint64_t)STOP_MS * 1000000);
}

/* How long to wait for the workers: not at all when there is something else to do. */
static uint32_t wait_ms(const struct sweep *sweep)
{
	bool more = !sweep->walk_ended && !sweep->stopping;
	bool counts = sweep->counting != NULL && !sweep->all_counted;

	if (more)
		return counts || sweep_pool_is_hungry(sweep->pool) ? 0 : TURN_MS;
	return sweep_pool_is_idle(sweep->pool) ? 0 : TURN_MS;
}

static enum rq_err run(struct sweep *sweep, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;
	bool ended;

	while (err == RQ_OK && !is_done(sweep)) {
		look_for_stop(sweep);
		err = feed(sweep);
		if (err == RQ_OK)
			err = sweep_pool_hand_out(sweep->pool, diag);
		if (err == RQ_OK)
			err = sweep_pool_turn(sweep->pool, wait_ms(sweep), diag);
		if (err == RQ_OK)
			err = deliver(sweep, false);
		count_ahead(sweep);
		report_progress(sweep);
	}
	if (err == RQ_OK)
		err = deliver(sweep, true);
	if (err != RQ_OK)
		return err;
	ended = sweep->walk_ended && sweep_pool_peek(sweep->pool, 0) == NULL;
	sweep->mark.is_end = ended;
	if (ended)
		sweep->stopping = false;
	if (sweep->journal != NULL)
		commit(sweep, true);
	return ended ? RQ_OK : deliver_rest(sweep);
}

/* A result of an earlier run, told again. */
static enum rq_err tell_again(void *listener, const struct journal_result *result)
{
	struct sweep *sweep = listener;
	struct worker_answer answer;
	struct sweep_object object = {
	    .path = result->path, .size = result->size, .answer = &answer};
	enum rq_err err;

	if (result->gap != NULL) {
		struct sweep_gap gap = *result->gap;

		err = add_digests(sweep, result->answer, &gap, &answer);
		if (err == RQ_OK)
			sweep->sink->gap(sweep->sink->listener, &gap);
		return err;
	}
	err = decode(sweep, result->answer, result->size, &answer);
	if (err == RQ_OK)
		sweep->sink->object(sweep->sink->listener, &object);
	return err;
}

static enum rq_err name_again(void *listener, const struct journal_name *name)
{
	struct sweep *sweep = listener;

	return sweep->links != NULL ? link_table_restore(sweep->links, name) : RQ_OK;
}

static enum rq_err resume(struct sweep *sweep, bool *is_over, struct rq_diag *diag)
{
	struct journal_reader reader = {
	    .listener = sweep, .result = tell_again, .name = name_again};
	struct journal_mark mark;
	enum rq_err err =
	    journal_open(sweep->options, &reader, &sweep->journal, &mark, diag);

	*is_over = err == RQ_OK && mark.is_end;
	if (err != RQ_OK)
		return err;
	sweep->counts = mark.counts;
	sweep->before_ms = mark.counts.elapsed_ms;
	if (mark.is_end || !mark.has_place)
		return RQ_OK;
	sweep->mark = mark;
	buffer_put(&sweep->mark_path, mark.path.at, mark.path.n);
	if (!buffer_ok(&sweep->mark_path))
		return RQ_ERR_MEMORY;
	return walk_skip_to(sweep->walk, mark.root, mark.path);
}

static void fill_outcome(const struct sweep *sweep, struct sweep_outcome *outcome)
{
	const struct journal_counts *counts = &sweep->counts;

	outcome->n_seen = counts->n_seen;
	outcome->n_scanned = counts->n_scanned;
	outcome->n_found = counts->n_found;
	outcome->n_findings = counts->n_findings;
	outcome->bytes_seen = counts->bytes_seen;
	outcome->bytes_scanned = counts->bytes_scanned;
	outcome->n_same = counts->n_same;
	outcome->n_links = counts->n_links + walk_n_links(sweep->walk);
	outcome->n_deaths = counts->n_deaths;
	for (unsigned i = 0; i < N_GAP_REASONS; i++)
		outcome->n_gaps[i] = counts->n_gaps[i];
	if (sweep->options->governor != NULL)
		outcome->seconds_yielded =
		    (double)sweep->options->governor->yielded_ns / 1e9;
	outcome->seconds = (double)(sweep->before_ms + now_ms(sweep)) / 1000;
	outcome->resumed = sweep->before_ms > 0;
	outcome->stopped = sweep->stopping;
	outcome->journal_failed = sweep->journal_failed;
	if (sweep->pool != NULL) {
		outcome->n_deaths += sweep_pool_n_deaths(sweep->pool);
		outcome->n_workers = sweep_pool_n_workers(sweep->pool);
		snprintf(outcome->confinement, sizeof outcome->confinement, "%s",
			 sweep_pool_confinement(sweep->pool));
	}
}

enum rq_err sweep_run(const struct sweep_options *options,
		      const struct sweep_sink *sink, struct sweep_outcome *outcome_out,
		      struct rq_diag *diag)
{
	struct sweep sweep = {
	    .options = options, .sink = sink, .started_ns = clock_monotonic_ns()};
	bool is_over = false;
	enum rq_err err;

	*outcome_out = (struct sweep_outcome){0};
	if (options->idle_priority)
		process_be_idle();
	err = arena_new(2u * CAP_WIRE_ANSWER, &sweep.arena);
	if (err == RQ_OK)
		err = walk_new(options, false, &sweep.walk, diag);
	if (err == RQ_OK && options->all)
		err = link_table_new(&sweep.links);
	if (err == RQ_OK && options->resume_path != NULL)
		err = resume(&sweep, &is_over, diag);
	if (err == RQ_OK && !is_over)
		err = sweep_pool_new(options, &sweep.pool, diag);
	if (err == RQ_OK && !is_over)
		err = run(&sweep, diag);
	if (sweep.walk != NULL)
		fill_outcome(&sweep, outcome_out);
	sweep_pool_free(sweep.pool);
	journal_free(sweep.journal);
	link_table_free(sweep.links);
	walk_free(sweep.counting);
	walk_free(sweep.walk);
	arena_free(sweep.arena);
	buffer_free(&sweep.mark_path);
	buffer_free(&sweep.last_path);
	buffer_free(&sweep.whole);
	return err;
}
