/*
 * Host names, addresses and ranges as people write them: with a scheme, a port or a
 * path, in any case, with a dot at the end, and defanged (hxxp, [.], (dot)).
 */
#ifndef RAQUET_INDICATOR_HOST_H
#define RAQUET_INDICATOR_HOST_H

#include "bytes/reader.h"

enum { HOST_MAX_NAME = 253 }; /* RFC 1035 2.3.4, as text */

struct host_form {
	bool is_address;
	uint8_t first[16], last[16]; /* IPv4 as ::ffff:a.b.c.d; one address: the same */
	char name[HOST_MAX_NAME + 1]; /* lower case, no dot at its end */
	size_t n_name;
};

/* False: text is none of them. */
bool host_read(struct bytes text, struct host_form *form_out);

#endif
