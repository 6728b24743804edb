/*
 * Codes on paper, as centre and machine read them: 35 symbols of Crockford's base 32 (no I,
 * L, O, U) in groups of five.  12 are chance, 20 the first 100 bits of the fingerprint of
 * the centre's authority, 3 check the others.  Typed in any case, with or without hyphens
 * and blanks; O is read as 0, I and L as 1.
 */
#ifndef RAQUET_WIRE_PAPER_CODE_H
#define RAQUET_WIRE_PAPER_CODE_H

#include "bytes/reader.h"

enum {
	PAPER_CHANCE = 12, /* symbols */
	PAPER_PRINT = 20,
	PAPER_CHECK = 3,
	PAPER_SYMBOLS = PAPER_CHANCE + PAPER_PRINT + PAPER_CHECK,
	PAPER_TEXT = PAPER_SYMBOLS + PAPER_SYMBOLS / 5, /* with hyphens and a 0 */
};

struct paper_code {
	uint8_t symbols[PAPER_SYMBOLS]; /* 0 to 31 */
};

/* From the low five bits of PAPER_CHANCE bytes and a fingerprint of 32. */
void paper_code_make(const uint8_t *chance, const uint8_t *fingerprint,
		     struct paper_code *code_out);
void paper_code_write(const struct paper_code *code, char *text_out);
/* False: it was mistyped, or is no code. */
bool paper_code_read(struct bytes text, struct paper_code *code_out);
/* Whether it names the authority of that fingerprint. */
bool paper_code_names(const struct paper_code *code, const uint8_t *fingerprint);

#endif
