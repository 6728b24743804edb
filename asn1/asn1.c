#include "asn1/asn1.h"

#include "bytes/cap.h"
#include "bytes/cut.h"

struct asn1 asn1_open(struct asn1_document *document, enum asn1_rules rules,
		      struct bytes bytes)
{
	struct asn1 r = {document, reader_over(bytes.at, bytes.n), 0};

	*document = (struct asn1_document){.rules = rules, .bytes = bytes};
	if (bytes.n > CAP_ASN1_SIZE)
		asn1_refuse_cap(&r, "X.690 8.1.3", "longer than we read");
	return r;
}

bool asn1_ok(const struct asn1_document *document)
{
	return document->refusal.clause == NULL;
}

void asn1_refuse_cap(struct asn1 *r, const char *clause, const char *what)
{
	if (asn1_ok(r->document))
		cut_note(CUT_OURS);
	asn1_refuse(r, clause, what);
}

void asn1_refuse(struct asn1 *r, const char *clause, const char *what)
{
	struct asn1_document *document = r->document;

	if (asn1_ok(document)) {
		const size_t outer = document->bytes.at == NULL || r->in.start == NULL
					 ? 0
					 : (size_t)(r->in.start - document->bytes.at);

		document->refusal =
		    (struct asn1_refusal){clause, what, outer + r->in.pos};
	}
	reader_fail(&r->in);
}

bool asn1_is_strict(const struct asn1 *r)
{
	return r->document->rules == ASN1_DER;
}

bool asn1_more(const struct asn1 *r)
{
	return asn1_ok(r->document) && reader_ok(&r->in) && reader_left(&r->in) > 0;
}

uint8_t asn1_peek(const struct asn1 *r)
{
	struct reader copy = r->in;

	return asn1_more(r) ? reader_u8(&copy) : 0;
}

/* 8.1.2: one octet, or 0x1f and a number of 31 or more in as few groups of 7 bits as it
 * needs; of which we read no number beyond 28 bits. */
static uint8_t read_identifier(struct asn1 *r)
{
	const uint8_t identifier = reader_u8(&r->in);
	uint32_t number = 0;
	uint8_t octet;

	if ((identifier & 0x1f) != 0x1f)
		return identifier;
	do {
		octet = reader_u8(&r->in);
		if (number == 0 && octet == 0x80) {
			asn1_refuse(r, "X.690 8.1.2.4.2", "tag number is padded");
			return 0;
		}
		if (number >> 21 != 0) {
			asn1_refuse(r, "X.690 8.1.2.4", "tag number is beyond 28 bits");
			return 0;
		}
		number = number << 7 | (octet & 0x7f);
	} while ((octet & 0x80) != 0 && reader_ok(&r->in));
	if (number < 0x1f)
		asn1_refuse(r, "X.690 8.1.2.4", "small tag number in the long form");
	return identifier;
}

/* 8.1.3 as 10.1 narrows it. */
static uint64_t read_length(struct asn1 *r)
{
	const uint8_t first = reader_u8(&r->in);
	uint64_t length = 0;

	if (first < 0x80)
		return first;
	if (first == 0x80) {
		asn1_refuse(r, "X.690 10.1", "length is indefinite");
		return 0;
	}
	if (first > 0x84) {
		asn1_refuse(r, "X.690 8.1.3.5", "length is beyond 32 bits");
		return 0;
	}
	for (unsigned i = first & 0x7f; i > 0; i--)
		length = length << 8 | reader_u8(&r->in);
	if (length < 0x80 || length >> 8 * ((first & 0x7f) - 1) == 0)
		asn1_refuse(r, "X.690 10.1", "length is not minimal");
	return length;
}

struct asn1_element asn1_any(struct asn1 *r)
{
	struct asn1_element element = {0};
	const struct reader window = r->in;
	struct reader whole;
	size_t start = r->in.pos;
	uint64_t length;

	if (!asn1_ok(r->document))
		return element;
	if (!asn1_more(r)) {
		asn1_refuse(r, "X.690 8.1.1", "a value is missing");
		return element;
	}
	element.identifier = read_identifier(r);
	length = read_length(r);
	element.content = reader_bytes(&r->in, length);
	if (!asn1_ok(r->document) || !reader_ok(&r->in)) {
		r->in.pos = start;
		asn1_refuse(r, "X.690 8.1.3", "a value reaches beyond what holds it");
		return (struct asn1_element){0};
	}
	whole = reader_at(&window, start, r->in.pos - start);
	element.whole = reader_bytes(&whole, r->in.pos - start);
	return element;
}

struct asn1_element asn1_take(struct asn1 *r, uint8_t identifier)
{
	if (asn1_peek(r) != identifier) {
		asn1_refuse(r, "X.690 8.1.2",
			    asn1_more(r) ? "a value of another type"
					 : "a value is missing");
		return (struct asn1_element){0};
	}
	return asn1_any(r);
}

struct asn1 asn1_inside(const struct asn1 *r, struct bytes content)
{
	struct asn1 child = {r->document, reader_over(content.at, content.n),
			     r->depth + 1};

	if (child.depth > CAP_ASN1_DEPTH)
		asn1_refuse_cap(&child, "X.690 8.1.1",
				"values are nested deeper than we read");
	return child;
}

struct asn1 asn1_enter(struct asn1 *r, uint8_t identifier)
{
	return asn1_inside(r, asn1_take(r, identifier).content);
}

size_t asn1_count(struct asn1 values)
{
	size_t n = 0;

	while (asn1_more(&values)) {
		(void)asn1_any(&values);
		n++;
	}
	return n;
}

void asn1_end(struct asn1 *r)
{
	if (asn1_more(r) && (r->depth > 0 || r->document->rules == ASN1_DER))
		asn1_refuse(r, "X.690 8.1.1", "something follows the last value");
}

bool asn1_boolean(struct asn1 *r)
{
	struct bytes content = asn1_take(r, ASN1_BOOLEAN).content;
	struct reader in = reader_over(content.at, content.n);
	const uint8_t octet = reader_u8(&in);

	if (!asn1_ok(r->document))
		return false;
	if (content.n != 1)
		asn1_refuse(r, "X.690 8.2.1", "a BOOLEAN is not one byte");
	else if (r->document->rules == ASN1_DER && octet != 0 && octet != 0xff)
		asn1_refuse(r, "X.690 11.1", "TRUE is not 0xff");
	return octet != 0;
}

struct bytes asn1_integer(struct asn1 *r)
{
	struct bytes content = asn1_take(r, ASN1_INTEGER).content;
	struct reader in = reader_over(content.at, content.n);
	const unsigned first = reader_u8(&in), second = reader_u8(&in);

	if (!asn1_ok(r->document))
		return content;
	if (content.n == 0)
		asn1_refuse(r, "X.690 8.3.1", "an INTEGER without a byte");
	else if (content.n > 1 &&
		 ((first == 0 && second < 0x80) || (first == 0xff && second >= 0x80)))
		asn1_refuse(r, "X.690 8.3.2", "an INTEGER is padded");
	return content;
}

bool asn1_integer_value(struct bytes content, int64_t *value_out)
{
	struct reader in = reader_over(content.at, content.n);
	uint64_t value = 0;

	*value_out = 0;
	if (content.n == 0 || content.n > 8)
		return false;
	for (size_t i = 0; i < content.n; i++) {
		const uint8_t octet = reader_u8(&in);

		if (i == 0 && octet >= 0x80)
			value = UINT64_MAX;
		value = value << 8 | octet;
	}
	*value_out = (int64_t)value;
	return true;
}

uint64_t asn1_number(struct asn1 *r, uint64_t max)
{
	int64_t value;

	if (!asn1_integer_value(asn1_integer(r), &value) || value < 0 ||
	    (uint64_t)value > max) {
		asn1_refuse(r, "X.690 8.3.3", "an INTEGER is out of its range");
		return 0;
	}
	return (uint64_t)value;
}

struct bytes asn1_bits(struct asn1 *r, unsigned *n_unused_out)
{
	struct bytes content = asn1_take(r, ASN1_BIT_STRING).content;
	struct reader in = reader_over(content.at, content.n);
	const unsigned n_unused = reader_u8(&in);
	struct bytes bits = reader_bytes(&in, reader_left(&in));

	*n_unused_out = 0;
	if (!asn1_ok(r->document))
		return bits;
	if (content.n == 0 || n_unused > 7 || (n_unused > 0 && bits.n == 0)) {
		asn1_refuse(r, "X.690 8.6.2", "the count of unused bits is wrong");
		return (struct bytes){NULL, 0};
	}
	if (r->document->rules == ASN1_DER && n_unused > 0) {
		struct reader last = reader_over(bits.at, bits.n);

		reader_skip(&last, bits.n - 1);
		if ((reader_u8(&last) & ((1u << n_unused) - 1)) != 0)
			asn1_refuse(r, "X.690 11.2.1", "unused bits are not zero");
	}
	*n_unused_out = n_unused;
	return bits;
}

struct bytes asn1_octets(struct asn1 *r)
{
	return asn1_take(r, ASN1_OCTET_STRING).content;
}

void asn1_null(struct asn1 *r)
{
	if (asn1_take(r, ASN1_NULL).content.n != 0)
		asn1_refuse(r, "X.690 8.8.2", "NULL has content");
}

struct bytes asn1_oid(struct asn1 *r)
{
	struct bytes content = asn1_take(r, ASN1_OID).content;
	struct reader in = reader_over(content.at, content.n);
	bool starts = true;

	if (!asn1_ok(r->document))
		return content;
	while (reader_left(&in) > 0) {
		const uint8_t octet = reader_u8(&in);

		if (starts && octet == 0x80)
			asn1_refuse(r, "X.690 8.19.2", "an arc is padded");
		starts = octet < 0x80;
	}
	if (content.n == 0 || !starts)
		asn1_refuse(r, "X.690 8.19.2",
			    "an OBJECT IDENTIFIER ends inside an arc");
	return content;
}

void asn1_check_set_of(const struct asn1 *r, struct bytes content)
{
	struct asn1 values = asn1_inside(r, content);
	struct bytes before = {NULL, 0};

	if (r->document->rules != ASN1_DER)
		return;
	while (asn1_more(&values)) {
		struct bytes value = asn1_any(&values).whole;

		if (before.at != NULL && bytes_compare(before, value) > 0)
			asn1_refuse(&values, "X.690 11.6", "a SET OF is out of order");
		before = value;
	}
}
