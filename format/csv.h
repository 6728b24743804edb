/*
 * Tables as RFC 4180 has them and as spreadsheets write them: UTF-8 with or without its
 * mark, lines that end in LF or CRLF, fields parted by the first of ',' ';' and tab that
 * the first line has outside of quotes.
 *
 * A row that is wrong is told as such and the next line is read as if nothing had been:
 * whoever imports a table reports all that is wrong in it.
 */
#ifndef RAQUET_FORMAT_CSV_H
#define RAQUET_FORMAT_CSV_H

#include "bytes/buffer.h"
#include "bytes/cap.h"

enum csv_fault {
	CSV_FINE,
	CSV_QUOTE,  /* one that does not end, or with text around it */
	CSV_FIELDS, /* more than CAP_CSV_FIELDS */
	CSV_LONG,   /* a field of more than CAP_CSV_FIELD bytes */
};

struct csv {
	struct reader in;
	uint8_t separator;
	size_t next_line;
	/* of the row */
	size_t line; /* on which it begins, from 1 */
	enum csv_fault fault;
	struct bytes fields[CAP_CSV_FIELDS]; /* without blanks around them */
	size_t n_fields;
	struct buffer room;
};

/* text must live as long; free with csv_close. */
void csv_open(struct csv *csv, struct bytes text);
void csv_close(struct csv *csv);

/* The next row that is not empty; false: there is none, or memory ran out (csv_ok).  Its
 * fields live until the next call. */
bool csv_next(struct csv *csv);
bool csv_ok(const struct csv *csv);

#endif
