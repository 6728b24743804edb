/* The parts of a request that the library leaves to us: paths, queries, cookies. */
#ifndef RAQUET_CENTRE_HTTP_QUERY_H
#define RAQUET_CENTRE_HTTP_QUERY_H

#include "bytes/buffer.h"
#include "bytes/reader.h"

#include <stdbool.h>

enum { PATH_PARTS_MAX = 4 };

/*
 * Whether path is of pattern ("/api/v1/units/{unit}/codes"): {x} stands for one part of 1
 * or more letters, digits, '-', '_', '.', '~', which is put to the next of parts.  Nothing
 * is decoded and nothing is folded: another spelling is another path.
 */
bool path_match(const char *pattern, struct bytes path, struct bytes *parts);

/* A decimal number from 0 to 2^63-1 without needless zeros. */
bool number_read(struct bytes text, int64_t *number_out);

enum query {
	QUERY_ABSENT,
	QUERY_FOUND,
	QUERY_BAD, /* %-escapes that are none, not UTF-8, a control character, twice */
};

/* The value of name, decoded ('+' is a blank), appended to value_out. */
enum query query_find(struct bytes query, const char *name, struct buffer *value_out);

/* The value of a cookie of this name (RFC 6265 4.2); the first, as sent. */
bool cookie_find(struct bytes header, const char *name, struct bytes *value_out);

/* A page of a list: the rows behind the key after, at most n of them. */
struct page {
	int64_t after; /* 0: from the beginning */
	uint32_t n;
};

enum { PAGE_DEFAULT = 50, PAGE_MAX = 500 };

/* From "after" and "limit"; false: they are not what they should be. */
bool page_read(struct bytes query, struct page *page_out);

#endif
