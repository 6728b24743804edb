/*
 * Reads a scope: lines of `key: value` that an officer can write
 * (docs/scope-format.md).  All or nothing: the first thing that is wrong refuses it.
 */
#ifndef RAQUET_ENDPOINT_SCOPE_FILE_H
#define RAQUET_ENDPOINT_SCOPE_FILE_H

#include "bytes/arena.h"
#include "bytes/buffer.h"
#include "bytes/error.h"
#include "finding/scope.h"

enum scope_problem {
	SCOPE_NO_COLON,
	SCOPE_UNKNOWN_KEY,
	SCOPE_REPEATED,
	SCOPE_NO_VALUE,
	SCOPE_NOT_TEXT,
	SCOPE_NOT_YES_NO,
	SCOPE_NOT_A_NUMBER,
	SCOPE_NOT_A_KIND,
	SCOPE_NOT_A_REASON,
	SCOPE_NEVER_TOLERATED,
	SCOPE_TOO_LONG,
	SCOPE_TOO_MANY,
	SCOPE_NO_NAME,
	N_SCOPE_PROBLEMS,
};

struct scope_error {
	enum scope_problem problem;
	size_t line, column; /* from 1; columns are characters */
	struct bytes text;   /* of the line, borrowed from the file's text */
};

/* Texts of *scope_out lie in arena.  RQ_ERR_FORMAT: *error_out says what is wrong. */
RQ_MUST_USE enum rq_err scope_read(struct bytes text, struct arena *arena,
				   struct scope *scope_out,
				   struct scope_error *error_out);

/* "NAME:LINE:COLUMN: what was expected", the line, and a caret below the place. */
void scope_error_write(struct buffer *out, const char *name,
		       const struct scope_error *error, enum language language);

#endif
