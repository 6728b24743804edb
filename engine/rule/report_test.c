#include "engine/rule/rule_test.h"

/* The first message of text as a person reads it. */
static void check_message(const char *text, const char *wanted)
{
	struct parsed p = parse(text, NULL);
	struct buffer out = {0};

	rule_message_write(&p.report.messages[0], &out);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_string_equal((const char *)out.data, wanted);
	buffer_free(&out);
	parsed_free(&p);
}

static void a_caret_stands_under_the_place(void **state)
{
	(void)state;
	check_message("rule r {\n\tcondition: \"\xc3\xa0\" == nothing\n}",
		      "test.yar:2:20: error: rule \"r\": undefined identifier "
		      "\"nothing\"\n"
		      "    2 | \tcondition: \"\xc3\xa0\" == nothing\n"
		      "      | \t                  ^\n"
		      "      | no variable, module or earlier rule\n");
}

static void the_place_inside_of_an_expression_is_found(void **state)
{
	(void)state;
	check_message("rule r { strings: $a = /abc(/ condition: $a }",
		      "test.yar:1:29: error: rule \"r\": invalid regular expression "
		      "\"$a\": syntax error\n"
		      "    1 | rule r { strings: $a = /abc(/ condition: $a }\n"
		      "      |                             ^\n");
}

static void a_long_line_is_cut_around_the_place(void **state)
{
	static char text[10000];
	struct parsed p;

	(void)state;
	memset(text, ' ', sizeof text - 1);
	memcpy(&text[5000], "rule 5", 6);
	p = parse(text, NULL);
	assert_int_equal(p.report.messages[0].place.column, 5006);
	assert_true(p.report.messages[0].place.text.n <= 400);
	assert_int_equal(p.report.messages[0].place.text_column, 4806);
	parsed_free(&p);
}

static void a_terminal_sees_no_control_characters(void **state)
{
	struct parsed p = parse("rule \x1b[2J", NULL);
	struct buffer out = {0};

	(void)state;
	rule_message_write(&p.report.messages[0], &out);
	assert_null(memchr(out.data, 0x1b, out.size));
	buffer_free(&out);
	parsed_free(&p);
}

static void a_report_outlives_its_rules(void **state)
{
	struct parsed p = parse("rule r { strings: $a = \"b\" condition: true", NULL);
	struct buffer out = {0};

	(void)state;
	rule_set_free(p.set);
	p.set = NULL;
	rule_message_write(&p.report.messages[0], &out);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_non_null(strstr((const char *)out.data, "rule \"r\""));
	assert_non_null(strstr((const char *)out.data, "test.yar:1:"));
	buffer_free(&out);
	parsed_free(&p);
}

TEST_MAIN(cmocka_unit_test(a_caret_stands_under_the_place),
	  cmocka_unit_test(the_place_inside_of_an_expression_is_found),
	  cmocka_unit_test(a_long_line_is_cut_around_the_place),
	  cmocka_unit_test(a_terminal_sees_no_control_characters),
	  cmocka_unit_test(a_report_outlives_its_rules))
