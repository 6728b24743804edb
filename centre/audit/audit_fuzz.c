/* Fields of an entry: what is taken as such is within the bytes it came from. */
#include "centre/audit/audit.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct bytes part, const uint8_t *data, size_t size)
{
	return part.n == 0 || (part.at >= data && part.n <= size &&
			       (size_t)(part.at - data) <= size - part.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_field fields[AUDIT_FIELDS_MAX];
	size_t n;

	if (audit_fields((struct bytes){data, size}, fields, &n) != RQ_OK)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!inside(fields[i].name, data, size) ||
		    !inside(fields[i].value.bytes, data, size))
			abort();
	return 0;
}
