#include "bytes/encoding.h"
#include "endpoint/indicators.h"
#include "endpoint/verb.h"

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

/* LIST:LINE: REASON: TEXT, without LINE where there is none */
static void put_remarks(const struct indicator_list *list,
			const struct indicator_remarks *remarks, const char *what,
			struct buffer *out)
{
	for (size_t i = 0; i < remarks->n; i++) {
		const struct indicator_remark *remark = &remarks->at[i];

		encode_visible(out, list->lists[remark->list]);
		if (remark->line > 0)
			buffer_format(out, ":%llu", (unsigned long long)remark->line);
		buffer_format(out, ": %s%s", what, remark->reason);
		buffer_text(out, remark->text.n > 0 ? ": " : "");
		encode_visible(out, remark->text);
		buffer_u8(out, '\n');
	}
}

static void tell_remarks(const struct indicator_list *list)
{
	struct buffer out = {0};

	put_remarks(list, &list->refused, "", &out);
	put_remarks(list, &list->left_out, "left out: ", &out);
	(void)terminal_put(TERMINAL_ERR, &out);
}

/* md5 1, sha1 2, ... refused 3 */
static int tell_counts(const struct verb_run *run, const struct indicators *indicators)
{
	const struct indicator_list *list = indicators->list;
	struct buffer out = {0};

	for (int kind = 0; kind < N_INDICATOR_KINDS; kind++)
		buffer_format(&out, "%s %zu\n",
			      indicator_kind_name((enum indicator_kind)kind),
			      indicator_list_count(list, (enum indicator_kind)kind));
	buffer_format(&out, "left-out %llu\n",
		      (unsigned long long)list->left_out.n_all);
	buffer_format(&out, "refused %llu\n", (unsigned long long)list->refused.n_all);
	return command_print(&out, run->language);
}

/* Reads the lists that the paths name into indicators, and builds their table: the
 * rule engine has its say on expressions. */
static int read_lists(const struct verb_run *run, struct indicators *indicators,
		      struct buffer *compiled)
{
	struct rq_diag diag = {0};
	enum rq_err err;

	if (run->n_paths == 0) {
		complain(run->language, MESSAGE_NO_LIST, NULL);
		return EXIT_USAGE;
	}
	err = indicators_read(indicators, run->paths, run->n_paths, &diag);
	if (err == RQ_OK)
		err = indicator_build(indicators->list, compiled);
	if (err == RQ_OK) {
		tell_remarks(indicators->list);
		return EXIT_CLEAN;
	}
	if (indicators->unread != NULL) {
		complain(run->language, MESSAGE_CANNOT_READ_INDICATORS,
			 indicators->unread);
		return EXIT_USAGE;
	}
	complain(run->language, MESSAGE_FAILED, rq_err_text(err));
	return EXIT_OURS;
}

static int with_lists(const struct verb_run *run, bool compiles)
{
	struct indicators indicators;
	struct buffer compiled = {0};
	int code;

	indicators_init(&indicators);
	code = read_lists(run, &indicators, &compiled);
	if (code == EXIT_CLEAN)
		code = compiles ? verb_write(run, OUTPUT, buffer_bytes(&compiled))
				: tell_counts(run, &indicators);
	if (code == EXIT_CLEAN && indicators.list->refused.n_all > 0)
		code = EXIT_USAGE;
	buffer_free(&compiled);
	indicators_free(&indicators);
	return code;
}

static int check(const struct verb_run *run)
{
	return with_lists(run, false);
}

static int compile(const struct verb_run *run)
{
	return with_lists(run, true);
}

static const struct verb verbs[] = {
    {"check",
     {"số chỉ báo theo loại; những gì bị từ chối hoặc bỏ qua theo ý tác giả (left "
      "out), "
      "với số dòng hoặc mã và lý do",
      "how many indicators of each kind; what is refused, and what is left out because "
      "its author says so, with line or identifier and reason"},
     check},
    {"compile",
     {"ghi bảng biên dịch vào --output, để scan --ioc mở danh sách lớn tức thì",
      "writes the compiled table to --output, so that scan --ioc opens a large list at "
      "once"},
     compile},
};

const struct command command_ioc = {
    .name = "ioc",
    .summary = MESSAGE_COMMAND_IOC,
    .usage = {"ioc check|compile [TÙY CHỌN]... TỆP...",
	      "ioc check|compile [OPTION]... FILE..."},
    .prose = {MESSAGE_IOC_FORMS},
    .n_prose = 1,
    .verbs = verbs,
    .n_verbs = sizeof verbs / sizeof verbs[0],
    .table = table,
    .n_rows = N_ROWS,
    .lang_row = LANG,
    .help_row = HELP,
};
