/*
 * The places that the roots of a scope mean on a machine, and which of them a sweep
 * leaves out.
 */
#ifndef RAQUET_ENDPOINT_SCOPE_PLACE_H
#define RAQUET_ENDPOINT_SCOPE_PLACE_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "finding/scope.h"

/* What roots refer to; tests make their own. */
struct scope_machine {
	const char *home; /* NULL: none */
	const char *const *homes;
	size_t n_homes;
	const char *const *programs; /* files that run */
	size_t n_programs;
	const char *const *unknown; /* programs without a known file */
	size_t n_unknown;
	/* Appends the value and a 0; RQ_ERR_NOT_FOUND: not set. */
	enum rq_err (*variable)(const char *name, struct buffer *to);
};

/* This machine; its programs only when the scope asks for them. */
RQ_MUST_USE enum rq_err scope_machine_here(const struct scope *scope,
					   struct arena *arena,
					   struct scope_machine *machine_out);

/* Something of the scope that the sweep does not include. */
struct scope_hole {
	enum gap_reason reason;
	const char *path, *detail;
};

struct scope_places {
	const char **paths; /* in the order of the scope, none inside of another */
	size_t n;
	struct scope_hole *holes;
	size_t n_holes;
};

/* All texts in arena. */
RQ_MUST_USE enum rq_err scope_places_find(const struct scope *scope,
					  const struct scope_machine *machine,
					  struct arena *arena,
					  struct scope_places *places_out);

/* What was swept instead of the places. */
struct scope_swept {
	const char *const *paths;
	size_t n_paths;
	bool all; /* every local disk */
	bool processes, persistence;
};

/* Adds a hole for each place that lies in none of the paths, and for what else is
 * required and was not done. */
RQ_MUST_USE enum rq_err scope_places_compare(const struct scope *scope,
					     const struct scope_swept *swept,
					     struct arena *arena,
					     struct scope_places *places);

#endif
