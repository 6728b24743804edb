#include "engine/module/pe_signature.h"

#include "bytes/cap.h"
#include "bytes/cut.h"
#include "cms/name.h"
#include "format/authenticode.h"

#include <string.h>

struct bytes pe_value_bytes(struct asn1_element element)
{
	const bool is_universal = element.identifier < 0x80;
	const bool is_constructed = (element.identifier & 0x20) != 0;

	return is_universal && !is_constructed ? element.content : element.whole;
}

enum rq_err pe_signed_data_read(struct arena *arena, struct bytes bytes,
				const struct cms_signed_data **data_out,
				struct asn1_refusal *refusal_out)
{
	struct bytes der;
	enum rq_err err =
	    cms_signed_data_read(arena, ASN1_TOLERANT, bytes, data_out, refusal_out);

	if (err != RQ_OK || *data_out != NULL)
		return err;
	err = asn1_der_of_ber(arena, bytes, &der);
	if (err != RQ_OK || der.at == NULL || der.at == bytes.at)
		return err;
	return cms_signed_data_read(arena, ASN1_TOLERANT, der, data_out, refusal_out);
}

struct pe_certificate *pe_signed_by(const struct cms_signed_data *data,
				    const struct pe_certificates *certificates)
{
	struct pe_certificate *first = NULL;

	for (size_t i = data->n_signers; i > 0; i--) {
		const struct cms_signer *signer = &data->signers[i - 1];

		first =
		    pe_certificates_find(certificates, signer->issuer, signer->serial);
		if (first == NULL)
			return NULL;
	}
	return first;
}

/* ---- reading ---- */

bool pe_is_pkcs7(const struct cms_signed_data *data)
{
	for (size_t i = 0; i < data->n_signers; i++)
		if (data->signers[i].key_id.at != NULL)
			return false;
	return data->n_other_certificates == 0;
}

static void read_content(struct pe_signature *signature)
{
	struct authenticode_content content;
	struct asn1_refusal refusal;

	if (!asn1_oid_is(signature->data->content_type, CMS_OID_AUTHENTICODE) ||
	    !authenticode_content_read(ASN1_TOLERANT,
				       pe_value_bytes(signature->data->content),
				       &content, &refusal))
		return;
	signature->digest_algorithm = content.digest_algorithm.oid;
	signature->digest = content.digest;
	if (signature->data->n_signers > 0)
		signature->signer = &signature->data->signers[0];
}

static enum rq_err append(const struct pe_signature_context *context,
			  struct pe_signature_list *list,
			  struct pe_signature *signature)
{
	if (list->n >= CAP_SIGNATURES) {
		cut_note(CUT_OURS);
		return RQ_OK;
	}
	if (!arena_grow(context->arena, (void **)&list->list, &list->capacity,
			list->n + 1, sizeof *list->list))
		return RQ_ERR_MEMORY;
	list->list[list->n++] = signature;
	return RQ_OK;
}

static size_t capped(const struct cms_attribute *attribute)
{
	if (attribute == NULL)
		return 0;
	if (attribute->n_values <= CAP_NESTED)
		return attribute->n_values;
	cut_note(CUT_LIBYARA);
	return CAP_NESTED;
}

static enum rq_err read_nested(const struct pe_signature_context *context,
			       const struct pe_signature *signature, unsigned depth,
			       struct pe_signature_list *list)
{
	const struct cms_attribute *nested = cms_attribute(
	    &signature->signer->unsigned_attributes, CMS_OID_NESTED_SIGNATURE);
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < capped(nested) && err == RQ_OK; i++)
		err = pe_signature_read(context, pe_value_bytes(cms_value(nested, i)),
					depth + 1, list);
	return err;
}

/* The digest of the file beside the one that was signed. */
static enum rq_err compare_file(const struct pe_signature_context *context,
				struct pe_signature *signature)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum digest_kind kind;
	bool hashed;
	enum rq_err err;

	if (signature->digest.n == 0 ||
	    !algorithm_digest(ASN1_TOLERANT, signature->digest_algorithm, &kind))
		return RQ_OK;
	err = authenticode_digest(context->image, context->table_off, kind, digest,
				  &hashed);
	if (err != RQ_OK || !hashed)
		return err;
	const struct bytes found = {digest, digest_size(kind)};

	signature->file_digest = pe_hex(context->arena, found, 0);
	signature->file =
	    bytes_equal(found, signature->digest) ? FILE_IS_AS_SIGNED : FILE_DIFFERS;
	return RQ_OK;
}

enum rq_err pe_signature_read(const struct pe_signature_context *context,
			      struct bytes bytes, unsigned depth,
			      struct pe_signature_list *list)
{
	struct pe_signature *signature;
	struct asn1_refusal refusal;
	bool accepted;
	enum rq_err err;

	if (bytes.n == 0)
		return RQ_OK;
	if (depth > CAP_SIGNATURE_DEPTH || list->n >= CAP_SIGNATURES) {
		cut_note(CUT_OURS);
		return RQ_OK;
	}
	signature = arena_make(context->arena, struct pe_signature);
	if (signature == NULL)
		return RQ_ERR_MEMORY;
	err = pe_signed_data_read(context->arena, bytes, &signature->data, &refusal);
	if (err != RQ_OK || signature->data == NULL || !pe_is_pkcs7(signature->data) ||
	    !signature->data->has_certificates)
		return err;
	err = pe_certificates_read(context->arena, signature->data, &signature->own,
				   &accepted);
	if (err != RQ_OK || !accepted)
		return err;
	read_content(signature);
	if (signature->digest_algorithm.at == NULL)
		return append(context, list, signature);
	if (signature->signer != NULL)
		signature->signed_by = pe_signed_by(signature->data, &signature->own);
	/* one that nobody signed is hidden by libyara, unless the file differs, too */
	if (signature->signed_by == NULL)
		err = compare_file(context, signature);
	if (err == RQ_OK &&
	    (signature->signed_by != NULL || signature->file == FILE_DIFFERS))
		err = append(context, list, signature);
	if (err != RQ_OK || signature->signer == NULL)
		return err;
	return read_nested(context, signature, depth, list);
}

/* ---- verifying ---- */

static bool announces(const struct cms_signed_data *data, enum digest_kind wanted)
{
	bool found = false;

	for (size_t i = 0; i < data->n_digests; i++) {
		enum digest_kind kind;

		/* one that libcrypto cannot make stops all */
		if (!algorithm_digest(ASN1_TOLERANT, data->digests[i].oid, &kind))
			return false;
		found = found || kind == wanted;
	}
	return found;
}

enum rq_err pe_signer_verifies(const struct cms_signed_data *data,
			       const struct cms_signer *signer,
			       const struct pe_certificate *by, struct bytes content,
			       bool *verified_out)
{
	const struct cms_attribute *attribute =
	    cms_attribute(&signer->signed_attributes, CMS_OID_MESSAGE_DIGEST);
	const struct asn1_element signed_digest = cms_value(attribute, 0);
	uint8_t digest[DIGEST_MAX_SIZE];
	struct key *key = NULL;
	enum digest_kind kind;
	enum rq_err err;

	*verified_out = false;
	if (!algorithm_digest(ASN1_TOLERANT, signer->digest.oid, &kind) ||
	    !announces(data, kind))
		return RQ_OK;
	err = digest_of(kind, content, digest);
	if (err != RQ_OK)
		return err;
	if (signer->signed_attributes.n > 0) {
		if (signed_digest.identifier != ASN1_OCTET_STRING ||
		    !bytes_equal(signed_digest.content,
				 (struct bytes){digest, digest_size(kind)}))
			return RQ_OK;
		err = cms_attributes_digest(&signer->signed_attributes, kind, digest);
	}
	if (err == RQ_OK)
		err = key_new(by->certificate->public_key_info, &key);
	if (err == RQ_OK)
		err = key_verifies(key, kind, digest, signer->signature, verified_out);
	key_free(key);
	return err;
}

/* What Authenticode signs: in PKCS #7 the content without its identifier and length. */
static struct bytes signed_content(const struct cms_signed_data *data)
{
	const struct bytes bytes = pe_value_bytes(data->content);
	struct asn1_document document;
	struct asn1 walk = asn1_open(&document, ASN1_TOLERANT, bytes);

	return data->version == 1 ? asn1_any(&walk).content : bytes;
}

static struct value program_name(struct arena *arena, const struct cms_signer *signer)
{
	const struct asn1_element opus = cms_value(
	    cms_attribute(&signer->signed_attributes, CMS_OID_AUTHENTICODE_OPUS), 0);
	struct asn1_element name;
	struct bytes text;

	if (opus.identifier != ASN1_SEQUENCE ||
	    !authenticode_program_name(ASN1_TOLERANT, opus.whole, &name) ||
	    name.identifier == 0 ||
	    name_text(arena, name.identifier, name.content, &text) != RQ_OK ||
	    text.at == NULL)
		return value_undefined();
	/* libyara's buffer is as long as the attribute, its text ends at a 0 */
	if (text.n >= opus.whole.n)
		return value_undefined();
	text.n = strnlen((const char *)text.at, text.n);
	return value_text(text);
}

/* What the attributes of the signer say, and whether the signature fits them. */
static enum rq_err read_signer(const struct pe_signature_context *context,
			       struct pe_signature *signature)
{
	const struct cms_signer *signer = signature->signer;
	const struct asn1_element digest = cms_value(
	    cms_attribute(&signer->signed_attributes, CMS_OID_MESSAGE_DIGEST), 0);
	enum rq_err err;

	err = pe_chain_build(context->arena, &signature->own, signature->signed_by,
			     context->now, &signature->chain);
	if (err != RQ_OK || digest.identifier == 0)
		return err;
	signature->signer_digest_alg =
	    value_text(bytes_of(pe_long_name(signer->digest.oid)));
	if (pe_value_bytes(digest).n > 0)
		signature->signer_digest =
		    pe_hex(context->arena, pe_value_bytes(digest), 0);
	signature->program_name = program_name(context->arena, signer);
	return pe_signer_verifies(signature->data, signer, signature->signed_by,
				  signed_content(signature->data),
				  &signature->verified);
}

static enum rq_err read_counters(const struct pe_signature_context *context,
				 struct pe_signature *signature)
{
	const struct cms_attributes *attributes =
	    &signature->signer->unsigned_attributes;
	const struct cms_attribute *counters =
	    cms_attribute(attributes, CMS_OID_COUNTERSIGNATURE);
	const struct cms_attribute *stamps =
	    cms_attribute(attributes, CMS_OID_MICROSOFT_STAMP);
	const size_t n = capped(counters) + capped(stamps);
	enum rq_err err = RQ_OK;

	if (n == 0)
		return RQ_OK;
	signature->counters =
	    arena_array(context->arena, n, sizeof *signature->counters);
	if (signature->counters == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < capped(counters) && err == RQ_OK; i++)
		err = pe_counter_read(context, signature,
				      pe_value_bytes(cms_value(counters, i)),
				      &signature->counters[signature->n_counters++]);
	for (size_t i = 0; i < capped(stamps) && err == RQ_OK; i++)
		err = pe_stamp_read(context, signature,
				    pe_value_bytes(cms_value(stamps, i)),
				    &signature->counters[signature->n_counters++]);
	return err;
}

enum rq_err pe_signature_complete(const struct pe_signature_context *context,
				  struct pe_signature *signature)
{
	enum rq_err err = RQ_OK;

	if (signature->has_details)
		return RQ_OK;
	signature->has_details = true;
	for (size_t i = 0; i < signature->own.n && err == RQ_OK; i++)
		err = pe_certificates_add(context->arena, &signature->listed,
					  signature->own.list[i]);
	if (err != RQ_OK || signature->digest_algorithm.at == NULL)
		return err;
	if (signature->digest.n > 0)
		signature->signed_digest = pe_hex(context->arena, signature->digest, 0);
	if (signature->signed_by != NULL)
		err = read_signer(context, signature);
	if (err == RQ_OK && signature->signer != NULL)
		err = read_counters(context, signature);
	if (err == RQ_OK)
		err = compare_file(context, signature);
	if (signature->file != FILE_IS_AS_SIGNED)
		signature->verified = false;
	return err;
}
