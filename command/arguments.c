#include "command/arguments.h"

#include "bytes/encoding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

/* One run of the parser. */
struct parse {
	const struct option *table;
	size_t n_rows;
	enum arguments_manners manners;
	char *const *strings;
	size_t n, next; /* next: first string that was not consumed */
	struct arena *arena;
	struct arguments *arguments;
	struct arguments_error *error;
};

static enum rq_err wrong(struct parse *parse, enum arguments_problem problem,
			 const char *argument)
{
	*parse->error = (struct arguments_error){problem, argument};
	return RQ_ERR_USAGE;
}

static const struct option *row_of_letter(const struct parse *parse, char letter)
{
	for (size_t i = 0; i < parse->n_rows; i++)
		if (parse->table[i].letter == letter)
			return &parse->table[i];
	return NULL;
}

/* name ends at '=' or at its end. */
static const struct option *row_of_name(const struct parse *parse, const char *name)
{
	size_t n = strcspn(name, "=");

	for (size_t i = 0; i < parse->n_rows; i++)
		if (strlen(parse->table[i].name) == n &&
		    memcmp(parse->table[i].name, name, n) == 0)
			return &parse->table[i];
	return NULL;
}

static enum rq_err append(struct parse *parse, struct option_value *value,
			  uint32_t limit, const char *text, const char *argument)
{
	/* nobody can give more values than there are strings */
	if (value->list == NULL)
		value->list = arena_array(parse->arena, parse->n + 1, sizeof(char *));
	if (value->list == NULL)
		return RQ_ERR_MEMORY;
	if (limit != 0 && value->n_list == limit)
		return wrong(parse, ARGUMENTS_TOO_MANY, argument);
	value->list[value->n_list++] = text;
	value->text = text;
	return RQ_OK;
}

static enum rq_err number(struct parse *parse, struct option_value *value,
			  const char *text, const char *argument)
{
	char *end = NULL;

	errno = 0;
	value->number = strtoll(text, &end, 0);
	value->text = text;
	if (*end != 0 || (parse->manners == ARGUMENTS_POSIX &&
			  (end == text || errno != 0 || value->number < 0)))
		return wrong(parse, ARGUMENTS_NEEDS_NUMBER, argument);
	return RQ_OK;
}

static enum rq_err flag(struct parse *parse, struct option_value *value,
			const char *text, const char *argument)
{
	if (parse->manners == ARGUMENTS_POSIX && text != NULL)
		return wrong(parse, ARGUMENTS_NEEDS_NOTHING, argument);
	value->given = true;
	return RQ_OK;
}

/* Takes text (NULL: none) as the value of row. */
static enum rq_err take(struct parse *parse, const struct option *row, const char *text,
			const char *argument)
{
	struct option_value *value = &parse->arguments->values[row - parse->table];

	if (value->given && row->kind != OPTION_LIST &&
	    (row->kind != OPTION_FLAG || parse->manners == ARGUMENTS_YARA))
		return wrong(parse, ARGUMENTS_TOO_MANY, argument);
	if (row->kind == OPTION_FLAG)
		return flag(parse, value, text, argument);
	if (text == NULL)
		return wrong(parse,
			     row->kind == OPTION_NUMBER ? ARGUMENTS_NEEDS_NUMBER
							: ARGUMENTS_NEEDS_TEXT,
			     argument);
	value->given = true;
	if (row->kind == OPTION_NUMBER)
		return number(parse, value, text, argument);
	if (row->kind == OPTION_LIST)
		return append(parse, value, row->limit, text, argument);
	value->text = text;
	return RQ_OK;
}

static const char *next_string(struct parse *parse)
{
	return parse->next < parse->n ? parse->strings[parse->next++] : NULL;
}

static enum rq_err long_option(struct parse *parse, const char *argument)
{
	const struct option *row = row_of_name(parse, argument + 2);
	const char *equals = strchr(argument, '=');
	const char *text = equals != NULL ? equals + 1 : NULL;

	if (row == NULL)
		return wrong(parse, ARGUMENTS_UNKNOWN, argument);
	if (text == NULL && row->kind != OPTION_FLAG &&
	    parse->manners == ARGUMENTS_POSIX)
		text = next_string(parse);
	return take(parse, row, text, argument);
}

static enum rq_err short_options(struct parse *parse, const char *argument)
{
	for (const char *at = argument + 1; *at != 0; at++) {
		const struct option *row = row_of_letter(parse, *at);
		const char *text = NULL;
		bool ends = false;
		enum rq_err err;

		if (row == NULL)
			return wrong(parse, ARGUMENTS_UNKNOWN, argument);
		if (row->kind != OPTION_FLAG && at[1] == 0) {
			text = next_string(parse);
		} else if (row->kind != OPTION_FLAG &&
			   parse->manners == ARGUMENTS_POSIX) {
			text = at + 1;
			ends = true;
		}
		err = take(parse, row, text, argument);
		if (err != RQ_OK || ends)
			return err;
	}
	return RQ_OK;
}

static enum rq_err one(struct parse *parse, const char *argument, bool *only_operands)
{
	if (!*only_operands && argument[0] == '-' && argument[1] == '-') {
		if (argument[2] != 0)
			return long_option(parse, argument);
		if (parse->manners == ARGUMENTS_POSIX) {
			*only_operands = true;
			return RQ_OK;
		}
	} else if (!*only_operands && argument[0] == '-' && argument[1] != 0) {
		return short_options(parse, argument);
	}
	parse->arguments->operands[parse->arguments->n_operands++] = argument;
	return RQ_OK;
}

enum rq_err arguments_parse(const struct option *table, size_t n_rows,
			    enum arguments_manners manners, size_t n,
			    char *const *strings, struct arena *arena,
			    struct arguments *arguments_out,
			    struct arguments_error *error_out)
{
	struct parse parse = {table, n_rows, manners,       strings,  n,
			      0,     arena,  arguments_out, error_out};
	bool only_operands = false;
	enum rq_err err = RQ_OK;

	*arguments_out = (struct arguments){
	    .values = arena_array(arena, n_rows, sizeof(struct option_value)),
	    .operands = arena_array(arena, n + 1, sizeof(char *)),
	};
	*error_out = (struct arguments_error){0};
	if (arguments_out->values == NULL || arguments_out->operands == NULL)
		return RQ_ERR_MEMORY;
	while (err == RQ_OK && parse.next < n)
		err = one(&parse, next_string(&parse), &only_operands);
	return err;
}

/* ---- help ---- */

static void spaces(struct buffer *out, size_t n)
{
	while (n-- > 0)
		buffer_u8(out, ' ');
}

static size_t heading(struct buffer *out, const struct option *row,
		      enum language language)
{
	size_t start = out->size;

	if (row->letter != 0)
		buffer_format(out, "  -%c, --%s", row->letter, row->name);
	else
		buffer_format(out, "      --%s", row->name);
	if (row->kind != OPTION_FLAG)
		buffer_format(out, "=%s", row->value[language]);
	if (!buffer_ok(out))
		return 0;
	return utf8_columns((struct bytes){out->data + start, out->size - start});
}

/* Words of text from column on, continued below it. */
static void wrapped(struct buffer *out, const char *text, size_t column)
{
	size_t used = column;

	while (*text != 0) {
		size_t n = strcspn(text, " ");
		size_t columns = utf8_columns((struct bytes){(const uint8_t *)text, n});

		if (used > column && used + 1 + columns > HELP_WIDTH) {
			buffer_u8(out, '\n');
			spaces(out, column);
			used = column;
		} else if (used > column) {
			buffer_u8(out, ' ');
			used++;
		}
		buffer_put(out, text, n);
		used += columns;
		text += n + strspn(text + n, " ");
	}
	buffer_u8(out, '\n');
}

/* text behind a heading of used columns, or below one that is too long. */
static void explain(struct buffer *out, size_t used, const char *text)
{
	if (used + 2 > HELP_COLUMN) {
		buffer_u8(out, '\n');
		used = 0;
	}
	spaces(out, HELP_COLUMN - used);
	wrapped(out, text, HELP_COLUMN);
}

void arguments_help(struct buffer *out, const struct option *table, size_t n_rows,
		    enum language language)
{
	for (size_t i = 0; i < n_rows; i++)
		if (table[i].explanation[language] != NULL)
			explain(out, heading(out, &table[i], language),
				table[i].explanation[language]);
}

void arguments_help_verb(struct buffer *out, const char *name, const char *explanation)
{
	buffer_format(out, "  %s", name);
	explain(out, 2 + utf8_columns(bytes_of(name)), explanation);
}
