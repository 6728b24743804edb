#include "endpoint/scan_scope.h"

#include "content/scope_text.h"
#include "endpoint/command.h"
#include "endpoint/scope_file.h"
#include "os/file.h"
#include "os/terminal.h"

#include <string.h>

static const char *shipped(const char *name)
{
	for (size_t i = 0; i < scope_texts_n; i++)
		if (strcmp(scope_texts[i].name, name) == 0)
			return scope_texts[i].text;
	return NULL;
}

static void complain_about(const char *name, const struct scope_error *error,
			   enum language language)
{
	struct buffer text = {0};

	buffer_text(&text, "raquet: ");
	scope_error_write(&text, name, error, language);
	(void)terminal_put(TERMINAL_ERR, &text);
}

int scan_scope_read(struct scan_scope *run, const char *name, enum language language,
		    struct arena *arena)
{
	struct buffer file = {.max = CAP_SCOPE_FILE + 1};
	struct scope_error error;
	struct rq_diag diag = {0};
	int code = EXIT_CLEAN;
	enum rq_err err = RQ_OK;

	if (shipped(name) != NULL)
		buffer_text(&file, shipped(name));
	else
		err = file_read_whole(name, &file, &diag);
	if (err != RQ_OK || !buffer_ok(&file)) {
		complain(language, MESSAGE_CANNOT_READ_SCOPE, name);
		code = EXIT_USAGE;
		goto out;
	}
	err = scope_read(buffer_bytes(&file), arena, &run->scope, &error);
	if (err == RQ_ERR_FORMAT)
		complain_about(name, &error, language);
	else if (err != RQ_OK)
		complain(language, MESSAGE_FAILED, rq_err_text(err));
	if (err != RQ_OK)
		code = err == RQ_ERR_FORMAT ? EXIT_USAGE : EXIT_OURS;
	run->is_given = true;
	run->is_quick = strcmp(name, "quick") == 0;
	run->tally.scope = &run->scope;
out:
	buffer_free(&file);
	return code;
}

bool scan_scope_has_places(const struct scan_scope *run)
{
	const struct scope *scope = &run->scope;

	return run->is_given && (scope->n_roots > 0 || scope->running_programs ||
				 scope->processes || scope->persistence);
}

bool scan_scope_chooses(const struct scan_scope *run, const struct sweep_options *sweep)
{
	return run->is_given && sweep->n_paths == 0 && !sweep->all;
}

/* The roots as they are written: what they mean here may be hundreds of paths. */
static enum rq_err tell_roots(struct scan_scope *run, struct arena *arena)
{
	const struct scope *scope = &run->scope;

	run->told = arena_array(arena, scope->n_roots + 1, sizeof *run->told);
	if (run->told == NULL)
		return RQ_ERR_MEMORY;
	if (run->is_quick) {
		run->told[run->n_told++] = "--quick";
		return RQ_OK;
	}
	if (scope->running_programs)
		run->told[run->n_told++] = "running-programs";
	for (size_t i = 0; i < scope->n_roots; i++)
		run->told[run->n_told++] = scope->roots[i].path;
	return RQ_OK;
}

enum rq_err scan_scope_apply(struct scan_scope *run, bool processes, bool persistence,
			     struct arena *arena, struct sweep_options *sweep)
{
	struct scope_swept swept = {.processes = processes, .persistence = persistence};
	struct scope_machine machine;
	enum rq_err err;

	if (!run->is_given)
		return RQ_OK;
	err = scope_machine_here(&run->scope, arena, &machine);
	if (err == RQ_OK)
		err = scope_places_find(&run->scope, &machine, arena, &run->places);
	if (err == RQ_OK && scan_scope_chooses(run, sweep)) {
		sweep->paths = run->places.paths;
		sweep->n_paths = run->places.n;
		err = tell_roots(run, arena);
	}
	swept.paths = sweep->paths;
	swept.n_paths = sweep->n_paths;
	swept.all = sweep->all;
	if (err == RQ_OK)
		err = scope_places_compare(&run->scope, &swept, arena, &run->places);
	return err;
}

void scan_scope_summarise(struct scan_scope *run, enum language language,
			  struct summary *summary)
{
	scope_tally_close(&run->tally, summary->n_tolerated);
	if (!run->is_given)
		return;
	for (size_t i = 0; i < run->scope.n_tolerances; i++) {
		const struct scope_tolerance *line = &run->scope.tolerances[i];

		run->tolerances[i] = (struct summary_tolerance){
		    line->reason, line->limit, run->tally.n_used[i], line->pattern};
	}
	summary->tolerances = run->tolerances;
	summary->n_tolerances = run->scope.n_tolerances;
	summary->required_name = run->scope.name[LANGUAGE_VI];
	summary->required_title = run->scope.name[language];
	summary->required_description = run->scope.description[language];
	memcpy(summary->required_sha256, run->scope.sha256, 32);
	summary->max_content_age = run->scope.max_content_age;
}
