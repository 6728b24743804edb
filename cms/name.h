/*
 * Distinguished names (RFC 5280 4.1.2.4): read, compared, and written as libyara writes
 * them.
 */
#ifndef RAQUET_CMS_NAME_H
#define RAQUET_CMS_NAME_H

#include "asn1/asn1.h"

struct name_attribute {
	struct bytes type;  /* content of the OBJECT IDENTIFIER */
	uint8_t identifier; /* of the value: which kind of string */
	struct bytes value; /* content */
	bool starts_rdn;    /* the first of its RelativeDistinguishedName */
};

/* Reads a Name at r and gives it whole.  Text that is no text of its kind is refused
 * (X.690 8.23). */
struct bytes name_read(struct asn1 *r);

/* A walk over the attributes of a name that name_read gave. */
struct name_walk {
	struct asn1_document document;
	struct asn1 names, rdn;
};

void name_walk_begin(struct name_walk *walk, struct bytes name);
bool name_next(struct name_walk *walk, struct name_attribute *attribute_out);

/* RFC 5280 7.1: the same attributes in the same order; in strings of characters,
 * whatever their kind, the case of ASCII letters and the number of spaces between words do not
 * count.  A broken name equals none. */
bool name_equal(struct bytes a, struct bytes b);

/* The text of a string value as UTF-8, with a 0 behind it; *utf8_out at NULL when it is
 * no text of its kind, or of no kind that has characters. */
RQ_MUST_USE enum rq_err name_text(struct arena *arena, uint8_t identifier,
				  struct bytes value, struct bytes *utf8_out);

#endif
