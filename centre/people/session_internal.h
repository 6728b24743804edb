/* What sessions and tokens share: the store has hashes of secrets only. */
#ifndef RAQUET_CENTRE_PEOPLE_SESSION_INTERNAL_H
#define RAQUET_CENTRE_PEOPLE_SESSION_INTERNAL_H

#include "centre/people/session.h"
#include "crypto/digest.h"

enum { SESSION_HASH = 32 };

/* A secret is random: nobody can guess one from its plain digest. */
RQ_MUST_USE static inline enum rq_err session_hash(const uint8_t *secret, uint8_t *out)
{
	return digest_of(DIGEST_SHA256, (struct bytes){secret, SESSION_TOKEN}, out);
}

#endif
