#include "engine/module/module_print.h"

#include "engine/module/module_dump.h"

#include <inttypes.h>

struct printer {
	bool (*tell)(void *listener, struct bytes line);
	void *listener;
	struct buffer line;
	bool is_over, out_of_memory;

	/* libyara has no element where nothing was set: the lines of one are held back
	 * until a value comes.  Each is a length and its bytes. */
	struct buffer held;
	size_t starts[MODULE_MAX_KEYS]; /* in held, of the elements that are open */
	size_t n_open, n_told;          /* the first n_told are not held any more */
};

/* Up to its first zero byte: there a key is a text of C. */
static void put_key(struct buffer *line, struct bytes key)
{
	size_t n = 0;

	while (n < key.n && key.at[n] != 0)
		n++;
	buffer_put(line, key.at, n);
}

static void begin_line(struct printer *p, const struct module_node *node)
{
	buffer_clear(&p->line);
	for (unsigned i = 0; i <= node->depth; i++)
		buffer_u8(&p->line, '\t');
	if (node->index < 0)
		buffer_text(&p->line, node->field->name);
	else if (node->field->kind == FIELD_DICT)
		put_key(&p->line, node->key);
	else
		buffer_format(&p->line, "[%" PRId64 "]", node->index);
}

static void tell_line(struct printer *p, struct bytes line)
{
	if (!p->is_over)
		p->is_over = !p->tell(p->listener, line);
}

static void end_line(struct printer *p)
{
	if (p->n_open > p->n_told) {
		buffer_u32le(&p->held, (uint32_t)p->line.size);
		buffer_put(&p->held, p->line.data, p->line.size);
	}
	if (!buffer_ok(&p->line) || !buffer_ok(&p->held))
		p->is_over = p->out_of_memory = true;
	else if (p->n_open == p->n_told)
		tell_line(p, buffer_bytes(&p->line));
}

static void tell_held(struct printer *p)
{
	struct reader r = reader_over(p->held.data, p->held.size);

	while (reader_left(&r) > 0) {
		uint32_t n = reader_u32le(&r);

		tell_line(p, reader_bytes(&r, n));
	}
	buffer_clear(&p->held);
	p->n_told = p->n_open;
}

static bool is_structure(const struct module_node *node)
{
	return node->index >= 0 && node->field->fields != NULL;
}

static void put_text(struct buffer *line, struct bytes text)
{
	static const char digits[] = "0123456789abcdef";

	buffer_text(line, " = \"");
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] >= 0x20 && text.at[i] < 0x7f) {
			buffer_u8(line, text.at[i]);
			continue;
		}
		buffer_text(line, "\\x");
		buffer_u8(line, (uint8_t)digits[text.at[i] >> 4]);
		buffer_u8(line, (uint8_t)digits[text.at[i] & 15]);
	}
	buffer_u8(line, '"');
}

static void put_value(struct buffer *line, const struct value *value)
{
	switch (value->type) {
	case VALUE_BOOL:
	case VALUE_INT: buffer_format(line, " = %" PRId64, value->integer); break;
	case VALUE_FLOAT: buffer_format(line, " = %f", value->real); break;
	case VALUE_TEXT: put_text(line, value->text); break;
	default: buffer_text(line, " = YR_UNDEFINED");
	}
}

static bool enter(void *context, const struct module_node *node, int64_t n_elements)
{
	struct printer *p = context;

	(void)n_elements;
	if (is_structure(node))
		p->starts[p->n_open++] = p->held.size;
	if (p->is_over)
		return false;
	begin_line(p, node);
	end_line(p);
	return !p->is_over;
}

static void leave(void *context, const struct module_node *node)
{
	struct printer *p = context;

	if (!is_structure(node))
		return;
	p->n_open--;
	if (p->n_told > p->n_open)
		p->n_told = p->n_open;
	else
		p->held.size = p->starts[p->n_open];
}

static void value(void *context, const struct module_node *node,
		  const struct value *value)
{
	struct printer *p = context;

	if (p->is_over)
		return;
	if (value->type != VALUE_UNDEFINED)
		tell_held(p);
	begin_line(p, node);
	put_value(&p->line, value);
	end_line(p);
}

enum rq_err module_print(const struct module *module, void *state,
			 bool (*tell)(void *listener, struct bytes line),
			 void *listener)
{
	struct printer p = {.tell = tell, .listener = listener};
	const struct module_visitor visitor = {.context = &p,
					       .libyara_order = true,
					       .enter = enter,
					       .leave = leave,
					       .value = value};

	buffer_text(&p.line, module->name);
	end_line(&p);
	if (!p.is_over)
		module_dump(module, state, &visitor);
	buffer_free(&p.line);
	buffer_free(&p.held);
	return p.out_of_memory ? RQ_ERR_MEMORY : RQ_OK;
}
