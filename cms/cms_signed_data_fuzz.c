/* Reads any bytes as SignedData, SignerInfo and TSTInfo under both rules, and asks for
 * every value of every attribute. */
#include "cms/signed_data.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_attributes(const struct cms_attributes *attributes)
{
	for (size_t i = 0; i < attributes->n; i++)
		for (size_t j = 0; j < attributes->list[i].n_values; j++)
			(void)cms_value(&attributes->list[i], j);
}

static void use_signer(const struct cms_signer *signer)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	use_attributes(&signer->signed_attributes);
	use_attributes(&signer->unsigned_attributes);
	if (cms_attributes_digest(&signer->signed_attributes, DIGEST_SHA256, digest) !=
	    RQ_OK)
		return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cms_signed_data *strict = NULL, *tolerant = NULL;
	const struct cms_signer *signer = NULL;
	struct cms_time_stamp stamp;
	struct bytes der = {data, size};
	struct asn1_refusal refusal;
	struct arena *arena = NULL;

	if (arena_new(8 << 20, &arena) != RQ_OK)
		return 0;
	if (cms_signed_data_read(arena, ASN1_DER, der, &strict, &refusal) == RQ_OK &&
	    cms_signed_data_read(arena, ASN1_TOLERANT, der, &tolerant, &refusal) ==
		RQ_OK) {
		if (strict != NULL && tolerant == NULL)
			abort();
		for (size_t i = 0; tolerant != NULL && i < tolerant->n_signers; i++)
			use_signer(&tolerant->signers[i]);
		if (tolerant != NULL)
			(void)cms_time_stamp_read(ASN1_DER, tolerant->content.content,
						  &stamp, &refusal);
	}
	if (cms_signer_read(arena, ASN1_TOLERANT, der, &signer, &refusal) == RQ_OK &&
	    signer != NULL)
		use_signer(signer);
	(void)cms_time_stamp_read(ASN1_TOLERANT, der, &stamp, &refusal);
	arena_free(arena);
	return 0;
}
