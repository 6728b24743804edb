/*
 * The reader of X.509 certificates (RFC 5280 4.1 and 4.2).  It reads, it does not
 * judge: whether a certificate is trusted, valid at a time or fit for a purpose is
 * decided elsewhere.  All bytes are borrowed from the document.
 */
#ifndef RAQUET_CMS_CERTIFICATE_H
#define RAQUET_CMS_CERTIFICATE_H

#include "asn1/asn1.h"
#include "bytes/error.h"
#include "cms/algorithm.h"

struct certificate_extension {
	struct bytes oid;
	bool critical;
	struct bytes value; /* the DER inside the OCTET STRING */
};

struct certificate {
	struct bytes whole;  /* what a thumbprint is made of */
	struct bytes tbs;    /* what is signed: tbsCertificate, whole (4.1.1.1) */
	int64_t version;     /* as encoded: 0 is v1, 2 is v3 (4.1.2.1) */
	struct bytes serial; /* content of the INTEGER (4.1.2.2) */
	struct bytes issuer, subject;         /* Name, whole (4.1.2.4, 4.1.2.6) */
	int64_t not_before, not_after;        /* seconds since 1970 (4.1.2.5) */
	struct bytes public_key_info;         /* whole, for key_new (4.1.2.7) */
	struct algorithm signature_algorithm; /* 4.1.1.2 */
	struct algorithm signed_algorithm;    /* the same, inside tbs (4.1.2.3) */
	struct bytes signature;

	struct certificate_extension *extensions; /* 4.1.2.9, in the arena */
	size_t n_extensions;

	/* Tolerant: an extension that ties certificates to each other is broken, so that
	 * libcrypto builds no chain with this one. */
	bool has_broken_extension;

	/* authorityKeyIdentifier (4.2.1.1): contents; at NULL: left out. */
	struct bytes authority_key_id, authority_serial;
	struct bytes authority_names; /* GeneralNames: the content */
	struct bytes subject_key_id;  /* subjectKeyIdentifier (4.2.1.2) */
};

/*
 * Reads the one certificate that der is.  Strict rules also refuse: a serial number
 * that is negative or beyond 20 bytes (4.1.2.2), two different signature algorithms
 * (4.1.1.2), an extension twice (4.2), extensions or unique identifiers in a version
 * without them (4.1.2.1), an empty issuer (4.1.2.4).  *certificate_out is NULL when it
 * is refused, and *refusal_out says why; the only error is RQ_ERR_MEMORY.
 */
RQ_MUST_USE enum rq_err certificate_read(struct arena *arena, enum asn1_rules rules,
					 struct bytes der,
					 const struct certificate **certificate_out,
					 struct asn1_refusal *refusal_out);

#endif
