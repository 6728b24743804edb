#include "format/authenticode.h"

struct bytes authenticode_first_entry(const struct pe_image *image, size_t table_off)
{
	const struct reader file = reader_over(image->file.at, image->file.n);
	struct reader table = reader_from(&file, table_off);
	const uint32_t length = reader_u32le(&table); /* the header counts */

	(void)reader_u16le(&table); /* wRevision */
	(void)reader_u16le(&table); /* wCertificateType */
	if (!reader_ok(&table) || length <= 8)
		return (struct bytes){NULL, 0};
	return reader_bytes(&table, length - 8);
}

enum rq_err authenticode_digest(const struct pe_image *image, size_t table_off,
				enum digest_kind kind, uint8_t *out, bool *hashed_out)
{
	const size_t checksum = pe_checksum_off(image);
	const size_t directory = pe_directory_off(image, PE_DIRECTORY_SECURITY);
	struct reader in = reader_over(image->file.at, image->file.n);
	struct digest *digest = NULL;
	enum rq_err err;

	*hashed_out = false;
	if (table_off < directory + 8 || table_off > image->file.n)
		return RQ_OK;
	err = digest_new(kind, &digest);
	if (err == RQ_OK)
		err = digest_add(digest, reader_bytes(&in, checksum));
	reader_skip(&in, 4);
	if (err == RQ_OK)
		err = digest_add(digest, reader_bytes(&in, directory - checksum - 4));
	reader_skip(&in, 8);
	if (err == RQ_OK)
		err = digest_add(digest, reader_bytes(&in, table_off - directory - 8));
	if (err == RQ_OK)
		err = digest_finish(digest, out);
	digest_free(digest);
	*hashed_out = err == RQ_OK;
	return err;
}

bool authenticode_content_read(enum asn1_rules rules, struct bytes der,
			       struct authenticode_content *content_out,
			       struct asn1_refusal *refusal_out)
{
	struct asn1_document document;
	struct asn1 outer = asn1_open(&document, rules, der);
	struct asn1 inside = asn1_enter(&outer, ASN1_SEQUENCE);
	struct asn1 data = asn1_enter(&inside, ASN1_SEQUENCE), info;
	struct authenticode_content content = {.type = asn1_oid(&data)};

	if (asn1_more(&data))
		(void)asn1_any(&data); /* SpcPeImageData and its like */
	asn1_end(&data);
	info = asn1_enter(&inside, ASN1_SEQUENCE); /* DigestInfo */
	content.digest_algorithm = algorithm_read(&info);
	content.digest = asn1_octets(&info);
	asn1_end(&info);
	asn1_end(&inside);
	asn1_end(&outer);
	*refusal_out = document.refusal;
	*content_out = asn1_ok(&document) ? content : (struct authenticode_content){0};
	return asn1_ok(&document);
}

/* SpcString: [0] IMPLICIT BMPString or [1] IMPLICIT IA5String. */
static struct asn1_element read_string(struct asn1 *r)
{
	struct asn1_element text = asn1_any(r);

	if (text.identifier == (ASN1_CONTEXT | 0) && text.content.n % 2 == 0)
		text.identifier = ASN1_BMP_STRING;
	else if (text.identifier == (ASN1_CONTEXT | 1))
		text.identifier = ASN1_IA5_STRING;
	else
		asn1_refuse(r, "Authenticode SpcString",
			    "neither of the two kinds of text");
	return text;
}

/* SpcLink: [0] a URL, [1] a moniker, [2] a file. */
static void skip_link(struct asn1 *r)
{
	const uint8_t identifier = asn1_any(r).identifier;

	if (identifier != (ASN1_CONTEXT | 0) &&
	    identifier != (ASN1_CONTEXT_CONSTRUCTED | 1) &&
	    identifier != (ASN1_CONTEXT_CONSTRUCTED | 2))
		asn1_refuse(r, "Authenticode SpcLink",
			    "none of the three kinds of link");
}

bool authenticode_program_name(enum asn1_rules rules, struct bytes der,
			       struct asn1_element *name_out)
{
	struct asn1_document document;
	struct asn1 outer = asn1_open(&document, rules, der);
	struct asn1 inside = asn1_enter(&outer, ASN1_SEQUENCE), holder;
	struct asn1_element name = {0};

	if (asn1_peek(&inside) == (ASN1_CONTEXT_CONSTRUCTED | 0)) {
		holder = asn1_enter(&inside, ASN1_CONTEXT_CONSTRUCTED | 0);
		name = read_string(&holder);
		asn1_end(&holder);
	}
	if (asn1_peek(&inside) == (ASN1_CONTEXT_CONSTRUCTED | 1)) {
		holder = asn1_enter(&inside, ASN1_CONTEXT_CONSTRUCTED | 1);
		skip_link(&holder);
		asn1_end(&holder);
	}
	asn1_end(&inside);
	asn1_end(&outer);
	*name_out = asn1_ok(&document) ? name : (struct asn1_element){0};
	return asn1_ok(&document);
}
