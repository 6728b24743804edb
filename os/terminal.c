#include "os/terminal.h"

bool terminal_put(enum terminal_stream stream, struct buffer *out)
{
	bool is_written = buffer_ok(out) && terminal_write(stream, buffer_bytes(out));

	buffer_free(out);
	return is_written;
}
