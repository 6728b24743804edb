#include "cms/name.h"

#include "bytes/buffer.h"

/* ---- characters of a string, one after another ---- */

enum { NOT_A_CHARACTER = -1, END = -2 };

struct characters {
	uint8_t identifier;
	struct reader in;
};

static bool is_text(uint8_t identifier)
{
	switch (identifier) {
	case ASN1_UTF8_STRING:
	case ASN1_PRINTABLE_STRING:
	case ASN1_TELETEX_STRING:
	case ASN1_IA5_STRING:
	case ASN1_VISIBLE_STRING:
	case ASN1_UNIVERSAL_STRING:
	case ASN1_BMP_STRING: return true;
	default: return false;
	}
}

static bool is_character(uint32_t c)
{
	return c < 0x110000 && (c < 0xd800 || c > 0xdfff);
}

static int32_t next_utf8(struct reader *in)
{
	const uint8_t first = reader_u8(in);
	const unsigned n = first < 0x80   ? 0
			   : first < 0xc2 ? 9
			   : first < 0xe0 ? 1
			   : first < 0xf0 ? 2
			   : first < 0xf5 ? 3
					  : 9;
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
	uint32_t c = n == 0 ? first : first & (0x3fu >> n);

	if (n > 3)
		return NOT_A_CHARACTER;
	for (unsigned i = 0; i < n; i++) {
		const uint8_t octet = reader_u8(in);

		if ((octet & 0xc0) != 0x80)
			return NOT_A_CHARACTER;
		c = c << 6 | (octet & 0x3f);
	}
	return reader_ok(in) && c >= smallest[n] && is_character(c) ? (int32_t)c
								    : NOT_A_CHARACTER;
}

static int32_t next_character(struct characters *text)
{
	uint32_t c;

	if (reader_left(&text->in) == 0)
		return END;
	switch (text->identifier) {
	case ASN1_UTF8_STRING: return next_utf8(&text->in);
	case ASN1_BMP_STRING: c = reader_u16be(&text->in); break;
	case ASN1_UNIVERSAL_STRING: c = reader_u32be(&text->in); break;
	default: c = reader_u8(&text->in); break; /* Latin-1, as everybody reads them */
	}
	return reader_ok(&text->in) && is_character(c) ? (int32_t)c : NOT_A_CHARACTER;
}

static bool is_well_formed(uint8_t identifier, struct bytes value)
{
	struct characters text = {identifier, reader_over(value.at, value.n)};
	int32_t c;

	if (!is_text(identifier))
		return true;
	do
		c = next_character(&text);
	while (c >= 0);
	return c == END;
}

static bool is_space(int32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next character as it counts: lower case, a run of spaces as one, none at the
 * ends. */
static int32_t next_that_counts(struct characters *text, bool *begun)
{
	int32_t c = next_character(text);

	if (is_space(c)) {
		struct characters after = *text;

		while (is_space(c)) {
			*text = after;
			c = next_character(&after);
		}
		if (*begun && c != END)
			return ' ';
		*text = after;
	}
	*begun = true;
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool values_equal(const struct name_attribute *a, const struct name_attribute *b)
{
	struct characters left = {a->identifier, reader_over(a->value.at, a->value.n)};
	struct characters right = {b->identifier, reader_over(b->value.at, b->value.n)};
	bool left_begun = false, right_begun = false;

	if (!is_text(a->identifier) || !is_text(b->identifier))
		return a->identifier == b->identifier &&
		       bytes_equal(a->value, b->value);
	for (;;) {
		const int32_t c = next_that_counts(&left, &left_begun);

		if (c != next_that_counts(&right, &right_begun))
			return false;
		if (c < 0)
			return c == END;
	}
}

static void put_utf8(struct buffer *out, uint32_t c)
{
	const unsigned n = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t marks[] = {0, 0xc0, 0xe0, 0xf0};

	buffer_u8(out, (uint8_t)(c >> 6 * n | marks[n]));
	for (unsigned i = n; i > 0; i--)
		buffer_u8(out, (uint8_t)((c >> 6 * (i - 1) & 0x3f) | 0x80));
}

enum rq_err name_text(struct arena *arena, uint8_t identifier, struct bytes value,
		      struct bytes *utf8_out)
{
	struct characters text = {identifier, reader_over(value.at, value.n)};
	struct buffer out = {0};
	enum rq_err err = RQ_OK;
	int32_t c;

	*utf8_out = (struct bytes){NULL, 0};
	if (!is_well_formed(identifier, value) || !is_text(identifier))
		return RQ_OK;
	while ((c = next_character(&text)) >= 0)
		put_utf8(&out, (uint32_t)c);
	utf8_out->at = (const uint8_t *)arena_copy(arena, out.data, out.size);
	utf8_out->n = out.size;
	if (!buffer_ok(&out) || utf8_out->at == NULL) {
		*utf8_out = (struct bytes){NULL, 0};
		err = RQ_ERR_MEMORY;
	}
	buffer_free(&out);
	return err;
}

/* ---- names ---- */

static struct name_attribute read_attribute(struct asn1 *rdn)
{
	struct asn1 inside = asn1_enter(rdn, ASN1_SEQUENCE);
	struct name_attribute attribute = {.type = asn1_oid(&inside)};
	struct asn1_element value = asn1_any(&inside);

	asn1_end(&inside);
	attribute.identifier = value.identifier;
	attribute.value = value.content;
	return attribute;
}

/* X.520 and what libcrypto takes besides: universal tags as a set of bits.  No times, no
 * OCTET STRING, GeneralString or VisibleString. */
static bool may_be_in_name(uint8_t identifier)
{
	const uint32_t numbers = 1u << 3 | 0x1fu << 7 | 1u << 12 | 7u << 13 | 1u << 16 |
				 1u << 18 | 1u << 19 | 1u << 20 | 1u << 22 | 7u << 28;

	if (identifier >= 0x40)
		return false;
	if (identifier == ASN1_SEQUENCE)
		return true;
	return (identifier & 0x20) == 0 && identifier != 16 &&
	       (numbers >> identifier & 1) != 0;
}

struct bytes name_read(struct asn1 *r)
{
	struct asn1_element whole = asn1_take(r, ASN1_SEQUENCE);
	struct asn1 names = asn1_inside(r, whole.content);

	while (asn1_more(&names)) {
		struct bytes content = asn1_take(&names, ASN1_SET).content;
		struct asn1 rdn = asn1_inside(&names, content);

		asn1_check_set_of(&names, content);
		if (content.n == 0 && r->document->rules == ASN1_DER)
			asn1_refuse(&rdn, "RFC 5280 4.1.2.4",
				    "a name holds an empty set");
		while (asn1_more(&rdn)) {
			struct name_attribute attribute = read_attribute(&rdn);

			if (!may_be_in_name(attribute.identifier))
				asn1_refuse(&rdn, "RFC 5280 4.1.2.4",
					    "a name holds another value than text");
			if (!is_well_formed(attribute.identifier, attribute.value))
				asn1_refuse(&rdn, "X.690 8.23",
					    "a name holds text that is none");
		}
	}
	return whole.whole;
}

void name_walk_begin(struct name_walk *walk, struct bytes name)
{
	struct asn1 outer = asn1_open(&walk->document, ASN1_TOLERANT, name);

	walk->names = asn1_enter(&outer, ASN1_SEQUENCE);
	walk->rdn = asn1_inside(&walk->names, (struct bytes){NULL, 0});
}

bool name_next(struct name_walk *walk, struct name_attribute *attribute_out)
{
	bool starts_rdn = false;

	while (!asn1_more(&walk->rdn)) {
		if (!asn1_more(&walk->names))
			return false;
		walk->rdn = asn1_enter(&walk->names, ASN1_SET);
		starts_rdn = true;
	}
	*attribute_out = read_attribute(&walk->rdn);
	attribute_out->starts_rdn = starts_rdn;
	return asn1_ok(&walk->document);
}

bool name_equal(struct bytes a, struct bytes b)
{
	struct name_walk left, right;
	struct name_attribute from_left, from_right;

	name_walk_begin(&left, a);
	name_walk_begin(&right, b);
	for (;;) {
		const bool more = name_next(&left, &from_left);

		if (more != name_next(&right, &from_right))
			return false;
		if (!more)
			return asn1_ok(&left.document) && asn1_ok(&right.document);
		if (from_left.starts_rdn != from_right.starts_rdn ||
		    !bytes_equal(from_left.type, from_right.type) ||
		    !values_equal(&from_left, &from_right))
			return false;
	}
}
