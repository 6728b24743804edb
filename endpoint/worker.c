#include "endpoint/worker.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "endpoint/process_image.h"
#include "endpoint/whole_path.h"
#include "endpoint/worker_artefact.h"
#include "endpoint/worker_indicator.h"
#include "finding/finding.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/map.h"
#include "os/process.h"
#include "wire/result_worker.h"

/*
 * Below this size a file is read into a buffer that stays warm, above it is mapped:
 * mapping costs two calls and a fault for each 64 KB or so, reading costs the copy.
 */
enum { SMALL = 256 * 1024 };

/* Answers are kept together, but not so long that the parent takes us for dead. */
enum { FLUSH_BYTES = 64 * 1024, FLUSH_NS = 20 * 1000 * 1000 };

enum { ANSWER_MEMORY = 512u << 20 };

enum { EXIT_RETIRED = 0, EXIT_REFUSED = 2, EXIT_FAILED = 4 };

struct worker {
	const struct worker_engine *functions;
	void *engine;
	struct channel *channel;
	struct worker_config config;
	bool is_configured;
	struct buffer kernel, folder;         /* the texts of config live here */
	struct buffer place;                  /* of the object at hand */
	struct worker_indicators *indicators; /* NULL: none */
	struct worker_artefacts *artefacts;   /* likewise */
	struct arena *arena;                  /* of one answer */
	struct buffer answer, frame;
	uint8_t *room; /* SMALL + 1 bytes */
	uint64_t n_done, flushed_ns;
};

/* One object on its way through; lives in one place so that a lost mapping can leave
 * scan_held at any point. */
struct job {
	struct worker *worker;
	const struct worker_object *about;
	struct worker_object placed; /* the same for lists and packs: its whole path */
	struct file file;
	struct bytes data;
	bool is_mapped;
	struct worker_answer answer;
	enum rq_err err;
};

static void add_gap(struct job *job, enum gap_reason reason)
{
	job->answer.gaps |= 1u << reason;
}

/* An answer that is too large is told without its strings. */
static enum rq_err encode_answer(struct worker *worker, struct worker_answer *answer)
{
	buffer_clear(&worker->answer);
	worker->answer.max = CAP_WIRE_ANSWER;
	worker_answer_encode(answer, &worker->answer);
	if (buffer_ok(&worker->answer))
		return RQ_OK;
	struct worker_rule *bare =
	    arena_array(worker->arena, answer->n_rules, sizeof *bare);
	if (bare == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < answer->n_rules; i++)
		bare[i].rule = answer->rules[i].rule;
	answer->rules = bare;
	answer->n_console = answer->n_module_data = answer->n_cuts = 0;
	answer->gaps |= 1u << GAP_TOO_MANY_MATCHES;
	buffer_clear(&worker->answer);
	worker_answer_encode(answer, &worker->answer);
	return buffer_ok(&worker->answer) ? RQ_OK : RQ_ERR_MEMORY;
}

/* Want of memory here is a gap like any other: what was found before stays. */
static void match_artefacts(struct job *job, bool is_read)
{
	/* memory lies nowhere: its file is an object of its own */
	if (job->worker->artefacts != NULL && !job->worker->config.is_memory &&
	    worker_artefacts_match(job->worker->artefacts, &job->placed, job->data,
				   is_read, &job->answer) != RQ_OK)
		add_gap(job, GAP_OUT_OF_MEMORY);
}

static bool wants_digest(const struct job *job)
{
	/* no two images of a process have the same digest: it says nothing */
	if (job->worker->config.is_memory)
		return false;
	return job->answer.n_rules > 0 || job->answer.n_hits > 0 ||
	       job->about->hash_only || job->worker->config.hash_all;
}

/*
 * Looks at the bytes and makes the answer, which quotes them; may be left in the
 * middle.
 */
static void scan_held(void *argument)
{
	struct job *job = argument;
	struct worker *worker = job->worker;
	struct file_info opened = {.size = job->about->size,
				   .modified_ns = job->about->modified_ns};
	struct object object;
	struct block block;

	if (worker->config.is_memory)
		job->err = process_image_open(job->data, worker->arena, &object);
	else
		object_of_bytes(job->data.at, job->data.n, &block, &object);
	job->answer.n_read = object.size;
	if (job->err == RQ_OK && !job->about->hash_only) {
		job->err = worker->functions->scan(worker->engine, &object, job->about,
						   worker->arena, &job->answer);
	}
	if (job->err == RQ_OK && worker->indicators != NULL)
		worker_indicators_hosts(worker->indicators, job->data, &job->placed,
					worker->arena, &job->answer);
	if (job->err == RQ_OK && worker->indicators != NULL)
		job->err = worker_indicators_digests(worker->indicators, job->data,
						     &job->placed, &job->answer);
	if (job->err == RQ_OK)
		match_artefacts(job, true);
	if (job->err == RQ_OK && !job->answer.has_sha256 && wants_digest(job)) {
		job->err = digest_of(DIGEST_SHA256, job->data, job->answer.sha256);
		job->answer.has_sha256 = job->err == RQ_OK;
	}
	if (job->is_mapped && !file_unchanged(job->file, &opened))
		add_gap(job, GAP_CHANGED);
	if (job->err == RQ_ERR_MEMORY) {
		add_gap(job, GAP_OUT_OF_MEMORY);
		job->err = RQ_OK;
	}
	if (job->err == RQ_OK)
		job->err = encode_answer(worker, &job->answer);
}

static void scan_small(struct job *job)
{
	struct worker *worker = job->worker;
	size_t want = (size_t)job->about->size, n = 0;

	/* one byte more shows that it grew */
	if (file_read_at(job->file, 0, worker->room, want + 1, &n) != RQ_OK) {
		add_gap(job, GAP_IO_ERROR);
		match_artefacts(job, false);
		job->err = encode_answer(worker, &job->answer);
		return;
	}
	if (n != want)
		add_gap(job, GAP_CHANGED);
	job->data = (struct bytes){worker->room, n < want ? n : want};
	scan_held(job);
}

/*
 * On 64 bit a file is mapped whole, so that no match can lie across two windows.
 * Returns false when the file went away under us; then nothing that the engine was
 * changing may be used again.
 */
static bool scan_large(struct job *job)
{
	bool is_whole = true;
	struct map map;

	if (map_file(job->file, job->about->size, &map) != RQ_OK) {
		add_gap(job, GAP_OUT_OF_MEMORY);
		match_artefacts(job, false);
		job->err = encode_answer(job->worker, &job->answer);
		return true;
	}
	job->data = (struct bytes){map.data, map.size};
	job->is_mapped = true;
	is_whole = map_guarded(&map, scan_held, job);
	if (!is_whole) {
		job->answer = (struct worker_answer){.gaps = 1u << GAP_CHANGED};
		if (job->worker->indicators != NULL)
			worker_indicators_name(job->worker->indicators, &job->placed,
					       &job->answer);
		match_artefacts(job, false);
		job->err = encode_answer(job->worker, &job->answer);
	}
	map_free(&map);
	return is_whole;
}

static enum rq_err send_answer(struct worker *worker, uint64_t sequence)
{
	struct reader r = reader_over(worker->answer.data, worker->answer.size);
	enum rq_err err = RQ_OK;

	do {
		size_t n = reader_left(&r);
		struct worker_piece piece = {.sequence = sequence,
					     .is_end = n <= CAP_WIRE_PIECE};

		piece.data = reader_bytes(&r, piece.is_end ? n : CAP_WIRE_PIECE);
		buffer_clear(&worker->frame);
		worker_piece_encode(&piece, &worker->frame);
		if (!buffer_ok(&worker->frame))
			return RQ_ERR_MEMORY;
		err = channel_send(worker->channel, buffer_bytes(&worker->frame));
		if (err == RQ_OK && channel_queued(worker->channel) > FLUSH_BYTES)
			err = channel_flush(worker->channel);
		if (piece.is_end)
			break;
	} while (err == RQ_OK);
	if (err == RQ_OK && clock_monotonic_ns() - worker->flushed_ns > FLUSH_NS) {
		err = channel_flush(worker->channel);
		worker->flushed_ns = clock_monotonic_ns();
	}
	return err;
}

/* RQ_ERR_STOPPED: answered, but the engine is not to be used again. */
static enum rq_err serve_object(struct worker *worker,
				const struct worker_object *about)
{
	struct job job = {.worker = worker, .about = about, .placed = *about};
	bool is_whole = true;
	enum rq_err err = channel_take_file(worker->channel, about->handle, &job.file);

	if (err != RQ_OK)
		return err;
	arena_reset(worker->arena);
	if (whole_path(worker->config.folder, about->path, &worker->place,
		       &job.placed.path) != RQ_OK)
		add_gap(&job, GAP_OUT_OF_MEMORY);
	if (worker->indicators != NULL)
		worker_indicators_name(worker->indicators, &job.placed, &job.answer);
	if (about->size <= SMALL)
		scan_small(&job);
	else
		is_whole = scan_large(&job);
	file_close(&job.file);
	err = job.err;
	if (err == RQ_OK)
		err = send_answer(worker, about->sequence);
	worker->n_done++;
	return err == RQ_OK && !is_whole ? RQ_ERR_STOPPED : err;
}

static enum rq_err serve_batch(struct worker *worker, struct bytes frame)
{
	struct worker_object about;
	struct worker_batch batch;
	enum rq_err err = worker_batch_decode(frame, &batch);

	worker->flushed_ns = clock_monotonic_ns();
	while (err == RQ_OK) {
		err = worker_batch_next(&batch, &about);
		if (err == RQ_ERR_NOT_FOUND) {
			err = RQ_OK;
			break;
		}
		if (err == RQ_OK)
			err = serve_object(worker, &about);
	}
	if (err == RQ_OK)
		err = channel_flush(worker->channel);
	if (err == RQ_OK && worker->config.max_objects != 0 &&
	    worker->n_done >= worker->config.max_objects)
		err = RQ_ERR_STOPPED;
	return err;
}

/* A text of the frame, which is about to go; with a 0 behind it. */
static bool keep_text(struct bytes *text, struct buffer *room)
{
	buffer_put(room, text->at, text->n);
	buffer_u8(room, 0);
	*text = (struct bytes){room->data, text->n};
	return buffer_ok(room);
}

static enum rq_err configure(struct worker *worker, struct bytes frame)
{
	enum rq_err err = worker_config_decode(frame, &worker->config);

	if (err != RQ_OK)
		return err;
	if (!keep_text(&worker->config.kernel, &worker->kernel) ||
	    !keep_text(&worker->config.folder, &worker->folder))
		return RQ_ERR_MEMORY;
	worker->is_configured = true;
	err = worker->functions->configure(worker->engine, &worker->config);
	if (err == RQ_OK && worker->config.has_indicators)
		err = worker_indicators_new(worker->channel, &worker->config,
					    &worker->indicators);
	if (err == RQ_OK && worker->config.has_artefacts)
		err = worker_artefacts_new(worker->channel, &worker->config,
					   &worker->artefacts);
	return err;
}

static enum rq_err serve(struct worker *worker)
{
	enum rq_err err = RQ_OK;
	struct bytes frame;

	while (err == RQ_OK) {
		err = channel_receive(worker->channel, CAP_WIRE_FRAME, &frame);
		if (err != RQ_OK)
			break;
		switch (worker_message_type(frame)) {
		case WORKER_CONFIG:
			err = worker->is_configured ? RQ_ERR_PEER
						    : configure(worker, frame);
			break;
		case WORKER_BATCH:
			err = worker->is_configured ? serve_batch(worker, frame)
						    : RQ_ERR_PEER;
			break;
		default: err = RQ_ERR_PEER;
		}
	}
	return err;
}

static enum rq_err say_hello(struct worker *worker, const char *confinement)
{
	struct worker_hello hello = {.confinement = bytes_of(confinement),
				     .n_rules =
					 worker->functions->n_rules(worker->engine)};
	enum rq_err err;

	worker_hello_encode(&hello, &worker->frame);
	err = buffer_ok(&worker->frame)
		  ? channel_send(worker->channel, buffer_bytes(&worker->frame))
		  : RQ_ERR_MEMORY;
	return err == RQ_OK ? channel_flush(worker->channel) : err;
}

static enum rq_err say_retired(struct worker *worker)
{
	static const uint8_t retired = WORKER_RETIRED;
	enum rq_err err = channel_send(worker->channel, (struct bytes){&retired, 1});

	return err == RQ_OK ? channel_flush(worker->channel) : err;
}

/* What needs powers that confinement takes away, whatever the rules. */
static enum rq_err prepare(struct worker *worker)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	/* libcrypto reads its settings on first use */
	enum rq_err err = digest_of(DIGEST_SHA256, BYTES_LITERAL(""), digest);

	if (err == RQ_OK)
		err = digest_of(DIGEST_MD5, BYTES_LITERAL(""), digest);
	if (err == RQ_OK)
		err = arena_new(ANSWER_MEMORY, &worker->arena);
	worker->room = alloc_array(SMALL + 1, 1);
	return err == RQ_OK && worker->room == NULL ? RQ_ERR_MEMORY : err;
}

/* Waits for the rules, which may still be on their way from text; and what they need
 * of the system is fetched. */
static enum rq_err take_rules(struct worker *worker)
{
	struct file sealed = FILE_NONE;
	struct bytes frame;
	struct map image = {0};
	uint64_t handle;
	enum rq_err err = channel_receive(worker->channel, CAP_WIRE_FRAME, &frame);

	if (err == RQ_OK && result_worker_is_asked(frame))
		result_worker_run(worker->channel); /* of another purpose */
	if (err == RQ_OK)
		err = worker_rules_decode(frame, &handle);
	if (err == RQ_OK)
		err = channel_take_file(worker->channel, handle, &sealed);
	if (err == RQ_OK)
		err = map_sealed(sealed, &image);
	file_close(&sealed);
	if (err != RQ_OK)
		return err;
	return worker->functions->open((struct bytes){image.data, image.size},
				       &worker->engine, NULL);
}

int worker_run(int argc, char **argv, const struct worker_engine *engine)
{
	struct confine_options limits = {.max_memory = CAP_WORKER_MEMORY};
	struct worker worker = {.functions = engine};
	char confinement[64];
	enum rq_err err;

	if (channel_inherit(argc, argv, &worker.channel) != RQ_OK)
		return EXIT_REFUSED;
	err = prepare(&worker);
	if (err == RQ_OK)
		err = take_rules(&worker);
	if (err == RQ_OK)
		err = confine_self(&limits, confinement, sizeof confinement, NULL);
	if (err == RQ_OK)
		err = say_hello(&worker, confinement);
	if (err == RQ_OK)
		err = serve(&worker);
	if (err == RQ_ERR_STOPPED && say_retired(&worker) == RQ_OK)
		process_leave(EXIT_RETIRED);
	/* the parent closed its end: our work is done */
	process_leave(err == RQ_ERR_PEER && worker.is_configured ? EXIT_RETIRED
								 : EXIT_FAILED);
}
