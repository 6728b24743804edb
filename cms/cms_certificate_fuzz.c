/* Reads any bytes as a certificate under both rules, walks its names and takes its key.
 * What the strict rules accept the tolerant ones must accept. */
#include "cms/certificate.h"
#include "cms/name.h"
#include "crypto/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct arena *arena, const struct certificate *certificate)
{
	struct name_walk walk;
	struct name_attribute attribute;
	struct bytes text;
	struct key *key;

	if (!name_equal(certificate->subject, certificate->subject))
		abort();
	(void)name_equal(certificate->subject, certificate->issuer);
	name_walk_begin(&walk, certificate->issuer);
	while (name_next(&walk, &attribute))
		if (name_text(arena, attribute.identifier, attribute.value, &text) !=
		    RQ_OK)
			return;
	if (key_new(certificate->public_key_info, &key) == RQ_OK)
		key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct certificate *strict = NULL, *tolerant = NULL;
	struct bytes der = {data, size};
	struct asn1_refusal refusal;
	struct arena *arena = NULL;

	if (arena_new(8 << 20, &arena) != RQ_OK)
		return 0;
	if (certificate_read(arena, ASN1_DER, der, &strict, &refusal) == RQ_OK &&
	    certificate_read(arena, ASN1_TOLERANT, der, &tolerant, &refusal) == RQ_OK) {
		if (strict != NULL && tolerant == NULL)
			abort();
		if (tolerant != NULL)
			use(arena, tolerant);
	}
	arena_free(arena);
	return 0;
}
