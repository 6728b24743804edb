/* A sealed result in words, for who is about to send one or has got one. */
#ifndef RAQUET_SEALED_DESCRIBE_H
#define RAQUET_SEALED_DESCRIBE_H

#include "sealed/sealed.h"

/* Every field of header, a line each. */
void describe_header(struct buffer *out, const struct sealed_header *header,
		     enum language language, int utc_offset_minutes);

/* What a seal proves and what not; two sentences. */
const char *describe_limits(enum language language);

#endif
