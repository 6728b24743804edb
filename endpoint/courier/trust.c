#include "endpoint/courier/trust.h"

#include "crypto/digest.h"

#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static bool digest_of_certificate(X509 *certificate, uint8_t *digest_out)
{
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);
	bool done = n > 0 && digest_of(DIGEST_SHA256, (struct bytes){der, (size_t)n},
				       digest_out) == RQ_OK;

	OPENSSL_free(der);
	return done;
}

/* Whether it is the authority: then its digest is noted. */
static bool is_pinned(struct trust *trust, X509 *certificate)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	if (!digest_of_certificate(certificate, digest) ||
	    !paper_code_names(trust->code, digest))
		return false;
	memcpy(trust->authority, digest, AGENT_DIGEST);
	return true;
}

static bool time_of(const ASN1_TIME *time, uint64_t *ms_out)
{
	struct tm tm = {0};

	if (ASN1_TIME_to_tm(time, &tm) != 1 || timegm(&tm) < 0)
		return false;
	*ms_out = (uint64_t)timegm(&tm) * 1000;
	return true;
}

static bool note_times(struct trust *trust, STACK_OF(X509) * chain)
{
	trust->not_before_ms = 0;
	trust->not_after_ms = UINT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *certificate = sk_X509_value(chain, i);
		uint64_t from, to;

		if (!time_of(X509_get0_notBefore(certificate), &from) ||
		    !time_of(X509_get0_notAfter(certificate), &to))
			return false;
		if (from > trust->not_before_ms)
			trust->not_before_ms = from;
		if (to < trust->not_after_ms)
			trust->not_after_ms = to;
	}
	return true;
}

/* Ours, of those that were shown and those that came with our own certificate. */
static bool find_authority(struct trust *trust, STACK_OF(X509) * shown,
			   STACK_OF(X509) * trusted)
{
	const struct agent_enrolled *enrolled = trust->enrolled;
	bool found = false;

	for (int i = 0; i < sk_X509_num(shown) && !found; i++)
		if (is_pinned(trust, sk_X509_value(shown, i)))
			found = X509_add_cert(trusted, sk_X509_value(shown, i),
					      X509_ADD_FLAG_UP_REF) == 1;
	for (size_t i = 0; enrolled != NULL && i < enrolled->n_chain && !found; i++) {
		const unsigned char *at = enrolled->chain[i].at;
		X509 *certificate = d2i_X509(NULL, &at, (long)enrolled->chain[i].n);

		if (certificate != NULL && is_pinned(trust, certificate))
			found = X509_add_cert(trusted, certificate,
					      X509_ADD_FLAG_UP_REF) == 1;
		X509_free(certificate);
	}
	return found;
}

int trust_verify(X509_STORE_CTX *store, void *context)
{
	struct trust *trust = context;
	STACK_OF(X509) *trusted = sk_X509_new_null();
	uint64_t now = centre_time_now(trust->time);
	int good = 0;

	trust->is_seen = false;

	if (trusted != NULL &&
	    find_authority(trust, X509_STORE_CTX_get0_untrusted(store), trusted)) {
		X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(store);

		X509_STORE_CTX_set0_trusted_stack(store, trusted);
		if (now > 0)
			X509_VERIFY_PARAM_set_time(rules, (time_t)(now / 1000));
		else
			X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);
		good = X509_verify_cert(store) == 1 &&
		       note_times(trust, X509_STORE_CTX_get0_chain(store));
		X509_STORE_CTX_set0_trusted_stack(store, NULL);
		trust->is_seen = good == 1;
	} else {
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
	}
	sk_X509_pop_free(trusted, X509_free);
	return good;
}

bool trust_holds(const struct trust *trust, uint64_t utc_ms)
{
	return trust->is_seen && utc_ms >= trust->not_before_ms &&
	       utc_ms <= trust->not_after_ms;
}
