#include "os/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int descriptor(enum terminal_stream stream)
{
	return stream == TERMINAL_OUT ? STDOUT_FILENO : STDERR_FILENO;
}

bool terminal_is(enum terminal_stream stream)
{
	return isatty(descriptor(stream)) == 1;
}

unsigned terminal_width(enum terminal_stream stream)
{
	struct winsize size;

	if (ioctl(descriptor(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

bool terminal_has_escapes(enum terminal_stream stream)
{
	const char *name = getenv("TERM");

	return terminal_is(stream) && name != NULL && *name != '\0' &&
	       strcmp(name, "dumb") != 0;
}

static bool is_left[2];

bool terminal_is_left(enum terminal_stream stream)
{
	return is_left[stream];
}

bool terminal_write(enum terminal_stream stream, struct bytes text)
{
	size_t done = 0;

	while (done < text.n) {
		ssize_t put = write(descriptor(stream), text.at + done, text.n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			is_left[stream] = put < 0 && errno == EPIPE;
			return false;
		}
		done += (size_t)put;
	}
	return true;
}

bool terminal_can_ask(void)
{
	return isatty(STDIN_FILENO) == 1 && terminal_is(TERMINAL_ERR);
}

bool terminal_read_line(char *line_out, size_t size)
{
	size_t n = 0;
	char c = 0;

	for (;;) {
		/* a byte at a time: what stands behind the line is not ours */
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got <= 0 || c == '\n')
			break;
		if (n + 1 < size)
			line_out[n++] = c;
	}
	line_out[n] = '\0';
	return c == '\n' || n > 0;
}
