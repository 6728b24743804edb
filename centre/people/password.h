/*
 * Passwords as they are kept: Argon2id (RFC 9106) through libsodium, as its text form,
 * which names its parameters, so that a later cost needs no migration.
 *
 * Salts come from libsodium itself.  Each call takes a tenth of a second and
 * PASSWORD_MEMORY bytes: never inside a change of the store.
 */
#ifndef RAQUET_CENTRE_PEOPLE_PASSWORD_H
#define RAQUET_CENTRE_PEOPLE_PASSWORD_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum {
	PASSWORD_TEXT = 128, /* with a 0 behind it */
	PASSWORD_MIN = 10,   /* bytes: shorter ones are guessed off line */
	PASSWORD_MAX = 256,  /* nobody types more; bounds what is hashed */
	/* RFC 9106 4, second choice, in one lane as libsodium has it */
	PASSWORD_PASSES = 3,
	PASSWORD_MEMORY = 64 << 20,
};

struct password_cost {
	uint64_t passes;
	size_t memory;
};
struct password_cost password_cost_default(void);
/* As little as libsodium takes: for tests. */
struct password_cost password_cost_least(void);

/* RQ_ERR_USAGE: too short or too long. */
RQ_MUST_USE enum rq_err password_hash(struct bytes password,
				      const struct password_cost *cost,
				      char out[PASSWORD_TEXT], struct rq_diag *diag);

/* kept NULL: no account has it; takes as long, and says no. */
RQ_MUST_USE enum rq_err password_matches(struct bytes password, const char *kept,
					 const struct password_cost *cost,
					 bool *matches_out);

#endif
