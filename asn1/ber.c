/*
 * BER made DER in two passes: the first reads the values into a row and adds up their
 * lengths, the second writes them.  A row keeps parents before children, so that both
 * passes are plain loops but for the bounded depth of reading.
 */
#include "asn1/asn1.h"

#include "bytes/alloc.h"
#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "bytes/cut.h"

struct value_row {
	uint8_t identifier;
	struct bytes name;    /* the identifier octets, of which there may be several */
	struct bytes content; /* of a primitive */
	size_t length;        /* of the content in DER */
	size_t end;           /* row behind the last child */
	bool constructed;
	bool joined; /* a constructed string, written as one primitive */
};

struct rows {
	struct value_row *row;
	size_t n, capacity;
	bool is_der;     /* so far nothing has to change */
	enum rq_err err; /* memory, or a cap */
	bool not_ber;
};

/* 8.7.3, 8.23.6: OCTET STRING and the strings of characters. */
static bool is_constructed_string(uint8_t identifier)
{
	static const uint8_t tags[] = {ASN1_OCTET_STRING,     ASN1_UTF8_STRING,
				       ASN1_NUMERIC_STRING,   ASN1_PRINTABLE_STRING,
				       ASN1_TELETEX_STRING,   ASN1_IA5_STRING,
				       ASN1_VISIBLE_STRING,   ASN1_GENERAL_STRING,
				       ASN1_UNIVERSAL_STRING, ASN1_BMP_STRING};

	for (size_t i = 0; i < sizeof tags; i++)
		if (identifier == (tags[i] | 0x20))
			return true;
	return false;
}

static struct bytes read_name(struct reader *in)
{
	const size_t start = in->pos;
	struct reader name;

	if ((reader_u8(in) & 0x1f) == 0x1f)
		while ((reader_u8(in) & 0x80) != 0)
			;
	name = reader_at(in, start, in->pos - start);
	return reader_bytes(&name, in->pos - start);
}

/* 8.1.3: false in *definite_out for the indefinite form. */
static uint64_t read_length(struct rows *rows, struct reader *in, bool *definite_out)
{
	const uint8_t first = reader_u8(in);
	uint64_t length = 0;

	*definite_out = first != 0x80;
	if (first < 0x80)
		return first;
	if (first == 0x80) {
		rows->is_der = false;
		return 0;
	}
	for (unsigned i = first & 0x7f; i > 0; i--) {
		if (length >> 56 != 0) {
			reader_fail(in);
			return 0;
		}
		length = length << 8 | reader_u8(in);
	}
	if (length < 0x80 || (first & 0x7f) > 8 ||
	    length >> 8 * ((first & 0x7f) - 1) == 0)
		rows->is_der = false;
	return length;
}

static size_t size_of_length(size_t length)
{
	size_t size = 1;

	if (length >= 0x80)
		for (; length > 0; length >>= 8)
			size++;
	return size;
}

static size_t size_of_row(const struct value_row *row)
{
	return row->name.n + size_of_length(row->length) + row->length;
}

/* 8.1.5 */
static bool take_end_of_contents(struct reader *in)
{
	struct reader copy = *in;

	if (reader_u16be(&copy) != 0 || !reader_ok(&copy))
		return false;
	*in = copy;
	return true;
}

static void read_value(struct rows *rows, struct reader *in, unsigned depth);

static bool fine(const struct rows *rows, const struct reader *in)
{
	return rows->err == RQ_OK && !rows->not_ber && reader_ok(in);
}

/* The values inside row `parent`, up to the end of in or to the end-of-contents. */
static void read_children(struct rows *rows, struct reader *in, size_t parent,
			  bool definite, unsigned depth)
{
	while (fine(rows, in)) {
		if (definite ? reader_left(in) == 0 : take_end_of_contents(in))
			break;
		read_value(rows, in, depth + 1);
	}
	if (!fine(rows, in))
		return;
	rows->row[parent].end = rows->n;
	for (size_t i = parent + 1; i < rows->n; i = rows->row[i].end) {
		/* Segments of a string lose their headers, 8.7.3.2. */
		rows->row[parent].length += rows->row[parent].joined
						? rows->row[i].length
						: size_of_row(&rows->row[i]);
		if (rows->row[parent].joined && rows->row[i].constructed &&
		    !rows->row[i].joined)
			rows->not_ber = true;
	}
}

static void read_value(struct rows *rows, struct reader *in, unsigned depth)
{
	const size_t at = rows->n;
	struct value_row row = {.end = at + 1};
	bool definite;
	uint64_t length;

	if (depth > 2 * CAP_ASN1_DEPTH || rows->n >= CAP_ASN1_ELEMENTS) {
		cut_note(CUT_OURS);
		rows->not_ber = true;
		return;
	}
	if (!alloc_grow((void **)&rows->row, &rows->capacity, rows->n + 1,
			sizeof row)) {
		rows->err = RQ_ERR_MEMORY;
		return;
	}
	row.name = read_name(in);
	length = read_length(rows, in, &definite);
	if (!reader_ok(in))
		return;
	struct reader name = reader_over(row.name.at, row.name.n);

	row.identifier = reader_u8(&name);
	row.constructed = (row.identifier & 0x20) != 0;
	row.joined = is_constructed_string(row.identifier);
	if (row.joined)
		rows->is_der = false;
	if (!definite && !row.constructed) {
		rows->not_ber = true; /* 8.1.3.2 */
		return;
	}
	if (!row.constructed) {
		row.content = reader_bytes(in, length);
		row.length = row.content.n;
	}
	rows->row[rows->n++] = row;
	if (!row.constructed)
		return;
	if (definite) {
		struct reader inside = reader_sub(in, length);

		read_children(rows, &inside, at, true, depth);
		if (!reader_ok(&inside))
			reader_fail(in);
	} else {
		read_children(rows, in, at, false, depth);
	}
}

static void write_length(struct buffer *out, size_t length)
{
	const size_t n = size_of_length(length) - 1;

	if (n == 0) {
		buffer_u8(out, (uint8_t)length);
		return;
	}
	buffer_u8(out, (uint8_t)(0x80 | n));
	for (size_t i = n; i > 0; i--)
		buffer_u8(out, (uint8_t)(length >> 8 * (i - 1)));
}

static void write_rows(const struct rows *rows, struct buffer *out)
{
	size_t inside = 0; /* rows before this one are segments of a string */

	for (size_t i = 0; i < rows->n; i++) {
		const struct value_row *row = &rows->row[i];

		if (i >= inside) {
			if (row->joined)
				buffer_u8(out, row->identifier & ~0x20);
			else
				buffer_put(out, row->name.at, row->name.n);
			write_length(out, row->length);
			if (row->joined)
				inside = row->end;
		}
		if (!row->constructed && row->content.n > 0)
			buffer_put(out, row->content.at, row->content.n);
	}
}

enum rq_err asn1_der_of_ber(struct arena *arena, struct bytes bytes,
			    struct bytes *der_out)
{
	struct reader in = reader_over(bytes.at, bytes.n);
	struct rows rows = {.is_der = true};
	struct buffer out = {0};

	*der_out = (struct bytes){NULL, 0};
	if (bytes.n > CAP_ASN1_SIZE) {
		cut_note(CUT_OURS);
		return RQ_OK;
	}
	read_value(&rows, &in, 0);
	if (fine(&rows, &in) && rows.is_der) {
		struct reader whole = reader_over(bytes.at, bytes.n);

		*der_out = reader_bytes(&whole, in.pos);
	} else if (fine(&rows, &in)) {
		write_rows(&rows, &out);
		der_out->at = (const uint8_t *)arena_copy(arena, out.data, out.size);
		der_out->n = out.size;
		if (!buffer_ok(&out) || der_out->at == NULL)
			rows.err = RQ_ERR_MEMORY;
	}
	if (rows.err != RQ_OK)
		*der_out = (struct bytes){NULL, 0};
	buffer_free(&out);
	alloc_free(rows.row);
	return rows.err;
}
