#include "sealed/sealed_internal.h"

#include "crypto/secret.h"

#include <string.h>

#define MAGIC "RQSEAL\r\n"

/* The first 32 bytes, and what lies behind them. */
struct outer {
	struct bytes bytes, sweep_id;
	uint8_t kind;
	struct reader rest;
};

static enum sealed_refusal read_outer(struct bytes file, struct outer *outer)
{
	struct reader r = reader_over(file.at, file.n);
	struct bytes magic = reader_bytes(&r, 8);
	uint16_t version = reader_u16le(&r);
	uint8_t zero;
	uint32_t n;

	if (!bytes_equal_text(magic, MAGIC))
		return SEALED_NO_SEAL;
	if (reader_ok(&r) && version != FORMAT_VERSION)
		return SEALED_VERSION;
	outer->kind = reader_u8(&r);
	zero = reader_u8(&r);
	n = reader_u32le(&r);
	outer->sweep_id = reader_bytes(&r, SWEEP_ID_SIZE);
	if (!reader_ok(&r) || file.n > CAP_SEALED || reader_left(&r) != n)
		return SEALED_SIZE;
	if (zero != 0 || (outer->kind != KIND_OPEN && outer->kind != KIND_ENCRYPTED))
		return SEALED_FIELD;
	outer->bytes = (struct bytes){file.at, OUTER_SIZE};
	outer->rest = reader_sub(&r, n);
	return SEALED_GOOD;
}

bool sealed_peek(struct bytes file, uint8_t *sweep_id_out, bool *is_encrypted_out)
{
	struct outer outer;

	if (read_outer(file, &outer) != SEALED_GOOD)
		return false;
	memcpy(sweep_id_out, outer.sweep_id.at, SWEEP_ID_SIZE);
	*is_encrypted_out = outer.kind == KIND_ENCRYPTED;
	return true;
}

/* What lies behind the outer header of an open file, to the last byte. */
static bool read_parts(const struct outer *outer, struct signed_parts *parts,
		       struct bytes *signature)
{
	struct reader r = outer->rest;
	uint32_t n_header = reader_u32le(&r);
	uint8_t has_unit;

	parts->outer = outer->bytes;
	if (n_header > CAP_SEALED_HEADER)
		reader_fail(&r);
	parts->header = reader_bytes(&r, n_header);
	parts->body = reader_bytes(&r, reader_u32le(&r));
	has_unit = reader_u8(&r);
	if (has_unit > 1)
		reader_fail(&r);
	if (has_unit == 1)
		parts->unit_code = reader_bytes(&r, UNIT_CODE_SIZE);
	*signature = reader_bytes(&r, SIGNATURE_SIZE);
	return reader_done(&r);
}

enum rq_err sealed_unit_check(const struct sealed_unit *unit, struct bytes code,
			      enum sealed_refusal *refusal)
{
	uint8_t wanted[UNIT_CODE_SIZE];
	enum rq_err err;

	*refusal = SEALED_GOOD;
	if (!unit->is_there) {
		*refusal = SEALED_NO_UNIT;
		return RQ_OK;
	}
	err = unit_code_make(code, unit->digest, wanted);
	if (err == RQ_OK && !secret_equal(wanted, unit->code, sizeof wanted))
		*refusal = SEALED_OTHER_UNIT;
	return err;
}

static enum rq_err check_signature(const struct signed_parts *parts,
				   struct bytes signature, const uint8_t *copy,
				   enum sealed_refusal *refusal)
{
	struct buffer text = {0};
	bool is_good = false;
	enum rq_err err = signed_pieces(parts, &text);

	if (err == RQ_OK)
		err = sign_verifies(copy, buffer_bytes(&text), signature.at, &is_good);
	if (err == RQ_OK && !is_good)
		*refusal = SEALED_SIGNATURE;
	buffer_free(&text);
	return err;
}

static enum rq_err read_open(const struct outer *outer, struct sealed *sealed,
			     enum sealed_refusal *refusal)
{
	struct signed_parts parts = {0};
	struct bytes signature;
	enum rq_err err;

	if (!read_parts(outer, &parts, &signature) ||
	    !sealed_header_read(parts.header, &sealed->header)) {
		*refusal = SEALED_FIELD;
		return RQ_OK;
	}
	memcpy(sealed->header.sweep_id, outer->sweep_id.at, SWEEP_ID_SIZE);
	err = check_signature(&parts, signature, sealed->header.copy, refusal);
	if (err == RQ_OK && parts.unit_code.n > 0) {
		memcpy(sealed->unit.code, parts.unit_code.at, UNIT_CODE_SIZE);
		sealed->unit.is_there = true;
		err = unit_digest(&parts, sealed->unit.digest);
	}
	/* unpacked last: no byte of it is looked at before the signature holds */
	if (err == RQ_OK && *refusal == SEALED_GOOD)
		err = body_unpack(parts.body, sealed->header.is_compressed,
				  sealed->header.body_size, &sealed->body, refusal);
	return err;
}

enum rq_err sealed_key_find(struct bytes start, const uint8_t *centre_secret,
			    struct sealed_key *key, enum sealed_refusal *refusal)
{
	struct reader r = reader_over(start.at, start.n);
	struct bytes magic = reader_bytes(&r, 8);
	uint16_t version = reader_u16le(&r);
	uint8_t kind = reader_u8(&r);
	struct bytes ephemeral, centre;
	uint8_t ours[SEAL_PUBLIC_SIZE];
	bool agreed = true;
	enum rq_err err;

	*key = (struct sealed_key){0};
	*refusal = SEALED_GOOD;
	reader_seek(&r, OUTER_SIZE);
	ephemeral = reader_bytes(&r, SEAL_PUBLIC_SIZE);
	centre = reader_bytes(&r, SEAL_PUBLIC_SIZE);
	if (!reader_ok(&r) || !bytes_equal_text(magic, MAGIC) ||
	    version != FORMAT_VERSION || kind != KIND_ENCRYPTED)
		return RQ_OK;
	if (centre_secret == NULL) {
		*refusal = SEALED_NEEDS_CENTRE;
		return RQ_OK;
	}
	err = seal_public(centre_secret, ours);
	if (err == RQ_OK && memcmp(ours, centre.at, sizeof ours) != 0) {
		*refusal = SEALED_OTHER_CENTRE;
		return RQ_OK;
	}
	if (err == RQ_OK)
		err = box_key_make(centre_secret, ephemeral.at, ephemeral.at, ours, key,
				   &agreed);
	if (err == RQ_OK && !agreed)
		*refusal = SEALED_BOX;
	return err;
}

static enum rq_err decrypt(struct bytes file, const struct outer *outer,
			   const struct sealed_key *key, struct buffer *to,
			   enum sealed_refusal *refusal)
{
	struct reader r = outer->rest;
	struct bytes beside = {file.at, SEALED_START}, box;
	bool is_good = false;
	enum rq_err err;

	reader_skip(&r, 2 * SEAL_PUBLIC_SIZE);
	box = reader_bytes(&r, reader_left(&r));
	if (!reader_done(&r) || box.n <= SEAL_TAG_SIZE) {
		*refusal = SEALED_FIELD;
		return RQ_OK;
	}
	err = seal_decrypt(key->key, key->nonce, beside, box, to, &is_good);
	if (err == RQ_OK && !is_good)
		*refusal = SEALED_BOX;
	return err;
}

enum rq_err sealed_read(struct bytes file, const struct sealed_key *key,
			struct sealed *sealed, enum sealed_refusal *refusal)
{
	struct outer outer, inner;
	enum rq_err err = RQ_OK;

	*sealed = (struct sealed){.open_file = file};
	*refusal = read_outer(file, &outer);
	if (*refusal != SEALED_GOOD)
		return RQ_OK;
	if (outer.kind == KIND_OPEN)
		return read_open(&outer, sealed, refusal);
	if (!key->is_found) {
		*refusal = SEALED_NEEDS_CENTRE;
		return RQ_OK;
	}
	sealed->was_encrypted = true;
	err = decrypt(file, &outer, key, &sealed->room, refusal);
	if (err != RQ_OK || *refusal != SEALED_GOOD)
		return err;
	sealed->open_file = buffer_bytes(&sealed->room);
	*refusal = read_outer(sealed->open_file, &inner);
	if (*refusal != SEALED_GOOD)
		return RQ_OK;
	/* a box in a box, or one that claims another sweep than it holds */
	if (inner.kind != KIND_OPEN || !bytes_equal(inner.sweep_id, outer.sweep_id)) {
		*refusal = SEALED_FIELD;
		return RQ_OK;
	}
	return read_open(&inner, sealed, refusal);
}

void sealed_free(struct sealed *sealed)
{
	buffer_free(&sealed->body);
	buffer_free(&sealed->room);
	*sealed = (struct sealed){0};
}
