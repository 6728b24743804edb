#include "engine/scan/scan.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/match/evaluate.h"
#include "engine/module/module_print.h"
#include "engine/ruleset/condition.h"
#include "engine/ruleset/fixed_offset.h"
#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

struct scanner {
	struct ruleset *ruleset;
	const struct conditions *view;
	struct scanner_options options;
	struct search *search;
	struct evaluator *evaluator;
	struct arena *arena;
	struct value *externals;

	/* of the object at hand */
	const struct object *object;
	uint32_t class_bit;
	uint32_t *candidates; /* rules that may be true, each once */
	size_t n_candidates;
	struct scan_result result;
};

/* ---- the life of a scanner ---- */

void scanner_options_default(struct scanner_options *options)
{
	*options = (struct scanner_options){.max_memory = CAP_SCAN_MEMORY};
	search_options_default(&options->search);
}

static enum rq_err set_defaults(struct scanner *s)
{
	size_t n = ruleset_n_externals(s->ruleset);
	struct bytes name;

	s->externals = alloc_array(n + 1, sizeof *s->externals);
	if (s->externals == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		ruleset_external(s->ruleset, i, &name, &s->externals[i]);
	return RQ_OK;
}

enum rq_err scanner_new(struct ruleset *ruleset, const struct scanner_options *options,
			struct scanner **scanner_out)
{
	struct scanner *s = alloc_array(1, sizeof *s);
	enum rq_err err;

	*scanner_out = NULL;
	if (s == NULL)
		return RQ_ERR_MEMORY;
	s->ruleset = ruleset_ref(ruleset);
	s->view = ruleset_conditions(ruleset);
	s->options = *options;
	s->candidates = alloc_array(s->view->n_rules + 1, sizeof *s->candidates);
	err = s->candidates == NULL ? RQ_ERR_MEMORY : set_defaults(s);
	if (err == RQ_OK)
		err = arena_new(options->max_memory, &s->arena);
	if (err == RQ_OK)
		err = search_new(ruleset_image(ruleset), &options->search, &s->search);
	if (err == RQ_OK)
		err = evaluator_new(s->view, &s->evaluator);
	if (err != RQ_OK) {
		scanner_free(s);
		return err;
	}
	*scanner_out = s;
	return RQ_OK;
}

void scanner_free(struct scanner *s)
{
	if (s == NULL)
		return;
	evaluator_free(s->evaluator);
	search_free(s->search);
	arena_free(s->arena);
	alloc_free(s->externals);
	alloc_free(s->candidates);
	ruleset_unref(s->ruleset);
	alloc_free(s);
}

enum rq_err scanner_define(struct scanner *s, const char *name,
			   const struct value *value)
{
	size_t n = ruleset_n_externals(s->ruleset);
	struct value declared;
	struct bytes at;

	for (size_t i = 0; i < n; i++) {
		ruleset_external(s->ruleset, i, &at, &declared);
		if (!bytes_equal_text(at, name))
			continue;
		if (declared.type == VALUE_FLOAT && value->type == VALUE_INT)
			s->externals[i] = value_float((double)value->integer);
		else if (declared.type == value->type)
			s->externals[i] = *value;
		else
			return RQ_ERR_USAGE;
		return RQ_OK;
	}
	return RQ_ERR_NOT_FOUND;
}

/* ---- which rules may be true ---- */

static bool gate_is_open(const struct scanner *s, uint32_t gate)
{
	const struct image_gate *g = &s->view->gates[gate];
	bool asks_size = g->min_size != 0 || g->max_size != UINT64_MAX;

	/* a module may find in any block what the first does not show */
	if (s->object->n_blocks > 1)
		return true;
	if ((g->classes & s->class_bit) == 0)
		return false;
	if (!asks_size)
		return true;
	return !s->object->is_memory && s->object->size >= g->min_size &&
	       s->object->size <= g->max_size;
}

/* Open until it has been evaluated; what is never added is false. */
static void add_candidate(struct scanner *s, uint32_t rule)
{
	if (evaluator_get(s->evaluator, rule) == TRUTH_UNKNOWN ||
	    !gate_is_open(s, s->view->rules[rule].gate))
		return;
	evaluator_set(s->evaluator, rule, TRUTH_UNKNOWN);
	s->candidates[s->n_candidates++] = rule;
}

static void add_triggered(struct scanner *s, const uint32_t *patterns, size_t n)
{
	const struct conditions *v = s->view;

	for (size_t i = 0; i < n; i++) {
		if (patterns[i] + (size_t)1 >= v->n_trigger_starts)
			continue;
		for (uint32_t t = v->trigger_starts[patterns[i]];
		     t < v->trigger_starts[patterns[i] + 1]; t++)
			add_candidate(s, v->triggers[t]);
	}
}

static void add_checked(struct scanner *s)
{
	for (size_t i = 0; i < s->view->n_checks; i++) {
		const struct image_check *c = &s->view->checks[i];

		if (gate_is_open(s, s->view->rules[c->rule].gate) &&
		    evaluator_get(s->evaluator, c->rule) != TRUTH_UNKNOWN &&
		    search_matches_at(s->search, c->pattern, c->offset))
			add_candidate(s, c->rule);
	}
}

struct look_up {
	struct scanner *scanner;
	const struct image_term *term;
};

static bool key_is(const struct conditions *v, const struct image_key *key,
		   struct value value)
{
	if (key->type != (uint32_t)value.type)
		return false;
	if (key->type == VALUE_TEXT)
		return bytes_equal(image_text(v->image, key->text), value.text);
	return key->integer == value.integer;
}

static void look_up(void *listener, struct value value)
{
	const struct look_up *l = listener;
	const struct conditions *v = l->scanner->view;
	uint32_t mask = l->term->n_keys - 1, place;

	if (value.type == VALUE_BOOL)
		value.type = VALUE_INT;
	place = condition_key_hash(value);
	for (uint32_t tried = 0; tried <= mask; tried++, place++) {
		const struct image_key *key =
		    &v->keys[l->term->first_key + (place & mask)];

		if (key->type == VALUE_UNDEFINED)
			return;
		if (!key_is(v, key, value))
			continue;
		for (uint32_t i = 0; i < key->n; i++)
			add_candidate(l->scanner, v->key_rules[key->first + i]);
		return;
	}
}

/* Of a term that is not known, any key may be the value. */
static void add_all_keys(struct scanner *s, const struct image_term *term)
{
	for (uint32_t k = 0; k < term->n_keys; k++) {
		const struct image_key *key = &s->view->keys[term->first_key + k];

		for (uint32_t i = 0; key->type != VALUE_UNDEFINED && i < key->n; i++)
			add_candidate(s, s->view->key_rules[key->first + i]);
	}
}

static void add_dispatched(struct scanner *s)
{
	for (size_t i = 0; i < s->view->n_terms; i++) {
		struct look_up l = {s, &s->view->terms[i]};

		if (gate_is_open(s, l.term->gate) &&
		    !evaluator_term(s->evaluator, l.term->root, look_up, &l))
			add_all_keys(s, l.term);
	}
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void find_candidates(struct scanner *s)
{
	const uint32_t *patterns;
	size_t n;

	/* even when time is over: what was found so far may still be told */
	if (search_triggers(s->search, &patterns, &n) == RQ_ERR_TIMEOUT)
		s->result.gaps |= SCAN_TIMEOUT;
	add_triggered(s, patterns, n);
	add_checked(s);
	add_dispatched(s);
	for (size_t i = 0; i < s->view->n_always; i++)
		add_candidate(s, s->view->always[i]);
	qsort(s->candidates, s->n_candidates, sizeof *s->candidates, by_number);
}

/* Every rule, with every string searched the plain way. */
static void take_all_rules(struct scanner *s)
{
	for (uint32_t i = 0; i < s->view->n_rules; i++) {
		evaluator_set(s->evaluator, i, TRUTH_UNKNOWN);
		s->candidates[s->n_candidates++] = i;
	}
}

/* ---- evaluating them ---- */

static bool speaks(const struct scanner *s, uint32_t rule)
{
	return (s->view->rules[rule].flags & RULE_SPEAKS) != 0;
}

static void evaluate_rule(struct scanner *s, uint32_t rule)
{
	enum truth truth;

	/* a rule's own name in its condition is false */
	evaluator_set(s->evaluator, rule, TRUTH_FALSE);
	truth = evaluator_condition(s->evaluator, s->view->rules[rule].root);
	evaluator_set(s->evaluator, rule, truth);
}

static void count_strings(const struct scanner *s, const uint32_t *rules, size_t n,
			  enum truth truth, enum search_stage last, uint32_t *patterns,
			  size_t *n_patterns)
{
	const struct conditions *v = s->view;

	*n_patterns = 0;
	for (size_t i = 0; i < n; i++) {
		const struct image_rule *r = &v->rules[rules[i]];

		if (evaluator_get(s->evaluator, rules[i]) != truth)
			continue;
		for (uint32_t k = 0; k < r->n_strings; k++) {
			const struct image_rule_string *string =
			    &v->strings[r->first_string + k];

			if (string->stage > last ||
			    search_is_complete(s->search, string->pattern))
				continue;
			if (patterns != NULL)
				patterns[*n_patterns] = string->pattern;
			++*n_patterns;
		}
	}
}

/*
 * Pass 2: the strings, up to those of the last stage, of the candidates that are at
 * this truth.  Whether there were any.
 */
static bool search_strings(struct scanner *s, enum truth truth, enum search_stage last)
{
	uint32_t *patterns;
	size_t n;
	enum rq_err err;

	count_strings(s, s->candidates, s->n_candidates, truth, last, NULL, &n);
	if (n == 0)
		return false;
	patterns = arena_array(s->arena, n, sizeof *patterns);
	if (patterns == NULL) {
		s->result.gaps |= SCAN_OUT_OF_MEMORY;
		return false;
	}
	count_strings(s, s->candidates, s->n_candidates, truth, last, patterns, &n);
	err = search_patterns(s->search, patterns, n);
	if (err == RQ_ERR_TIMEOUT)
		s->result.gaps |= SCAN_TIMEOUT;
	else if (err != RQ_OK)
		s->result.gaps |= SCAN_OUT_OF_MEMORY;
	return true;
}

static void evaluate_open(struct scanner *s, bool speaking)
{
	for (size_t i = 0; i < s->n_candidates; i++) {
		uint32_t rule = s->candidates[i];

		if (evaluator_get(s->evaluator, rule) == TRUTH_UNKNOWN &&
		    (speaking || !speaks(s, rule)))
			evaluate_rule(s, rule);
	}
}

/*
 * Most rules want several strings, and the rare ones settle it: an expression that
 * begins at every other place is run only where they are there.  Nothing is skipped
 * by this: a condition whose truth hangs on a string that was not searched is unknown,
 * and stays open for the next stage, the last of which searches all that is left.
 */
static void settle(struct scanner *s)
{
	for (unsigned stage = STAGE_RARE; stage < N_STAGES; stage++)
		if (search_strings(s, TRUTH_UNKNOWN, (enum search_stage)stage))
			evaluate_open(s, false);
	evaluate_open(s, true);
}

/* ---- the result ---- */

/* A name space in which a global rule is false has no matches at all. */
static bool *shut_name_spaces(struct scanner *s)
{
	const struct conditions *v = s->view;
	bool *shut = arena_array(s->arena, v->n_name_spaces, sizeof *shut);

	for (size_t i = 0; shut != NULL && i < v->n_globals; i++)
		if (evaluator_get(s->evaluator, v->globals[i]) != TRUTH_TRUE)
			shut[v->rules[v->globals[i]].name_space] = true;
	return shut;
}

static bool matches(const struct scanner *s, const bool *shut, uint32_t rule)
{
	return evaluator_get(s->evaluator, rule) == TRUTH_TRUE &&
	       !shut[s->view->rules[rule].name_space];
}

static bool is_private(const struct scanner *s, uint32_t rule)
{
	return (s->view->rules[rule].flags & RULE_PRIVATE) != 0;
}

/* Leaves only the match at offset, where there is one. */
static void keep_match_at(struct scan_string *string, uint64_t offset)
{
	size_t i = 0;

	while (i < string->n_matches && string->matches[i].offset != offset)
		i++;
	string->n_matches = i < string->n_matches;
	if (string->n_matches > 0)
		string->matches += i;
}

static bool list_strings(struct scanner *s, struct scan_rule *out)
{
	const struct conditions *v = s->view;
	const struct image_rule *r = &v->rules[out->rule];
	struct scan_string *strings =
	    arena_array(s->arena, r->n_strings, sizeof *strings);

	if (strings == NULL)
		return false;
	out->strings = strings;
	for (uint32_t i = 0; i < r->n_strings; i++) {
		const struct image_rule_string *from = &v->strings[r->first_string + i];
		struct scan_string *to = &strings[out->n_strings];

		if (!search_is_complete(s->search, from->pattern))
			continue;
		to->matches = search_matches(s->search, from->pattern, &to->n_matches);
		if (from->reported_at != OFFSET_ANY)
			keep_match_at(to, from->reported_at);
		to->identifier = image_text(v->image, from->identifier);
		to->is_private = from->is_private != 0;
		to->is_hex = from->is_hex != 0;
		out->n_strings += to->n_matches > 0;
	}
	return true;
}

static enum rq_err list_matching(struct scanner *s, const bool *shut, bool want_strings)
{
	struct scan_rule *rules = arena_array(s->arena, s->n_candidates, sizeof *rules);

	if (rules == NULL)
		return RQ_ERR_MEMORY;
	s->result.rules = rules;
	for (size_t i = 0; i < s->n_candidates; i++) {
		uint32_t rule = s->candidates[i];
		struct scan_rule *out = &rules[s->result.n_rules];

		if (is_private(s, rule) || !matches(s, shut, rule))
			continue;
		out->rule = rule;
		s->result.n_rules++;
		if (want_strings && !list_strings(s, out))
			s->result.gaps |= SCAN_OUT_OF_MEMORY;
	}
	return RQ_OK;
}

static enum rq_err list_not_matching(struct scanner *s, const bool *shut)
{
	struct scan_rule *rules =
	    arena_array(s->arena, s->view->n_rules, sizeof *rules);

	if (rules == NULL)
		return RQ_ERR_MEMORY;
	s->result.rules = rules;
	for (uint32_t i = 0; i < s->view->n_rules; i++)
		if (!is_private(s, i) && !matches(s, shut, i))
			rules[s->result.n_rules++].rule = i;
	return RQ_OK;
}

static bool is_cut(const struct scanner *s, const struct image_rule_string *string)
{
	return search_is_cut(s->search, string->pattern);
}

static void list_cuts(struct scanner *s)
{
	const struct conditions *v = s->view;
	struct scan_cut *cuts;
	size_t n = 0;

	for (size_t i = 0; i < v->n_strings; i++)
		n += is_cut(s, &v->strings[i]);
	cuts = arena_array(s->arena, n, sizeof *cuts);
	s->result.cuts = cuts;
	for (uint32_t r = 0; cuts != NULL && r < v->n_rules; r++) {
		const struct image_rule *rule = &v->rules[r];

		for (uint32_t i = 0; i < rule->n_strings; i++) {
			const struct image_rule_string *string =
			    &v->strings[rule->first_string + i];

			if (is_cut(s, string) && s->result.n_cuts < n)
				cuts[s->result.n_cuts++] = (struct scan_cut){
				    r, image_text(v->image, string->identifier)};
		}
	}
}

static bool any_is_open(const struct scanner *s)
{
	for (size_t i = 0; i < s->n_candidates; i++)
		if (evaluator_get(s->evaluator, s->candidates[i]) == TRUTH_UNKNOWN)
			return true;
	return false;
}

static void note_gaps(struct scanner *s)
{
	struct search_gaps gaps = search_gaps(s->search);

	if (gaps.too_many_matches) {
		s->result.gaps |= SCAN_TOO_MANY_MATCHES;
		list_cuts(s);
	}
	s->result.gaps |= gaps.too_complex ? SCAN_TOO_COMPLEX : 0;
	if (gaps.out_of_memory || evaluator_out_of_memory(s->evaluator))
		s->result.gaps |= SCAN_OUT_OF_MEMORY;
	s->result.gaps |= evaluator_too_complex(s->evaluator) ? SCAN_TOO_COMPLEX : 0;
	s->result.gaps |= evaluator_cut(s->evaluator) ? SCAN_MODULE_LIMIT : 0;
	if (gaps.timed_out || evaluator_timed_out(s->evaluator))
		s->result.gaps |= SCAN_TIMEOUT;
	/* whatever the reason: no verdict without one */
	if (s->result.gaps == 0 && any_is_open(s))
		s->result.gaps = SCAN_OUT_OF_MEMORY;
}

/* ---- one object ---- */

static void begin(struct scanner *s, const struct object *object)
{
	uint64_t timeout_ns = s->options.timeout_ms * UINT64_C(1000000);
	uint64_t deadline = timeout_ns == 0 ? 0 : clock_monotonic_ns() + timeout_ns;
	const struct evaluate_input input = {
	    .object = object,
	    .search = s->search,
	    .arena = s->arena,
	    .externals = s->externals,
	    .console = s->options.console,
	    .listener = s->options.listener,
	    .now = (int64_t)(clock_utc_ms() / 1000),
	    .deadline_ns = deadline,
	    .libyara_limits = s->options.search.libyara_limits,
	};

	arena_reset(s->arena);
	search_begin(s->search, object, s->arena, deadline);
	evaluator_begin(s->evaluator, &input);
	s->object = object;
	s->class_bit = CLASS_BIT(object_class_of(object));
	s->n_candidates = 0;
	s->result = (struct scan_result){0};
}

static void tell_modules(struct scanner *s)
{
	for (size_t i = 0; i < s->view->n_imports; i++) {
		void *state;

		if (!evaluator_module(s->evaluator, (uint16_t)i, &state) ||
		    module_print(s->view->modules[i], state, s->options.module_data,
				 s->options.listener) != RQ_OK)
			s->result.gaps |= SCAN_OUT_OF_MEMORY;
	}
}

enum rq_err scanner_scan(struct scanner *s, const struct object *object,
			 const struct scan_request *request,
			 const struct scan_result **result_out)
{
	const bool *shut;
	enum rq_err err;

	*result_out = NULL;
	begin(s, object);
	if (s->options.module_data != NULL)
		tell_modules(s);
	if (s->options.search.search_all) {
		take_all_rules(s);
		search_strings(s, TRUTH_UNKNOWN, STAGE_COSTLY);
		evaluate_open(s, true);
	} else {
		find_candidates(s);
		/* what is known by now decides most rules */
		evaluate_open(s, false);
		settle(s);
	}
	if (request->want_strings)
		search_strings(s, TRUTH_TRUE, STAGE_COSTLY);
	shut = shut_name_spaces(s);
	if (shut == NULL)
		return RQ_ERR_MEMORY;
	err = request->want_not_matching
		  ? list_not_matching(s, shut)
		  : list_matching(s, shut, request->want_strings);
	note_gaps(s);
	*result_out = err == RQ_OK ? &s->result : NULL;
	return err;
}
