#include "centre/people/totp.h"

#include "crypto/seal.h"
#include "crypto/secret.h"

#include <liboath/oath.h>
#include <string.h>

enum rq_err totp_matches(const uint8_t *secret, struct bytes code, int64_t now_ms,
			 int64_t step_used, int64_t *step_out, bool *matches_out)
{
	const int64_t now = now_ms / TOTP_STEP_MS;
	char wanted[TOTP_DIGITS + 1];

	*matches_out = false;
	*step_out = 0;
	if (code.n != TOTP_DIGITS || now_ms < 0)
		return RQ_OK;
	if (oath_init() != OATH_OK)
		return RQ_ERR_SYSTEM;
	for (int64_t step = now - TOTP_WINDOW; step <= now + TOTP_WINDOW; step++) {
		if (step < 0 || step <= step_used)
			continue;
		if (oath_hotp_generate((const char *)secret, TOTP_SECRET,
				       (uint64_t)step, TOTP_DIGITS, false,
				       OATH_HOTP_DYNAMIC_TRUNCATION, wanted) != OATH_OK)
			return RQ_ERR_SYSTEM;
		if (!*matches_out &&
		    secret_equal((const uint8_t *)wanted, code.at, TOTP_DIGITS)) {
			*matches_out = true;
			*step_out = step;
		}
	}
	secret_wipe(wanted, sizeof wanted);
	return RQ_OK;
}

/* ---- the address ---- */

/* RFC 4648 6, without padding: 20 bytes are whole groups. */
static void put_base32(struct buffer *out, const uint8_t *from, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	for (size_t bit = 0; bit < 8 * n; bit += 5) {
		unsigned pair = (unsigned)from[bit / 8] << 8;

		if (bit / 8 + 1 < n)
			pair |= from[bit / 8 + 1];
		buffer_u8(out, (uint8_t)digits[pair >> (11 - bit % 8) & 31]);
	}
}

static void put_escaped(struct buffer *out, struct bytes text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~";

	for (size_t i = 0; i < text.n; i++)
		if (memchr(plain, text.at[i], sizeof plain - 1) != NULL)
			buffer_u8(out, text.at[i]);
		else
			buffer_format(out, "%%%02X", text.at[i]);
}

void totp_address(const uint8_t *secret, struct bytes issuer, struct bytes login,
		  struct buffer *out)
{
	buffer_text(out, "otpauth://totp/");
	put_escaped(out, issuer);
	buffer_text(out, ":");
	put_escaped(out, login);
	buffer_text(out, "?secret=");
	put_base32(out, secret, TOTP_SECRET);
	buffer_text(out, "&issuer=");
	put_escaped(out, issuer);
}

/* ---- sealed ---- */

static void name_account(int64_t person, uint8_t out[8])
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)((uint64_t)person >> (8 * i));
}

enum rq_err totp_seal(const struct world *world, const uint8_t *key, int64_t person,
		      const uint8_t *secret, uint8_t *out)
{
	struct buffer box = {0};
	uint8_t account[8];
	enum rq_err err = world_fill(world, out, SEAL_NONCE_SIZE);

	name_account(person, account);
	if (err == RQ_OK)
		err = seal_encrypt(key, out, (struct bytes){account, sizeof account},
				   (struct bytes){secret, TOTP_SECRET}, &box);
	if (err == RQ_OK)
		memcpy(out + SEAL_NONCE_SIZE, box.data, TOTP_SEALED - SEAL_NONCE_SIZE);
	buffer_free(&box);
	return err;
}

enum rq_err totp_open(const uint8_t *key, int64_t person, struct bytes sealed,
		      uint8_t *secret_out)
{
	struct reader r = reader_over(sealed.at, sealed.n);
	struct bytes nonce = reader_bytes(&r, SEAL_NONCE_SIZE);
	struct bytes box = reader_bytes(&r, TOTP_SECRET + SEAL_TAG_SIZE);
	struct buffer secret = {0};
	uint8_t account[8];
	bool is_authentic = false;
	enum rq_err err;

	if (!reader_done(&r))
		return RQ_ERR_FORMAT;
	name_account(person, account);
	err = seal_decrypt(key, nonce.at, (struct bytes){account, sizeof account}, box,
			   &secret, &is_authentic);
	if (err == RQ_OK && !is_authentic)
		err = RQ_ERR_FORMAT;
	if (err == RQ_OK)
		memcpy(secret_out, secret.data, TOTP_SECRET);
	if (secret.data != NULL)
		secret_wipe(secret.data, secret.size);
	buffer_free(&secret);
	return err;
}
