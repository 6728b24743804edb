#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "endpoint/command.h"
#include "endpoint/indicators.h"
#include "os/file.h"
#include "os/terminal.h"

#include <string.h>

enum { OUTPUT, LANG, HELP, N_ROWS };

static const struct option table[N_ROWS] = {
    [OUTPUT] = {"output",
		'o',
		OPTION_TEXT,
		0,
		{"TỆP", "FILE"},
		{"nơi compile ghi bảng biên dịch", "where compile writes the table"}},
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
};

/* What one run works with. */
struct run {
	const struct option_value *values;
	struct indicators indicators;
	struct buffer image;
	enum language language;
};

static bool print(const struct run *run, enum terminal_stream which, struct buffer *out)
{
	bool is_written = buffer_ok(out) && terminal_write(which, buffer_bytes(out));

	buffer_free(out);
	if (!is_written)
		complain(run->language, MESSAGE_CANNOT_WRITE, "stdout");
	return is_written;
}

/* LIST:LINE: REASON: TEXT */
static bool tell_refusals(const struct run *run)
{
	const struct indicator_list *list = run->indicators.list;
	struct buffer out = {0};

	for (size_t i = 0; i < list->n_refusals; i++) {
		const struct indicator_refusal *refusal = &list->refusals[i];

		encode_visible(&out, list->lists[refusal->list]);
		buffer_format(&out, ":%llu: %s: ", (unsigned long long)refusal->line,
			      refusal->reason);
		encode_visible(&out, refusal->text);
		buffer_u8(&out, '\n');
	}
	return out.size == 0 || print(run, TERMINAL_ERR, &out);
}

/* md5 1, sha1 2, ... refused 3 */
static int check(struct run *run)
{
	const struct indicator_list *list = run->indicators.list;
	struct buffer out = {0};

	for (int kind = 0; kind < N_INDICATOR_KINDS; kind++)
		buffer_format(&out, "%s %zu\n",
			      indicator_kind_name((enum indicator_kind)kind),
			      indicator_list_count(list, (enum indicator_kind)kind));
	buffer_format(&out, "refused %llu\n", (unsigned long long)list->n_refused);
	return print(run, TERMINAL_OUT, &out) ? EXIT_CLEAN : EXIT_OURS;
}

static int compile(struct run *run)
{
	const char *path = run->values[OUTPUT].text;

	if (path == NULL) {
		complain(run->language, MESSAGE_NEEDS_TEXT, "--output");
		return EXIT_USAGE;
	}
	if (file_write_atomic(path, buffer_bytes(&run->image), NULL) != RQ_OK) {
		complain(run->language, MESSAGE_CANNOT_WRITE, path);
		return EXIT_OURS;
	}
	return EXIT_CLEAN;
}

static const struct {
	const char *name;
	int (*act)(struct run *run);
} verbs[] = {{"check", check}, {"compile", compile}};

static int read_lists(struct run *run, const char *const *paths, size_t n)
{
	struct indicators *indicators = &run->indicators;
	struct rq_diag diag = {0};
	enum rq_err err = indicators_read(indicators, paths, n, &diag);

	/* the rule engine has its say on expressions */
	if (err == RQ_OK)
		err = indicator_build(indicators->list, &run->image);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	if (indicators->unread != NULL) {
		complain(run->language, MESSAGE_CANNOT_READ_INDICATORS,
			 indicators->unread);
		return EXIT_USAGE;
	}
	complain(run->language, MESSAGE_FAILED, rq_err_text(err));
	return EXIT_OURS;
}

static int act(struct run *run, const struct arguments *arguments)
{
	const char *verb = arguments->n_operands > 0 ? arguments->operands[0] : "";

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		int code;

		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (arguments->n_operands < 2) {
			complain(run->language, MESSAGE_NO_LIST, NULL);
			return EXIT_USAGE;
		}
		code =
		    read_lists(run, arguments->operands + 1, arguments->n_operands - 1);
		if (code == EXIT_CLEAN && !tell_refusals(run))
			code = EXIT_OURS;
		if (code == EXIT_CLEAN)
			code = verbs[i].act(run);
		if (code == EXIT_CLEAN && run->indicators.list->n_refused > 0)
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
	indicators_init(&state.indicators);
	if (command_read(&command_ioc, words, LANG, arena, &arguments,
			 &state.language)) {
		state.values = arguments.values;
		if (state.values[HELP].given) {
			code = command_help(&command_ioc, state.language);
		} else {
			code = act(&state, &arguments);
		}
	}
	buffer_free(&state.image);
	indicators_free(&state.indicators);
	arena_free(arena);
	return code;
}

const struct command command_ioc = {
    .name = "ioc",
    .run = run,
    .summary = MESSAGE_COMMAND_IOC,
    .usage = {"ioc check|compile [TÙY CHỌN]... TỆP...",
	      "ioc check|compile [OPTION]... FILE..."},
    .prose = {MESSAGE_IOC_SUMMARY},
    .n_prose = 1,
    .table = table,
    .n_rows = N_ROWS,
};
