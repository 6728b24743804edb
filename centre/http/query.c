#include "centre/http/query.h"

#include "bytes/encoding.h"

#include <string.h>

static bool is_of_part(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
	       byte == '.' || byte == '~';
}

bool path_match(const char *pattern, struct bytes path, struct bytes *parts)
{
	struct reader r = reader_over(path.at, path.n);
	size_t n_parts = 0;

	while (*pattern != 0) {
		size_t from = r.pos;

		if (*pattern != '{') {
			if (reader_u8(&r) != (uint8_t)*pattern++ || !reader_ok(&r))
				return false;
			continue;
		}
		pattern = strchr(pattern, '}') + 1;
		while (reader_left(&r) > 0 && is_of_part(path.at[r.pos]))
			reader_skip(&r, 1);
		if (r.pos == from || n_parts == PATH_PARTS_MAX)
			return false;
		parts[n_parts++] = (struct bytes){path.at + from, r.pos - from};
	}
	return reader_done(&r);
}

bool number_read(struct bytes text, int64_t *number_out)
{
	int64_t number = 0;

	*number_out = 0;
	if (text.n == 0 || text.n > 19 || (text.n > 1 && text.at[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int digit = text.at[i] - '0';

		if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*number_out = number;
	return true;
}

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The bytes of the next piece up to stop, which is consumed; false: nothing is left. */
static bool next_piece(struct reader *r, char stop, struct bytes *piece_out)
{
	size_t from = r->pos;
	const uint8_t *found;

	if (reader_left(r) == 0)
		return false;
	found = memchr(r->start + from, stop, reader_left(r));
	piece_out->at = r->start + from;
	piece_out->n = found != NULL ? (size_t)(found - piece_out->at) : reader_left(r);
	reader_skip(r, piece_out->n + (found != NULL));
	return true;
}

static bool decode(struct bytes text, struct buffer *out)
{
	struct reader r = reader_over(text.at, text.n);
	size_t from = out->size;

	while (reader_left(&r) > 0) {
		uint8_t byte = reader_u8(&r);

		if (byte == '%') {
			int high = hex_digit(reader_u8(&r)),
			    low = hex_digit(reader_u8(&r));

			if (!reader_ok(&r) || high < 0 || low < 0)
				return false;
			byte = (uint8_t)(high << 4 | low);
		} else if (byte == '+') {
			byte = ' ';
		}
		if (byte < 0x20 || byte == 0x7f)
			return false;
		buffer_u8(out, byte);
	}
	return buffer_ok(out) && utf8_valid(buffer_part(out, from, out->size - from));
}

/* Splits piece at its first mark; without one the right side is empty. */
static void split(struct bytes piece, char mark, struct bytes *left,
		  struct bytes *right)
{
	struct reader r = reader_over(piece.at, piece.n);

	*left = *right = (struct bytes){0};
	(void)next_piece(&r, mark, left);
	*right = reader_bytes(&r, reader_left(&r));
}

enum query query_find(struct bytes query, const char *name, struct buffer *value_out)
{
	struct reader r = reader_over(query.at, query.n);
	enum query found = QUERY_ABSENT;
	struct bytes piece, key, value;

	while (next_piece(&r, '&', &piece)) {
		split(piece, '=', &key, &value);
		if (!bytes_equal_text(key, name))
			continue;
		if (found == QUERY_FOUND || !decode(value, value_out))
			return QUERY_BAD;
		found = QUERY_FOUND;
	}
	return found;
}

bool cookie_find(struct bytes header, const char *name, struct bytes *value_out)
{
	struct reader r = reader_over(header.at, header.n);
	struct bytes piece, key, value;

	*value_out = (struct bytes){0};
	while (next_piece(&r, ';', &piece)) {
		split(bytes_trim(piece, BYTES_LITERAL(" ")), '=', &key, &value);
		if (bytes_equal_text(key, name)) {
			*value_out = value;
			return true;
		}
	}
	return false;
}

static bool read_number(struct bytes query, const char *name, int64_t *number)
{
	struct buffer text = {.max = 32};
	enum query found = query_find(query, name, &text);
	bool fine = found == QUERY_ABSENT ||
		    (found == QUERY_FOUND && number_read(buffer_bytes(&text), number));

	buffer_free(&text);
	return fine;
}

bool page_read(struct bytes query, struct page *page_out)
{
	int64_t after = 0, limit = PAGE_DEFAULT;

	*page_out = (struct page){.n = PAGE_DEFAULT};
	if (!read_number(query, "after", &after) ||
	    !read_number(query, "limit", &limit) || limit < 1 || limit > PAGE_MAX)
		return false;
	*page_out = (struct page){after, (uint32_t)limit};
	return true;
}
