#include "crypto/digest.h"

#include "bytes/alloc.h"
#include "crypto/library.h"

#include <openssl/err.h>
#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *context;
};

static const struct {
	const char *name;
	size_t size;
} kinds[N_DIGESTS] = {
    [DIGEST_MD5] = {"MD5", 16},       [DIGEST_SHA1] = {"SHA1", 20},
    [DIGEST_SHA256] = {"SHA256", 32}, [DIGEST_SHA384] = {"SHA384", 48},
    [DIGEST_SHA512] = {"SHA512", 64},
};

size_t digest_size(enum digest_kind kind)
{
	return kinds[kind].size;
}

enum rq_err digest_of(enum digest_kind kind, struct bytes data, uint8_t *out)
{
	struct digest *digest = NULL;
	enum rq_err err;

	err = digest_new(kind, &digest);
	if (err == RQ_OK)
		err = digest_add(digest, data);
	if (err == RQ_OK)
		err = digest_finish(digest, out);
	digest_free(digest);
	return err;
}

enum rq_err digest_many(uint32_t wanted, struct bytes data,
			uint8_t out[N_DIGESTS][DIGEST_MAX_SIZE])
{
	enum { PIECE = 32 * 1024 }; /* stays in the nearest cache for all kinds */
	struct digest *digests[N_DIGESTS] = {NULL};
	struct reader r = reader_over(data.at, data.n);
	enum rq_err err = RQ_OK;

	for (int kind = 0; err == RQ_OK && kind < N_DIGESTS; kind++)
		if (wanted & 1u << kind)
			err = digest_new((enum digest_kind)kind, &digests[kind]);
	while (err == RQ_OK && reader_left(&r) > 0) {
		size_t n = reader_left(&r) < PIECE ? reader_left(&r) : PIECE;
		struct bytes piece = reader_bytes(&r, n);

		for (int kind = 0; err == RQ_OK && kind < N_DIGESTS; kind++)
			if (digests[kind] != NULL)
				err = digest_add(digests[kind], piece);
	}
	for (int kind = 0; kind < N_DIGESTS; kind++) {
		if (err == RQ_OK && digests[kind] != NULL)
			err = digest_finish(digests[kind], out[kind]);
		digest_free(digests[kind]);
	}
	return err;
}

enum rq_err digest_new(enum digest_kind kind, struct digest **digest_out)
{
	struct digest *digest = NULL;
	EVP_MD *method = NULL;
	enum rq_err err = RQ_ERR_MEMORY;

	*digest_out = NULL;
	digest = alloc_array(1, sizeof *digest);
	if (digest == NULL)
		goto out;
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL)
		goto out;
	err = RQ_ERR_SYSTEM;
	method = EVP_MD_fetch(crypto_library(), kinds[kind].name, NULL);
	if (method == NULL || !EVP_DigestInit_ex2(digest->context, method, NULL))
		goto out;
	*digest_out = digest;
	digest = NULL; /* transferred */
	err = RQ_OK;
out:
	if (err != RQ_OK)
		alloc_count_refusal(); /* a module can only say "undefined" */
	EVP_MD_free(method);           /* the context holds its own reference */
	digest_free(digest);
	ERR_clear_error();
	return err;
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->context);
	alloc_free(digest);
}

enum rq_err digest_add(struct digest *digest, struct bytes data)
{
	if (data.n == 0)
		return RQ_OK;
	return EVP_DigestUpdate(digest->context, data.at, data.n) ? RQ_OK
								  : RQ_ERR_SYSTEM;
}

enum rq_err digest_finish(struct digest *digest, uint8_t *out)
{
	return EVP_DigestFinal_ex(digest->context, out, NULL) ? RQ_OK : RQ_ERR_SYSTEM;
}
