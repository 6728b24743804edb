/*
 * TLSH: a digest of which similar texts have similar values.
 *
 * J. Oliver, C. Cheng, Y. Chen: "TLSH - A Locality Sensitive Hash", 4th Cybercrime and
 * Trustworthy Computing Workshop, 2013.  The variant in use everywhere: 128 buckets,
 * a window of five bytes, one byte of checksum, version mark "T1".
 */
#ifndef RAQUET_FORMAT_TLSH_H
#define RAQUET_FORMAT_TLSH_H

#include "bytes/reader.h"

enum { TLSH_TEXT = 72 };

/* {0} is an empty one. */
struct tlsh {
	uint32_t bucket[256]; /* the first 128 count */
	uint8_t window[4];    /* the bytes before the next, newest first */
	uint8_t checksum;
	uint32_t n; /* bytes so far */
};

void tlsh_add(struct tlsh *tlsh, struct bytes data);

/*
 * Writes the digest and its final 0 and returns true; returns false and writes an empty
 * text when there is none: fewer than 50 bytes, or too little variety in them.
 */
bool tlsh_finish(const struct tlsh *tlsh, char text[TLSH_TEXT + 1]);

#endif
