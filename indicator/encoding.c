#include "indicator/encoding.h"

enum { REPLACEMENT = 0xfffd };

static uint32_t read_unit(struct reader *r, bool is_big)
{
	uint32_t first = reader_u8(r), second = reader_u8(r);

	if (!reader_ok(r)) /* half of a unit at the end */
		return REPLACEMENT;
	return is_big ? first << 8 | second : second << 8 | first;
}

static uint32_t read_character(struct reader *r, bool is_big)
{
	uint32_t high = read_unit(r, is_big), low;
	struct reader behind = *r;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	low = read_unit(&behind, is_big);
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return REPLACEMENT;
	*r = behind;
	return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

static void put_character(struct buffer *to, uint32_t c)
{
	static const uint8_t starts[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned n_more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	buffer_u8(to, (uint8_t)(starts[n_more] | c >> 6 * n_more));
	while (n_more-- > 0)
		buffer_u8(to, (uint8_t)(0x80 | (c >> 6 * n_more & 0x3f)));
}

enum rq_err indicator_to_utf8(struct buffer *text)
{
	struct bytes from = buffer_bytes(text);
	struct reader r = reader_over(from.at, from.n);
	uint32_t mark = read_unit(&r, true);
	struct buffer plain = {0};

	if (from.n < 2 || (mark != 0xfeff && mark != 0xfffe))
		return RQ_OK;
	while (reader_left(&r) > 0)
		put_character(&plain, read_character(&r, mark == 0xfeff));
	if (!buffer_ok(&plain)) {
		buffer_free(&plain);
		return RQ_ERR_MEMORY;
	}
	buffer_free(text);
	*text = plain;
	return RQ_OK;
}
