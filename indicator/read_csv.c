/*
 * Tables as RFC 4180 has them, and as spreadsheets write them where the comma is that of
 * numbers: digests are taken from every field that has the form of one; what the other
 * fields say describes them.  A column that its name makes the size of the file is that.
 */
#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "indicator/lines.h"

#include <string.h>

enum { SCORE_OF_HASH = 100, MAX_FIELDS = 64 };

/* One record; texts of quoted fields stand in room. */
struct record {
	struct bytes fields[MAX_FIELDS];
	size_t n;
	struct buffer room;
	uint8_t separator;
	bool is_cut;        /* more fields than there is room for, or an open quote */
	size_t size_column; /* MAX_FIELDS: there is none */
};

/* What the first line has most of, outside of quotes; the comma where it has none. */
static uint8_t separator_of(struct reader r)
{
	static const uint8_t separators[] = {',', ';', '\t'};
	size_t counts[sizeof separators] = {0}, most = 0;
	bool is_quoted = false;

	while (reader_left(&r) > 0) {
		uint8_t c = reader_u8(&r);

		if (c == '\n' && !is_quoted)
			break;
		is_quoted ^= c == '"';
		for (size_t i = 0; i < sizeof separators; i++)
			counts[i] += !is_quoted && c == separators[i];
	}
	for (size_t i = 1; i < sizeof separators; i++)
		if (counts[i] > counts[most])
			most = i;
	return separators[most];
}

static bool ends_field(struct reader r, uint8_t separator)
{
	uint8_t c = reader_u8(&r);

	return !reader_ok(&r) || c == separator || c == '\n' || c == '\r';
}

static bool starts_quote(struct reader r)
{
	return reader_u8(&r) == '"';
}

/* Behind the opening quote; a quote in it is written twice. */
static void read_quoted(struct reader *r, struct record *record, uint64_t *n_lines)
{
	while (reader_left(r) > 0) {
		uint8_t c = reader_u8(r);

		if (c == '"' && ends_field(*r, record->separator))
			return;
		if (c == '"')
			(void)reader_u8(r);
		*n_lines += c == '\n';
		buffer_u8(&record->room, c);
	}
	record->is_cut = true;
}

/* False: nothing is left.  The texts lie in record->room. */
static bool read_record(struct reader *r, struct record *record, uint64_t *n_lines)
{
	size_t starts[MAX_FIELDS + 1] = {0};
	bool is_over = reader_left(r) == 0;

	record->n = 0;
	record->is_cut = false;
	buffer_clear(&record->room);
	if (is_over)
		return false;
	while (!is_over) {
		uint8_t c = 0;

		if (record->n == MAX_FIELDS) {
			record->is_cut = true;
			record->n--;
		}
		starts[record->n++] = record->room.size;
		if (starts_quote(*r)) {
			reader_skip(r, 1);
			read_quoted(r, record, n_lines);
		}
		while (reader_left(r) > 0) {
			c = reader_u8(r);
			if (c == record->separator || c == '\n')
				break;
			buffer_u8(&record->room, c);
		}
		is_over = c != record->separator;
		*n_lines += c == '\n';
	}
	starts[record->n] = record->room.size;
	for (size_t i = 0; buffer_ok(&record->room) && i < record->n; i++)
		record->fields[i] = text_trim((struct bytes){
		    record->room.data + starts[i], starts[i + 1] - starts[i]});
	return true;
}

/* The other fields, with a comma between them. */
static void describe(const struct record *record, struct buffer *to)
{
	enum indicator_kind kind;

	buffer_clear(to);
	for (size_t i = 0; i < record->n; i++) {
		if (record->fields[i].n == 0 ||
		    indicator_is_digest(record->fields[i], &kind))
			continue;
		buffer_text(to, to->size > 0 ? ", " : "");
		buffer_put(to, record->fields[i].at, record->fields[i].n);
	}
}

/* Whether a first record without a digest says what the columns are: a digest that lost
 * a digit is no name of one. */
static bool names_columns(const struct record *record)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (size_t i = 0; i < record->n; i++) {
		struct bytes field = record->fields[i];
		size_t n = 0;

		while (n < field.n &&
		       memchr(digits, field.at[n], sizeof digits - 1) != NULL)
			n++;
		if (n == field.n && n > 16)
			return false;
	}
	return true;
}

/* Which of the names of columns means the size of the file. */
static size_t find_size_column(const struct record *record)
{
	static const char *const names[] = {"size", "filesize", "file_size",
					    "size-in-bytes", "size_in_bytes"};

	for (size_t i = 0; i < record->n; i++)
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
			if (text_equals_word(record->fields[i], names[k]))
				return i;
	return MAX_FIELDS;
}

/* 0: not told. */
static uint64_t size_of(const struct record *record)
{
	uint64_t size = 0;

	if (record->size_column >= record->n ||
	    !text_size(record->fields[record->size_column], &size))
		return 0;
	return size;
}

static enum rq_err add_record(struct indicator_list *list, struct record *record,
			      uint64_t line, struct buffer *description)
{
	enum indicator_kind kind;
	uint32_t detail = 0;
	size_t n = 0;
	enum rq_err err = RQ_OK;

	/* without room the fields are those of the record before */
	if (!buffer_ok(&record->room))
		return RQ_ERR_MEMORY;
	describe(record, description);
	if (!buffer_ok(description))
		return RQ_ERR_MEMORY;
	for (size_t i = 0; err == RQ_OK && i < record->n; i++) {
		if (!indicator_is_digest(record->fields[i], &kind))
			continue;
		if (n++ == 0)
			err = indicator_list_detail(list, SCORE_OF_HASH,
						    buffer_bytes(description),
						    (struct bytes){NULL, 0}, &detail);
		if (err == RQ_OK && digest_is_of_nothing(record->fields[i]))
			err =
			    indicator_refuse(list, line, "the digest of an empty file",
					     record->fields[i]);
		else if (err == RQ_OK)
			err = indicator_add_digest(list, kind, record->fields[i],
						   size_of(record), detail);
	}
	if (err != RQ_OK)
		return err;
	if (record->is_cut)
		return indicator_refuse(list, line, "an open quote, or too many fields",
					buffer_bytes(&record->room));
	if (n == 0 && line == 1 && names_columns(record))
		record->size_column = find_size_column(record);
	else if (n == 0 && record->room.size > 0 && record->fields[0].n > 0 &&
		 record->fields[0].at[0] != '#')
		return indicator_refuse(list, line, "no MD5, SHA-1 or SHA-256 in it",
					buffer_bytes(&record->room));
	return RQ_OK;
}

enum rq_err read_csv(struct indicator_list *list, struct bytes text)
{
	struct reader r = lines_of(text).rest;
	struct buffer description = {0};
	struct record record = {.size_column = MAX_FIELDS,
				.separator = separator_of(r)};
	uint64_t line = 1, next = 1;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && read_record(&r, &record, &next)) {
		err = add_record(list, &record, line, &description);
		line = next;
	}
	buffer_free(&record.room);
	buffer_free(&description);
	return err;
}
