#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "endpoint/command.h"
#include "os/file.h"
#include "os/terminal.h"

#include <stdio.h>
#include <string.h>

enum { DEFINE, OUTPUT, ALWAYS, LANG, HELP, N_ROWS };

static const struct option table[N_ROWS] = {
    [DEFINE] = {"define",
		'd',
		OPTION_LIST,
		0,
		{"TÊN=GIÁ_TRỊ", "NAME=VALUE"},
		{"đặt biến ngoài của luật", "set an external variable of the rules"}},
    [OUTPUT] = {"output",
		'o',
		OPTION_TEXT,
		0,
		{"TỆP", "FILE"},
		{"nơi compile ghi ảnh biên dịch", "where compile writes the image"}},
    [ALWAYS] = {"always",
		0,
		OPTION_FLAG,
		0,
		{0},
		{"list chỉ nêu các luật được tính với mọi tệp (chậm nhất)",
		 "list only the rules that every file is evaluated for (the slowest)"}},
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
};

/* What one run works with. */
struct run {
	const struct option_value *values;
	struct rules rules;
	enum language language;
};

static int print(const struct run *run, struct buffer *out)
{
	bool is_written =
	    buffer_ok(out) && terminal_write(TERMINAL_OUT, buffer_bytes(out));

	buffer_free(out);
	if (is_written)
		return EXIT_CLEAN;
	complain(run->language, MESSAGE_CANNOT_WRITE, "stdout");
	return EXIT_OURS;
}

static int check(struct run *run)
{
	struct buffer out = {0};

	buffer_format(&out, "%s: ", message(run->language, MESSAGE_RULES_GOOD));
	write_count(&out, run->language, run->rules.n_rules);
	buffer_format(&out, "; %s: ", message(run->language, MESSAGE_RULES_REFUSED));
	write_count(&out, run->language, run->rules.n_refused);
	buffer_text(&out, "\nSHA-256 ");
	encode_hex(&out, (struct bytes){run->rules.content_sha256, 32});
	buffer_u8(&out, '\n');
	return print(run, &out);
}

static int compile(struct run *run)
{
	const char *path = run->values[OUTPUT].text;
	struct rq_diag diag = {0};

	if (path == NULL) {
		complain(run->language, MESSAGE_NEEDS_TEXT, "--output");
		return EXIT_USAGE;
	}
	if (file_write_atomic(
		path, (struct bytes){run->rules.image.data, run->rules.image.size},
		&diag) != RQ_OK) {
		complain(run->language, MESSAGE_CANNOT_WRITE, path);
		return EXIT_OURS;
	}
	return EXIT_CLEAN;
}

static void put_reach(struct buffer *out, unsigned reach)
{
	static const char *const names[] = {"strings", "offset", "look-up", "always"};
	const char *between = "";

	buffer_text(out, " by=");
	if (reach == 0)
		buffer_text(out, "nothing");
	for (unsigned i = 0; i < 4; i++) {
		if ((reach >> i & 1) == 0)
			continue;
		buffer_format(out, "%s%s", between, names[i]);
		between = ",";
	}
}

/* namespace:rule [tag,tag] strings=N by=strings,offset */
static void put_rule(struct buffer *out, const struct ruleset *ruleset, uint32_t i,
		     unsigned reach)
{
	struct ruleset_rule rule = ruleset_rule(ruleset, i);

	encode_visible(out, rule.name_space);
	buffer_u8(out, ':');
	encode_visible(out, rule.identifier);
	buffer_text(out, " [");
	for (uint32_t k = 0; k < rule.n_tags; k++) {
		buffer_text(out, k > 0 ? "," : "");
		encode_visible(out, ruleset_tag(ruleset, i, k));
	}
	buffer_format(out, "]%s%s strings=%u", rule.is_global ? " global" : "",
		      rule.is_private ? " private" : "", (unsigned)rule.n_strings);
	put_reach(out, reach);
	buffer_u8(out, '\n');
}

static int list(struct run *run)
{
	const struct ruleset *ruleset = run->rules.ruleset;
	bool only_always = run->values[ALWAYS].given;
	uint8_t *reach = arena_array(run->rules.arena, run->rules.n_rules, 1);
	struct buffer out = {0};

	if (reach == NULL) {
		complain(run->language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	ruleset_reach(ruleset, reach);
	for (uint32_t i = 0; i < run->rules.n_rules; i++)
		if (!only_always || (reach[i] & RULESET_REACH_ALWAYS) != 0)
			put_rule(&out, ruleset, i, reach[i]);
	return print(run, &out);
}

static const struct {
	const char *name;
	int (*act)(struct run *run);
} verbs[] = {{"check", check}, {"compile", compile}, {"list", list}};

static int act(struct run *run, const struct arguments *arguments, struct arena *arena)
{
	const char *verb = arguments->n_operands > 0 ? arguments->operands[0] : "";

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		int code;

		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		code = command_load_rules(
		    arguments->operands + 1, arguments->n_operands - 1,
		    run->values[DEFINE].list, run->values[DEFINE].n_list,
		    verbs[i].act == check, run->language, arena, &run->rules);
		if (code == EXIT_CLEAN)
			code = verbs[i].act(run);
		if (code == EXIT_CLEAN && run->rules.n_refused > 0)
			code = EXIT_USAGE;
		return code;
	}
	complain(run->language, MESSAGE_UNKNOWN_COMMAND, verb);
	return EXIT_USAGE;
}

static int run(const struct words *words)
{
	struct run state = {0};
	struct arguments arguments;
	struct arena *arena = NULL;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	rules_init(&state.rules);
	if (command_read(&command_rules, words, LANG, arena, &arguments,
			 &state.language)) {
		state.values = arguments.values;
		if (state.values[HELP].given) {
			code = command_help(&command_rules, state.language);
		} else {
			code = act(&state, &arguments, arena);
		}
	}
	rules_free(&state.rules);
	arena_free(arena);
	return code;
}

const struct command command_rules = {
    .name = "rules",
    .run = run,
    .summary = MESSAGE_COMMAND_RULES,
    .usage = {"rules check|compile|list [TÙY CHỌN]... [TỆP|THƯ_MỤC]...",
	      "rules check|compile|list [OPTION]... [FILE|DIR]..."},
    .prose = {MESSAGE_RULES_SUMMARY},
    .n_prose = 1,
    .table = table,
    .n_rows = N_ROWS,
};
