/*
 * What parent and worker say to each other.
 *
 *     parent: RULES                  once, with the sealed rule set
 *     worker: HELLO                  once, confined, ready
 *     parent: CONFIG                 once
 *     parent: BATCH                  objects, each with an open file
 *     worker: PART* END              for each object, in the order of the batch
 *     worker: RETIRED                takes no more; what has no END is not done
 *
 * Each message is one frame (os/process.h): a type byte and its fields, little-endian,
 * demanded to the exact end.  Encoder and decoder stand side by side in worker.c; each
 * decoder checks every count against a cap, since the worker may be in the hands of
 * the object it read, and ends the session by RQ_ERR_FORMAT.  docs/worker-protocol.md
 * has the bytes.
 *
 * An answer is a run of bytes of its own (PARTs and END joined), so that a sweep can
 * keep it in its journal and decode it again.
 */
#ifndef RAQUET_WIRE_WORKER_H
#define RAQUET_WIRE_WORKER_H

#include "bytes/arena.h"
#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

enum worker_message {
	WORKER_CONFIG = 1,
	WORKER_BATCH = 2,
	WORKER_RULES = 3,
	WORKER_HELLO = 16,
	WORKER_PART = 17,
	WORKER_END = 18,
	WORKER_RETIRED = 19,
};

/* The type of a frame; 0 when it is empty. */
uint8_t worker_message_type(struct bytes frame);

/* handle: of the rule set (os/map.h), for channel_take_file. */
void worker_rules_encode(uint64_t handle, struct buffer *to);
RQ_MUST_USE enum rq_err worker_rules_decode(struct bytes frame, uint64_t *handle_out);

struct worker_config {
	bool want_strings, want_not_matching;
	bool want_module_data; /* all that modules know of each object */
	bool search_all, libyara_limits;
	bool
	    hash_all; /* a digest for every object, not only where something was found */
	bool match_any; /* digests of every object are looked up, whatever its kind */
	bool is_memory; /* objects are images of processes (docs/process-image.md) */
	uint32_t
	    match_data; /* bytes of each match to send back; at most CAP_MATCH_DATA */
	uint32_t max_matches; /* of one string; 0: the engine's own */
	uint64_t timeout_ms;  /* for one object; 0: none */
	uint64_t max_memory;  /* bytes for one object; 0: the engine's own */
	uint32_t max_objects; /* then the worker retires */
	struct bytes kernel;  /* empty: the quickest */
	struct bytes folder;  /* where relative paths begin, for indicators and
			       * artefacts; empty: not known */
	/* Content beside the rules, sealed, for channel_take_file in this order: an
	 * image of indicators or its head, the file that has its body, an image of
	 * artefacts. */
	bool has_indicators, has_indicator_body, has_artefacts;
	uint64_t indicators, indicator_body, artefacts;
};

void worker_config_encode(const struct worker_config *config, struct buffer *to);
RQ_MUST_USE enum rq_err worker_config_decode(struct bytes frame,
					     struct worker_config *config_out);

struct worker_hello {
	struct bytes confinement; /* "seccomp,landlock,rlimit" */
	uint32_t n_rules;
};

void worker_hello_encode(const struct worker_hello *hello, struct buffer *to);
RQ_MUST_USE enum rq_err worker_hello_decode(struct bytes frame,
					    struct worker_hello *hello_out);

/* One object of a batch. */
struct worker_object {
	uint64_t sequence;
	bool hash_only; /* do not scan: something in it killed a worker */
	uint64_t size;  /* when it was opened, like the time */
	int64_t modified_ns;
	uint64_t handle;    /* for channel_take_file */
	struct bytes path;  /* for the external variables */
	struct bytes owner; /* may be empty */
};

/* Begin, add up to CAP_BATCH_OBJECTS, end. */
void worker_batch_begin(struct buffer *to);
void worker_batch_add(const struct worker_object *object, struct buffer *to);

/* Walks a batch: set up once, then next until RQ_ERR_NOT_FOUND. */
struct worker_batch {
	struct reader reader;
	uint32_t n_left;
};
RQ_MUST_USE enum rq_err worker_batch_decode(struct bytes frame,
					    struct worker_batch *batch_out);
RQ_MUST_USE enum rq_err worker_batch_next(struct worker_batch *batch,
					  struct worker_object *object_out);

/* A piece of the answer to one object; is_end: the last. */
struct worker_piece {
	uint64_t sequence;
	bool is_end;
	struct bytes data;
};
void worker_piece_encode(const struct worker_piece *piece, struct buffer *to);
RQ_MUST_USE enum rq_err worker_piece_decode(struct bytes frame,
					    struct worker_piece *piece_out);

/* ---- the answer ---- */

/* Why an answer is incomplete, as bits: 1 << enum gap_reason of finding/finding.h; only
 * these may come from a worker. */
enum { WORKER_N_GAP_BITS = 32 };

struct worker_match {
	uint64_t offset;
	uint32_t length;
	uint8_t xor_key;
	struct bytes data; /* the first match_data bytes, or empty */
};

struct worker_string {
	struct bytes identifier; /* "$a" */
	bool is_private, is_hex;
	const struct worker_match *matches;
	size_t n_matches;
};

struct worker_rule {
	uint32_t rule; /* for ruleset_rule() */
	const struct worker_string *strings;
	size_t n_strings;
};

/* A string with more matches than are kept. */
struct worker_cut {
	uint32_t rule;
	struct bytes identifier;
};

/* An indicator or artefact that fits the object. */
struct worker_hit {
	uint8_t kind;       /* enum finding_kind: hash, name, host or artefact */
	uint32_t index;     /* in the content of that kind that the worker was given */
	struct bytes where; /* what of the object it was, or empty; any bytes */
};

struct worker_answer {
	uint64_t n_read; /* bytes of the object that were examined */
	uint32_t gaps;   /* bits */
	bool has_sha256;
	uint8_t sha256[32];
	const struct worker_rule *rules;
	size_t n_rules;
	const struct bytes *console; /* lines of console.log */
	size_t n_console;
	const struct bytes *module_data; /* lines of yara -D */
	size_t n_module_data;
	const struct worker_cut *cuts; /* with GAP_TOO_MANY_MATCHES */
	size_t n_cuts;
	const struct worker_hit *hits;
	size_t n_hits;
};

void worker_answer_encode(const struct worker_answer *answer, struct buffer *to);

/* What the receiver knows and the answer must fit to. */
struct worker_limits {
	uint32_t n_rules;     /* of the rule set */
	uint64_t object_size; /* matches end inside; UINT64_MAX: unknown */
	uint32_t n_indicators, n_artefacts; /* of the content beside the rules */
};
/* Arrays lie in arena, texts in data. */
RQ_MUST_USE enum rq_err worker_answer_decode(struct bytes data,
					     const struct worker_limits *limits,
					     struct arena *arena,
					     struct worker_answer *answer_out);

#endif
