#include "bytes/test.h"
#include "engine/rule/regex.h"
#include "engine/rule/report.h"

#include <string.h>

/* A tree in short: letters, [n] for a set of n, (ab) in sequence, a|b, {min,max}. */
static void write_node(const struct re_node *node, struct buffer *out)
{

	unsigned n = 0, first = 0;

	switch (node->op) {
	case RE_SET:
		for (unsigned c = 256; c-- > 0;)
			if (byte_set_has(&node->set, (uint8_t)c)) {
				n++;
				first = c;
			}
		buffer_text(out, node->negated ? "!" : "");
		if (n == 1)
			buffer_u8(out, (uint8_t)first);
		else
			buffer_format(out, "[%u]", n);
		return;
	case RE_CONCAT:
	case RE_ALTERNATIVE:
		buffer_u8(out, '(');
		for (size_t i = 0; i < node->n_kids; i++) {
			if (i > 0 && node->op == RE_ALTERNATIVE)
				buffer_u8(out, '|');
			write_node(node->kids[i], out);
		}
		buffer_u8(out, ')');
		return;
	case RE_REPEAT:
		write_node(node->kids[0], out);
		if (node->max == RE_UNBOUNDED)
			buffer_format(out, "{%u,}", node->min);
		else
			buffer_format(out, "{%u,%u}", node->min, node->max);
		buffer_text(out, node->lazy ? "?" : "");
		return;
	case RE_EMPTY: buffer_u8(out, 'e'); return;
	case RE_START: buffer_u8(out, '^'); return;
	case RE_END: buffer_u8(out, '$'); return;
	case RE_WORD_BOUNDARY: buffer_u8(out, '<'); return;
	default: buffer_u8(out, '>'); return;
	}
}

struct shape {
	const char *text, *tree; /* tree NULL: refused with message */
	const char *message;
};

static const struct shape expressions[] = {
    {"abc", "(abc)", NULL},
    {"a|b|", "(a|b|e)", NULL},
    {"^a$", "(^a$)", NULL},
    {"a*b+c?", "(a{0,}b{1,}c{0,1})", NULL},
    {"a{2}", "a{2,2}", NULL},
    {"a{,3}", "a{0,3}", NULL},
    {"a{2,}?", "a{2,}?", NULL},
    {"a{x}", "(a{x})", NULL},
    {".", "[255]", NULL},
    {"\\w\\D", "([63][246])", NULL},
    {"[a-c\\d]", "[13]", NULL},
    {"[^]a]", "![2]", NULL},
    {"[]-a]", "[3]", NULL},
    {"[[:alpha:]]", "([6]])", NULL},
    {"\\x41\\q", "(Aq)", NULL},
    {"\\ba\\B", "(<a>)", NULL},
    {"(a", NULL, "syntax error"},
    {"|a", NULL, "syntax error"},
    {"a**", NULL, "syntax error"},
    {"{2}", NULL, "syntax error"},
    {"a{3,2}", NULL, "bad repeat interval"},
    {"a{32768}", NULL, "repeat interval too large"},
    {"[b-a]", NULL, "bad character range"},
    {"[a", NULL, "missing terminating ] for character class"},
    {"(a)\\1", NULL, "backreferences are not allowed"},
    {"\\xg0", NULL, "illegal escape sequence"},
};

static const struct shape hex_strings[] = {
    {"61 62", "(ab)", NULL},
    {"?? 6? ?1", "([256][16][16])", NULL},
    {"~61 ~6?", "(!a![16])", NULL},
    {"61 [2] 62", "(a[256]{2,2}?b)", NULL},
    {"61 [1] 62", "(a[256]b)", NULL},
    {"61 [-] 62", "(a[256]{0,}?b)", NULL},
    {"61 [2-3] 62", "(a[256]{2,3}?b)", NULL},
    {"( 61 | 62 63 )", "(a|(bc))", NULL},
    {"61 /* x */ 62 // y", "(ab)", NULL},
    {"[1] 61", NULL, "syntax error"},
    {"61 [1]", NULL, "syntax error"},
    {"61 [3-2] 62", NULL, "invalid jump range"},
    {"61 [2147483648] 62", NULL, "jump length too large"},
    {"~?? 61", NULL, "invalid not operator (~) in hex string"},
    {"6 1", NULL, "uneven number of digits in hex string"},
};

static void check_shape(const struct shape *s, bool is_hex)
{
	const struct rule_place at = {.file = "", .line = 1, .column = 1};
	const struct regex_options options = {0};
	struct arena *arena = NULL;
	struct rule_report report;
	struct regex *regex = NULL;
	struct buffer out = {0};
	enum rq_err err;

	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	rule_report_init(&report, arena);
	err = is_hex ? hex_parse(arena, bytes_of(s->text), "$", &at, &report, &regex)
		     : regex_parse(arena, bytes_of(s->text), &options, NULL, &at,
				   &report, &regex);
	assert_int_equal(err, s->tree != NULL ? RQ_OK : RQ_ERR_RULE);
	if (s->tree != NULL) {
		write_node(regex->root, &out);
		buffer_u8(&out, 0);
		assert_string_equal((const char *)out.data, s->tree);
	} else {
		assert_non_null(strstr(report.messages[0].text, s->message));
	}
	buffer_free(&out);
	rule_report_clear(&report);
	arena_free(arena);
}

static void expressions_have_their_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
		check_shape(&expressions[i], false);
}

static void hex_strings_have_their_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hex_strings / sizeof *hex_strings; i++)
		check_shape(&hex_strings[i], true);
}

TEST_MAIN(cmocka_unit_test(expressions_have_their_tree),
	  cmocka_unit_test(hex_strings_have_their_tree))
