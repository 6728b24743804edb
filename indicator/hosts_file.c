#include "indicator/hosts_file.h"

#include <string.h>

bool is_hosts_file(struct bytes path)
{
	static const char ending[] = "/etc/hosts";
	size_t n = sizeof ending - 1;

	if (path.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = path.at[path.n - n + i];

		/* case and separator as Windows has them */
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 'a' - 'A');
		if ((c == '\\' ? '/' : c) != (uint8_t)ending[i])
			return false;
	}
	return true;
}

struct hosts_line hosts_file_start(struct bytes data)
{
	return (struct hosts_line){.rest = reader_over(data.at, data.n)};
}

bool hosts_file_next(struct hosts_line *line)
{
	while (reader_left(&line->rest) > 0) {
		struct reader peek = line->rest;
		struct bytes rest = reader_bytes(&peek, reader_left(&peek));
		const uint8_t *end = memchr(rest.at, '\n', rest.n), *mark;
		struct bytes word;

		line->text = reader_bytes(
		    &line->rest, end != NULL ? (size_t)(end - rest.at) : rest.n);
		if (end != NULL)
			reader_skip(&line->rest, 1);
		mark =
		    line->text.n > 0 ? memchr(line->text.at, '#', line->text.n) : NULL;
		if (mark != NULL)
			line->text.n = (size_t)(mark - line->text.at);
		while (line->text.n > 0 && line->text.at[line->text.n - 1] <= ' ')
			line->text.n--;
		rest = line->text;
		if (hosts_line_word(&rest, &word))
			return true;
	}
	return false;
}

bool hosts_line_word(struct bytes *rest, struct bytes *word_out)
{
	size_t n = 0;

	while (rest->n > 0 && *rest->at <= ' ') {
		rest->at++;
		rest->n--;
	}
	while (n < rest->n && rest->at[n] > ' ')
		n++;
	*word_out = (struct bytes){rest->at, n};
	rest->at += n;
	rest->n -= n;
	return n > 0;
}
