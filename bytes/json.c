#include "bytes/json.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"

#include <string.h>

struct json json_over(struct bytes text, struct arena *arena)
{
	return (struct json){
	    .in = reader_over(text.at, text.n), .arena = arena, .has_memory = true};
}

bool json_ok(const struct json *json)
{
	return reader_ok(&json->in);
}

static void fail(struct json *json)
{
	reader_fail(&json->in);
}

/* The next byte without taking it; 0 at the end. */
static char peek(const struct json *json)
{
	struct reader ahead = json->in;

	return (char)reader_u8(&ahead);
}

static char take(struct json *json)
{
	return (char)reader_u8(&json->in);
}

static void skip_blanks(struct json *json)
{
	while (reader_left(&json->in) > 0 && peek(json) != 0 &&
	       strchr(" \t\r\n", peek(json)) != NULL)
		take(json);
}

static void expect(struct json *json, const char *word)
{
	for (; *word != 0; word++)
		if (take(json) != *word)
			fail(json);
}

bool json_done(struct json *json)
{
	skip_blanks(json);
	return reader_done(&json->in) && json->depth == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char json_kind(struct json *json)
{
	char c;

	skip_blanks(json);
	c = peek(json);
	if (is_digit(c) || c == '-')
		return '0';
	return c != 0 && strchr("{[\"tfn", c) != NULL ? c : 0;
}

void json_open(struct json *json, char kind)
{
	if (json_kind(json) != kind || json->depth == CAP_JSON_DEPTH)
		fail(json);
	take(json);
	json->depth++;
	json->is_first = true;
}

/* Whether something follows in what is open; closes it otherwise. */
static bool goes_on(struct json *json, char end)
{
	bool is_first = json->is_first;

	json->is_first = false;
	skip_blanks(json);
	if (!json_ok(json) || json->depth == 0) {
		fail(json);
		return false;
	}
	if (peek(json) == end) {
		take(json);
		json->depth--;
		return false;
	}
	if (!is_first && take(json) != ',')
		fail(json);
	return json_ok(json);
}

bool json_member(struct json *json, struct bytes *key_out)
{
	*key_out = (struct bytes){NULL, 0};
	if (!goes_on(json, '}'))
		return false;
	*key_out = json_text(json);
	skip_blanks(json);
	expect(json, ":");
	return json_ok(json);
}

bool json_element(struct json *json)
{
	return goes_on(json, ']');
}

/* ---- texts ---- */

static uint32_t hex4(struct json *json)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = take(json);

		value *= 16;
		if (is_digit(c))
			value += (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value += (uint32_t)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			value += (uint32_t)(c - 'A') + 10;
		else
			fail(json);
	}
	return value;
}

static size_t put_utf8(uint32_t code_point, uint8_t *to)
{
	static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = code_point < 0x80      ? 1
		   : code_point < 0x800   ? 2
		   : code_point < 0x10000 ? 3
					  : 4;

	for (size_t i = n; i-- > 1; code_point >>= 6)
		to[i] = (uint8_t)(0x80 | (code_point & 0x3f));
	to[0] = (uint8_t)(marks[n] | code_point);
	return n;
}

/* What stands behind a backslash, as UTF-8. */
static size_t unescape(struct json *json, uint8_t *to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = take(json);
	const char *name = c != 0 ? strchr(names, c) : NULL;
	uint32_t code_point, low;

	if (name != NULL) {
		to[0] = (uint8_t)values[name - names];
		return 1;
	}
	if (c != 'u')
		fail(json);
	code_point = hex4(json);
	if (code_point >= 0xd800 && code_point < 0xdc00) {
		expect(json, "\\u");
		low = hex4(json);
		if (low < 0xdc00 || low > 0xdfff)
			fail(json);
		code_point =
		    0x10000 + ((code_point - 0xd800) << 10) + ((low - 0xdc00) & 0x3ff);
	} else if (code_point == 0 || (code_point >= 0xdc00 && code_point < 0xe000)) {
		fail(json);
	}
	return json_ok(json) ? put_utf8(code_point, to) : 0;
}

/* Bytes up to the closing quote, as they are written: no text is longer when read. */
static size_t written_size(const struct json *json)
{
	struct reader ahead = json->in;
	size_t n = 0;

	while (reader_left(&ahead) > 0) {
		uint8_t c = reader_u8(&ahead);

		if (c == '"')
			break;
		if (c == '\\')
			reader_skip(&ahead, 1);
		n = ahead.pos - json->in.pos;
	}
	return n;
}

struct bytes json_text(struct json *json)
{
	struct bytes text = {NULL, 0};
	uint8_t *to;
	size_t n = 0;

	if (json_kind(json) != '"') {
		fail(json);
		return text;
	}
	take(json);
	to = arena_array(json->arena, written_size(json) + 1, 1);
	if (to == NULL) {
		json->has_memory = false;
		fail(json);
		return text;
	}
	while (json_ok(json)) {
		uint8_t c = (uint8_t)take(json);

		if (c == '"')
			break;
		if (c < ' ')
			fail(json); /* also at the end */
		else if (c == '\\')
			n += unescape(json, to + n);
		else
			to[n++] = c;
	}
	to[n] = 0;
	text = (struct bytes){to, n};
	if (!utf8_valid(text))
		fail(json);
	return json_ok(json) ? text : (struct bytes){NULL, 0};
}

/* ---- the other values ---- */

/* Digits, without a 0 in front of others. */
static uint64_t digits(struct json *json)
{
	bool is_zero = peek(json) == '0';
	uint64_t value = 0;
	size_t n = 0;

	for (; is_digit(peek(json)); n++) {
		uint64_t digit = (uint64_t)(take(json) - '0');

		if (value > (UINT64_MAX - digit) / 10)
			fail(json);
		else
			value = 10 * value + digit;
	}
	if (n == 0 || (is_zero && n > 1))
		fail(json);
	return json_ok(json) ? value : 0;
}

uint64_t json_u64(struct json *json)
{
	uint64_t value;

	skip_blanks(json);
	value = digits(json);
	if (peek(json) != 0 && strchr(".eE", peek(json)) != NULL)
		fail(json);
	return json_ok(json) ? value : 0;
}

int64_t json_i64(struct json *json)
{
	bool is_negative;
	uint64_t value;

	skip_blanks(json);
	is_negative = peek(json) == '-';
	if (is_negative)
		take(json);
	value = json_u64(json);
	if (value > (uint64_t)INT64_MAX + is_negative)
		fail(json);
	if (!json_ok(json))
		return 0;
	return is_negative ? (int64_t)(0 - value) : (int64_t)value;
}

double json_number(struct json *json)
{
	double value, scale = 1;

	skip_blanks(json);
	value = (double)digits(json);
	if (value > 9007199254740992.0)
		fail(json); /* 2^53: beyond, it is another one when it is written */
	if (peek(json) == '.') {
		take(json);
		if (!is_digit(peek(json)))
			fail(json);
		while (is_digit(peek(json)))
			value += (take(json) - '0') * (scale /= 10);
	}
	if (peek(json) == 'e' || peek(json) == 'E')
		fail(json);
	return json_ok(json) ? value : 0;
}

bool json_bool(struct json *json)
{
	bool value = json_kind(json) == 't';

	expect(json, value ? "true" : "false");
	return json_ok(json) && value;
}

static void skip_number(struct json *json)
{
	char c = peek(json);

	while (is_digit(c) || (c != 0 && strchr("+-.eE", c) != NULL)) {
		take(json);
		c = peek(json);
	}
}

void json_skip(struct json *json)
{
	struct bytes key;

	switch (json_kind(json)) {
	case '{':
		json_open(json, '{');
		while (json_member(json, &key))
			json_skip(json);
		break;
	case '[':
		json_open(json, '[');
		while (json_element(json))
			json_skip(json);
		break;
	case '"': (void)json_text(json); break;
	case '0': skip_number(json); break;
	case 't':
	case 'f': (void)json_bool(json); break;
	case 'n': expect(json, "null"); break;
	default: fail(json);
	}
}
