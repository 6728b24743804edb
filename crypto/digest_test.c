#include "bytes/test.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"

#include <string.h>

/* Known answers: RFC 1321 A.5, and the examples of FIPS 180-4. */
static const struct {
	enum digest_kind kind;
	const char *text;
	const char *hex;
} cases[] = {
    {DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DIGEST_SHA256, "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {DIGEST_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void assert_hex(const uint8_t *digest, size_t n, const char *hex)
{
	char text[2 * DIGEST_MAX_SIZE + 1] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void published_answers_hold(void **state)
{
	uint8_t out[DIGEST_MAX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(digest_of(cases[i].kind, bytes_of(cases[i].text), out),
				 RQ_OK);
		assert_hex(out, digest_size(cases[i].kind), cases[i].hex);
	}
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
	uint8_t out[DIGEST_MAX_SIZE];
	struct digest *digest;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text;

		assert_int_equal(digest_new(cases[i].kind, &digest), RQ_OK);
		for (size_t at = 0; at < strlen(text); at++)
			assert_int_equal(
			    digest_add(digest,
				       (struct bytes){(const uint8_t *)text + at, 1}),
			    RQ_OK);
		assert_int_equal(digest_add(digest, (struct bytes){NULL, 0}), RQ_OK);
		assert_int_equal(digest_finish(digest, out), RQ_OK);
		assert_hex(out, digest_size(cases[i].kind), cases[i].hex);
		digest_free(digest);
	}
	digest_free(NULL);
}

static void a_failed_allocation_leaves_no_digest(void **state)
{
	struct digest *digest = (struct digest *)state;

	alloc_fail_from(1);
	assert_int_equal(digest_new(DIGEST_MD5, &digest), RQ_ERR_MEMORY);
	alloc_fail_from(0);
	assert_null(digest);
}

TEST_MAIN(cmocka_unit_test(published_answers_hold),
	  cmocka_unit_test(pieces_give_the_digest_of_the_whole),
	  cmocka_unit_test(a_failed_allocation_leaves_no_digest))
