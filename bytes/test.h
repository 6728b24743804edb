/*
 * What every test program includes first.  A test file is a table of cases, reads as a
 * specification, and ends with TEST_MAIN(cmocka_unit_test(...), ...).
 */
#ifndef RAQUET_BYTES_TEST_H
#define RAQUET_BYTES_TEST_H

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static inline uint8_t test_octet(const char *digits)
{
	const char text[3] = {digits[0], digits[1], 0};

	assert_true(isxdigit((unsigned char)text[0]) &&
		    isxdigit((unsigned char)text[1]));
	return (uint8_t)strtoul(text, NULL, 16);
}

/* Writes the bytes of text, "30 03 0201", to out; returns how many. */
static inline size_t test_hex(const char *text, uint8_t *out)
{
	size_t n = 0;

	for (; *text != 0; text += *text == ' ' ? 1 : 2)
		if (*text != ' ')
			out[n++] = test_octet(text);
	return n;
}

#define TEST_MAIN(...)                                                                   \
	int main(void)                                                                   \
	{                                                                                \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                         \
		return cmocka_run_group_tests(tests, NULL, NULL);                        \
	}

#endif
