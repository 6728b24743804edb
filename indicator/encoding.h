/* Lists as some programs of Windows write them: in UTF-16. */
#ifndef RAQUET_INDICATOR_ENCODING_H
#define RAQUET_INDICATOR_ENCODING_H

#include "bytes/buffer.h"

/* A text that begins with a mark of UTF-16 becomes UTF-8, any other stays as it is.  What
 * is no character becomes U+FFFD, so that the line is refused and not half of it read. */
RQ_MUST_USE enum rq_err indicator_to_utf8(struct buffer *text);

#endif
