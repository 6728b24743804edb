/*
 * Who did what: every act of a person, in a chain of hashes.
 *
 * An entry is typed fields under a stable name of an event; the sentence that a person
 * reads is rendered from them.  It is appended in the same change as the act, so that
 * neither counts without the other.  Its hash is over the hash of the entry before and
 * over canonical bytes of all that it says (docs/audit-format.md).
 *
 * The chain shows what was changed, taken out, put in or reordered by whoever could not
 * rewrite all that follows.  Who owns the database can: against him stand heads that were
 * signed by a key off the server, printed on reports, or sent to agents, and audit_verify
 * takes one of them.
 */
#ifndef RAQUET_CENTRE_AUDIT_AUDIT_H
#define RAQUET_CENTRE_AUDIT_AUDIT_H

#include "centre/store/store.h"

enum {
	AUDIT_HASH = 32, /* SHA-256 */
	AUDIT_FIELDS_MAX = 32,
	AUDIT_NAME_MAX = 60, /* bytes of the name of an event or of a field */
};

struct audit_field {
	struct bytes name; /* a to z, 0 to 9, '_' */
	struct store_value value;
};

struct audit_event {
	int64_t time;       /* milliseconds since 1970 UTC */
	int64_t actor;      /* id of the account; 0: the centre itself */
	int64_t unit;       /* whom it is about; 0: nobody's in particular */
	struct bytes event; /* "campaign.start": as a field's name, and '.' */
	const struct audit_field *fields;
	size_t n_fields;
};

/* Inside an open change. */
RQ_MUST_USE enum rq_err audit_append(struct store *store,
				     const struct audit_event *event,
				     struct rq_diag *diag);

/* The last entry; of an empty log number 0 and zeros. */
struct audit_head {
	int64_t number;
	uint8_t hash[AUDIT_HASH];
};
RQ_MUST_USE enum rq_err audit_head(struct store *store, struct audit_head *head_out,
				   struct rq_diag *diag);

enum audit_state {
	AUDIT_WHOLE,
	AUDIT_MISSING,   /* the entry of that number is not there */
	AUDIT_CHANGED,   /* it is not what was written, or not in its place */
	AUDIT_ADDED,     /* it is there, and was not written as the log grew */
	AUDIT_NOT_KNOWN, /* it is not the one of the head that the caller knows */
};

struct audit_verdict {
	enum audit_state state;
	int64_t number; /* the first entry that is wrong; whole: the last one */
};

/*
 * Reads the whole chain, of one moment, in bounded memory.  known: a head that was kept
 * elsewhere, or NULL.  A broken chain is no error: it is *verdict_out.  No transaction is
 * open.
 */
RQ_MUST_USE enum rq_err audit_verify(struct store *store,
				     const struct audit_head *known,
				     struct audit_verdict *verdict_out,
				     struct rq_diag *diag);

/*
 * The fields of an entry as it lies in the store, in out[AUDIT_FIELDS_MAX]; names and
 * values point into raw.  RQ_ERR_FORMAT when they are not what audit_append writes.
 */
RQ_MUST_USE enum rq_err audit_fields(struct bytes raw, struct audit_field *out,
				     size_t *n_out);

#endif
