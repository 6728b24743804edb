/* Between the _windows.c files: names in the system's own form. */
#ifndef RAQUET_OS_WIDE_WINDOWS_H
#define RAQUET_OS_WIDE_WINDOWS_H

#include "bytes/buffer.h"
#include "bytes/error.h"

#include <windows.h>

/* UTF-8 (also a lone surrogate as its three bytes) to UTF-16; NULL: out of memory.
 * alloc_free. */
wchar_t *wide_of(const char *text);
/* Likewise, as an absolute path with \\?\ before it, which lifts the limit of 260. */
wchar_t *wide_path(const char *path);
/* The way back; appends, with a 0 behind that is not counted. */
void wide_append(struct buffer *to, const wchar_t *text);

/* What GetLastError says, as an error of ours with the system's text. */
enum rq_err wide_error(DWORD number, const char *where, struct rq_diag *diag);

#endif
