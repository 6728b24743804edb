#include "format/dotnet.h"

#include "bytes/cut.h"

#include <string.h>

enum {
	CLI_HEADER_BYTES = 72,       /* II.25.3.3 */
	METADATA_MAGIC = 0x424a5342, /* II.24.2.1 */
	STREAM_NAME_MAX = 32,        /* II.24.2.2 */
	MAX_ROWS = 15000,            /* libyara's; a larger table ends the reading */
	MAX_TEXT = 1024,             /* libyara's */
	HEAP_WIDE_STRINGS = 0x01,    /* II.24.2.6 */
	HEAP_WIDE_GUIDS = 0x02,
	HEAP_WIDE_BLOBS = 0x04,
	HEAP_EXTRA =
	    0x40, /* four bytes more before the tables; written by obfuscators */
};

/*
 * II.22: the columns of each table, one letter each.  2, 4: a number of that size.
 * s, g, b: into the heap of strings, GUIDs, blobs.  Other small letters: a row of one
 * table (simple_index); capitals: of one of several (coded_index).  0: unknown.
 */
static const char *const schema[N_DOTNET_TABLES] = {
    "2sggg",     "Rss", "4ssTfm", "f",         "2sb",  "m",    "422sbp", NULL,
    "22s",       "tT",  "Psb",    "2Cb",       "AUb",  "Mb",   "2Db",    "24t",
    "4f",        "b",   "te",     "e",         "2sT",  "ty",   "y",      "2sb",
    "2mS",       "tOO", "s",      "b",         "2Wsr", "4f",   "44",     "4",
    "422224bss", "4",   "444",    "22224bssb", "4q",   "444a", "4sb",    "44ssX",
    "44sY",      "tt",  "22Gs",   "Ob",        "nT",
};

static const struct {
	char letter;
	uint8_t table;
} simple_index[] = {
    {'f', 0x04}, {'m', 0x06}, {'p', 0x08}, {'t', 0x02}, {'e', 0x14},
    {'y', 0x17}, {'r', 0x1a}, {'a', 0x23}, {'q', 0x24}, {'n', 0x2a},
};

/* II.24.2.6: bits that choose the table, and the tables.  Where libyara's lists are
 * shorter than the standard's (P, Y) they are kept. */
static const struct {
	char letter;
	uint8_t bits, n;
	uint8_t tables[21];
} coded_index[] = {
    {'R', 2, 4, {0x00, 0x1a, 0x23, 0x01}}, /* ResolutionScope */
    {'T', 2, 3, {0x02, 0x01, 0x1b}},       /* TypeDefOrRef */
    {'P', 3, 4, {0x06, 0x1a, 0x01, 0x1b}}, /* MemberRefParent */
    {'C', 2, 3, {0x08, 0x04, 0x17}},       /* HasConstant */
    {'A', 5, 21, {0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x17, 0x14, 0x11,
		  0x1a, 0x1b, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b}},
    {'U', 3, 2, {0x06, 0x0a}},       /* CustomAttributeType */
    {'M', 1, 2, {0x04, 0x08}},       /* HasFieldMarshal */
    {'D', 2, 3, {0x02, 0x06, 0x20}}, /* HasDeclSecurity */
    {'S', 1, 2, {0x14, 0x17}},       /* HasSemantics */
    {'O', 1, 2, {0x06, 0x0a}},       /* MethodDefOrRef */
    {'W', 1, 2, {0x04, 0x06}},       /* MemberForwarded */
    {'X', 2, 3, {0x26, 0x23, 0x27}}, /* Implementation */
    {'Y', 2, 2, {0x26, 0x23}},       /* Implementation of a manifest resource */
    {'G', 1, 2, {0x02, 0x06}},       /* TypeOrMethodDef */
};

/* ---- headers ---- */

/* II.25.3.3 and II.24.2.1; leaves r, which begins at the root of the metadata,
 * behind the version. */
static bool read_headers(struct dotnet *d, struct reader *r)
{
	const struct pe_image *image = d->image;
	struct reader version;
	uint32_t metadata_rva, resources_rva, n;
	size_t off;

	if (!pe_rva_to_offset(image, image->directories[PE_DIRECTORY_COM].rva, &off) ||
	    !reader_covers(&d->file, off, CLI_HEADER_BYTES))
		return false;
	*r = reader_from(&d->file, off);
	if (reader_u32le(r) != CLI_HEADER_BYTES)
		return false;
	reader_skip(r, 4); /* version of the runtime */
	metadata_rva = reader_u32le(r);
	reader_skip(r, 4 + 4 + 4); /* size, flags, entry point */
	resources_rva = reader_u32le(r);
	d->resources = pe_rva_to_offset(image, resources_rva, &off) ? (int64_t)off : -1;
	if (!pe_rva_to_offset(image, metadata_rva, &off))
		return false;
	d->metadata = off;
	*r = reader_from(&d->file, off);
	if (reader_u32le(r) != METADATA_MAGIC)
		return false;
	reader_skip(r, 2 + 2 + 4);
	n = reader_u32le(r);
	if (!reader_ok(r) || n == 0 || n > 255 || n % 4 != 0)
		return false;
	version = reader_sub(r, n);
	if (!reader_ok(r))
		return false;
	d->version = reader_zero_ended(&version, n);
	return !image->is_64 ||
	       image->headers.number_of_directories >= PE_DIRECTORY_COM;
}

static bool starts_with(struct bytes name, const char *prefix)
{
	size_t n = strlen(prefix);

	return name.n >= n && memcmp(name.at, prefix, n) == 0;
}

/* Reads one header of II.24.2.2 and moves r behind it. */
static struct dotnet_stream read_stream(const struct dotnet *d, struct reader *r)
{
	struct dotnet_stream stream = {0};
	struct reader name;

	stream.offset = d->metadata + reader_u32le(r);
	stream.size = reader_u32le(r);
	/* libyara wants room for the longest name after each header */
	name = reader_sub(r, STREAM_NAME_MAX);
	stream.name = reader_zero_ended(&name, STREAM_NAME_MAX);
	stream.is_present = reader_ok(r) && reader_ok(&name);
	if (stream.is_present) /* back to where the padded name ends */
		reader_seek(r, r->pos - STREAM_NAME_MAX + stream.name.n + 4 -
				   stream.name.n % 4);
	return stream;
}

/* The first of a name counts, but the last of #GUID. */
static void keep_stream(struct dotnet *d, const struct dotnet_stream *stream)
{
	struct bytes name = stream->name;

	if ((starts_with(name, "#~") || starts_with(name, "#-")) &&
	    !d->tables.is_present)
		d->tables = *stream;
	else if (starts_with(name, "#GUID"))
		d->guids = *stream;
	else if (starts_with(name, "#Strings") && !d->strings.is_present)
		d->strings = *stream;
	else if (starts_with(name, "#Blob") && !d->blobs.is_present)
		d->blobs = *stream;
	else if (starts_with(name, "#US") && !d->user_strings.is_present)
		d->user_strings = *stream;
}

static void read_streams(struct dotnet *d, struct reader *r)
{
	uint32_t n;

	reader_skip(r, 2);          /* flags */
	n = reader_u16le(r) & 0xff; /* libyara looks at the low byte */
	if (!reader_ok(r))
		return;
	d->has_streams = true;
	d->stream_headers = d->metadata + r->pos;
	for (; d->n_streams < n; d->n_streams++) {
		struct dotnet_stream stream = read_stream(d, r);

		if (!stream.is_present)
			return;
		keep_stream(d, &stream);
	}
}

struct dotnet_stream dotnet_stream(const struct dotnet *dotnet, uint32_t i)
{
	struct reader r = reader_from(&dotnet->file, dotnet->stream_headers);
	struct dotnet_stream stream = read_stream(dotnet, &r);

	while (i-- > 0)
		stream = read_stream(dotnet, &r);
	return stream;
}

/* ---- tables ---- */

static void settle_widths(struct dotnet *d, uint8_t heaps)
{
	d->width['2'] = 2;
	d->width['4'] = 4;
	d->width['s'] = heaps & HEAP_WIDE_STRINGS ? 4 : 2;
	d->width['g'] = heaps & HEAP_WIDE_GUIDS ? 4 : 2;
	d->width['b'] = heaps & HEAP_WIDE_BLOBS ? 4 : 2;
	for (size_t i = 0; i < sizeof simple_index / sizeof *simple_index; i++)
		d->width[(uint8_t)simple_index[i].letter] =
		    d->rows[simple_index[i].table] > 0xffff ? 4 : 2;
	for (size_t i = 0; i < sizeof coded_index / sizeof *coded_index; i++) {
		uint32_t most = 0;

		for (size_t j = 0; j < coded_index[i].n; j++)
			if (d->rows[coded_index[i].tables[j]] > most)
				most = d->rows[coded_index[i].tables[j]];
		d->width[(uint8_t)coded_index[i].letter] =
		    most > 0xffffu >> coded_index[i].bits ? 4 : 2;
	}
}

static uint32_t row_size(const struct dotnet *d, const char *columns)
{
	uint32_t size = 0;

	while (*columns != 0)
		size += d->width[(uint8_t)*columns++];
	return size;
}

/* Where each table lies: one behind the other.  Stops where libyara does: at a table
 * that is unknown or too large, or whose size lies outside the stream. */
static void place_tables(struct dotnet *d, uint64_t valid, uint64_t sizes, uint64_t off)
{
	uint64_t end = d->tables.offset + d->tables.size;

	for (unsigned bit = 0; bit < 64; bit++) {
		struct dotnet_table *table = &d->table[bit < N_DOTNET_TABLES ? bit : 0];

		if (!(valid >> bit & 1))
			continue;
		if (sizes + 4 > end)
			return;
		if (d->rows[bit] > MAX_ROWS) {
			cut_note(CUT_LIBYARA);
			return;
		}
		if (bit >= N_DOTNET_TABLES || schema[bit] == NULL)
			return;
		sizes += 4;
		table->row_size = row_size(d, schema[bit]);
		/* these two are skipped, and take no room, when they cannot be read */
		if (bit == DOTNET_MODULE && !reader_covers(&d->file, off, 18))
			continue;
		if (bit == DOTNET_ASSEMBLY &&
		    !reader_covers(&d->file, off, table->row_size))
			continue;
		table->is_present = true;
		table->offset = off;
		table->n_rows = d->rows[bit];
		off += (uint64_t)table->row_size * table->n_rows;
	}
	d->is_complete = true;
}

/* II.24.2.6 */
static void read_tables(struct dotnet *d)
{
	struct reader r = reader_from(&d->file, d->tables.offset);
	uint64_t end = d->tables.offset + d->tables.size, valid, sizes, off;
	uint8_t heaps;

	reader_skip(&r, 4 + 1 + 1);
	heaps = reader_u8(&r);
	reader_skip(&r, 1);
	valid = reader_u64le(&r);
	reader_skip(&r, 8);
	if (!reader_ok(&r))
		return;
	sizes = off = d->tables.offset + 24;
	for (unsigned bit = 0; bit < 64; bit++) {
		uint32_t n;

		if (!(valid >> bit & 1))
			continue;
		n = reader_u32le(&r);
		off += 4;
		if (off <= end)
			d->rows[bit] = n;
	}
	if (!reader_ok(&r))
		return;
	settle_widths(d, heaps);
	place_tables(d, valid, sizes, heaps & HEAP_EXTRA ? off + 4 : off);
}

bool dotnet_open(const struct pe_image *image, struct dotnet *dotnet_out)
{
	struct reader r;

	*dotnet_out = (struct dotnet){.image = image, .file = pe_reader(image)};
	if (!read_headers(dotnet_out, &r))
		return false;
	read_streams(dotnet_out, &r);
	if (dotnet_out->tables.is_present && dotnet_out->strings.is_present &&
	    dotnet_out->blobs.is_present)
		read_tables(dotnet_out);
	return true;
}

/* ---- rows ---- */

bool dotnet_row(const struct dotnet *dotnet, enum dotnet_table_id table, uint32_t row,
		uint64_t *offset_out)
{
	const struct dotnet_table *t = &dotnet->table[table];

	if (row < 1 || row > t->n_rows)
		return false;
	*offset_out = t->offset + (uint64_t)t->row_size * (row - 1);
	return true;
}

bool dotnet_cell_at(const struct dotnet *dotnet, enum dotnet_table_id table,
		    uint64_t offset, unsigned column, uint32_t *value_out)
{
	struct reader r =
	    reader_at(&dotnet->file, offset, dotnet->table[table].row_size);
	const char *columns = schema[table];

	for (unsigned i = 0; i < column; i++)
		reader_skip(&r, dotnet->width[(uint8_t)columns[i]]);
	*value_out = dotnet->width[(uint8_t)columns[column]] == 4 ? reader_u32le(&r)
								  : reader_u16le(&r);
	return reader_ok(&r);
}

bool dotnet_cell(const struct dotnet *dotnet, enum dotnet_table_id table, uint32_t row,
		 unsigned column, uint32_t *value_out)
{
	uint64_t offset;

	*value_out = 0;
	return dotnet_row(dotnet, table, row, &offset) &&
	       dotnet_cell_at(dotnet, table, offset, column, value_out);
}

/* ---- heaps ---- */

bool dotnet_text(const struct dotnet *dotnet, uint32_t index, struct bytes *text_out)
{
	struct reader r = reader_from(&dotnet->file, dotnet->strings.offset + index);
	bool has_more = reader_left(&r) > MAX_TEXT + 1;

	*text_out = (struct bytes){NULL, 0};
	if (index >= dotnet->strings.size || reader_left(&r) == 0)
		return false;
	/* the end of the heap is no limit: the 0 may stand behind it */
	*text_out = reader_zero_ended(&r, MAX_TEXT + 1);
	if (!reader_ok(&r) && has_more)
		cut_note(CUT_LIBYARA);
	return reader_ok(&r);
}

bool dotnet_cell_text(const struct dotnet *dotnet, enum dotnet_table_id table,
		      uint32_t row, unsigned column, struct bytes *text_out)
{
	uint32_t index;

	*text_out = (struct bytes){NULL, 0};
	return dotnet_cell(dotnet, table, row, column, &index) &&
	       dotnet_text(dotnet, index, text_out);
}

size_t dotnet_blob(const struct dotnet *dotnet, uint64_t offset, struct bytes *blob_out)
{
	struct reader r = reader_from(&dotnet->file, offset);
	size_t left = reader_left(&r), size = 1;
	uint32_t n = reader_u8(&r);

	*blob_out = (struct bytes){NULL, 0};
	if ((n & 0xc0) == 0x80) {
		n = (n & 0x3f) << 8 | reader_u8(&r);
		size = 2;
	} else if ((n & 0xe0) == 0xc0 && left > 4) {
		n = (n & 0x1f) << 24;
		n |= (uint32_t)reader_u8(&r) << 16;
		n |= reader_u16be(&r);
		size = 4;
	} else if (n & 0x80) {
		return 0;
	}
	*blob_out = reader_bytes(&r, n);
	return reader_ok(&r) ? size : 0;
}
