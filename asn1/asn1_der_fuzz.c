/* Walks any bytes as values of every type, under both rules, and makes BER DER: what
 * comes out must be read by the strict rules. */
#include "asn1/asn1.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct asn1 *r, struct arena *arena)
{
	unsigned n_unused;

	while (asn1_more(r)) {
		const uint8_t identifier = asn1_peek(r);

		if ((identifier & 0x20) != 0) {
			struct asn1 inside = asn1_inside(r, asn1_any(r).content);

			walk(&inside, arena);
		} else if (identifier == ASN1_OID) {
			(void)asn1_oid_text(arena, asn1_oid(r));
		} else if (identifier == ASN1_INTEGER) {
			(void)asn1_integer(r);
		} else if (identifier == ASN1_BIT_STRING) {
			(void)asn1_bits(r, &n_unused);
		} else if (identifier == ASN1_UTC_TIME ||
			   identifier == ASN1_GENERALIZED_TIME) {
			(void)asn1_time(r);
		} else {
			(void)asn1_any(r);
		}
	}
	asn1_end(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct asn1_document document;
	struct arena *arena = NULL;
	struct bytes der;
	struct asn1 r;

	if (arena_new(8 << 20, &arena) != RQ_OK)
		return 0;
	for (int rules = ASN1_DER; rules <= ASN1_TOLERANT; rules++) {
		r = asn1_open(&document, rules, (struct bytes){data, size});
		walk(&r, arena);
	}
	if (asn1_der_of_ber(arena, (struct bytes){data, size}, &der) == RQ_OK &&
	    der.n > 0) {
		r = asn1_open(&document, ASN1_DER, der);
		(void)asn1_any(&r);
		if (!asn1_ok(&document) && document.refusal.clause[6] == '1')
			abort(); /* 10.1: a length is not that of DER */
	}
	arena_free(arena);
	return 0;
}
