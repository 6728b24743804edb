#include "bytes/test.h"

#include "endpoint/yara_print.h"

#include <string.h>

static const char text[] = "rule A : t1 t2 { meta: n = -3 b = true s = "
			   "\"q\\\"\\x01\\xc3\" strings: $a = \"abc\" "
			   "$h = { 61 62 } condition: any of them }\n"
			   "rule B { condition: false }\n"
			   "private rule P { condition: true }\n"
			   "rule D : t2 { condition: P }\n";

static const struct worker_match a_match = {7, 3, 0, BYTES_LITERAL("a\001c")};
static const struct worker_match xor_match = {0x1f, 2, 0x41, BYTES_LITERAL("!\"")};
static const struct worker_string strings[] = {
    {BYTES_LITERAL("$a"), false, false, &a_match, 1},
    {BYTES_LITERAL("$h"), false, true, &xor_match, 1},
};
static const struct worker_rule matching[] = {{0, strings, 2}, {3, NULL, 0}};
static const struct worker_rule not_matching[] = {{1, NULL, 0}};
static const struct bytes lines[] = {BYTES_LITERAL("hi")};
static const struct bytes module_data[] = {BYTES_LITERAL("m"),
					   BYTES_LITERAL("\t\tk\033 = 1")};
static const char *only_t1[] = {"t1"}, *only_d[] = {"D"};

/* Every expected text was printed by yara 4.5 for these rules and this object. */
static const struct {
	const char *name;
	struct yara_print_options options;
	const char *want;
	int64_t count;
} cases[] = {
    {"plain", {0}, "hi\nA x\\ny\nD x\\ny\n", 2},
    {"-q", {.quiet = true}, "A x\\ny\nD x\\ny\n", 2},
    {"-c", {.quiet = true, .count = true}, "", 2},
    {"-e -g",
     {.quiet = true, .name_space = true, .tags = true},
     "default:A [t1,t2] x\\ny\ndefault:D [t2] x\\ny\n",
     2},
    {"-m",
     {.quiet = true, .meta = true},
     "A [n =-3,b=true,s=\"q\\\"\\001\\303\"] x\\ny\nD [] x\\ny\n",
     2},
    {"-s",
     {.quiet = true, .strings = true},
     "A x\\ny\n0x7:$a: a\\x01c\n0x1f:$h: 21 22\nD x\\ny\n",
     2},
    {"-L",
     {.quiet = true, .lengths = true},
     "A x\\ny\n0x7:3:$a\n0x1f:2:$h\nD x\\ny\n",
     2},
    {"-X",
     {.quiet = true, .xor_keys = true},
     "A x\\ny\n0x7:$a:xor(0x00,a\\x01c)\n0x1f:$h:xor(0x41,`c)\nD x\\ny\n",
     2},
    {"-t", {.quiet = true, .only_tags = only_t1, .n_only_tags = 1}, "A x\\ny\n", 2},
    {"-i wins over -t",
     {.quiet = true,
      .only_tags = only_t1,
      .n_only_tags = 1,
      .only_rules = only_d,
      .n_only_rules = 1},
     "D x\\ny\n",
     2},
    {"-l", {.quiet = true, .limit = 1}, "A x\\ny\n", 1},
    {"-n", {.quiet = true, .negate = true}, "B x\\ny\n", 2},
};

static void lines_are_those_of_yara(void **state)
{
	const struct rules_options how = {.libyara_limits = true};
	const struct rules_source source = {"default", "a.yar", BYTES_LITERAL(text)};
	struct rules rules;

	(void)state;
	rules_init(&rules);
	assert_int_equal(rules_compile(&rules, &how, &source, 1, NULL), RQ_OK);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const bool negate = cases[i].options.negate;
		struct worker_answer answer = {
		    .rules = negate ? not_matching : matching,
		    .n_rules = negate ? 1 : 2,
		    .console = lines,
		    .n_console = 1,
		};
		struct yara_counts counts = {0};
		struct buffer out = {0};

		assert_int_equal(yara_print_object(&out, &cases[i].options, &rules,
						   BYTES_LITERAL("x\ny"), &answer,
						   &counts),
				 cases[i].count);
		buffer_u8(&out, 0);
		if (strcmp((const char *)out.data, cases[i].want) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", cases[i].name,
				 (const char *)out.data, cases[i].want);
		buffer_free(&out);
	}
	rules_free(&rules);
}

/* Also with -q and -c; keys of an object do not command a terminal. */
static void module_data_comes_first(void **state)
{
	struct worker_answer answer = {.console = lines,
				       .n_console = 1,
				       .module_data = module_data,
				       .n_module_data = 2};
	struct yara_print_options options = {.count = true};
	struct yara_counts counts = {0};
	struct buffer out = {0};
	struct rules rules;

	(void)state;
	rules_init(&rules);
	yara_print_object(&out, &options, &rules, BYTES_LITERAL("x"), &answer, &counts);
	options.quiet = options.visible = true;
	yara_print_object(&out, &options, &rules, BYTES_LITERAL("x"), &answer, &counts);
	buffer_u8(&out, 0);
	assert_string_equal((const char *)out.data, "m\n\t\tk\033 = 1\nhi\n"
						    "m\n\t\tk\\x1b = 1\n");
	buffer_free(&out);
	rules_free(&rules);
}

TEST_MAIN(cmocka_unit_test(lines_are_those_of_yara),
	  cmocka_unit_test(module_data_comes_first))
