/* Algorithms, as certificates and signatures name them. */
#ifndef RAQUET_CMS_ALGORITHM_H
#define RAQUET_CMS_ALGORITHM_H

#include "asn1/asn1.h"
#include "crypto/digest.h"

/* AlgorithmIdentifier, RFC 5280 4.1.1.2. */
struct algorithm {
	struct bytes oid;        /* content */
	struct bytes parameters; /* the whole value; {NULL, 0}: left out */
};

/* Reads one at r. */
struct algorithm algorithm_read(struct asn1 *r);

/* Which digest oid names; false for others than we have.  Tolerant: an algorithm that
 * signs, such as sha1WithRSAEncryption, names its digest as well. */
bool algorithm_digest(enum asn1_rules rules, struct bytes oid,
		      enum digest_kind *kind_out);

#endif
