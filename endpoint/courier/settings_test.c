/* A code on paper, an address, a proxy: what is taken and what is not. */
#include "endpoint/courier/settings.h"

#include "bytes/test.h"

#include <string.h>

#define PIN "00112233-44556677 8899aabb-ccddeeff"

static void codes(void **state)
{
	static const struct {
		const char *name, *text;
		bool good;
	} cases[] = {
	    {"as it is printed", "XA-BINH-MINH-7K2M." PIN, true},
	    {"a whole fingerprint",
	     "A.00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
	     true},
	    {"the fingerprint is missing", "XA-BINH-MINH-7K2M", false},
	    {"the fingerprint is short", "A.0011223344", false},
	    {"half a byte", "A." PIN "0", false},
	    {"the fingerprint is long",
	     "A.00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00",
	     false},
	    {"no hex", "A.00112233445566778899aabbccddeefg", false},
	    {"no unit", "." PIN, false},
	    {"a line feed", "A\nproxy = x." PIN, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct courier_settings settings = {0};

		print_message("%s\n", cases[i].name);
		assert_int_equal(settings_code(cases[i].text, &settings),
				 cases[i].good);
	}
}

static void addresses(void **state)
{
	struct courier_settings settings = {0};

	(void)state;
	assert_true(settings_centre("raquet.example.vn", &settings));
	assert_string_equal(settings.centres[0], "https://raquet.example.vn");
	assert_true(settings_centre("https://10.0.0.1:8443", &settings));
	assert_string_equal(settings.centres[1], "https://10.0.0.1:8443");
	assert_false(settings_centre("http://raquet.example.vn", &settings));
	assert_false(settings_centre("user@raquet.example.vn", &settings));
	assert_false(settings_centre("raquet.example.vn/x", &settings));
	assert_false(settings_centre("", &settings));
	assert_int_equal(settings.n_centres, 2);
}

static void proxies(void **state)
{
	struct courier_settings settings = {0};

	(void)state;
	assert_true(settings_proxy("system", &settings));
	assert_true(settings_proxy("none", &settings));
	assert_true(settings_proxy("http://proxy.example.vn:3128", &settings));
	assert_false(
	    settings_proxy("http://user:word@proxy.example.vn:3128", &settings));
	assert_false(settings_proxy("pac+http://proxy.example.vn/p.pac", &settings));
}

static void what_is_written_is_read(void **state)
{
	struct courier_settings settings = {.proxy = "none"}, read;
	struct buffer text = {0};

	(void)state;
	assert_true(settings_code("A-1." PIN, &settings));
	assert_true(settings_centre("one.example.vn", &settings));
	assert_true(settings_centre("two.example.vn:444", &settings));
	strcpy(settings.machine_code, "PC-0042");
	settings_write(&settings, &text);
	assert_int_equal(settings_read(buffer_bytes(&text), &read), RQ_OK);
	assert_memory_equal(&read, &settings, sizeof read);
	buffer_text(&text, "colour = red\n");
	assert_int_equal(settings_read(buffer_bytes(&text), &read), RQ_ERR_FORMAT);
	assert_int_equal(settings_read(BYTES_LITERAL("unit-code = A\n"), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&text);
}

TEST_MAIN(cmocka_unit_test(codes), cmocka_unit_test(addresses),
	  cmocka_unit_test(proxies), cmocka_unit_test(what_is_written_is_read))
