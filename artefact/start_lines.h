/* Lines and words of the small texts that start points are. */
#ifndef RAQUET_ARTEFACT_START_LINES_H
#define RAQUET_ARTEFACT_START_LINES_H

#include "bytes/reader.h"

/* The next line without its end and the blanks around it; false: no more. */
bool line_next(struct reader *text, struct bytes *line_out);

/* The same, but a line that is no remark and ends with \ goes on with the next one; what
 * stands between them is part of it. */
bool line_next_joined(struct reader *text, struct bytes *line_out);

/* Cuts the next word off the front of line; empty: none is left. */
struct bytes word_next(struct bytes *line);

/* "key=value" with that key, in either case: the value without blanks around it. */
bool line_is_key(struct bytes line, const char *key, struct bytes *value_out);

/* What stands behind the last separator. */
struct bytes path_name(struct bytes path);

bool text_starts(struct bytes text, const char *with);
bool text_ends(struct bytes text, const char *with);
struct bytes text_from(struct bytes text, size_t off);

#endif
