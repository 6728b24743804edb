#include "crypto/key.h"

#include "bytes/alloc.h"
#include "crypto/library.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

struct key {
	EVP_PKEY *pkey;
};

enum rq_err key_new(struct bytes public_key_info, struct key **key_out)
{
	const unsigned char *at = public_key_info.at;
	struct key *key;

	*key_out = NULL;
	if (public_key_info.n == 0 || public_key_info.n > INT32_MAX)
		return RQ_OK;
	key = alloc_array(1, sizeof *key);
	if (key == NULL)
		return RQ_ERR_MEMORY;
	key->pkey =
	    d2i_PUBKEY_ex(NULL, &at, (long)public_key_info.n, crypto_library(), NULL);
	if (key->pkey == NULL)
		alloc_free(key);
	else
		*key_out = key;
	ERR_clear_error();
	return RQ_OK;
}

void key_free(struct key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	alloc_free(key);
}

static enum key_kind kind_of_name(int nid)
{
	switch (nid) {
	case EVP_PKEY_RSA: return KEY_RSA;
	case EVP_PKEY_RSA_PSS: return KEY_RSA_PSS;
	case EVP_PKEY_EC: return KEY_EC;
	case EVP_PKEY_DSA: return KEY_DSA;
	case NID_undef: return KEY_NONE;
	default: return KEY_OTHER;
	}
}

enum key_kind key_kind(const struct key *key)
{
	return key == NULL ? KEY_NONE : kind_of_name(EVP_PKEY_get_base_id(key->pkey));
}

static const EVP_MD *method_of(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_MD5: return EVP_md5();
	case DIGEST_SHA1: return EVP_sha1();
	case DIGEST_SHA256: return EVP_sha256();
	case DIGEST_SHA384: return EVP_sha384();
	case DIGEST_SHA512: return EVP_sha512();
	default: return NULL;
	}
}

enum rq_err key_verifies(const struct key *key, enum digest_kind kind,
			 const uint8_t *digest, struct bytes signature,
			 bool *verified_out)
{
	EVP_PKEY_CTX *context;

	*verified_out = false;
	if (key == NULL || signature.n == 0)
		return RQ_OK;
	context = EVP_PKEY_CTX_new_from_pkey(crypto_library(), key->pkey, NULL);
	if (context == NULL) {
		ERR_clear_error();
		alloc_count_refusal();
		return RQ_ERR_MEMORY;
	}
	*verified_out = EVP_PKEY_verify_init(context) == 1 &&
			EVP_PKEY_CTX_set_signature_md(context, method_of(kind)) == 1 &&
			EVP_PKEY_verify(context, signature.at, signature.n, digest,
					digest_size(kind)) == 1;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return RQ_OK;
}

enum rq_err key_recover(const struct key *key, struct bytes signature, uint8_t *out,
			size_t *n_out)
{
	EVP_PKEY_CTX *context;
	size_t n = KEY_MAX_RECOVERED;

	*n_out = 0;
	if (key_kind(key) != KEY_RSA ||
	    EVP_PKEY_get_size(key->pkey) > KEY_MAX_RECOVERED)
		return RQ_OK;
	context = EVP_PKEY_CTX_new_from_pkey(crypto_library(), key->pkey, NULL);
	if (context == NULL) {
		ERR_clear_error();
		alloc_count_refusal();
		return RQ_ERR_MEMORY;
	}
	if (EVP_PKEY_verify_recover_init(context) == 1 &&
	    EVP_PKEY_verify_recover(context, out, &n, signature.at, signature.n) == 1)
		*n_out = n;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return RQ_OK;
}

/* libcrypto's number of oid, NID_undef when it has none.  The identifier octet and
 * the length are put back, which is all that its decoder needs. */
static int nid_of(struct bytes oid)
{
	unsigned char der[2 + 127] = {0x06, (unsigned char)oid.n};
	const unsigned char *at = der;
	ASN1_OBJECT *object;
	int nid;

	if (oid.n == 0 || oid.n > 127)
		return NID_undef;
	memcpy(der + 2, oid.at, oid.n);
	object = d2i_ASN1_OBJECT(NULL, &at, 2 + (long)oid.n);
	nid = object == NULL ? NID_undef : OBJ_obj2nid(object);
	ASN1_OBJECT_free(object);
	ERR_clear_error();
	return nid;
}

enum key_kind key_kind_of_signature(struct bytes algorithm)
{
	int digest_nid, key_nid;

	if (!OBJ_find_sigid_algs(nid_of(algorithm), &digest_nid, &key_nid))
		return KEY_NONE;
	return kind_of_name(key_nid);
}

const char *oid_long_name(struct bytes oid)
{
	const int nid = nid_of(oid);

	return nid == NID_undef ? NULL : OBJ_nid2ln(nid);
}

const char *oid_short_name(struct bytes oid)
{
	const int nid = nid_of(oid);

	return nid == NID_undef ? NULL : OBJ_nid2sn(nid);
}
