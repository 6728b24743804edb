/*
 * A build without libcrypto (the option is allowed on Windows only): every digest is
 * refused by name, so that what needs one says "not known" and never "equal".
 */
#include "crypto/digest.h"

size_t digest_size(enum digest_kind kind)
{
	static const size_t sizes[N_DIGESTS] = {16, 20, 32, 48, 64};

	return sizes[kind];
}

enum rq_err digest_of(enum digest_kind kind, struct bytes data, uint8_t *out)
{
	(void)kind, (void)data, (void)out;
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err digest_new(enum digest_kind kind, struct digest **digest_out)
{
	(void)kind;
	*digest_out = NULL;
	return RQ_ERR_UNSUPPORTED;
}

void digest_free(struct digest *digest)
{
	(void)digest;
}

enum rq_err digest_add(struct digest *digest, struct bytes data)
{
	(void)digest, (void)data;
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err digest_finish(struct digest *digest, uint8_t *out)
{
	(void)digest, (void)out;
	return RQ_ERR_UNSUPPORTED;
}
