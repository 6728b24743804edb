#include "endpoint/yara_run.h"

#include "bytes/cap.h"
#include "endpoint/rules_cache.h"
#include "os/file.h"
#include "os/terminal.h"

#include <stdio.h>
#include <string.h>

static enum rq_err read_stdin(struct buffer *text)
{
	uint8_t block[4096];
	size_t n;

	do {
		n = fread(block, 1, sizeof block, stdin);
		buffer_put(text, block, n);
	} while (n > 0);
	return buffer_ok(text) ? RQ_OK : RQ_ERR_MEMORY;
}

/* [NAMESPACE:]FILE, read as a namespace only when no file has the whole name. */
static const char *split(struct yara_run *run, const char *argument,
			 const char **name_space_out)
{
	const char *colon = strchr(argument, ':');
	struct file_info info;

	*name_space_out = "default";
	if (colon == NULL || colon[1] == '\\' ||
	    file_stat_path(argument, true, &info, NULL) == RQ_OK)
		return argument;
	*name_space_out = arena_copy(run->arena, argument, (size_t)(colon - argument));
	return colon + 1;
}

static enum rq_err add_source(struct yara_run *run, const char *argument,
			      struct rules_source *source)
{
	struct buffer text = {.max = CAP_RULE_SOURCE};
	char *kept;
	enum rq_err err;

	source->file = split(run, argument, &source->name_space);
	if (source->name_space == NULL)
		return RQ_ERR_MEMORY;
	if (strcmp(source->file, "-") != 0)
		return rules_source_open(run->arena, source, NULL);
	err = read_stdin(&text);
	if (err == RQ_OK) {
		kept = arena_copy(run->arena, text.data, text.size);
		source->text = (struct bytes){(const uint8_t *)kept, text.size};
		err = kept != NULL ? RQ_OK : RQ_ERR_MEMORY;
	}
	buffer_free(&text);
	return err;
}

/* The files up to the first that cannot be opened: what stands in those before it is
 * told first, as yara compiles one after the other. */
static struct rules_source *read_sources(struct yara_run *run, const char *const *files,
					 size_t n, size_t *n_out)
{
	struct rules_source *sources = arena_array(run->arena, n, sizeof *sources);

	*n_out = 0;
	for (size_t i = 0; sources != NULL && i < n; i++) {
		enum rq_err err = add_source(run, files[i], &sources[i]);

		if (err == RQ_ERR_MEMORY)
			return NULL;
		if (err != RQ_OK) {
			run->missing = sources[i].file;
			break;
		}
		(*n_out)++;
	}
	return sources;
}

/* As yara: one without '=' ends the list; a name that is taken is error 56, which
 * counts only when it is the last. */
static bool read_defines(struct yara_run *run, struct rules_options *options)
{
	const struct option_value *given = &run->values[YARA_DEFINE];
	struct rules_external *externals =
	    arena_array(run->arena, given->n_list, sizeof *externals);

	if (externals == NULL)
		return false;
	options->externals = externals;
	for (size_t i = 0; i < given->n_list; i++) {
		bool taken = false;

		if (given->list[i][0] == '=') /* a name that no rule can use */
			continue;
		if (!rules_external_read(run->arena, given->list[i],
					 &externals[options->n_externals])) {
			yara_say("error: wrong syntax for `-d` option.\n");
			return true;
		}
		for (size_t k = 0; k < options->n_externals; k++)
			taken |= strcmp(externals[k].name,
					externals[options->n_externals].name) == 0;
		if (taken && i + 1 == given->n_list) {
			yara_say("error: 56\n");
			return false;
		}
		options->n_externals += taken ? 0 : 1;
	}
	return true;
}

static bool tell_messages(const struct yara_run *run)
{
	const struct rule_report *report = &run->rules.report;
	bool warnings = !run->values[YARA_NO_WARNINGS].given;
	struct buffer out = {0};

	for (size_t i = 0; i < report->n_messages; i++)
		if (warnings || !report->messages[i].is_warning)
			yara_print_message(&out, &report->messages[i]);
	(void)terminal_put(TERMINAL_ERR, &out);
	return report->n_errors == 0 && !(run->values[YARA_FAIL_ON_WARNINGS].given &&
					  warnings && report->n_warnings > 0);
}

/* yara keeps 32 bits of the number, so that -1 is no limit at all. */
static uint32_t max_strings(const struct option_value *given)
{
	uint32_t number = (uint32_t)given->number;

	return number < CAP_WIRE_STRINGS ? number : CAP_WIRE_STRINGS;
}

bool yara_load_rules(struct yara_run *run, const char *const *files, size_t n)
{
	struct rules_options options = {
	    .strict_escape = run->values[YARA_STRICT_ESCAPE].given,
	    .libyara_limits = true,
	};
	struct rules_source *sources;
	struct buffer cache = {0};
	struct rq_diag diag = {0};
	enum rq_err err;
	size_t n_read;

	options.max_strings = max_strings(&run->values[YARA_MAX_STRINGS]);
	if (!read_defines(run, &options))
		return false;
	sources = read_sources(run, files, n, &n_read);
	if (sources == NULL) {
		yara_say("not enough memory\n");
		return false;
	}
	if (rules_cache_folder(&cache))
		options.cache_folder = (const char *)cache.data;
	err = rules_compile(&run->rules, &options, sources, n_read, &diag);
	buffer_free(&cache);
	if (run->rules.unread != NULL)
		run->missing = run->rules.unread;
	if (!tell_messages(run))
		return false;
	if (run->missing != NULL) {
		yara_say("error: could not open file: %s\n", run->missing);
		return false;
	}
	if (err != RQ_OK) {
		yara_say("error: %s\n",
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return false;
	}
	return true;
}
