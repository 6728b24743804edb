#include "bytes/encoding.h"
#include "endpoint/verb.h"

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

static int tell_counts(const struct verb_run *run, const struct rules *rules)
{
	struct buffer out = {0};

	buffer_format(&out, "%s: ", message(run->language, MESSAGE_RULES_GOOD));
	write_count(&out, run->language, rules->n_rules);
	buffer_format(&out, "; %s: ", message(run->language, MESSAGE_RULES_REFUSED));
	write_count(&out, run->language, rules->n_refused);
	buffer_text(&out, "\nSHA-256 ");
	encode_hex(&out, (struct bytes){rules->content_sha256, 32});
	buffer_u8(&out, '\n');
	return command_print(&out, run->language);
}

static int write_image(const struct verb_run *run, const struct rules *rules)
{
	return verb_write(run, OUTPUT,
			  (struct bytes){rules->image.data, rules->image.size});
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

static int tell_rules(const struct verb_run *run, const struct rules *rules)
{
	const struct ruleset *ruleset = rules->ruleset;
	bool only_always = run->values[ALWAYS].given;
	uint8_t *reach = arena_array(rules->arena, rules->n_rules, 1);
	struct buffer out = {0};

	if (reach == NULL) {
		complain(run->language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	ruleset_reach(ruleset, reach);
	for (uint32_t i = 0; i < rules->n_rules; i++)
		if (!only_always || (reach[i] & RULESET_REACH_ALWAYS) != 0)
			put_rule(&out, ruleset, i, reach[i]);
	return command_print(&out, run->language);
}

/* Loads the rules that the paths name and does act with them. */
static int with_rules(const struct verb_run *run, bool all_messages,
		      int (*act)(const struct verb_run *run, const struct rules *rules))
{
	struct rules rules;
	int code;

	rules_init(&rules);
	code = command_load_rules(run->paths, run->n_paths, run->values[DEFINE].list,
				  run->values[DEFINE].n_list, all_messages,
				  run->language, run->arena, &rules);
	if (code == EXIT_CLEAN)
		code = act(run, &rules);
	if (code == EXIT_CLEAN && rules.n_refused > 0)
		code = EXIT_USAGE;
	rules_free(&rules);
	return code;
}

static int check(const struct verb_run *run)
{
	return with_rules(run, true, tell_counts);
}

static int compile(const struct verb_run *run)
{
	return with_rules(run, false, write_image);
}

static int list(const struct verb_run *run)
{
	return with_rules(run, false, tell_rules);
}

static const struct verb verbs[] = {
    {"check",
     {"mọi thông báo và số lượng luật", "all messages and the number of rules"},
     check},
    {"compile",
     {"ghi ảnh biên dịch vào --output", "writes the compiled image to --output"},
     compile},
    {"list",
     {"các luật với không gian tên, nhãn, số chuỗi, và by= cho biết khi nào luật được "
      "xét: strings (thấy chuỗi), offset (chuỗi ở một vị trí), look-up (một giá trị), "
      "always (mọi tệp), nothing (không bao giờ)",
      "the rules with namespace, tags, number of strings and what reaches each (by=): "
      "strings (one was found), offset (a string at one place), look-up (a value), "
      "always (every file), nothing (no file)"},
     list},
};

const struct command command_rules = {
    .name = "rules",
    .summary = MESSAGE_COMMAND_RULES,
    .usage = {"rules check|compile|list [TÙY CHỌN]... [TỆP|THƯ_MỤC]...",
	      "rules check|compile|list [OPTION]... [FILE|DIR]..."},
    .prose = {MESSAGE_RULES_WITHOUT_PATH},
    .n_prose = 1,
    .verbs = verbs,
    .n_verbs = sizeof verbs / sizeof verbs[0],
    .table = table,
    .n_rows = N_ROWS,
    .lang_row = LANG,
    .help_row = HELP,
};
