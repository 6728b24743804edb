#include "bytes/test.h"

#include "crypto/certificate.h"
#include "crypto/certificate_request.h"

#include <string.h>

static const uint8_t root_secret[SIGN_SECRET_SIZE] = {1},
		     issuing_secret[SIGN_SECRET_SIZE] = {2},
		     machine_secret[SIGN_SECRET_SIZE] = {3};
static const uint8_t serial[CERTIFICATE_SERIAL] = {0x7F, 0, 0xFF};

/* ---- requests ---- */

static void a_request_is_read_again(void **state)
{
	uint8_t wanted[SIGN_PUBLIC_SIZE], key[SIGN_PUBLIC_SIZE];
	struct buffer request = {0};
	bool is_good;

	(void)state;
	assert_int_equal(sign_public(machine_secret, wanted), RQ_OK);
	assert_int_equal(certificate_request_write(machine_secret, &request), RQ_OK);
	assert_int_equal(request.size, 129);
	assert_int_equal(
	    certificate_request_read(buffer_bytes(&request), key, &is_good), RQ_OK);
	assert_true(is_good);
	assert_memory_equal(key, wanted, sizeof key);
	buffer_free(&request);
}

static void any_changed_byte_of_a_request_is_refused(void **state)
{
	struct buffer request = {0};
	uint8_t key[SIGN_PUBLIC_SIZE];
	bool is_good;

	(void)state;
	assert_int_equal(certificate_request_write(machine_secret, &request), RQ_OK);
	for (size_t i = 0; i < request.size; i++) {
		request.data[i] ^= 0x20;
		assert_int_equal(
		    certificate_request_read(buffer_bytes(&request), key, &is_good),
		    RQ_OK);
		assert_false(is_good);
		request.data[i] ^= 0x20;
		assert_int_equal(certificate_request_read(
				     (struct bytes){request.data, i}, key, &is_good),
				 RQ_OK);
		assert_false(is_good);
	}
	buffer_u8(&request, 0);
	assert_int_equal(
	    certificate_request_read(buffer_bytes(&request), key, &is_good), RQ_OK);
	assert_false(is_good);
	buffer_free(&request);
}

/* ---- certificates ---- */

static struct certificate_order order_of(enum certificate_kind kind,
					 const uint8_t *public_key)
{
	return (struct certificate_order){.kind = kind,
					  .public_key = public_key,
					  .serial = serial,
					  .name = BYTES_LITERAL("Raquet test"),
					  .not_before_ms = 946684800000,
					  .not_after_ms = 1609459200000};
}

static void a_certificate_says_what_was_ordered(void **state)
{
	static const struct {
		const char *name;
		uint64_t not_before_ms, not_after_ms, read_ms;
	} cases[] = {
	    {"as ordered", 946684800000, 1609459200000, 1609459200000},
	    {"of UTCTime and GeneralizedTime", 946684800000, 2524608000000,
	     2524608000000},
	    {"without end", 0, CERTIFICATE_NO_END, 253402300799000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t key[SIGN_PUBLIC_SIZE];
		struct certificate_order order = order_of(CERTIFICATE_ROOT, key);
		struct certificate_facts facts;
		struct buffer der = {0};

		print_message("%s\n", cases[i].name);
		assert_int_equal(sign_public(root_secret, key), RQ_OK);
		order.not_before_ms = cases[i].not_before_ms;
		order.not_after_ms = cases[i].not_after_ms;
		assert_int_equal(
		    certificate_issue(&order, root_secret, (struct bytes){0}, &der),
		    RQ_OK);
		assert_int_equal(certificate_facts_read(buffer_bytes(&der), &facts),
				 RQ_OK);
		assert_memory_equal(facts.public_key, key, sizeof key);
		assert_memory_equal(facts.serial, serial, sizeof serial);
		assert_int_equal(facts.not_before_ms, cases[i].not_before_ms);
		assert_int_equal(facts.not_after_ms, cases[i].read_ms);
		buffer_free(&der);
	}
}

static void what_no_certificate_may_say_is_not_issued(void **state)
{
	static const struct bytes hosts[] = {BYTES_LITERAL(
	    "centre.example,IP:10.0.0.1")},
				  good[] = {BYTES_LITERAL("centre.example")};
	static const uint8_t negative[CERTIFICATE_SERIAL] = {0x80},
			     short_one[CERTIFICATE_SERIAL] = {0, 1};
	uint8_t key[SIGN_PUBLIC_SIZE];
	struct certificate_order cases[6];
	struct buffer root = {0}, der = {0};

	(void)state;
	assert_int_equal(sign_public(root_secret, key), RQ_OK);
	for (size_t i = 0; i < 6; i++)
		cases[i] = order_of(CERTIFICATE_CENTRE, key);
	assert_int_equal(certificate_issue(
			     &(struct certificate_order){
				 .kind = CERTIFICATE_ROOT,
				 .public_key = key,
				 .serial = serial,
				 .name = BYTES_LITERAL("root"),
			     },
			     root_secret, (struct bytes){0}, &root),
			 RQ_OK);
	cases[0].hosts = hosts, cases[0].n_hosts = 1;
	cases[1].n_hosts = 0;
	cases[2].kind = CERTIFICATE_MACHINE, cases[2].hosts = good,
	cases[2].n_hosts = 1;
	cases[3].kind = CERTIFICATE_MACHINE, cases[3].serial = negative;
	cases[4].kind = CERTIFICATE_MACHINE, cases[4].serial = short_one;
	cases[5].kind = CERTIFICATE_MACHINE;
	cases[5].name = BYTES_LITERAL("a/CN=b");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(certificate_issue(&cases[i], root_secret,
						   buffer_bytes(&root), &der),
				 RQ_ERR_USAGE);
	assert_int_equal(der.size, 0);
	buffer_free(&der);
	buffer_free(&root);
}

static void what_is_no_certificate_is_not_read(void **state)
{
	uint8_t key[SIGN_PUBLIC_SIZE];
	struct certificate_order order = order_of(CERTIFICATE_ROOT, key);
	struct certificate_facts facts;
	struct buffer der = {0};

	(void)state;
	assert_int_equal(sign_public(root_secret, key), RQ_OK);
	assert_int_equal(
	    certificate_issue(&order, root_secret, (struct bytes){0}, &der), RQ_OK);
	for (size_t n = 0; n < der.size; n++)
		assert_int_equal(
		    certificate_facts_read((struct bytes){der.data, n}, &facts),
		    RQ_ERR_FORMAT);
	buffer_u8(&der, 0);
	assert_int_equal(certificate_facts_read(buffer_bytes(&der), &facts),
			 RQ_ERR_FORMAT);
	buffer_free(&der);
}

/* Chains are tried with another program's eyes in centre/signer/authority_test.c. */
static void one_issuer_signs_for_another_key(void **state)
{
	uint8_t root_key[SIGN_PUBLIC_SIZE], key[SIGN_PUBLIC_SIZE];
	struct certificate_order above = order_of(CERTIFICATE_ROOT, root_key),
				 below = order_of(CERTIFICATE_ISSUING, key);
	struct certificate_facts facts;
	struct buffer root = {0}, der = {0};
	bool is_below;

	(void)state;
	assert_int_equal(sign_public(root_secret, root_key), RQ_OK);
	assert_int_equal(sign_public(issuing_secret, key), RQ_OK);
	assert_int_equal(
	    certificate_issue(&above, root_secret, (struct bytes){0}, &root), RQ_OK);
	assert_int_equal(
	    certificate_issue(&below, root_secret, (struct bytes){0}, &der),
	    RQ_ERR_USAGE);
	assert_int_equal(
	    certificate_issue(&below, root_secret, buffer_bytes(&root), &der), RQ_OK);
	assert_int_equal(certificate_facts_read(buffer_bytes(&der), &facts), RQ_OK);
	assert_memory_equal(facts.public_key, key, sizeof key);
	assert_int_equal(
	    certificate_is_below(buffer_bytes(&der), buffer_bytes(&root), &is_below),
	    RQ_OK);
	assert_true(is_below);
	assert_int_equal(
	    certificate_is_below(buffer_bytes(&root), buffer_bytes(&der), &is_below),
	    RQ_OK);
	assert_false(is_below);
	buffer_free(&root);
	buffer_free(&der);
}

TEST_MAIN(cmocka_unit_test(a_request_is_read_again),
	  cmocka_unit_test(any_changed_byte_of_a_request_is_refused),
	  cmocka_unit_test(a_certificate_says_what_was_ordered),
	  cmocka_unit_test(what_no_certificate_may_say_is_not_issued),
	  cmocka_unit_test(what_is_no_certificate_is_not_read),
	  cmocka_unit_test(one_issuer_signs_for_another_key))
