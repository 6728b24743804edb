#include "os/wide_windows.h"

#include "bytes/alloc.h"

#include <stdio.h>
#include <string.h>

/* One character of UTF-8; what is none gives U+FFFD and moves one byte. */
static uint32_t next_character(const unsigned char **at)
{
	const unsigned char *c = *at;
	unsigned n = c[0] >= 0xF0 ? 3 : c[0] >= 0xE0 ? 2 : c[0] >= 0xC0 ? 1 : 0;
	uint32_t value = n == 0 ? c[0] : c[0] & (0x3Fu >> n);

	*at += 1;
	if (n == 0)
		return c[0] < 0x80 ? c[0] : 0xFFFD;
	for (unsigned i = 1; i <= n; i++) {
		if ((c[i] & 0xC0) != 0x80)
			return 0xFFFD;
		value = value << 6 | (c[i] & 0x3Fu);
	}
	*at += n;
	return value > 0x10FFFF ? 0xFFFD : value;
}

wchar_t *wide_of(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	wchar_t *wide = alloc_array(strlen(text) + 1, sizeof *wide);
	size_t n = 0;

	while (wide != NULL && *at != 0) {
		uint32_t value = next_character(&at);

		if (value >= 0x10000) {
			wide[n++] = (wchar_t)(0xD800 + ((value - 0x10000) >> 10));
			value = 0xDC00 + ((value - 0x10000) & 0x3FF);
		}
		wide[n++] = (wchar_t)value;
	}
	return wide;
}

wchar_t *wide_path(const char *path)
{
	wchar_t *wide = wide_of(path), *whole = NULL;
	DWORD n;

	if (wide == NULL || wcsncmp(wide, L"\\\\?\\", 4) == 0 ||
	    wcsncmp(wide, L"\\\\.\\", 4) == 0)
		return wide;
	n = GetFullPathNameW(wide, 0, NULL, NULL);
	if (n > 0)
		whole = alloc_array((size_t)n + 8, sizeof *whole);
	if (whole != NULL) {
		const wchar_t *prefix = L"\\\\?\\";
		size_t cut = 0;

		GetFullPathNameW(wide, n, whole + 8, NULL);
		if (whole[8] == L'\\' && whole[9] == L'\\') {
			prefix = L"\\\\?\\UNC\\";
			cut = 2;
		}
		if (wcsncmp(whole + 8, L"\\\\.\\", 4) == 0) {
			prefix = L""; /* a device such as NUL */
			cut = 0;
		}
		size_t n_prefix = wcslen(prefix);
		memmove(whole + n_prefix, whole + 8 + cut,
			(wcslen(whole + 8 + cut) + 1) * sizeof *whole);
		memcpy(whole, prefix, n_prefix * sizeof *whole);
	}
	alloc_free(wide);
	return whole;
}

void wide_append(struct buffer *to, const wchar_t *text)
{
	for (; *text != 0; text++) {
		uint32_t value = *text;

		if (value >= 0xD800 && value < 0xDC00 && text[1] >= 0xDC00 &&
		    text[1] < 0xE000)
			value =
			    0x10000 + ((value - 0xD800) << 10) + (*++text - 0xDC00u);
		if (value >= 0x10000) {
			buffer_u8(to, (uint8_t)(0xF0 | value >> 18));
			buffer_u8(to, (uint8_t)(0x80 | (value >> 12 & 0x3F)));
			buffer_u8(to, (uint8_t)(0x80 | (value >> 6 & 0x3F)));
			buffer_u8(to, (uint8_t)(0x80 | (value & 0x3F)));
		} else if (value >= 0x800) {
			buffer_u8(to, (uint8_t)(0xE0 | value >> 12));
			buffer_u8(to, (uint8_t)(0x80 | (value >> 6 & 0x3F)));
			buffer_u8(to, (uint8_t)(0x80 | (value & 0x3F)));
		} else if (value >= 0x80) {
			buffer_u8(to, (uint8_t)(0xC0 | value >> 6));
			buffer_u8(to, (uint8_t)(0x80 | (value & 0x3F)));
		} else {
			buffer_u8(to, (uint8_t)value);
		}
	}
	buffer_u8(to, 0);
	if (buffer_ok(to))
		to->size--;
}

enum rq_err wide_error(DWORD number, const char *where, struct rq_diag *diag)
{
	enum rq_err err = RQ_ERR_SYSTEM;

	switch (number) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_BAD_PATHNAME:
	case ERROR_NOT_READY:
	case ERROR_DIRECTORY:
	case ERROR_DELETE_PENDING: err = RQ_ERR_NOT_FOUND; break;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
	case ERROR_LOCK_VIOLATION:
	case ERROR_PRIVILEGE_NOT_HELD: err = RQ_ERR_ACCESS; break;
	case ERROR_CANT_RESOLVE_FILENAME: err = RQ_ERR_LIMIT; break;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY: err = RQ_ERR_MEMORY; break;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL: err = RQ_ERR_FULL; break;
	}
	return rq_fail(diag, err, where, "%s (Windows error %lu)", rq_err_text(err),
		       number);
}
