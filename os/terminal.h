/*
 * The terminal, if there is one.
 */
#ifndef RAQUET_OS_TERMINAL_H
#define RAQUET_OS_TERMINAL_H

#include "bytes/buffer.h"

enum terminal_stream { TERMINAL_OUT, TERMINAL_ERR };

bool terminal_is(enum terminal_stream stream);
unsigned terminal_width(enum terminal_stream stream); /* columns; 80 when unknown */
/* Whether escape sequences work there; switches them on where that is needed. */
bool terminal_has_escapes(enum terminal_stream stream);
/* Whether a person sits there who sees what goes to TERMINAL_ERR and can answer. */
bool terminal_can_ask(void);
/* One line of an answer as UTF-8, without its end; what is longer is cut.  False: there is
 * none to come. */
bool terminal_read_line(char *line_out, size_t size);
/* Writes UTF-8 whole, also to a Windows console.  False: it could not be written. */
bool terminal_write(enum terminal_stream stream, struct bytes text);
/* Whether the last write that failed there did so since nobody reads any more. */
bool terminal_is_left(enum terminal_stream stream);
/* Likewise what out holds, and frees it.  False also when memory ran out before. */
bool terminal_put(enum terminal_stream stream, struct buffer *out);

#endif
