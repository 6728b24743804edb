/* Packs as commands load them, and as findings tell of them. */
#ifndef RAQUET_ENDPOINT_ARTEFACTS_H
#define RAQUET_ENDPOINT_ARTEFACTS_H

#include "artefact/pack.h"
#include "finding/words.h"
#include "os/map.h"

struct artefacts {
	struct arena *arena; /* of all below */
	struct artefact_set set;
	struct file sealed; /* the image, for workers; FILE_NONE: no packs */
	uint8_t sha256[32]; /* of it */
	const char *unread; /* the pack that could not be read or was refused */
	struct artefact_fault fault;
};

void artefacts_init(struct artefacts *artefacts);
void artefacts_free(struct artefacts *artefacts);

/*
 * The shipped packs, when they are wanted, and those at paths.  RQ_ERR_RULE: unread
 * was refused, fault says why.  With unread any other error.
 */
RQ_MUST_USE enum rq_err artefacts_load(struct artefacts *artefacts, bool shipped,
				       const char *const *paths, size_t n,
				       struct rq_diag *diag);

/* Appends "FILE:LINE: expected ...", the line, and a caret below the place. */
void artefacts_explain(const struct artefacts *artefacts, struct buffer *out);

/* Fills what the index-th entry says in that language: kind, rule, namespace, tags,
 * metas, in arena.  where: what of the object it was, or empty. */
RQ_MUST_USE enum rq_err artefacts_tell(const struct artefacts *artefacts,
				       uint32_t index, struct bytes where,
				       enum language language, struct arena *arena,
				       struct finding *finding);

#endif
