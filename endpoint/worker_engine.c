#include "endpoint/worker.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "endpoint/worker_external.h"
#include "engine/scan/scan.h"
#include "finding/finding.h"
#include "format/zip.h"
#include "os/file.h"

#include <string.h>

struct lines {
	struct bytes *at;
	size_t n, capacity;
	size_t n_bytes;
};

/* The engine of the program, behind the table that worker.c calls. */
struct engine {
	struct ruleset *ruleset;
	struct scanner *scanner;
	struct worker_external external;
	bool want_strings, want_not_matching, tell_encrypted;
	uint32_t match_data;
	/* of the object at hand */
	struct arena *arena;
	struct lines console, module_data;
	bool lost_lines;
};

static enum rq_err open_rules(struct bytes image, void **engine_out,
			      struct rq_diag *diag)
{
	struct engine *engine = alloc_array(1, sizeof *engine);
	enum rq_err err = RQ_ERR_MEMORY;

	*engine_out = NULL;
	if (engine == NULL)
		return err;
	/* the parent checked these very bytes, and they are sealed */
	err =
	    ruleset_open(image.at, image.n, RULESET_CHECK_NONE, &engine->ruleset, diag);
	if (err == RQ_OK)
		err = ruleset_prepare(engine->ruleset, diag);
	if (err != RQ_OK) {
		ruleset_unref(engine->ruleset);
		alloc_free(engine);
		return err;
	}
	*engine_out = engine;
	return RQ_OK;
}

static uint32_t count_rules(void *argument)
{
	struct engine *engine = argument;

	return (uint32_t)ruleset_n_rules(engine->ruleset);
}

static bool keep(struct engine *engine, struct lines *lines, struct bytes line)
{
	char *copy = NULL;

	if (alloc_grow((void **)&lines->at, &lines->capacity, lines->n + 1,
		       sizeof *lines->at))
		copy = arena_copy(engine->arena, line.at, line.n);
	if (copy == NULL)
		return false;
	lines->at[lines->n++] = (struct bytes){(const uint8_t *)copy, line.n};
	lines->n_bytes += line.n;
	return true;
}

static void keep_line(void *listener, struct bytes line)
{
	struct engine *engine = listener;
	struct bytes kept = line;

	if (kept.n > CAP_CONSOLE_LINE)
		kept.n = CAP_CONSOLE_LINE;
	if (engine->console.n == CAP_CONSOLE_LINES ||
	    !keep(engine, &engine->console, kept) || kept.n < line.n)
		engine->lost_lines = true;
}

static bool keep_module_data(void *listener, struct bytes line)
{
	struct engine *engine = listener;
	struct lines *lines = &engine->module_data;

	if (lines->n == CAP_MODULE_LINES || line.n > CAP_MODULE_DATA - lines->n_bytes ||
	    !keep(engine, lines, line))
		engine->lost_lines = true;
	return !engine->lost_lines;
}

static void forget_lines(struct engine *engine)
{
	engine->console.n = engine->console.n_bytes = 0;
	engine->module_data.n = engine->module_data.n_bytes = 0;
}

static enum rq_err configure(void *argument, const struct worker_config *config)
{
	struct engine *engine = argument;
	struct scanner_options options;
	enum rq_err err;

	scanner_options_default(&options);
	options.search.search_all = config->search_all;
	options.search.libyara_limits = config->libyara_limits;
	if (config->max_matches != 0)
		options.search.max_matches_per_pattern = config->max_matches;
	if (config->kernel.n > 0)
		options.search.kernel = (const char *)config->kernel.at;
	options.timeout_ms = config->timeout_ms;
	if (config->max_memory != 0 && config->max_memory < SIZE_MAX)
		options.max_memory = (size_t)config->max_memory;
	options.console = keep_line;
	if (config->want_module_data)
		options.module_data = keep_module_data;
	options.listener = engine;
	engine->want_strings = config->want_strings;
	engine->want_not_matching = config->want_not_matching;
	/* yara does not know this gap */
	engine->tell_encrypted = !config->libyara_limits;
	engine->match_data = config->match_data;
	err = scanner_new(engine->ruleset, &options, &engine->scanner);
	if (err == RQ_OK)
		worker_external_init(&engine->external, engine->ruleset);
	return err;
}

static uint32_t gaps_of(uint32_t scan_gaps)
{
	uint32_t gaps = 0;

	if (scan_gaps & SCAN_TIMEOUT)
		gaps |= 1u << GAP_TIMEOUT;
	if (scan_gaps & SCAN_TOO_MANY_MATCHES)
		gaps |= 1u << GAP_TOO_MANY_MATCHES;
	if (scan_gaps & SCAN_TOO_COMPLEX)
		gaps |= 1u << GAP_TOO_COMPLEX;
	if (scan_gaps & SCAN_OUT_OF_MEMORY)
		gaps |= 1u << GAP_OUT_OF_MEMORY;
	if (scan_gaps & SCAN_MODULE_LIMIT)
		gaps |= 1u << GAP_MODULE_LIMIT;
	return gaps;
}

static enum rq_err copy_string(struct engine *engine, const struct object *object,
			       const struct scan_string *from, struct worker_string *to)
{
	struct worker_match *matches =
	    arena_array(engine->arena, from->n_matches, sizeof *matches);

	if (matches == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < from->n_matches; i++) {
		const struct match *match = &from->matches[i];
		size_t n = match->length < engine->match_data ? match->length
							      : engine->match_data;

		matches[i] = (struct worker_match){
		    .offset = match->offset,
		    .length = match->length,
		    .xor_key = match->xor_key,
		    .data = object_at(object, match->offset, n),
		};
	}
	*to = (struct worker_string){.identifier = from->identifier,
				     .is_private = from->is_private,
				     .is_hex = from->is_hex,
				     .matches = matches,
				     .n_matches = from->n_matches};
	return RQ_OK;
}

static enum rq_err copy_rules(struct engine *engine, const struct object *object,
			      const struct scan_result *result,
			      struct worker_answer *answer)
{
	struct worker_rule *rules =
	    arena_array(engine->arena, result->n_rules, sizeof *rules);
	enum rq_err err = RQ_OK;

	if (rules == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < result->n_rules && err == RQ_OK; i++) {
		const struct scan_rule *from = &result->rules[i];
		struct worker_string *strings =
		    arena_array(engine->arena, from->n_strings, sizeof *strings);

		if (strings == NULL)
			return RQ_ERR_MEMORY;
		for (size_t k = 0; k < from->n_strings && err == RQ_OK; k++)
			err =
			    copy_string(engine, object, &from->strings[k], &strings[k]);
		rules[i] = (struct worker_rule){.rule = from->rule,
						.strings = strings,
						.n_strings = from->n_strings};
	}
	answer->rules = rules;
	answer->n_rules = result->n_rules;
	return err;
}

/* The rules without their strings: a finding must not be lost for want of memory. */
static enum rq_err copy_bare(struct engine *engine, const struct scan_result *result,
			     struct worker_answer *answer)
{
	struct worker_rule *rules;

	arena_reset(engine->arena);
	forget_lines(engine);
	rules = arena_array(engine->arena, result->n_rules, sizeof *rules);
	if (rules == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < result->n_rules; i++)
		rules[i].rule = result->rules[i].rule;
	answer->rules = rules;
	answer->n_rules = result->n_rules;
	answer->gaps |= 1u << GAP_OUT_OF_MEMORY;
	return RQ_OK;
}

static bool copy_cuts(const struct scan_result *result, struct arena *arena,
		      struct worker_answer *answer)
{
	size_t n = result->n_cuts < CAP_CUT_STRINGS ? result->n_cuts : CAP_CUT_STRINGS;
	struct worker_cut *cuts = arena_array(arena, n, sizeof *cuts);

	for (size_t i = 0; cuts != NULL && i < n; i++)
		cuts[i] = (struct worker_cut){result->cuts[i].rule,
					      result->cuts[i].identifier};
	answer->cuts = cuts;
	answer->n_cuts = cuts != NULL ? n : 0;
	return cuts != NULL;
}

static bool is_encrypted(const struct object *object)
{
	return !object->is_memory && zip_is_encrypted(object_head(object));
}

static enum rq_err scan(void *argument, const struct object *object,
			const struct worker_object *about, struct arena *arena,
			struct worker_answer *answer)
{
	struct engine *engine = argument;
	struct scan_request request = {.want_strings = engine->want_strings,
				       .want_not_matching = engine->want_not_matching};
	const struct scan_result *result = NULL;
	enum rq_err err;

	engine->arena = arena;
	forget_lines(engine);
	engine->lost_lines = false;
	err = worker_external_define(&engine->external, engine->scanner, object, about,
				     arena);
	if (err == RQ_OK)
		err = scanner_scan(engine->scanner, object, &request, &result);
	if (err != RQ_OK)
		return err;
	answer->gaps |= gaps_of(result->gaps);
	err = copy_rules(engine, object, result, answer);
	if (err == RQ_ERR_MEMORY)
		err = copy_bare(engine, result, answer);
	if (err == RQ_OK && !copy_cuts(result, arena, answer))
		err = RQ_ERR_MEMORY;
	answer->console = engine->console.at;
	answer->n_console = engine->console.n;
	answer->module_data = engine->module_data.at;
	answer->n_module_data = engine->module_data.n;
	if (engine->lost_lines)
		answer->gaps |= 1u << GAP_RULE_OUTPUT;
	if (engine->tell_encrypted && is_encrypted(object))
		answer->gaps |= 1u << GAP_ENCRYPTED;
	return err;
}

int worker_main(int argc, char **argv)
{
	static const struct worker_engine engine = {.open = open_rules,
						    .configure = configure,
						    .n_rules = count_rules,
						    .scan = scan};

	return worker_run(argc, argv, &engine);
}
