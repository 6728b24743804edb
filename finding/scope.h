/*
 * The scope of a campaign: what a sweep must include, and which gaps it may leave.
 *
 * Without a scope the sweep is judged strictly: any gap makes the answer "not known".
 * With one, gaps within its limits are told as tolerated, and what it requires but the
 * sweep did not include is a gap of its own.  docs/scope-format.md describes the file.
 */
#ifndef RAQUET_FINDING_SCOPE_H
#define RAQUET_FINDING_SCOPE_H

#include "bytes/cap.h"
#include "finding/words.h"

/* Kinds of files, as bits; told apart by the ending of the name alone, since what could
 * not be read shows nothing else. */
enum scope_kind {
	SCOPE_PROGRAMS = 1,
	SCOPE_DOCUMENTS = 2,
	SCOPE_SCRIPTS = 4,
	SCOPE_ARCHIVES = 8,
	SCOPE_ALL_KINDS = 15,
};

struct scope_root {
	const char *path;   /* as written, with %NAME%, ~ and * */
	bool is_if_present; /* else its absence is a gap */
};

/* Up to limit gaps of reason at paths that fit pattern. */
struct scope_tolerance {
	enum gap_reason reason;
	uint64_t limit;
	const char *pattern; /* NULL: any path */
};

struct scope {
	const char *name[N_LANGUAGES], *description[N_LANGUAGES]; /* or NULL */
	const struct scope_root *roots; /* none: what the person names */
	size_t n_roots;
	uint32_t kinds;
	bool running_programs; /* their files are roots, in front of the others */
	bool processes, persistence;
	uint32_t max_content_age; /* days */
	const struct scope_tolerance *tolerances;
	size_t n_tolerances;
	uint8_t sha256[32]; /* of the text */
};

/* Whether a scope may tolerate it: not what means that the sweep was another one than
 * the scope asks for (stopped, rules refused, a root left out ...). */
bool scope_may_tolerate(enum gap_reason reason);

/* The kinds that a name with this ending may be of; all of them when it tells none. */
uint32_t scope_kinds_of(struct bytes path);

/* How a system takes the names of files: that of Windows has two separators, and the
 * case of a letter does not matter. */
enum scope_names { SCOPE_NAMES_POSIX, SCOPE_NAMES_WINDOWS };
enum scope_names scope_names_here(void);

/* The pattern's * is any run of bytes, ? any one, / any separator of folders. */
bool scope_pattern_fits(const char *pattern, struct bytes path, enum scope_names names);

/* Whether path is folder, or below it.  Both end with 0. */
bool scope_lies_in(const char *path, const char *folder, enum scope_names names);

/* Counts the gaps of one sweep against its scope.  {.scope = ...} begins; NULL: none. */
struct scope_tally {
	const struct scope *scope;
	uint64_t n_used[CAP_SCOPE_TOLERANCES];
	uint64_t n_other_kind[N_GAP_REASONS];
};

/* To be called for every gap.  Whether it is tolerated, as far as is known now. */
bool scope_tally_gap(struct scope_tally *tally, enum gap_reason reason,
		     struct bytes path);

/* Gaps tolerated by reason.  Where one limit is passed, none of that reason is. */
void scope_tally_close(const struct scope_tally *tally,
		       uint64_t n_tolerated_out[N_GAP_REASONS]);

#endif
