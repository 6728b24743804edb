#include "centre/http/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { DAY = 86400 };

struct pair {
	X509 *certificate;
	EVP_PKEY *key;
};

static bool extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool fine = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return fine;
}

static bool save(const char *folder, const char *name, const struct pair *pair)
{
	char path[300];
	FILE *file;
	bool fine;

	snprintf(path, sizeof path, "%s/%s.pem", folder, name);
	file = fopen(path, "w");
	fine = file != NULL && PEM_write_X509(file, pair->certificate) == 1;
	if (file != NULL)
		fclose(file);
	snprintf(path, sizeof path, "%s/%s.key", folder, name);
	file = fopen(path, "w");
	fine = fine && file != NULL &&
	       PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL) == 1;
	if (file != NULL)
		fclose(file);
	return fine;
}

/* issuer NULL: an authority, signed by itself. */
static bool make(const char *folder, const char *name, const struct pair *issuer,
		 long days, struct pair *pair_out)
{
	static long serial;
	X509 *certificate = X509_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_NAME *subject =
	    certificate != NULL ? X509_get_subject_name(certificate) : NULL;
	bool fine = subject != NULL && key != NULL;

	*pair_out = (struct pair){certificate, key};
	if (!fine)
		return false;
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_set_version(certificate, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -30L * DAY);
	X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY);
	X509_set_pubkey(certificate, key);
	X509_set_issuer_name(certificate,
			     issuer != NULL ? X509_get_subject_name(issuer->certificate)
					    : subject);
	fine =
	    extend(certificate, NID_basic_constraints,
		   issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	    extend(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1") &&
	    X509_sign(certificate, issuer != NULL ? issuer->key : key, EVP_sha256()) !=
		0;
	return fine && save(folder, name, pair_out);
}

static void free_pair(struct pair *pair)
{
	X509_free(pair->certificate);
	EVP_PKEY_free(pair->key);
	*pair = (struct pair){0};
}

bool test_certificates_make(const char *folder)
{
	struct pair authority = {0}, stranger = {0}, leaf = {0};
	bool fine = make(folder, "authority", NULL, 3650, &authority) &&
		    make(folder, "stranger", NULL, 3650, &stranger);
	const struct {
		const char *name;
		const struct pair *issuer;
		long days;
	} leaves[] = {{"centre", &authority, 90},
		      {"agent", &authority, 90},
		      {"expired", &authority, -1},
		      {"wrong", &stranger, 90}};

	for (size_t i = 0; fine && i < sizeof leaves / sizeof leaves[0]; i++) {
		fine = make(folder, leaves[i].name, leaves[i].issuer, leaves[i].days,
			    &leaf);
		free_pair(&leaf);
	}
	free_pair(&authority);
	free_pair(&stranger);
	return fine;
}
