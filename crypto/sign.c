#include "crypto/sign.h"

#include "bytes/alloc.h"
#include "crypto/library.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static enum rq_err refused(enum rq_err err)
{
	ERR_clear_error();
	alloc_count_refusal();
	return err;
}

enum rq_err sign_public(const uint8_t *secret, uint8_t *public_out)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(crypto_library(), "ED25519",
							NULL, secret, SIGN_SECRET_SIZE);
	size_t n = SIGN_PUBLIC_SIZE;
	bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_out, &n) &&
		    n == SIGN_PUBLIC_SIZE;

	EVP_PKEY_free(key); /* wipes the secret */
	return done ? RQ_OK : refused(RQ_ERR_SYSTEM);
}

enum rq_err sign_message(const uint8_t *secret, struct bytes message,
			 uint8_t *signature_out)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(crypto_library(), "ED25519",
							NULL, secret, SIGN_SECRET_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = SIGNATURE_SIZE;
	bool done =
	    key != NULL && context != NULL &&
	    EVP_DigestSignInit_ex(context, NULL, NULL, crypto_library(), NULL, key,
				  NULL) == 1 &&
	    EVP_DigestSign(context, signature_out, &n, message.at, message.n) == 1 &&
	    n == SIGNATURE_SIZE;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return done ? RQ_OK : refused(RQ_ERR_SYSTEM);
}

enum rq_err sign_verifies(const uint8_t *public_key, struct bytes message,
			  const uint8_t *signature, bool *verified_out)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(
	    crypto_library(), "ED25519", NULL, public_key, SIGN_PUBLIC_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ready = key != NULL && context != NULL &&
		     EVP_DigestVerifyInit_ex(context, NULL, NULL, crypto_library(),
					     NULL, key, NULL) == 1;

	*verified_out = ready && EVP_DigestVerify(context, signature, SIGNATURE_SIZE,
						  message.at, message.n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error(); /* a wrong signature leaves its mark there */
	return ready ? RQ_OK : refused(RQ_ERR_SYSTEM);
}
