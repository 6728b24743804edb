#include "bytes/test.h"

#include "engine/module/pe_signatures.h"

#include <stdlib.h>
#include <string.h>

/*
 * signed_twice.exe: an image of 1,024 bytes, signed with SHA-256 (program name, chain of
 * two, RFC 3161 time-stamp), and inside that with SHA-384 without a chain.  Its
 * certificates and names are invented.  What the values must be was recorded from
 * libyara 4.5.8.
 */
enum { TABLE = 0x400, DIRECTORY = 0x40 + 24 + 112 + 4 * 8 };

struct fixture {
	uint8_t *file;
	size_t n;
	struct pe_image image;
	struct arena *arena;
	struct pe_signatures *signatures;
};

static void load(struct fixture *f)
{
	FILE *in = fopen("engine/module/testdata/signed_twice.exe", "rb");

	assert_non_null(in);
	*f = (struct fixture){.file = malloc(8192)};
	f->n = fread(f->file, 1, 8192, in);
	fclose(in);
	assert_int_equal(f->n, 4560);
	assert_int_equal(arena_new(16 << 20, &f->arena), RQ_OK);
}

static void open_signatures(struct fixture *f)
{
	struct pe_directory where;

	assert_true(pe_open((struct bytes){f->file, f->n}, &f->image));
	where = f->image.directories[PE_DIRECTORY_SECURITY];
	if (where.rva > f->n || where.size > f->n || where.rva + where.size > f->n)
		where = (struct pe_directory){0};
	assert_int_equal(pe_signatures_open(f->arena, f->image.file, where.rva,
					    where.size, &f->image, 1800000000,
					    &f->signatures),
			 RQ_OK);
}

static void close_signatures(struct fixture *f)
{
	arena_free(f->arena);
	free(f->file);
}

static struct value get(struct fixture *f, unsigned id, int64_t i, int64_t j, int64_t k)
{
	const struct value keys[] = {value_int(i), value_int(j), value_int(k)};
	struct value value;

	pe_signatures_get(f->signatures, (uint16_t)id, keys, &value);
	return value;
}

static void assert_text(struct value value, const char *text)
{
	assert_int_equal(value.type, VALUE_TEXT);
	if (!bytes_equal_text(value.text, text))
		fail_msg("%.*s", (int)value.text.n, (const char *)value.text.at);
}

static void assert_integer(struct value value, int64_t integer)
{
	assert_int_equal(value.type, VALUE_INT);
	assert_int_equal(value.integer, integer);
}

static void values_are_those_of_libyara(void **state)
{
	const struct value first[] = {value_int(0), value_int(0)};
	struct fixture f;
	struct value value;

	(void)state;
	load(&f);
	open_signatures(&f);
	assert_integer(get(&f, PE_IS_SIGNED, 0, 0, 0), 1);
	assert_integer(get(&f, PE_NUMBER_OF_SIGNATURES, 0, 0, 0), 2);
	assert_int_equal(pe_signatures_count(f.signatures, PE_SIGNATURES, NULL), 2);
	assert_integer(get(&f, PE_SIGNATURE_VERIFIED, 0, 0, 0), 1);
	assert_integer(get(&f, PE_SIGNATURE_VERIFIED, 1, 0, 0), 1);
	assert_text(get(&f, PE_SIGNATURE_DIGEST_ALG, 0, 0, 0), "sha256");
	assert_text(get(&f, PE_SIGNATURE_DIGEST_ALG, 1, 0, 0), "sha384");
	assert_true(bytes_equal(get(&f, PE_SIGNATURE_DIGEST, 1, 0, 0).text,
				get(&f, PE_SIGNATURE_FILE_DIGEST, 1, 0, 0).text));
	assert_text(
	    get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_SUBJECT, 0, 0, 0),
	    "/C=VN/O=To chuc thu/CN=Nguoi ky thu");
	assert_text(get(&f, PE_CERTIFICATE_OF_SIGNER + PE_CERTIFICATE_SUBJECT, 0, 1, 0),
		    "/CN=Thu CA");
	assert_text(
	    get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_SERIAL, 0, 0, 0),
	    "12:34:56:78:90");
	assert_text(
	    get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_ALGORITHM, 0, 0, 0),
	    "ecdsa-with-SHA256");
	assert_text(get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_ALGORITHM_OID,
			0, 0, 0),
		    "1.2.840.10045.4.3.2");
	assert_integer(
	    get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_VERSION, 0, 0, 0), 3);
	assert_integer(get(&f, PE_SIGNER_LENGTH_OF_CHAIN, 0, 0, 0), 2);
	assert_integer(get(&f, PE_SIGNER_LENGTH_OF_CHAIN, 1, 0, 0), 1);
	assert_integer(get(&f, PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES, 0, 0, 0), 1);
	assert_integer(get(&f, PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES, 1, 0, 0), 0);
	assert_integer(get(&f, PE_COUNTER_VERIFIED, 0, 0, 0), 1);
	assert_text(
	    get(&f, PE_CERTIFICATE_OF_COUNTER + PE_CERTIFICATE_SUBJECT, 0, 0, 0),
	    "/CN=Thu TSA");
	value =
	    get(&f, PE_CERTIFICATE_OF_SIGNATURE + PE_CERTIFICATE_NOT_BEFORE, 0, 0, 0);
	const struct value on[] = {value_int(0), value};
	const struct value before[] = {value_int(0), value_int(value.integer - 1)};

	pe_signatures_call(f.signatures, PE_SIGNATURE_VALID_ON, on, &value);
	assert_integer(value, 1);
	pe_signatures_call(f.signatures, PE_SIGNATURE_VALID_ON, before, &value);
	assert_integer(value, 0);
	assert_int_equal(
	    pe_signatures_count(f.signatures, PE_SIGNATURE_CERTIFICATES, first),
	    get(&f, PE_SIGNATURE_NUMBER_OF_CERTIFICATES, 0, 0, 0).integer);
	close_signatures(&f);
}

static void keys_outside_give_nothing(void **state)
{
	static const int64_t outside[] = {-1, 2, INT64_MAX, INT64_MIN};
	struct fixture f;

	(void)state;
	load(&f);
	open_signatures(&f);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		for (unsigned id = PE_SIGNATURE_VERIFIED; id < PE_SIGNATURE_FIELDS_END;
		     id++)
			assert_int_equal(get(&f, id, outside[i], 0, 0).type,
					 VALUE_UNDEFINED);
		assert_int_equal(
		    get(&f, PE_CERTIFICATE_OF_COUNTER, 0, 0, outside[i]).type,
		    VALUE_UNDEFINED);
		assert_int_equal(get(&f, PE_COUNTER_VERIFIED, 0, outside[i], 0).type,
				 VALUE_UNDEFINED);
	}
	close_signatures(&f);
}

/* One run of bytes overwritten, or the file cut; what is then left. */
static const struct {
	const char *attack;
	size_t off;
	const char *hex;
	size_t cut; /* bytes of the file that stay; 0: all */
	int64_t n_signatures, is_signed;
} attacks[] = {
    {"no change", 0, "", 0, 2, 1},
    {"a byte of the program", 0x200, "90", 0, 2, 0},
    {"a byte of the headers", 0x48, "01", 0, 2, 0},
    {"the checksum, which is not signed", 0x40 + 24 + 64, "11223344", 0, 2, 1},
    {"file cut inside the table", 0, "", 4000, 0, 0},
    {"entry longer than the file", TABLE, "ffffffff", 0, 0, 0},
    {"entry of its header alone", TABLE, "08000000", 0, 0, 0},
    {"entry shorter than its header", TABLE, "07000000", 0, 0, 0},
    {"entry cut short", TABLE, "00010000", 0, 0, 0},
    {"another revision and type, which nobody looks at", TABLE + 4, "77777777", 0, 2,
     1},
    {"directory without size", DIRECTORY + 4, "00000000", 0, 0, 0},
    {"directory beyond the file", DIRECTORY, "00f0ffff", 0, 0, 0},
    {"directory that wraps around", DIRECTORY, "fffffffffffffff0", 0, 0, 0},
    {"directory into the headers", DIRECTORY, "40000000", 0, 0, 0},
    {"garbage for a signature", TABLE + 8, "deadbeefdeadbeef", 0, 0, 0},
    /* hidden, as it would be otherwise, but what is nested in it stays */
    {"signer without a certificate", TABLE + 8 + 1029 + 2, "1234567891", 0, 1, 1},
    {"enveloped data", TABLE + 8 + 14, "03", 0, 0, 0},
};

static void attacks_lose_the_signature_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
		struct fixture f;

		load(&f);
		test_hex(attacks[i].hex, &f.file[attacks[i].off]);
		if (attacks[i].cut != 0)
			f.n = attacks[i].cut;
		open_signatures(&f);
		if (get(&f, PE_NUMBER_OF_SIGNATURES, 0, 0, 0).integer !=
			attacks[i].n_signatures ||
		    get(&f, PE_IS_SIGNED, 0, 0, 0).integer != attacks[i].is_signed)
			fail_msg("%s: %d, %d", attacks[i].attack,
				 (int)get(&f, PE_NUMBER_OF_SIGNATURES, 0, 0, 0).integer,
				 (int)get(&f, PE_IS_SIGNED, 0, 0, 0).integer);
		close_signatures(&f);
	}
}

/* The later complaint takes the place of the earlier one, which would have hidden it. */
static void another_file_shows_what_has_no_signer(void **state)
{
	struct fixture f;

	(void)state;
	load(&f);
	f.file[TABLE + 8 + 1029 + 2] ^= 1;
	f.file[0x200] ^= 1;
	open_signatures(&f);
	assert_integer(get(&f, PE_NUMBER_OF_SIGNATURES, 0, 0, 0), 2);
	assert_integer(get(&f, PE_SIGNATURE_VERIFIED, 0, 0, 0), 0);
	assert_text(get(&f, PE_SIGNATURE_DIGEST_ALG, 0, 0, 0), "sha256");
	assert_int_equal(get(&f, PE_SIGNER_DIGEST, 0, 0, 0).type, VALUE_UNDEFINED);
	close_signatures(&f);
}

TEST_MAIN(cmocka_unit_test(values_are_those_of_libyara),
	  cmocka_unit_test(keys_outside_give_nothing),
	  cmocka_unit_test(attacks_lose_the_signature_and_nothing_else),
	  cmocka_unit_test(another_file_shows_what_has_no_signer))
