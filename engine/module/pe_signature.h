/*
 * One signature of an image, as libyara's authenticode-parser understands it: all
 * signatures lie in one row, nested ones behind the one that holds them.  What costs
 * (countersignatures, chains, keys, the digest of the file) is made when it is asked for.
 */
#ifndef RAQUET_ENGINE_MODULE_PE_SIGNATURE_H
#define RAQUET_ENGINE_MODULE_PE_SIGNATURE_H

#include "engine/module/pe_certificate.h"

struct pe_countersignature {
	struct value verified; /* int */
	struct value sign_time, digest_alg, digest;
	struct pe_certificates chain;
};

/* The digest of the file beside the one that was signed. */
enum pe_signed_file { FILE_IS_UNKNOWN, FILE_IS_AS_SIGNED, FILE_DIFFERS };

struct pe_signature {
	const struct cms_signed_data *data;
	const struct cms_signer *signer;  /* NULL: there is none, or no Authenticode */
	struct pe_certificates own;       /* in data: here the signer is looked for */
	struct pe_certificate *signed_by; /* NULL: the signer has no certificate */
	struct bytes digest_algorithm;    /* OBJECT IDENTIFIER; at NULL: undefined */
	struct bytes digest;              /* of the file, as signed */

	bool has_details;              /* the rest is made */
	struct pe_certificates listed; /* own, and those of the time-stamps */
	struct pe_countersignature *counters;
	size_t n_counters;
	struct pe_certificates chain;
	struct value program_name, signer_digest, signer_digest_alg;
	struct value signed_digest, file_digest;
	enum pe_signed_file file;
	bool verified;
};

struct pe_signature_list {
	struct pe_signature **list;
	size_t n, capacity;
};

/* What a signature needs of the image. */
struct pe_signature_context {
	struct arena *arena;
	const struct pe_image *image;
	size_t table_off; /* of the certificate table */
	int64_t now;
};

/*
 * Appends the signature in bytes and those nested in it; nothing when bytes are no
 * signature that libyara would show.
 */
RQ_MUST_USE enum rq_err pe_signature_read(const struct pe_signature_context *context,
					  struct bytes bytes, unsigned depth,
					  struct pe_signature_list *list);

/* Makes the rest of signature, once. */
RQ_MUST_USE enum rq_err pe_signature_complete(
    const struct pe_signature_context *context, struct pe_signature *signature);

/* Whether signer, whose certificate is by, signed content; the attributes must hold
 * the digest of it.  The digest algorithm must be among those of data. */
RQ_MUST_USE enum rq_err pe_signer_verifies(const struct cms_signed_data *data,
					   const struct cms_signer *signer,
					   const struct pe_certificate *by,
					   struct bytes content, bool *verified_out);

/* One countersignature of the signer of signature: a SignerInfo (PKCS #9), or a
 * time-stamp of RFC 3161 whose certificates are added to signature->listed. */
RQ_MUST_USE enum rq_err pe_counter_read(const struct pe_signature_context *context,
					struct pe_signature *signature,
					struct bytes der,
					struct pe_countersignature *counter);
RQ_MUST_USE enum rq_err pe_stamp_read(const struct pe_signature_context *context,
				      struct pe_signature *signature, struct bytes der,
				      struct pe_countersignature *counter);

/* Whether libcrypto's PKCS #7 takes data: it knows neither signers that are named by a
 * key nor certificates of other kinds. */
bool pe_is_pkcs7(const struct cms_signed_data *data);

/* The certificate of the first signer, when all signers have one; else NULL. */
struct pe_certificate *pe_signed_by(const struct cms_signed_data *data,
				    const struct pe_certificates *certificates);

/* What libcrypto would hand out as the bytes of an ASN.1 value of any type: the whole
 * of a SEQUENCE or SET, the content of everything else. */
struct bytes pe_value_bytes(struct asn1_element element);

/* value in BER or DER as a document of tolerant reading; see asn1_der_of_ber. */
RQ_MUST_USE enum rq_err pe_signed_data_read(struct arena *arena, struct bytes bytes,
					    const struct cms_signed_data **data_out,
					    struct asn1_refusal *refusal_out);

#endif
