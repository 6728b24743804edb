#include "endpoint/verb.h"

#include "bytes/cap.h"
#include "os/file.h"

#include <string.h>

int verb_write(const struct verb_run *run, size_t output_row, struct bytes content)
{
	const char *path = run->values[output_row].text;
	struct rq_diag diag = {0};
	enum rq_err err;

	if (path == NULL) {
		complain(run->language, MESSAGE_NEEDS_TEXT, "--output");
		return EXIT_USAGE;
	}
	err = file_write_atomic(path, content, &diag);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(run->language, MESSAGE_CANNOT_WRITE, path);
	complain(run->language, MESSAGE_FAILED,
		 diag.what[0] != 0 ? diag.what : rq_err_text(err));
	return EXIT_OURS;
}

static const struct verb *find(const struct command *command, const char *name)
{
	for (size_t i = 0; i < command->n_verbs; i++)
		if (strcmp(command->verbs[i].name, name) == 0)
			return &command->verbs[i];
	return NULL;
}

static int act(const struct command *command, const struct arguments *arguments,
	       enum language language, struct arena *arena)
{
	const char *name = arguments->n_operands > 0 ? arguments->operands[0] : "";
	const struct verb *verb = find(command, name);
	const struct verb_run run = {.values = arguments->values,
				     .paths = arguments->operands + 1,
				     .n_paths = arguments->n_operands - 1,
				     .language = language,
				     .arena = arena};

	if (verb == NULL) {
		complain(language, MESSAGE_UNKNOWN_COMMAND, name);
		return EXIT_USAGE;
	}
	return verb->act(&run);
}

int verb_run(const struct command *command, const struct words *words)
{
	struct arguments arguments;
	struct arena *arena = NULL;
	enum language language;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	if (command_read(command, words, arena, &arguments, &language))
		code = arguments.values[command->help_row].given
			   ? command_help(command, language)
			   : act(command, &arguments, language, arena);
	arena_free(arena);
	return code;
}
