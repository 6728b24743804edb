#include "crypto/digest.h"

#include "bytes/alloc.h"

#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *ctx;
};

static const EVP_MD *algorithm(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_MD5: return EVP_md5();
	case DIGEST_SHA1: return EVP_sha1();
	case DIGEST_SHA256: return EVP_sha256();
	case DIGEST_SHA384: return EVP_sha384();
	case DIGEST_SHA512: return EVP_sha512();
	case N_DIGESTS: break;
	}
	return NULL;
}

size_t digest_size(enum digest_kind kind)
{
	return (size_t)EVP_MD_get_size(algorithm(kind));
}

enum rq_err digest_of(enum digest_kind kind, struct bytes data, uint8_t *out)
{
	if (EVP_Digest(data.at, data.n, out, NULL, algorithm(kind), NULL) != 1)
		return RQ_ERR_SYSTEM;
	return RQ_OK;
}

enum rq_err digest_new(enum digest_kind kind, struct digest **digest_out)
{
	struct digest *digest = alloc_array(1, sizeof *digest);
	enum rq_err err = RQ_ERR_MEMORY;

	*digest_out = NULL;
	if (digest == NULL)
		return RQ_ERR_MEMORY;
	digest->ctx = EVP_MD_CTX_new();
	if (digest->ctx == NULL)
		goto out;
	err = RQ_ERR_SYSTEM;
	if (EVP_DigestInit_ex(digest->ctx, algorithm(kind), NULL) != 1)
		goto out;
	*digest_out = digest;
	digest = NULL; /* transferred */
	err = RQ_OK;
out:
	digest_free(digest);
	return err;
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->ctx);
	alloc_free(digest);
}

enum rq_err digest_add(struct digest *digest, struct bytes data)
{
	return EVP_DigestUpdate(digest->ctx, data.at, data.n) == 1 ? RQ_OK
								   : RQ_ERR_SYSTEM;
}

enum rq_err digest_finish(struct digest *digest, uint8_t *out)
{
	return EVP_DigestFinal_ex(digest->ctx, out, NULL) == 1 ? RQ_OK : RQ_ERR_SYSTEM;
}
