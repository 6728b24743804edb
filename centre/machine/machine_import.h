/*
 * The register from a table that somebody kept: CSV with a line of names on top, in any
 * order, Vietnamese or English:
 *
 *     Tên máy;Mã tài sản;Số sê-ri;Đơn vị;Loại
 *     MAY-VAN-THU;TS-0042;5CD1234;Xã Long Ấn;máy ký số
 *
 * Each line is taken or told, with what is wrong in it; the caller commits, or takes all
 * back and has the table put right.  The same table again adds nothing.
 */
#ifndef RAQUET_CENTRE_MACHINE_MACHINE_IMPORT_H
#define RAQUET_CENTRE_MACHINE_MACHINE_IMPORT_H

#include "centre/machine/machine.h"

enum import_fault {
	IMPORT_KNOWN, /* the same is there already */
	IMPORT_COLUMN, /* a name on top that means nothing here: the column is left out */
	IMPORT_NO_COLUMNS, /* none on top that names a machine */
	IMPORT_TABLE,      /* not a row of CSV */
	IMPORT_TEXT,       /* too long, or not UTF-8 that can be seen */
	IMPORT_EMPTY,      /* neither name nor tag nor serial number */
	IMPORT_NO_UNIT,    /* that the person reaches */
	IMPORT_UNITS,      /* several fit: write the code */
	IMPORT_CLASS,      /* none of the words for one; exempt needs an approver */
	IMPORT_TAG_TAKEN,  /* another machine has that asset tag */
	IMPORT_ROWS,       /* more than CAP_IMPORT_ROWS: the rest was not read */
	N_IMPORT_FAULTS,
};

enum import_language { IMPORT_VIETNAMESE, IMPORT_ENGLISH };
/* A sentence without its stop. */
const char *import_fault_text(enum import_fault fault, enum import_language language);

struct import_line {
	size_t line; /* of the file, from 1 */
	enum import_fault fault;
	struct bytes text; /* what was written there; any bytes, for this call */
};

struct import_totals {
	size_t n_added, n_known, n_wrong;
};

/*
 * act->by is a person.  unit: of rows that name none; 0: each must.  Machines are there
 * from day on.  told gets each line that was not added.  RQ_ERR_LIMIT: more than
 * CAP_IMPORT_FILE bytes.
 */
RQ_MUST_USE enum rq_err machine_import_csv(
    struct store *store, const struct unit_act *act, struct bytes text, int64_t unit,
    int64_t day, void *listener,
    enum rq_err (*told)(void *listener, const struct import_line *line),
    struct import_totals *totals_out, struct rq_diag *diag);

#endif
