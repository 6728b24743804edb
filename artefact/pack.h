/*
 * Packs: what an attack leaves on a machine, as text that a person writes
 * (docs/artefact-format.md).  A pack is read once by the parent, which shows its
 * faults, and again by each worker from the same sealed text: entries are numbered
 * through all packs in order, so a number names the same entry on both sides.
 */
#ifndef RAQUET_ARTEFACT_PACK_H
#define RAQUET_ARTEFACT_PACK_H

#include "artefact/pattern.h"
#include "bytes/buffer.h"
#include "crypto/digest.h"

/* What an entry looks for: the key that its patterns stand behind. */
enum artefact_kind {
	ARTEFACT_FILE,
	ARTEFACT_SERVICE,
	ARTEFACT_TASK,
	ARTEFACT_PERSISTENCE, /* any start point, services and tasks as well */
	ARTEFACT_DNS,
	ARTEFACT_INSTALLED,
	ARTEFACT_REGISTRY, /* the last two are of Windows alone */
	ARTEFACT_MUTEX,
	N_ARTEFACT_KINDS,
};

const char *artefact_kind_name(enum artefact_kind kind); /* "file" */

enum { ARTEFACT_VI, ARTEFACT_EN, N_ARTEFACT_LANGUAGES };

struct artefact_digest {
	enum digest_kind kind; /* MD5, SHA-1 or SHA-256 */
	uint8_t bytes[32];     /* as many as the kind has */
};

struct artefact_digests {
	struct artefact_digest *items;
	size_t n, capacity;
	uint32_t kinds; /* of them; bits */
};

struct artefact_entry {
	struct bytes pack, id;
	uint32_t line; /* of [id] */
	enum artefact_kind kind;
	struct artefact_patterns where; /* one of them fits path or name */
	/* the rest holds when it is given: a start point's command and schedule */
	struct artefact_patterns command, schedule;
	struct bytes starts[4]; /* first bytes of a file, one of them */
	size_t n_starts;
	bool has_size;
	uint64_t least, most;
	struct artefact_digests digests, not_digests;
	bool has_days;
	int64_t first_day, last_day; /* since 1970, both included */
	/* for people */
	struct bytes severity, confidence, reference,
	    tag; /* may be empty but the first */
	int64_t score;
	struct bytes description[N_ARTEFACT_LANGUAGES], advice[N_ARTEFACT_LANGUAGES];
};

struct artefact_set {
	struct artefact_entry *entries;
	size_t n, capacity;
	size_t n_packs;
	struct bytes newest; /* date of the newest pack, ISO; or empty */
};

/* Why a pack was refused. */
struct artefact_fault {
	uint32_t line;     /* from 1 */
	uint32_t column;   /* bytes before the place */
	struct bytes text; /* the line, in the text that was read */
	char what[256];    /* "expected ..." */
};

/* Appends the entries of text to set; text has to live as long.  RQ_ERR_RULE: refused,
 * *fault says why; set then is not to be used. */
RQ_MUST_USE enum rq_err artefact_pack_read(struct arena *arena, struct bytes text,
					   struct artefact_set *set,
					   struct artefact_fault *fault);

/* Packs as workers get them: u32 n, text; again until the end. */
void artefact_image_add(struct buffer *image, struct bytes text);
RQ_MUST_USE enum rq_err artefact_image_read(struct arena *arena, struct bytes image,
					    struct artefact_set *set);

#endif
