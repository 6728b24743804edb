/* Both directions between centre and signer, and the signer's log. */
#include "bytes/alloc.h"
#include "centre/signer/issue_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must be written again as it was, to the byte. */
#define TRY(type)                                                                      \
	do {                                                                           \
		struct type value;                                                     \
		struct buffer again = {0};                                             \
                                                                                       \
		if (type##_decode(message, &value) == RQ_OK) {                         \
			type##_encode(&value, &again);                                 \
			if (buffer_ok(&again) &&                                       \
			    !bytes_equal(buffer_bytes(&again), message))               \
				__builtin_trap();                                      \
		}                                                                      \
		buffer_free(&again);                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes message = {data, size};
	struct issue_log log;
	uint64_t n_whole;

	TRY(signer_state_request);
	TRY(signer_state);
	TRY(signer_order);
	TRY(signer_certificate);
	TRY(signer_time_request);
	TRY(signer_time);
	if (issue_log_read(message, &log, &n_whole, NULL) == RQ_OK && n_whole > size)
		__builtin_trap();
	return 0;
}
