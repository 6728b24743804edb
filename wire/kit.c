#include "wire/kit.h"

#include "crypto/digest.h"
#include "wire/both.h"

enum { KIT_TYPE = 'K' };

static bool is_name(struct bytes name)
{
	if (name.n == 0 || name.n > KIT_FILE_NAME || name.at[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
		    c != '_' && c != '.')
			return false;
	}
	return true;
}

static void walk_file(struct both *both, struct kit_file *file)
{
	both_choice(both, &file->kind, N_KIT_FILE_KINDS);
	both_bytes(both, &file->name, KIT_FILE_NAME);
	both_u64(both, &file->size);
	both_fixed(both, file->sha256, AGENT_DIGEST);
	if (both_ok(both) && (file->kind == 0 || !is_name(file->name)))
		both_refuse(both);
}

static void walk_kit(struct both *both, struct kit *kit)
{
	both_bytes(both, &kit->name, AGENT_TEXT);
	both_bytes(both, &kit->version, AGENT_TEXT);
	both_u64(both, &kit->serial);
	both_u64(both, &kit->made_ms);
	both_count(both, &kit->n_files, CAP_KIT_FILES);
	for (size_t i = 0; i < kit->n_files && both_ok(both); i++) {
		walk_file(both, &kit->files[i]);
		/* rising names: no two of the same */
		if (i > 0 && both_ok(both) &&
		    bytes_compare(kit->files[i - 1].name, kit->files[i].name) >= 0)
			both_refuse(both);
	}
}
BOTH_WAYS_HERE(kit, walk_kit, KIT_TYPE)

enum rq_err kit_write(const struct kit *kit, const uint8_t *secret, struct buffer *out)
{
	struct buffer body = {0};
	enum rq_err err = RQ_ERR_USAGE;

	kit_encode(kit, &body);
	if (buffer_ok(&body))
		err = signed_write(SIGNED_KIT, secret, buffer_bytes(&body), out);
	buffer_free(&body);
	return err;
}

enum rq_err kit_read(struct bytes file, struct kit *kit_out,
		     enum signed_refusal *refusal_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	const uint8_t *key;
	struct bytes body;
	enum rq_err err = signed_read(SIGNED_KIT, file, &body, &key, refusal_out);

	if (err == RQ_OK && *refusal_out == SIGNED_GOOD &&
	    kit_decode(body, kit_out) != RQ_OK)
		*refusal_out = SIGNED_FIELD;
	if (err != RQ_OK || *refusal_out != SIGNED_GOOD) {
		*kit_out = (struct kit){0};
		return err;
	}
	memcpy(kit_out->signer, key, SIGN_PUBLIC_SIZE);
	err = digest_of(DIGEST_SHA256, file, digest);
	memcpy(kit_out->digest, digest, AGENT_DIGEST);
	return err;
}

const struct kit_file *kit_find(const struct kit *kit, struct bytes name)
{
	for (size_t i = 0; i < kit->n_files; i++)
		if (bytes_equal(kit->files[i].name, name))
			return &kit->files[i];
	return NULL;
}

enum rq_err kit_fits(const struct kit_file *file, struct bytes data, bool *fits_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err;

	*fits_out = false;
	if (data.n != file->size)
		return RQ_OK;
	err = digest_of(DIGEST_SHA256, data, digest);
	*fits_out = err == RQ_OK && memcmp(digest, file->sha256, AGENT_DIGEST) == 0;
	return err;
}

enum rq_err kit_has(const struct kit *kit, enum kit_file_kind kind, struct bytes data,
		    bool *has_out)
{
	enum rq_err err = RQ_OK;

	*has_out = false;
	for (size_t i = 0; i < kit->n_files && err == RQ_OK && !*has_out; i++)
		if (kit->files[i].kind == kind)
			err = kit_fits(&kit->files[i], data, has_out);
	return err;
}
