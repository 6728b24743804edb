/*
 * The reader of ASN.1 values in DER (ITU-T X.690).  Nothing of a signature or a
 * certificate is read in any other way.
 *
 * A document is one run of bytes with its rules and its first refusal.  A struct asn1
 * walks the values that stand in a row inside one constructed value.  Refusal sticks to
 * the document: once something is refused, every later call on any of its walkers
 * gives empty values, so that a parser is written straight through and asks asn1_ok at
 * its end, and before a value sizes an allocation or bounds a loop.  Nothing is copied:
 * what is handed out lives as long as the bytes of the document.
 *
 *     struct asn1_document document;
 *     struct asn1 outer = asn1_open(&document, ASN1_DER, bytes);
 *     struct asn1 pair = asn1_enter(&outer, ASN1_SEQUENCE);
 *     struct bytes oid = asn1_oid(&pair);
 *     struct bytes octets = asn1_octets(&pair);
 *     asn1_end(&pair);
 *     asn1_end(&outer);
 *     if (!asn1_ok(&document)) ... document.refusal says why
 */
#ifndef RAQUET_ASN1_ASN1_H
#define RAQUET_ASN1_ASN1_H

#include "bytes/arena.h"
#include "bytes/reader.h"

enum asn1_rules {
	/* X.690 clauses 8, 10 and 11 in full: one encoding for one value. */
	ASN1_DER,
	/*
	 * What libcrypto's own decoder takes, for the rule language only: libyara hands
	 * signatures to it, and rules name certificates in files that strict DER refuses.
	 * Not checked: the order of SET OF (11.6), TRUE as 0xff (11.1), encoded DEFAULT
	 * values (11.5), the forms of times (11.7, 11.8), bytes behind the outermost
	 * value.  BER lengths and constructed strings are taken by asn1_der_of_ber
	 * before.  Never used for a verdict.
	 */
	ASN1_TOLERANT,
};

/* The identifier octets (8.1.2) that occur, with the bit for "constructed". */
enum {
	ASN1_BOOLEAN = 0x01,
	ASN1_INTEGER = 0x02,
	ASN1_BIT_STRING = 0x03,
	ASN1_OCTET_STRING = 0x04,
	ASN1_NULL = 0x05,
	ASN1_OID = 0x06,
	ASN1_ENUMERATED = 0x0a,
	ASN1_UTF8_STRING = 0x0c,
	ASN1_NUMERIC_STRING = 0x12,
	ASN1_PRINTABLE_STRING = 0x13,
	ASN1_TELETEX_STRING = 0x14,
	ASN1_IA5_STRING = 0x16,
	ASN1_UTC_TIME = 0x17,
	ASN1_GENERALIZED_TIME = 0x18,
	ASN1_VISIBLE_STRING = 0x1a,
	ASN1_GENERAL_STRING = 0x1b,
	ASN1_UNIVERSAL_STRING = 0x1c,
	ASN1_BMP_STRING = 0x1e,
	ASN1_SEQUENCE = 0x30,
	ASN1_SET = 0x31,
	ASN1_CONTEXT = 0x80,             /* | number: primitive, [n] IMPLICIT */
	ASN1_CONTEXT_CONSTRUCTED = 0xa0, /* | number */
};

struct asn1_refusal {
	const char
	    *clause;      /* "X.690 10.1", "RFC 5652 5.3"; NULL: nothing was refused */
	const char *what; /* a few words, static */
	uint64_t offset;  /* in the document, of the value or the byte meant */
};

struct asn1_document {
	enum asn1_rules rules;
	struct bytes bytes;
	struct asn1_refusal refusal; /* the first */
};

struct asn1 {
	struct asn1_document *document;
	struct reader in;
	unsigned depth;
};

struct asn1_element {
	uint8_t identifier; /* the first octet; 0: refused, or nothing is left */
	struct bytes whole; /* identifier, length, content */
	struct bytes content;
};

/* Begins *document over bytes; it must stay as long as its walkers. */
struct asn1 asn1_open(struct asn1_document *document, enum asn1_rules rules,
		      struct bytes bytes);

bool asn1_ok(const struct asn1_document *document);

/* Refuses the document, unless it is already.  clause and what are static. */
void asn1_refuse(struct asn1 *r, const char *clause, const char *what);
/* The same, for what may be right but is more than we read (bytes/cut.h). */
void asn1_refuse_cap(struct asn1 *r, const char *clause, const char *what);

/* Whether the document is read as DER, and so by every letter of its standard. */
bool asn1_is_strict(const struct asn1 *r);

/* Whether another value follows; false once refused. */
bool asn1_more(const struct asn1 *r);

/* How many values follow. */
size_t asn1_count(struct asn1 values);

/* The identifier octet of the next value, 0 when there is none. */
uint8_t asn1_peek(const struct asn1 *r);

/* The next value, whatever it is (8.1: identifier, definite minimal length, content). */
struct asn1_element asn1_any(struct asn1 *r);

/* The next value, which must have that identifier octet. */
struct asn1_element asn1_take(struct asn1 *r, uint8_t identifier);

/* Likewise, and a walker over the values inside. */
struct asn1 asn1_enter(struct asn1 *r, uint8_t identifier);

/* A walker over the content of a value that was taken. */
struct asn1 asn1_inside(const struct asn1 *r, struct bytes content);

/* Refuses what follows the last value that is expected.  At the outermost level of
 * a tolerant document it is let pass. */
void asn1_end(struct asn1 *r);

/* 11.1 */
bool asn1_boolean(struct asn1 *r);

/* 8.3: two's complement, minimal, at least one byte. */
struct bytes asn1_integer(struct asn1 *r);

/* An INTEGER from 0 to max. */
uint64_t asn1_number(struct asn1 *r, uint64_t max);

/* The value of the content of an INTEGER; false when it needs more than 64 bits. */
bool asn1_integer_value(struct bytes content, int64_t *value_out);

/* 8.6, 11.2: the bytes without the count of unused bits. */
struct bytes asn1_bits(struct asn1 *r, unsigned *n_unused_out);

struct bytes asn1_octets(struct asn1 *r);
void asn1_null(struct asn1 *r);

/* 8.19: the content, checked. */
struct bytes asn1_oid(struct asn1 *r);

/* UTCTime (two digits of the year: 1950 to 2049) or GeneralizedTime: the seconds since
 * 1970.  Strict: 11.7, 11.8 and RFC 5280 4.1.2.5 (whole seconds, Z; and RFC 3161
 * 2.4.2 allows a fraction, which is dropped).  Tolerant: never refuses; what is no time gives
 * ASN1_NO_TIME. */
int64_t asn1_time(struct asn1 *r);

#define ASN1_NO_TIME (-2209075200) /* libcrypto's tm of zeros: 1899-12-31 */

/* The seconds of a time value that was taken; false when it is none.  Tolerant: as
 * libcrypto reads it (offsets from UTC, no seconds). */
bool asn1_time_of(enum asn1_rules rules, uint8_t identifier, struct bytes content,
		  int64_t *seconds_out);

/* 11.6: refuses values that do not stand in rising order.  Tolerant: does nothing. */
void asn1_check_set_of(const struct asn1 *r, struct bytes content);

/* Whether content is an OBJECT IDENTIFIER as dotted text "1.2.840" says. */
bool asn1_oid_is(struct bytes content, const char *dotted);

/* The dotted text of an OBJECT IDENTIFIER; NULL when out of memory. */
char *asn1_oid_text(struct arena *arena, struct bytes content);

/*
 * The first value of bytes with the lengths of DER: indefinite and longer lengths
 * (8.1.3) made minimal, constructed strings (8.6.4, 8.7.3) joined.  What is after it is
 * dropped.  The same bytes when nothing had to change, else in arena.  {NULL, 0} in
 * *der_out when it is no BER.  Only for tolerant documents.
 */
RQ_MUST_USE enum rq_err asn1_der_of_ber(struct arena *arena, struct bytes bytes,
					struct bytes *der_out);

#endif
