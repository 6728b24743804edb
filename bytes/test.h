/*
 * What every test program includes first.  A test file is a table of cases, reads as a
 * specification, and ends with TEST_MAIN(cmocka_unit_test(...), ...).
 */
#ifndef RAQUET_BYTES_TEST_H
#define RAQUET_BYTES_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define TEST_MAIN(...)                                                                   \
	int main(void)                                                                   \
	{                                                                                \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                         \
		return cmocka_run_group_tests(tests, NULL, NULL);                        \
	}

#endif
