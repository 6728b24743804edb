/* A request for a certificate, as a machine that nobody knows yet sends it. */
#include "crypto/certificate_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	bool is_good;

	if (certificate_request_read((struct bytes){data, size}, public_key,
				     &is_good) == RQ_OK &&
	    is_good && size != 129)
		__builtin_trap();
	return 0;
}
