#include "crypto/secret.h"

#include "crypto/library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

enum rq_err secret_fill(uint8_t *out, size_t n)
{
	int done = RAND_bytes_ex(crypto_library(), out, n, 0);

	ERR_clear_error();
	return done == 1 ? RQ_OK : RQ_ERR_SYSTEM;
}

bool secret_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void secret_wipe(void *at, size_t n)
{
	OPENSSL_cleanse(at, n);
}
