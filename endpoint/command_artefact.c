#include "bytes/cap.h"
#include "endpoint/artefacts.h"
#include "endpoint/command.h"
#include "os/terminal.h"

#include <string.h>

enum { LANG, HELP, N_ROWS };

static const struct option table[N_ROWS] = {
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
};

/* One pack, or with path NULL the shipped ones. */
static int check_one(const char *path, enum language language)
{
	struct artefacts artefacts;
	struct buffer out = {0};
	struct rq_diag diag = {0};
	int code = EXIT_CLEAN;
	enum rq_err err;

	artefacts_init(&artefacts);
	err = artefacts_load(&artefacts, path == NULL, &path, path != NULL, &diag);
	if (err == RQ_OK) {
		buffer_format(&out, "%s%s%s: ", path != NULL ? path : "",
			      path != NULL ? ": " : "",
			      message(language, MESSAGE_ARTEFACTS_GOOD));
		write_count(&out, language, artefacts.set.n);
		buffer_u8(&out, '\n');
	} else if (err == RQ_ERR_RULE) {
		artefacts_explain(&artefacts, &out);
		code = EXIT_USAGE;
	} else {
		complain(language, MESSAGE_CANNOT_READ_ARTEFACTS,
			 artefacts.unread != NULL ? artefacts.unread
						  : rq_err_text(err));
		code = artefacts.unread != NULL ? EXIT_USAGE : EXIT_OURS;
	}
	if (!buffer_ok(&out) ||
	    !terminal_write(code == EXIT_CLEAN ? TERMINAL_OUT : TERMINAL_ERR,
			    buffer_bytes(&out)))
		code = EXIT_OURS;
	buffer_free(&out);
	artefacts_free(&artefacts);
	return code;
}

static int check(const struct arguments *arguments, enum language language)
{
	int worst = EXIT_CLEAN;

	if (arguments->n_operands == 0 ||
	    strcmp(arguments->operands[0], "check") != 0) {
		complain(language, MESSAGE_UNKNOWN_COMMAND,
			 arguments->n_operands > 0 ? arguments->operands[0] : "");
		return EXIT_USAGE;
	}
	if (arguments->n_operands == 1)
		return check_one(NULL, language);
	for (size_t i = 1; i < arguments->n_operands; i++) {
		int code = check_one(arguments->operands[i], language);

		worst = code > worst ? code : worst;
	}
	return worst;
}

static int run(const struct words *words)
{
	struct arguments arguments;
	struct arena *arena = NULL;
	enum language language;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	if (command_read(&command_artefact, words, LANG, arena, &arguments,
			 &language)) {
		if (arguments.values[HELP].given) {
			code = command_help(&command_artefact, language);
		} else {
			code = check(&arguments, language);
		}
	}
	arena_free(arena);
	return code;
}

const struct command command_artefact = {
    .name = "artefact",
    .run = run,
    .summary = MESSAGE_COMMAND_ARTEFACT,
    .usage = {"artefact check [TỆP]...", "artefact check [FILE]..."},
    .prose = {MESSAGE_ARTEFACT_SUMMARY},
    .n_prose = 1,
    .table = table,
    .n_rows = N_ROWS,
};
