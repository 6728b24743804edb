#include "bytes/encoding.h"

static const char hex_digits[] = "0123456789abcdef";

static struct bytes behind(struct bytes text, size_t n)
{
	return (struct bytes){text.at + n, text.n - n};
}

/* Bytes that follow a lead byte, the bits it carries itself, and the smallest code
 * point that needs so many: anything below is overlong. */
static size_t lead(uint8_t byte, uint32_t *bits_out, uint32_t *least_out)
{
	if ((byte & 0xe0) == 0xc0) {
		*bits_out = byte & 0x1f;
		*least_out = 0x80;
		return 1;
	}
	if ((byte & 0xf0) == 0xe0) {
		*bits_out = byte & 0x0f;
		*least_out = 0x800;
		return 2;
	}
	if ((byte & 0xf8) == 0xf0) {
		*bits_out = byte & 0x07;
		*least_out = 0x10000;
		return 3;
	}
	return 0;
}

size_t utf8_sequence(struct bytes text, uint32_t *code_point_out)
{
	uint32_t point, least;
	size_t n_more;

	if (text.n == 0)
		return 0;
	if (text.at[0] < 0x80) {
		if (code_point_out != NULL)
			*code_point_out = text.at[0];
		return 1;
	}
	n_more = lead(text.at[0], &point, &least);
	if (n_more == 0 || n_more >= text.n)
		return 0;
	for (size_t i = 1; i <= n_more; i++) {
		if ((text.at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text.at[i] & 0x3f);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	if (code_point_out != NULL)
		*code_point_out = point;
	return n_more + 1;
}

bool utf8_valid(struct bytes text)
{
	while (text.n > 0) {
		size_t n = utf8_sequence(text, NULL);

		if (n == 0)
			return false;
		text = behind(text, n);
	}
	return true;
}

static bool in(uint32_t point, uint32_t first, uint32_t last)
{
	return point >= first && point <= last;
}

bool code_point_is_hidden(uint32_t point)
{
	return point < 0x20 || in(point, 0x7f, 0x9f) || point == 0xad ||
	       point == 0x61c || in(point, 0x200b, 0x200f) ||
	       in(point, 0x2028, 0x202e) || in(point, 0x2060, 0x206f) ||
	       point == 0xfeff || in(point, 0xfff9, 0xfffb) ||
	       in(point, 0xe0000, 0xe0fff);
}

static bool is_combining(uint32_t point)
{
	return in(point, 0x300, 0x36f) || in(point, 0x1ab0, 0x1aff) ||
	       in(point, 0x20d0, 0x20ff) || in(point, 0xfe00, 0xfe0f) ||
	       in(point, 0xfe20, 0xfe2f);
}

static void hex_byte(struct buffer *out, uint8_t byte)
{
	buffer_u8(out, (uint8_t)hex_digits[byte >> 4]);
	buffer_u8(out, (uint8_t)hex_digits[byte & 15]);
}

void encode_hex(struct buffer *out, struct bytes from)
{
	for (size_t i = 0; i < from.n; i++)
		hex_byte(out, from.at[i]);
}

void encode_base64(struct buffer *out, struct bytes from)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < from.n; i += 3) {
		size_t n = from.n - i < 3 ? from.n - i : 3;
		uint32_t group = (uint32_t)from.at[i] << 16;

		if (n > 1)
			group |= (uint32_t)from.at[i + 1] << 8;
		if (n > 2)
			group |= from.at[i + 2];
		for (size_t k = 0; k < 4; k++) {
			uint8_t digit = (uint8_t)digits[group >> (18 - 6 * k) & 63];

			buffer_u8(out, k <= n ? digit : '=');
		}
	}
}

static void json_unit(struct buffer *out, uint32_t unit)
{
	buffer_text(out, "\\u");
	hex_byte(out, (uint8_t)(unit >> 8));
	hex_byte(out, (uint8_t)unit);
}

static void json_point(struct buffer *out, uint32_t point, struct bytes sequence)
{
	switch (point) {
	case '"': buffer_text(out, "\\\""); return;
	case '\\': buffer_text(out, "\\\\"); return;
	case '\n': buffer_text(out, "\\n"); return;
	case '\r': buffer_text(out, "\\r"); return;
	case '\t': buffer_text(out, "\\t"); return;
	}
	if (!code_point_is_hidden(point)) {
		buffer_put(out, sequence.at, sequence.n);
	} else if (point < 0x10000) {
		json_unit(out, point);
	} else {
		json_unit(out, 0xd800 + ((point - 0x10000) >> 10));
		json_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
	}
}

bool encode_json(struct buffer *out, struct bytes from)
{
	bool whole = true;

	buffer_u8(out, '"');
	while (from.n > 0) {
		uint32_t point;
		size_t n = utf8_sequence(from, &point);

		if (n == 0) {
			buffer_text(out, "\\\\x");
			hex_byte(out, from.at[0]);
			whole = false;
			n = 1;
		} else {
			json_point(out, point, (struct bytes){from.at, n});
		}
		from = behind(from, n);
	}
	buffer_u8(out, '"');
	return whole;
}

static void visible_byte(struct buffer *out, uint8_t byte)
{
	buffer_text(out, "\\x");
	hex_byte(out, byte);
}

static void visible_point(struct buffer *out, uint32_t point, struct bytes sequence)
{
	if (point == '\n')
		buffer_text(out, "\\n");
	else if (point == '\r')
		buffer_text(out, "\\r");
	else if (point == '\t')
		buffer_text(out, "\\t");
	else if (!code_point_is_hidden(point))
		buffer_put(out, sequence.at, sequence.n);
	else if (point < 0x80)
		visible_byte(out, (uint8_t)point);
	else
		buffer_format(out, "\\u{%04x}", (unsigned)point);
}

/* What stands for point in HTML, or NULL for itself. */
static const char *entity(uint32_t point)
{
	switch (point) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	}
	return NULL;
}

static void visible(struct buffer *out, struct bytes from, bool html)
{
	while (from.n > 0) {
		uint32_t point;
		size_t n = utf8_sequence(from, &point);

		if (n == 0) {
			visible_byte(out, from.at[0]);
			n = 1;
		} else if (html && entity(point) != NULL) {
			buffer_text(out, entity(point));
		} else {
			visible_point(out, point, (struct bytes){from.at, n});
		}
		from = behind(from, n);
	}
}

void encode_visible(struct buffer *out, struct bytes from)
{
	visible(out, from, false);
}

void encode_html(struct buffer *out, struct bytes from)
{
	visible(out, from, true);
}

size_t utf8_columns(struct bytes text)
{
	size_t columns = 0;

	while (text.n > 0) {
		uint32_t point;
		size_t n = utf8_sequence(text, &point);

		if (n == 0) {
			columns += 4;
			n = 1;
		} else if (!is_combining(point)) {
			columns++;
		}
		text = behind(text, n);
	}
	return columns;
}
