#include "crypto/seal.h"

#include "bytes/alloc.h"
#include "crypto/library.h"
#include "crypto/secret.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static enum rq_err outcome(bool done)
{
	ERR_clear_error();
	if (!done)
		alloc_count_refusal();
	return done ? RQ_OK : RQ_ERR_SYSTEM;
}

enum rq_err seal_public(const uint8_t *secret, uint8_t *public_out)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(crypto_library(), "X25519",
							NULL, secret, SEAL_SECRET_SIZE);
	size_t n = SEAL_PUBLIC_SIZE;
	bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_out, &n) &&
		    n == SEAL_PUBLIC_SIZE;

	EVP_PKEY_free(key);
	return outcome(done);
}

enum rq_err seal_agree(const uint8_t *secret, const uint8_t *public_key,
		       uint8_t *shared_out, bool *agreed_out)
{
	EVP_PKEY *ours = EVP_PKEY_new_raw_private_key_ex(
	    crypto_library(), "X25519", NULL, secret, SEAL_SECRET_SIZE);
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key_ex(
	    crypto_library(), "X25519", NULL, public_key, SEAL_PUBLIC_SIZE);
	EVP_PKEY_CTX *context =
	    ours == NULL ? NULL
			 : EVP_PKEY_CTX_new_from_pkey(crypto_library(), ours, NULL);
	size_t n = SEAL_SHARED_SIZE;
	bool ready = context != NULL && theirs != NULL &&
		     EVP_PKEY_derive_init(context) == 1 &&
		     EVP_PKEY_derive_set_peer(context, theirs) == 1;

	/* libcrypto refuses a result of zeros, which is what a small order gives */
	*agreed_out = ready && EVP_PKEY_derive(context, shared_out, &n) == 1 &&
		      n == SEAL_SHARED_SIZE;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(ours);
	return outcome(ready);
}

static OSSL_PARAM octets(const char *name, struct bytes value)
{
	/* libcrypto's tables of parameters are not const, and it does not write to them */
	return OSSL_PARAM_construct_octet_string(name, (void *)value.at, value.n);
}

enum rq_err seal_derive(struct bytes salt, struct bytes secret, struct bytes info,
			uint8_t *out, size_t n)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[5];
	size_t n_params = 0;
	EVP_KDF *method = EVP_KDF_fetch(crypto_library(), "HKDF", NULL);
	EVP_KDF_CTX *context = method == NULL ? NULL : EVP_KDF_CTX_new(method);
	bool done;

	params[n_params++] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[n_params++] = octets(OSSL_KDF_PARAM_KEY, secret);
	/* an empty one is refused, and means the same as none */
	if (salt.n > 0)
		params[n_params++] = octets(OSSL_KDF_PARAM_SALT, salt);
	if (info.n > 0)
		params[n_params++] = octets(OSSL_KDF_PARAM_INFO, info);
	params[n_params] = OSSL_PARAM_construct_end();
	done = context != NULL && EVP_KDF_derive(context, out, n, params) == 1;
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(method);
	return outcome(done);
}

/* libcrypto counts in int; our caps lie far below. */
static bool feed(EVP_CIPHER_CTX *context, uint8_t *to, struct bytes from)
{
	int n = 0;

	if (from.n == 0)
		return true;
	return from.n <= INT_MAX &&
	       EVP_CipherUpdate(context, to, &n, from.at, (int)from.n) == 1 &&
	       (size_t)n == from.n;
}

static bool start(EVP_CIPHER_CTX *context, const uint8_t *key, const uint8_t *nonce,
		  struct bytes beside, int encrypting)
{
	EVP_CIPHER *method =
	    EVP_CIPHER_fetch(crypto_library(), "ChaCha20-Poly1305", NULL);
	bool done =
	    context != NULL && method != NULL &&
	    EVP_CipherInit_ex2(context, method, key, nonce, encrypting, NULL) == 1 &&
	    feed(context, NULL, beside);

	EVP_CIPHER_free(method);
	return done;
}

enum rq_err seal_encrypt(const uint8_t *key, const uint8_t *nonce, struct bytes beside,
			 struct bytes text, struct buffer *out)
{
	uint8_t *to = buffer_zeros(out, text.n + SEAL_TAG_SIZE), none[1];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done = to != NULL && start(context, key, nonce, beside, 1) &&
		    feed(context, to, text) &&
		    EVP_CipherFinal_ex(context, none, &n) == 1 &&
		    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE,
					to + text.n) == 1;

	EVP_CIPHER_CTX_free(context);
	return to == NULL ? RQ_ERR_MEMORY : outcome(done);
}

enum rq_err seal_decrypt(const uint8_t *key, const uint8_t *nonce, struct bytes beside,
			 struct bytes box, struct buffer *out, bool *authentic_out)
{
	struct reader r = reader_over(box.at, box.n);
	struct bytes text, tag;
	EVP_CIPHER_CTX *context;
	uint8_t *to, none[1];
	bool ready;
	int n = 0;

	*authentic_out = false;
	if (box.n < SEAL_TAG_SIZE)
		return RQ_OK;
	text = reader_bytes(&r, box.n - SEAL_TAG_SIZE);
	tag = reader_bytes(&r, SEAL_TAG_SIZE);
	to = buffer_zeros(out, text.n);
	if (to == NULL && !buffer_ok(out))
		return RQ_ERR_MEMORY;
	context = EVP_CIPHER_CTX_new();
	ready = start(context, key, nonce, beside, 0) && feed(context, to, text) &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE,
				    (void *)tag.at) == 1;
	*authentic_out = ready && EVP_CipherFinal_ex(context, none, &n) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!*authentic_out) {
		/* nobody may look at what was not authentic */
		if (text.n > 0)
			secret_wipe(to, text.n);
		out->size -= text.n;
	}
	return outcome(ready);
}
