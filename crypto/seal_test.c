#include "bytes/test.h"

#include "crypto/seal.h"

#include <string.h>

/* RFC 7748, 6.1. */
static void both_sides_agree_as_published(void **state)
{
	uint8_t alice[32], bob[32], alice_public[32], bob_public[32], wanted[32],
	    shared[32];
	bool agreed;

	(void)state;
	test_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
		 alice);
	test_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
		 bob);
	assert_int_equal(seal_public(alice, alice_public), RQ_OK);
	test_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		 wanted);
	assert_memory_equal(alice_public, wanted, 32);
	assert_int_equal(seal_public(bob, bob_public), RQ_OK);
	test_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
		 wanted);
	assert_memory_equal(bob_public, wanted, 32);
	test_hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
		 wanted);
	assert_int_equal(seal_agree(alice, bob_public, shared, &agreed), RQ_OK);
	assert_true(agreed);
	assert_memory_equal(shared, wanted, 32);
	assert_int_equal(seal_agree(bob, alice_public, shared, &agreed), RQ_OK);
	assert_true(agreed);
	assert_memory_equal(shared, wanted, 32);
}

static void a_public_key_of_small_order_is_refused(void **state)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		uint8_t secret[32] = {9}, point[32], shared[32];
		bool agreed = true;

		test_hex(points[i], point);
		assert_int_equal(seal_agree(secret, point, shared, &agreed), RQ_OK);
		assert_false(agreed);
	}
}

/* RFC 5869, appendix A, cases 1 and 3. */
static void keys_are_derived_as_published(void **state)
{
	uint8_t secret[22], salt[13], info[10], wanted[42], out[42];

	(void)state;
	memset(secret, 0x0b, sizeof secret);
	test_hex("000102030405060708090a0b0c", salt);
	test_hex("f0f1f2f3f4f5f6f7f8f9", info);
	test_hex(
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf3400720"
	    "8d5b887185865",
	    wanted);
	assert_int_equal(seal_derive((struct bytes){salt, sizeof salt},
				     (struct bytes){secret, sizeof secret},
				     (struct bytes){info, sizeof info}, out, 42),
			 RQ_OK);
	assert_memory_equal(out, wanted, 42);
	test_hex(
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d20139"
	    "5faa4b61a96c8",
	    wanted);
	assert_int_equal(seal_derive((struct bytes){NULL, 0},
				     (struct bytes){secret, sizeof secret},
				     (struct bytes){NULL, 0}, out, 42),
			 RQ_OK);
	assert_memory_equal(out, wanted, 42);
}

/* RFC 8439, 2.8.2. */
static const char plain[] =
    "Ladies and Gentlemen of the class of '99: If I could offer "
    "you only one tip for the future, sunscreen would be it.";
static const char box_hex[] =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
    "3ff4def08e4b7a9de576d26586cec64b6116"
    "1ae10b594f09e26a7e902ecbd0600691";

struct box {
	uint8_t key[32], nonce[12], beside[12], bytes[sizeof plain - 1 + SEAL_TAG_SIZE];
};

static void published(struct box *box)
{
	test_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
		 box->key);
	test_hex("070000004041424344454647", box->nonce);
	test_hex("50515253c0c1c2c3c4c5c6c7", box->beside);
	assert_int_equal(test_hex(box_hex, box->bytes), sizeof box->bytes);
}

static bool opens(const struct box *box, size_t n, struct buffer *text)
{
	bool authentic;

	buffer_clear(text);
	assert_int_equal(seal_decrypt(box->key, box->nonce,
				      (struct bytes){box->beside, sizeof box->beside},
				      (struct bytes){box->bytes, n}, text, &authentic),
			 RQ_OK);
	assert_true(authentic || text->size == 0);
	return authentic;
}

static void a_text_is_sealed_as_published(void **state)
{
	struct buffer out = {0};
	struct box box;

	(void)state;
	published(&box);
	assert_int_equal(seal_encrypt(box.key, box.nonce,
				      (struct bytes){box.beside, sizeof box.beside},
				      bytes_of(plain), &out),
			 RQ_OK);
	assert_int_equal(out.size, sizeof box.bytes);
	assert_memory_equal(out.data, box.bytes, sizeof box.bytes);
	assert_true(opens(&box, sizeof box.bytes, &out));
	assert_true(bytes_equal_text(buffer_bytes(&out), plain));
	buffer_free(&out);
}

static void nothing_else_opens(void **state)
{
	uint8_t *parts[] = {NULL, NULL, NULL, NULL};
	const size_t sizes[] = {32, 12, 12, sizeof plain - 1 + SEAL_TAG_SIZE};
	struct buffer out = {0};
	struct box box;

	(void)state;
	published(&box);
	parts[0] = box.key;
	parts[1] = box.nonce;
	parts[2] = box.beside;
	parts[3] = box.bytes;
	for (size_t k = 0; k < 4; k++)
		for (size_t bit = 0; bit < 8 * sizes[k]; bit++) {
			parts[k][bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(opens(&box, sizeof box.bytes, &out));
			parts[k][bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	for (size_t n = 0; n < sizeof box.bytes; n++)
		assert_false(opens(&box, n, &out));
	assert_true(opens(&box, sizeof box.bytes, &out));
	buffer_free(&out);
}

static void an_empty_text_is_one_too(void **state)
{
	uint8_t key[32] = {1}, nonce[12] = {0};
	struct buffer box = {0}, text = {0};
	struct bytes none = {NULL, 0};
	bool authentic;

	(void)state;
	assert_int_equal(seal_encrypt(key, nonce, none, none, &box), RQ_OK);
	assert_int_equal(box.size, SEAL_TAG_SIZE);
	assert_int_equal(
	    seal_decrypt(key, nonce, none, buffer_bytes(&box), &text, &authentic),
	    RQ_OK);
	assert_true(authentic);
	assert_int_equal(text.size, 0);
	buffer_free(&box);
	buffer_free(&text);
}

TEST_MAIN(cmocka_unit_test(both_sides_agree_as_published),
	  cmocka_unit_test(a_public_key_of_small_order_is_refused),
	  cmocka_unit_test(keys_are_derived_as_published),
	  cmocka_unit_test(a_text_is_sealed_as_published),
	  cmocka_unit_test(nothing_else_opens),
	  cmocka_unit_test(an_empty_text_is_one_too))
