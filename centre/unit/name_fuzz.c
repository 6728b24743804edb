#include "bytes/cap.h"
#include "centre/unit/name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether forming text gives wanted, as far as there is memory. */
static void must_give(struct bytes text, struct bytes wanted,
		      enum rq_err (*form)(struct bytes text, struct buffer *out))
{
	struct buffer out = {0};

	if (text.n <= CAP_UNIT_NAME && form(text, &out) == RQ_OK &&
	    !bytes_equal(buffer_bytes(&out), wanted))
		abort();
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = {data, size};
	struct buffer folded = {0}, tidy = {0}, marked = {0};

	if (name_fold(text, &folded) == RQ_OK) {
		must_give(buffer_bytes(&folded), buffer_bytes(&folded), name_fold);
		if (name_tidy(text, &tidy) == RQ_OK) {
			must_give(buffer_bytes(&tidy), buffer_bytes(&folded),
				  name_fold);
			must_give(buffer_bytes(&tidy), buffer_bytes(&tidy), name_tidy);
		}
		if (name_marked(text, &marked) == RQ_OK)
			must_give(buffer_bytes(&marked), buffer_bytes(&marked),
				  name_marked);
	}
	buffer_free(&folded);
	buffer_free(&tidy);
	buffer_free(&marked);
	return 0;
}
