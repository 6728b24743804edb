/* Values that are text inside: times and the dotted form of object identifiers. */
#include "asn1/asn1.h"

#include "bytes/buffer.h"

/* Digits being read off a time. */
struct clock_text {
	struct reader in;
	bool good;
};

static uint8_t peek(const struct clock_text *text)
{
	struct reader copy = text->in;

	return reader_left(&copy) > 0 ? reader_u8(&copy) : 0;
}

static bool is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

/* Two digits between low and high. */
static int two(struct clock_text *text, int low, int high)
{
	const uint8_t tens = reader_u8(&text->in), units = reader_u8(&text->in);
	const int value = (tens - '0') * 10 + (units - '0');

	if (!reader_ok(&text->in) || !is_digit(tens) || !is_digit(units) ||
	    value < low || value > high) {
		text->good = false;
		return low;
	}
	return value;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, year 0 to 9999. */
static int64_t days_since_1970(int year, int month, int day)
{
	const int64_t y = month <= 2 ? year - 1 : year;
	const int64_t era = (y >= 0 ? y : y - 399) / 400;
	const int64_t year_of_era = y - era * 400;
	const int64_t day_of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

/* A fraction of the second, which is dropped.  11.7.3: it does not end in 0. */
static void skip_fraction(struct clock_text *text, bool strict)
{
	uint8_t last = 0;

	(void)reader_u8(&text->in);
	while (is_digit(peek(text)))
		last = reader_u8(&text->in);
	if (last == 0 || (strict && last == '0'))
		text->good = false;
}

/* What is after the digits: Z, or as libcrypto takes it an offset from UTC. */
static int64_t zone(struct clock_text *text, bool strict)
{
	const uint8_t mark = reader_u8(&text->in);
	int64_t offset;

	if (mark == 'Z')
		return 0;
	if (strict || (mark != '+' && mark != '-')) {
		text->good = false;
		return 0;
	}
	offset = two(text, 0, 12) * 3600;
	offset += two(text, 0, 59) * 60;
	return mark == '+' ? -offset : offset;
}

bool asn1_time_of(enum asn1_rules rules, uint8_t identifier, struct bytes content,
		  int64_t *seconds_out)
{
	const bool strict = rules == ASN1_DER;
	struct clock_text text = {reader_over(content.at, content.n), true};
	int year, month, day, hour, minute, second = 0;
	int64_t offset;

	*seconds_out = ASN1_NO_TIME;
	if (identifier == ASN1_GENERALIZED_TIME)
		year = two(&text, 0, 99) * 100;
	else if (identifier == ASN1_UTC_TIME)
		year = 0;
	else
		return false;
	year += two(&text, 0, 99);
	if (identifier == ASN1_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	month = two(&text, 1, 12);
	day = two(&text, 1, 31);
	hour = two(&text, 0, 23);
	minute = two(&text, 0, 59);
	if (strict || is_digit(peek(&text)))
		second = two(&text, 0, 59);
	if (identifier == ASN1_GENERALIZED_TIME && peek(&text) == '.')
		skip_fraction(&text, strict);
	offset = zone(&text, strict);
	if (!text.good || !reader_done(&text.in) || day > days_in_month(year, month))
		return false;
	*seconds_out = days_since_1970(year, month, day) * 86400 + hour * 3600 +
		       minute * 60 + second + offset;
	return true;
}

int64_t asn1_time(struct asn1 *r)
{
	const uint8_t identifier = asn1_peek(r);
	int64_t seconds = ASN1_NO_TIME;

	if (identifier != ASN1_UTC_TIME && identifier != ASN1_GENERALIZED_TIME) {
		asn1_refuse(r, "X.690 8.1.2", "a time is missing");
		return seconds;
	}
	const struct asn1_element element = asn1_any(r);

	if (!asn1_time_of(r->document->rules, identifier, element.content, &seconds) &&
	    r->document->rules == ASN1_DER)
		asn1_refuse(r,
			    identifier == ASN1_UTC_TIME ? "X.690 11.8" : "X.690 11.7",
			    "not a time");
	return seconds;
}

/* Arcs of any size, in decimal: enough for what occurs, exact for what does not. */
struct decimal {
	uint8_t digits[160]; /* lowest first */
	size_t n;
	bool overflow;
};

static void times_128_plus(struct decimal *d, unsigned add)
{
	unsigned carry = add;

	for (size_t i = 0; i < d->n || carry > 0; i++) {
		if (i == sizeof d->digits) {
			d->overflow = true;
			return;
		}
		if (i == d->n)
			d->digits[d->n++] = 0;
		carry += d->digits[i] * 128u;
		d->digits[i] = (uint8_t)(carry % 10);
		carry /= 10;
	}
}

static void minus(struct decimal *d, unsigned subtract)
{
	for (size_t i = 0; i < d->n && subtract > 0; i++) {
		const unsigned digit = subtract % 10;

		subtract /= 10;
		if (d->digits[i] < digit) {
			d->digits[i] += 10;
			subtract++;
		}
		d->digits[i] -= (uint8_t)digit;
	}
	while (d->n > 0 && d->digits[d->n - 1] == 0)
		d->n--;
}

static void write_arc(struct buffer *out, const struct decimal *d)
{
	if (d->n == 0)
		buffer_u8(out, '0');
	for (size_t i = d->n; i > 0; i--)
		buffer_u8(out, (uint8_t)('0' + d->digits[i - 1]));
}

static bool at_least_80(const struct decimal *d)
{
	return d->n > 2 || (d->n == 2 && d->digits[1] >= 8);
}

/* 8.19.4: the first subidentifier holds two arcs. */
static void write_first(struct buffer *out, struct decimal *d)
{
	unsigned value;

	if (at_least_80(d)) {
		buffer_text(out, "2.");
		minus(d, 80);
		write_arc(out, d);
		return;
	}
	value = (d->n > 1 ? d->digits[1] * 10u : 0) + (d->n > 0 ? d->digits[0] : 0);
	buffer_format(out, "%u.%u", value / 40, value % 40);
}

/* Fails the buffer on an arc of more than 160 digits. */
static void write_dotted(struct buffer *out, struct bytes content)
{
	struct reader in = reader_over(content.at, content.n);
	struct decimal arc = {.n = 0};
	bool first = true;

	while (reader_left(&in) > 0) {
		const uint8_t octet = reader_u8(&in);

		times_128_plus(&arc, octet & 0x7f);
		if (arc.overflow) {
			out->failed = true;
			return;
		}
		if ((octet & 0x80) != 0)
			continue;
		if (first)
			write_first(out, &arc);
		else {
			buffer_u8(out, '.');
			write_arc(out, &arc);
		}
		first = false;
		arc.n = 0;
	}
}

char *asn1_oid_text(struct arena *arena, struct bytes content)
{
	struct buffer out = {0};
	char *text = NULL;

	write_dotted(&out, content);
	if (buffer_ok(&out))
		text = arena_copy(arena, out.data, out.size);
	buffer_free(&out);
	return text;
}

/* The next arc of dotted text; moves behind it and its dot. */
static uint64_t next_arc(const char **dotted)
{
	uint64_t arc = 0;

	while (**dotted >= '0' && **dotted <= '9')
		arc = arc * 10 + (uint64_t)(*(*dotted)++ - '0');
	if (**dotted == '.')
		(*dotted)++;
	return arc;
}

bool asn1_oid_is(struct bytes content, const char *dotted)
{
	struct reader in = reader_over(content.at, content.n);
	uint64_t arc = next_arc(&dotted) * 40;

	arc += next_arc(&dotted);
	for (;;) {
		unsigned shift = 0;

		while (arc >> shift > 0x7f)
			shift += 7;
		for (;; shift -= 7) {
			const unsigned more = shift > 0 ? 0x80 : 0;

			if (reader_u8(&in) != ((arc >> shift & 0x7f) | more))
				return false;
			if (shift == 0)
				break;
		}
		if (*dotted == '\0')
			return reader_done(&in);
		arc = next_arc(&dotted);
	}
}
