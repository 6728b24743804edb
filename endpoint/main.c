/* raquet: chooses the command. */
#include "endpoint/command.h"
#include "endpoint/manual.h"
#include "endpoint/worker.h"
#include "os/host.h"

#include <string.h>

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < n_commands_here; i++)
		if (strcmp(commands_here[i]->name, name) == 0)
			return commands_here[i];
	return NULL;
}

static int overview(enum language language)
{
	struct buffer out = {0};

	buffer_format(&out, "raquet %s\n\n%s: raquet ...\n\n%s:\n", RAQUET_VERSION,
		      message(language, MESSAGE_USAGE),
		      message(language, MESSAGE_COMMANDS));
	for (size_t i = 0; i < n_commands_here; i++)
		buffer_format(&out, "  %-9s %s\n", commands_here[i]->name,
			      message(language, commands_here[i]->summary));
	buffer_format(&out, "  %-9s %s\n  %-9s %s\n", "help",
		      message(language, MESSAGE_COMMAND_HELP), "version",
		      message(language, MESSAGE_COMMAND_VERSION));
	return command_print(&out, language);
}

static int help(const struct words *words)
{
	const struct command *command = NULL;
	enum language language;
	const char *about = NULL;

	(void)language_choose(NULL, &language);
	for (size_t i = 0; i < words->n; i++) {
		if (strncmp(words->at[i], "--lang=", 7) == 0)
			(void)language_choose(words->at[i] + 7, &language);
		else if (strcmp(words->at[i], "--lang") == 0 && i + 1 < words->n)
			(void)language_choose(words->at[++i], &language);
		else
			about = words->at[i];
	}
	if (about != NULL && strcmp(about, "--man") == 0) {
		struct buffer page = {0};

		manual_write(&page, commands_here, n_commands_here, language);
		return command_print(&page, language);
	}
	if (about != NULL)
		command = find(about);
	if (about != NULL && command == NULL) {
		complain(language, MESSAGE_UNKNOWN_COMMAND, about);
		return EXIT_USAGE;
	}
	return command != NULL ? command_help(command, language) : overview(language);
}

static int version(void)
{
	struct buffer out = {0};
	enum language language;

	(void)language_choose(NULL, &language);
	buffer_format(&out, "raquet %s\n", RAQUET_VERSION);
	return command_print(&out, language);
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct words words = {argc > 2 ? (size_t)argc - 2 : 0,
				    argc > 2 ? argv + 2 : NULL};
	const struct command *command = find(name);
	enum language language;

	if (command != NULL)
		return command_run(command, &words);
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0)
		return help(&words);
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0)
		return version();
	(void)language_choose(NULL, &language);
	if (*name != 0)
		complain(language, MESSAGE_UNKNOWN_COMMAND, name);
	(void)overview(language);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_main(argc, argv);
	host_keep_streams();
	host_survive_limits();
	argv = host_arguments(argc, argv, &argc);
	return dispatch(argc, argv);
}
