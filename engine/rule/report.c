#include "engine/rule/report.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rule_report_init(struct rule_report *report, struct arena *arena)
{
	*report = (struct rule_report){.arena = arena};
}

void rule_report_clear(struct rule_report *report)
{
	alloc_free(report->messages);
	*report = (struct rule_report){.arena = report->arena};
}

static bool append(struct rule_report *report, const struct rule_message *message)
{
	void *messages = report->messages;

	if (!alloc_grow(&messages, &report->capacity, report->n_messages + 1,
			sizeof *report->messages))
		return false;
	report->messages = messages;
	report->messages[report->n_messages++] = *message;
	return true;
}

/* The line outlives the source only as a copy. */
static bool keep_line(struct arena *arena, struct rule_place *place)
{
	char *copy;

	if (place->text.n == 0)
		return true;
	copy = arena_copy(arena, place->text.at, place->text.n);
	place->text.at = (const uint8_t *)copy;
	return copy != NULL;
}

static bool keep_text(struct arena *arena, const char **text)
{
	if (*text == NULL)
		return true;
	*text = arena_copy(arena, *text, strlen(*text));
	return *text != NULL;
}

/* The report outlives the tree of the rules, to which all of these may point. */
static bool keep(struct arena *arena, struct rule_message *message)
{
	return keep_line(arena, &message->place) &&
	       keep_text(arena, &message->place.file) &&
	       keep_text(arena, &message->rule) && keep_text(arena, &message->hint);
}

enum rq_err rule_report_add(struct rule_report *report, enum rule_code code,
			    bool is_warning, const struct rule_place *place,
			    const char *rule, const char *hint, const char *format, ...)
{
	struct rule_message message = {.code = code,
				       .is_warning = is_warning,
				       .place = *place,
				       .rule = rule,
				       .hint = hint};
	char text[CAP_RULE_MESSAGE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	message.text = arena_copy(report->arena, text, strlen(text));
	if (message.text == NULL || !keep(report->arena, &message) ||
	    !append(report, &message))
		report->failed = true;
	if (is_warning)
		report->n_warnings++;
	else
		report->n_errors++;
	return is_warning ? RQ_OK : RQ_ERR_RULE;
}

/* How many bytes of line stand before the wanted character. */
static size_t bytes_before(struct bytes line, uint32_t n_characters)
{
	size_t pos = 0;

	while (n_characters-- > 0 && pos < line.n) {
		size_t n =
		    utf8_sequence((struct bytes){&line.at[pos], line.n - pos}, NULL);

		pos += n > 0 ? n : 1;
	}
	return pos;
}

/* A tab is kept, so that whatever follows stands where the editor shows it. */
static void write_line(struct buffer *out, struct bytes line)
{
	size_t from = 0;

	for (size_t i = 0; i <= line.n; i++) {
		if (i < line.n && line.at[i] != '\t')
			continue;
		encode_visible(out, (struct bytes){&line.at[from], i - from});
		if (i < line.n)
			buffer_u8(out, '\t');
		from = i + 1;
	}
}

static void write_blank(struct buffer *out, struct bytes line)
{
	size_t from = 0;

	for (size_t i = 0; i <= line.n; i++) {
		if (i < line.n && line.at[i] != '\t')
			continue;
		for (size_t n = utf8_columns((struct bytes){&line.at[from], i - from});
		     n > 0; n--)
			buffer_u8(out, ' ');
		if (i < line.n)
			buffer_u8(out, '\t');
		from = i + 1;
	}
}

static void write_excerpt(struct buffer *out, const struct rule_place *place)
{
	uint32_t first = place->text_column > 0 ? place->text_column : 1;

	buffer_format(out, "%5u | ", place->line);
	write_line(out, place->text);
	buffer_text(out, "\n      | ");
	if (place->column >= first)
		write_blank(out, (struct bytes){
				     place->text.at,
				     bytes_before(place->text, place->column - first)});
	buffer_text(out, "^\n");
}

void rule_message_write(const struct rule_message *message, struct buffer *out)
{
	const struct rule_place *place = &message->place;

	if (place->file[0] != '\0') {
		encode_visible(out, bytes_of(place->file));
		buffer_u8(out, ':');
	}
	buffer_format(out, "%u:%u: %s: ", place->line, place->column,
		      message->is_warning ? "warning" : "error");
	if (message->rule != NULL)
		buffer_format(out, "rule \"%s\": ", message->rule);
	encode_visible(out, bytes_of(message->text));
	buffer_u8(out, '\n');
	if (place->text.n > 0)
		write_excerpt(out, place);
	if (message->hint != NULL) {
		buffer_text(out, "      | ");
		encode_visible(out, bytes_of(message->hint));
		buffer_u8(out, '\n');
	}
}
