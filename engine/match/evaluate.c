#include "engine/match/evaluate_parts.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/cut.h"
#include "engine/ruleset/operator.h"

/* A run that was given up found nothing, but that means nothing. */
static void note_regex_failure(struct evaluator *v)
{
	struct regex_failure failure = regex_scratch_failure(v->scratch);

	v->out_of_memory = v->out_of_memory || failure.out_of_memory;
	v->too_complex = v->too_complex || failure.out_of_steps;
	v->timed_out = v->timed_out || failure.out_of_time;
	v->unknown = v->unknown || failure.out_of_memory || failure.out_of_steps ||
		     failure.out_of_time;
}

/* Whether regex matches in text; a machine that gave up does not know. */
static bool search_text(struct evaluator *v, const struct regex_program *regex,
			struct bytes text)
{
	bool found = regex_search(v->scratch, regex, text);

	note_regex_failure(v);
	return found;
}

static bool module_matches(void *matcher, const struct regex_program *regex,
			   struct bytes text)
{
	return search_text(matcher, regex, text);
}

/* ---- the life of an evaluator ---- */

enum rq_err evaluator_new(const struct conditions *view,
			  struct evaluator **evaluator_out)
{
	struct evaluator *v = alloc_array(1, sizeof *v);
	enum rq_err err = RQ_ERR_MEMORY;

	*evaluator_out = NULL;
	if (v == NULL)
		return RQ_ERR_MEMORY;
	v->view = view;
	v->modules = alloc_array(view->n_imports + 1, sizeof *v->modules);
	v->rule_epochs = alloc_array(view->n_rules + 1, sizeof *v->rule_epochs);
	v->truths = alloc_array(view->n_rules + 1, sizeof *v->truths);
	if (v->modules == NULL || v->rule_epochs == NULL || v->truths == NULL)
		goto out;
	err = regex_scratch_new(&v->scratch);
	if (err != RQ_OK)
		goto out;
	*evaluator_out = v;
	v = NULL; /* transferred */
out:
	evaluator_free(v);
	return err;
}

void evaluator_free(struct evaluator *v)
{
	if (v == NULL)
		return;
	regex_scratch_free(v->scratch);
	alloc_free(v->truths);
	alloc_free(v->rule_epochs);
	alloc_free(v->modules);
	alloc_free(v);
}

/* Once in 2^32 objects the stamps would come round again. */
static void renew_epoch(struct evaluator *v)
{
	if (++v->epoch != 0)
		return;
	v->epoch = 1;
	for (size_t i = 0; i < v->view->n_rules; i++)
		v->rule_epochs[i] = 0;
	for (size_t i = 0; i < v->view->n_imports; i++)
		v->modules[i].epoch = 0;
}

static uint64_t count_cuts(const struct evaluator *v)
{
	return cut_count(CUT_OURS) +
	       (v->input.libyara_limits ? 0 : cut_count(CUT_LIBYARA));
}

void evaluator_begin(struct evaluator *v, const struct evaluate_input *input)
{
	renew_epoch(v);
	v->input = *input;
	v->context = (struct module_context){
	    .object = input->object,
	    .arena = input->arena,
	    .matches = module_matches,
	    .matcher = v,
	    .console = input->console,
	    .listener = input->listener,
	    .now = input->now,
	};
	regex_scratch_begin(v->scratch, CAP_REGEX_STEPS, input->deadline_ns);
	v->current = NODE_CURRENT;
	v->loop_depth = 0;
	v->unknown = v->timed_out = v->too_complex = v->out_of_memory = false;
	v->entry_is_known = false;
	v->n_cuts = count_cuts(v);
	for (size_t i = 0; i < CONDITION_MAX_SLOTS; i++)
		v->slots[i] = value_undefined();
}

void evaluator_set(struct evaluator *v, uint32_t rule, enum truth truth)
{
	v->rule_epochs[rule] = v->epoch;
	v->truths[rule] = (uint8_t)truth;
}

enum truth evaluator_get(const struct evaluator *v, uint32_t rule)
{
	return v->rule_epochs[rule] == v->epoch ? (enum truth)v->truths[rule]
						: TRUTH_FALSE;
}

enum truth evaluator_condition(struct evaluator *v, uint32_t root)
{
	struct value value;

	v->unknown = false;
	value = evaluate(v, root);
	if (v->unknown)
		return TRUTH_UNKNOWN;
	return operator_holds(operator_unary(EXPR_TRUTH, value)) ? TRUTH_TRUE
								 : TRUTH_FALSE;
}

bool evaluator_timed_out(const struct evaluator *v)
{
	return v->timed_out;
}

bool evaluator_too_complex(const struct evaluator *v)
{
	return v->too_complex;
}

bool evaluator_cut(const struct evaluator *v)
{
	return count_cuts(v) != v->n_cuts;
}

bool evaluator_out_of_memory(const struct evaluator *v)
{
	return v->out_of_memory;
}

/* ---- nodes ---- */

struct value evaluate_kid(struct evaluator *v, const struct image_node *node,
			  uint32_t i)
{
	return evaluate(v, v->view->kids[node->first_kid + i]);
}

bool evaluate_has_number(const struct image_node *node)
{
	return node->quantifier == QUANTIFIER_NUMBER ||
	       node->quantifier == QUANTIFIER_PERCENT;
}

static struct value constant(const struct evaluator *v, const struct image_node *node)
{
	struct value value = {.type = (enum value_type)node->type};

	switch (node->type) {
	case VALUE_TEXT: value.text = image_text(v->view->image, node->text); break;
	case VALUE_FLOAT: value.real = node->real; break;
	case VALUE_BOOL:
	case VALUE_INT: value.integer = node->integer; break;
	default: return value_undefined();
	}
	return value;
}

static struct value regex(const struct evaluator *v, const struct image_node *node)
{
	return (struct value){
	    .type = VALUE_REGEX,
	    .regex = regex_program_open(v->view->code, v->view->n_code,
					(uint32_t)node->integer),
	};
}

static struct value filesize(const struct evaluator *v)
{
	const struct object *object = v->input.object;

	return object->is_memory ? value_undefined() : value_int((int64_t)object->size);
}

static struct value entry_point(struct evaluator *v)
{
	if (!v->entry_is_known)
		v->entry = entry_point_of(v->input.object);
	v->entry_is_known = true;
	return v->entry;
}

static int64_t with_sign(uint64_t raw, unsigned width)
{
	switch (width) {
	case 1: return (int8_t)raw;
	case 2: return (int16_t)raw;
	default: return (int32_t)raw;
	}
}

static struct value read_number(struct evaluator *v, const struct image_node *node)
{
	struct value off = evaluate_kid(v, node, 0);
	struct bytes at = {NULL, 0};
	uint64_t raw = 0;

	if (off.type == VALUE_INT || off.type == VALUE_BOOL)
		at = object_at(v->input.object, (uint64_t)off.integer, node->width);
	if (at.at == NULL)
		return value_undefined();
	for (unsigned i = 0; i < node->width; i++) {
		bool big = (node->flags & NODE_READ_BIG_ENDIAN) != 0;

		raw = raw << 8 | at.at[big ? i : node->width - 1u - i];
	}
	if ((node->flags & NODE_READ_SIGNED) != 0)
		return value_int(with_sign(raw, node->width));
	return value_int((int64_t)raw);
}

/* A kid that decides by itself makes what is not known of its siblings irrelevant. */
static struct value evaluate_and(struct evaluator *v, const struct image_node *node)
{
	bool unknown_before = v->unknown, unknown = false;

	for (uint32_t i = 0; i < node->n_kids; i++) {
		struct value kid;

		v->unknown = false;
		kid = evaluate_kid(v, node, i);
		if (v->unknown) {
			unknown = true;
		} else if (!operator_holds(kid)) {
			v->unknown = unknown_before;
			return value_bool(false);
		}
	}
	v->unknown = unknown_before || unknown;
	return value_bool(true);
}

/* The first kid, when it is true, is the result as it stands; see operator.c, truth. */
static struct value evaluate_or(struct evaluator *v, const struct image_node *node)
{
	bool unknown_before = v->unknown, unknown = false;

	for (uint32_t i = 0; i < node->n_kids; i++) {
		struct value kid;

		v->unknown = false;
		kid = evaluate_kid(v, node, i);
		if (v->unknown) {
			unknown = true;
		} else if (operator_holds(kid)) {
			/* true it is, but a loop would add up the first one's number */
			v->unknown = unknown_before || (unknown && v->loop_depth > 0);
			return i == 0 ? kid : value_bool(true);
		}
	}
	v->unknown = unknown_before || unknown;
	return value_bool(false);
}

static struct value rule_truth(struct evaluator *v, uint32_t rule)
{
	enum truth truth = evaluator_get(v, rule);

	if (truth == TRUTH_UNKNOWN)
		v->unknown = true;
	return value_bool(truth == TRUTH_TRUE);
}

static struct value matches_regex(struct evaluator *v, const struct image_node *node)
{
	struct value text = evaluate_kid(v, node, 0);
	struct value program = evaluate_kid(v, node, 1);

	if (text.type != VALUE_TEXT || program.type != VALUE_REGEX)
		return value_undefined();
	return value_bool(search_text(v, program.regex, text.text));
}

static struct value evaluate_operator(struct evaluator *v,
				      const struct image_node *node)
{
	enum expr_op op = (enum expr_op)node->op;
	struct value a, b;

	if (operator_is_unary(op))
		return operator_unary(op, evaluate_kid(v, node, 0));
	if (!operator_is_binary(op))
		return value_undefined();
	a = evaluate_kid(v, node, 0);
	b = evaluate_kid(v, node, 1);
	return operator_binary(op, a, b, (node->flags & NODE_HAS_FLOAT) != 0);
}

struct value evaluate(struct evaluator *v, uint32_t at)
{
	const struct image_node *node = &v->view->nodes[at];

	switch (node->op) {
	case EXPR_CONSTANT: return constant(v, node);
	case EXPR_REGEX: return regex(v, node);
	case EXPR_FILESIZE: return filesize(v);
	case EXPR_ENTRYPOINT: return entry_point(v);
	case EXPR_EXTERNAL: return v->input.externals[node->index];
	case EXPR_VARIABLE: return v->slots[node->index];
	case EXPR_RULE: return rule_truth(v, node->index);
	case EXPR_FIELD: return evaluate_field(v, node);
	case EXPR_CALL: return evaluate_call(v, node);
	case EXPR_MATCH:
	case EXPR_MATCH_AT:
	case EXPR_MATCH_IN:
	case EXPR_COUNT:
	case EXPR_COUNT_IN:
	case EXPR_OFFSET:
	case EXPR_LENGTH: return evaluate_string(v, node);
	case EXPR_READ: return read_number(v, node);
	case EXPR_AND: return evaluate_and(v, node);
	case EXPR_OR: return evaluate_or(v, node);
	case EXPR_MATCHES: return matches_regex(v, node);
	case EXPR_OF:
	case EXPR_OF_AT:
	case EXPR_OF_IN: return evaluate_of(v, node);
	case EXPR_FOR_OF:
	case EXPR_FOR_RANGE:
	case EXPR_FOR_LIST:
	case EXPR_FOR_ARRAY:
	case EXPR_FOR_DICT: return evaluate_loop(v, node);
	default: return evaluate_operator(v, node);
	}
}
