/*
 * The command line, read by one parser from a table.  The same table writes --help and
 * the manual page, so that they cannot disagree with what is accepted.
 */
#ifndef RAQUET_COMMAND_ARGUMENTS_H
#define RAQUET_COMMAND_ARGUMENTS_H

#include "bytes/arena.h"
#include "bytes/buffer.h"
#include "bytes/error.h"
#include "finding/words.h"

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,   /* at most once */
	OPTION_LIST,   /* repeated, up to limit (0: no limit) */
	OPTION_NUMBER, /* decimal, 0x or 0 octal; at most once */
};

struct option {
	const char *name; /* without its dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	uint32_t limit;                       /* LIST */
	const char *value[N_LANGUAGES];       /* "FILE", as --help calls it */
	const char *explanation[N_LANGUAGES]; /* NULL: not shown */
};

/* What was given for one row of the table. */
struct option_value {
	bool given;
	const char *text; /* TEXT, NUMBER: as written; the last one of a LIST */
	int64_t number;
	const char **list;
	size_t n_list;
};

struct arguments {
	struct option_value *values; /* a row each */
	const char **operands;       /* in order */
	size_t n_operands;
};

enum arguments_manners {
	/* --name=VALUE, --name VALUE, -nVALUE, -n VALUE, -- ends the options */
	ARGUMENTS_POSIX,
	/* --name=VALUE only, -n VALUE only, flags toggle: what scripts for yara expect */
	ARGUMENTS_YARA,
};

enum arguments_problem {
	ARGUMENTS_UNKNOWN,
	ARGUMENTS_TOO_MANY,
	ARGUMENTS_NEEDS_NUMBER,
	ARGUMENTS_NEEDS_TEXT,
	ARGUMENTS_NEEDS_NOTHING,
};

/* Where parsing stopped. */
struct arguments_error {
	enum arguments_problem problem;
	const char *argument; /* as written */
};

/*
 * Reads n strings (without the program's name and command).  Texts are borrowed; lists
 * lie in arena.  RQ_ERR_USAGE: *error_out says what is wrong.
 */
RQ_MUST_USE enum rq_err arguments_parse(const struct option *table, size_t n_rows,
					enum arguments_manners manners, size_t n,
					char *const *strings, struct arena *arena,
					struct arguments *arguments_out,
					struct arguments_error *error_out);

/* One line for each row, explanations in one column and wrapped. */
void arguments_help(struct buffer *out, const struct option *table, size_t n_rows,
		    enum language language);
/* Likewise the line of a verb. */
void arguments_help_verb(struct buffer *out, const char *name, const char *explanation);

#endif
