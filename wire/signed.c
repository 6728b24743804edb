#include "wire/signed.h"

#include "bytes/cap.h"

enum { MAGIC = 8, HEAD = MAGIC + 4 + SIGN_PUBLIC_SIZE + 4, VERSION = 1 };

static const struct {
	const char magic[MAGIC + 1];
	const char *domain;
} kinds[N_SIGNED_KINDS] = {
    [SIGNED_KIT] = {"RQKIT\r\n\n", "raquet kit 1: signature\n"},
    [SIGNED_POLICY] = {"RQPOL\r\n\n", "raquet policy 1: signature\n"},
};

const char *signed_refusal_name(enum signed_refusal refusal)
{
	static const char *const names[N_SIGNED_REFUSALS] = {
	    "good",      "other-file", "version", "size",
	    "signature", "field",      "key",     "older"};

	return refusal < N_SIGNED_REFUSALS ? names[refusal] : "unknown";
}

/* What the signature covers: what it is for, and all that stands before it. */
static void covered(enum signed_kind kind, struct bytes file, struct buffer *to)
{
	buffer_text(to, kinds[kind].domain);
	buffer_put(to, file.at, file.n);
}

enum rq_err signed_write(enum signed_kind kind, const uint8_t *secret,
			 struct bytes body, struct buffer *out)
{
	uint8_t key[SIGN_PUBLIC_SIZE], signature[SIGNATURE_SIZE];
	struct buffer file = {0}, message = {0};
	enum rq_err err = sign_public(secret, key);

	if (body.n > CAP_SIGNED - HEAD - SIGNATURE_SIZE)
		return RQ_ERR_LIMIT;
	buffer_put(&file, kinds[kind].magic, MAGIC);
	buffer_u16le(&file, VERSION);
	buffer_u16le(&file, 0);
	buffer_put(&file, key, sizeof key);
	buffer_u32le(&file, (uint32_t)body.n);
	buffer_put(&file, body.at, body.n);
	covered(kind, buffer_bytes(&file), &message);
	if (err == RQ_OK && (!buffer_ok(&file) || !buffer_ok(&message)))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = sign_message(secret, buffer_bytes(&message), signature);
	if (err == RQ_OK) {
		buffer_put(out, file.data, file.size);
		buffer_put(out, signature, sizeof signature);
		err = buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
	}
	buffer_free(&file);
	buffer_free(&message);
	return err;
}

/* The fields of the frame, without the signature's truth. */
static enum signed_refusal take_apart(enum signed_kind kind, struct bytes file,
				      struct bytes *body_out, struct bytes *key_out,
				      struct bytes *signature_out)
{
	struct reader r = reader_over(file.at, file.n);
	struct bytes magic = reader_bytes(&r, MAGIC);
	uint16_t raw_version, raw_zero;

	if (!bytes_equal_text(magic, kinds[kind].magic))
		return SIGNED_OTHER_FILE;
	raw_version = reader_u16le(&r);
	raw_zero = reader_u16le(&r);
	if (reader_ok(&r) && (raw_version != VERSION || raw_zero != 0))
		return SIGNED_VERSION;
	*key_out = reader_bytes(&r, SIGN_PUBLIC_SIZE);
	*body_out = reader_bytes(&r, reader_u32le(&r));
	*signature_out = reader_bytes(&r, SIGNATURE_SIZE);
	return file.n <= CAP_SIGNED && reader_done(&r) ? SIGNED_GOOD : SIGNED_SIZE;
}

enum rq_err signed_read(enum signed_kind kind, struct bytes file,
			struct bytes *body_out, const uint8_t **key_out,
			enum signed_refusal *refusal_out)
{
	struct bytes body = {0}, key = {0}, signature = {0};
	struct buffer message = {0};
	bool verified = false;
	enum rq_err err = RQ_OK;

	*body_out = (struct bytes){NULL, 0};
	*key_out = NULL;
	*refusal_out = take_apart(kind, file, &body, &key, &signature);
	if (*refusal_out != SIGNED_GOOD)
		return RQ_OK;
	covered(kind, (struct bytes){file.at, file.n - SIGNATURE_SIZE}, &message);
	err = buffer_ok(&message) ? sign_verifies(key.at, buffer_bytes(&message),
						  signature.at, &verified)
				  : RQ_ERR_MEMORY;
	buffer_free(&message);
	*refusal_out = verified ? SIGNED_GOOD : SIGNED_SIGNATURE;
	if (err == RQ_OK && verified) {
		*body_out = body;
		*key_out = key.at;
	}
	return err;
}
