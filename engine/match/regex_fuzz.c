/*
 * Regular expressions at work: flags, an expression, a zero byte, a text.  Another
 * matcher, that passes sets of places through the tree and knows nothing of programs,
 * must come to the same.
 */
#include "engine/match/regex.h"

#include "engine/rule/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TREE = 16 << 20, MAX_TEXT = 60, MAX_VISITS = 100000, MAX_STEPS = 10 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bit i of a set of places: before byte i of the text. */
struct plain {
	struct bytes text;
	bool nocase;
	unsigned n_visits;
};

static bool takes(const struct plain *p, const struct re_node *node, uint8_t byte)
{
	bool is_in = byte_set_has(&node->set, byte);

	if (p->nocase && isascii(byte) && isalpha(byte))
		is_in = is_in || byte_set_has(&node->set, byte ^ 0x20);
	return is_in != node->negated;
}

static bool is_word(const struct plain *p, size_t i)
{
	return i < p->text.n && (isalnum(p->text.at[i]) || p->text.at[i] == '_');
}

static uint64_t boundaries(const struct plain *p)
{
	uint64_t places = 0;

	for (size_t i = 0; i <= p->text.n; i++)
		if ((i > 0 && is_word(p, i - 1)) != is_word(p, i))
			places |= UINT64_C(1) << i;
	return places;
}

/* Where node may end when it starts at one of the places. */
static uint64_t ends(struct plain *p, const struct re_node *node, uint64_t places)
{
	uint64_t found = 0, next;

	if (places == 0 || ++p->n_visits > MAX_VISITS)
		return 0;
	switch (node->op) {
	case RE_EMPTY: return places;
	case RE_SET:
		for (size_t i = 0; i < p->text.n; i++)
			if ((places >> i & 1) && takes(p, node, p->text.at[i]))
				found |= UINT64_C(2) << i;
		return found;
	case RE_CONCAT:
		for (size_t i = 0; i < node->n_kids; i++)
			places = ends(p, node->kids[i], places);
		return places;
	case RE_ALTERNATIVE:
		for (size_t i = 0; i < node->n_kids; i++)
			found |= ends(p, node->kids[i], places);
		return found;
	case RE_REPEAT:
		/* more rounds than places change nothing */
		for (uint32_t i = 0; i < node->min && i <= MAX_TEXT + 1; i++)
			places = ends(p, node->kids[0], places);
		found = places;
		for (uint32_t i = node->min; i < node->max && places != 0; i++) {
			next = ends(p, node->kids[0], places) & ~found;
			found |= next;
			places = next;
		}
		return found;
	case RE_START: return places & 1;
	case RE_END: return places & UINT64_C(1) << p->text.n;
	case RE_WORD_BOUNDARY: return places & boundaries(p);
	case RE_NOT_WORD_BOUNDARY: return places & ~boundaries(p);
	}
	return 0;
}

static void compare(const struct regex *regex, const struct regex_program *program,
		    struct regex_scratch *scratch, struct bytes text)
{
	struct plain plain = {.text = text, .nocase = regex->nocase};
	/* as in libyara, none starts behind the last byte */
	uint64_t everywhere = text.n > 0 ? (UINT64_C(1) << text.n) - 1 : 1;
	uint64_t from_anywhere = ends(&plain, regex->root, everywhere);
	struct regex_failure failure;
	bool found;

	regex_scratch_begin(scratch, MAX_STEPS, 0);
	found = regex_search(scratch, program, text);
	failure = regex_scratch_failure(scratch);
	if (plain.n_visits > MAX_VISITS || failure.out_of_memory ||
	    failure.out_of_steps)
		return;
	if (found != (from_anywhere != 0))
		abort();
}

static void run(const struct regex *regex, struct bytes text)
{
	const struct regex_compile_options options = {.ascii = true};
	struct regex_scratch *scratch = NULL;
	struct buffer code = {0};
	uint32_t at;

	if (regex_compile(regex, &options, &code, &at) == RQ_OK &&
	    regex_scratch_new(&scratch) == RQ_OK) {
		const struct regex_program *program =
		    regex_program_open(code.data, code.size, at);

		if (program == NULL)
			abort();
		compare(regex, program, scratch, text);
	}
	regex_scratch_free(scratch);
	buffer_free(&code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	const uint8_t *zero = size > 1 ? memchr(data + 1, 0, size - 1) : NULL;
	struct regex_options options = {0};
	struct rule_report report;
	struct regex *regex;
	struct arena *arena = NULL;
	struct bytes text;

	if (zero == NULL || arena_new(TREE, &arena) != RQ_OK)
		return 0;
	options.nocase = data[0] & 1;
	options.dotall = data[0] & 2;
	text = (struct bytes){zero + 1, size - (size_t)(zero - data) - 1};
	if (text.n > MAX_TEXT)
		text.n = MAX_TEXT;
	rule_report_init(&report, arena);
	if (regex_parse(arena, (struct bytes){data + 1, (size_t)(zero - data) - 1},
			&options, "$a", &at, &report, &regex) == RQ_OK)
		run(regex, text);
	rule_report_clear(&report);
	arena_free(arena);
	return 0;
}
