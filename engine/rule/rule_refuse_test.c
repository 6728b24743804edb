/* What is refused or warned of, with libyara's code and words. */
#include "engine/rule/rule_test.h"

struct refusal {
	const char *name, *text;
	enum rule_code code; /* of the first error; RULE_WARNING: none */
	const char *message; /* of the first error or, without one, the first warning */
	size_t n_warnings;
};

#define WITH_A(condition) "rule r { strings: $a = \"text\" condition: " condition " }"

static const struct refusal refusals[] = {
    /* structure */
    {"a rule needs a name", "rule { condition: true }", RULE_SYNTAX_ERROR,
     "syntax error, unexpected '{', expecting identifier", 0},
    {"nothing but rules", "foo", RULE_SYNTAX_ERROR,
     "syntax error, unexpected identifier", 0},
    {"a condition ends", "rule r { condition: true true }", RULE_SYNTAX_ERROR,
     "syntax error, unexpected <true>, expecting '}'", 0},
    {"two rules of one name", "rule r { condition: true } rule r { condition: true }",
     RULE_DUPLICATED_IDENTIFIER, "duplicated identifier \"r\"", 0},
    {"a rule named like a variable", "rule zero { condition: true }",
     RULE_DUPLICATED_IDENTIFIER, "duplicated identifier \"zero\"", 0},
    {"two tags of one name", "rule r : a a { condition: true }", RULE_DUPLICATED_TAG,
     "duplicated tag identifier \"a\"", 0},
    {"a rule that a set should have held",
     "rule a1 { condition: true } rule r { condition: any of (a*) } "
     "rule a2 { condition: true }",
     RULE_IDENTIFIER_MATCHES_WILDCARD,
     "rule identifier \"a2\" matches previously used wildcard rule set", 0},
    {"an unknown module", "import \"nothing\"", RULE_UNKNOWN_MODULE,
     "unknown module \"nothing\"", 0},
    {"a module without name", "import \"\"", RULE_INVALID_MODULE_NAME,
     "invalid module name \"\"", 0},
    {"a module that this build has not", "import \"macho\"", RULE_UNSUPPORTED_MODULE,
     "module \"macho\" is not in this build", 0},
    {"includes without a reader", "include \"x.yar\"", RULE_SYNTAX_ERROR,
     "can't open include file: x.yar", 0},
    /* literals */
    {"a text over two lines", "rule r { strings: $a = \"x\n\" condition: $a }",
     RULE_SYNTAX_ERROR, "unterminated string", 0},
    {"an unknown escape", "rule r { strings: $a = \"\\q\" condition: $a }",
     RULE_SYNTAX_ERROR, "illegal escape sequence", 0},
    {"an empty expression is a comment", "rule r { strings: $a = // condition: $a }",
     RULE_SYNTAX_ERROR, "syntax error, unexpected end of file, expecting text string",
     0},
    {"a number beyond 64 bits", "rule r { condition: 9223372036854775808 > 0 }",
     RULE_INTEGER_OVERFLOW, "integer overflow in \"9223372036854775808\"", 0},
    {"a character that is no token", "rule r { condition: \x01 }", RULE_SYNTAX_ERROR,
     "non-ascii character", 0},
    /* strings */
    {"two strings of one name",
     "rule r { strings: $a = \"abcd\" $a = \"abcd\" condition: $a }",
     RULE_DUPLICATED_STRING, "duplicated string identifier \"$a\"", 0},
    {"an empty string", "rule r { strings: $a = \"\" condition: $a }",
     RULE_EMPTY_STRING, "empty string \"$a\"", 0},
    {"a string that nobody names", WITH_A("true"), RULE_UNREFERENCED_STRING,
     "unreferenced string \"$a\"", 0},
    {"but $_a may stand unnamed", "rule r { strings: $_a = \"abcd\" condition: true }",
     RULE_WARNING, NULL, 0},
    {"xor with nocase", "rule r { strings: $a = \"abcd\" xor nocase condition: $a }",
     RULE_INVALID_MODIFIER, "invalid modifier combination: xor nocase", 0},
    {"a key of more than a byte",
     "rule r { strings: $a = \"abcd\" xor(300) condition: $a }", RULE_INVALID_MODIFIER,
     "invalid xor range", 0},
    {"an alphabet of 3",
     "rule r { strings: $a = \"abcd\" base64(\"abc\") condition: $a }",
     RULE_INVALID_MODIFIER, "length of base64 alphabet must be 64", 0},
    {"a modifier twice", "rule r { strings: $a = \"abcd\" wide wide condition: $a }",
     RULE_DUPLICATED_MODIFIER, "duplicated modifier", 0},
    {"a modifier that hex strings have not",
     "rule r { strings: $a = { 01 02 03 } wide condition: $a }", RULE_SYNTAX_ERROR,
     "syntax error, unexpected <wide>, expecting <condition>", 0},
    {"a jump of nothing", "rule r { strings: $a = { 61 [0] 62 } condition: $a }",
     RULE_INVALID_HEX_STRING, "invalid hex string \"$a\": invalid jump length", 0},
    {"half a byte", "rule r { strings: $a = { 61 6 } condition: $a }",
     RULE_INVALID_HEX_STRING,
     "invalid hex string \"$a\": uneven number of digits in hex string", 0},
    {"no end inside of alternatives",
     "rule r { strings: $a = { 01 ( 02 [-] 03 | 04 ) } condition: $a }",
     RULE_INVALID_HEX_STRING,
     "invalid hex string \"$a\": unbounded jumps not allowed inside alternation (|)",
     0},
    /* types and constants */
    {"a text is no number", "rule r { condition: \"a\" + 1 > 0 }", RULE_WRONG_TYPE,
     "type mismatch", 0},
    {"texts have no sum", "rule r { condition: \"a\" + \"b\" == \"ab\" }",
     RULE_WRONG_TYPE, "strings don't support \"+\" operation", 0},
    {"comparisons do not chain", "rule r { condition: 1 == 1 == 1 }", RULE_SYNTAX_ERROR,
     "syntax error, unexpected ==, expecting '}'", 0},
    {"a sum beyond 64 bits", "rule r { condition: 9223372036854775807 + 1 > 0 }",
     RULE_INTEGER_OVERFLOW, "integer overflow in \"9223372036854775807 + 1\"", 0},
    {"division by 0", "rule r { condition: 1 \\ 0 == 1 }", RULE_DIVISION_BY_ZERO,
     "division by zero", 0},
    {"a shift backwards", "rule r { condition: 1 << -1 == 1 }", RULE_INVALID_OPERAND,
     "", 0},
    {"a range backwards", WITH_A("$a in (10..1)"), RULE_INVALID_VALUE,
     "invalid value in condition: \"range lower bound must be less than upper bound\"",
     0},
    {"a loop over a percentage", WITH_A("for 50% of them : ($)"), RULE_SYNTAX_ERROR,
     "syntax error, unexpected <of>", 0},
    /* names */
    {"a name that means nothing", "rule r { condition: nothing }",
     RULE_UNDEFINED_IDENTIFIER, "undefined identifier \"nothing\"", 0},
    {"a string that the rule has not", WITH_A("$a and $b"), RULE_UNDEFINED_STRING,
     "undefined string \"$b\"", 0},
    {"a string without name outside of a loop", WITH_A("$a and $"),
     RULE_MISPLACED_ANONYMOUS_STRING, "wrong use of anonymous string", 0},
    {"a field that the module has not",
     "import \"hash\" rule r { condition: hash.nothing }", RULE_INVALID_FIELD,
     "invalid field name \"nothing\"", 0},
    {"an argument of another type",
     "import \"hash\" rule r { condition: hash.md5(1) == \"\" }", RULE_WRONG_ARGUMENTS,
     "wrong arguments for function \"md5\"", 0},
    {"a module is no value", "import \"hash\" rule r { condition: hash }",
     RULE_WRONG_TYPE, "wrong usage of identifier \"hash\"", 0},
    /* quantifiers and loops */
    {"less than none", WITH_A("-1 of them"), RULE_INVALID_VALUE,
     "invalid value in condition: \"-1\"", 0},
    {"more than all", WITH_A("101% of them"), RULE_INVALID_PERCENTAGE,
     "percentage must be between 1 and 100 (inclusive)", 0},
    {"five loops in each other",
     "rule r { condition: for any a in (1,2) : (for any b in (1,2) : (for any c in "
     "(1,2) "
     ": (for any d in (1,2) : (for any e in (1,2) : (true))))) }",
     RULE_LOOP_NESTING_LIMIT, "loop nesting limit exceeded", 0},
    {"a variable of an outer loop again",
     "rule r { condition: for any a in (1,2) : (for any a in (1,2) : (true)) }",
     RULE_DUPLICATED_LOOP_IDENTIFIER, "duplicated loop identifier \"a\"", 0},
    {"strings in a loop over strings",
     WITH_A("for any of them : (for any of them : ($))"), RULE_NESTED_FOR_OF,
     "'for <quantifier> of <string set>' loops can't be nested", 0},
    /* warnings */
    {"a short string", "rule r { strings: $a = \"a\" condition: $a }", RULE_WARNING,
     "string \"$a\" may slow down scanning", 1},
    {"two different letters are enough",
     "rule r { strings: $a = \"ab\" condition: $a }", RULE_WARNING, NULL, 0},
    {"one short part behind a long jump",
     "rule r { strings: $a = { 01 02 03 04 [300] 05 } condition: $a }", RULE_WARNING,
     "string \"$a\" may slow down scanning", 1},
    {"a dot without end", "rule r { strings: $a = /abcd.*efgh/ condition: $a }",
     RULE_WARNING,
     "$a contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or {x,N} with a "
     "reasonable value for N",
     1},
    {"a dot without end in a group",
     "rule r { strings: $a = /abcd(.*efgh)/ condition: $a }", RULE_WARNING,
     "$a contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or {x,N} with a "
     "reasonable value for N",
     1},
    {"a group of a dot without end",
     "rule r { strings: $a = /abcd(.)*efgh/ condition: $a }", RULE_WARNING, NULL, 0},
    {"0 of them", WITH_A("0 of them"), RULE_WARNING,
     "consider using \"none\" keyword, it is less ambiguous.", 1},
    {"2 of 1", WITH_A("2 of them"), RULE_WARNING,
     "expression always false - requesting 2 of 1.", 1},
    {"2 of 1 in one place", WITH_A("2 of them at 0"), RULE_WARNING,
     "expression always false - requesting 2 of 1.", 2},
    {"a text as a condition", "rule r { condition: \"x\" and true }", RULE_WARNING,
     "using literal string \"x\" in a boolean operation.", 1},
};

static void codes_and_words_are_those_of_libyara(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		struct parsed p = parse(r->text, NULL);
		const struct rule_message *m = NULL;

		for (size_t k = 0; k < p.report.n_messages && m == NULL; k++)
			if (p.report.messages[k].is_warning ==
			    (r->code == RULE_WARNING))
				m = &p.report.messages[k];
		if (p.err != (r->code == RULE_WARNING ? RQ_OK : RQ_ERR_RULE) ||
		    p.report.n_warnings != r->n_warnings ||
		    (m != NULL) != (r->message != NULL) ||
		    (m != NULL &&
		     (m->code != r->code || strcmp(m->text, r->message) != 0)))
			fail_msg("%s: %s", r->name, m != NULL ? m->text : "no message");
		parsed_free(&p);
	}
}

static void a_bad_rule_does_not_take_its_file_down(void **state)
{
	const struct rule_options options = {.keep_going = true};
	struct parsed p = parse("rule good1 { condition: true }\n"
				"rule bad { strings: $a = \"x condition: $a }\n"
				"rule uses_bad { condition: good1 and bad }\n"
				"rule bad2 { strings: $a = \"abcd\" private $b = 5 "
				"condition: $a }\n"
				"rule good2 { condition: good1 }\n"
				"rule set { condition: any of (bad*) }\n"
				"rule good3 { condition: good2 }\n",
				&options);

	(void)state;
	assert_int_equal(p.err, RQ_ERR_RULE);
	assert_int_equal(p.set->n_rules, 3);
	assert_string_equal(p.set->rules[2]->identifier, "good3");
	assert_int_equal(p.report.n_errors, 4);
	assert_string_equal(p.report.messages[1].rule, "uses_bad");
	assert_string_equal(p.report.messages[1].hint, "that rule was refused itself");
	parsed_free(&p);
}

/* A source may end between rules, so that its end is no second error there. */
static void one_message_between_rules(void **state)
{
	struct parsed p = parse("rule good { condition: true } \x01 rule r {", NULL);

	(void)state;
	assert_int_equal(p.err, RQ_ERR_RULE);
	assert_int_equal(p.report.n_errors, 1);
	assert_string_equal(p.report.messages[0].text, "non-ascii character");
	assert_null(p.report.messages[0].hint);
	parsed_free(&p);
}

static void a_byte_order_mark_is_named(void **state)
{
	static const char *const texts[] = {"\xEF\xBB\xBFrule r { condition: true }",
					    "\xFF\xFEr", "\xFE\xFF"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct parsed p = parse(texts[i], NULL);

		assert_int_equal(p.err, RQ_ERR_RULE);
		assert_string_equal(p.report.messages[0].hint,
				    "save the file as UTF-8 without a byte order mark");
		parsed_free(&p);
	}
}

static void without_keep_going_nothing_stays(void **state)
{
	struct parsed p = parse("rule good { condition: true } rule bad { }", NULL);

	(void)state;
	assert_int_equal(p.err, RQ_ERR_RULE);
	assert_int_equal(p.set->n_rules, 0);
	parsed_free(&p);
}

static void what_is_cut_off_is_reported(void **state)
{
	const struct rule_options options = {.keep_going = true};
	struct parsed p =
	    parse("rule good { condition: true } /* rule lost {", &options);

	(void)state;
	assert_int_equal(p.err, RQ_ERR_RULE);
	assert_int_equal(p.set->n_rules, 1);
	parsed_free(&p);
}

/* Each of these once recursed or looped without bound somewhere. */
static void depth_is_bounded(void **state)
{
	static const struct {
		const char *before, *repeated, *after;
		bool fine;
	} cases[] = {
	    {"rule r { condition: ", "(", "true", false},
	    {"rule r { condition: ", "not ", "true }", false},
	    {"rule r { condition: 1 == ", "-", "1 }", false},
	    {"rule r { condition: filesize == filesize", " + filesize", " }", false},
	    {"rule r { condition: 1 == 1", " + 0", " }", true},
	    {"rule r { condition: true", " and true", " }", true},
	    {"rule r { strings: $a = /", "(", "a/ condition: $a }", false},
	    {"rule r { strings: $a = { ", "(", "01 } condition: $a }", false},
	};
	enum { N = 5000 };
	static char text[N * 16];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].repeated), at = strlen(cases[i].before);

		memcpy(text, cases[i].before, at);
		for (int k = 0; k < N; k++, at += n)
			memcpy(&text[at], cases[i].repeated, n);
		memcpy(&text[at], cases[i].after, strlen(cases[i].after) + 1);
		struct parsed p = parse(text, NULL);
		assert_int_equal(p.err, cases[i].fine ? RQ_OK : RQ_ERR_RULE);
		parsed_free(&p);
	}
}

TEST_MAIN(cmocka_unit_test(codes_and_words_are_those_of_libyara),
	  cmocka_unit_test(a_bad_rule_does_not_take_its_file_down),
	  cmocka_unit_test(without_keep_going_nothing_stays),
	  cmocka_unit_test(one_message_between_rules),
	  cmocka_unit_test(a_byte_order_mark_is_named),
	  cmocka_unit_test(what_is_cut_off_is_reported),
	  cmocka_unit_test(depth_is_bounded))
