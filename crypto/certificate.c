#include "crypto/certificate.h"

#include "bytes/alloc.h"
#include "crypto/library.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string.h>

/* 9999-12-31 23:59:59 */
enum { MS = 1000 };
static const int64_t no_end_s = 253402300799;

/* What each kind may be used for (RFC 5280 4.2.1); an authority's own use binds those
 * below it, as libcrypto reads it. */
static const struct {
	bool is_authority;
	const char *constraints, *usage, *purpose;
} kinds[] = {
    [CERTIFICATE_ROOT] = {true, "critical,CA:TRUE,pathlen:1", "critical,keyCertSign",
			  NULL},
    [CERTIFICATE_ISSUING] = {true, "critical,CA:TRUE,pathlen:0", "critical,keyCertSign",
			     "clientAuth,serverAuth"},
    [CERTIFICATE_MACHINE] = {false, "critical,CA:FALSE", "critical,digitalSignature",
			     "clientAuth"},
    [CERTIFICATE_CENTRE] = {false, "critical,CA:FALSE", "critical,digitalSignature",
			    "serverAuth"},
};

static bool in_set(struct bytes text, const char *others)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (c != 0 && strchr(others, c) != NULL)))
			return false;
	}
	return text.n > 0;
}

static bool is_possible(const struct certificate_order *order)
{
	if (order->serial[0] == 0 || order->serial[0] > 0x7F ||
	    order->name.n > CERTIFICATE_NAME || !in_set(order->name, " .-") ||
	    order->n_hosts > CERTIFICATE_HOSTS ||
	    (order->kind == CERTIFICATE_CENTRE) != (order->n_hosts > 0))
		return false;
	for (size_t i = 0; i < order->n_hosts; i++)
		if (order->hosts[i].n > CERTIFICATE_HOST ||
		    !in_set(order->hosts[i], ".-:"))
			return false;
	return true;
}

static bool set_time(ASN1_TIME *time, uint64_t utc_ms)
{
	int64_t s = utc_ms == CERTIFICATE_NO_END ? no_end_s : (int64_t)(utc_ms / MS);

	return s <= no_end_s && ASN1_TIME_set(time, (time_t)s) != NULL;
}

static bool add(X509 *to, const X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx(&context, (X509 *)issuer, to, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension != NULL && X509_add_ext(to, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

/* "IP:192.0.2.1,DNS:centre.example": is_possible lets no comma in. */
static bool add_hosts(X509 *to, const struct certificate_order *order)
{
	struct buffer text = {0};
	bool done;

	for (size_t i = 0; i < order->n_hosts; i++) {
		char host[CERTIFICATE_HOST + 1] = {0};
		ASN1_OCTET_STRING *address;

		memcpy(host, order->hosts[i].at, order->hosts[i].n);
		address = a2i_IPADDRESS(host);
		buffer_format(&text, "%s%s:%s", i > 0 ? "," : "",
			      address != NULL ? "IP" : "DNS", host);
		ASN1_OCTET_STRING_free(address);
	}
	buffer_u8(&text, 0);
	done = buffer_ok(&text) &&
	       add(to, NULL, NID_subject_alt_name, (const char *)text.data);
	buffer_free(&text);
	return done;
}

static bool fill(X509 *to, const struct certificate_order *order, EVP_PKEY *owner,
		 const X509 *issuer)
{
	BIGNUM *serial = BN_bin2bn(order->serial, CERTIFICATE_SERIAL, NULL);
	X509_NAME *name = X509_get_subject_name(to);
	bool done =
	    serial != NULL && X509_set_version(to, X509_VERSION_3) == 1 &&
	    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(to)) != NULL &&
	    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
				       order->name.at, (int)order->name.n, -1,
				       0) == 1 &&
	    X509_set_issuer_name(to, X509_get_subject_name(issuer)) == 1 &&
	    set_time(X509_getm_notBefore(to), order->not_before_ms) &&
	    set_time(X509_getm_notAfter(to), order->not_after_ms) &&
	    X509_set_pubkey(to, owner) == 1 &&
	    add(to, issuer, NID_basic_constraints, kinds[order->kind].constraints) &&
	    add(to, issuer, NID_key_usage, kinds[order->kind].usage);

	BN_free(serial);
	if (done && kinds[order->kind].purpose != NULL)
		done = add(to, issuer, NID_ext_key_usage, kinds[order->kind].purpose);
	if (done && kinds[order->kind].is_authority)
		done = add(to, issuer, NID_subject_key_identifier, "hash");
	/* a root's would be its own */
	if (done && issuer != to)
		done = add(to, issuer, NID_authority_key_identifier, "keyid:always");
	return done && (order->n_hosts == 0 || add_hosts(to, order));
}

/* Of a certificate that we wrote; NULL: it is none. */
static X509 *parse(struct bytes der)
{
	const unsigned char *at = der.at;
	X509 *certificate;

	if (der.n == 0 || der.n > INT32_MAX)
		return NULL;
	certificate = X509_new_ex(crypto_library(), NULL);
	if (certificate == NULL ||
	    (d2i_X509(&certificate, &at, (long)der.n) != NULL && at == der.at + der.n))
		return certificate;
	X509_free(certificate); /* NULL when d2i has freed it */
	return NULL;
}

static bool put_der(X509 *certificate, struct buffer *to)
{
	int n = i2d_X509(certificate, NULL);
	uint8_t *at = n > 0 ? buffer_zeros(to, (size_t)n) : NULL;

	return at != NULL && i2d_X509(certificate, &at) == n;
}

enum rq_err certificate_issue(const struct certificate_order *order,
			      const uint8_t *secret, struct bytes issuer,
			      struct buffer *to)
{
	EVP_PKEY *owner, *signer;
	X509 *fresh, *above = NULL;
	bool done;

	if (!is_possible(order) || (order->kind == CERTIFICATE_ROOT) != (issuer.n == 0))
		return RQ_ERR_USAGE;
	owner = EVP_PKEY_new_raw_public_key_ex(crypto_library(), "ED25519", NULL,
					       order->public_key, SIGN_PUBLIC_SIZE);
	signer = EVP_PKEY_new_raw_private_key_ex(crypto_library(), "ED25519", NULL,
						 secret, SIGN_SECRET_SIZE);
	fresh = X509_new_ex(crypto_library(), NULL);
	above = issuer.n == 0 ? fresh : parse(issuer);
	done = owner != NULL && signer != NULL && fresh != NULL && above != NULL &&
	       fill(fresh, order, owner, above) && X509_sign(fresh, signer, NULL) > 0 &&
	       put_der(fresh, to);
	if (above != fresh)
		X509_free(above);
	X509_free(fresh);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(owner);
	ERR_clear_error();
	if (!done)
		alloc_count_refusal();
	return done ? RQ_OK : RQ_ERR_SYSTEM;
}

/* Milliseconds since 1970; false for what lies before. */
static bool time_ms(const ASN1_TIME *time, uint64_t *ms_out)
{
	static const struct tm start = {.tm_year = 70, .tm_mday = 1};
	struct tm at;
	int days, seconds;

	if (ASN1_TIME_to_tm(time, &at) != 1 ||
	    OPENSSL_gmtime_diff(&days, &seconds, &start, &at) != 1 || days < 0 ||
	    seconds < 0)
		return false;
	*ms_out = ((uint64_t)days * 86400 + (uint64_t)seconds) * MS;
	return true;
}

enum rq_err certificate_facts_read(struct bytes der,
				   struct certificate_facts *facts_out)
{
	X509 *certificate = parse(der);
	size_t n_key = SIGN_PUBLIC_SIZE;
	const ASN1_INTEGER *serial;
	bool done;

	*facts_out = (struct certificate_facts){0};
	if (certificate == NULL) {
		ERR_clear_error();
		return RQ_ERR_FORMAT;
	}
	serial = X509_get0_serialNumber(certificate);
	done = EVP_PKEY_get_id(X509_get0_pubkey(certificate)) == EVP_PKEY_ED25519 &&
	       EVP_PKEY_get_raw_public_key(X509_get0_pubkey(certificate),
					   facts_out->public_key, &n_key) == 1 &&
	       serial->length == CERTIFICATE_SERIAL &&
	       time_ms(X509_get0_notBefore(certificate), &facts_out->not_before_ms) &&
	       time_ms(X509_get0_notAfter(certificate), &facts_out->not_after_ms);
	if (done)
		memcpy(facts_out->serial, serial->data, CERTIFICATE_SERIAL);
	X509_free(certificate);
	ERR_clear_error();
	return done ? RQ_OK : RQ_ERR_FORMAT;
}

enum rq_err certificate_is_below(struct bytes der, struct bytes issuer,
				 bool *is_below_out)
{
	X509 *below = parse(der), *above = parse(issuer);

	*is_below_out = below != NULL && above != NULL &&
			X509_verify(below, X509_get0_pubkey(above)) == 1;
	X509_free(below);
	X509_free(above);
	ERR_clear_error();
	return RQ_OK;
}
