/*
 * A table of units as people hand it in (docs/units.md has the columns), read without
 * the store: what a confined process does with an upload.  unit_import takes what it
 * gives, and trusts nothing of it.
 */
#ifndef RAQUET_CENTRE_UNIT_TABLE_H
#define RAQUET_CENTRE_UNIT_TABLE_H

#include "bytes/arena.h"
#include "centre/unit/unit.h"

/* What is wrong; unit_wrong_text has the sentences. */
enum unit_wrong {
	UNIT_WRONG_QUOTE,
	UNIT_WRONG_FIELDS,
	UNIT_WRONG_LONG,
	UNIT_WRONG_HEADER, /* no column with names: nothing else was read */
	UNIT_WRONG_COLUMN, /* a name of a column that we do not know, or twice */
	UNIT_WRONG_TEXT,   /* no UTF-8, hidden characters */
	UNIT_WRONG_NAME,   /* missing, or without a letter */
	UNIT_WRONG_CODE,   /* of none of both forms */
	UNIT_WRONG_KIND,
	UNIT_WRONG_RANK,
	UNIT_WRONG_ANSWER, /* neither yes nor no */
	UNIT_WRONG_DAY,
	UNIT_WRONG_ROWS,    /* more than CAP_UNIT_ROWS, or CAP_UNIT_TABLE bytes */
	UNIT_WRONG_TWICE,   /* the unit or its code stands on another line as well */
	UNIT_WRONG_PARENT,  /* not found, or below itself */
	UNIT_WRONG_SEVERAL, /* the unit above may be one of several: give its code */
	UNIT_WRONG_CHANGE,  /* the store refused: the units do not allow it */
	N_UNIT_WRONGS,
};

struct unit_complaint {
	size_t line;
	enum unit_wrong wrong;
	const char *text; /* that it is about, may be "" */
};

struct unit_row {
	size_t line;
	const char *name;     /* tidied */
	const char *folded;   /* of it */
	const char *codes[2]; /* tidied, of any form; "" */
	const char *parent;   /* a code or a name; "" is the top */
	enum unit_kind kind;
	int64_t rank;
	int64_t first_day; /* UNIT_DAY_OPEN: none is given */
	bool counts_only;
};
#define UNIT_DAY_OPEN INT64_MIN

struct unit_table {
	struct unit_row *rows;
	size_t n_rows, row_capacity;
	struct unit_complaint *complaints; /* CAP_UNIT_COMPLAINTS at most */
	size_t n_complaints, complaint_capacity;
	uint64_t n_wrong; /* all of them */
};

/* All lies in arena.  Rows that are wrong are complaints and no rows. */
RQ_MUST_USE enum rq_err unit_table_read(struct bytes text, struct arena *arena,
					struct unit_table *table_out);

RQ_MUST_USE enum rq_err unit_complain(struct unit_table *table, struct arena *arena,
				      size_t line, enum unit_wrong wrong,
				      struct bytes text);

/* A sentence, static; in Vietnamese, in English. */
const char *unit_wrong_text(enum unit_wrong wrong, bool in_english);

/* ---- taking it in ---- */

struct unit_import {
	size_t n_added, n_changed, n_same;
	bool is_done; /* false: nothing was changed */
};

/*
 * Inside a change.  Adds units and changes those that are there (by code, or else by name
 * and unit above) into what the table says, all of them or, where anything is wrong or
 * only_check is set, none; complaints are added to table.  A unit that the table does not
 * have stays as it is.  Where there is no unit at all yet, days may be over.
 */
RQ_MUST_USE enum rq_err unit_import(struct store *store, const struct unit_act *act,
				    struct unit_table *table, struct arena *arena,
				    bool only_check, struct unit_import *import_out,
				    struct rq_diag *diag);

#endif
