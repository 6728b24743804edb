#include "engine/module/module_dump.h"

struct walk {
	const struct module *module;
	void *state;
	const struct module_visitor *visitor;
	struct value keys[MODULE_MAX_KEYS];
	size_t n_keys;
};

static void walk_fields(struct walk *w, const struct module_node *parent,
			const struct module_field *fields);

static bool enter(struct walk *w, const struct module_node *node, int64_t n_elements)
{
	const struct module_visitor *v = w->visitor;

	return v->enter == NULL || v->enter(v->context, node, n_elements);
}

static void leave(struct walk *w, const struct module_node *node)
{
	if (w->visitor->leave != NULL)
		w->visitor->leave(w->visitor->context, node);
}

static void tell(struct walk *w, const struct module_node *node,
		 const struct value *value)
{
	if (w->visitor->value != NULL)
		w->visitor->value(w->visitor->context, node, value);
}

static void walk_value(struct walk *w, const struct module_node *node)
{
	struct value value = value_undefined();

	w->module->get(w->state, node->field->id, w->keys, &value);
	tell(w, node, &value);
}

static void walk_structure(struct walk *w, const struct module_node *node)
{
	if (enter(w, node, 0))
		walk_fields(w, node, node->field->fields);
	leave(w, node);
}

/* The element's own key is the last of w->keys. */
static void walk_element(struct walk *w, const struct module_node *node)
{
	if (node->field->fields != NULL)
		walk_structure(w, node);
	else
		walk_value(w, node);
}

static void walk_elements(struct walk *w, const struct module_node *whole, int64_t n)
{
	const struct module_field *field = whole->field;
	struct value *key = &w->keys[w->n_keys];

	if (w->n_keys == MODULE_MAX_KEYS)
		return;
	for (int64_t i = 0; i < n; i++) {
		struct module_node node = {.parent = whole,
					   .field = field,
					   .index = i,
					   .depth = whole->depth + 1};

		*key = value_int(i);
		if (field->kind == FIELD_DICT) {
			w->module->key(w->state, field->id, w->keys, i, key);
			if (key->type != VALUE_TEXT)
				continue;
			node.key = key->text;
		}
		w->n_keys++;
		walk_element(w, &node);
		w->n_keys--;
	}
}

static void walk_collection(struct walk *w, const struct module_node *node)
{
	int64_t n = w->module->count(w->state, node->field->id, w->keys);

	if (enter(w, node, n))
		walk_elements(w, node, n);
	leave(w, node);
}

static void walk_constant(struct walk *w, const struct module_node *node)
{
	const struct module_field *field = node->field;
	struct value value = value_undefined();

	if (field->type == VALUE_FLOAT)
		value = value_float(field->real);
	else if (field->type == VALUE_TEXT)
		value = value_text(bytes_of(field->text));
	else
		value = value_int(field->integer);
	tell(w, node, &value);
}

static void walk_field(struct walk *w, const struct module_node *node)
{
	const struct module_visitor *v = w->visitor;

	switch (node->field->kind) {
	case FIELD_VALUE: walk_value(w, node); break;
	case FIELD_CONSTANT: walk_constant(w, node); break;
	case FIELD_STRUCT: walk_structure(w, node); break;
	case FIELD_ARRAY:
	case FIELD_DICT: walk_collection(w, node); break;
	case FIELD_FUNCTION:
		if (v->function != NULL)
			v->function(v->context, node, w->keys, w->n_keys);
		break;
	case FIELD_END: break;
	}
}

static void walk_fields(struct walk *w, const struct module_node *parent,
			const struct module_field *fields)
{
	bool last_first = w->visitor->libyara_order && w->n_keys % 2 == 0;
	size_t n = 0;

	while (fields[n].kind != FIELD_END)
		n++;
	for (size_t i = 0; i < n; i++) {
		struct module_node node = {
		    .parent = parent,
		    .field = &fields[last_first ? n - 1 - i : i],
		    .index = -1,
		    .depth = parent == NULL ? 0 : parent->depth + 1,
		};

		walk_field(w, &node);
	}
}

void module_dump(const struct module *module, void *state,
		 const struct module_visitor *visitor)
{
	struct walk w = {.module = module, .state = state, .visitor = visitor};

	walk_fields(&w, NULL, module->fields);
}

static void put_printable(struct buffer *out, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.at[i] >= 0x20 && text.at[i] < 0x7f)
			buffer_u8(out, text.at[i]);
		else
			buffer_format(out, "\\x%02x", text.at[i]);
	}
}

void module_path(const struct module_node *node, struct buffer *path)
{
	if (node->parent != NULL)
		module_path(node->parent, path);
	if (node->index < 0) {
		if (node->parent != NULL)
			buffer_u8(path, '.');
		buffer_text(path, node->field->name);
	} else if (node->field->kind == FIELD_DICT) {
		buffer_text(path, "[\"");
		put_printable(path, node->key);
		buffer_text(path, "\"]");
	} else {
		buffer_format(path, "[%lld]", (long long)node->index);
	}
}
