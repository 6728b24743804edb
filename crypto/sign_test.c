#include "bytes/test.h"

#include "crypto/sign.h"

#include <string.h>

/* RFC 8032, 7.1. */
static const struct {
	const char *name, *secret, *public_key, *message, *signature;
} cases[] = {
    {"test 1: nothing",
     "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc"
     "61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"test 2: one byte",
     "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e4"
     "58f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"test 3: two bytes",
     "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290a"
     "e67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static bool verifies(const uint8_t *public_key, struct bytes message,
		     const uint8_t *signature)
{
	bool is_good;

	assert_int_equal(sign_verifies(public_key, message, signature, &is_good),
			 RQ_OK);
	return is_good;
}

static void published_answers_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t secret[32], wanted_public[32], message[4], wanted[64];
		uint8_t public_key[32], signature[64];
		struct bytes text = {message, test_hex(cases[i].message, message)};

		test_hex(cases[i].secret, secret);
		test_hex(cases[i].public_key, wanted_public);
		test_hex(cases[i].signature, wanted);
		assert_int_equal(sign_public(secret, public_key), RQ_OK);
		assert_memory_equal(public_key, wanted_public, 32);
		assert_int_equal(sign_message(secret, text, signature), RQ_OK);
		assert_memory_equal(signature, wanted, 64);
		assert_true(verifies(public_key, text, signature));
	}
}

static void any_bit_of_signature_or_key_counts(void **state)
{
	uint8_t secret[32] = {7}, public_key[32], signature[64];
	struct bytes text = BYTES_LITERAL("what was found");

	(void)state;
	assert_int_equal(sign_public(secret, public_key), RQ_OK);
	assert_int_equal(sign_message(secret, text, signature), RQ_OK);
	for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(verifies(public_key, text, signature));
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof public_key; bit++) {
		public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(verifies(public_key, text, signature));
		public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_false(verifies(public_key, BYTES_LITERAL("what was found "), signature));
	assert_false(verifies(public_key, (struct bytes){NULL, 0}, signature));
	assert_true(verifies(public_key, text, signature));
}

TEST_MAIN(cmocka_unit_test(published_answers_hold),
	  cmocka_unit_test(any_bit_of_signature_or_key_counts))
