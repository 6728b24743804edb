/* Which entries of the packs fit what is on a machine. */
#ifndef RAQUET_ARTEFACT_MATCH_H
#define RAQUET_ARTEFACT_MATCH_H

#include "artefact/pack.h"

/* Numbers of entries, rising; grown in an arena. */
struct artefact_hits {
	struct artefact_hit {
		uint32_t entry;
		struct bytes where; /* what of the object it was; may be empty */
	} * items;
	size_t n, capacity;
};

struct artefact_file {
	struct bytes path;
	bool is_read; /* else only entries that ask for nothing but the path fit */
	uint64_t size;
	struct bytes data;
};

/*
 * Adds the file entries that fit.  Digests are computed when path, first bytes and
 * size fit an entry that asks for them; when SHA-256 is among them, or *has_sha256 is
 * set before, *sha256 holds it and *has_sha256 is set.
 */
RQ_MUST_USE enum rq_err artefact_match_file(const struct artefact_set *set,
					    const struct artefact_file *file,
					    struct arena *arena, uint8_t *sha256,
					    bool *has_sha256,
					    struct artefact_hits *hits);

/* A start point, a name that is spoken to, or a package. */
struct artefact_fact {
	enum artefact_kind kind; /* service, task, persistence, dns, installed */
	struct bytes name, command, schedule;
	bool has_day;
	int64_t day; /* installed: since 1970 */
};

RQ_MUST_USE enum rq_err artefact_match_fact(const struct artefact_set *set,
					    const struct artefact_fact *fact,
					    struct arena *arena,
					    struct artefact_hits *hits);

#endif
