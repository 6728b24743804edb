/* What the files of this folder share. */
#ifndef RAQUET_SEALED_SEALED_INTERNAL_H
#define RAQUET_SEALED_SEALED_INTERNAL_H

#include "sealed/sealed.h"

enum { KIND_OPEN = 1, KIND_ENCRYPTED = 2 };
enum { OUTER_SIZE = 32, UNIT_CODE_SIZE = SEALED_UNIT_SIZE, FORMAT_VERSION = 1 };

/* ---- body.c ---- */

/* Appends plain as it will be stored. */
RQ_MUST_USE enum rq_err body_pack(struct bytes plain, struct buffer *out,
				  bool *is_compressed_out);
RQ_MUST_USE enum rq_err body_unpack(struct bytes stored, bool is_compressed,
				    uint32_t plain_size, struct buffer *out,
				    enum sealed_refusal *refusal_out);

/* ---- pieces.c: what is signed, what is keyed, what is boxed ---- */

/* The parts of an open file that its writer answers for. */
struct signed_parts {
	struct bytes outer, header, body, unit_code;
};

/* What the code of a unit stands for. */
RQ_MUST_USE enum rq_err unit_digest(const struct signed_parts *parts, uint8_t *out);
RQ_MUST_USE enum rq_err unit_code_make(struct bytes unit, const uint8_t *digest,
				       uint8_t *out);
/* The bytes that the copy signs. */
RQ_MUST_USE enum rq_err signed_pieces(const struct signed_parts *parts,
				      struct buffer *out);

/* Key and nonce of a box, for who has one of the two secrets. */
RQ_MUST_USE enum rq_err box_key_make(const uint8_t *secret, const uint8_t *their_public,
				     const uint8_t *ephemeral, const uint8_t *centre,
				     struct sealed_key *key_out, bool *agreed_out);

#endif
