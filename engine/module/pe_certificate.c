#include "engine/module/pe_certificate.h"

#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "bytes/cut.h"
#include "cms/name.h"

#include <string.h>

/* ---- rows ---- */

enum rq_err pe_certificates_add(struct arena *arena,
				struct pe_certificates *certificates,
				struct pe_certificate *certificate)
{
	if (!arena_grow(arena, (void **)&certificates->list, &certificates->capacity,
			certificates->n + 1, sizeof *certificates->list))
		return RQ_ERR_MEMORY;
	certificates->list[certificates->n++] = certificate;
	return RQ_OK;
}

enum rq_err pe_certificates_read(struct arena *arena,
				 const struct cms_signed_data *data,
				 struct pe_certificates *certificates_out,
				 bool *accepted_out)
{
	enum rq_err err = RQ_OK;

	*certificates_out = (struct pe_certificates){0};
	*accepted_out = false;
	for (size_t i = 0; i < data->n_certificates && err == RQ_OK; i++) {
		struct pe_certificate *one = arena_make(arena, struct pe_certificate);
		struct asn1_refusal refusal;

		if (one == NULL)
			return RQ_ERR_MEMORY;
		err = certificate_read(arena, ASN1_TOLERANT, data->certificates[i],
				       &one->certificate, &refusal);
		if (err == RQ_OK && one->certificate == NULL)
			return RQ_OK;
		if (err == RQ_OK)
			err = pe_certificates_add(arena, certificates_out, one);
	}
	*accepted_out = err == RQ_OK;
	return err;
}

struct pe_certificate *pe_certificates_find(const struct pe_certificates *certificates,
					    struct bytes issuer, struct bytes serial)
{
	for (size_t i = 0; i < certificates->n; i++) {
		const struct certificate *one = certificates->list[i]->certificate;

		if (bytes_equal(one->serial, serial) && name_equal(one->issuer, issuer))
			return certificates->list[i];
	}
	return NULL;
}

/* ---- chains ---- */

static enum rq_err learn_key(struct pe_certificate *one)
{
	struct key *key = NULL;
	enum rq_err err;

	if (one->key_known)
		return RQ_OK;
	err = key_new(one->certificate->public_key_info, &key);
	if (err != RQ_OK)
		return err;
	one->key_kind = key_kind(key);
	one->key_known = true;
	key_free(key);
	return RQ_OK;
}

/* The first directory name among the names of an authorityKeyIdentifier, whole. */
static struct bytes directory_name(struct bytes names)
{
	struct asn1_document document;
	struct asn1 walk = asn1_open(&document, ASN1_TOLERANT, names);

	while (asn1_more(&walk)) {
		const struct asn1_element name = asn1_any(&walk);

		if (name.identifier == (ASN1_CONTEXT_CONSTRUCTED | 4))
			return name.content;
	}
	return (struct bytes){NULL, 0};
}

/* RFC 5280 4.2.1.1: whether what one says of its issuer's key fits issuer. */
static bool key_id_fits(const struct certificate *one, const struct certificate *issuer)
{
	const struct bytes name = directory_name(one->authority_names);

	if (one->authority_key_id.at != NULL && issuer->subject_key_id.at != NULL &&
	    !bytes_equal(one->authority_key_id, issuer->subject_key_id))
		return false;
	if (one->authority_serial.at != NULL &&
	    !bytes_equal(one->authority_serial, issuer->serial))
		return false;
	return name.at == NULL || name_equal(name, issuer->issuer);
}

/* Whether issuer may have issued one: names, key identifiers, and a key of the kind that
 * the signature is made with.  The signature itself is not verified. */
static enum rq_err may_have_issued(const struct pe_certificate *one,
				   struct pe_certificate *issuer, bool *may_out)
{
	const enum key_kind wanted =
	    key_kind_of_signature(one->certificate->signed_algorithm.oid);
	enum rq_err err;

	*may_out = false;
	if (one->certificate->has_broken_extension ||
	    issuer->certificate->has_broken_extension)
		return RQ_OK;
	if (!name_equal(issuer->certificate->subject, one->certificate->issuer) ||
	    !key_id_fits(one->certificate, issuer->certificate))
		return RQ_OK;
	err = learn_key(issuer);
	if (err == RQ_OK)
		*may_out = wanted != KEY_NONE &&
			   (issuer->key_kind == wanted ||
			    (wanted == KEY_RSA_PSS && issuer->key_kind == KEY_RSA));
	return err;
}

static bool is_in(const struct pe_certificates *chain, const struct certificate *one)
{
	for (size_t i = 0; i < chain->n; i++)
		if (bytes_equal(chain->list[i]->certificate->whole, one->whole))
			return true;
	return false;
}

static bool is_valid_at(const struct certificate *certificate, int64_t now)
{
	return certificate->not_before != ASN1_NO_TIME &&
	       certificate->not_before <= now && now <= certificate->not_after;
}

static enum rq_err find_issuer(const struct pe_certificates *pool,
			       const struct pe_certificates *chain, int64_t now,
			       struct pe_certificate **issuer_out)
{
	const struct pe_certificate *one = chain->list[chain->n - 1];
	struct pe_certificate *best = NULL;
	enum rq_err err = RQ_OK;

	*issuer_out = NULL;
	for (size_t i = 0; i < pool->n && err == RQ_OK; i++) {
		struct pe_certificate *candidate = pool->list[i];
		bool may;

		err = may_have_issued(one, candidate, &may);
		if (err != RQ_OK || !may || is_in(chain, candidate->certificate))
			continue;
		if (is_valid_at(candidate->certificate, now)) {
			best = candidate;
			break;
		}
		if (best == NULL ||
		    candidate->certificate->not_after > best->certificate->not_after)
			best = candidate;
	}
	*issuer_out = best;
	return err;
}

enum rq_err pe_chain_build(struct arena *arena, const struct pe_certificates *pool,
			   struct pe_certificate *signer, int64_t now,
			   struct pe_certificates *chain_out)
{
	struct pe_certificate *next = signer;
	bool issued_itself;
	enum rq_err err = RQ_OK;

	*chain_out = (struct pe_certificates){0};
	while (next != NULL && chain_out->n <= CAP_CHAIN) {
		err = pe_certificates_add(arena, chain_out, next);
		if (err == RQ_OK)
			err = may_have_issued(next, next, &issued_itself);
		if (err != RQ_OK || issued_itself)
			break;
		err = find_issuer(pool, chain_out, now, &next);
		if (err != RQ_OK)
			break;
	}
	/* libcrypto gives up there as well */
	if (chain_out->n > CAP_CHAIN)
		cut_note(CUT_LIBYARA);
	return err;
}

/* ---- values ---- */

struct value pe_hex(struct arena *arena, struct bytes bytes, char separator)
{
	static const char digits[] = "0123456789abcdef";
	struct reader in = reader_over(bytes.at, bytes.n);
	char *text = arena_array(arena, bytes.n + 1, 3);
	size_t n = 0;

	if (text == NULL)
		return value_undefined();
	while (reader_left(&in) > 0) {
		const uint8_t octet = reader_u8(&in);

		text[n++] = digits[octet >> 4];
		text[n++] = digits[octet & 15];
		if (separator != 0 && reader_left(&in) > 0)
			text[n++] = separator;
	}
	return value_text((struct bytes){(const uint8_t *)text, n});
}

const char *pe_long_name(struct bytes oid)
{
	const char *name = oid_long_name(oid);

	return name == NULL ? "undefined" : name;
}

static struct value thumbprint(struct arena *arena,
			       const struct certificate *certificate)
{
	uint8_t digest[DIGEST_MAX_SIZE];

	if (digest_of(DIGEST_SHA1, certificate->whole, digest) != RQ_OK)
		return value_undefined();
	return pe_hex(arena, (struct bytes){digest, digest_size(DIGEST_SHA1)}, 0);
}

static void put_value(struct buffer *out, const struct name_attribute *attribute)
{
	struct reader in = reader_over(attribute->value.at, attribute->value.n);

	while (reader_left(&in) > 0) {
		const uint8_t octet = reader_u8(&in);

		if (octet < ' ' || octet > '~')
			buffer_format(out, "\\x%02X", octet);
		else if (octet == '/' || octet == '+')
			buffer_format(out, "\\%c", octet);
		else
			buffer_u8(out, octet);
	}
}

static void put_type(struct arena *arena, struct buffer *out, struct bytes type)
{
	const char *name = oid_short_name(type);
	const char *dotted;

	if (name != NULL) {
		buffer_text(out, name);
		return;
	}
	dotted = asn1_oid_text(arena, type);
	buffer_put(out, dotted, dotted == NULL ? 0 : strnlen(dotted, 79));
}

/* "\/" becomes "/" wherever it stands, also where the backslash is of the name and the
 * slash begins the next attribute. */
static size_t drop_escapes(char *text, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (text[i] != '\\' || i + 1 == n || text[i + 1] != '/')
			text[kept++] = text[i];
	text[kept] = '\0';
	return kept;
}

/* "/C=VN/CN=..." in at most 255 bytes; an attribute that does not fit is left out with
 * all that follow. */
static struct value oneline(struct arena *arena, struct bytes name)
{
	struct buffer out = {0};
	struct name_walk walk;
	struct name_attribute attribute;
	struct value value = value_undefined();
	size_t fits = 0;
	char *text;

	name_walk_begin(&walk, name);
	while (name_next(&walk, &attribute)) {
		buffer_u8(&out, '/');
		put_type(arena, &out, attribute.type);
		buffer_u8(&out, '=');
		put_value(&out, &attribute);
		if (out.size > 255)
			break;
		fits = out.size;
	}
	text = buffer_ok(&out)
		   ? arena_copy(arena, fits == 0 ? (uint8_t *)"" : out.data, fits)
		   : NULL;
	buffer_free(&out);
	if (text != NULL)
		value = value_text(
		    (struct bytes){(const uint8_t *)text, drop_escapes(text, fits)});
	return value;
}

static struct value make(struct arena *arena, const struct certificate *certificate,
			 enum pe_certificate_field field)
{
	const struct bytes algorithm = certificate->signature_algorithm.oid;
	const char *text = "";

	switch (field) {
	case PE_CERTIFICATE_THUMBPRINT: return thumbprint(arena, certificate);
	case PE_CERTIFICATE_ISSUER: return oneline(arena, certificate->issuer);
	case PE_CERTIFICATE_SUBJECT: return oneline(arena, certificate->subject);
	case PE_CERTIFICATE_VERSION: return value_int(certificate->version + 1);
	case PE_CERTIFICATE_ALGORITHM:
		return value_text(bytes_of(pe_long_name(algorithm)));
	case PE_CERTIFICATE_ALGORITHM_OID:
		/* libyara goes through libcrypto's number, which an unknown one has not */
		if (oid_long_name(algorithm) != NULL)
			text = asn1_oid_text(arena, algorithm);
		return text == NULL ? value_undefined() : value_text(bytes_of(text));
	case PE_CERTIFICATE_SERIAL:
		return certificate->serial.n > 20
			   ? value_undefined()
			   : pe_hex(arena, certificate->serial, ':');
	case PE_CERTIFICATE_NOT_BEFORE: return value_int(certificate->not_before);
	case PE_CERTIFICATE_NOT_AFTER: return value_int(certificate->not_after);
	}
	return value_undefined();
}

void pe_certificate_get(struct arena *arena, struct pe_certificate *certificate,
			enum pe_certificate_field field, struct value *value_out)
{
	*value_out = value_undefined();
	if (certificate == NULL || field > PE_CERTIFICATE_NOT_AFTER)
		return;
	if ((certificate->known >> field & 1) == 0) {
		certificate->values[field] =
		    make(arena, certificate->certificate, field);
		certificate->known |= 1u << field;
	}
	*value_out = certificate->values[field];
}
