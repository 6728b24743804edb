#include "endpoint/sweep_pool.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "os/clock.h"
#include "os/host.h"
#include "os/process.h"

#include <stdio.h>
#include <string.h>

enum {
	WINDOW = 16384,    /* tasks between the oldest and the newest */
	BATCHES_AHEAD = 2, /* so that a worker need not wait for us */
	MAX_AHEAD = 2 * CAP_BATCH_OBJECTS,
	BATCH_BYTES = 1 << 20, /* of objects in one batch */
	AHEAD_BYTES = 4 << 20, /* a second batch only behind less than this */
	BATCH_FRAME = CAP_WIRE_FRAME / 2,
	MAX_START_FAILURES = 3, /* in a row */
	DEATHS_ALONE = 2, /* one may be chance: memory ran out, somebody killed it */
	HANG_GRACE_MS = 10 * 1000, /* beyond the time that the worker allows itself */
	HANG_MS = 60 * 60 * 1000,  /* when it allows itself any */
	START_MS = 60 * 1000,
	STANDSTILL_MS = 3 * 1000, /* we were stopped ourselves: nobody is late */
	MAX_WORKERS = 256,
};

struct lane {
	struct process *process; /* NULL: to be started */
	bool is_ready;           /* said hello */
	bool is_retired;
	bool is_alone; /* has one suspect */
	uint64_t heard_ns;
	uint64_t sent[MAX_AHEAD]; /* numbers of its tasks, oldest first: a ring */
	size_t n_sent, first;
	size_t n_batches;             /* estimated: batches not fully answered */
	uint64_t ends[BATCHES_AHEAD]; /* number of the last task of each batch */
	uint64_t bytes;               /* of its tasks */
};

struct sweep_pool {
	const struct sweep_options *options;
	struct lane *lanes; /* n_wanted */
	uint32_t n_lanes;   /* started: one, or all */
	uint32_t n_wanted;
	struct sweep_task *tasks;          /* a ring of WINDOW */
	uint64_t oldest, next, next_fresh; /* numbers; fresh: not yet handed out once */
	uint64_t *again;                   /* numbers to hand out again, lowest first */
	size_t n_again, again_capacity;
	size_t n_sent;
	struct arena *arena;
	struct buffer frame;
	uint64_t turned_ns, started_ns;
	uint64_t cpu_ns; /* of workers that ended */
	bool is_paused;
	uint32_t n_start_failures;
	uint64_t n_deaths;
	char confinement[64];
};

static struct sweep_task *task_at(struct sweep_pool *pool, uint64_t sequence)
{
	return &pool->tasks[sequence % WINDOW];
}

/* ---- lanes ---- */

/* What it shall know: how to scan, and the content beside the rules. */
static enum rq_err send_config(struct sweep_pool *pool, struct lane *lane)
{
	const struct sweep_options *options = pool->options;
	const struct file content[] = {options->indicators, options->indicator_body,
				       options->artefacts};
	enum { N_CONTENT = sizeof content / sizeof *content };
	struct worker_config config = options->worker;
	bool *const has[N_CONTENT] = {
	    &config.has_indicators, &config.has_indicator_body, &config.has_artefacts};
	uint64_t *const numbers[N_CONTENT] = {
	    &config.indicators, &config.indicator_body, &config.artefacts};
	uint64_t handles[N_CONTENT];
	struct file files[N_CONTENT];
	size_t n = 0;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < N_CONTENT; i++) {
		*has[i] = content[i].handle != FILE_NONE.handle;
		if (*has[i])
			files[n++] = content[i];
	}
	if (n > 0)
		err = process_pass(lane->process, files, n, handles);
	if (err != RQ_OK)
		return err;
	n = 0;
	for (size_t i = 0; i < N_CONTENT; i++)
		if (*has[i])
			*numbers[i] = handles[n++];
	buffer_clear(&pool->frame);
	worker_config_encode(&config, &pool->frame);
	return buffer_ok(&pool->frame)
		   ? process_send(lane->process, buffer_bytes(&pool->frame))
		   : RQ_ERR_MEMORY;
}

static enum rq_err send_rules(struct sweep_pool *pool, struct lane *lane)
{
	uint64_t handle;
	enum rq_err err =
	    process_pass(lane->process, &pool->options->sealed, 1, &handle);

	if (err != RQ_OK)
		return err;
	buffer_clear(&pool->frame);
	worker_rules_encode(handle, &pool->frame);
	return buffer_ok(&pool->frame)
		   ? process_send(lane->process, buffer_bytes(&pool->frame))
		   : RQ_ERR_MEMORY;
}

static enum rq_err start_lane(struct sweep_pool *pool, struct lane *lane,
			      struct rq_diag *diag)
{
	struct process **early = pool->options->early;
	enum rq_err err = RQ_OK;

	if (early != NULL && *early != NULL) {
		lane->process = *early;
		*early = NULL; /* transferred */
	} else {
		err = process_start_worker(&lane->process, diag);
	}
	if (err != RQ_OK)
		return err;
	lane->is_ready = lane->is_retired = lane->is_alone = false;
	lane->heard_ns = clock_monotonic_ns();
	return send_rules(pool, lane);
}

static enum rq_err hand_again(struct sweep_pool *pool, uint64_t sequence)
{
	size_t i = pool->n_again;

	if (!alloc_grow((void **)&pool->again, &pool->again_capacity, pool->n_again + 1,
			sizeof *pool->again))
		return RQ_ERR_MEMORY;
	for (; i > 0 && pool->again[i - 1] > sequence; i--)
		pool->again[i] = pool->again[i - 1];
	pool->again[i] = sequence;
	pool->n_again++;
	task_at(pool, sequence)->state = TASK_READY;
	return RQ_OK;
}

static void finish(struct sweep_task *task)
{
	task->state = TASK_DONE;
	file_close(&task->file);
}

/* The answer to a task whose worker died because of it. */
static void finish_dead(struct sweep_task *task)
{
	task->is_gap = true;
	task->reason = GAP_WORKER_DIED;
	finish(task);
}

/* What the ended worker of lane had and did not answer goes out again. */
static enum rq_err take_back(struct sweep_pool *pool, struct lane *lane, bool is_blamed,
			     const char *how)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < lane->n_sent && err == RQ_OK; i++) {
		uint64_t sequence = lane->sent[(lane->first + i) % MAX_AHEAD];
		struct sweep_task *task = task_at(pool, sequence);

		buffer_clear(&task->answer);
		if (is_blamed && lane->n_sent == 1) {
			task->n_deaths++;
			if (!task->hash_only)
				snprintf(task->detail, sizeof task->detail, "%s", how);
			if (task->hash_only && task->n_deaths > DEATHS_ALONE + 1) {
				finish_dead(task);
				continue;
			}
			task->hash_only = task->n_deaths >= DEATHS_ALONE;
		}
		task->is_suspect = task->is_suspect || is_blamed;
		err = hand_again(pool, sequence);
	}
	pool->n_sent -= lane->n_sent;
	lane->n_sent = lane->first = lane->n_batches = 0;
	lane->bytes = 0;
	return err;
}

/* The worker of lane ended, or has to; how says it for a person. */
static enum rq_err bury(struct sweep_pool *pool, struct lane *lane, bool hung,
			struct rq_diag *diag)
{
	bool is_blamed = !lane->is_retired && lane->n_sent > 0;
	char how[96];
	enum rq_err err;

	if (hung)
		snprintf(how, sizeof how, "did not answer in time");
	else
		snprintf(how, sizeof how, "%s", process_end_text(lane->process));
	/* a hang has cost its time already: once is enough */
	if (hung && lane->n_sent == 1) {
		struct sweep_task *task = task_at(pool, lane->sent[lane->first]);

		if (!task->hash_only)
			task->n_deaths = DEATHS_ALONE - 1;
	}
	if (!lane->is_retired)
		pool->n_deaths++;
	pool->n_start_failures = lane->is_ready ? 0 : pool->n_start_failures + 1;
	pool->cpu_ns += process_cpu_ns(lane->process);
	process_free(lane->process);
	lane->process = NULL;
	err = take_back(pool, lane, is_blamed, how);
	if (err == RQ_OK && pool->n_start_failures >= MAX_START_FAILURES)
		err = rq_fail(diag, RQ_ERR_PEER, NULL,
			      "the worker ends before it is ready (%s)", how);
	if (err == RQ_OK)
		err = start_lane(pool, lane, diag);
	return err;
}

/* ---- handing out ---- */

static bool has_room(const struct sweep_pool *pool, const struct lane *lane)
{
	if (lane->process == NULL || !lane->is_ready || lane->is_retired ||
	    lane->is_alone || !process_sent(lane->process))
		return false;
	/* what comes again has waited: the next idle worker shall have it */
	return lane->n_batches == 0 ||
	       (lane->n_batches < BATCHES_AHEAD && lane->bytes < AHEAD_BYTES &&
		pool->n_again == 0);
}

/* The next task for lane, or NULL: first what comes again, then what is new. */
static struct sweep_task *next_task(struct sweep_pool *pool, const struct lane *lane,
				    size_t n_chosen)
{
	for (size_t i = 0; i < pool->n_again; i++) {
		struct sweep_task *task = task_at(pool, pool->again[i]);

		/* a suspect goes to an idle worker, and alone */
		if (task->is_suspect && (n_chosen > 0 || lane->n_sent > 0))
			continue;
		pool->n_again--;
		memmove(&pool->again[i], &pool->again[i + 1],
			(pool->n_again - i) * sizeof *pool->again);
		return task;
	}
	while (pool->next_fresh < pool->next) {
		struct sweep_task *task = task_at(pool, pool->next_fresh++);

		if (task->state == TASK_READY)
			return task;
	}
	return NULL;
}

static enum rq_err send_batch(struct sweep_pool *pool, struct lane *lane,
			      struct sweep_task *const *chosen, size_t n)
{
	struct file files[CAP_BATCH_OBJECTS];
	uint64_t handles[CAP_BATCH_OBJECTS];
	char owner[CAP_OWNER];
	enum rq_err err;

	for (size_t i = 0; i < n; i++)
		files[i] = chosen[i]->file;
	err = process_pass(lane->process, files, n, handles);
	if (err != RQ_OK)
		return err;
	buffer_clear(&pool->frame);
	worker_batch_begin(&pool->frame);
	for (size_t i = 0; i < n; i++) {
		struct sweep_task *task = chosen[i];
		struct worker_object about = {.sequence = task->sequence,
					      .hash_only = task->hash_only,
					      .size = task->info.size,
					      .modified_ns = task->info.modified_ns,
					      .handle = handles[i],
					      .path = buffer_bytes(&task->path)};

		owner[0] = '\0';
		if (pool->options->want_owner)
			file_owner_name(task->file, &task->info, owner, sizeof owner);
		about.owner = bytes_of(owner);
		worker_batch_add(&about, &pool->frame);
		lane->sent[(lane->first + lane->n_sent++) % MAX_AHEAD] = task->sequence;
		lane->bytes += task->info.size;
		task->state = TASK_SENT;
	}
	lane->ends[lane->n_batches++] = chosen[n - 1]->sequence;
	pool->n_sent += n;
	return buffer_ok(&pool->frame)
		   ? process_send(lane->process, buffer_bytes(&pool->frame))
		   : RQ_ERR_MEMORY;
}

/* Fills one batch; *n_out is 0 when there was nothing to hand out. */
static enum rq_err hand_out_batch(struct sweep_pool *pool, struct lane *lane,
				  size_t *n_out)
{
	struct sweep_task *chosen[CAP_BATCH_OBJECTS], *task;
	uint64_t n_bytes = 0;
	size_t n = 0, n_frame = 0;

	while (n < CAP_BATCH_OBJECTS && n_bytes < BATCH_BYTES &&
	       n_frame < BATCH_FRAME) {
		task = next_task(pool, lane, n);
		if (task == NULL)
			break;
		chosen[n++] = task;
		n_bytes += task->info.size;
		n_frame += task->path.size + 2 * CAP_OWNER;
		if (task->is_suspect) {
			lane->is_alone = true;
			break;
		}
	}
	*n_out = n;
	if (n == 0)
		return RQ_OK;
	if (lane->n_sent == 0)
		lane->heard_ns = clock_monotonic_ns();
	return send_batch(pool, lane, chosen, n);
}

/* ---- answers ---- */

static enum rq_err check_answer(struct sweep_pool *pool, const struct sweep_task *task)
{
	struct worker_limits limits = {.n_rules = pool->options->n_rules,
				       /* matches in memory are at addresses */
				       .object_size = pool->options->worker.is_memory
							  ? UINT64_MAX
							  : task->info.size,
				       .n_indicators = pool->options->n_indicators,
				       .n_artefacts = pool->options->n_artefacts};
	struct worker_answer answer;

	arena_reset(pool->arena);
	return worker_answer_decode(buffer_bytes(&task->answer), &limits, pool->arena,
				    &answer);
}

static void leave_lane(struct sweep_pool *pool, struct lane *lane,
		       const struct sweep_task *task)
{
	lane->first = (lane->first + 1) % MAX_AHEAD;
	lane->n_sent--;
	lane->bytes -= task->info.size;
	pool->n_sent--;
	if (lane->n_batches > 0 && lane->ends[0] == task->sequence)
		lane->ends[0] = lane->ends[--lane->n_batches];
	lane->is_alone = false;
}

static enum rq_err take_piece(struct sweep_pool *pool, struct lane *lane,
			      struct bytes frame)
{
	struct worker_piece piece;
	struct sweep_task *task;
	enum rq_err err = worker_piece_decode(frame, &piece);

	/* answers come in the order of the questions */
	if (err != RQ_OK || lane->n_sent == 0 ||
	    piece.sequence != lane->sent[lane->first])
		return RQ_ERR_FORMAT;
	task = task_at(pool, piece.sequence);
	task->answer.max = CAP_WIRE_ANSWER;
	buffer_put(&task->answer, piece.data.at, piece.data.n);
	if (!buffer_ok(&task->answer))
		return RQ_ERR_FORMAT;
	if (!piece.is_end)
		return RQ_OK;
	err = check_answer(pool, task);
	if (err != RQ_OK)
		return err;
	leave_lane(pool, lane, task);
	if (task->hash_only)
		finish_dead(task);
	else
		finish(task);
	return RQ_OK;
}

static enum rq_err take_hello(struct sweep_pool *pool, struct lane *lane,
			      struct bytes frame)
{
	struct worker_hello hello;
	enum rq_err err = worker_hello_decode(frame, &hello);

	if (err != RQ_OK || lane->is_ready || hello.n_rules != pool->options->n_rules)
		return RQ_ERR_FORMAT;
	snprintf(pool->confinement, sizeof pool->confinement, "%.*s",
		 (int)hello.confinement.n, (const char *)hello.confinement.at);
	lane->is_ready = true;
	return send_config(pool, lane);
}

/* What a worker may say, and when; anything else ends the session. */
static enum rq_err take_frame(struct sweep_pool *pool, struct lane *lane,
			      struct bytes frame)
{
	switch (worker_message_type(frame)) {
	case WORKER_HELLO: return take_hello(pool, lane, frame);
	case WORKER_PART:
	case WORKER_END:
		return lane->is_ready ? take_piece(pool, lane, frame) : RQ_ERR_FORMAT;
	case WORKER_RETIRED:
		if (frame.n != 1 || !lane->is_ready)
			return RQ_ERR_FORMAT;
		lane->is_retired = true;
		return RQ_OK;
	}
	return RQ_ERR_FORMAT;
}

static enum rq_err hear(struct sweep_pool *pool, struct lane *lane,
			struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;
	struct bytes frame;

	while (err == RQ_OK && !lane->is_retired) {
		err = process_receive(lane->process, CAP_WIRE_FRAME, &frame);
		if (err == RQ_OK) {
			lane->heard_ns = clock_monotonic_ns();
			err = take_frame(pool, lane, frame);
		}
	}
	if (err == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	/* our own lack of memory looks like its fault, and costs it its life as well */
	return bury(pool, lane, false, diag);
}

/* ---- watching ---- */

static uint64_t patience_ns(const struct sweep_pool *pool, const struct lane *lane)
{
	uint64_t ms = pool->options->worker.timeout_ms;

	if (!lane->is_ready)
		return (uint64_t)START_MS * 1000000;
	ms = ms == 0 ? HANG_MS : ms + HANG_GRACE_MS;
	if (pool->options->max_cpu > 0 && pool->options->max_cpu < 100)
		ms = ms * 100 / pool->options->max_cpu;
	return ms * 1000000;
}

static enum rq_err watch(struct sweep_pool *pool, struct rq_diag *diag)
{
	uint64_t now = clock_monotonic_ns();
	bool stood_still = now - pool->turned_ns > (uint64_t)STANDSTILL_MS * 1000000;
	enum rq_err err = RQ_OK;

	pool->turned_ns = now;
	for (uint32_t i = 0; i < pool->n_lanes && err == RQ_OK; i++) {
		struct lane *lane = &pool->lanes[i];

		if (stood_still || pool->is_paused)
			lane->heard_ns = now;
		if ((lane->n_sent > 0 || !lane->is_ready) &&
		    now - lane->heard_ns > patience_ns(pool, lane))
			err = bury(pool, lane, true, diag);
	}
	return err;
}

/* Whether more was used than the share of the processors that the person allowed. */
static bool is_over_share(const struct sweep_pool *pool)
{
	uint64_t used = pool->cpu_ns, elapsed = clock_monotonic_ns() - pool->started_ns;
	uint64_t allowed;

	if (pool->options->max_cpu == 0 || pool->options->max_cpu >= 100)
		return false;
	for (uint32_t i = 0; i < pool->n_lanes; i++)
		used += process_cpu_ns(pool->lanes[i].process);
	/* a fifth of a second on account */
	allowed = elapsed / 100 * pool->options->max_cpu * host_n_cpus() + 200000000;
	return used > allowed;
}

/* Stops all or lets them go on, for the share and for the governor alike. */
static void throttle(struct sweep_pool *pool)
{
	struct governor *governor = pool->options->governor;
	/* asked each time: it counts how long it stood back */
	bool yields =
	    governor != NULL && governor_pauses(governor, clock_monotonic_ns());
	bool pause = yields || is_over_share(pool);

	if (pause == pool->is_paused)
		return;
	for (uint32_t i = 0; i < pool->n_lanes; i++)
		if (pause)
			process_pause(pool->lanes[i].process);
		else
			process_resume(pool->lanes[i].process);
	pool->is_paused = pause;
}

static enum rq_err start_others(struct sweep_pool *pool, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && pool->n_lanes < pool->n_wanted) {
		err = start_lane(pool, &pool->lanes[pool->n_lanes], diag);
		pool->n_lanes += err == RQ_OK;
	}
	return err;
}

enum rq_err sweep_pool_hand_out(struct sweep_pool *pool, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;
	size_t n = 1;

	for (uint32_t i = 0; i < pool->n_lanes && err == RQ_OK; i++)
		while (err == RQ_OK && n > 0 && has_room(pool, &pool->lanes[i]))
			err = hand_out_batch(pool, &pool->lanes[i], &n);
	/* a worker costs milliseconds to start, and a few files need but one */
	if (err == RQ_OK && pool->next_fresh < pool->next)
		err = start_others(pool, diag);
	return err;
}

enum rq_err sweep_pool_turn(struct sweep_pool *pool, uint32_t timeout_ms,
			    struct rq_diag *diag)
{
	struct process *processes[MAX_WORKERS];
	enum rq_err err = RQ_OK;

	throttle(pool);
	if (timeout_ms > 20 &&
	    (pool->is_paused || (pool->options->governor != NULL &&
				 governor_yields(pool->options->governor))))
		timeout_ms = 20;
	for (uint32_t i = 0; i < pool->n_lanes; i++)
		processes[i] = pool->lanes[i].process;
	process_wait(processes, pool->n_lanes, timeout_ms);
	for (uint32_t i = 0; i < pool->n_lanes && err == RQ_OK; i++)
		err = hear(pool, &pool->lanes[i], diag);
	if (err == RQ_OK)
		err = watch(pool, diag);
	return err;
}

/* ---- tasks ---- */

struct sweep_task *sweep_pool_add(struct sweep_pool *pool)
{
	struct sweep_task *task = task_at(pool, pool->next);
	struct buffer path, answer;

	if (pool->next - pool->oldest >= WINDOW)
		return NULL;
	path = task->path;
	answer = task->answer;
	buffer_clear(&path);
	buffer_clear(&answer);
	*task = (struct sweep_task){.sequence = pool->next++,
				    .file = FILE_NONE,
				    .path = path,
				    .answer = answer};
	return task;
}

bool sweep_pool_is_hungry(const struct sweep_pool *pool)
{
	if (pool->next - pool->oldest >= WINDOW)
		return false;
	if (pool->next - pool->next_fresh >= CAP_BATCH_OBJECTS)
		return false;
	if (pool->n_lanes < pool->n_wanted)
		return true; /* one task more, and they are started */
	for (uint32_t i = 0; i < pool->n_lanes; i++)
		if (has_room(pool, &pool->lanes[i]))
			return true;
	return false;
}

bool sweep_pool_is_idle(const struct sweep_pool *pool)
{
	return pool->n_sent == 0 && pool->n_again == 0 &&
	       pool->next_fresh == pool->next;
}

struct sweep_task *sweep_pool_peek(struct sweep_pool *pool, size_t i)
{
	return i < pool->next - pool->oldest ? task_at(pool, pool->oldest + i) : NULL;
}

void sweep_pool_drop(struct sweep_pool *pool)
{
	struct sweep_task *task = task_at(pool, pool->oldest++);

	file_close(&task->file);
	/* one large answer must not stay for good */
	if (task->answer.capacity > 64 * 1024)
		buffer_free(&task->answer);
	if (pool->next_fresh < pool->oldest)
		pool->next_fresh = pool->oldest;
}

size_t sweep_pool_n_sent(const struct sweep_pool *pool)
{
	return pool->n_sent;
}

uint32_t sweep_pool_n_workers(const struct sweep_pool *pool)
{
	return pool->n_lanes;
}

const char *sweep_pool_confinement(const struct sweep_pool *pool)
{
	return pool->confinement;
}

uint64_t sweep_pool_n_deaths(const struct sweep_pool *pool)
{
	return pool->n_deaths;
}

/* ---- beginning and end ---- */

/* As many as asked, but no more than there are descriptors for. */
static uint32_t choose_n_lanes(const struct sweep_options *options)
{
	size_t n = options->n_workers != 0 ? options->n_workers : host_n_cpus();
	size_t n_files, fitting;

	if (n > MAX_WORKERS)
		n = MAX_WORKERS;
	n_files = process_allow_files(n * (MAX_AHEAD + 4) + 256);
	fitting = n_files > 256 + 132 ? (n_files - 256) / (MAX_AHEAD + 4) : 1;
	return (uint32_t)(n < fitting ? n : fitting);
}

enum rq_err sweep_pool_new(const struct sweep_options *options,
			   struct sweep_pool **pool_out, struct rq_diag *diag)
{
	struct sweep_pool *pool = alloc_array(1, sizeof *pool);
	enum rq_err err = RQ_ERR_MEMORY;

	*pool_out = NULL;
	if (pool == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	pool->options = options;
	pool->started_ns = pool->turned_ns = clock_monotonic_ns();
	pool->n_wanted = choose_n_lanes(options);
	pool->lanes = alloc_array(pool->n_wanted, sizeof *pool->lanes);
	pool->tasks = alloc_array(WINDOW, sizeof *pool->tasks);
	if (pool->lanes == NULL || pool->tasks == NULL)
		goto out;
	err = arena_new(2u * CAP_WIRE_ANSWER, &pool->arena);
	if (err == RQ_OK)
		err = start_lane(pool, &pool->lanes[0], diag);
	pool->n_lanes = err == RQ_OK;
	while (err == RQ_OK && pool->confinement[0] == '\0')
		err = sweep_pool_turn(pool, 1000, diag);
out:
	if (err != RQ_OK) {
		sweep_pool_free(pool);
		return err;
	}
	*pool_out = pool;
	return RQ_OK;
}

void sweep_pool_free(struct sweep_pool *pool)
{
	if (pool == NULL)
		return;
	for (uint32_t i = 0; pool->lanes != NULL && i < pool->n_wanted; i++)
		process_free(pool->lanes[i].process);
	/* the ring is large, and a small sweep never touches most of it */
	for (size_t i = 0; pool->tasks != NULL && i < WINDOW && i < pool->next; i++) {
		file_close(&pool->tasks[i].file);
		buffer_free(&pool->tasks[i].path);
		buffer_free(&pool->tasks[i].answer);
	}
	alloc_free(pool->lanes);
	alloc_free(pool->tasks);
	alloc_free(pool->again);
	arena_free(pool->arena);
	buffer_free(&pool->frame);
	alloc_free(pool);
}
