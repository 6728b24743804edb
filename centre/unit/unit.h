/*
 * Units: the departments, districts and communes of a province, and what is below them,
 * as they are on each day.
 *
 * Nothing is ever overwritten but what begins on the same day: a unit that is renamed,
 * moved or ended keeps what it was before.  A change is for today or a later day, and
 * comes behind all that is known of that unit, so that a question for a day that is over
 * has the same answer for ever.  Only the first of all units may begin earlier.
 *
 * Changes run inside a transaction of the caller, who takes it back after an error; each
 * is an entry of the audit log.  RQ_ERR_NOT_FOUND: a unit is not there, or is outside of
 * what the person reaches.  RQ_ERR_CONFLICT: the day, or something that stands in the
 * way; diag says what.
 */
#ifndef RAQUET_CENTRE_UNIT_UNIT_H
#define RAQUET_CENTRE_UNIT_UNIT_H

#include "bytes/cap.h"
#include "centre/unit/day.h"
#include "centre/unit/reach.h"

/* In protocol order. */
enum unit_kind {
	UNIT_PROVINCE = 1,
	UNIT_DEPARTMENT,
	UNIT_DISTRICT,
	UNIT_COMMUNE,
	UNIT_OTHER,
};

enum code_form {
	CODE_OLD = 1, /* 000.00.16.H41, Circular 10/2016 */
	CODE_NEW = 2, /* H41.16, Decision 20/2020 */
};

enum successor_how { SUCCESSOR_MERGED = 1, SUCCESSOR_SPLIT, SUCCESSOR_ABOLISHED };

/* A unit as it is in one run of days. */
struct unit {
	int64_t id;
	int64_t parent; /* 0: none, or none that may be seen */
	int64_t first_day, end_day;
	struct bytes name;
	enum unit_kind kind;
	int64_t rank; /* among those of its kind, as given */
	bool counts_only;
};

/* ---- changes ---- */

/* Who changes what, and when. */
struct unit_act {
	const struct reach
	    *by; /* units outside are not found; NULL: the centre itself */
	int64_t time_ms;
	int64_t today; /* the local day of time_ms */
};

/* first_day of wanted; its id and end_day are not looked at.  *id_out is told to no one
 * before the commit. */
RQ_MUST_USE enum rq_err unit_add(struct store *store, const struct unit_act *act,
				 const struct unit *wanted, int64_t *id_out,
				 struct rq_diag *diag);
RQ_MUST_USE enum rq_err unit_rename(struct store *store, const struct unit_act *act,
				    int64_t unit, struct bytes name, int64_t day,
				    struct rq_diag *diag);
/* parent 0: to the top. */
RQ_MUST_USE enum rq_err unit_move(struct store *store, const struct unit_act *act,
				  int64_t unit, int64_t parent, int64_t day,
				  struct rq_diag *diag);
/* Kind, rank and counts_only of as. */
RQ_MUST_USE enum rq_err unit_describe(struct store *store, const struct unit_act *act,
				      int64_t unit, const struct unit *as, int64_t day,
				      struct rq_diag *diag);
/* A code that no other unit has; it takes the place of one of the same form.  *form_out
 * (may be NULL) is told from its form; RQ_ERR_USAGE: it has none of both. */
RQ_MUST_USE enum rq_err unit_give_code(struct store *store, const struct unit_act *act,
				       int64_t unit, struct bytes code, int64_t day,
				       struct rq_diag *diag);

/* All of units that are not into end; what is below them is below into. */
RQ_MUST_USE enum rq_err unit_merge(struct store *store, const struct unit_act *act,
				   const int64_t *units, size_t n_units, int64_t into,
				   int64_t day, struct rq_diag *diag);
/* unit ends, unless it is one of into; then nothing may be below it. */
RQ_MUST_USE enum rq_err unit_split(struct store *store, const struct unit_act *act,
				   int64_t unit, const int64_t *into, size_t n_into,
				   int64_t day, struct rq_diag *diag);
/* Nothing may be below it.  into: who has its work now, or 0. */
RQ_MUST_USE enum rq_err unit_abolish(struct store *store, const struct unit_act *act,
				     int64_t unit, int64_t into, int64_t day,
				     struct rq_diag *diag);

/* The form of a code that is written well, tidied to out[CAP_UNIT_CODE + 1]; 0: none. */
enum code_form unit_code_form(struct bytes code, char *out);

/* ---- questions: of reach->day, of what reach covers ---- */

/* Inside *told* names and codes live until it returns; its error ends the question. */

/* In protocol order: counts only last, then kind, rank, name.  above 0: all. */
RQ_MUST_USE enum rq_err unit_list(
    struct store *store, const struct reach *reach, int64_t above, void *listener,
    enum rq_err (*told)(void *listener, const struct unit *unit), struct rq_diag *diag);
/* As list, one; RQ_ERR_NOT_FOUND. */
RQ_MUST_USE enum rq_err unit_get(
    struct store *store, const struct reach *reach, int64_t unit, void *listener,
    enum rq_err (*told)(void *listener, const struct unit *unit), struct rq_diag *diag);
/* What it was called and where it was before and after, by day. */
RQ_MUST_USE enum rq_err unit_history(
    struct store *store, const struct reach *reach, int64_t unit, void *listener,
    enum rq_err (*told)(void *listener, const struct unit *unit), struct rq_diag *diag);

struct unit_code {
	struct bytes code;
	enum code_form form;
	int64_t first_day, end_day;
};
/* All that it ever had, by day. */
RQ_MUST_USE enum rq_err unit_codes(struct store *store, const struct reach *reach,
				   int64_t unit, void *listener,
				   enum rq_err (*told)(void *listener,
						       const struct unit_code *code),
				   struct rq_diag *diag);

struct unit_successor {
	int64_t successor;
	int64_t day;
	enum successor_how how;
};
/* Of a unit that had an end, or lost a part: reach->day is one of its days, and those
 * successors are told that reach covers on the day on which they followed. */
RQ_MUST_USE enum rq_err unit_successors(
    struct store *store, const struct reach *reach, int64_t unit, void *listener,
    enum rq_err (*told)(void *listener, const struct unit_successor *successor),
    struct rq_diag *diag);

/* ---- what a person typed ---- */

struct unit_found {
	int64_t ids[CAP_UNIT_FOUND];
	size_t n;     /* in ids: the caller asks which, when there are several */
	bool is_more; /* than there is room for */
};

/*
 * The units that text can mean: of that code, or else of that name.  Where several have
 * one folded name and text has the marks of some of them only, those.
 */
RQ_MUST_USE enum rq_err unit_find(struct store *store, const struct reach *reach,
				  struct bytes text, struct unit_found *found_out,
				  struct rq_diag *diag);
/* That of the code text, and those in whose name each word of text begins a word, in
 * protocol order. */
RQ_MUST_USE enum rq_err unit_search(struct store *store, const struct reach *reach,
				    struct bytes text, struct unit_found *found_out,
				    struct rq_diag *diag);

/* The tree as it is derived, made again and compared.  RQ_ERR_FORMAT: it differs. */
RQ_MUST_USE enum rq_err unit_check(struct store *store, struct rq_diag *diag);

#endif
