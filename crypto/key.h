/*
 * Public keys and what is signed with them, through libcrypto, which only ever sees
 * bytes that asn1/ and cms/ have accepted.
 */
#ifndef RAQUET_CRYPTO_KEY_H
#define RAQUET_CRYPTO_KEY_H

#include "bytes/error.h"
#include "bytes/reader.h"
#include "crypto/digest.h"

enum key_kind { KEY_RSA, KEY_RSA_PSS, KEY_EC, KEY_DSA, KEY_OTHER, KEY_NONE };

struct key;

/* The key in a SubjectPublicKeyInfo (RFC 5280 4.1.2.7), identifier and length included.
 * *key_out stays NULL when libcrypto takes no key from it, which is no error. */
RQ_MUST_USE enum rq_err key_new(struct bytes public_key_info, struct key **key_out);
void key_free(struct key *key);

/* KEY_NONE for NULL. */
enum key_kind key_kind(const struct key *key);

/*
 * Whether signature is one over digest (digest_size(kind) bytes): RSA PKCS #1 v1.5 with
 * its DigestInfo compared exactly (RFC 8017 8.2.2), ECDSA or DSA as DER.
 */
RQ_MUST_USE enum rq_err key_verifies(const struct key *key, enum digest_kind kind,
				     const uint8_t *digest, struct bytes signature,
				     bool *verified_out);

enum { KEY_MAX_RECOVERED = 2048 }; /* bytes: of a key of 16,384 bits */

/*
 * What an RSA signature holds behind its PKCS #1 v1.5 padding of type 1 (RFC 8017 9.2),
 * at most KEY_MAX_RECOVERED bytes; *n_out is 0 for other keys and broken signatures.
 */
RQ_MUST_USE enum rq_err key_recover(const struct key *key, struct bytes signature,
				    uint8_t *out, size_t *n_out);

/* The kind of key that a signature algorithm (content of an OBJECT IDENTIFIER) is
 * made with; KEY_NONE for one that libcrypto does not know. */
enum key_kind key_kind_of_signature(struct bytes algorithm);

/* The names that libcrypto, and so libyara, gives an object identifier, static:
 * "sha256WithRSAEncryption" and "RSA-SHA256"; NULL when it has none. */
const char *oid_long_name(struct bytes oid);
const char *oid_short_name(struct bytes oid);

#endif
