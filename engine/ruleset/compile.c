#include "engine/ruleset/ruleset.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/ruleset/condition.h"
#include "engine/ruleset/dispatch.h"
#include "engine/ruleset/emit.h"
#include "engine/ruleset/fixed_offset.h"
#include "engine/ruleset/need.h"

#include <stdlib.h>

#define DROPPED UINT32_MAX

struct trigger {
	uint32_t pattern, rule;
};

struct compiler {
	const struct rule_set *set;
	bool keep_going;
	struct arena *arena;
	struct image_builder *image;
	struct pattern_builder *patterns;
	struct dispatch *dispatch;
	struct emitter emitter;
	/* per rule of the set */
	uint32_t *places; /* in the image; DROPPED */
	struct need *needs;
	struct image_gate *gates;      /* of objects of one block */
	struct image_gate *head_gates; /* of any */
	/* of the rule at hand */
	uint32_t *rule_patterns;
	struct pattern_cost *rule_costs;
	uint64_t *rule_offsets; /* reported_at */
	/* for the whole image */
	struct trigger *triggers;
	size_t n_triggers, triggers_capacity;
};

/* ---- one rule ---- */

static bool refers_to_dropped(const struct compiler *c, const struct expr *e)
{
	if (e->op == EXPR_RULE && c->places[e->index] == DROPPED)
		return true;
	for (size_t i = 0; e->set_is_rules && i < e->n_set; i++)
		if (c->places[e->set[i]] == DROPPED)
			return true;
	for (size_t i = 0; i < e->n_kids; i++)
		if (refers_to_dropped(c, e->kids[i]))
			return true;
	return false;
}

static enum rq_err refuse_reference(struct compiler *c, const struct rule *rule)
{
	return rule_report_add(c->emitter.report, RULE_UNDEFINED_IDENTIFIER, false,
			       &rule->place, rule->identifier, NULL,
			       "rule \"%s\" refers to a rule that was refused",
			       rule->identifier);
}

static enum rq_err add_strings(struct compiler *c, const struct rule *rule)
{
	c->rule_patterns =
	    arena_array(c->arena, rule->n_strings, sizeof *c->rule_patterns);
	c->rule_costs = arena_array(c->arena, rule->n_strings, sizeof *c->rule_costs);
	c->rule_offsets =
	    arena_array(c->arena, rule->n_strings, sizeof *c->rule_offsets);
	if (c->rule_patterns == NULL || c->rule_costs == NULL ||
	    c->rule_offsets == NULL)
		return RQ_ERR_MEMORY;
	fixed_offsets(rule, c->rule_offsets);
	for (size_t i = 0; i < rule->n_strings; i++) {
		enum rq_err err = pattern_builder_add(
		    c->patterns, &rule->strings[i], rule->identifier, c->emitter.report,
		    &c->rule_patterns[i], &c->rule_costs[i]);

		if (err != RQ_OK)
			return err;
	}
	return RQ_OK;
}

/* A sweep for rare grams takes about as long as looking at a thousand places. */
static enum search_stage stage_of(struct pattern_cost cost)
{
	enum { RARE_HITS = 500, SHORT_HITS = 60 }; /* in a megabyte */

	if (cost.tier == PATTERN_GRAMS && cost.hits_per_mb < RARE_HITS)
		return STAGE_RARE;
	return cost.tier != PATTERN_SLOW && cost.hits_per_mb < SHORT_HITS
		   ? STAGE_SHORT
		   : STAGE_COSTLY;
}

static uint32_t write_strings(struct compiler *c, const struct rule *rule)
{
	uint32_t first = image_builder_count(c->image, IMAGE_RULE_STRINGS);

	for (size_t i = 0; i < rule->n_strings; i++) {
		const struct rule_string *from = &rule->strings[i];
		const struct image_rule_string string = {
		    .identifier =
			image_builder_text(c->image, bytes_of(from->identifier)),
		    .pattern = c->rule_patterns[i],
		    .is_private = (from->flags & STRING_PRIVATE) != 0,
		    .is_hex = from->kind == STRING_HEX,
		    .stage = (uint16_t)stage_of(c->rule_costs[i]),
		    .reported_at = c->rule_offsets[i],
		};

		image_builder_add(c->image, IMAGE_RULE_STRINGS, &string, 1,
				  sizeof string);
	}
	return first;
}

static void write_tags_and_metas(struct compiler *c, const struct rule *rule,
				 struct image_rule *out)
{
	out->first_tag = image_builder_count(c->image, IMAGE_TAGS);
	out->n_tags = (uint32_t)rule->n_tags;
	for (size_t i = 0; i < rule->n_tags; i++) {
		struct image_text tag =
		    image_builder_text(c->image, bytes_of(rule->tags[i]));

		image_builder_add(c->image, IMAGE_TAGS, &tag, 1, sizeof tag);
	}
	out->first_meta = image_builder_count(c->image, IMAGE_METAS);
	out->n_metas = (uint32_t)rule->n_metas;
	for (size_t i = 0; i < rule->n_metas; i++) {
		const struct rule_meta *from = &rule->metas[i];
		struct image_text key =
		    image_builder_text(c->image, bytes_of(from->key));
		/* an identifier: CAP_RULE_IDENTIFIER bytes at most */
		struct image_meta meta = {.key = key.off,
					  .n_key = (uint16_t)key.n,
					  .kind = (uint16_t)from->kind};

		if (from->kind == META_TEXT)
			meta.text = image_builder_text(c->image, from->text);
		else
			meta.integer = from->integer;
		image_builder_add(c->image, IMAGE_METAS, &meta, 1, sizeof meta);
	}
}

/* ---- how it will be reached ---- */

static enum rq_err add_trigger(struct compiler *c, uint32_t pattern, uint32_t rule,
			       uint32_t classes)
{
	if (!alloc_grow((void **)&c->triggers, &c->triggers_capacity, c->n_triggers + 1,
			sizeof *c->triggers))
		return RQ_ERR_MEMORY;
	c->triggers[c->n_triggers++] = (struct trigger){pattern, rule};
	pattern_builder_trigger(c->patterns, pattern, classes);
	return RQ_OK;
}

static enum rq_err reach_by_events(struct compiler *c, size_t rule, uint32_t place)
{
	const struct need *need = &c->needs[rule];
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < need->n_events; i++) {
		const struct need_event *event = &need->events[i];
		const struct image_check check = {event->offset, event->pattern, place};

		switch (event->kind) {
		case NEED_MATCH:
			err = add_trigger(c, event->pattern, place,
					  c->head_gates[rule].classes);
			break;
		case NEED_MATCH_AT:
			image_builder_add(c->image, IMAGE_CHECKS, &check, 1,
					  sizeof check);
			break;
		case NEED_EQUAL:
			err = dispatch_add(c->dispatch, event, place, c->gates[rule]);
			break;
		}
	}
	return err;
}

/*
 * Where a rule hangs on one string that is seen often, the next best one is looked for
 * together with it: a second pass over an object costs as much as many hits in the
 * first.  This skips nothing, the string is merely known when the rule is evaluated.
 */
static void look_for_next(struct compiler *c, size_t rule)
{
	const struct need *need = &c->needs[rule], *also = need->also;
	enum { OFTEN = 8, TOO_OFTEN = 400 }; /* as costs of a need */

	if (need->n_events != 1 || need->events[0].kind != NEED_MATCH ||
	    need->cost < OFTEN || also == NULL || also->cost > TOO_OFTEN)
		return;
	for (size_t i = 0; i < also->n_events; i++)
		if (also->events[i].kind == NEED_MATCH)
			pattern_builder_trigger(c->patterns, also->events[i].pattern,
						c->head_gates[rule].classes);
}

/* A rule that writes lines is evaluated exactly when libyara does so. */
static enum rq_err reach_speaking(struct compiler *c, const struct rule *rule,
				  uint32_t place)
{
	enum rq_err err = RQ_OK;

	if (need_strings_libyara(rule->condition) == 0) {
		image_builder_add(c->image, IMAGE_ALWAYS, &place, 1, sizeof place);
		return RQ_OK;
	}
	for (size_t i = 0; err == RQ_OK && i < rule->n_strings; i++)
		err = add_trigger(c, c->rule_patterns[i], place, CLASS_ALL);
	return err;
}

static enum rq_err reach(struct compiler *c, size_t i, struct image_rule *out)
{
	const struct rule *rule = c->set->rules[i];
	static const struct image_gate open = {.max_size = UINT64_MAX,
					       .classes = CLASS_ALL};
	struct need_context context = {
	    .arena = c->arena,
	    .patterns = c->rule_patterns,
	    .costs = c->rule_costs,
	    .strings = rule->strings,
	    .rule_needs = c->needs,
	    .rule_gates = c->head_gates,
	};
	uint32_t place = image_builder_count(c->image, IMAGE_RULES);
	bool speaks = need_speaks(rule->condition);

	c->needs[i] = need_of_condition(&context, rule->condition);
	c->head_gates[i] = need_gate(&context, rule->condition);
	context.rule_gates = c->gates;
	context.modules_gate = true;
	c->gates[i] = need_gate(&context, rule->condition);
	out->flags |= speaks ? RULE_SPEAKS : 0;
	out->gate = image_builder_add(c->image, IMAGE_GATES,
				      speaks ? &open : &c->gates[i], 1, sizeof open);
	if (speaks)
		return reach_speaking(c, rule, place);
	if (c->head_gates[i].classes == 0)
		return RQ_OK; /* never true */
	if (c->needs[i].bounded) {
		look_for_next(c, i);
		return reach_by_events(c, i, place);
	}
	image_builder_add(c->image, IMAGE_ALWAYS, &place, 1, sizeof place);
	return RQ_OK;
}

static enum rq_err compile_rule(struct compiler *c, size_t i)
{
	const struct rule *rule = c->set->rules[i];
	struct image_rule out = {
	    .identifier = image_builder_text(c->image, bytes_of(rule->identifier)),
	    .name_space = rule->name_space,
	    .flags = (rule->is_private ? RULE_PRIVATE : 0) |
		     (rule->is_global ? RULE_GLOBAL : 0),
	    .n_strings = (uint32_t)rule->n_strings,
	};
	enum rq_err err;

	/* its own name, inside its own condition, stands for false */
	c->places[i] = image_builder_count(c->image, IMAGE_RULES);
	if (refers_to_dropped(c, rule->condition))
		return refuse_reference(c, rule);
	err = add_strings(c, rule);
	if (err != RQ_OK)
		return err;
	out.first_string = write_strings(c, rule);
	c->emitter.rule = rule;
	c->emitter.first_string = out.first_string;
	err = emit_condition(&c->emitter, rule->condition, &out.root);
	if (err != RQ_OK)
		return err;
	err = reach(c, i, &out);
	if (err != RQ_OK)
		return err;
	write_tags_and_metas(c, rule, &out);
	if (rule->is_global)
		image_builder_add(c->image, IMAGE_GLOBALS, &c->places[i], 1,
				  sizeof c->places[i]);
	image_builder_add(c->image, IMAGE_RULES, &out, 1, sizeof out);
	return RQ_OK;
}

/* ---- the whole ---- */

static int by_pattern_and_rule(const void *a, const void *b)
{
	const struct trigger *x = a, *y = b;

	if (x->pattern != y->pattern)
		return x->pattern < y->pattern ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void write_triggers(struct compiler *c)
{
	uint32_t n = 0, next_pattern = 0;

	if (c->n_triggers > 0)
		qsort(c->triggers, c->n_triggers, sizeof *c->triggers,
		      by_pattern_and_rule);
	for (size_t i = 0; i < c->n_triggers; i++) {
		const struct trigger *t = &c->triggers[i];

		if (i > 0 && by_pattern_and_rule(t, t - 1) == 0)
			continue;
		for (; next_pattern <= t->pattern; next_pattern++)
			image_builder_add(c->image, IMAGE_TRIGGER_STARTS, &n, 1,
					  sizeof n);
		image_builder_add(c->image, IMAGE_TRIGGERS, &t->rule, 1,
				  sizeof t->rule);
		n++;
	}
	image_builder_add(c->image, IMAGE_TRIGGER_STARTS, &n, 1, sizeof n);
}

static enum rq_err write_imports(struct compiler *c)
{
	for (size_t i = 0; i < c->set->n_imports; i++) {
		const struct module *module = c->set->imports[i];
		struct image_import import = {
		    .name = image_builder_text(c->image, bytes_of(module->name)),
		};
		enum rq_err err = condition_module_digest(module, import.digest);

		if (err != RQ_OK)
			return err;
		image_builder_add(c->image, IMAGE_IMPORTS, &import, 1, sizeof import);
	}
	return RQ_OK;
}

static void write_externals_and_name_spaces(struct compiler *c)
{
	for (size_t i = 0; i < c->set->n_externals; i++) {
		const struct rule_external *from = &c->set->externals[i];
		struct image_external external = {
		    .name = image_builder_text(c->image, bytes_of(from->name)),
		    .type = from->value.type,
		    .is_used = from->is_used,
		    .is_common = from->is_common,
		};

		if (from->value.type == VALUE_TEXT)
			external.text = image_builder_text(c->image, from->value.text);
		else if (from->value.type == VALUE_FLOAT)
			external.real = from->value.real;
		else
			external.integer = from->value.integer;
		image_builder_add(c->image, IMAGE_EXTERNALS, &external, 1,
				  sizeof external);
	}
	for (size_t i = 0; i < c->set->n_name_spaces; i++) {
		struct image_text name =
		    image_builder_text(c->image, bytes_of(c->set->name_spaces[i]));

		image_builder_add(c->image, IMAGE_NAME_SPACES, &name, 1, sizeof name);
	}
}

static enum rq_err compile_all(struct compiler *c)
{
	bool refused = false;
	enum rq_err err;

	write_externals_and_name_spaces(c);
	err = write_imports(c);
	for (size_t i = 0; err == RQ_OK && i < c->set->n_rules; i++) {
		err = compile_rule(c, i);
		if (err != RQ_ERR_RULE)
			continue;
		c->places[i] = DROPPED;
		refused = true;
		err = RQ_OK;
	}
	if (err == RQ_OK && refused && !c->keep_going)
		return RQ_ERR_RULE;
	if (err == RQ_OK)
		err = dispatch_write(c->dispatch, &c->emitter);
	if (err != RQ_OK)
		return err;
	write_triggers(c);
	image_builder_add(c->image, IMAGE_CONDITION_CODE, c->emitter.code.data,
			  c->emitter.code.size, 1);
	return pattern_builder_finish(c->patterns, c->image);
}

static enum rq_err prepare(struct compiler *c,
			   const struct ruleset_compile_options *options)
{
	size_t n = c->set->n_rules;
	enum rq_err err = arena_new(CAP_RULE_MEMORY, &c->arena);

	if (err == RQ_OK)
		err = image_builder_new(&c->image);
	if (err == RQ_OK)
		err = pattern_builder_new(&options->pattern, &c->patterns);
	if (err == RQ_OK)
		err = dispatch_new(&c->dispatch);
	if (err != RQ_OK)
		return err;
	c->places = arena_array(c->arena, n, sizeof *c->places);
	c->needs = arena_array(c->arena, n, sizeof *c->needs);
	c->gates = arena_array(c->arena, n, sizeof *c->gates);
	c->head_gates = arena_array(c->arena, n, sizeof *c->head_gates);
	if (c->places == NULL || c->needs == NULL || c->gates == NULL ||
	    c->head_gates == NULL)
		return RQ_ERR_MEMORY;
	c->emitter.image = c->image;
	c->emitter.arena = c->arena;
	c->emitter.rule_places = c->places;
	return emit_modules(&c->emitter, c->set->imports, c->set->n_imports);
}

enum rq_err ruleset_compile(const struct rule_set *set,
			    const struct ruleset_compile_options *options,
			    struct rule_report *report, struct buffer *image_out)
{
	struct compiler c = {
	    .set = set,
	    .keep_going = options->keep_going,
	    .emitter = {.report = report},
	};
	enum rq_err err = prepare(&c, options);

	buffer_clear(image_out);
	if (err == RQ_OK)
		err = compile_all(&c);
	if (err == RQ_OK)
		err = image_builder_finish(c.image, image_out);
	buffer_free(&c.emitter.code);
	alloc_free(c.triggers);
	dispatch_free(c.dispatch);
	pattern_builder_free(c.patterns);
	image_builder_free(c.image);
	arena_free(c.arena);
	return err;
}
