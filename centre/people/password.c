#include "centre/people/password.h"

#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_TEXT == crypto_pwhash_STRBYTES, "as libsodium writes it");

struct password_cost password_cost_default(void)
{
	return (struct password_cost){PASSWORD_PASSES, PASSWORD_MEMORY};
}

struct password_cost password_cost_least(void)
{
	return (struct password_cost){crypto_pwhash_argon2id_OPSLIMIT_MIN,
				      crypto_pwhash_argon2id_MEMLIMIT_MIN};
}

static enum rq_err hash(struct bytes password, const struct password_cost *cost,
			char out[PASSWORD_TEXT])
{
	if (sodium_init() < 0)
		return RQ_ERR_SYSTEM;
	return crypto_pwhash_str_alg(out, (const char *)password.at, password.n,
				     cost->passes, cost->memory,
				     crypto_pwhash_ALG_ARGON2ID13) == 0
		   ? RQ_OK
		   : RQ_ERR_MEMORY;
}

enum rq_err password_hash(struct bytes password, const struct password_cost *cost,
			  char out[PASSWORD_TEXT], struct rq_diag *diag)
{
	out[0] = 0;
	if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a password has %d to %d bytes", PASSWORD_MIN,
			       PASSWORD_MAX);
	return hash(password, cost, out);
}

enum rq_err password_matches(struct bytes password, const char *kept,
			     const struct password_cost *cost, bool *matches_out)
{
	char unused[PASSWORD_TEXT];

	*matches_out = false;
	if (password.n > PASSWORD_MAX)
		return RQ_OK;
	if (kept == NULL)
		return hash(password, cost, unused);
	if (sodium_init() < 0)
		return RQ_ERR_SYSTEM;
	*matches_out =
	    crypto_pwhash_str_verify(kept, (const char *)password.at, password.n) == 0;
	return RQ_OK;
}
