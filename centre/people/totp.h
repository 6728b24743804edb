/*
 * One-time codes of a telephone (RFC 6238: SHA-1, six digits, thirty seconds), through
 * liboath.  The secret is kept sealed under the centre's local key, for one account.
 */
#ifndef RAQUET_CENTRE_PEOPLE_TOTP_H
#define RAQUET_CENTRE_PEOPLE_TOTP_H

#include "bytes/buffer.h"
#include "world/world.h"

enum {
	TOTP_SECRET = 20, /* RFC 4226 4 */
	TOTP_DIGITS = 6,
	TOTP_STEP_MS = 30000,
	TOTP_WINDOW = 1, /* steps before and after: clocks of telephones */
	TOTP_KEY = 32,
	TOTP_SEALED = 12 + TOTP_SECRET + 16,
};

/* Whether code is that of a step near now_ms and after step_used; *step_out is its step. */
RQ_MUST_USE enum rq_err totp_matches(const uint8_t *secret, struct bytes code,
				     int64_t now_ms, int64_t step_used,
				     int64_t *step_out, bool *matches_out);

/* The address that a telephone reads as a picture; both names are escaped. */
void totp_address(const uint8_t *secret, struct bytes issuer, struct bytes login,
		  struct buffer *out);

RQ_MUST_USE enum rq_err totp_seal(const struct world *world, const uint8_t *key,
				  int64_t person, const uint8_t *secret, uint8_t *out);
/* RQ_ERR_FORMAT: not sealed under that key for that account. */
RQ_MUST_USE enum rq_err totp_open(const uint8_t *key, int64_t person,
				  struct bytes sealed, uint8_t *secret_out);

#endif
