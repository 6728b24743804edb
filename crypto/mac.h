/* HMAC-SHA-256 (RFC 2104, FIPS 198-1), through libcrypto. */
#ifndef RAQUET_CRYPTO_MAC_H
#define RAQUET_CRYPTO_MAC_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum { MAC_SIZE = 32 };

struct mac; /* a running one */

/* RQ_ERR_SYSTEM when libcrypto refuses. */
RQ_MUST_USE enum rq_err mac_new(struct bytes key, struct mac **mac_out);
void mac_free(struct mac *mac); /* wipes the key */
RQ_MUST_USE enum rq_err mac_add(struct mac *mac, struct bytes data);
/* Ends it: writes MAC_SIZE bytes, to be compared by secret_equal.  The mac can then
 * only be freed. */
RQ_MUST_USE enum rq_err mac_finish(struct mac *mac, uint8_t *out);

#endif
