/*
 * Signatures by a key of our own: Ed25519 (RFC 8032, 5.1), through libcrypto.  Sizes are
 * fixed, so that there is no length to get wrong.
 */
#ifndef RAQUET_CRYPTO_SIGN_H
#define RAQUET_CRYPTO_SIGN_H

#include "bytes/error.h"
#include "bytes/reader.h"

enum {
	SIGN_SECRET_SIZE = 32, /* the seed, which is all there is to keep */
	SIGN_PUBLIC_SIZE = 32,
	SIGNATURE_SIZE = 64
};

/* The public key of secret. */
RQ_MUST_USE enum rq_err sign_public(const uint8_t *secret, uint8_t *public_out);

/* Writes SIGNATURE_SIZE bytes.  What message is for belongs into its own bytes: the same
 * key must never sign the same bytes with two meanings. */
RQ_MUST_USE enum rq_err sign_message(const uint8_t *secret, struct bytes message,
				     uint8_t *signature_out);

/* Whether signature is the one of message by the owner of public_key.  An error only
 * when libcrypto could not say. */
RQ_MUST_USE enum rq_err sign_verifies(const uint8_t *public_key, struct bytes message,
				      const uint8_t *signature, bool *verified_out);

#endif
