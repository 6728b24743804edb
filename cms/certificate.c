#include "cms/certificate.h"

#include "bytes/cap.h"
#include "cms/name.h"

static int64_t read_version(struct asn1 *tbs)
{
	struct asn1 inside;
	int64_t version;

	if (asn1_peek(tbs) != (ASN1_CONTEXT_CONSTRUCTED | 0))
		return 0;
	inside = asn1_enter(tbs, ASN1_CONTEXT_CONSTRUCTED | 0);
	if (!asn1_integer_value(asn1_integer(&inside), &version))
		version = -1;
	asn1_end(&inside);
	if (asn1_is_strict(tbs) && version == 0)
		asn1_refuse(&inside, "X.690 11.5", "the default version is encoded");
	if (asn1_is_strict(tbs) && (version < 1 || version > 2))
		asn1_refuse(&inside, "RFC 5280 4.1.2.1", "no version of X.509");
	return version;
}

static struct bytes read_serial(struct asn1 *tbs)
{
	struct bytes serial = asn1_integer(tbs);
	struct reader in = reader_over(serial.at, serial.n);

	if (asn1_is_strict(tbs) && serial.n > 20)
		asn1_refuse(tbs, "RFC 5280 4.1.2.2", "a serial number beyond 20 bytes");
	if (asn1_is_strict(tbs) && reader_u8(&in) >= 0x80)
		asn1_refuse(tbs, "RFC 5280 4.1.2.2", "a negative serial number");
	return serial;
}

static void read_validity(struct asn1 *tbs, struct certificate *certificate)
{
	struct asn1 inside = asn1_enter(tbs, ASN1_SEQUENCE);

	certificate->not_before = asn1_time(&inside);
	certificate->not_after = asn1_time(&inside);
	asn1_end(&inside);
}

static void read_public_key(struct asn1 *tbs, struct certificate *certificate)
{
	struct asn1_element whole = asn1_take(tbs, ASN1_SEQUENCE);
	struct asn1 inside = asn1_inside(tbs, whole.content);
	unsigned n_unused;

	certificate->public_key_info = whole.whole;
	(void)algorithm_read(&inside);
	(void)asn1_bits(&inside, &n_unused);
	asn1_end(&inside);
}

/* [1] and [2], IMPLICIT BIT STRING; nobody wants their value. */
static void skip_unique_ids(struct asn1 *tbs, const struct certificate *certificate)
{
	for (uint8_t number = 1; number <= 2; number++) {
		if (asn1_peek(tbs) != (ASN1_CONTEXT | number))
			continue;
		if (asn1_is_strict(tbs) && certificate->version < 1)
			asn1_refuse(tbs, "RFC 5280 4.1.2.8",
				    "unique identifiers in version 1");
		(void)asn1_any(tbs);
	}
}

static void read_authority_key_id(struct asn1 *r, struct certificate *certificate)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE);

	if (asn1_peek(&inside) == (ASN1_CONTEXT | 0))
		certificate->authority_key_id = asn1_any(&inside).content;
	if (asn1_peek(&inside) == (ASN1_CONTEXT_CONSTRUCTED | 1))
		certificate->authority_names = asn1_any(&inside).content;
	if (asn1_peek(&inside) == (ASN1_CONTEXT | 2))
		certificate->authority_serial = asn1_any(&inside).content;
	asn1_end(&inside);
}

/* basicConstraints, 4.2.1.9 */
static void check_basic_constraints(struct asn1 *r)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE);
	int64_t path_length = 0;

	if (asn1_peek(&inside) == ASN1_BOOLEAN && !asn1_boolean(&inside) &&
	    asn1_is_strict(r))
		asn1_refuse(&inside, "X.690 11.5", "the default of cA is encoded");
	if (asn1_more(&inside))
		(void)asn1_integer_value(asn1_integer(&inside), &path_length);
	if (path_length < 0)
		asn1_refuse(&inside, "RFC 5280 4.2.1.9", "a negative length of path");
	asn1_end(&inside);
}

/* keyUsage, 4.2.1.3 */
static void check_key_usage(struct asn1 *r)
{
	unsigned n_unused;
	struct bytes bits = asn1_bits(r, &n_unused);
	struct reader in = reader_over(bits.at, bits.n);
	unsigned any = 0;

	while (reader_left(&in) > 0)
		any |= reader_u8(&in);
	if (any == 0)
		asn1_refuse(r, "RFC 5280 4.2.1.3", "a key of no use");
}

/* extKeyUsage, 4.2.1.12 */
static void check_extended_key_usage(struct asn1 *r)
{
	struct asn1 inside = asn1_enter(r, ASN1_SEQUENCE);

	if (asn1_is_strict(r) && !asn1_more(&inside))
		asn1_refuse(&inside, "RFC 5280 4.2.1.12", "a key of no purpose");
	while (asn1_more(&inside))
		(void)asn1_oid(&inside);
}

/* The extensions that tie certificates to each other. */
static void read_known_extension(struct asn1 *r,
				 const struct certificate_extension *extension,
				 struct certificate *certificate)
{
	struct asn1_document alone;
	struct asn1 value = asn1_open(&alone, r->document->rules, extension->value);

	if (asn1_oid_is(extension->oid, "2.5.29.14"))
		certificate->subject_key_id = asn1_octets(&value);
	else if (asn1_oid_is(extension->oid, "2.5.29.15"))
		check_key_usage(&value);
	else if (asn1_oid_is(extension->oid, "2.5.29.19"))
		check_basic_constraints(&value);
	else if (asn1_oid_is(extension->oid, "2.5.29.35"))
		read_authority_key_id(&value, certificate);
	else if (asn1_oid_is(extension->oid, "2.5.29.37"))
		check_extended_key_usage(&value);
	else
		return;
	asn1_end(&value);
	if (asn1_ok(&alone))
		return;
	certificate->has_broken_extension = true;
	if (asn1_is_strict(r))
		asn1_refuse(r, alone.refusal.clause, alone.refusal.what);
}

static struct certificate_extension read_extension(struct asn1 *list)
{
	struct asn1 inside = asn1_enter(list, ASN1_SEQUENCE);
	struct certificate_extension extension = {.oid = asn1_oid(&inside)};

	if (asn1_peek(&inside) == ASN1_BOOLEAN) {
		extension.critical = asn1_boolean(&inside);
		if (asn1_is_strict(list) && !extension.critical)
			asn1_refuse(&inside, "X.690 11.5",
				    "the default of critical is encoded");
	}
	extension.value = asn1_octets(&inside);
	asn1_end(&inside);
	return extension;
}

static void refuse_repeated(struct asn1 *r, const struct certificate *certificate)
{
	for (size_t i = 0; i < certificate->n_extensions; i++)
		for (size_t j = 0; j < i; j++)
			if (bytes_equal(certificate->extensions[i].oid,
					certificate->extensions[j].oid))
				asn1_refuse(r, "RFC 5280 4.2",
					    "an extension comes twice");
}

/* False when out of memory. */
static bool read_extensions(struct arena *arena, struct asn1 *tbs,
			    struct certificate *certificate)
{
	struct asn1 outer, list;
	size_t n;

	if (asn1_peek(tbs) != (ASN1_CONTEXT_CONSTRUCTED | 3))
		return true;
	outer = asn1_enter(tbs, ASN1_CONTEXT_CONSTRUCTED | 3);
	list = asn1_enter(&outer, ASN1_SEQUENCE);
	asn1_end(&outer);
	n = asn1_count(list);
	if (n > CAP_EXTENSIONS)
		asn1_refuse_cap(&list, "RFC 5280 4.2", "more extensions than we read");
	if (asn1_is_strict(tbs) && (certificate->version != 2 || n == 0))
		asn1_refuse(&list, "RFC 5280 4.1.2.9",
			    "extensions without version 3, or none");
	if (!asn1_ok(tbs->document) || n == 0)
		return true;
	certificate->extensions =
	    arena_array(arena, n, sizeof *certificate->extensions);
	if (certificate->extensions == NULL)
		return false;
	while (asn1_more(&list)) {
		struct certificate_extension *extension =
		    &certificate->extensions[certificate->n_extensions++];

		*extension = read_extension(&list);
		if (asn1_ok(tbs->document))
			read_known_extension(&list, extension, certificate);
	}
	if (asn1_is_strict(tbs))
		refuse_repeated(&list, certificate);
	return true;
}

static bool algorithm_equal(struct algorithm a, struct algorithm b)
{
	return bytes_equal(a.oid, b.oid) && bytes_equal(a.parameters, b.parameters);
}

static bool read_tbs(struct arena *arena, struct asn1 *outer,
		     struct certificate *certificate)
{
	struct asn1_element whole = asn1_take(outer, ASN1_SEQUENCE);
	struct asn1 tbs = asn1_inside(outer, whole.content);

	certificate->tbs = whole.whole;
	certificate->version = read_version(&tbs);
	certificate->serial = read_serial(&tbs);
	certificate->signed_algorithm = algorithm_read(&tbs);
	certificate->issuer = name_read(&tbs);
	read_validity(&tbs, certificate);
	certificate->subject = name_read(&tbs);
	read_public_key(&tbs, certificate);
	skip_unique_ids(&tbs, certificate);
	if (!read_extensions(arena, &tbs, certificate))
		return false;
	asn1_end(&tbs);
	if (asn1_is_strict(&tbs) && certificate->issuer.n <= 2)
		asn1_refuse(&tbs, "RFC 5280 4.1.2.4", "the issuer has no name");
	return true;
}

enum rq_err certificate_read(struct arena *arena, enum asn1_rules rules,
			     struct bytes der,
			     const struct certificate **certificate_out,
			     struct asn1_refusal *refusal_out)
{
	struct certificate *certificate = arena_make(arena, struct certificate);
	struct asn1_document document;
	struct asn1 outermost = asn1_open(&document, rules, der);
	struct asn1_element whole = asn1_take(&outermost, ASN1_SEQUENCE);
	struct asn1 outer = asn1_inside(&outermost, whole.content);
	unsigned n_unused;

	*certificate_out = NULL;
	*refusal_out = (struct asn1_refusal){0};
	if (certificate == NULL || !read_tbs(arena, &outer, certificate))
		return RQ_ERR_MEMORY;
	certificate->whole = whole.whole;
	certificate->signature_algorithm = algorithm_read(&outer);
	if (rules == ASN1_DER && !algorithm_equal(certificate->signed_algorithm,
						  certificate->signature_algorithm))
		asn1_refuse(&outer, "RFC 5280 4.1.1.2",
			    "two different signature algorithms");
	certificate->signature = asn1_bits(&outer, &n_unused);
	if (rules == ASN1_DER && n_unused != 0)
		asn1_refuse(&outer, "RFC 5280 4.1.1.3", "a signature of broken bytes");
	asn1_end(&outer);
	asn1_end(&outermost);
	*refusal_out = document.refusal;
	if (asn1_ok(&document))
		*certificate_out = certificate;
	return RQ_OK;
}
