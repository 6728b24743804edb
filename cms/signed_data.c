#include "cms/signed_data.h"

#include "bytes/cap.h"
#include "cms/name.h"

/* What all steps share. */
struct reading {
	struct arena *arena;
	enum rq_err err;
};

/* Room for the values at r, NULL when there are none, too many, or no memory. */
static void *rows_for(struct reading *reading, struct asn1 *r, size_t cap, size_t size)
{
	const size_t n = asn1_count(*r);
	void *rows;

	if (n > cap)
		asn1_refuse_cap(r, "RFC 5652 5.1", "more values in a set than we read");
	if (n == 0 || !asn1_ok(r->document))
		return NULL;
	rows = arena_array(reading->arena, n, size);
	if (rows == NULL) {
		reading->err = RQ_ERR_MEMORY;
		asn1_refuse(r, "", "out of memory");
	}
	return rows;
}

/* ---- attributes ---- */

static struct cms_attribute read_attribute(struct asn1 *set)
{
	struct asn1 inside = asn1_enter(set, ASN1_SEQUENCE);
	struct cms_attribute attribute = {.type = asn1_oid(&inside)};

	attribute.values = asn1_take(&inside, ASN1_SET).content;
	asn1_check_set_of(&inside, attribute.values);
	attribute.n_values = asn1_count(asn1_inside(&inside, attribute.values));
	if (attribute.n_values > CAP_CMS_VALUES)
		asn1_refuse_cap(&inside, "RFC 5652 5.3", "more values than we read");
	if (asn1_is_strict(set) && attribute.n_values == 0)
		asn1_refuse(&inside, "RFC 5652 5.3", "an attribute without a value");
	asn1_end(&inside);
	return attribute;
}

static void refuse_repeated(struct asn1 *r, const struct cms_attributes *attributes)
{
	for (size_t i = 0; i < attributes->n; i++)
		for (size_t j = 0; j < i; j++)
			if (bytes_equal(attributes->list[i].type,
					attributes->list[j].type))
				asn1_refuse(r, "RFC 5652 5.3",
					    "an attribute comes twice");
}

/* Optional, [number] IMPLICIT SET OF Attribute. */
static struct cms_attributes read_attributes(struct reading *reading, struct asn1 *r,
					     uint8_t number)
{
	struct cms_attributes attributes = {0};
	struct asn1_element element;
	struct asn1 set;

	if (asn1_peek(r) != (ASN1_CONTEXT_CONSTRUCTED | number))
		return attributes;
	element = asn1_any(r);
	attributes.whole = element.whole;
	asn1_check_set_of(r, element.content);
	set = asn1_inside(r, element.content);
	if (asn1_is_strict(r) && element.content.n == 0)
		asn1_refuse(&set, "RFC 5652 5.3", "a set of attributes is empty");
	attributes.list =
	    rows_for(reading, &set, CAP_CMS_ATTRIBUTES, sizeof *attributes.list);
	if (attributes.list == NULL)
		return attributes;
	while (asn1_more(&set))
		attributes.list[attributes.n++] = read_attribute(&set);
	if (asn1_is_strict(r))
		refuse_repeated(&set, &attributes);
	return attributes;
}

const struct cms_attribute *cms_attribute(const struct cms_attributes *attributes,
					  const char *dotted)
{
	for (size_t i = 0; i < attributes->n; i++)
		if (asn1_oid_is(attributes->list[i].type, dotted))
			return &attributes->list[i];
	return NULL;
}

struct asn1_element cms_value(const struct cms_attribute *attribute, size_t index)
{
	struct asn1_document document;
	struct asn1 values;
	struct asn1_element element = {0};

	if (attribute == NULL || index >= attribute->n_values)
		return element;
	values = asn1_open(&document, ASN1_TOLERANT, attribute->values);
	for (size_t i = 0; i <= index; i++)
		element = asn1_any(&values);
	return element;
}

enum rq_err cms_attributes_digest(const struct cms_attributes *attributes,
				  enum digest_kind kind, uint8_t *out)
{
	static const uint8_t set_of = ASN1_SET;
	struct reader in = reader_over(attributes->whole.at, attributes->whole.n);
	struct digest *digest = NULL;
	enum rq_err err;

	reader_skip(&in, 1);
	err = digest_new(kind, &digest);
	if (err == RQ_OK)
		err = digest_add(digest, (struct bytes){&set_of, 1});
	if (err == RQ_OK)
		err = digest_add(digest, reader_bytes(&in, reader_left(&in)));
	if (err == RQ_OK)
		err = digest_finish(digest, out);
	digest_free(digest);
	return err;
}

/* ---- signers ---- */

/* An attribute that must have exactly one value, of that type (11.1, 11.2, 11.3). */
static struct asn1_element check_single(struct asn1 *r,
					const struct cms_attribute *attribute,
					uint8_t identifier, const char *clause)
{
	struct asn1_element value = cms_value(attribute, 0);

	if (attribute->n_values != 1 || value.identifier != identifier)
		asn1_refuse(r, clause, "an attribute does not have its one value");
	return value;
}

/* content_type is {NULL, 0} for a countersignature. */
static void check_signed_attributes(struct asn1 *r, const struct cms_signer *signer,
				    struct bytes content_type)
{
	const struct cms_attributes *attributes = &signer->signed_attributes;
	const struct cms_attribute *type =
	    cms_attribute(attributes, CMS_OID_CONTENT_TYPE);
	const struct cms_attribute *digest =
	    cms_attribute(attributes, CMS_OID_MESSAGE_DIGEST);

	if (attributes->whole.at == NULL) {
		if (content_type.at != NULL && !asn1_oid_is(content_type, CMS_OID_DATA))
			asn1_refuse(r, "RFC 5652 5.3", "signed attributes are missing");
		return;
	}
	if (content_type.at != NULL && type == NULL)
		asn1_refuse(r, "RFC 5652 5.3", "content-type is missing");
	else if (content_type.at != NULL &&
		 !bytes_equal(check_single(r, type, ASN1_OID, "RFC 5652 11.1").content,
			      content_type))
		asn1_refuse(r, "RFC 5652 11.1", "the signed content type is another");
	if (digest == NULL)
		asn1_refuse(r, "RFC 5652 5.3", "message-digest is missing");
	else
		(void)check_single(r, digest, ASN1_OCTET_STRING, "RFC 5652 11.2");
	if (cms_attribute(attributes, CMS_OID_COUNTERSIGNATURE) != NULL)
		asn1_refuse(r, "RFC 5652 11.4", "a countersignature is signed");
}

static void check_signer_version(struct asn1 *r, const struct cms_signer *signer)
{
	if (signer->version != (signer->key_id.at != NULL ? 3 : 1))
		asn1_refuse(r, "RFC 5652 5.3",
			    "the version does not fit the signer's name");
}

static struct cms_signer read_signer(struct reading *reading, struct asn1 *set,
				     struct bytes content_type)
{
	struct asn1 inside = asn1_enter(set, ASN1_SEQUENCE), name;
	struct cms_signer signer = {0};

	if (!asn1_integer_value(asn1_integer(&inside), &signer.version))
		signer.version = -1;
	if (asn1_peek(&inside) == (ASN1_CONTEXT | 0)) {
		signer.key_id = asn1_any(&inside).content;
	} else {
		name = asn1_enter(&inside, ASN1_SEQUENCE);
		signer.issuer = name_read(&name);
		signer.serial = asn1_integer(&name);
		asn1_end(&name);
	}
	signer.digest = algorithm_read(&inside);
	signer.signed_attributes = read_attributes(reading, &inside, 0);
	signer.signature_algorithm = algorithm_read(&inside);
	signer.signature = asn1_octets(&inside);
	signer.unsigned_attributes = read_attributes(reading, &inside, 1);
	asn1_end(&inside);
	if (asn1_is_strict(set) && asn1_ok(set->document)) {
		check_signer_version(&inside, &signer);
		check_signed_attributes(&inside, &signer, content_type);
	}
	return signer;
}

enum rq_err cms_signer_read(struct arena *arena, enum asn1_rules rules,
			    struct bytes der, const struct cms_signer **signer_out,
			    struct asn1_refusal *refusal_out)
{
	struct reading reading = {arena, RQ_OK};
	struct asn1_document document;
	struct asn1 outer = asn1_open(&document, rules, der);
	struct cms_signer *signer = arena_make(arena, struct cms_signer);

	*signer_out = NULL;
	*refusal_out = (struct asn1_refusal){0};
	if (signer == NULL)
		return RQ_ERR_MEMORY;
	*signer = read_signer(&reading, &outer, (struct bytes){NULL, 0});
	asn1_end(&outer);
	*refusal_out = document.refusal;
	if (reading.err == RQ_OK && asn1_ok(&document))
		*signer_out = signer;
	return reading.err;
}

/* ---- SignedData ---- */

static void read_digests(struct reading *reading, struct asn1 *r,
			 struct cms_signed_data *data)
{
	struct asn1_element element = asn1_take(r, ASN1_SET);
	struct asn1 set = asn1_inside(r, element.content);

	asn1_check_set_of(r, element.content);
	data->digests =
	    rows_for(reading, &set, CAP_CMS_ALGORITHMS, sizeof *data->digests);
	while (data->digests != NULL && asn1_more(&set))
		data->digests[data->n_digests++] = algorithm_read(&set);
}

/* encapContentInfo (5.2); in PKCS #7 the content is any value. */
static void read_content(struct asn1 *r, struct cms_signed_data *data)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE), holder;

	data->content_type = asn1_oid(&inside);
	if (asn1_more(&inside)) {
		holder = asn1_enter(&inside, ASN1_CONTEXT_CONSTRUCTED | 0);
		data->content = asn1_any(&holder);
		asn1_end(&holder);
	}
	asn1_end(&inside);
}

/* Optional, [0] IMPLICIT SET OF CertificateChoices (10.2.3). */
static void read_certificates(struct reading *reading, struct asn1 *r,
			      struct cms_signed_data *data)
{
	struct asn1_element element;
	struct asn1 set;

	if (asn1_peek(r) != (ASN1_CONTEXT_CONSTRUCTED | 0))
		return;
	element = asn1_any(r);
	asn1_check_set_of(r, element.content);
	set = asn1_inside(r, element.content);
	data->has_certificates = asn1_ok(r->document);
	data->certificates =
	    rows_for(reading, &set, CAP_CMS_CERTIFICATES, sizeof *data->certificates);
	while (data->certificates != NULL && asn1_more(&set)) {
		struct asn1_element choice = asn1_any(&set);

		if (choice.identifier == ASN1_SEQUENCE)
			data->certificates[data->n_certificates++] = choice.whole;
		else
			data->n_other_certificates++;
	}
}

/* Optional, [1] IMPLICIT SET OF RevocationInfoChoice (10.2.1), which nobody reads yet. */
static void skip_revocations(struct asn1 *r)
{
	if (asn1_peek(r) == (ASN1_CONTEXT_CONSTRUCTED | 1))
		asn1_check_set_of(r, asn1_any(r).content);
}

static void check_announced(struct asn1 *r, const struct cms_signed_data *data,
			    const struct cms_signer *signer)
{
	for (size_t i = 0; i < data->n_digests; i++)
		if (bytes_equal(data->digests[i].oid, signer->digest.oid))
			return;
	asn1_refuse(r, "RFC 5652 5.3", "the digest algorithm was not announced");
}

static void read_signers(struct reading *reading, struct asn1 *r,
			 struct cms_signed_data *data)
{
	struct asn1_element element = asn1_take(r, ASN1_SET);
	struct asn1 set = asn1_inside(r, element.content);

	asn1_check_set_of(r, element.content);
	data->signers = rows_for(reading, &set, CAP_CMS_SIGNERS, sizeof *data->signers);
	while (data->signers != NULL && asn1_more(&set)) {
		struct cms_signer *signer = &data->signers[data->n_signers++];

		*signer = read_signer(reading, &set, data->content_type);
		if (asn1_is_strict(r) && asn1_ok(r->document))
			check_announced(&set, data, signer);
	}
}

static void read_signed_data(struct reading *reading, struct asn1 *r,
			     struct cms_signed_data *data)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE);

	if (!asn1_integer_value(asn1_integer(&inside), &data->version))
		data->version = -1;
	if (asn1_is_strict(r) && data->version != 1 &&
	    (data->version < 3 || data->version > 5))
		asn1_refuse(&inside, "RFC 5652 5.1", "no version of SignedData");
	read_digests(reading, &inside, data);
	read_content(&inside, data);
	read_certificates(reading, &inside, data);
	skip_revocations(&inside);
	read_signers(reading, &inside, data);
	asn1_end(&inside);
}

enum rq_err cms_signed_data_read(struct arena *arena, enum asn1_rules rules,
				 struct bytes der,
				 const struct cms_signed_data **signed_data_out,
				 struct asn1_refusal *refusal_out)
{
	struct reading reading = {arena, RQ_OK};
	struct asn1_document document;
	struct asn1 outermost = asn1_open(&document, rules, der);
	struct asn1 outer = asn1_enter(&outermost, ASN1_SEQUENCE), holder;
	struct cms_signed_data *data = arena_make(arena, struct cms_signed_data);

	*signed_data_out = NULL;
	*refusal_out = (struct asn1_refusal){0};
	if (data == NULL)
		return RQ_ERR_MEMORY;
	if (!asn1_oid_is(asn1_oid(&outer), CMS_OID_SIGNED_DATA))
		asn1_refuse(&outer, CMS_NOT_SIGNED_DATA,
			    "another content than SignedData");
	holder = asn1_enter(&outer, ASN1_CONTEXT_CONSTRUCTED | 0);
	read_signed_data(&reading, &holder, data);
	asn1_end(&holder);
	asn1_end(&outer);
	asn1_end(&outermost);
	*refusal_out = document.refusal;
	if (reading.err == RQ_OK && asn1_ok(&document))
		*signed_data_out = data;
	return reading.err;
}

/* ---- time-stamps ---- */

/* Accuracy, ordering, nonce, tsa, extensions: of which we want the nonce. */
static void read_stamp_options(struct asn1 *inside, struct cms_time_stamp *stamp)
{
	if (asn1_peek(inside) == ASN1_SEQUENCE)
		(void)asn1_any(inside);
	if (asn1_peek(inside) == ASN1_BOOLEAN && !asn1_boolean(inside) &&
	    asn1_is_strict(inside))
		asn1_refuse(inside, "X.690 11.5", "the default of ordering is encoded");
	if (asn1_peek(inside) == ASN1_INTEGER)
		stamp->nonce = asn1_integer(inside);
	if (asn1_peek(inside) == (ASN1_CONTEXT_CONSTRUCTED | 0))
		(void)asn1_any(inside);
	if (asn1_peek(inside) == (ASN1_CONTEXT_CONSTRUCTED | 1))
		(void)asn1_any(inside);
}

bool cms_time_stamp_read(enum asn1_rules rules, struct bytes der,
			 struct cms_time_stamp *stamp_out,
			 struct asn1_refusal *refusal_out)
{
	struct asn1_document document;
	struct asn1 outer = asn1_open(&document, rules, der);
	struct asn1 inside = asn1_enter(&outer, ASN1_SEQUENCE), imprint;
	struct cms_time_stamp stamp = {0};
	struct asn1_element time;

	if (!asn1_integer_value(asn1_integer(&inside), &stamp.version))
		stamp.version = -1;
	if (rules == ASN1_DER && stamp.version != 1)
		asn1_refuse(&inside, "RFC 3161 2.4.2", "no version of TSTInfo");
	(void)asn1_oid(&inside); /* policy */
	imprint = asn1_enter(&inside, ASN1_SEQUENCE);
	stamp.digest = algorithm_read(&imprint);
	stamp.imprint = asn1_octets(&imprint);
	asn1_end(&imprint);
	stamp.serial = asn1_integer(&inside);
	time = asn1_take(&inside, ASN1_GENERALIZED_TIME);
	if (!asn1_time_of(rules, time.identifier, time.content, &stamp.time) &&
	    rules == ASN1_DER)
		asn1_refuse(&inside, "RFC 3161 2.4.2", "genTime is no time");
	read_stamp_options(&inside, &stamp);
	asn1_end(&inside);
	asn1_end(&outer);
	*refusal_out = document.refusal;
	*stamp_out = asn1_ok(&document) ? stamp : (struct cms_time_stamp){0};
	return asn1_ok(&document);
}
