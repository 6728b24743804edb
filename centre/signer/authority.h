/*
 * The agents' authority: who may speak as a machine, and what the centre's listener for
 * machines shows them.
 *
 *     root      signs issuing certificates; its key is made once and kept off the server
 *     issuing   path length 0; its key lives in the signer
 *     machine   90 days, from a public key and nothing else
 *     centre    likewise, with the names under which machines find it
 *
 * Machines know the root by the fingerprint in their unit's code.  Every certificate is
 * good from 2000-01-01: a machine or a centre whose clock stands in 2009 reads it without
 * an excuse, and nobody could have used it before it was there.  The root has no end, so
 * that no date switches a fleet off.
 *
 * This is the logic; signer.h has the process.
 */
#ifndef RAQUET_CENTRE_SIGNER_AUTHORITY_H
#define RAQUET_CENTRE_SIGNER_AUTHORITY_H

#include "centre/signer/issue_log.h"
#include "centre/signer/signer_message.h"
#include "world/world.h"

#define AUTHORITY_NOT_BEFORE_MS ((uint64_t)946684800000) /* 2000-01-01 */
#define AUTHORITY_DAY_MS        ((uint64_t)24 * 60 * 60 * 1000)

enum {
	AUTHORITY_KEY_FILE = 48, /* PKCS #8 of an Ed25519 key, DER */
	AUTHORITY_MACHINE_DAYS = 90,
	AUTHORITY_RENEW_DAYS = 60, /* of these; then it is renewed */
	AUTHORITY_ISSUING_DAYS = 3653,
	AUTHORITY_MACHINE_ID = AGENT_MACHINE_ID,
};

/* What machines and tables call a key: the first bytes of its SHA-256. */
RQ_MUST_USE enum rq_err authority_key_id(const uint8_t *public_key, uint8_t *id_out);

/* ---- making one ---- */

/* Files as they lie in the signer's folder; but root_key, which is taken away. */
struct authority_files {
	struct buffer root_key, root, issuing_key, issuing, time_key;
};
void authority_files_free(struct authority_files *files); /* wipes keys */

/* A new authority; name (letters, digits, space, '.', '-') is the province's. */
RQ_MUST_USE enum rq_err authority_make(const struct world *world, struct bytes name,
				       struct authority_files *files_out,
				       struct rq_diag *diag);
/* A new issuing key and certificate under root_key and root of *files, which must belong
 * together (RQ_ERR_USAGE): what the stick from the safe is for. */
RQ_MUST_USE enum rq_err authority_renew(const struct world *world,
					struct authority_files *files,
					struct rq_diag *diag);

/* ---- at work ---- */

/* How many certificates at once, and one more after every so many milliseconds. */
struct authority_limit {
	uint32_t burst, every_ms;
};

struct authority_options {
	struct authority_limit limits[N_SIGNER_KINDS];
	struct issue_log log; /* where the log stands */
	/* Keeps a line of the log for good before it returns. */
	void *keeper;
	enum rq_err (*keep)(void *keeper, struct bytes line);
};
/* A province enrols within a day; what runs wild does not sign for ever. */
void authority_options_default(struct authority_options *options);

struct authority;

/* *files is copied, its root_key not needed.  RQ_ERR_USAGE: they do not belong together,
 * or the issuing certificate has ended. */
RQ_MUST_USE enum rq_err authority_new(const struct authority_files *files,
				      const struct world *world,
				      const struct authority_options *options,
				      struct authority **authority_out,
				      struct rq_diag *diag);
void authority_free(struct authority *authority); /* wipes keys */

/* Appends the answer to one message.  RQ_ERR_FORMAT: it was no request; the session is
 * over. */
RQ_MUST_USE enum rq_err authority_answer(struct authority *authority,
					 struct bytes request, struct buffer *answer);

#endif
