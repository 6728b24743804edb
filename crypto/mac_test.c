#include "bytes/test.h"

#include "crypto/mac.h"
#include "crypto/secret.h"

#include <string.h>

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static const struct {
	const char *name;
	uint8_t key_byte;
	size_t n_key;
	const char *key, *text, *hex;
} cases[] = {
    {"case 1", 0x0b, 20, NULL, "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"case 2", 0, 4, "Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"case 6", 0xaa, 131, NULL,
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

static void mac_of(struct bytes key, struct bytes a, struct bytes b, uint8_t *out)
{
	struct mac *mac;

	assert_int_equal(mac_new(key, &mac), RQ_OK);
	assert_int_equal(mac_add(mac, a), RQ_OK);
	assert_int_equal(mac_add(mac, b), RQ_OK);
	assert_int_equal(mac_finish(mac, out), RQ_OK);
	mac_free(mac);
}

static void published_answers_hold_for_any_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes text = bytes_of(cases[i].text);
		struct bytes key = {(const uint8_t *)cases[i].key, cases[i].n_key};
		uint8_t repeated[131], out[MAC_SIZE];

		memset(repeated, cases[i].key_byte, sizeof repeated);
		if (key.at == NULL)
			key.at = repeated;
		for (size_t cut = 0; cut <= text.n; cut++) {
			char hex[2 * MAC_SIZE + 1];

			mac_of(key, (struct bytes){text.at, cut},
			       (struct bytes){text.at + cut, text.n - cut}, out);
			for (size_t k = 0; k < sizeof out; k++)
				snprintf(hex + 2 * k, 3, "%02x", out[k]);
			assert_string_equal(hex, cases[i].hex);
		}
	}
}

/* RFC 8439, 2.5.2. */
static void a_key_for_one_text_gives_the_published_answer(void **state)
{
	static const uint8_t key[MAC_ONCE_KEY] = {
	    0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52,
	    0xfe, 0x42, 0xd5, 0x06, 0xa8, 0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d,
	    0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b};
	static const uint8_t wanted[MAC_ONCE_SIZE] = {
	    0xa8, 0x06, 0x1d, 0xc1, 0x30, 0x51, 0x36, 0xc6,
	    0xc2, 0x2b, 0x8b, 0xaf, 0x0c, 0x01, 0x27, 0xa9};
	struct bytes text = BYTES_LITERAL("Cryptographic Forum Research Group");

	(void)state;
	for (size_t cut = 0; cut <= text.n; cut++) {
		uint8_t out[MAC_ONCE_SIZE];
		struct mac *mac;

		assert_int_equal(mac_once_new(key, &mac), RQ_OK);
		assert_int_equal(mac_add(mac, (struct bytes){text.at, cut}), RQ_OK);
		assert_int_equal(
		    mac_add(mac, (struct bytes){text.at + cut, text.n - cut}), RQ_OK);
		assert_int_equal(mac_finish(mac, out), RQ_OK);
		mac_free(mac);
		assert_memory_equal(out, wanted, sizeof out);
	}
}

static void secrets_differ_compare_and_vanish(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0}, zeros[32] = {0};

	(void)state;
	assert_int_equal(secret_fill(a, sizeof a), RQ_OK);
	assert_int_equal(secret_fill(b, sizeof b), RQ_OK);
	assert_false(secret_equal(a, b, sizeof a));
	memcpy(b, a, sizeof b);
	assert_true(secret_equal(a, b, sizeof a));
	b[31] ^= 1;
	assert_false(secret_equal(a, b, sizeof a));
	secret_wipe(a, sizeof a);
	assert_true(secret_equal(a, zeros, sizeof a));
}

TEST_MAIN(cmocka_unit_test(published_answers_hold_for_any_pieces),
	  cmocka_unit_test(a_key_for_one_text_gives_the_published_answer),
	  cmocka_unit_test(secrets_differ_compare_and_vanish))
