/*
 * Authentication codes, through libcrypto: HMAC-SHA-256 (RFC 2104, FIPS 198-1) for any
 * number of texts under one key, and Poly1305 (RFC 8439, 2.5), about six times as
 * quick, whose key serves for one text only.
 */
#ifndef RAQUET_CRYPTO_MAC_H
#define RAQUET_CRYPTO_MAC_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum { MAC_SIZE = 32, MAC_ONCE_SIZE = 16, MAC_ONCE_KEY = 32 };

struct mac; /* a running one */

/* RQ_ERR_SYSTEM when libcrypto refuses. */
RQ_MUST_USE enum rq_err mac_new(struct bytes key, struct mac **mac_out);
/* Poly1305: key has MAC_ONCE_KEY bytes.  Whoever sees the codes of two texts under it
 * can make the code of any third: derive a new one for each text with mac_new. */
RQ_MUST_USE enum rq_err mac_once_new(const uint8_t *key, struct mac **mac_out);
void mac_free(struct mac *mac); /* wipes the key */
RQ_MUST_USE enum rq_err mac_add(struct mac *mac, struct bytes data);
/* Ends it: writes MAC_SIZE bytes, or MAC_ONCE_SIZE, to be compared by secret_equal.
 * The mac can then only be freed. */
RQ_MUST_USE enum rq_err mac_finish(struct mac *mac, uint8_t *out);

#endif
