#include "bytes/test.h"

#include "crypto/digest.h"

#include <string.h>

/* Digests of "abc", as published (RFC 1321, FIPS 180-4). */
static const struct {
	const char *name;
	enum digest_kind kind;
	const char *hex;
} cases[] = {
    {"md5", DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72"},
    {"sha1", DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"sha256", DIGEST_SHA256,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha384", DIGEST_SHA384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {"sha512", DIGEST_SHA512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void assert_hex(const uint8_t *digest, enum digest_kind kind, const char *hex)
{
	char text[2 * DIGEST_MAX_SIZE + 1] = "";

	for (size_t i = 0; i < digest_size(kind); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void whole_and_in_pieces_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[DIGEST_MAX_SIZE];
		struct digest *running;

		assert_int_equal(digest_of(cases[i].kind, bytes_of("abc"), out), RQ_OK);
		assert_hex(out, cases[i].kind, cases[i].hex);

		memset(out, 0, sizeof out);
		assert_int_equal(digest_new(cases[i].kind, &running), RQ_OK);
		assert_int_equal(digest_add(running, bytes_of("a")), RQ_OK);
		assert_int_equal(digest_add(running, bytes_of("")), RQ_OK);
		assert_int_equal(digest_add(running, bytes_of("bc")), RQ_OK);
		assert_int_equal(digest_finish(running, out), RQ_OK);
		assert_hex(out, cases[i].kind, cases[i].hex);
		digest_free(running);
	}
}

TEST_MAIN(cmocka_unit_test(whole_and_in_pieces_agree))
