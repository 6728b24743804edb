#include "format/csv.h"

/* ---- the separator ---- */

static uint8_t find_separator(struct reader in)
{
	bool is_quoted = false;

	while (reader_left(&in) > 0) {
		uint8_t c = reader_u8(&in);

		if (c == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && (c == ',' || c == ';' || c == '\t'))
			return c;
		else if (!is_quoted && c == '\n')
			break;
	}
	return ',';
}

void csv_open(struct csv *csv, struct bytes text)
{
	struct reader mark;

	*csv = (struct csv){.in = reader_over(text.at, text.n), .next_line = 1};
	mark = csv->in;
	if (bytes_equal_text(reader_bytes(&mark, 3), "\xef\xbb\xbf"))
		csv->in = mark;
	csv->separator = find_separator(csv->in);
}

void csv_close(struct csv *csv)
{
	buffer_free(&csv->room);
}

bool csv_ok(const struct csv *csv)
{
	return buffer_ok(&csv->room);
}

/* ---- one row ---- */

static int peek(const struct csv *csv)
{
	struct reader ahead = csv->in;
	uint8_t c = reader_u8(&ahead);

	return reader_ok(&ahead) ? c : -1;
}

static bool ends_line(int c)
{
	return c == '\n' || c == -1;
}

static void put(struct csv *csv, size_t start, uint8_t c)
{
	if (csv->room.size - start >= CAP_CSV_FIELD)
		csv->fault = CSV_LONG;
	else
		buffer_u8(&csv->room, c);
}

/* Behind the opening quote, to behind the closing one; a quote in it stands twice. */
static void read_quoted(struct csv *csv, size_t start)
{
	while (reader_left(&csv->in) > 0 && csv->fault == CSV_FINE) {
		uint8_t c = reader_u8(&csv->in);

		if (c == '"' && peek(csv) != '"')
			return;
		if (c == '"')
			reader_skip(&csv->in, 1);
		csv->next_line += c == '\n';
		put(csv, start, c);
	}
	if (csv->fault == CSV_FINE)
		csv->fault = CSV_QUOTE;
}

static void skip_blanks(struct csv *csv)
{
	while (peek(csv) == ' ' || (peek(csv) == '\t' && csv->separator != '\t'))
		reader_skip(&csv->in, 1);
}

/* Up to the separator or the end of the line, which are left. */
static void read_field(struct csv *csv)
{
	const size_t start = csv->room.size;
	bool is_quoted;

	skip_blanks(csv);
	is_quoted = peek(csv) == '"';
	if (is_quoted) {
		reader_skip(&csv->in, 1);
		read_quoted(csv, start);
		skip_blanks(csv);
	}
	while (csv->fault == CSV_FINE && !ends_line(peek(csv)) &&
	       peek(csv) != csv->separator) {
		uint8_t c = reader_u8(&csv->in);

		if (c == '\r' && ends_line(peek(csv)))
			break;
		if (is_quoted)
			csv->fault = CSV_QUOTE;
		put(csv, start, c);
	}
}

static void read_fields(struct csv *csv)
{
	size_t starts[CAP_CSV_FIELDS + 1] = {0};

	csv->n_fields = 0;
	buffer_clear(&csv->room);
	for (;;) {
		if (csv->n_fields == CAP_CSV_FIELDS) {
			csv->fault = CSV_FIELDS;
			break;
		}
		starts[csv->n_fields++] = csv->room.size;
		read_field(csv);
		if (csv->fault != CSV_FINE || ends_line(peek(csv)))
			break;
		reader_skip(&csv->in, 1);
	}
	starts[csv->n_fields] = csv->room.size;
	for (size_t i = 0; buffer_ok(&csv->room) && i < csv->n_fields; i++)
		csv->fields[i] = bytes_trim(
		    buffer_part(&csv->room, starts[i], starts[i + 1] - starts[i]),
		    BYTES_LITERAL(" \t"));
}

static void skip_line(struct csv *csv)
{
	while (!ends_line(peek(csv)))
		reader_skip(&csv->in, 1);
	if (reader_left(&csv->in) > 0)
		reader_skip(&csv->in, 1);
	csv->next_line++;
}

static bool is_empty(const struct csv *csv)
{
	if (csv->fault != CSV_FINE)
		return false;
	for (size_t i = 0; i < csv->n_fields; i++)
		if (csv->fields[i].n > 0)
			return false;
	return true;
}

bool csv_next(struct csv *csv)
{
	do {
		const struct reader begin = csv->in;

		if (reader_left(&csv->in) == 0)
			return false;
		csv->line = csv->next_line;
		csv->fault = CSV_FINE;
		read_fields(csv);
		if (!buffer_ok(&csv->room))
			return false;
		if (csv->fault != CSV_FINE) { /* a quote may have taken all the rest */
			csv->in = begin;
			csv->next_line = csv->line;
			csv->n_fields = 0;
		}
		skip_line(csv);
	} while (is_empty(csv));
	return true;
}
