/*
 * What is signed off the server: a kit's manifest and an agent's policy.
 *
 * One frame for all kinds.  The exact bytes are signed, with what they are for in front
 * (Ed25519 over the kind's domain and everything before the signature), so that nothing
 * is ever written again to be verified, and a signature of one kind is none of another.
 * docs/kit-format.md has the bytes.
 */
#ifndef RAQUET_WIRE_SIGNED_H
#define RAQUET_WIRE_SIGNED_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"
#include "crypto/sign.h"

enum signed_kind { SIGNED_KIT, SIGNED_POLICY, N_SIGNED_KINDS };

/* Why such a file is not believed; SIGNED_GOOD alone accepts one. */
enum signed_refusal {
	SIGNED_GOOD,
	SIGNED_OTHER_FILE, /* of another kind, or none of ours */
	SIGNED_VERSION,    /* of a later program */
	SIGNED_SIZE,       /* cut short, or something behind it */
	SIGNED_SIGNATURE,  /* not signed by the key that it names */
	SIGNED_FIELD,      /* what is signed is not as its format has it */
	SIGNED_KEY,        /* signed, and not by a key that may */
	SIGNED_OLDER,      /* than what is here */
	N_SIGNED_REFUSALS,
};
const char *signed_refusal_name(enum signed_refusal refusal); /* stable, for logs */

/* Appends the file that holds body, signed with a seed of SIGN_SECRET_SIZE bytes. */
RQ_MUST_USE enum rq_err signed_write(enum signed_kind kind, const uint8_t *secret,
				     struct bytes body, struct buffer *out);

/*
 * The body and the key (SIGN_PUBLIC_SIZE bytes) of file, both inside of it, when the
 * owner of that key signed it.  Whose key that is, and whether it may, is the caller's
 * question.
 */
RQ_MUST_USE enum rq_err signed_read(enum signed_kind kind, struct bytes file,
				    struct bytes *body_out, const uint8_t **key_out,
				    enum signed_refusal *refusal_out);

#endif
