/*
 * The module "console": a rule writes a line to whoever listens, and the call is true.
 *
 * Bytes of the text that do not print become \xNN.  The message in front of it comes
 * from the rule, not from the object, and is written as it is, up to its first zero byte.
 */
#include "engine/module/module.h"

#include "bytes/buffer.h"

#include <inttypes.h>

enum console_id {
	LOG_TEXT,
	LOG_MESSAGE_TEXT,
	LOG_INT,
	LOG_MESSAGE_INT,
	LOG_FLOAT,
	LOG_MESSAGE_FLOAT,
	HEX_INT,
	HEX_MESSAGE_INT,
};

struct console_state {
	const struct module_context *context;
};

static void put_message(struct buffer *line, struct bytes message)
{
	struct reader r = reader_over(message.at, message.n);

	for (uint8_t c; (c = reader_u8(&r)) != 0;)
		buffer_u8(line, c);
}

static void put_text(struct buffer *line, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] >= 0x20 && text.at[i] < 0x7f)
			buffer_u8(line, text.at[i]);
		else
			buffer_format(line, "\\x%02x", (unsigned)text.at[i]);
	}
}

static void put_line(struct buffer *line, enum console_id id, const struct value *args)
{
	switch (id) {
	case LOG_MESSAGE_TEXT:
	case LOG_MESSAGE_INT:
	case LOG_MESSAGE_FLOAT:
	case HEX_MESSAGE_INT: put_message(line, (args++)->text); break;
	default: break;
	}
	switch (id) {
	case LOG_TEXT:
	case LOG_MESSAGE_TEXT: put_text(line, args->text); break;
	case LOG_INT:
	case LOG_MESSAGE_INT: buffer_format(line, "%" PRId64, args->integer); break;
	case LOG_FLOAT:
	case LOG_MESSAGE_FLOAT: buffer_format(line, "%f", args->real); break;
	case HEX_INT:
	case HEX_MESSAGE_INT:
		buffer_format(line, "0x%" PRIx64, (uint64_t)args->integer);
		break;
	}
}

static void console_call(void *opaque, uint16_t id, const struct value *args,
			 struct value *value_out)
{
	const struct module_context *context =
	    ((struct console_state *)opaque)->context;
	struct buffer line = {0};

	*value_out = value_int(1);
	if (context->console == NULL)
		return;
	put_line(&line, (enum console_id)id, args);
	if (buffer_ok(&line))
		context->console(context->listener, buffer_bytes(&line));
	else
		*value_out = value_undefined();
	buffer_free(&line);
}

static enum rq_err console_open(const struct module_context *context, void **state_out)
{
	struct console_state *state = arena_make(context->arena, struct console_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	return RQ_OK;
}

static const struct module_field fields[] = {
    FIELD_OF_FUNCTION("log", LOG_TEXT, "s", VALUE_INT),
    FIELD_OF_FUNCTION("log", LOG_MESSAGE_TEXT, "ss", VALUE_INT),
    FIELD_OF_FUNCTION("log", LOG_INT, "i", VALUE_INT),
    FIELD_OF_FUNCTION("log", LOG_MESSAGE_INT, "si", VALUE_INT),
    FIELD_OF_FUNCTION("log", LOG_FLOAT, "f", VALUE_INT),
    FIELD_OF_FUNCTION("log", LOG_MESSAGE_FLOAT, "sf", VALUE_INT),
    FIELD_OF_FUNCTION("hex", HEX_INT, "i", VALUE_INT),
    FIELD_OF_FUNCTION("hex", HEX_MESSAGE_INT, "si", VALUE_INT),
    {0},
};

const struct module module_console = {
    .name = "console", .fields = fields, .open = console_open, .call = console_call};
