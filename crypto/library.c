#include "crypto/library.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stddef.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *library;

static void start(void)
{
	OSSL_LIB_CTX *fresh;

	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		return;
	fresh = OSSL_LIB_CTX_new();
	if (fresh == NULL)
		return;
	if (OSSL_PROVIDER_load(fresh, "default") == NULL) {
		OSSL_LIB_CTX_free(fresh);
		return;
	}
	library = fresh;
}

OSSL_LIB_CTX *crypto_library(void)
{
	return CRYPTO_THREAD_run_once(&once, start) ? library : NULL;
}
