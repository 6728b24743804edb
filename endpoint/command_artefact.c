#include "endpoint/artefacts.h"
#include "endpoint/verb.h"

enum { LANG, HELP, N_ROWS };

static const struct option table[N_ROWS] = {
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
};

/* One pack, or with path NULL the shipped ones. */
static int check_one(const char *path, enum language language)
{
	struct artefacts artefacts;
	struct buffer out = {0};
	struct rq_diag diag = {0};
	int code = EXIT_CLEAN;
	enum rq_err err;

	artefacts_init(&artefacts);
	err = artefacts_load(&artefacts, path == NULL, &path, path != NULL, &diag);
	if (err == RQ_OK) {
		buffer_format(&out, "%s%s%s: ", path != NULL ? path : "",
			      path != NULL ? ": " : "",
			      message(language, MESSAGE_ARTEFACTS_GOOD));
		write_count(&out, language, artefacts.set.n);
		buffer_u8(&out, '\n');
	} else if (err == RQ_ERR_RULE) {
		artefacts_explain(&artefacts, &out);
		code = EXIT_USAGE;
	} else {
		complain(language, MESSAGE_CANNOT_READ_ARTEFACTS,
			 artefacts.unread != NULL ? artefacts.unread
						  : rq_err_text(err));
		code = artefacts.unread != NULL ? EXIT_USAGE : EXIT_OURS;
	}
	if (!terminal_put(code == EXIT_CLEAN ? TERMINAL_OUT : TERMINAL_ERR, &out))
		code = EXIT_OURS;
	artefacts_free(&artefacts);
	return code;
}

static int check(const struct verb_run *run)
{
	int worst = EXIT_CLEAN;

	if (run->n_paths == 0)
		return check_one(NULL, run->language);
	for (size_t i = 0; i < run->n_paths; i++) {
		int code = check_one(run->paths[i], run->language);

		worst = code > worst ? code : worst;
	}
	return worst;
}

static const struct verb verbs[] = {
    {"check",
     {"đọc từng gói dấu vết, nêu lỗi đầu tiên (dòng, vị trí, điều cần có) hoặc số mục; "
      "không có TỆP: các gói kèm theo",
      "reads each pack of artefacts and tells its first fault (line, place, what was "
      "expected) or the number of its entries; without FILE: the shipped packs"},
     check},
};

const struct command command_artefact = {
    .name = "artefact",
    .summary = MESSAGE_COMMAND_ARTEFACT,
    .usage = {"artefact check [TỆP]...", "artefact check [FILE]..."},
    .verbs = verbs,
    .n_verbs = sizeof verbs / sizeof verbs[0],
    .table = table,
    .n_rows = N_ROWS,
    .lang_row = LANG,
    .help_row = HELP,
};
