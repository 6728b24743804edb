/*
 * Digests, through libcrypto.  Any number of kinds over the same bytes in one pass.
 */
#ifndef RAQUET_CRYPTO_DIGEST_H
#define RAQUET_CRYPTO_DIGEST_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	N_DIGESTS
};

enum { DIGEST_MAX_SIZE = 64 };

size_t digest_size(enum digest_kind kind);

/* Writes digest_size(kind) bytes.  RQ_ERR_SYSTEM when libcrypto refuses the kind. */
RQ_MUST_USE enum rq_err digest_of(enum digest_kind kind, struct bytes data,
				  uint8_t *out);

/*
 * Every kind whose bit (1 << kind) is set in wanted, in one pass over data; each is
 * written to the row of its kind.
 */
RQ_MUST_USE enum rq_err digest_many(uint32_t wanted, struct bytes data,
				    uint8_t out[N_DIGESTS][DIGEST_MAX_SIZE]);

struct digest; /* a running digest */

RQ_MUST_USE enum rq_err digest_new(enum digest_kind kind, struct digest **digest_out);
void digest_free(struct digest *digest);
RQ_MUST_USE enum rq_err digest_add(struct digest *digest, struct bytes data);
/* Ends it; the digest can then only be freed. */
RQ_MUST_USE enum rq_err digest_finish(struct digest *digest, uint8_t *out);

#endif
