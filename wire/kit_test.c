/* What is not signed for this is not believed, and what is not on the list is not opened. */
#include "wire/kit.h"

#include "bytes/test.h"
#include "crypto/digest.h"

#include <string.h>

static const uint8_t secret[SIGN_SECRET_SIZE] = {1, 2, 3};

static struct kit sample(void)
{
	struct kit kit = {
	    .name = BYTES_LITERAL("tinh-binh-minh"),
	    .version = BYTES_LITERAL("2020-12-20"),
	    .serial = 4,
	    .made_ms = 1608422400000,
	    .files = {{KIT_INDICATORS, BYTES_LITERAL("hashes.csv"), 3, {0}},
		      {KIT_RULES, BYTES_LITERAL("rules.yar"), 5, {0}}},
	    .n_files = 2};
	uint8_t digest[DIGEST_MAX_SIZE];

	assert_int_equal(digest_of(DIGEST_SHA256, BYTES_LITERAL("rules"), digest),
			 RQ_OK);
	memcpy(kit.files[1].sha256, digest, AGENT_DIGEST);
	return kit;
}

static enum signed_refusal refusal_of(struct bytes file)
{
	enum signed_refusal refusal;
	struct kit kit;

	assert_int_equal(kit_read(file, &kit, &refusal), RQ_OK);
	if (refusal != SIGNED_GOOD)
		assert_int_equal(kit.n_files, 0); /* nothing of it may be seen */
	return refusal;
}

static void a_kit_is_read_as_it_was_signed(void **state)
{
	uint8_t key[SIGN_PUBLIC_SIZE], digest[DIGEST_MAX_SIZE];
	struct kit kit = sample(), read;
	enum signed_refusal refusal;
	struct buffer file = {0};
	bool fits;

	(void)state;
	assert_int_equal(kit_write(&kit, secret, &file), RQ_OK);
	assert_int_equal(kit_read(buffer_bytes(&file), &read, &refusal), RQ_OK);
	assert_int_equal(refusal, SIGNED_GOOD);
	assert_true(bytes_equal_text(read.name, "tinh-binh-minh"));
	assert_int_equal(read.serial, 4);
	assert_int_equal(sign_public(secret, key), RQ_OK);
	assert_memory_equal(read.signer, key, sizeof key);
	assert_int_equal(digest_of(DIGEST_SHA256, buffer_bytes(&file), digest), RQ_OK);
	assert_memory_equal(read.digest, digest, AGENT_DIGEST);
	assert_null(kit_find(&read, bytes_of("other.yar")));
	assert_int_equal(
	    kit_fits(kit_find(&read, bytes_of("rules.yar")), bytes_of("rules"), &fits),
	    RQ_OK);
	assert_true(fits);
	assert_int_equal(
	    kit_fits(kit_find(&read, bytes_of("rules.yar")), bytes_of("rulez"), &fits),
	    RQ_OK);
	assert_false(fits);
	assert_int_equal(kit_has(&read, KIT_SCOPE, bytes_of("rules"), &fits), RQ_OK);
	assert_false(fits); /* the bytes of another kind of file */
	buffer_free(&file);
}

static void every_byte_of_it_is_signed(void **state)
{
	struct kit kit = sample();
	struct buffer file = {0};

	(void)state;
	assert_int_equal(kit_write(&kit, secret, &file), RQ_OK);
	for (size_t i = 0; i < file.size; i++) {
		file.data[i] ^= 1;
		assert_int_not_equal(refusal_of(buffer_bytes(&file)), SIGNED_GOOD);
		file.data[i] ^= 1;
	}
	for (size_t n = 0; n < file.size; n++)
		assert_int_not_equal(refusal_of((struct bytes){file.data, n}),
				     SIGNED_GOOD);
	assert_int_equal(refusal_of(buffer_bytes(&file)), SIGNED_GOOD);
	buffer_u8(&file, 0);
	assert_int_equal(refusal_of(buffer_bytes(&file)), SIGNED_SIZE);
	buffer_free(&file);
}

static void a_signature_for_another_purpose_is_none(void **state)
{
	struct kit kit = sample();
	struct buffer file = {0}, policy = {0};

	(void)state;
	assert_int_equal(kit_write(&kit, secret, &file), RQ_OK);
	assert_int_equal(signed_write(SIGNED_POLICY, secret,
				      (struct bytes){file.data + 48, 20}, &policy),
			 RQ_OK);
	assert_int_equal(refusal_of(buffer_bytes(&policy)), SIGNED_OTHER_FILE);
	memcpy(policy.data, file.data, 8); /* only its first bytes say what it is */
	assert_int_equal(refusal_of(buffer_bytes(&policy)), SIGNED_SIGNATURE);
	buffer_free(&file);
	buffer_free(&policy);
}

static void names_that_could_lead_elsewhere_are_never_signed(void **state)
{
	static const char *const names[] = {
	    "",   "..",    ".hidden", "a/b",      "a\\b",
	    "C:", "A.yar", "a b",     "\xc3\xa9", "hashes.csv" /* a second one */};
	struct buffer file = {0};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct kit kit = sample();

		kit.files[1].name = bytes_of(names[i]);
		assert_int_equal(kit_write(&kit, secret, &file), RQ_ERR_USAGE);
	}
	assert_int_equal(file.size, 0);
	assert_string_equal(signed_refusal_name(SIGNED_OLDER), "older");
	assert_string_equal(signed_refusal_name(N_SIGNED_REFUSALS), "unknown");
	buffer_free(&file);
}

TEST_MAIN(cmocka_unit_test(a_kit_is_read_as_it_was_signed),
	  cmocka_unit_test(every_byte_of_it_is_signed),
	  cmocka_unit_test(a_signature_for_another_purpose_is_none),
	  cmocka_unit_test(names_that_could_lead_elsewhere_are_never_signed))
