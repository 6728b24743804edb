/* An address, a proxy: what is taken and what is not. */
#include "endpoint/courier/settings.h"

#include "bytes/test.h"

static char code[PAPER_TEXT];

static int make_code(void **state)
{
	struct paper_code made;

	(void)state;
	paper_code_make((const uint8_t[PAPER_CHANCE]){1, 2, 3}, (const uint8_t[32]){9},
			&made);
	paper_code_write(&made, code);
	return 0;
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
	struct buffer text = {0}, again = {0};

	(void)state;
	assert_true(settings_code(code, &settings));
	assert_true(settings_centre("one.example.vn", &settings));
	assert_true(settings_centre("two.example.vn:444", &settings));
	assert_true(settings_machine_code(code, &settings));
	assert_false(settings_machine_code("PC-0042", &settings));
	settings_write(&settings, &text);
	assert_int_equal(settings_read(buffer_bytes(&text), &read), RQ_OK);
	settings_write(&read, &again);
	assert_true(bytes_equal(buffer_bytes(&again), buffer_bytes(&text)));
	assert_memory_equal(&read.code, &settings.code, sizeof read.code);
	buffer_free(&again);
	buffer_text(&text, "colour = red\n");
	assert_int_equal(settings_read(buffer_bytes(&text), &read), RQ_ERR_FORMAT);
	assert_int_equal(settings_read(BYTES_LITERAL("centre = https://one\n"), &read),
			 RQ_ERR_FORMAT);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses),
					   cmocka_unit_test(proxies),
					   cmocka_unit_test(what_is_written_is_read)};

	return cmocka_run_group_tests(tests, make_code, NULL);
}
