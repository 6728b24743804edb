/*
 * How often somebody may ask: buckets of tokens by identity (a certificate, a person),
 * never by address, since a whole province stands behind one.
 */
#ifndef RAQUET_CENTRE_HTTP_RATE_H
#define RAQUET_CENTRE_HTTP_RATE_H

#include "bytes/error.h"
#include "bytes/reader.h"

#include <stdbool.h>

struct rate {
	uint32_t per_minute, burst;
};

struct rates;

/* Remembers n identities or somewhat more; of more, those that asked longest ago are
 * forgotten.  NULL: no memory. */
struct rates *rates_new(size_t n);
void rates_free(struct rates *rates);

/* Takes a token of identity in this class; false: none is there for *wait_ms_out. */
bool rates_take(struct rates *rates, unsigned class, const struct rate *rate,
		struct bytes identity, uint64_t now_ms, uint64_t *wait_ms_out);

#endif
