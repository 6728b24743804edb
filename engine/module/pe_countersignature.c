/* Countersignatures: a SignerInfo of PKCS #9 over the signature, or a time-stamp. */
#include "engine/module/pe_signature.h"

/* ---- PKCS #9 ---- */

static enum rq_err signer_read(struct arena *arena, struct bytes bytes,
			       const struct cms_signer **signer_out)
{
	struct asn1_refusal refusal;
	struct bytes der;
	enum rq_err err =
	    cms_signer_read(arena, ASN1_TOLERANT, bytes, signer_out, &refusal);

	if (err != RQ_OK || *signer_out != NULL)
		return err;
	err = asn1_der_of_ber(arena, bytes, &der);
	if (err != RQ_OK || der.at == NULL || der.at == bytes.at)
		return err;
	return cms_signer_read(arena, ASN1_TOLERANT, der, signer_out, &refusal);
}

/* The digest that was signed with RSA: alone, or in a DigestInfo (RFC 8017 9.2), whose
 * algorithm libyara does not look at. */
static struct bytes digest_inside(struct bytes recovered, size_t wanted)
{
	struct asn1_document document;
	struct asn1 outer, info;
	struct bytes digest;

	if (recovered.n == wanted)
		return recovered;
	outer = asn1_open(&document, ASN1_TOLERANT, recovered);
	info = asn1_enter(&outer, ASN1_SEQUENCE);
	(void)algorithm_read(&info);
	digest = asn1_octets(&info);
	asn1_end(&info);
	return asn1_ok(&document) ? digest : (struct bytes){NULL, 0};
}

static enum rq_err attributes_are_signed(const struct cms_signer *signer,
					 const struct pe_certificate *by,
					 enum digest_kind kind, bool *signed_out)
{
	uint8_t digest[DIGEST_MAX_SIZE], recovered[KEY_MAX_RECOVERED];
	struct key *key = NULL;
	size_t n_recovered = 0;
	enum rq_err err;

	*signed_out = false;
	err = cms_attributes_digest(&signer->signed_attributes, kind, digest);
	if (err == RQ_OK)
		err = key_new(by->certificate->public_key_info, &key);
	if (err == RQ_OK && key != NULL)
		err = key_recover(key, signer->signature, recovered, &n_recovered);
	key_free(key);
	if (err == RQ_OK && n_recovered > 0)
		*signed_out =
		    bytes_equal(digest_inside((struct bytes){recovered, n_recovered},
					      digest_size(kind)),
				(struct bytes){digest, digest_size(kind)});
	return err;
}

/* The signature that is countersigned: its digest is what counts. */
static enum rq_err parent_digest_is(const struct pe_signature *signature,
				    enum digest_kind kind, struct bytes wanted,
				    bool *is_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err = digest_of(kind, signature->signer->signature, digest);

	*is_out = err == RQ_OK &&
		  bytes_equal(wanted, (struct bytes){digest, digest_size(kind)});
	return err;
}

enum rq_err pe_counter_read(const struct pe_signature_context *context,
			    struct pe_signature *signature, struct bytes der,
			    struct pe_countersignature *counter)
{
	const struct cms_signer *signer;
	struct pe_certificate *by;
	struct asn1_element time, digest;
	enum digest_kind kind;
	bool is_signed, fits;
	int64_t seconds;
	enum rq_err err;

	*counter = (struct pe_countersignature){.verified = value_int(0),
						.sign_time = value_int(0)};
	err = signer_read(context->arena, der, &signer);
	if (err != RQ_OK || signer == NULL || signer->key_id.at != NULL)
		return err;
	counter->digest_alg = value_text(bytes_of(pe_long_name(signer->digest.oid)));

	time = cms_value(
	    cms_attribute(&signer->signed_attributes, CMS_OID_SIGNING_TIME), 0);
	if (time.identifier == 0)
		return RQ_OK;
	(void)asn1_time_of(ASN1_TOLERANT, time.identifier, time.content, &seconds);
	counter->sign_time = value_int(seconds);

	by = pe_certificates_find(&signature->own, signer->issuer, signer->serial);
	if (by == NULL)
		return RQ_OK;
	err = pe_chain_build(context->arena, &signature->own, by, context->now,
			     &counter->chain);
	if (err != RQ_OK)
		return err;

	digest = cms_value(
	    cms_attribute(&signer->signed_attributes, CMS_OID_MESSAGE_DIGEST), 0);
	if (pe_value_bytes(digest).n == 0 ||
	    !algorithm_digest(ASN1_TOLERANT, signer->digest.oid, &kind))
		return RQ_OK;
	counter->digest = pe_hex(context->arena, pe_value_bytes(digest), 0);
	err = attributes_are_signed(signer, by, kind, &is_signed);
	if (err == RQ_OK)
		err = parent_digest_is(signature, kind, pe_value_bytes(digest), &fits);
	if (err == RQ_OK)
		counter->verified = value_int(is_signed && fits);
	return err;
}

/* ---- RFC 3161 ---- */

static bool names(const struct cms_signer *signer, const struct pe_certificate *one)
{
	struct pe_certificate *list[] = {(struct pe_certificate *)one};
	const struct pe_certificates alone = {list, 1, 1};

	if (signer->key_id.at != NULL)
		return bytes_equal(signer->key_id, one->certificate->subject_key_id);
	return pe_certificates_find(&alone, signer->issuer, signer->serial) != NULL;
}

/* The first certificate that any signer names. */
static struct pe_certificate *any_signed_by(const struct cms_signed_data *data,
					    const struct pe_certificates *certificates)
{
	for (size_t i = 0; i < data->n_signers; i++)
		for (size_t j = 0; j < certificates->n; j++)
			if (names(&data->signers[i], certificates->list[j]))
				return certificates->list[j];
	return NULL;
}

/*
 * A token that libcrypto reads only as CMS.  libyara then compares the digest of the
 * content and never looks at the signature itself; so do we, because the rules see
 * the same value.  The verdict on a signature is made elsewhere.
 */
static enum rq_err content_digest_fits(const struct cms_signed_data *data,
				       bool *fits_out)
{
	const struct cms_signer *signer = &data->signers[0];
	const struct asn1_element digest = cms_value(
	    cms_attribute(&signer->signed_attributes, CMS_OID_MESSAGE_DIGEST), 0);
	uint8_t found[DIGEST_MAX_SIZE];
	enum digest_kind kind;
	enum rq_err err;

	*fits_out = false;
	if (digest.identifier != ASN1_OCTET_STRING ||
	    !algorithm_digest(ASN1_TOLERANT, signer->digest.oid, &kind))
		return RQ_OK;
	err = digest_of(kind, data->content.content, found);
	*fits_out =
	    err == RQ_OK &&
	    bytes_equal(digest.content, (struct bytes){found, digest_size(kind)});
	return err;
}

/* The values that come from the token once its signer is known. */
static enum rq_err read_token(const struct pe_signature_context *context,
			      const struct pe_signature *signature,
			      const struct cms_signed_data *data,
			      const struct cms_time_stamp *stamp,
			      const struct pe_certificate *by,
			      struct pe_countersignature *counter)
{
	enum digest_kind kind;
	bool fits, verified = false;
	enum rq_err err;

	counter->digest_alg = value_text(bytes_of(pe_long_name(stamp->digest.oid)));
	if (stamp->imprint.n == 0)
		return RQ_OK;
	counter->digest = pe_hex(context->arena, stamp->imprint, 0);
	if (!algorithm_digest(ASN1_TOLERANT, stamp->digest.oid, &kind))
		return RQ_OK;
	err = parent_digest_is(signature, kind, stamp->imprint, &fits);
	if (err != RQ_OK || !fits || stamp->version != 1)
		return err;
	err = pe_is_pkcs7(data) ? pe_signer_verifies(data, &data->signers[0], by,
						     data->content.content, &verified)
				: content_digest_fits(data, &verified);
	counter->verified = value_int(verified);
	return err;
}

enum rq_err pe_stamp_read(const struct pe_signature_context *context,
			  struct pe_signature *signature, struct bytes der,
			  struct pe_countersignature *counter)
{
	const struct cms_signed_data *data;
	struct pe_certificates certificates;
	struct cms_time_stamp stamp;
	struct asn1_refusal refusal;
	struct pe_certificate *by;
	bool accepted;
	enum rq_err err;

	*counter = (struct pe_countersignature){.verified = value_int(0),
						.sign_time = value_int(0)};
	err = pe_signed_data_read(context->arena, der, &data, &refusal);
	if (err != RQ_OK || data == NULL)
		return err;
	err = pe_certificates_read(context->arena, data, &certificates, &accepted);
	if (err != RQ_OK || !accepted ||
	    !asn1_oid_is(data->content_type, CMS_OID_TIME_STAMP_INFO) ||
	    data->content.identifier != ASN1_OCTET_STRING ||
	    !cms_time_stamp_read(ASN1_TOLERANT, data->content.content, &stamp,
				 &refusal))
		return err;
	counter->sign_time = value_int(stamp.time);
	by = pe_is_pkcs7(data) ? pe_signed_by(data, &certificates)
			       : any_signed_by(data, &certificates);
	if (by == NULL)
		return RQ_OK;
	for (size_t i = 0; i < certificates.n && err == RQ_OK; i++)
		err = pe_certificates_add(context->arena, &signature->listed,
					  certificates.list[i]);
	if (err == RQ_OK)
		err = pe_chain_build(context->arena, &certificates, by, context->now,
				     &counter->chain);
	if (err == RQ_OK)
		err = read_token(context, signature, data, &stamp, by, counter);
	return err;
}
