#include "bytes/test.h"

#include "asn1/asn1.h"
#include "bytes/cut.h"

#include <string.h>

struct text_bytes {
	uint8_t at[256];
	size_t n;
};

static struct text_bytes hex(const char *text)
{
	struct text_bytes out;

	out.n = test_hex(text, out.at);
	return out;
}

enum shape {
	ANY,
	BOOLEAN,
	INTEGER,
	NUMBER,
	BITS,
	NOTHING,
	OID,
	TIME,
	SET_OF,
	SEQUENCE
};

static void read_shape(struct asn1 *r, enum shape shape)
{
	struct asn1 inside;
	unsigned n_unused;

	switch (shape) {
	case ANY: (void)asn1_any(r); break;
	case BOOLEAN: (void)asn1_boolean(r); break;
	case INTEGER: (void)asn1_integer(r); break;
	case NUMBER: (void)asn1_number(r, 300); break;
	case BITS: (void)asn1_bits(r, &n_unused); break;
	case NOTHING: asn1_null(r); break;
	case OID: (void)asn1_oid(r); break;
	case TIME: (void)asn1_time(r); break;
	case SET_OF: asn1_check_set_of(r, asn1_take(r, ASN1_SET).content); break;
	case SEQUENCE:
		inside = asn1_enter(r, ASN1_SEQUENCE);
		while (asn1_more(&inside))
			(void)asn1_any(&inside);
		break;
	}
	asn1_end(r);
}

static const struct {
	const char *attack;
	enum shape shape;
	const char *hex;
	const char *clause; /* of the strict refusal; NULL: accepted */
	bool tolerated;
} cases[] = {
    {"a sequence of two integers", SEQUENCE, "30 06 02 01 05 02 01 06", NULL, true},
    {"nothing at all", ANY, "", "X.690 8.1.1", false},
    {"identifier without length", ANY, "30", "X.690 8.1.3", false},
    {"content cut", ANY, "04 05 01 02", "X.690 8.1.3", false},
    {"child reaches out of its parent", SEQUENCE, "30 03 04 02 00 00", "X.690 8.1.3",
     false},
    {"indefinite length", ANY, "30 80 00 00", "X.690 10.1", false},
    {"length in the long form below 128", ANY, "04 81 01 00", "X.690 10.1", false},
    {"length padded with a zero", ANY, "04 82 00 80", "X.690 10.1", false},
    {"length of five bytes", ANY, "04 85 01 00 00 00 00", "X.690 8.1.3.5", false},
    {"length that wraps around", ANY, "04 84 ff ff ff ff", "X.690 8.1.3", false},
    {"tag number padded", ANY, "1f 80 1f 00", "X.690 8.1.2.4.2", false},
    {"tag number without end", ANY, "1f ff ff ff ff ff ff 00", "X.690 8.1.2.4", false},
    {"small tag number in the long form", ANY, "1f 1e 00", "X.690 8.1.2.4", false},
    {"large tag number", ANY, "1f 1f 00", NULL, true},
    {"bytes after the value", INTEGER, "02 01 05 00", "X.690 8.1.1", true},
    {"another type", INTEGER, "04 01 05", "X.690 8.1.2", false},
    {"true", BOOLEAN, "01 01 ff", NULL, true},
    {"true as 1", BOOLEAN, "01 01 01", "X.690 11.1", true},
    {"boolean of two bytes", BOOLEAN, "01 02 ff ff", "X.690 8.2.1", false},
    {"integer without a byte", INTEGER, "02 00", "X.690 8.3.1", false},
    {"integer padded with 00", INTEGER, "02 02 00 7f", "X.690 8.3.2", false},
    {"integer padded with ff", INTEGER, "02 02 ff 80", "X.690 8.3.2", false},
    {"integer 128", INTEGER, "02 02 00 80", NULL, true},
    {"number at its limit", NUMBER, "02 02 01 2c", NULL, true},
    {"number beyond its limit", NUMBER, "02 02 01 2d", "X.690 8.3.3", false},
    {"negative number", NUMBER, "02 01 ff", "X.690 8.3.3", false},
    {"number of nine bytes", NUMBER, "02 09 01 00 00 00 00 00 00 00 00", "X.690 8.3.3",
     false},
    {"bits without the count", BITS, "03 00", "X.690 8.6.2", false},
    {"eight unused bits", BITS, "03 02 08 00", "X.690 8.6.2", false},
    {"unused bits of nothing", BITS, "03 01 01", "X.690 8.6.2", false},
    {"unused bits that are set", BITS, "03 02 04 0f", "X.690 11.2.1", true},
    {"null with content", NOTHING, "05 01 00", "X.690 8.8.2", false},
    {"oid without an arc", OID, "06 00", "X.690 8.19.2", false},
    {"oid with a padded arc", OID, "06 03 2a 80 01", "X.690 8.19.2", false},
    {"oid that ends inside an arc", OID, "06 02 2a 86", "X.690 8.19.2", false},
    {"set in order, one value twice", SET_OF, "31 09 02 01 01 02 01 02 02 01 02", NULL,
     true},
    {"set out of order", SET_OF, "31 06 02 01 02 02 01 01", "X.690 11.6", true},
    {"utc time", TIME, "17 0d 32 30 30 31 30 31 30 30 30 30 30 30 5a", NULL, true},
    {"utc time without seconds", TIME, "17 0b 32 30 30 31 30 31 30 30 30 30 5a",
     "X.690 11.8", true},
    {"utc time in month 13", TIME, "17 0d 32 30 31 33 30 31 30 30 30 30 30 30 5a",
     "X.690 11.8", true},
};

static void each_case_has_its_clause(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text_bytes in = hex(cases[i].hex);
		struct asn1_document strict, tolerant;
		struct asn1 r =
		    asn1_open(&strict, ASN1_DER, (struct bytes){in.at, in.n});

		read_shape(&r, cases[i].shape);
		if (cases[i].clause == NULL
			? !asn1_ok(&strict)
			: strict.refusal.clause == NULL ||
			      strcmp(strict.refusal.clause, cases[i].clause) != 0)
			fail_msg("%s: refused by %s", cases[i].attack,
				 asn1_ok(&strict) ? "nothing" : strict.refusal.clause);
		r = asn1_open(&tolerant, ASN1_TOLERANT, (struct bytes){in.at, in.n});
		read_shape(&r, cases[i].shape);
		if (asn1_ok(&tolerant) != cases[i].tolerated)
			fail_msg("%s: tolerance", cases[i].attack);
	}
}

static void nesting_is_capped(void **state)
{
	uint8_t bomb[120];
	struct asn1_document document;
	const uint64_t n_cuts = cut_count(CUT_OURS);

	(void)state;
	/* Each holds the rest. */
	for (unsigned i = 0; i < sizeof bomb; i += 2) {
		bomb[i] = ASN1_SEQUENCE;
		bomb[i + 1] = (uint8_t)(sizeof bomb - 2 - i);
	}
	struct asn1 r =
	    asn1_open(&document, ASN1_DER, (struct bytes){bomb, sizeof bomb});

	for (unsigned i = 0; i < 60; i++)
		r = asn1_enter(&r, ASN1_SEQUENCE);
	assert_string_equal(document.refusal.what,
			    "values are nested deeper than we read");
	/* which is no fault of theirs, and is told once */
	assert_int_equal(cut_count(CUT_OURS), n_cuts + 1);
}

static void a_refusal_says_where(void **state)
{
	struct text_bytes in = hex("30 07 02 01 05 02 02 00 7f");
	struct asn1_document document;
	struct asn1 r = asn1_open(&document, ASN1_DER, (struct bytes){in.at, in.n});
	struct asn1 inside = asn1_enter(&r, ASN1_SEQUENCE);

	(void)state;
	(void)asn1_integer(&inside);
	(void)asn1_take(&inside, ASN1_OCTET_STRING);
	assert_int_equal(document.refusal.offset, 5);
	assert_string_equal(document.refusal.clause, "X.690 8.1.2");
	assert_false(asn1_more(&r));
	assert_int_equal(asn1_any(&r).identifier, 0);
}

static const struct {
	uint8_t identifier;
	const char *text;
	int64_t strict, tolerant; /* ASN1_NO_TIME: none */
} times[] = {
    {ASN1_UTC_TIME, "700101000000Z", 0, 0},
    {ASN1_UTC_TIME, "491231235959Z", 2524607999, 2524607999},
    {ASN1_UTC_TIME, "500101000000Z", -631152000, -631152000},
    {ASN1_GENERALIZED_TIME, "20240229120000Z", 1709208000, 1709208000},
    {ASN1_GENERALIZED_TIME, "20230229120000Z", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_GENERALIZED_TIME, "19000229120000Z", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_GENERALIZED_TIME, "20240229120000.5Z", 1709208000, 1709208000},
    {ASN1_GENERALIZED_TIME, "20240229120000.50Z", ASN1_NO_TIME, 1709208000},
    {ASN1_GENERALIZED_TIME, "20240229120000.Z", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_GENERALIZED_TIME, "20240229190000+0700", ASN1_NO_TIME, 1709208000},
    {ASN1_GENERALIZED_TIME, "202402291200Z", ASN1_NO_TIME, 1709208000},
    {ASN1_GENERALIZED_TIME, "20240229120000", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_GENERALIZED_TIME, "20240229120000Z0", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_UTC_TIME, "", ASN1_NO_TIME, ASN1_NO_TIME},
    {ASN1_OCTET_STRING, "700101000000Z", ASN1_NO_TIME, ASN1_NO_TIME},
};

static void times_are_seconds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct bytes text = bytes_of(times[i].text);
		int64_t seconds;

		assert_int_equal(
		    asn1_time_of(ASN1_DER, times[i].identifier, text, &seconds),
		    times[i].strict != ASN1_NO_TIME);
		assert_int_equal(seconds, times[i].strict);
		(void)asn1_time_of(ASN1_TOLERANT, times[i].identifier, text, &seconds);
		assert_int_equal(seconds, times[i].tolerant);
	}
}

static const struct {
	const char *hex, *dotted;
} oids[] = {
    {"2a 86 48 86 f7 0d 01 07 02", "1.2.840.113549.1.7.2"},
    {"2b 06 01 04 01 82 37 02 04 01", "1.3.6.1.4.1.311.2.4.1"},
    {"55 04 03", "2.5.4.3"},
    {"88 37", "2.999"},
    {"27", "0.39"},
    {"78", "2.40"},
    {"2a bf ff ff ff ff ff ff ff ff 7f", "1.2.590295810358705651711"},
};

static void object_identifiers_are_dotted(void **state)
{
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 16, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		struct text_bytes in = hex(oids[i].hex);
		struct bytes content = {in.at, in.n};

		assert_string_equal(asn1_oid_text(arena, content), oids[i].dotted);
		if (i < 6)
			assert_true(asn1_oid_is(content, oids[i].dotted));
		assert_false(asn1_oid_is(content, "2.5.4"));
		assert_false(asn1_oid_is(content, "2.5.4.3.1"));
	}
	arena_free(arena);
}

static const struct {
	const char *name, *ber, *der; /* der NULL: no BER */
} transcoded[] = {
    {"DER stays", "30 03 02 01 05", "30 03 02 01 05"},
    {"bytes after the value are dropped", "30 03 02 01 05 00 00", "30 03 02 01 05"},
    {"indefinite length", "30 80 02 01 05 00 00", "30 03 02 01 05"},
    {"indefinite inside indefinite", "30 80 30 80 02 01 05 00 00 00 00",
     "30 05 30 03 02 01 05"},
    {"long form of the length", "30 81 03 02 01 05", "30 03 02 01 05"},
    {"string in segments", "24 80 04 02 61 62 04 01 63 00 00", "04 03 61 62 63"},
    {"string in segments of segments", "24 80 24 80 04 01 61 00 00 04 01 62 00 00",
     "04 02 61 62"},
    {"end-of-contents is missing", "30 80 02 01 05", NULL},
    {"primitive of indefinite length", "04 80 00 00", NULL},
    {"child reaches out of its parent", "30 81 03 02 05 05", NULL},
};

static void ber_becomes_der(void **state)
{
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 16, &arena), RQ_OK);
	for (size_t i = 0; i < sizeof transcoded / sizeof *transcoded; i++) {
		struct text_bytes in = hex(transcoded[i].ber);
		struct text_bytes out =
		    hex(transcoded[i].der == NULL ? "" : transcoded[i].der);
		struct bytes der;

		assert_int_equal(
		    asn1_der_of_ber(arena, (struct bytes){in.at, in.n}, &der), RQ_OK);
		if (!bytes_equal(der, (struct bytes){out.at, out.n}))
			fail_msg("%s", transcoded[i].name);
	}
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(each_case_has_its_clause),
	  cmocka_unit_test(nesting_is_capped), cmocka_unit_test(a_refusal_says_where),
	  cmocka_unit_test(times_are_seconds),
	  cmocka_unit_test(object_identifiers_are_dotted),
	  cmocka_unit_test(ber_becomes_der))
