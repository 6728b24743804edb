#include "cms/algorithm.h"

struct algorithm algorithm_read(struct asn1 *r)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE);
	struct algorithm algorithm = {.oid = asn1_oid(&inside)};

	if (asn1_more(&inside))
		algorithm.parameters = asn1_any(&inside).whole;
	asn1_end(&inside);
	return algorithm;
}

static const struct {
	const char *oid;
	enum digest_kind kind;
	bool
	    names_signature; /* an algorithm that signs, named where a digest belongs */
} digests[] = {
    {"1.2.840.113549.2.5", DIGEST_MD5, false},
    {"1.3.14.3.2.26", DIGEST_SHA1, false},
    {"2.16.840.1.101.3.4.2.1", DIGEST_SHA256, false},
    {"2.16.840.1.101.3.4.2.2", DIGEST_SHA384, false},
    {"2.16.840.1.101.3.4.2.3", DIGEST_SHA512, false},
    {"1.2.840.113549.1.1.4", DIGEST_MD5, true},
    {"1.2.840.113549.1.1.5", DIGEST_SHA1, true},
    {"1.2.840.113549.1.1.11", DIGEST_SHA256, true},
    {"1.2.840.113549.1.1.12", DIGEST_SHA384, true},
    {"1.2.840.113549.1.1.13", DIGEST_SHA512, true},
};

bool algorithm_digest(enum asn1_rules rules, struct bytes oid,
		      enum digest_kind *kind_out)
{
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		if (digests[i].names_signature && rules == ASN1_DER)
			continue;
		if (asn1_oid_is(oid, digests[i].oid)) {
			*kind_out = digests[i].kind;
			return true;
		}
	}
	return false;
}
