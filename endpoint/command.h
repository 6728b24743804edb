/* The commands of raquet, and what they share. */
#ifndef RAQUET_ENDPOINT_COMMAND_H
#define RAQUET_ENDPOINT_COMMAND_H

#include "command/arguments.h"
#include "endpoint/language.h"
#include "endpoint/rules.h"

/* Exit codes, by rising number; which one wins is decided by the command. */
enum exit_code {
	EXIT_CLEAN = 0,
	EXIT_FOUND = 1,
	EXIT_USAGE = 2, /* or a rule was refused */
	EXIT_INCOMPLETE = 3,
	EXIT_OURS = 4, /* we failed */
};

/* A command's words: without the program's name and the command's own. */
struct words {
	size_t n;
	char *const *at;
};

struct verb;

struct command {
	const char *name;
	int (*run)(const struct words *words); /* NULL: its verbs are run */
	enum message summary;                  /* one line in the list of commands */
	const char *usage[N_LANGUAGES];
	enum message prose[2];
	size_t n_prose;
	const struct verb *verbs; /* verb.h */
	size_t n_verbs;
	const struct option *table;
	size_t n_rows;
	size_t lang_row, help_row; /* of the table */
};

extern const struct command command_artefact, command_scan, command_result,
    command_rules, command_ioc, command_yara;
/* Linux alone. */
extern const struct command command_agent, command_courier, command_enrol;

/* The commands of this system, in the order of help. */
extern const struct command *const commands_here[];
extern const size_t n_commands_here;

/* The exit code. */
int command_run(const struct command *command, const struct words *words);

/*
 * Reads words by the command's table and chooses the language.  Complains and returns
 * false when they are wrong.
 */
bool command_read(const struct command *command, const struct words *words,
		  struct arena *arena, struct arguments *arguments,
		  enum language *language_out);

/* Writes out whole to standard output and frees it.  EXIT_CLEAN, or EXIT_OURS with a
 * complaint when not all of it could be written. */
RQ_MUST_USE int command_print(struct buffer *out, enum language language);

/* EXIT_CLEAN, or EXIT_OURS when not all of it could be written. */
RQ_MUST_USE int command_help(const struct command *command, enum language language);

/*
 * Gathers and compiles the rules at paths, or the shipped ones when n is 0, going on
 * after a bad rule; errors go to standard error.  EXIT_CLEAN, or the exit code.
 */
int command_load_rules(const char *const *paths, size_t n, const char *const *defines,
		       size_t n_defines, bool all_messages, enum language language,
		       struct arena *arena, struct rules *rules);

#endif
