#include "endpoint/command.h"

#include "endpoint/rules_cache.h"
#include "endpoint/verb.h"
#include "os/terminal.h"

#include <stdio.h>

int command_run(const struct command *command, const struct words *words)
{
	return command->run != NULL ? command->run(words) : verb_run(command, words);
}

static enum message message_of(enum arguments_problem problem)
{
	switch (problem) {
	case ARGUMENTS_UNKNOWN: return MESSAGE_UNKNOWN_OPTION;
	case ARGUMENTS_TOO_MANY: return MESSAGE_TOO_MANY;
	case ARGUMENTS_NEEDS_NUMBER: return MESSAGE_NEEDS_NUMBER;
	case ARGUMENTS_NEEDS_TEXT: return MESSAGE_NEEDS_TEXT;
	case ARGUMENTS_NEEDS_NOTHING: break;
	}
	return MESSAGE_NEEDS_NOTHING;
}

bool command_read(const struct command *command, const struct words *words,
		  struct arena *arena, struct arguments *arguments,
		  enum language *language_out)
{
	const char *chosen;
	struct arguments_error error;
	enum rq_err err;

	(void)language_choose(NULL, language_out);
	err = arguments_parse(command->table, command->n_rows, ARGUMENTS_POSIX,
			      words->n, words->at, arena, arguments, &error);
	if (err == RQ_ERR_USAGE) {
		complain(*language_out, message_of(error.problem), error.argument);
		return false;
	}
	if (err != RQ_OK) {
		complain(*language_out, MESSAGE_OUT_OF_MEMORY, NULL);
		return false;
	}
	chosen = arguments->values[command->lang_row].text;
	if (!language_choose(chosen, language_out)) {
		complain(*language_out, MESSAGE_BAD_VALUE, chosen);
		return false;
	}
	return true;
}

int command_print(struct buffer *out, enum language language)
{
	if (terminal_put(TERMINAL_OUT, out))
		return EXIT_CLEAN;
	complain(language, MESSAGE_CANNOT_WRITE, "stdout");
	return EXIT_OURS;
}

int command_help(const struct command *command, enum language language)
{
	struct buffer out = {0};

	buffer_format(&out, "%s: raquet %s\n\n", message(language, MESSAGE_USAGE),
		      command->usage[language]);
	for (size_t i = 0; i < command->n_verbs; i++)
		arguments_help_verb(&out, command->verbs[i].name,
				    command->verbs[i].explanation[language]);
	if (command->n_verbs > 0)
		buffer_u8(&out, '\n');
	for (size_t i = 0; i < command->n_prose; i++)
		buffer_format(&out, "%s\n\n", message(language, command->prose[i]));
	buffer_format(&out, "%s:\n", message(language, MESSAGE_OPTIONS));
	arguments_help(&out, command->table, command->n_rows, language);
	return command_print(&out, language);
}

/* ---- rules ---- */

static void tell_messages(const struct rules *rules, bool all, enum language language)
{
	struct buffer out = {0};
	char count[24];

	for (size_t i = 0; i < rules->report.n_messages; i++) {
		const struct rule_message *message = &rules->report.messages[i];

		if (all || !message->is_warning)
			rule_message_write(message, &out);
	}
	(void)terminal_put(TERMINAL_ERR, &out);
	if (rules->n_refused > 0) {
		snprintf(count, sizeof count, "%zu", rules->n_refused);
		complain(language, MESSAGE_RULES_REFUSED, count);
	}
	if (!all && rules->report.n_warnings > 0) {
		snprintf(count, sizeof count, "%zu", rules->report.n_warnings);
		complain(language, MESSAGE_WARNINGS, count);
	}
}

static int gather(const char *const *paths, size_t n, enum language language,
		  struct arena *arena, struct rules_list *list)
{
	struct rq_diag diag = {0};
	enum rq_err err = RQ_OK;

	if (n == 0)
		err = rules_gather_shipped(arena, list);
	for (size_t i = 0; err == RQ_OK && i < n; i++)
		err = rules_gather(arena, paths[i], list, &diag);
	if (err == RQ_ERR_MEMORY) {
		complain(language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	if (err != RQ_OK) {
		char detail[sizeof diag.where + sizeof diag.what + 2];

		snprintf(detail, sizeof detail, "%s: %s", diag.where,
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
		complain(language, MESSAGE_CANNOT_READ_RULES, detail);
		return EXIT_USAGE;
	}
	return EXIT_CLEAN;
}

static bool read_defines(struct arena *arena, const char *const *defines, size_t n,
			 struct rules_options *options, enum language language)
{
	struct rules_external *externals = arena_array(arena, n + 1, sizeof *externals);

	for (size_t i = 0; externals != NULL && i < n; i++)
		if (!rules_external_read(arena, defines[i], &externals[i])) {
			complain(language, MESSAGE_BAD_DEFINE, defines[i]);
			return false;
		}
	options->externals = externals;
	options->n_externals = externals != NULL ? n : 0;
	return externals != NULL;
}

static int compile(struct rules_options *options, const struct rules_list *list,
		   enum language language, struct rules *rules)
{
	struct buffer cache = {0};
	struct rq_diag diag = {0};
	enum rq_err err;

	if (rules_cache_folder(&cache))
		options->cache_folder = (const char *)cache.data;
	err = rules_compile(rules, options, list->items, list->n, &diag);
	if (rules_cache_is_wanted() &&
	    (options->cache_folder == NULL || rules->not_kept))
		complain(language, MESSAGE_NO_CACHE, options->cache_folder);
	buffer_free(&cache);
	options->cache_folder = NULL;
	if (rules->unread != NULL) {
		complain(language, MESSAGE_CANNOT_READ_RULES, rules->unread);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_USAGE) {
		complain(language, MESSAGE_BAD_DEFINE, diag.where);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_MEMORY) {
		complain(language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	if (err != RQ_OK && err != RQ_ERR_RULE) {
		complain(language, MESSAGE_FAILED,
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return EXIT_OURS;
	}
	return EXIT_CLEAN;
}

int command_load_rules(const char *const *paths, size_t n, const char *const *defines,
		       size_t n_defines, bool all_messages, enum language language,
		       struct arena *arena, struct rules *rules)
{
	struct rules_options options = {.keep_going = true, .common_externals = true};
	struct rules_list list = {0};
	int code = EXIT_CLEAN;

	if (!read_defines(arena, defines, n_defines, &options, language))
		code = EXIT_USAGE;
	if (code == EXIT_CLEAN)
		code = gather(paths, n, language, arena, &list);
	if (code == EXIT_CLEAN)
		code = compile(&options, &list, language, rules);
	if (code == EXIT_CLEAN)
		tell_messages(rules, all_messages, language);
	if (code == EXIT_CLEAN && rules->n_rules == 0) {
		complain(language, MESSAGE_NO_RULES, NULL);
		code = EXIT_USAGE;
	}
	rules_list_free(&list);
	return code;
}
