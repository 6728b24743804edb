#include "sealed/sealed_internal.h"

#include "crypto/digest.h"
#include "crypto/mac.h"
#include "crypto/secret.h"

#include <string.h>

/* No two lists of pieces have the same encoding, and the first piece says what it is
 * for: what was signed as one thing cannot be shown as another. */
static void put_pieces(struct buffer *out, const struct bytes *pieces, size_t n)
{
	buffer_u64le(out, n);
	for (size_t i = 0; i < n; i++) {
		buffer_u64le(out, pieces[i].n);
		buffer_put(out, pieces[i].at, pieces[i].n);
	}
}

enum rq_err signed_pieces(const struct signed_parts *parts, struct buffer *out)
{
	const struct bytes pieces[] = {
	    BYTES_LITERAL("raquet sealed result 1: signature of the copy"),
	    parts->outer, parts->header, parts->body, parts->unit_code};

	put_pieces(out, pieces, sizeof pieces / sizeof *pieces);
	return buffer_ok(out) ? RQ_OK : RQ_ERR_MEMORY;
}

enum rq_err unit_digest(const struct signed_parts *parts, uint8_t *out)
{
	const struct bytes pieces[] = {parts->outer, parts->header, parts->body};
	struct buffer text = {0};
	enum rq_err err;

	put_pieces(&text, pieces, sizeof pieces / sizeof *pieces);
	err = buffer_ok(&text) ? digest_of(DIGEST_SHA256, buffer_bytes(&text), out)
			       : RQ_ERR_MEMORY;
	buffer_free(&text);
	return err;
}

enum rq_err unit_code_make(struct bytes unit, const uint8_t *digest, uint8_t *out)
{
	const struct bytes pieces[] = {
	    BYTES_LITERAL("raquet sealed result 1: code of the unit"),
	    {digest, UNIT_CODE_SIZE}};
	struct bytes info = BYTES_LITERAL("raquet sealed result 1: key of the unit");
	struct buffer text = {0};
	struct mac *mac = NULL;
	uint8_t key[MAC_SIZE];
	enum rq_err err;

	put_pieces(&text, pieces, sizeof pieces / sizeof *pieces);
	err = buffer_ok(&text) ? RQ_OK : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = seal_derive((struct bytes){NULL, 0}, unit, info, key, sizeof key);
	if (err == RQ_OK)
		err = mac_new((struct bytes){key, sizeof key}, &mac);
	if (err == RQ_OK)
		err = mac_add(mac, buffer_bytes(&text));
	if (err == RQ_OK)
		err = mac_finish(mac, out);
	mac_free(mac);
	secret_wipe(key, sizeof key);
	buffer_free(&text);
	return err;
}

enum rq_err box_key_make(const uint8_t *secret, const uint8_t *their_public,
			 const uint8_t *ephemeral, const uint8_t *centre,
			 struct sealed_key *key_out, bool *agreed_out)
{
	static const char purpose[] = "raquet sealed result 1: box";
	enum { N = sizeof purpose - 1 };
	uint8_t shared[SEAL_SHARED_SIZE] = {0}, info[N + 2 * SEAL_PUBLIC_SIZE];
	uint8_t both[SEAL_KEY_SIZE + SEAL_NONCE_SIZE];
	enum rq_err err = seal_agree(secret, their_public, shared, agreed_out);

	memcpy(info, purpose, N);
	memcpy(info + N, ephemeral, SEAL_PUBLIC_SIZE);
	memcpy(info + N + SEAL_PUBLIC_SIZE, centre, SEAL_PUBLIC_SIZE);
	if (err == RQ_OK && *agreed_out)
		err = seal_derive((struct bytes){NULL, 0},
				  (struct bytes){shared, sizeof shared},
				  (struct bytes){info, sizeof info}, both, sizeof both);
	if (err == RQ_OK && *agreed_out) {
		memcpy(key_out->key, both, SEAL_KEY_SIZE);
		memcpy(key_out->nonce, both + SEAL_KEY_SIZE, SEAL_NONCE_SIZE);
		key_out->is_found = true;
	}
	secret_wipe(shared, sizeof shared);
	secret_wipe(both, sizeof both);
	return err;
}
