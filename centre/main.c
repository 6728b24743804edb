/* raquet-centre: reads the words and the configuration, and chooses the verb. */
#include "centre/verb.h"

#include "centre/signer/signer.h"
#include "crypto/certificate.h"
#include "os/file.h"
#include "os/host.h"
#include "os/terminal.h"
#include "world/real.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG "/etc/raquet-centre.conf"
enum { CONFIG_MAX = 64 << 10, ARENA_MAX = 1 << 20 };

extern char **environ;

static const struct option options[N_CENTRE_OPTIONS] = {
    [OPTION_NAME] = {"name",
		     0,
		     OPTION_TEXT,
		     0,
		     {"TÊN", "NAME"},
		     {"init: tên của tỉnh, đơn vị cao nhất",
		      "init: the name of the province, the top unit"}},
    [OPTION_HOST] =
	{"host",
	 0,
	 OPTION_LIST,
	 CERTIFICATE_HOSTS,
	 {"MÁY", "HOST"},
	 {"init: tên hoặc địa chỉ để máy trạm tìm thấy máy chủ này (lặp lại "
	  "được)",
	  "init: a name or address under which machines find this centre "
	  "(repeated)"}},
    [OPTION_ROOT_KEY] =
	{"root-key",
	 0,
	 OPTION_TEXT,
	 0,
	 {"TỆP", "FILE"},
	 {"init: nơi ghi khóa gốc, nên là USB rồi cất vào két",
	  "init: where the root's key is written: a stick for the safe"}},
    [OPTION_ADMIN] = {"admin",
		      0,
		      OPTION_TEXT,
		      0,
		      {"TÊN", "LOGIN"},
		      {"init: tên đăng nhập của người quản trị đầu tiên",
		       "init: the login of the first administrator"}},
    [OPTION_CONFIG] = {"config",
		       'c',
		       OPTION_TEXT,
		       0,
		       {"TỆP", "FILE"},
		       {"tệp cấu hình (nếu không có: " DEFAULT_CONFIG ")",
			"the configuration (otherwise " DEFAULT_CONFIG ")"}},
    [OPTION_STORE] = {"store",
		      's',
		      OPTION_TEXT,
		      0,
		      {"NƠI", "WHERE"},
		      {"kho dữ liệu: tệp SQLite hoặc postgres://máy/cơ-sở",
		       "the store: a file of SQLite or postgres://host/database"}},
    [OPTION_LANG] =
	{"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "the language"}},
    [OPTION_HELP] =
	{"help", 'h', OPTION_FLAG, 0, {NULL, NULL}, {"hướng dẫn này", "this text"}},
    [OPTION_VERSION] =
	{"version", 0, OPTION_FLAG, 0, {NULL, NULL}, {"phiên bản", "the version"}},
};

static const struct centre_verb verbs[] = {
    {"init",
     {"", ""},
     0,
     {"tạo kho dữ liệu, cơ quan chứng thực máy trạm, người quản trị đầu tiên",
      "make the store, the agents' authority, the first administrator"},
     verb_init},
    {"serve",
     {"", ""},
     0,
     {"phục vụ máy trạm và người dùng cho đến khi được yêu cầu dừng",
      "answer machines and people until asked to stop"},
     verb_serve},
    {"check",
     {"", ""},
     0,
     {"kiểm tra kho dữ liệu và chuỗi nhật ký", "verify the store and the audit chain"},
     verb_check},
    {"backup",
     {"TỆP", "FILE"},
     1,
     {"sao lưu ra một tệp mới, không cần dừng máy chủ",
      "write a backup to a new file while the centre runs"},
     verb_backup},
    {"restore",
     {"TỆP", "FILE"},
     1,
     {"khôi phục vào một kho dữ liệu trống", "fill an empty store from a backup"},
     verb_restore},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static const char *const usage[N_LANGUAGES] = {
    "Cách dùng: raquet-centre [TÙY CHỌN] LỆNH\n\n"
    "Máy chủ của Raquet: giữ sổ máy, chiến dịch rà quét và kết quả.\n\nLệnh:\n",
    "Usage: raquet-centre [OPTION]... COMMAND\n\n"
    "The centre of Raquet: keeps the register of machines, campaigns and results.\n\n"
    "Commands:\n"};
static const char *const exits[N_LANGUAGES] = {
    "Mã thoát: 0 tốt; 1 check thấy hỏng; 2 dùng sai; 4 chương trình lỗi.\n\nTùy "
    "chọn:\n",
    "Exit code: 0 fine; 1 check found damage; 2 usage error; 4 our own failure.\n\n"
    "Options:\n"};

static int help(enum language language)
{
	struct buffer out = {0};

	buffer_text(&out, usage[language]);
	for (size_t i = 0; i < N_VERBS; i++) {
		struct buffer name = {0};

		buffer_format(&name, "%s%s%s", verbs[i].name,
			      verbs[i].n_words > 0 ? " " : "",
			      verbs[i].words[language]);
		buffer_u8(&name, 0);
		if (buffer_ok(&name))
			arguments_help_verb(&out, (const char *)name.data,
					    verbs[i].explanation[language]);
		buffer_free(&name);
	}
	buffer_format(&out, "\n%s", exits[language]);
	arguments_help(&out, options, N_CENTRE_OPTIONS, language);
	return terminal_put(TERMINAL_OUT, &out) ? CENTRE_FINE : CENTRE_FAILED;
}

static int complain(enum language language, const char *vietnamese, const char *english,
		    const char *detail)
{
	struct rq_diag diag = {0};

	return verb_fail(rq_fail(&diag, RQ_ERR_USAGE, detail, "%s",
				 language == LANGUAGE_VI ? vietnamese : english),
			 &diag);
}

static enum language choose_language(const struct arguments *arguments)
{
	const char *wanted =
	    arguments != NULL ? arguments->values[OPTION_LANG].text : NULL;
	char system[3] = "";

	if (wanted == NULL) {
		host_language(system);
		wanted = system;
	}
	return strcmp(wanted, "vi") == 0 ? LANGUAGE_VI : LANGUAGE_EN;
}

static enum rq_err read_file(struct verb_call *call, struct arena *arena,
			     struct rq_diag *diag)
{
	const char *given = call->arguments->values[OPTION_CONFIG].text;
	const char *path = given != NULL ? given : DEFAULT_CONFIG;
	struct buffer text = {.max = CONFIG_MAX};
	enum rq_err err = file_read_whole(path, &text, diag);

	if (err == RQ_ERR_NOT_FOUND && given == NULL)
		err = RQ_OK; /* all has a value without it */
	else if (err == RQ_OK)
		err = configuration_read(&call->configuration, buffer_bytes(&text),
					 arena, diag);
	buffer_free(&text);
	if (err != RQ_OK && diag->where[0] == 0)
		snprintf(diag->where, sizeof diag->where, "%s", path);
	return err;
}

static enum rq_err configure(struct verb_call *call, struct arena *arena,
			     struct rq_diag *diag)
{
	const char *store = call->arguments->values[OPTION_STORE].text;
	enum rq_err err;

	configuration_default(&call->configuration);
	err = read_file(call, arena, diag);
	if (err == RQ_OK)
		err = configuration_override(&call->configuration,
					     (const char *const *)environ, arena, diag);
	if (err == RQ_OK && store != NULL)
		call->configuration.store = store;
	if (err == RQ_OK)
		err = configuration_complete(&call->configuration, arena, diag);
	call->log =
	    (struct log){.as_json = strcmp(call->configuration.log, "json") == 0,
			 .to_journal = getenv("JOURNAL_STREAM") != NULL,
			 .world = call->world};
	return err;
}

static int run(const struct arguments *arguments, struct arena *arena)
{
	enum language language = choose_language(arguments);
	const char *name = arguments->n_operands > 0 ? arguments->operands[0] : NULL;
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	struct verb_call call = {.language = language, .arguments = arguments};
	struct world world;
	enum rq_err err;

	if (arguments->values[OPTION_HELP].given || name == NULL)
		return help(language) == CENTRE_FINE && name != NULL ? CENTRE_FINE
		       : arguments->values[OPTION_HELP].given        ? CENTRE_FINE
								     : CENTRE_USAGE;
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		call.words = arguments->operands + 1;
		call.n_words = arguments->n_operands - 1;
		if (call.n_words != verbs[i].n_words)
			return complain(language, "lệnh này cần số tham số khác",
					"this command takes other words", name);
		world_real(&world);
		call.world = &world;
		err = configure(&call, arena, &diag);
		return err == RQ_OK ? verbs[i].act(&call) : verb_fail(err, &diag);
	}
	return complain(language, "không có lệnh này", "there is no such command",
			name);
}

/* Started by serve: the first frame names the authority's folder, those behind it are
 * the signer's. */
static int be_signer(int argc, char **argv)
{
	struct channel *channel = NULL;
	struct bytes frame;
	char folder[4096];

	if (channel_inherit(argc, argv, &channel) != RQ_OK)
		return CENTRE_USAGE;
	if (channel_receive(channel, sizeof folder - 1, &frame) != RQ_OK) {
		channel_free(channel);
		return CENTRE_FAILED;
	}
	snprintf(folder, sizeof folder, "%.*s", (int)frame.n, (const char *)frame.at);
	signer_run(channel, folder);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct arguments_error error;
	struct arena *arena = NULL;
	int code = CENTRE_FAILED;
	enum rq_err err;

	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return be_signer(argc, argv);
	signal(SIGPIPE, SIG_IGN); /* a peer that left is an error of the write */
	if (arena_new(ARENA_MAX, &arena) != RQ_OK)
		return code;
	err = arguments_parse(options, N_CENTRE_OPTIONS, ARGUMENTS_POSIX,
			      argc > 0 ? (size_t)argc - 1 : 0, argv + 1, arena,
			      &arguments, &error);
	if (err == RQ_ERR_USAGE)
		code = complain(choose_language(NULL), "tùy chọn không hợp lệ",
				"the option is not valid", error.argument);
	else if (err == RQ_OK && arguments.values[OPTION_VERSION].given)
		code =
		    terminal_write(TERMINAL_OUT,
				   BYTES_LITERAL("raquet-centre " RAQUET_VERSION "\n"))
			? CENTRE_FINE
			: CENTRE_FAILED;
	else if (err == RQ_OK)
		code = run(&arguments, arena);
	arena_free(arena);
	return code;
}
