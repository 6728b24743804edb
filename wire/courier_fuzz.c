/* Both directions between an agent and its courier. */
#include "wire/courier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written again as it was. */
static void compare(struct buffer *again, struct bytes frame)
{
	if (buffer_ok(again) && !bytes_equal(buffer_bytes(again), frame))
		__builtin_trap();
	buffer_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes frame = {data, size};
	struct buffer again = {0};
	struct courier_ask ask;
	struct courier_told told;

	if (courier_ask_decode(frame, &ask) == RQ_OK) {
		courier_ask_encode(&ask, &again);
		compare(&again, frame);
	}
	if (courier_told_decode(frame, &told) == RQ_OK) {
		courier_told_encode(&told, &again);
		compare(&again, frame);
	}
	return 0;
}
