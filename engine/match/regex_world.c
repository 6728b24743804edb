#include "engine/match/regex_world.h"

#include <stdio.h>
#include <string.h>

static uint32_t state;

void random_begin(void)
{
	state = 2463534242;
}

uint32_t random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

static void append(char *source, const char *text)
{
	size_t n = strlen(source);

	snprintf(source + n, MAX_EXPRESSION - n, "%s", text);
}

static void append_expression(char *source, unsigned depth, bool lazy)
{
	static const char *const atoms[] = {"a",    "b",   ".",     "[ab]",
					    "[^b]", "aa",  "\\x00", "(a|)",
					    "\\b",  "\\B", "^",     "$"};
	static const char *const repeats[] = {"*",    "+",     "?",    "{2}",
					      "{,3}", "{1,4}", "{2,}", "{0,9}"};
	size_t n_items = 1 + random_below(3);

	for (size_t i = 0; i < n_items && strlen(source) < MAX_EXPRESSION / 2; i++) {
		uint32_t kind = random_below(depth > 0 ? 10 : 6);
		const char *atom = atoms[random_below(12)];

		if (kind < 6) {
			append(source, atom);
		} else {
			append(source, "(");
			append_expression(source, depth - 1, lazy);
			if (kind == 9) {
				append(source, "|");
				append_expression(source, depth - 1, lazy);
			}
			append(source, ")");
		}
		if ((kind < 6 && strpbrk(atom, "^$") == atom) || random_below(3) > 0)
			continue;
		append(source, repeats[random_below(8)]);
		append(source, lazy ? "?" : "");
	}
}

void random_expression(char source[MAX_EXPRESSION])
{
	bool lazy = random_below(2) == 0;

	source[0] = 0;
	append_expression(source, 3, lazy);
}

size_t random_data(uint8_t *data, size_t max, bool wide)
{
	static const char letters[] = "aaaaaaabbb \n";
	size_t n = random_below((uint32_t)max);

	for (size_t i = 0; i < n; i++) {
		data[i] = (uint8_t)letters[random_below(sizeof letters - 1)];
		if (wide && i % 2 == 1 && random_below(8) != 0)
			data[i] = 0;
	}
	return n;
}
