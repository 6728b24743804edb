#include "centre/http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = {data, size};
	struct bytes parts[PATH_PARTS_MAX], value;
	struct buffer decoded = {0};
	struct page page;

	(void)path_match("/a/{x}/{y}/b/{z}", text, parts);
	(void)query_find(text, "q", &decoded);
	(void)cookie_find(text, "s", &value);
	(void)page_read(text, &page);
	buffer_free(&decoded);
	return 0;
}
