/* Whether a sweep looked at an object: what lets it say that the object is gone. */
#ifndef RAQUET_CENTRE_RESULT_COVERS_H
#define RAQUET_CENTRE_RESULT_COVERS_H

#include "bytes/reader.h"

#include <stdbool.h>

/* paths: n of them; options are those of a lease. */
struct covered {
	uint32_t options;
	const struct bytes *paths;
	size_t n;
};

/* kind: of the finding; path: where it was.  What cannot be told is not covered. */
bool covers(const struct covered *covered, int64_t kind, struct bytes path);

/* Whether a sweep with content later could find all that one with earlier found: the
 * same, or both begin with a date and later's is not before. */
bool content_reaches(struct bytes later, struct bytes earlier);

#endif
