/*
 * raquet yara: reads the options of yara 4.5, prints what it prints, and ends with its
 * exit codes.  What differs stands in docs/yara.md.
 */
#include "bytes/cap.h"
#include "endpoint/command.h"
#include "endpoint/yara_run.h"
#include "engine/module/module.h"
#include "os/file.h"
#include "os/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEHAVES_AS "4.5.8" /* the one that we behave as */

enum { YARA_MAX_THREADS = 32 };

void yara_say(const char *format, ...)
{
	char text[8192]; /* with the longest path */
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0)
		terminal_write(TERMINAL_ERR, (struct bytes){(const uint8_t *)text,
							    (size_t)n < sizeof text
								? (size_t)n
								: sizeof text - 1});
}

void yara_put(struct buffer *out)
{
	if (buffer_ok(out) && out->size > 0)
		terminal_write(TERMINAL_OUT, buffer_bytes(out));
	buffer_clear(out);
}

/* ---- options ---- */

static void say_wrong(const struct arguments_error *error)
{
	static const char *const sentences[] = {
	    [ARGUMENTS_UNKNOWN] = "unknown option `%s`\n",
	    [ARGUMENTS_TOO_MANY] = "too many `%s` options\n",
	    [ARGUMENTS_NEEDS_NUMBER] = "option `%s` requires an integer argument\n",
	    [ARGUMENTS_NEEDS_TEXT] = "option `%s` requires a string argument\n",
	    [ARGUMENTS_NEEDS_NOTHING] = "option `%s` doesn't expect an argument\n",
	};

	yara_say(sentences[error->problem], error->argument);
}

static void print_modules(void)
{
	struct buffer out = {0};

	for (size_t i = 0; module_list[i] != NULL; i++)
		buffer_format(&out, "%s\n", module_list[i]->name);
	yara_put(&out);
	buffer_free(&out);
}

static bool is_readable(const char *path)
{
	struct file file = FILE_NONE;
	struct file_info info;
	bool is_file =
	    file_open(path, &file, &info, NULL) == RQ_OK && info.kind == FILE_REGULAR;

	file_close(&file);
	return is_file;
}

static bool check_module_data(const struct option_value *given)
{
	for (size_t i = 0; i < given->n_list; i++) {
		const char *equals = strchr(given->list[i], '=');

		if (equals == NULL) {
			yara_say("error: wrong syntax for `-x` option.\n");
			return false;
		}
		if (!is_readable(equals + 1)) {
			yara_say("error: could not open file \"%s\".\n", equals + 1);
			return false;
		}
	}
	return true;
}

/* Our grams come from a table of our own, but a script that names a missing file must
 * hear of it. */
static bool check_atom_table(const struct option_value *given)
{
	if (!given->given || is_readable(given->text))
		return true;
	yara_say("error loading atom quality table: could not open file\n");
	return false;
}

static bool is_refused(const struct yara_run *run)
{
	if (run->values[YARA_COMPILED].given)
		yara_say("raquet yara: -C: compiled rules are not accepted; give the "
			 "rules as text\n");
	return run->values[YARA_COMPILED].given;
}

static void read_print_options(struct yara_run *run)
{
	const struct option_value *values = run->values;

	run->print = (struct yara_print_options){
	    .count = values[YARA_COUNT].given,
	    .negate = values[YARA_NEGATE].given,
	    .quiet = values[YARA_QUIET].given,
	    .meta = values[YARA_META].given,
	    .name_space = values[YARA_NAME_SPACE].given,
	    .tags = values[YARA_TAGS].given,
	    .strings = values[YARA_STRINGS].given,
	    .lengths = values[YARA_LENGTHS].given,
	    .xor_keys = values[YARA_XOR_KEYS].given,
	    .only_tags = values[YARA_TAG].list,
	    .n_only_tags = values[YARA_TAG].n_list,
	    .only_rules = values[YARA_IDENTIFIER].list,
	    .n_only_rules = values[YARA_IDENTIFIER].n_list,
	    .limit = values[YARA_MAX_RULES].number,
	    .visible = terminal_is(TERMINAL_OUT),
	};
}

static void print_stats(const struct yara_run *run)
{
	struct buffer out = {0};

	buffer_format(&out,
		      "number of rules                    : %zu\n"
		      "number of strings                  : %zu\n",
		      run->rules.n_rules, ruleset_n_strings(run->rules.ruleset));
	yara_put(&out);
	buffer_free(&out);
}

static int scan(struct yara_run *run, const struct arguments *arguments)
{
	if (arguments->n_operands < 2) {
		yara_say(
		    "yara: wrong number of arguments\n"
		    "Usage: yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | "
		    "PID\n"
		    "\nTry `--help` for more options\n");
		return EXIT_FAILURE;
	}
	if (is_refused(run) || !check_module_data(&run->values[YARA_MODULE_DATA]) ||
	    !check_atom_table(&run->values[YARA_ATOM_TABLE]))
		return EXIT_FAILURE;
	read_print_options(run);
	run->target = arguments->operands[arguments->n_operands - 1];
	if (!yara_load_rules(run, arguments->operands, arguments->n_operands - 1))
		return EXIT_FAILURE;
	if (run->values[YARA_STATS].given)
		print_stats(run);
	return yara_scan_target(run) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_with(struct yara_run *run, const struct arguments *arguments)
{
	enum language language;

	if (run->values[YARA_VERSION].given) {
		terminal_write(TERMINAL_OUT, BYTES_LITERAL(BEHAVES_AS "\n"));
		return EXIT_SUCCESS;
	}
	if (run->values[YARA_HELP].given) {
		(void)language_choose(NULL, &language);
		(void)!command_help(&command_yara, language); /* as yara: always 0 */
		return EXIT_SUCCESS;
	}
	if (run->values[YARA_THREADS].number > YARA_MAX_THREADS) {
		yara_say("maximum number of threads is %d\n", YARA_MAX_THREADS);
		return EXIT_FAILURE;
	}
	if (run->values[YARA_MODULE_NAMES].given) {
		print_modules();
		return EXIT_SUCCESS;
	}
	return scan(run, arguments);
}

static int run(const struct words *words)
{
	struct yara_run yara = {0};
	struct arguments arguments;
	struct arguments_error error;
	int code = EXIT_FAILURE;
	enum rq_err err;

	if (arena_new(CAP_RULE_HEAP, &yara.arena) != RQ_OK)
		return EXIT_FAILURE;
	rules_init(&yara.rules);
	err = arguments_parse(yara_options, N_YARA_OPTIONS, ARGUMENTS_YARA, words->n,
			      words->at, yara.arena, &arguments, &error);
	if (err == RQ_ERR_USAGE) {
		say_wrong(&error);
	} else if (err == RQ_OK) {
		yara.values = arguments.values;
		code = run_with(&yara, &arguments);
	}
	rules_free(&yara.rules);
	arena_free(yara.arena);
	return code;
}

const struct command command_yara = {
    .name = "yara",
    .run = run,
    .summary = MESSAGE_COMMAND_YARA,
    .usage = {"yara [TÙY CHỌN]... [KHÔNG_GIAN_TÊN:]TỆP_LUẬT... TỆP|THƯ_MỤC",
	      "yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE|DIR"},
    .prose = {MESSAGE_YARA_SUMMARY},
    .n_prose = 1,
    .table = yara_options,
    .n_rows = N_YARA_OPTIONS,
};
