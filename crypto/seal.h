/*
 * What a letter to one addressee is made of, through libcrypto: key agreement (X25519,
 * RFC 7748), derivation (HKDF-SHA-256, RFC 5869), and encryption that notices any change
 * (ChaCha20-Poly1305, RFC 8439).  Sizes are fixed.
 */
#ifndef RAQUET_CRYPTO_SEAL_H
#define RAQUET_CRYPTO_SEAL_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

enum {
	SEAL_SECRET_SIZE = 32, /* X25519; any 32 random bytes are one */
	SEAL_PUBLIC_SIZE = 32,
	SEAL_SHARED_SIZE = 32,
	SEAL_KEY_SIZE = 32,
	SEAL_NONCE_SIZE = 12,
	SEAL_TAG_SIZE = 16
};

RQ_MUST_USE enum rq_err seal_public(const uint8_t *secret, uint8_t *public_out);

/* What both sides can compute and nobody else.  *agreed_out is false for a public key
 * of small order, with which the result would be known to all (RFC 7748, 6.1). */
RQ_MUST_USE enum rq_err seal_agree(const uint8_t *secret, const uint8_t *public_key,
				   uint8_t *shared_out, bool *agreed_out);

/* n bytes (at most 8,160) for the purpose that info names. */
RQ_MUST_USE enum rq_err seal_derive(struct bytes salt, struct bytes secret,
				    struct bytes info, uint8_t *out, size_t n);

/* Appends the text encrypted, and the tag over it and over beside.  Never twice with
 * the same key and nonce. */
RQ_MUST_USE enum rq_err seal_encrypt(const uint8_t *key, const uint8_t *nonce,
				     struct bytes beside, struct bytes text,
				     struct buffer *out);

/* Appends the text of box (tag at its end).  *authentic_out is false, and nothing is
 * appended, when box or beside are not what was sealed under that key. */
RQ_MUST_USE enum rq_err seal_decrypt(const uint8_t *key, const uint8_t *nonce,
				     struct bytes beside, struct bytes box,
				     struct buffer *out, bool *authentic_out);

#endif
