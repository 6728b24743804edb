#include "engine/match/evaluate_parts.h"

#include "bytes/alloc.h"

#include <math.h>

void evaluate_note_refusals(struct evaluator *v, uint64_t n_before)
{
	if (alloc_refusals() != n_before)
		v->unknown = v->out_of_memory = true;
}

bool evaluate_module(struct evaluator *v, uint16_t import, void **state_out)
{
	struct module_state *m = &v->modules[import];

	if (m->epoch != v->epoch) {
		m->epoch = v->epoch;
		m->state = NULL;
		m->failed =
		    v->view->modules[import]->open(&v->context, &m->state) != RQ_OK;
	}
	if (m->failed) {
		v->out_of_memory = true;
		v->unknown = true;
	}
	*state_out = m->state;
	return !m->failed;
}

bool evaluator_module(struct evaluator *v, uint16_t import, void **state_out)
{
	return evaluate_module(v, import, state_out);
}

/* The checker sees to types; here they only keep damaged images harmless. */
static bool has_type(struct value value, char type)
{
	switch (type) {
	case 'b':
	case 'i': return value.type == VALUE_INT || value.type == VALUE_BOOL;
	case 'f': return value.type == VALUE_FLOAT;
	case 's': return value.type == VALUE_TEXT;
	case 'r': return value.type == VALUE_REGEX;
	default: return false;
	}
}

static const struct condition_field *field_of(const struct evaluator *v,
					      const struct image_node *node)
{
	return &v->view->fields[node->module][node->field];
}

bool evaluate_keys(struct evaluator *v, const struct image_node *node, uint32_t first,
		   uint32_t n, struct value *keys)
{
	const char *types = field_of(v, node)->types;
	bool sound = true;

	for (uint32_t i = 0; i < n; i++) {
		keys[i] = evaluate_kid(v, node, first + i);
		sound = sound && has_type(keys[i], types[i]);
	}
	return sound;
}

/* What is not a number is undefined, as in libyara. */
static struct value cleaned(struct value value)
{
	if (value.type == VALUE_FLOAT && isnan(value.real))
		return value_undefined();
	return value;
}

static struct value constant(const struct module_field *field)
{
	switch (field->type) {
	case VALUE_INT: return value_int(field->integer);
	case VALUE_FLOAT: return value_float(field->real);
	case VALUE_TEXT: return value_text(bytes_of(field->text));
	default: return value_undefined();
	}
}

struct value evaluate_field(struct evaluator *v, const struct image_node *node)
{
	const struct module_field *field = field_of(v, node)->field;
	struct value keys[MODULE_MAX_KEYS + MODULE_MAX_ARGUMENTS];
	struct value value = value_undefined();
	uint64_t n_refusals = alloc_refusals();
	void *state;

	if (field->kind == FIELD_CONSTANT)
		return constant(field);
	if (!evaluate_keys(v, node, 0, node->n_kids, keys) ||
	    !evaluate_module(v, node->module, &state))
		return value_undefined();
	v->view->modules[node->module]->get(state, field->id, keys, &value);
	evaluate_note_refusals(v, n_refusals);
	return cleaned(value);
}

struct value evaluate_call(struct evaluator *v, const struct image_node *node)
{
	const struct module_field *field = field_of(v, node)->field;
	struct value args[MODULE_MAX_KEYS + MODULE_MAX_ARGUMENTS];
	struct value value = value_undefined();
	uint64_t n_refusals = alloc_refusals();
	void *state;

	/* a call has effects (console): never make one with what is not known; and it
	 * may take long (math over all of the object) */
	if (!evaluate_keys(v, node, 0, node->n_kids, args) || v->unknown ||
	    evaluate_out_of_time(v) || !evaluate_module(v, node->module, &state))
		return value_undefined();
	v->view->modules[node->module]->call(state, field->id, args, &value);
	evaluate_note_refusals(v, n_refusals);
	return cleaned(value);
}
