#include "indicator/read.h"

#include "bytes/cap.h"
#include "indicator/document.h"
#include "indicator/host.h"
#include "indicator/lines.h"

#include <string.h>

/* ---- lines ---- */

struct bytes text_trim(struct bytes text)
{
	while (text.n > 0 && text.at[0] <= ' ') {
		text.at++;
		text.n--;
	}
	while (text.n > 0 && text.at[text.n - 1] <= ' ')
		text.n--;
	return text;
}

struct bytes text_field(struct bytes *text, char c)
{
	const uint8_t *end = text->n > 0 ? memchr(text->at, c, text->n) : NULL;
	struct bytes field = *text;

	if (end == NULL) {
		*text = (struct bytes){NULL, 0};
		return field;
	}
	field.n = (size_t)(end - field.at);
	*text = (struct bytes){end + 1, text->n - field.n - 1};
	return field;
}

struct bytes text_word(struct bytes *text)
{
	struct bytes word = {text->at, 0};

	while (word.n < text->n && text->at[word.n] != ' ' && text->at[word.n] != '\t')
		word.n++;
	*text = (struct bytes){text->at + word.n, text->n - word.n};
	return word;
}

bool text_score(struct bytes text, int32_t *score_out)
{
	bool is_negative;
	int32_t value = 0;

	text = text_trim(text);
	is_negative = text.n > 0 && text.at[0] == '-';
	if (is_negative) {
		text.at++;
		text.n--;
	}
	if (text.n == 0 || text.n > 4)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*score_out = is_negative ? -value : value;
	return value <= 1000;
}

bool text_size(struct bytes text, uint64_t *size_out)
{
	uint64_t value = 0;

	text = text_trim(text);
	if (text.n == 0 || text.n > 18)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*size_out = value;
	return true;
}

struct lines lines_of(struct bytes text)
{
	/* a mark of UTF-8 at the start says nothing */
	if (text.n >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0) {
		text.at += 3;
		text.n -= 3;
	}
	return (struct lines){.rest = reader_over(text.at, text.n)};
}

bool lines_next(struct lines *lines)
{
	while (reader_left(&lines->rest) > 0) {
		struct reader peek = lines->rest;
		struct bytes rest = reader_bytes(&peek, reader_left(&peek));
		const uint8_t *end = memchr(rest.at, '\n', rest.n);
		size_t n = end != NULL ? (size_t)(end - rest.at) : rest.n;

		lines->line = text_trim(reader_bytes(&lines->rest, n));
		if (end != NULL)
			reader_skip(&lines->rest, 1);
		lines->number++;
		if (lines->line.n > 0 && lines->line.at[0] != '#')
			return true;
		if (lines->line.n > 0) {
			lines->comment = lines->line;
			while (lines->comment.n > 0 && (lines->comment.at[0] == '#' ||
							lines->comment.at[0] == ' ')) {
				lines->comment.at++;
				lines->comment.n--;
			}
		}
	}
	return false;
}

/* ---- which form ---- */

static bool contains(struct bytes text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++) {
		size_t k = 0;

		while (k < n && (text.at[i + k] | 0x20) == (uint8_t)word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

bool text_equals_word(struct bytes text, const char *word)
{
	return text.n == strlen(word) && contains(text, word);
}

static bool ends_with(struct bytes text, const char *ending)
{
	size_t n = strlen(ending);

	return text.n >= n && contains((struct bytes){&text.at[text.n - n], n}, ending);
}

static enum indicator_format format_of_line(struct bytes line)
{
	struct bytes rest = line, first = text_field(&rest, ';');
	struct bytes word = text_word(&first), field = text_field(&word, ',');
	enum indicator_kind kind;
	int32_t score;

	if (indicator_is_digest(field, &kind))
		return word.n == 0 ? INDICATOR_HASHES : INDICATOR_CSV;
	rest = line;
	first = text_field(&rest, ';');
	if (rest.n > 0 && text_score(text_field(&rest, ';'), &score)) {
		struct host_form form;

		return host_read(first, &form) ? INDICATOR_HOSTS : INDICATOR_NAMES;
	}
	return INDICATOR_HOSTS;
}

enum indicator_format indicator_format_of(struct bytes name, struct bytes text)
{
	struct lines lines = lines_of(text);

	if (document_is_one(text))
		return INDICATOR_JSON;
	if (ends_with(name, ".csv"))
		return INDICATOR_CSV;
	if (contains(name, "filename"))
		return INDICATOR_NAMES;
	if (contains(name, "hash"))
		return INDICATOR_HASHES;
	if (contains(name, "c2") || contains(name, "domain"))
		return INDICATOR_HOSTS;
	return lines_next(&lines) ? format_of_line(lines.line) : INDICATOR_HASHES;
}

static enum rq_err read_as(struct indicator_list *list, struct bytes text,
			   const struct indicator_read_options *options)
{
	switch (options->format) {
	case INDICATOR_HASHES: return read_hashes(list, text);
	case INDICATOR_NAMES: return read_names(list, text, options->slashes);
	case INDICATOR_HOSTS: return read_hosts(list, text);
	case INDICATOR_CSV: return read_csv(list, text);
	case INDICATOR_JSON: return read_document(list, text, options->now);
	case N_INDICATOR_FORMATS: break;
	}
	return RQ_ERR_USAGE;
}

static size_t count_all(const struct indicator_list *list)
{
	size_t n = list->refused.n_all;

	for (int kind = 0; kind < N_INDICATOR_KINDS; kind++)
		n += indicator_list_count(list, (enum indicator_kind)kind);
	return n;
}

enum rq_err indicator_read(struct indicator_list *list, struct bytes name,
			   struct bytes text,
			   const struct indicator_read_options *options)
{
	enum rq_err err = indicator_list_begin(list, name);
	size_t n = count_all(list);

	if (err == RQ_OK)
		err = read_as(list, text, options);
	/* who asks for a list must not believe that something was looked for */
	if (err == RQ_OK && count_all(list) == n)
		err = indicator_refuse(list, 0, "nothing in it is to be looked for",
				       (struct bytes){NULL, 0});
	return err;
}
