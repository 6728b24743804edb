#include "engine/scan/scan_world.h"

#include <stdio.h>
#include <string.h>

static void hear(void *listener, struct bytes line)
{
	struct scan_world *world = listener;

	buffer_put(&world->lines, line.at, line.n);
	buffer_u8(&world->lines, '\n');
}

static bool compile(struct scan_world *w, const char *rules,
		    const struct scan_external *externals)
{
	const struct rule_options options = {0};
	const struct ruleset_compile_options compile_options = {0};

	for (; externals != NULL && externals->name != NULL; externals++) {
		enum rq_err err =
		    externals->value.type == VALUE_UNDEFINED
			? rule_set_common_external(w->set, externals->name)
			: rule_set_external(w->set, externals->name, &externals->value);

		if (err != RQ_OK)
			return false;
	}
	if (rule_parse(w->set, NULL, "", bytes_of(rules), &options, &w->report) !=
	    RQ_OK)
		return false;
	if (ruleset_compile(w->set, &compile_options, &w->report, &w->image) != RQ_OK)
		return false;
	return ruleset_open(w->image.data, w->image.size, RULESET_CHECK_ALL,
			    &w->ruleset, NULL) == RQ_OK;
}

bool scan_world_new(struct scan_world *w, const char *rules,
		    const struct scan_external *externals, bool search_all)
{
	struct scanner_options options;

	*w = (struct scan_world){0};
	if (arena_new((size_t)1 << 28, &w->arena) != RQ_OK)
		return false;
	rule_report_init(&w->report, w->arena);
	if (rule_set_new((size_t)1 << 28, &w->set) != RQ_OK ||
	    !compile(w, rules, externals))
		return false;
	scanner_options_default(&options);
	options.search.search_all = search_all;
	options.search.libyara_limits = true;
	options.console = hear;
	options.listener = w;
	return scanner_new(w->ruleset, &options, &w->scanner) == RQ_OK;
}

void scan_world_free(struct scan_world *w)
{
	scanner_free(w->scanner);
	ruleset_unref(w->ruleset);
	buffer_free(&w->image);
	buffer_free(&w->lines);
	rule_report_clear(&w->report);
	rule_set_free(w->set);
	arena_free(w->arena);
}

const char *scan_world_names(struct scan_world *w, const struct object *object,
			     const struct scan_request *request)
{
	const struct scan_result *result;

	if (scanner_scan(w->scanner, object, request, &result) != RQ_OK)
		return "error";
	return scan_world_result_names(w, result);
}

const char *scan_world_result_names(struct scan_world *w,
				    const struct scan_result *result)
{
	static char names[4096];
	size_t n = 0;

	names[0] = 0;
	for (size_t i = 0; i < result->n_rules && n + 130 < sizeof names; i++) {
		struct bytes name =
		    ruleset_rule(w->ruleset, result->rules[i].rule).identifier;

		n += (size_t)snprintf(names + n, sizeof names - n, "%.*s ", (int)name.n,
				      (const char *)name.at);
	}
	return names;
}
