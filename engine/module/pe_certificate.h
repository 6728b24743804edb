/*
 * Certificates as pe.signatures shows them: their values in the forms that libyara
 * gives, and the chain from a signer upwards, which is built and not verified.
 */
#ifndef RAQUET_ENGINE_MODULE_PE_CERTIFICATE_H
#define RAQUET_ENGINE_MODULE_PE_CERTIFICATE_H

#include "cms/signed_data.h"
#include "crypto/key.h"
#include "engine/module/pe_signatures.h"

struct pe_certificate {
	const struct certificate *certificate;
	enum key_kind key_kind; /* of its public key, once key_known */
	bool key_known;
	struct value values[PE_CERTIFICATE_NOT_AFTER + 1];
	unsigned known; /* bit of each value that was made */
};

/* Certificates in a row, in an arena; rows share their elements. */
struct pe_certificates {
	struct pe_certificate **list;
	size_t n, capacity;
};

RQ_MUST_USE enum rq_err pe_certificates_add(struct arena *arena,
					    struct pe_certificates *certificates,
					    struct pe_certificate *certificate);

/* Reads all of data; *accepted_out is false when one of them is no certificate. */
RQ_MUST_USE enum rq_err pe_certificates_read(struct arena *arena,
					     const struct cms_signed_data *data,
					     struct pe_certificates *certificates_out,
					     bool *accepted_out);

/* The first with that issuer and serial number, or NULL. */
struct pe_certificate *pe_certificates_find(const struct pe_certificates *certificates,
					    struct bytes issuer, struct bytes serial);

/*
 * From signer upwards to a certificate that issued itself, or for which there is
 * none in pool.  Of several possible issuers the first that is valid at now (seconds
 * since 1970) goes on, else the one that ends last.
 */
RQ_MUST_USE enum rq_err pe_chain_build(struct arena *arena,
				       const struct pe_certificates *pool,
				       struct pe_certificate *signer, int64_t now,
				       struct pe_certificates *chain_out);

void pe_certificate_get(struct arena *arena, struct pe_certificate *certificate,
			enum pe_certificate_field field, struct value *value_out);

/* Lower-case hexadecimal of bytes, each followed by separator but the last (0: none);
 * undefined when out of memory. */
struct value pe_hex(struct arena *arena, struct bytes bytes, char separator);

/* What libyara prints for an object identifier that libcrypto does not know. */
const char *pe_long_name(struct bytes oid);

#endif
