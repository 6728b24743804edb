/*
 * The request with which a machine asks for its certificate: PKCS #10 (RFC 2986) of an
 * Ed25519 key (RFC 8410), its name empty and without attributes, so that all 129 bytes but
 * key and signature are known beforehand.  Any other request is refused: there is nothing
 * in it that could be copied into a certificate.
 */
#ifndef RAQUET_CRYPTO_CERTIFICATE_REQUEST_H
#define RAQUET_CRYPTO_CERTIFICATE_REQUEST_H

#include "bytes/buffer.h"
#include "crypto/sign.h"

/* Appends the request of the owner of secret (SIGN_SECRET_SIZE bytes). */
RQ_MUST_USE enum rq_err certificate_request_write(const uint8_t *secret,
						  struct buffer *to);

/* Whether request is one, signed by the key in it, which is then in public_key_out
 * (SIGN_PUBLIC_SIZE bytes). */
RQ_MUST_USE enum rq_err certificate_request_read(struct bytes request,
						 uint8_t *public_key_out,
						 bool *is_good_out);

#endif
