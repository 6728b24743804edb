#include "sealed/sealed_internal.h"

#include "crypto/secret.h"

#include <string.h>

static void put_outer(struct buffer *out, int kind, size_t n_behind,
		      const uint8_t *sweep_id)
{
	buffer_put(out, "RQSEAL\r\n", 8);
	buffer_u16le(out, FORMAT_VERSION);
	buffer_u8(out, (uint8_t)kind);
	buffer_u8(out, 0);
	buffer_u32le(out, (uint32_t)n_behind);
	buffer_put(out, sweep_id, SWEEP_ID_SIZE);
}

/* Appends an open file. */
static enum rq_err put_open(struct bytes header, struct bytes body,
			    const uint8_t *sweep_id, const struct sealed_keys *keys,
			    struct buffer *out)
{
	struct signed_parts parts = {.header = header, .body = body};
	struct buffer outer = {0}, text = {0};
	uint8_t digest[UNIT_CODE_SIZE], unit_code[UNIT_CODE_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
	bool has_unit = keys->unit.n > 0;
	enum rq_err err = RQ_OK;

	put_outer(&outer, KIND_OPEN,
		  4 + parts.header.n + 4 + parts.body.n + 1 +
		      (has_unit ? UNIT_CODE_SIZE : 0) + SIGNATURE_SIZE,
		  sweep_id);
	parts.outer = buffer_bytes(&outer);
	if (!buffer_ok(&outer))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK && has_unit)
		err = unit_digest(&parts, digest);
	if (err == RQ_OK && has_unit)
		err = unit_code_make(keys->unit, digest, unit_code);
	if (err == RQ_OK && has_unit)
		parts.unit_code = (struct bytes){unit_code, sizeof unit_code};
	if (err == RQ_OK)
		err = signed_pieces(&parts, &text);
	if (err == RQ_OK)
		err = sign_message(keys->copy, buffer_bytes(&text), signature);
	if (err == RQ_OK) {
		buffer_put(out, parts.outer.at, parts.outer.n);
		buffer_u32le(out, (uint32_t)parts.header.n);
		buffer_put(out, parts.header.at, parts.header.n);
		buffer_u32le(out, (uint32_t)parts.body.n);
		buffer_put(out, parts.body.at, parts.body.n);
		buffer_u8(out, has_unit);
		buffer_put(out, parts.unit_code.at, parts.unit_code.n);
		buffer_put(out, signature, sizeof signature);
		err = buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
	}
	buffer_free(&outer);
	buffer_free(&text);
	return err;
}

static enum rq_err put_encrypted(struct bytes open_file, const uint8_t *sweep_id,
				 const uint8_t *centre, struct buffer *out,
				 struct rq_diag *diag)
{
	uint8_t secret[SEAL_SECRET_SIZE], ephemeral[SEAL_PUBLIC_SIZE];
	struct buffer beside = {0};
	struct sealed_key key = {0};
	bool agreed = true;
	enum rq_err err = secret_fill(secret, sizeof secret);

	if (err == RQ_OK)
		err = seal_public(secret, ephemeral);
	if (err == RQ_OK)
		err = box_key_make(secret, centre, ephemeral, centre, &key, &agreed);
	if (err == RQ_OK && !agreed)
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "the key of the centre is not one");
	put_outer(&beside, KIND_ENCRYPTED,
		  2 * SEAL_PUBLIC_SIZE + open_file.n + SEAL_TAG_SIZE, sweep_id);
	buffer_put(&beside, ephemeral, sizeof ephemeral);
	buffer_put(&beside, centre, SEAL_PUBLIC_SIZE);
	buffer_put(out, beside.data, beside.size);
	if (err == RQ_OK && !(buffer_ok(&beside) && buffer_ok(out)))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = seal_encrypt(key.key, key.nonce, buffer_bytes(&beside), open_file,
				   out);
	secret_wipe(secret, sizeof secret);
	secret_wipe(&key, sizeof key);
	buffer_free(&beside);
	return err;
}

static bool in_order(const struct sealed_header *header)
{
	if (header->n_facts > CAP_SEALED_FACTS ||
	    header->n_contents > CAP_SEALED_CONTENTS)
		return false;
	for (size_t i = 1; i < header->n_facts; i++)
		if (header->facts[i].kind < header->facts[i - 1].kind)
			return false;
	return true;
}

enum rq_err sealed_write(struct sealed_header *header, struct bytes body,
			 const struct sealed_keys *keys, struct buffer *out,
			 struct rq_diag *diag)
{
	struct buffer head = {0}, stored = {0}, open_file = {0};
	enum rq_err err = sign_public(keys->copy, header->copy);

	if (err == RQ_OK && !in_order(header))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "facts out of order");
	if (err == RQ_OK && body.n > CAP_SEALED_BODY)
		err = rq_fail(diag, RQ_ERR_LIMIT, NULL, "more than %d bytes of lines",
			      CAP_SEALED_BODY);
	if (err == RQ_OK)
		err = body_pack(body, &stored, &header->is_compressed);
	header->body_size = (uint32_t)body.n;
	if (err == RQ_OK)
		sealed_header_write(&head, header);
	if (err == RQ_OK && !buffer_ok(&head))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK && (stored.size > CAP_SEALED - CAP_SEALED_HEADER - 1024 ||
			     head.size > CAP_SEALED_HEADER))
		err = rq_fail(diag, RQ_ERR_LIMIT, NULL, "more than %d bytes sealed",
			      CAP_SEALED);
	if (err == RQ_OK)
		err = put_open(buffer_bytes(&head), buffer_bytes(&stored),
			       header->sweep_id, keys,
			       keys->centre != NULL ? &open_file : out);
	if (err == RQ_OK && keys->centre != NULL)
		err = put_encrypted(buffer_bytes(&open_file), header->sweep_id,
				    keys->centre, out, diag);
	buffer_free(&head);
	buffer_free(&stored);
	buffer_free(&open_file);
	return err;
}
