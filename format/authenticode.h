/*
 * Authenticode in a PE image: where the signature lies, what it says, and the digest of
 * the image that it says it about.  Clauses are those of "Windows Authenticode Portable
 * Executable Signature Format" 1.0.
 */
#ifndef RAQUET_FORMAT_AUTHENTICODE_H
#define RAQUET_FORMAT_AUTHENTICODE_H

#include "asn1/asn1.h"
#include "cms/algorithm.h"
#include "crypto/digest.h"
#include "format/pe.h"

/*
 * The bytes of the first WIN_CERTIFICATE at table_off, without its header: what should
 * be a SignedData.  {NULL, 0} when the entry does not lie in the file.  Neither its
 * revision and type nor what follows it are looked at.
 */
struct bytes authenticode_first_entry(const struct pe_image *image, size_t table_off);

/*
 * The digest of the image up to the certificate table at table_off, without the checksum
 * and the directory that points to the table ("Calculating the PE Image Hash"); what
 * lies behind the table does not count.  *hashed_out is false when the table lies
 * inside the headers, and then out is not written.
 */
RQ_MUST_USE enum rq_err authenticode_digest(const struct pe_image *image,
					    size_t table_off, enum digest_kind kind,
					    uint8_t *out, bool *hashed_out);

/* SpcIndirectDataContent: the digest that was signed. */
struct authenticode_content {
	struct bytes type; /* what was signed: content of an OBJECT IDENTIFIER */
	struct algorithm digest_algorithm;
	struct bytes digest;
};

/* Reads the SpcIndirectDataContent that der is; false when it is refused. */
bool authenticode_content_read(enum asn1_rules rules, struct bytes der,
			       struct authenticode_content *content_out,
			       struct asn1_refusal *refusal_out);

/*
 * The name of the program in an SpcSpOpusInfo, which is a claim of its signer: text of
 * the kind *identifier_out (BMPString or IA5String), at NULL when it gives none.
 * False when it is refused.
 */
bool authenticode_program_name(enum asn1_rules rules, struct bytes der,
			       struct asn1_element *name_out);

#endif
