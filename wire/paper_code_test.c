/* A code survives paper and a person, and a slip is noticed. */
#include "wire/paper_code.h"

#include "bytes/test.h"

#include <string.h>

static const uint8_t chance[PAPER_CHANCE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 31},
		     fingerprint[32] = {0xF0, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC,
					0xDE, 0xF0, 0x11, 0x22, 0x33, 0x4F},
		     other[32] = {0xF0, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC,
				  0xDE, 0xF0, 0x11, 0x22, 0x33, 0x5F};

static void it_is_read_as_it_was_written(void **state)
{
	struct paper_code code, read;
	char text[PAPER_TEXT];

	(void)state;
	paper_code_make(chance, fingerprint, &code);
	paper_code_write(&code, text);
	assert_int_equal(strlen(text), PAPER_TEXT - 1);
	assert_true(paper_code_read(bytes_of(text), &read));
	assert_memory_equal(&read, &code, sizeof code);
	assert_true(paper_code_names(&read, fingerprint));
	assert_false(paper_code_names(&read, other)); /* the last of the 100 bits */
}

static void people_type_as_they_like(void **state)
{
	struct paper_code code, read;
	char text[PAPER_TEXT], typed[PAPER_TEXT];

	(void)state;
	paper_code_make(chance, fingerprint, &code);
	paper_code_write(&code, text);
	for (size_t i = 0; i < sizeof text; i++)
		typed[i] = text[i] == '-'   ? ' '
			   : text[i] == '0' ? 'o'
			   : text[i] == '1' ? 'l'
					    : text[i];
	assert_true(paper_code_read(bytes_of(typed), &read));
	assert_memory_equal(&read, &code, sizeof code);
}

static void one_wrong_symbol_or_two_exchanged_are_noticed(void **state)
{
	struct paper_code code, wrong, read;
	char text[PAPER_TEXT];

	(void)state;
	paper_code_make(chance, fingerprint, &code);
	for (size_t i = 0; i < PAPER_SYMBOLS; i++) {
		wrong = code;
		wrong.symbols[i] ^= 1;
		paper_code_write(&wrong, text);
		assert_false(paper_code_read(bytes_of(text), &read));
		wrong = code;
		if (i == 0 || wrong.symbols[i] == wrong.symbols[i - 1])
			continue;
		wrong.symbols[i] = code.symbols[i - 1];
		wrong.symbols[i - 1] = code.symbols[i];
		paper_code_write(&wrong, text);
		assert_false(paper_code_read(bytes_of(text), &read));
	}
	assert_false(paper_code_read(BYTES_LITERAL(""), &read));
	assert_false(paper_code_read(BYTES_LITERAL("7K2MQ-XE8AV"), &read));
}

TEST_MAIN(cmocka_unit_test(it_is_read_as_it_was_written),
	  cmocka_unit_test(people_type_as_they_like),
	  cmocka_unit_test(one_wrong_symbol_or_two_exchanged_are_noticed))
