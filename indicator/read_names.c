/*
 * Expressions of file names as Loki reads them: EXPRESSION;SCORE[;FALSE-POSITIVE], the
 * comment above describes.  They are written for Windows: where paths have slashes,
 * a backslash of the path becomes one and the drive C: goes.
 */
#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "indicator/lines.h"

#include <string.h>

enum { SCORE_OF_NAME = 60 };

static bool starts_with(struct bytes text, size_t at, const char *word)
{
	size_t n = strlen(word);

	return text.n - at >= n && memcmp(&text.at[at], word, n) == 0;
}

/* One letter beyond ASCII: lists mean letters where the engine means bytes. */
static const char letter[] = "[\\xc2-\\xf4][\\x80-\\xbf]{1,3}";

/* Whether the class behind a backslash has letters beyond ASCII: \w of words, and those
 * that say what is not in them. */
static bool takes_others(uint8_t class)
{
	return class == 'w' || class == 'W' || class == 'S' || class == 'D';
}

/* Where the set that starts at i ends, behind its ]. */
static size_t set_end(struct bytes raw, size_t i)
{
	i += starts_with(raw, i, "[^") ? 2 : 1;
	if (i < raw.n && raw.at[i] == ']')
		i++;
	while (i < raw.n && raw.at[i] != ']')
		i += raw.at[i] == '\\' ? 2 : 1;
	return i < raw.n ? i + 1 : raw.n;
}

static void put_slashes(struct bytes raw, size_t from, size_t to, bool slashes,
			struct buffer *out)
{
	for (size_t i = from; i < to; i++) {
		if (slashes && starts_with(raw, i, "\\\\")) {
			buffer_u8(out, '/');
			i++;
		} else {
			buffer_u8(out, raw.at[i]);
			if (raw.at[i] == '\\' && i + 1 < to)
				buffer_u8(out, raw.at[++i]);
		}
	}
}

/* A set of letters; one that names letters beyond ASCII is left to be refused. */
static size_t put_set(struct bytes raw, size_t i, bool slashes, struct buffer *to,
		      bool *is_bad)
{
	size_t end = set_end(raw, i);
	bool takes_letters = starts_with(raw, i, "[^");

	for (size_t k = i; k < end; k++) {
		*is_bad |= raw.at[k] >= 0x80;
		if (raw.at[k] == '\\' && ++k < end)
			takes_letters |= takes_others(raw.at[k]);
	}
	buffer_text(to, takes_letters ? "(" : "");
	put_slashes(raw, i, end, slashes, to);
	if (takes_letters)
		buffer_format(to, "|%s)", letter);
	return end;
}

/* . is a letter; what repeats without end needs no care. */
static size_t put_any(struct bytes raw, size_t i, struct buffer *to)
{
	if (starts_with(raw, i, ".*") || starts_with(raw, i, ".+"))
		buffer_u8(to, '.');
	else
		buffer_format(to, "(.|%s)", letter);
	return i + 1;
}

/* Appends the body of a regular expression of a rule.  (?i) at the start is a flag of
 * the whole, (?:x) is (x): what is captured is not asked. */
static void translate(struct bytes raw, bool slashes, struct buffer *to,
		      bool *ignores_case_out, bool *is_bad)
{
	size_t i = 0;

	*ignores_case_out = starts_with(raw, 0, "(?i)");
	if (*ignores_case_out)
		i = 4;
	while (i < raw.n) {
		if (slashes && starts_with(raw, i, "\\\\")) {
			buffer_u8(to, '/');
			i += 2;
		} else if (slashes && starts_with(raw, i, "C:")) {
			i += 2;
		} else if (starts_with(raw, i, "\\") && raw.n - i > 1 &&
			   takes_others(raw.at[i + 1])) {
			buffer_format(to, "(\\%c|%s)", raw.at[i + 1], letter);
			i += 2;
		} else if (starts_with(raw, i, "\\") && raw.n - i > 1) {
			buffer_put(to, &raw.at[i], 2);
			i += 2;
		} else if (raw.at[i] == '[') {
			i = put_set(raw, i, slashes, to, is_bad);
		} else if (raw.at[i] == '.') {
			i = put_any(raw, i, to);
		} else if (starts_with(raw, i, "(?:")) {
			buffer_u8(to, '(');
			i += 3;
		} else {
			buffer_u8(to, raw.at[i++]);
		}
	}
}

static enum rq_err add(struct indicator_list *list, const struct lines *lines,
		       struct bytes expression, struct bytes exclusion, int32_t score,
		       bool slashes)
{
	struct indicator_name name = {.text = expression, .line = lines->number};
	struct buffer body = {0}, other = {0};
	bool is_bad = false;
	enum rq_err err = indicator_list_detail(list, score, lines->comment,
						(struct bytes){NULL, 0}, &name.detail);

	translate(expression, slashes, &body, &name.ignores_case, &is_bad);
	translate(exclusion, slashes, &other, &name.exclusion_ignores_case, &is_bad);
	name.expression = buffer_bytes(&body);
	name.exclusion = buffer_bytes(&other);
	if (err == RQ_OK && (!buffer_ok(&body) || !buffer_ok(&other)))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK && body.size == 0)
		err = indicator_refuse(list, lines->number, "an empty expression",
				       lines->line);
	else if (err == RQ_OK && is_bad)
		err = indicator_refuse(list, lines->number,
				       "a set with letters beyond ASCII", lines->line);
	else if (err == RQ_OK)
		err = indicator_add_name(list, &name);
	buffer_free(&body);
	buffer_free(&other);
	return err;
}

static enum rq_err read_line(struct indicator_list *list, const struct lines *lines,
			     bool slashes)
{
	struct bytes rest = lines->line, expression = text_field(&rest, ';');
	struct bytes raw_score = text_field(&rest, ';'), exclusion = rest;
	int32_t score = SCORE_OF_NAME;

	if (lines->line.n > CAP_RULE_LITERAL)
		return indicator_refuse(list, lines->number, "the line is too long",
					lines->line);
	if (raw_score.n > 0 && !text_score(raw_score, &score))
		return indicator_refuse(list, lines->number,
					"no score behind the expression", lines->line);
	return add(list, lines, expression, exclusion, score, slashes);
}

enum rq_err read_names(struct indicator_list *list, struct bytes text, bool slashes)
{
	struct lines lines = lines_of(text);
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && lines_next(&lines))
		err = read_line(list, &lines, slashes);
	return err;
}
