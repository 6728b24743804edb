/*
 * The reader of SignedData (RFC 5652 5, and PKCS #7 1.5 (RFC 2315 9), of which
 * Authenticode is made) and of what signatures carry: attributes, countersignatures,
 * time-stamps.  It reads, it does not judge.  All bytes are borrowed from the document,
 * all rows lie in the arena.
 *
 * Strict rules also refuse, with the clause: versions that do not fit (5.1, 5.3), an
 * attribute twice or without a value (5.3, 11), signed attributes without content-type
 * or message-digest where they must be (5.3), a content type that is not the signed one
 * (11.1), a digest algorithm of a signer that was not announced (5.3).
 */
#ifndef RAQUET_CMS_SIGNED_DATA_H
#define RAQUET_CMS_SIGNED_DATA_H

#include "asn1/asn1.h"
#include "bytes/error.h"
#include "cms/algorithm.h"
#include "cms/certificate.h"

/* Attribute, 5.3: a type and a set of values. */
struct cms_attribute {
	struct bytes type;   /* content of the OBJECT IDENTIFIER */
	struct bytes values; /* content of the SET */
	size_t n_values;
};

struct cms_attributes {
	struct bytes whole; /* with its [0] or [1]; {NULL, 0}: left out */
	struct cms_attribute *list;
	size_t n;
};

/* SignerInfo, 5.3. */
struct cms_signer {
	int64_t version;
	/* The signer is named by these two ... */
	struct bytes issuer; /* Name, whole */
	struct bytes serial; /* content of the INTEGER */
	/* ... or by this; at NULL: it is not. */
	struct bytes key_id;
	struct algorithm digest;
	struct cms_attributes signed_attributes;
	struct algorithm signature_algorithm;
	struct bytes signature;
	struct cms_attributes unsigned_attributes;
};

struct cms_signed_data {
	int64_t version;
	struct algorithm *digests;
	size_t n_digests;
	struct bytes content_type;   /* content of the OBJECT IDENTIFIER */
	struct asn1_element content; /* the value inside [0]; identifier 0: detached */
	bool has_certificates;       /* the field is there, be it empty */
	struct bytes *certificates;  /* each whole, unread: certificate_read */
	size_t n_certificates;
	size_t
	    n_other_certificates; /* choices of 10.2.2 that are no X.509 certificate */
	struct cms_signer *signers;
	size_t n_signers;
};

/*
 * Reads the ContentInfo (3) that der is, which must hold SignedData.
 * *signed_data_out is NULL when it is refused, and *refusal_out says why; the only
 * error is RQ_ERR_MEMORY.
 */
RQ_MUST_USE enum rq_err cms_signed_data_read(
    struct arena *arena, enum asn1_rules rules, struct bytes der,
    const struct cms_signed_data **signed_data_out, struct asn1_refusal *refusal_out);

/* Clauses of *refusal_out that a caller tells apart. */
#define CMS_NOT_SIGNED_DATA "RFC 5652 5.1"

/* Likewise one SignerInfo: a countersignature (11.4), which has no content-type. */
RQ_MUST_USE enum rq_err cms_signer_read(struct arena *arena, enum asn1_rules rules,
					struct bytes der,
					const struct cms_signer **signer_out,
					struct asn1_refusal *refusal_out);

/* The first attribute of that type, or NULL. */
const struct cms_attribute *cms_attribute(const struct cms_attributes *attributes,
					  const char *dotted);

/* Its index-th value; identifier 0: there is none. */
struct asn1_element cms_value(const struct cms_attribute *attribute, size_t index);

/* The digest of the signed attributes: as a SET OF, not as the [0] that they are (5.4).
 * Writes digest_size(kind) bytes. */
RQ_MUST_USE enum rq_err cms_attributes_digest(const struct cms_attributes *attributes,
					      enum digest_kind kind, uint8_t *out);

/* TSTInfo, RFC 3161 2.4.2: what a time-stamp says. */
struct cms_time_stamp {
	int64_t version;
	struct algorithm digest;
	struct bytes imprint;
	int64_t time; /* seconds since 1970; ASN1_NO_TIME in tolerant documents */
	struct bytes nonce, serial; /* contents; nonce at NULL: left out */
};

/* Reads the TSTInfo that der is.  False when it is refused. */
bool cms_time_stamp_read(enum asn1_rules rules, struct bytes der,
			 struct cms_time_stamp *stamp_out,
			 struct asn1_refusal *refusal_out);

#define CMS_OID_DATA              "1.2.840.113549.1.7.1"
#define CMS_OID_SIGNED_DATA       "1.2.840.113549.1.7.2"
#define CMS_OID_CONTENT_TYPE      "1.2.840.113549.1.9.3"
#define CMS_OID_MESSAGE_DIGEST    "1.2.840.113549.1.9.4"
#define CMS_OID_SIGNING_TIME      "1.2.840.113549.1.9.5"
#define CMS_OID_COUNTERSIGNATURE  "1.2.840.113549.1.9.6"
#define CMS_OID_TIME_STAMP_INFO   "1.2.840.113549.1.9.16.1.4"
#define CMS_OID_MICROSOFT_STAMP   "1.3.6.1.4.1.311.3.3.1"
#define CMS_OID_NESTED_SIGNATURE  "1.3.6.1.4.1.311.2.4.1"
#define CMS_OID_AUTHENTICODE      "1.3.6.1.4.1.311.2.1.4"  /* SPC_INDIRECT_DATA */
#define CMS_OID_AUTHENTICODE_OPUS "1.3.6.1.4.1.311.2.1.12" /* SPC_SP_OPUS_INFO */

#endif
