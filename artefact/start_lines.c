#include "artefact/start_lines.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == 0;
}

static struct bytes part(struct bytes text, size_t from, size_t to)
{
	struct reader r = reader_over(text.at, text.n);

	reader_skip(&r, from);
	return reader_bytes(&r, to - from);
}

struct bytes text_from(struct bytes text, size_t off)
{
	return off < text.n ? part(text, off, text.n) : (struct bytes){0};
}

static struct bytes trim(struct bytes text)
{
	return bytes_trim(text, BYTES_LITERAL(" \t\r\0"));
}

bool line_next(struct reader *text, struct bytes *line_out)
{
	struct reader ahead = *text;
	size_t n = 0;

	if (reader_left(text) == 0)
		return false;
	while (reader_left(&ahead) > 0 && reader_u8(&ahead) != '\n')
		n++;
	*line_out = trim(reader_bytes(text, n));
	if (reader_left(text) > 0)
		reader_skip(text, 1);
	return true;
}

static bool is_remark(struct bytes line)
{
	return line.n > 0 && (line.at[0] == '#' || line.at[0] == ';');
}

static bool goes_on(struct bytes line)
{
	return line.n > 0 && line.at[line.n - 1] == '\\';
}

bool line_next_joined(struct reader *text, struct bytes *line_out)
{
	struct reader ahead = *text, from_here = *text;
	bool is_joined = false;
	struct bytes line;

	if (!line_next(&ahead, line_out))
		return false;
	line = *line_out;
	/* remarks between them are passed over */
	while (!is_remark(*line_out) &&
	       (goes_on(line) || (is_joined && is_remark(line))) &&
	       line_next(&ahead, &line))
		is_joined = true;
	if (is_joined) {
		struct bytes all =
		    reader_bytes(&from_here, reader_left(text) - reader_left(&ahead));

		all.n -= all.n > 0 && all.at[all.n - 1] == '\n';
		*line_out = trim(all);
	}
	*text = ahead;
	return true;
}

struct bytes word_next(struct bytes *line)
{
	struct bytes rest = trim(*line), word;
	size_t n = 0;

	while (n < rest.n && !is_blank(rest.at[n]))
		n++;
	word = part(rest, 0, n);
	*line = trim(text_from(rest, n));
	return word;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool line_is_key(struct bytes line, const char *key, struct bytes *value_out)
{
	struct bytes name = bytes_of(key);
	size_t n = 0;

	while (n < name.n && n < line.n && lower(line.at[n]) == lower(name.at[n]))
		n++;
	if (n < name.n)
		return false;
	while (n < line.n && is_blank(line.at[n]))
		n++;
	if (n == line.n || line.at[n] != '=')
		return false;
	*value_out = trim(text_from(line, n + 1));
	return true;
}

struct bytes path_name(struct bytes path)
{
	size_t off = path.n;

	while (off > 0 && path.at[off - 1] != '/' && path.at[off - 1] != '\\')
		off--;
	return text_from(path, off);
}

bool text_starts(struct bytes text, const char *with)
{
	struct bytes start = bytes_of(with);

	return text.n >= start.n && bytes_equal(part(text, 0, start.n), start);
}

bool text_ends(struct bytes text, const char *with)
{
	struct bytes end = bytes_of(with);

	return text.n >= end.n && bytes_equal(part(text, text.n - end.n, text.n), end);
}
