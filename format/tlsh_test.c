#include "bytes/test.h"

#include "format/tlsh.h"

#include <string.h>

/* Values of the reference implementation. */
static const char letters[] =
    "accept,bind,close,connect,dup2,execve,exit,fork,getpid,"
    "htons,inet_addr,ioctl,kill,listen,open,pipe,prctl,rand,"
    "read,recv,select,send,sigaction,sleep,socket,time,waitpid";

static void digests(void **state)
{
	const struct {
		const char *name;
		size_t n;
		const char *digest;
	} cases[] = {
	    {"all of it", sizeof letters - 1,
	     "T197C08049F577BDB45DE714A49CA445CE25869517004747605A50C991C53B000905572"
	     "6"},
	    {"the least that can do", 50,
	     "T1C490028695777E9449F214EC1491114B004790560513416446645411D47254140D176"
	     "7"},
	    {"one byte fewer", 49, ""},
	    {"nothing", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes data = {(const uint8_t *)letters, cases[i].n};
		struct tlsh tlsh = {0};
		char text[TLSH_TEXT + 1];

		tlsh_add(&tlsh, data);
		assert_int_equal(tlsh_finish(&tlsh, text), *cases[i].digest != 0);
		assert_string_equal(text, cases[i].digest);
	}
}

static void pieces_make_the_same_digest(void **state)
{
	char whole[TLSH_TEXT + 1], pieces[TLSH_TEXT + 1];
	struct tlsh a = {0}, b = {0};

	(void)state;
	tlsh_add(&a, bytes_of(letters));
	for (size_t i = 0; i < sizeof letters - 1; i++)
		tlsh_add(&b, (struct bytes){(const uint8_t *)letters + i, 1});
	assert_true(tlsh_finish(&a, whole));
	assert_true(tlsh_finish(&b, pieces));
	assert_string_equal(whole, pieces);
}

static void one_letter_has_no_digest(void **state)
{
	char text[TLSH_TEXT + 1];
	struct tlsh tlsh = {0};

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		tlsh_add(&tlsh, BYTES_LITERAL("a"));
	assert_false(tlsh_finish(&tlsh, text));
	assert_string_equal(text, "");
}

TEST_MAIN(cmocka_unit_test(digests), cmocka_unit_test(pieces_make_the_same_digest),
	  cmocka_unit_test(one_letter_has_no_digest))
