#include "bytes/test.h"

#include "command/arguments.h"

#include <string.h>

enum { QUIET, RULES, OUTPUT, THREADS, HIDDEN, N_ROWS };

static const struct option table[N_ROWS] = {
    [QUIET] = {"quiet", 'q', OPTION_FLAG, 0, {0}, {"Im lặng.", "Say nothing."}},
    [RULES] = {"rules", 'r', OPTION_LIST, 2, {"TỆP", "FILE"}, {"Luật.", "Rules."}},
    [OUTPUT] = {"output", 'o', OPTION_TEXT, 0, {"TỆP", "FILE"}, {"Ghi.", "Write."}},
    [THREADS] =
	{"threads",
	 'p',
	 OPTION_NUMBER,
	 0,
	 {"N", "N"},
	 {"Số tiến trình làm việc cùng lúc, mặc định là một cho mỗi bộ xử lý có mặt.",
	  "Processes at work at the same time; by default one for each processor."}},
    [HIDDEN] = {"hidden", 0, OPTION_FLAG, 0, {0}, {0}},
};

struct given {
	const char *name;
	enum arguments_manners manners;
	const char *strings[6];
	/* what was understood, in short, or what is wrong */
	const char *want;
};

static const struct given cases[] = {
    {"nothing", ARGUMENTS_POSIX, {NULL}, ""},
    {"operands in order", ARGUMENTS_POSIX, {"b", "a"}, " b a"},
    {"long with equals", ARGUMENTS_POSIX, {"--output=x"}, " output=x"},
    {"long with space", ARGUMENTS_POSIX, {"--output", "x", "y"}, " output=x y"},
    {"empty value", ARGUMENTS_POSIX, {"--output="}, " output="},
    {"short with space", ARGUMENTS_POSIX, {"-o", "x"}, " output=x"},
    {"short, joined", ARGUMENTS_POSIX, {"-qox"}, " quiet output=x"},
    {"list", ARGUMENTS_POSIX, {"-r", "a", "--rules=b"}, " rules=a,b"},
    {"list too long", ARGUMENTS_POSIX, {"-ra", "-rb", "-rc"}, "too many: -rc"},
    {"text twice", ARGUMENTS_POSIX, {"-ox", "-oy"}, "too many: -oy"},
    {"number", ARGUMENTS_POSIX, {"-p", "0x10"}, " threads=16"},
    {"no number", ARGUMENTS_POSIX, {"-p", "4x"}, "needs number: -p"},
    {"negative number",
     ARGUMENTS_POSIX,
     {"--threads=-1"},
     "needs number: --threads=-1"},
    {"too large",
     ARGUMENTS_POSIX,
     {"--threads=99999999999999999999"},
     "needs number: --threads=99999999999999999999"},
    {"value missing", ARGUMENTS_POSIX, {"--output"}, "needs text: --output"},
    {"flag with value", ARGUMENTS_POSIX, {"--quiet=1"}, "needs nothing: --quiet=1"},
    {"flag twice", ARGUMENTS_POSIX, {"-qq"}, " quiet"},
    {"unknown", ARGUMENTS_POSIX, {"--outpu"}, "unknown: --outpu"},
    {"unknown letter", ARGUMENTS_POSIX, {"-qz"}, "unknown: -qz"},
    {"end of options", ARGUMENTS_POSIX, {"--", "-q", "--"}, " -q --"},
    {"dash alone", ARGUMENTS_POSIX, {"-"}, " -"},
    {"yara: long with equals", ARGUMENTS_YARA, {"--output=x"}, " output=x"},
    {"yara: long with space",
     ARGUMENTS_YARA,
     {"--output", "x"},
     "needs text: --output"},
    {"yara: short with space", ARGUMENTS_YARA, {"-qo", "x", "y"}, " quiet output=x y"},
    {"yara: short, joined", ARGUMENTS_YARA, {"-ox"}, "needs text: -ox"},
    {"yara: flag twice", ARGUMENTS_YARA, {"-q", "-q"}, "too many: -q"},
    {"yara: flag with value", ARGUMENTS_YARA, {"--quiet=no"}, " quiet"},
    {"yara: negative number", ARGUMENTS_YARA, {"-p", "-4"}, " threads=-4"},
    {"yara: number missing", ARGUMENTS_YARA, {"-p"}, "needs number: -p"},
    {"yara: two dashes are an operand", ARGUMENTS_YARA, {"--", "-q"}, " quiet --"},
    {"yara: text twice", ARGUMENTS_YARA, {"-o", "x", "-o", "y"}, "too many: -o"},
};

static const char *const problems[] = {
    [ARGUMENTS_UNKNOWN] = "unknown",
    [ARGUMENTS_TOO_MANY] = "too many",
    [ARGUMENTS_NEEDS_NUMBER] = "needs number",
    [ARGUMENTS_NEEDS_TEXT] = "needs text",
    [ARGUMENTS_NEEDS_NOTHING] = "needs nothing",
};

static void understood(struct buffer *out, const struct arguments *arguments)
{
	const struct option_value *values = arguments->values;

	if (values[QUIET].given)
		buffer_text(out, " quiet");
	for (size_t i = 0; i < values[RULES].n_list; i++)
		buffer_format(out, "%s%s", i == 0 ? " rules=" : ",",
			      values[RULES].list[i]);
	if (values[OUTPUT].given)
		buffer_format(out, " output=%s", values[OUTPUT].text);
	if (values[THREADS].given)
		buffer_format(out, " threads=%d", (int)values[THREADS].number);
	for (size_t i = 0; i < arguments->n_operands; i++)
		buffer_format(out, " %s", arguments->operands[i]);
}

static void options_are_read_from_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arguments arguments;
		struct arguments_error error;
		struct arena *arena;
		struct buffer out = {0};
		size_t n = 0;

		while (n < 6 && cases[i].strings[n] != NULL)
			n++;
		assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
		if (arguments_parse(table, N_ROWS, cases[i].manners, n,
				    (char *const *)cases[i].strings, arena, &arguments,
				    &error) == RQ_OK)
			understood(&out, &arguments);
		else
			buffer_format(&out, "%s: %s", problems[error.problem],
				      error.argument);
		buffer_u8(&out, 0);
		if (strcmp((const char *)out.data, cases[i].want) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", cases[i].name,
				 (const char *)out.data, cases[i].want);
		buffer_free(&out);
		arena_free(arena);
	}
}

static void help_comes_from_the_table(void **state)
{
	struct buffer out = {0};

	(void)state;
	arguments_help(&out, table, N_ROWS, LANGUAGE_VI);
	buffer_u8(&out, 0);
	assert_string_equal(
	    (const char *)out.data,
	    "  -q, --quiet               Im lặng.\n"
	    "  -r, --rules=TỆP           Luật.\n"
	    "  -o, --output=TỆP          Ghi.\n"
	    "  -p, --threads=N           Số tiến trình làm việc cùng lúc, mặc "
	    "định là một cho\n"
	    "                            mỗi bộ xử lý có mặt.\n");
	buffer_free(&out);
}

TEST_MAIN(cmocka_unit_test(options_are_read_from_the_table),
	  cmocka_unit_test(help_comes_from_the_table))
