/*
 * Commands that are made of verbs ("raquet rules check"): one runner for all of them
 * reads the words, finds the verb and writes the help.
 */
#ifndef RAQUET_ENDPOINT_VERB_H
#define RAQUET_ENDPOINT_VERB_H

#include "endpoint/command.h"
#include "os/terminal.h"

/* What a verb works with; lives as long as the verb runs. */
struct verb_run {
	const struct option_value *values; /* a row each of the command's table */
	const char *const *paths;          /* what stands behind the verb */
	size_t n_paths;
	enum language language;
	struct arena *arena;
};

struct verb {
	const char *name;
	const char *explanation[N_LANGUAGES];
	int (*act)(const struct verb_run *run); /* the exit code */
};

/* Writes content where the TEXT option of output_row says, whole or not at all.
 * EXIT_CLEAN, or the exit code after a complaint. */
int verb_write(const struct verb_run *run, size_t output_row, struct bytes content);

/* Runs what words ask for of a command with verbs; the exit code. */
int verb_run(const struct command *command, const struct words *words);

#endif
