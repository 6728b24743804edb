#include "os/terminal.h"

#include "bytes/alloc.h"
#include "os/wide_windows.h"

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4
#endif

static HANDLE handle_of(enum terminal_stream stream)
{
	return GetStdHandle(stream == TERMINAL_OUT ? STD_OUTPUT_HANDLE
						   : STD_ERROR_HANDLE);
}

bool terminal_is(enum terminal_stream stream)
{
	DWORD mode;

	return GetConsoleMode(handle_of(stream), &mode);
}

unsigned terminal_width(enum terminal_stream stream)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	if (GetConsoleScreenBufferInfo(handle_of(stream), &info) &&
	    info.srWindow.Right > info.srWindow.Left)
		return (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
	return 80;
}

bool terminal_has_escapes(enum terminal_stream stream)
{
	DWORD mode;

	return GetConsoleMode(handle_of(stream), &mode) &&
	       SetConsoleMode(handle_of(stream),
			      mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

static bool is_left[2];

bool terminal_is_left(enum terminal_stream stream)
{
	return is_left[stream];
}

static bool write_bytes(HANDLE handle, struct bytes text)
{
	size_t done = 0;

	while (done < text.n) {
		DWORD put = 0;

		if (!WriteFile(handle, text.at + done, (DWORD)(text.n - done), &put,
			       NULL) ||
		    put == 0)
			return false;
		done += put;
	}
	return true;
}

bool terminal_write(enum terminal_stream stream, struct bytes text)
{
	HANDLE handle = handle_of(stream);
	struct buffer copy = {0};
	wchar_t *wide = NULL;
	bool done = false;
	DWORD put;

	if (!terminal_is(stream)) {
		done = write_bytes(handle, text);
		is_left[stream] = !done && (GetLastError() == ERROR_NO_DATA ||
					    GetLastError() == ERROR_BROKEN_PIPE);
		return done;
	}
	/* the console's code page would spoil anything but ASCII */
	buffer_put(&copy, text.at, text.n);
	buffer_u8(&copy, 0);
	if (buffer_ok(&copy))
		wide = wide_of((const char *)copy.data);
	if (wide != NULL) {
		size_t n = wcslen(wide), at = 0;

		done = true;
		while (done && at < n) {
			DWORD part = n - at > 8192 ? 8192 : (DWORD)(n - at);

			done = WriteConsoleW(handle, wide + at, part, &put, NULL) &&
			       put > 0;
			at += put;
		}
	}
	alloc_free(wide);
	buffer_free(&copy);
	return done;
}

bool terminal_can_ask(void)
{
	DWORD mode;

	return GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) &&
	       terminal_is(TERMINAL_ERR);
}

bool terminal_read_line(char *line_out, size_t size)
{
	wchar_t wide[512];
	struct buffer line = {0};
	size_t n = 0;
	DWORD got = 0;

	line_out[0] = '\0';
	if (!ReadConsoleW(GetStdHandle(STD_INPUT_HANDLE), wide, 511, &got, NULL) ||
	    got == 0)
		return false;
	wide[got] = 0;
	wide[wcscspn(wide, L"\r\n")] = 0;
	wide_append(&line, wide);
	while (buffer_ok(&line) && n < line.size && n + 1 < size) {
		line_out[n] = (char)line.data[n];
		n++;
	}
	line_out[n] = '\0';
	buffer_free(&line);
	return true;
}
