#include "wire/paper_code.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* A prime below 2^15: powers of BASE are all different for 35 places, and differences of
 * symbols are smaller than it, so that the sum misses no single error and no exchange. */
enum { PRIME = 32749, BASE = 37, GROUP = 5, NO_SYMBOL = 32 };

static uint32_t check_of(const struct paper_code *code)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < PAPER_CHANCE + PAPER_PRINT; i++)
		sum = (sum * BASE + code->symbols[i]) % PRIME;
	return sum;
}

/* Five bits of the fingerprint, the first first. */
static uint8_t print_symbol(const uint8_t *fingerprint, size_t i)
{
	size_t bit = 5 * i;
	uint32_t two = (uint32_t)fingerprint[bit / 8] << 8 | fingerprint[bit / 8 + 1];

	return two >> (11 - bit % 8) & 31;
}

void paper_code_make(const uint8_t *chance, const uint8_t *fingerprint,
		     struct paper_code *code_out)
{
	uint32_t check;

	for (size_t i = 0; i < PAPER_CHANCE; i++)
		code_out->symbols[i] = chance[i] & 31;
	for (size_t i = 0; i < PAPER_PRINT; i++)
		code_out->symbols[PAPER_CHANCE + i] = print_symbol(fingerprint, i);
	check = check_of(code_out);
	for (size_t i = PAPER_SYMBOLS; i-- > PAPER_CHANCE + PAPER_PRINT; check >>= 5)
		code_out->symbols[i] = check & 31;
}

void paper_code_write(const struct paper_code *code, char *text_out)
{
	for (size_t i = 0; i < PAPER_SYMBOLS; i++) {
		if (i > 0 && i % GROUP == 0)
			*text_out++ = '-';
		*text_out++ = alphabet[code->symbols[i] & 31];
	}
	*text_out = 0;
}

static uint8_t symbol_of(uint8_t c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	at = c == 0 ? NULL : strchr(alphabet, c);
	return at == NULL ? NO_SYMBOL : (uint8_t)(at - alphabet);
}

bool paper_code_read(struct bytes text, struct paper_code *code_out)
{
	uint32_t check = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t symbol = symbol_of(text.at[i]);

		if (text.at[i] == '-' || text.at[i] == ' ')
			continue;
		if (symbol == NO_SYMBOL || n == PAPER_SYMBOLS)
			return false;
		code_out->symbols[n++] = symbol;
	}
	for (size_t i = PAPER_CHANCE + PAPER_PRINT; i < n; i++)
		check = check << 5 | code_out->symbols[i];
	return n == PAPER_SYMBOLS && check == check_of(code_out);
}

bool paper_code_names(const struct paper_code *code, const uint8_t *fingerprint)
{
	for (size_t i = 0; i < PAPER_PRINT; i++)
		if (code->symbols[PAPER_CHANCE + i] != print_symbol(fingerprint, i))
			return false;
	return true;
}
