/* "Which machine is this?": asked from a list, or said on the command line. */
#ifndef RAQUET_ENDPOINT_ASSET_ASK_H
#define RAQUET_ENDPOINT_ASSET_ASK_H

#include "bytes/arena.h"
#include "finding/words.h"

struct asset_question {
	const char *list; /* path of a list; NULL: the one beside the program, if any */
	const char *tag;  /* given on the command line; NULL: ask, where somebody can */
	enum language language;
};

struct asset_answer {
	const char *tag, *unit; /* NULL: none */
	bool is_listed;         /* else a person wrote it, and no list has it */
};

/* Texts lie in arena.  EXIT_CLEAN, or the exit code after a complaint. */
int asset_ask(const struct asset_question *question, struct arena *arena,
	      struct asset_answer *answer_out);

#endif
