#include "bytes/test.h"

#include "cms/certificate.h"
#include "cms/signed_data.h"
#include "crypto/key.h"

#include <stdlib.h>
#include <string.h>

/*
 * Each attack is a good document with one or two runs of bytes overwritten.  The good
 * ones: certificate.der, an ECDSA leaf; signed_data.der, CMS over "hello" with that
 * leaf inside; time_stamp.der, an RFC 3161 token.  All names in them are invented.
 */
struct file_bytes {
	uint8_t at[4096];
	size_t n;
};

static struct file_bytes load(const char *path)
{
	struct file_bytes file = {.n = 0};
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	file.n = fread(file.at, 1, sizeof file.at, f);
	fclose(f);
	assert_true(file.n > 0);
	return file;
}

struct attack {
	const char *name;
	size_t off;
	const char *hex;
	size_t off2; /* 0: no second run */
	const char *hex2;
	const char *clause;
	bool tolerated;
};

static const struct attack on_certificate[] = {
    {"default version encoded", 12, "00", 0, NULL, "X.690 11.5", true},
    {"version 4", 12, "03", 0, NULL, "RFC 5280 4.1.2.1", true},
    {"extensions in version 2", 12, "01", 0, NULL, "RFC 5280 4.1.2.9", true},
    {"negative serial number", 15, "92", 0, NULL, "RFC 5280 4.1.2.2", true},
    {"serial number padded", 15, "0000", 0, NULL, "X.690 8.3.2", false},
    {"signed with another algorithm than it says", 374, "03", 0, NULL,
     "RFC 5280 4.1.1.2", true},
    {"time without Z", 67, "7a", 0, NULL, "X.690 11.8", true},
    {"UTF-8 that is none in a name", 109, "ff", 0, NULL, "X.690 8.23", false},
    {"UTF-8 in more bytes than it needs", 109, "c1bf", 0, NULL, "X.690 8.23", false},
    {"octets as a name", 107, "04", 0, NULL, "RFC 5280 4.1.2.4", false},
    {"extension twice", 274, "70", 305, "70", "RFC 5280 4.2", true},
    {"default of critical encoded", 247, "00", 0, NULL, "X.690 11.5", true},
    {"critical as 1", 247, "01", 0, NULL, "X.690 11.1", true},
    {"key of no use", 266, "0700", 0, NULL, "RFC 5280 4.2.1.3", true},
    {"key identifier of another shape", 339, "31", 0, NULL, "X.690 8.1.2", true},
    {"unused bits in the signature", 377, "01", 0, NULL, "X.690 11.2.1", true},
    {"inner length reaches out", 6, "ffff", 0, NULL, "X.690 8.1.3", false},
    {"extension reaches out of its list", 239, "7f", 0, NULL, "X.690 8.1.3", false},
};

static const struct attack on_signed_data[] = {
    {"enveloped data", 14, "03", 0, NULL, CMS_NOT_SIGNED_DATA, false},
    {"version 2", 25, "02", 0, NULL, "RFC 5652 5.1", true},
    {"digest algorithm not announced", 40, "02", 0, NULL, "RFC 5652 5.3", true},
    {"signer of version 3 named by issuer", 524, "03", 0, NULL, "RFC 5652 5.3", true},
    {"content type changed after signing", 53, "02", 0, NULL, "RFC 5652 11.1", true},
    {"attribute twice", 606, "03", 0, NULL, "RFC 5652 5.3", true},
    {"message-digest missing", 636, "07", 0, NULL, "RFC 5652 5.3", true},
    {"countersignature among the signed attributes", 606, "06", 0, NULL,
     "RFC 5652 11.4", true},
    {"message-digest that is text", 639, "0c", 0, NULL, "RFC 5652 11.2", true},
    {"signer reaches out of the set", 521, "ff", 0, NULL, "X.690 8.1.3", false},
};

static bool reads_certificate(struct arena *arena, enum asn1_rules rules,
			      struct bytes der, struct asn1_refusal *refusal)
{
	const struct certificate *certificate;

	assert_int_equal(certificate_read(arena, rules, der, &certificate, refusal),
			 RQ_OK);
	assert_int_equal(certificate != NULL, refusal->clause == NULL);
	return certificate != NULL;
}

static bool reads_signed_data(struct arena *arena, enum asn1_rules rules,
			      struct bytes der, struct asn1_refusal *refusal)
{
	const struct cms_signed_data *data;

	assert_int_equal(cms_signed_data_read(arena, rules, der, &data, refusal),
			 RQ_OK);
	assert_int_equal(data != NULL, refusal->clause == NULL);
	return data != NULL;
}

static void check_attacks(const char *path, const struct attack *attacks, size_t n,
			  bool (*read)(struct arena *, enum asn1_rules, struct bytes,
				       struct asn1_refusal *))
{
	const struct file_bytes good = load(path);
	struct asn1_refusal refusal;
	struct arena *arena;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_true(read(arena, ASN1_DER, (struct bytes){good.at, good.n}, &refusal));
	for (size_t i = 0; i < n; i++) {
		struct file_bytes bad = good;

		test_hex(attacks[i].hex, &bad.at[attacks[i].off]);
		if (attacks[i].hex2 != NULL)
			test_hex(attacks[i].hex2, &bad.at[attacks[i].off2]);
		if (read(arena, ASN1_DER, (struct bytes){bad.at, bad.n}, &refusal))
			fail_msg("%s: accepted", attacks[i].name);
		if (strcmp(refusal.clause, attacks[i].clause) != 0)
			fail_msg("%s: %s, %s", attacks[i].name, refusal.clause,
				 refusal.what);
		if (read(arena, ASN1_TOLERANT, (struct bytes){bad.at, bad.n},
			 &refusal) != attacks[i].tolerated)
			fail_msg("%s: tolerance", attacks[i].name);
	}
	arena_free(arena);
}

static void attacks_on_a_certificate_are_refused(void **state)
{
	(void)state;
	check_attacks("cms/testdata/certificate.der", on_certificate,
		      sizeof on_certificate / sizeof *on_certificate,
		      reads_certificate);
}

static void attacks_on_signed_data_are_refused(void **state)
{
	(void)state;
	check_attacks("cms/testdata/signed_data.der", on_signed_data,
		      sizeof on_signed_data / sizeof *on_signed_data,
		      reads_signed_data);
}

static void every_cut_is_refused(void **state)
{
	const struct file_bytes certificate = load("cms/testdata/certificate.der");
	const struct file_bytes data = load("cms/testdata/signed_data.der");
	struct asn1_refusal refusal;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(16 << 20, &arena), RQ_OK);
	for (size_t n = 0; n < certificate.n; n++)
		assert_false(reads_certificate(
		    arena, ASN1_TOLERANT, (struct bytes){certificate.at, n}, &refusal));
	for (size_t n = 0; n < data.n; n++)
		assert_false(reads_signed_data(arena, ASN1_TOLERANT,
					       (struct bytes){data.at, n}, &refusal));
	/* and a byte behind the end, by the strict rules */
	assert_false(reads_certificate(
	    arena, ASN1_DER, (struct bytes){certificate.at, certificate.n + 1},
	    &refusal));
	assert_string_equal(refusal.clause, "X.690 8.1.1");
	arena_free(arena);
}

static void a_certificate_is_read(void **state)
{
	const struct file_bytes file = load("cms/testdata/certificate.der");
	const struct certificate *certificate;
	struct asn1_refusal refusal;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(certificate_read(arena, ASN1_DER,
					  (struct bytes){file.at, file.n}, &certificate,
					  &refusal),
			 RQ_OK);
	assert_int_equal(certificate->version, 2);
	assert_true(
	    bytes_equal(certificate->serial, BYTES_LITERAL("\x12\x34\x56\x78\x90")));
	assert_int_equal(certificate->not_before, 1795372392);
	assert_int_equal(certificate->n_extensions, 5);
	assert_true(certificate->extensions[0].critical);
	assert_int_equal(certificate->subject_key_id.n, 20);
	assert_int_equal(certificate->authority_key_id.n, 20);
	assert_true(
	    asn1_oid_is(certificate->signature_algorithm.oid, "1.2.840.10045.4.3.2"));
	assert_int_equal(key_kind_of_signature(certificate->signature_algorithm.oid),
			 KEY_EC);
	arena_free(arena);
}

/* From the bytes to a verified signature: content, attributes, key. */
static void a_signature_verifies_until_a_byte_changes(void **state)
{
	const struct file_bytes file = load("cms/testdata/signed_data.der");
	const struct cms_signed_data *data;
	const struct certificate *leaf;
	struct asn1_refusal refusal;
	uint8_t digest[DIGEST_MAX_SIZE];
	struct arena *arena;
	struct key *key;
	bool verified;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(cms_signed_data_read(arena, ASN1_DER,
					      (struct bytes){file.at, file.n}, &data,
					      &refusal),
			 RQ_OK);
	assert_true(bytes_equal_text(data->content.content, "hello"));
	assert_int_equal(data->n_certificates, 1);
	assert_int_equal(data->n_signers, 1);
	const struct cms_signer *signer = &data->signers[0];

	assert_int_equal(digest_of(DIGEST_SHA256, data->content.content, digest),
			 RQ_OK);
	assert_true(bytes_equal(
	    cms_value(cms_attribute(&signer->signed_attributes, CMS_OID_MESSAGE_DIGEST),
		      0)
		.content,
	    (struct bytes){digest, 32}));
	assert_int_equal(
	    certificate_read(arena, ASN1_DER, data->certificates[0], &leaf, &refusal),
	    RQ_OK);
	assert_int_equal(key_new(leaf->public_key_info, &key), RQ_OK);
	assert_int_equal(key_kind(key), KEY_EC);
	assert_int_equal(
	    cms_attributes_digest(&signer->signed_attributes, DIGEST_SHA256, digest),
	    RQ_OK);
	assert_int_equal(
	    key_verifies(key, DIGEST_SHA256, digest, signer->signature, &verified),
	    RQ_OK);
	assert_true(verified);
	digest[0] ^= 1;
	assert_int_equal(
	    key_verifies(key, DIGEST_SHA256, digest, signer->signature, &verified),
	    RQ_OK);
	assert_false(verified);
	key_free(key);
	arena_free(arena);
}

static void a_time_stamp_is_read(void **state)
{
	const struct file_bytes file = load("cms/testdata/time_stamp.der");
	const struct cms_signed_data *data;
	struct cms_time_stamp stamp;
	struct asn1_refusal refusal;
	uint8_t digest[DIGEST_MAX_SIZE];
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_int_equal(cms_signed_data_read(arena, ASN1_DER,
					      (struct bytes){file.at, file.n}, &data,
					      &refusal),
			 RQ_OK);
	assert_true(asn1_oid_is(data->content_type, CMS_OID_TIME_STAMP_INFO));
	assert_false(data->has_certificates);
	assert_true(
	    cms_time_stamp_read(ASN1_DER, data->content.content, &stamp, &refusal));
	assert_int_equal(digest_of(DIGEST_SHA256, BYTES_LITERAL("hello"), digest),
			 RQ_OK);
	assert_true(bytes_equal(stamp.imprint, (struct bytes){digest, 32}));
	assert_int_equal(stamp.version, 1);
	assert_null(stamp.nonce.at);
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(attacks_on_a_certificate_are_refused),
	  cmocka_unit_test(attacks_on_signed_data_are_refused),
	  cmocka_unit_test(every_cut_is_refused),
	  cmocka_unit_test(a_certificate_is_read),
	  cmocka_unit_test(a_signature_verifies_until_a_byte_changes),
	  cmocka_unit_test(a_time_stamp_is_read))
