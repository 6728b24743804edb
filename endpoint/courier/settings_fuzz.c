/* Settings that were read are written and read again as the same. */
#include "endpoint/courier/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct courier_settings first, second;
	struct buffer text = {0}, again = {0};

	if (settings_read((struct bytes){data, size}, &first) == RQ_OK) {
		settings_write(&first, &text);
		if (buffer_ok(&text) &&
		    settings_read(buffer_bytes(&text), &second) != RQ_OK)
			__builtin_trap();
		settings_write(&second, &again);
		if (buffer_ok(&text) && buffer_ok(&again) &&
		    !bytes_equal(buffer_bytes(&text), buffer_bytes(&again)))
			__builtin_trap();
	}
	buffer_free(&text);
	buffer_free(&again);
	return 0;
}
