#include "endpoint/asset_list.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"

#include <ctype.h>
#include <string.h>

enum { N_FIELDS = 5 };

/* ---- reading: RFC 4180, with LF too ---- */

struct csv {
	struct reader in;
	struct arena *arena;
	size_t line;
	bool at_end_of_row;
	bool has_memory;
};

static char peek(const struct csv *csv)
{
	struct reader ahead = csv->in;

	return (char)reader_u8(&ahead);
}

/* The end of a line; fails on a CR that stands alone. */
static void end_row(struct csv *csv, char c)
{
	if (c == '\r' && reader_u8(&csv->in) != '\n')
		reader_fail(&csv->in);
	csv->at_end_of_row = true;
	csv->line++;
}

/* What is in quotes, behind the first of them; a quote in it stands twice. */
static size_t quoted(struct csv *csv, char *to)
{
	size_t n = 0;

	for (;;) {
		char c = (char)reader_u8(&csv->in);

		if (!reader_ok(&csv->in) || n > CAP_ASSET_FIELD) {
			reader_fail(&csv->in);
			return 0;
		}
		if (c == '"') {
			if (peek(csv) != '"')
				return n;
			reader_skip(&csv->in, 1);
		}
		to[n++] = c;
	}
}

/* Whether people would see it as it is. */
static bool is_plain(struct bytes text)
{
	uint32_t code_point;

	while (text.n > 0) {
		size_t n = utf8_sequence(text, &code_point);

		if (n == 0 || code_point_is_hidden(code_point))
			return false;
		text = (struct bytes){text.at + n, text.n - n};
	}
	return true;
}

static const char *field(struct csv *csv)
{
	char text[CAP_ASSET_FIELD + 2];
	bool is_quoted = peek(csv) == '"';
	size_t n = 0;
	const char *kept;

	if (csv->at_end_of_row)
		reader_fail(&csv->in); /* a field is missing */
	if (is_quoted) {
		reader_skip(&csv->in, 1);
		n = quoted(csv, text);
	}
	while (reader_ok(&csv->in) && !csv->at_end_of_row) {
		char c;

		if (reader_left(&csv->in) == 0) {
			csv->at_end_of_row = true;
			break;
		}
		c = (char)reader_u8(&csv->in);
		if (c == ',')
			break;
		if (c == '\n' || c == '\r')
			end_row(csv, c);
		else if (c == '"' || is_quoted || n >= CAP_ASSET_FIELD)
			reader_fail(&csv->in);
		else
			text[n++] = c;
	}
	if (n > CAP_ASSET_FIELD || !is_plain((struct bytes){(const uint8_t *)text, n}))
		reader_fail(&csv->in);
	kept = reader_ok(&csv->in) ? arena_copy(csv->arena, text, n) : "";
	if (kept == NULL) {
		csv->has_memory = false;
		reader_fail(&csv->in);
	}
	return kept != NULL ? kept : "";
}

/* The fields of one row, to its end. */
static void row(struct csv *csv, const char *fields[N_FIELDS])
{
	csv->at_end_of_row = false;
	for (size_t i = 0; i < N_FIELDS; i++)
		fields[i] = field(csv);
	if (!csv->at_end_of_row)
		reader_fail(&csv->in);
}

static bool is_blank(const struct csv *csv)
{
	char c = peek(csv);

	return reader_left(&csv->in) > 0 && (c == '\n' || c == '\r');
}

static enum rq_err add_row(struct csv *csv, struct asset_list *list)
{
	const char *fields[N_FIELDS];

	row(csv, fields);
	if (!reader_ok(&csv->in) || *fields[1] == 0 || list->n >= CAP_ASSETS)
		return csv->has_memory ? RQ_ERR_FORMAT : RQ_ERR_MEMORY;
	if (!arena_grow(csv->arena, (void **)&list->items, &list->capacity, list->n + 1,
			sizeof *list->items))
		return RQ_ERR_MEMORY;
	list->items[list->n++] =
	    (struct asset){fields[0], fields[1], fields[2], fields[3], fields[4]};
	return RQ_OK;
}

enum rq_err asset_list_read(struct bytes text, struct arena *arena,
			    struct asset_list *list, size_t *line_out)
{
	static const char *const names[N_FIELDS] = {"unit", "tag", "name", "serial",
						    "address"};
	struct csv csv = {.in = reader_over(text.at, text.n),
			  .arena = arena,
			  .line = 1,
			  .has_memory = true};
	struct reader mark = csv.in;
	const char *fields[N_FIELDS];
	enum rq_err err = RQ_OK;

	*list = (struct asset_list){0};
	*line_out = 1;
	if (bytes_equal_text(reader_bytes(&mark, 3), "\xef\xbb\xbf"))
		csv.in = mark;
	row(&csv, fields);
	for (size_t i = 0; reader_ok(&csv.in) && i < N_FIELDS; i++)
		if (strcmp(fields[i], names[i]) != 0)
			reader_fail(&csv.in);
	if (!reader_ok(&csv.in))
		return csv.has_memory ? RQ_ERR_FORMAT : RQ_ERR_MEMORY;
	while (err == RQ_OK && reader_left(&csv.in) > 0) {
		*line_out = csv.line;
		if (is_blank(&csv))
			end_row(&csv, (char)reader_u8(&csv.in));
		else
			err = add_row(&csv, list);
		if (err == RQ_OK && !reader_ok(&csv.in))
			err = RQ_ERR_FORMAT;
	}
	if (err != RQ_OK)
		*list = (struct asset_list){0};
	return err;
}

/* ---- what fits ---- */

static int lower(char c)
{
	/* two ways to write the same address */
	return c == '-' ? ':' : tolower((unsigned char)c);
}

static bool same(const char *a, size_t n, const char *b)
{
	for (size_t i = 0; i < n; i++)
		if (b[i] == 0 || lower(a[i]) != lower(b[i]))
			return false;
	return b[n] == 0;
}

/* Whether one of several is value. */
static bool has_one(const char *several, const char *value)
{
	while (*value != 0 && *several != 0) {
		size_t n;

		several += strspn(several, "; ");
		n = strcspn(several, ";");
		while (n > 0 && several[n - 1] == ' ')
			n--;
		if (n > 0 && same(several, n, value))
			return true;
		several += strcspn(several, ";");
	}
	return false;
}

/* What makers write who have no number to write. */
static bool is_no_serial(const char *text)
{
	static const char *const words[] = {"none",           "0",
					    "default string", "to be filled by o.e.m.",
					    "not specified",  "system serial number",
					    "123456789",      "not applicable"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (same(text, strlen(text), words[i]))
			return true;
	return false;
}

unsigned asset_fits(const struct asset *asset, const struct machine *machine)
{
	unsigned fits = 0;

	if (has_one(asset->names, machine->name))
		fits |= ASSET_FITS_NAME;
	for (size_t i = 0; i < machine->n_addresses; i++)
		if (has_one(asset->addresses, machine->addresses[i]))
			fits |= ASSET_FITS_ADDRESS;
	if ((!is_no_serial(machine->serial) &&
	     has_one(asset->serials, machine->serial)) ||
	    (!is_no_serial(machine->board_serial) &&
	     has_one(asset->serials, machine->board_serial)))
		fits |= ASSET_FITS_SERIAL;
	return fits;
}

enum rq_err asset_list_rank(const struct asset_list *list,
			    const struct machine *machine, struct arena *arena,
			    struct asset_guess **guesses_out)
{
	enum { N_FITS = 8 };
	struct asset_guess *guesses = arena_array(arena, list->n + 1, sizeof *guesses);
	uint8_t *fits = arena_array(arena, list->n + 1, 1);
	size_t n = 0;

	*guesses_out = guesses;
	if (guesses == NULL || fits == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < list->n; i++)
		fits[i] = (uint8_t)asset_fits(&list->items[i], machine);
	for (unsigned want = N_FITS; want-- > 0;)
		for (size_t i = 0; i < list->n; i++)
			if (fits[i] == want)
				guesses[n++] =
				    (struct asset_guess){&list->items[i], want};
	return RQ_OK;
}

static bool contains(const char *in, const char *text)
{
	size_t n = strlen(text);

	for (; *in != 0; in++) {
		size_t i = 0;

		while (i < n && in[i] != 0 && lower(in[i]) == lower(text[i]))
			i++;
		if (i == n)
			return true;
	}
	return false;
}

bool asset_mentions(const struct asset *asset, const char *text)
{
	const char *const fields[N_FIELDS] = {asset->unit, asset->tag, asset->names,
					      asset->serials, asset->addresses};

	for (size_t i = 0; i < N_FIELDS; i++)
		if (contains(fields[i], text))
			return true;
	return false;
}
