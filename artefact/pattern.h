/*
 * Patterns of paths, names and commands, as a person writes them.
 *
 *     ?     one character, no separator
 *     *     any run of characters; in a path none of them a separator
 *     **    any run, separators too;  **\  also nothing at all
 *
 * A path with \ or %NAME% is one of Windows: the letters A to Z fit either case, \ and
 * / are the same, and what stands before it does not matter, so that a Windows disk
 * counts wherever it is mounted.  A path that begins with / or ~ is fitted from its
 * first byte, letter by letter.  Everything else (names, commands) fits either case.
 *
 * Fitting costs at most bytes of text times bytes of pattern, whatever they hold.
 */
#ifndef RAQUET_ARTEFACT_PATTERN_H
#define RAQUET_ARTEFACT_PATTERN_H

#include "bytes/arena.h"
#include "bytes/reader.h"

enum artefact_pattern_kind {
	PATTERN_PATH,
	PATTERN_TEXT, /* a name, a command */
	PATTERN_HOST, /* itself and every name below it; a last dot does not count */
};

struct artefact_pattern {
	struct bytes code; /* one byte a step, in the arena it was compiled into */
	size_t n_tail;     /* of them at the end that are plain */
	enum artefact_pattern_kind kind;
	bool folds; /* either case, either separator */
};

struct artefact_patterns {
	struct artefact_pattern *items;
	size_t n, capacity;
};

/*
 * Appends text to list: one pattern for each meaning of its %NAME% or ~.
 * RQ_ERR_RULE: refused; *column_out is the byte in text and *why_out what was expected.
 */
RQ_MUST_USE enum rq_err artefact_pattern_add(struct arena *arena,
					     enum artefact_pattern_kind kind,
					     struct bytes text,
					     struct artefact_patterns *list,
					     size_t *column_out, const char **why_out);

bool artefact_pattern_fits(const struct artefact_pattern *pattern, struct bytes text);
/* Whether one of them does. */
bool artefact_patterns_fit(const struct artefact_patterns *list, struct bytes text);

#endif
