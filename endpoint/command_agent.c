#include "bytes/cap.h"
#include "content/shipped.h"
#include "crypto/sign.h"
#include "endpoint/agent/service.h"
#include "endpoint/command.h"
#include "endpoint/courier/settings.h"
#include "os/file.h"
#include "os/guard.h"
#include "os/host.h"
#include "os/program.h"

#include <stdio.h>
#include <string.h>

#define AGENT_FOLDER   "/var/lib/raquet/agent"
#define COURIER_FOLDER "/var/lib/raquet/courier"
#define COURIER_SOCKET "/run/raquet/courier.sock"
#define COURIER_USER   "raquet-courier"

enum { NOW_MS = 300, LOGIN_SIZE = 512, KEY_TEXT = 256 };

#define ROW_LANG                                                                       \
	{                                                                              \
		"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"},                         \
		{                                                                      \
			"ngôn ngữ", "language"                                         \
		}                                                                      \
	}
#define ROW_HELP                                                                       \
	{                                                                              \
		"help", 'h', OPTION_FLAG, 0, {0},                                      \
		{                                                                      \
			"hướng dẫn này", "this text"                                   \
		}                                                                      \
	}
#define ROW_FOLDER(place)                                                              \
	{                                                                              \
		"folder", 0, OPTION_TEXT, 0, {"THƯ_MỤC", "DIR"},                       \
		{                                                                      \
			"thư mục riêng; mặc định " place,                              \
			    "its own folder; by default " place                        \
		}                                                                      \
	}
#define ROW_SOCKET                                                                     \
	{                                                                              \
		"socket", 0, OPTION_TEXT, 0, {"TỆP", "FILE"},                          \
		{                                                                      \
			"nơi hai tiến trình gặp nhau; mặc định " COURIER_SOCKET,       \
			    "where the two meet; by default " COURIER_SOCKET           \
		}                                                                      \
	}
#define ROW_USER                                                                                        \
	{                                                                                               \
		"user", 0, OPTION_TEXT, 0, {"TÊN", "NAME"},                                             \
		{                                                                                       \
			"người dùng không có quyền gì mà courier chạy dưới tên; mặc " \
			"định " COURIER_USER,                                                           \
			    "the user without rights as whom the courier runs; by "                     \
			    "default " COURIER_USER                                                     \
		}                                                                                       \
	}

/* ---- what the three share ---- */

static const char *text_or(const struct option_value *value, const char *otherwise)
{
	return value->given ? value->text : otherwise;
}

static bool path_in(struct buffer *path, const char *folder, const char *name)
{
	buffer_clear(path);
	buffer_format(path, "%s/%s", folder, name);
	buffer_u8(path, 0);
	return buffer_ok(path);
}

static int failure(enum language language, const struct rq_diag *diag, enum rq_err err)
{
	char detail[sizeof diag->where + sizeof diag->what + 2];

	snprintf(detail, sizeof detail, "%s: %s", diag->where,
		 diag->what[0] != 0 ? diag->what : rq_err_text(err));
	complain(language, MESSAGE_FAILED, detail);
	return EXIT_OURS;
}

/* Runs act with what the words say. */
static int with_arguments(const struct command *command, const struct words *words,
			  int (*act)(const struct arguments *arguments,
				     enum language language))
{
	struct arguments arguments;
	struct arena *arena = NULL;
	enum language language;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	if (command_read(command, words, arena, &arguments, &language))
		code = arguments.values[command->help_row].given
			   ? command_help(command, language)
			   : act(&arguments, language);
	arena_free(arena);
	return code;
}

/* ---- raquet agent ---- */

enum {
	AGENT_FOLDER_ROW,
	AGENT_SOCKET,
	AGENT_USER,
	AGENT_NOW,
	AGENT_LANG,
	AGENT_HELP,
	N_AGENT_ROWS
};

static const struct option agent_table[N_AGENT_ROWS] = {
    [AGENT_FOLDER_ROW] = ROW_FOLDER(AGENT_FOLDER),
    [AGENT_SOCKET] = ROW_SOCKET,
    [AGENT_USER] = ROW_USER,
    [AGENT_NOW] = {"now",
		   0,
		   OPTION_FLAG,
		   0,
		   {0},
		   {"liên lạc ngay, không chờ đến lượt (để thử)",
		    "check in at once instead of in its turn (to try it)"}},
    [AGENT_LANG] = ROW_LANG,
    [AGENT_HELP] = ROW_HELP,
};

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 64 hex digits; none: no policy is believed, and so nothing is run. */
static void read_policy_key(const char *folder, uint8_t *key_out)
{
	struct buffer path = {0}, text = {.max = KEY_TEXT};
	struct bytes line = {NULL, 0};
	bool good;

	if (path_in(&path, folder, "policy-key") &&
	    file_read_whole((const char *)path.data, &text, NULL) == RQ_OK)
		line = bytes_trim(buffer_bytes(&text), BYTES_LITERAL(" \r\n"));
	good = line.n == 2 * SIGN_PUBLIC_SIZE;
	for (size_t i = 0; good && i < SIGN_PUBLIC_SIZE; i++) {
		int high = hex_digit(line.at[2 * i]),
		    low = hex_digit(line.at[2 * i + 1]);

		good = high >= 0 && low >= 0;
		key_out[i] = (uint8_t)(high << 4 | low);
	}
	if (!good)
		memset(key_out, 0, SIGN_PUBLIC_SIZE);
	buffer_free(&path);
	buffer_free(&text);
}

static int act_agent(const struct arguments *arguments, enum language language)
{
	const struct option_value *values = arguments->values;
	uint8_t key[SIGN_PUBLIC_SIZE];
	struct service_options options = {
	    .folder = text_or(&values[AGENT_FOLDER_ROW], AGENT_FOLDER),
	    .socket = text_or(&values[AGENT_SOCKET], COURIER_SOCKET),
	    .installed_key = key,
	    .content = shipped_date(),
	    .soon = values[AGENT_NOW].given,
	    .hurry_ms = values[AGENT_NOW].given ? NOW_MS : 0,
	};
	const char *user = text_or(&values[AGENT_USER], COURIER_USER);
	unsigned id, group;
	enum service_end end;
	struct rq_diag diag = {0};
	enum rq_err err;

	if (!guard_user(user, &id, &group)) {
		complain(language, MESSAGE_NO_USER, user);
		return EXIT_USAGE;
	}
	options.courier_user = id;
	options.courier_group = group;
	read_policy_key(options.folder, key);
	err = service_run(&options, &end, &diag);
	if (err != RQ_OK)
		return failure(language, &diag, err);
	if (end == SERVICE_KILLED)
		complain(language, MESSAGE_SWEEP_DIED, NULL);
	return end == SERVICE_KILLED ? EXIT_OURS : EXIT_CLEAN;
}

static int run_agent(const struct words *words)
{
	return with_arguments(&command_agent, words, act_agent);
}

const struct command command_agent = {
    .name = "agent",
    .run = run_agent,
    .summary = MESSAGE_COMMAND_AGENT,
    .usage = {"agent [TÙY CHỌN]...", "agent [OPTION]..."},
    .prose = {MESSAGE_AGENT_PROSE},
    .n_prose = 1,
    .table = agent_table,
    .n_rows = N_AGENT_ROWS,
    .lang_row = AGENT_LANG,
    .help_row = AGENT_HELP,
};

/* ---- raquet courier ---- */

enum {
	COURIER_FOLDER_ROW,
	COURIER_SOCKET_ROW,
	COURIER_USER_ROW,
	COURIER_LANG,
	COURIER_HELP,
	N_COURIER_ROWS
};

static const struct option courier_table[N_COURIER_ROWS] = {
    [COURIER_FOLDER_ROW] = ROW_FOLDER(COURIER_FOLDER),
    [COURIER_SOCKET_ROW] = ROW_SOCKET,
    [COURIER_USER_ROW] = ROW_USER,
    [COURIER_LANG] = ROW_LANG,
    [COURIER_HELP] = ROW_HELP,
};

static int act_courier(const struct arguments *arguments, enum language language)
{
	const struct option_value *values = arguments->values;
	const char *const words[] = {
	    "run", text_or(&values[COURIER_FOLDER_ROW], COURIER_FOLDER),
	    text_or(&values[COURIER_USER_ROW], COURIER_USER),
	    text_or(&values[COURIER_SOCKET_ROW], COURIER_SOCKET), NULL};

	program_become("raquet-courier", words);
	complain(language, MESSAGE_NO_COURIER, NULL);
	return EXIT_OURS;
}

static int run_courier(const struct words *words)
{
	return with_arguments(&command_courier, words, act_courier);
}

const struct command command_courier = {
    .name = "courier",
    .run = run_courier,
    .summary = MESSAGE_COMMAND_COURIER,
    .usage = {"courier [TÙY CHỌN]...", "courier [OPTION]..."},
    .prose = {MESSAGE_COURIER_PROSE},
    .n_prose = 1,
    .table = courier_table,
    .n_rows = N_COURIER_ROWS,
    .lang_row = COURIER_LANG,
    .help_row = COURIER_HELP,
};

/* ---- raquet enrol ---- */

enum {
	ENROL_CENTRE,
	ENROL_MACHINE_CODE,
	ENROL_POLICY_KEY,
	ENROL_PROXY,
	ENROL_PROXY_LOGIN,
	ENROL_FOLDER,
	ENROL_AGENT_FOLDER,
	ENROL_USER,
	ENROL_LANG,
	ENROL_HELP,
	N_ENROL_ROWS
};

static const struct option enrol_table[N_ENROL_ROWS] = {
    [ENROL_CENTRE] = {"centre",
		      0,
		      OPTION_LIST,
		      COURIER_CENTRES,
		      {"ĐỊA_CHỈ", "ADDRESS"},
		      {"máy chủ, TÊN hoặc TÊN:CỔNG; lặp lại được",
		       "the centre, NAME or NAME:PORT; may be repeated"}},
    [ENROL_MACHINE_CODE] = {"machine-code",
			    0,
			    OPTION_TEXT,
			    0,
			    {"MÃ", "CODE"},
			    {"mã của riêng máy này trong sổ máy",
			     "the code of this machine alone in the register"}},
    [ENROL_POLICY_KEY] =
	{"policy-key",
	 0,
	 OPTION_TEXT,
	 0,
	 {"TỆP", "FILE"},
	 {"khóa công khai ký chính sách đầu tiên (64 chữ số hex); không "
	  "có thì máy không chạy gì",
	  "public key that signs the first policy (64 hex digits); "
	  "without it the machine runs nothing"}},
    [ENROL_PROXY] = {"proxy",
		     0,
		     OPTION_TEXT,
		     0,
		     {"ĐỊA_CHỈ", "ADDRESS"},
		     {"http://..., socks5h://..., system (mặc định: biến môi trường) "
		      "hoặc none",
		      "http://..., socks5h://..., system (default: the environment) or "
		      "none"}},
    [ENROL_PROXY_LOGIN] = {"proxy-login",
			   0,
			   OPTION_TEXT,
			   0,
			   {"TỆP", "FILE"},
			   {"tệp có một dòng TÊN:MẬT_KHẨU cho proxy",
			    "file with one line USER:PASSWORD for the proxy"}},
    [ENROL_FOLDER] = ROW_FOLDER(COURIER_FOLDER),
    [ENROL_AGENT_FOLDER] = {"agent-folder",
			    0,
			    OPTION_TEXT,
			    0,
			    {"THƯ_MỤC", "DIR"},
			    {"thư mục của raquet agent; mặc định " AGENT_FOLDER,
			     "the folder of raquet agent; by default " AGENT_FOLDER}},
    [ENROL_USER] = ROW_USER,
    [ENROL_LANG] = ROW_LANG,
    [ENROL_HELP] = ROW_HELP,
};

/* What the command line says, each part refused by name. */
static bool read_settings(const struct arguments *arguments, enum language language,
			  struct courier_settings *settings)
{
	const struct option_value *values = arguments->values;
	const struct option_value *centres = &values[ENROL_CENTRE];
	const char *proxy = text_or(&values[ENROL_PROXY], "system");
	const char *code = values[ENROL_MACHINE_CODE].text;

	*settings = (struct courier_settings){0};
	if (arguments->n_operands != 1 ||
	    !settings_code(arguments->operands[0], settings)) {
		complain(language, MESSAGE_BAD_CODE,
			 arguments->n_operands > 0 ? arguments->operands[0] : NULL);
		return false;
	}
	if (centres->n_list == 0) {
		complain(language, MESSAGE_NEEDS_TEXT, "--centre");
		return false;
	}
	for (size_t i = 0; i < centres->n_list; i++)
		if (!settings_centre(centres->list[i], settings)) {
			complain(language, MESSAGE_BAD_VALUE, centres->list[i]);
			return false;
		}
	if (!settings_proxy(proxy, settings)) {
		complain(language,
			 strstr(proxy, "pac") != NULL ? MESSAGE_NO_PAC
						      : MESSAGE_BAD_VALUE,
			 proxy);
		return false;
	}
	if (code != NULL && !settings_machine_code(code, settings)) {
		complain(language, MESSAGE_BAD_CODE, code);
		return false;
	}
	return true;
}

struct place {
	const char *folder;
	unsigned user, group;
};

static enum rq_err write_for(const struct place *place, const char *name,
			     struct bytes data, struct rq_diag *diag)
{
	struct buffer path = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	if (path_in(&path, place->folder, name))
		err = file_write_atomic((const char *)path.data, data, diag);
	if (err == RQ_OK)
		err = guard_give((const char *)path.data, false, place->user,
				 place->group, diag);
	buffer_free(&path);
	return err;
}

/* A file that a person named, under another name in a folder of ours. */
static enum rq_err copy_for(const struct place *place, const char *name,
			    const char *from, struct rq_diag *diag)
{
	struct buffer data = {.max = LOGIN_SIZE};
	enum rq_err err = RQ_OK;

	if (from == NULL)
		return RQ_OK;
	err = file_read_whole(from, &data, diag);
	if (err == RQ_OK)
		err = write_for(place, name, buffer_bytes(&data), diag);
	buffer_free(&data);
	return err;
}

/* The agent asks its courier anew whose machine it is. */
static enum rq_err forget_identity(const char *folder)
{
	struct buffer path = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	if (path_in(&path, folder, "identity"))
		err = file_remove((const char *)path.data);
	buffer_free(&path);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err lay_down(const struct courier_settings *settings,
			    const struct option_value *values,
			    const struct place *courier, const struct place *agent,
			    struct rq_diag *diag)
{
	struct buffer text = {0};
	enum rq_err err = guard_give(agent->folder, true, 0, 0, diag);

	settings_write(settings, &text);
	if (err == RQ_OK)
		err = guard_give(courier->folder, true, courier->user, courier->group,
				 diag);
	if (err == RQ_OK)
		err =
		    copy_for(agent, "policy-key", values[ENROL_POLICY_KEY].text, diag);
	if (err == RQ_OK)
		err = copy_for(courier, "proxy-login", values[ENROL_PROXY_LOGIN].text,
			       diag);
	if (err == RQ_OK)
		err = buffer_ok(&text)
			  ? write_for(courier, "settings", buffer_bytes(&text), diag)
			  : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = forget_identity(agent->folder);
	buffer_free(&text);
	return err;
}

/* The exit codes of raquet-courier enrol. */
static int tell_enrolment(int code, enum language language)
{
	static const enum message denials[N_ENROLMENTS] = {
	    [ENROLMENT_CODE_UNKNOWN] = MESSAGE_CODE_UNKNOWN,
	    [ENROLMENT_CODE_EXPIRED] = MESSAGE_CODE_EXPIRED,
	    [ENROLMENT_CODE_USED_UP] = MESSAGE_CODE_USED_UP,
	    [ENROLMENT_ROW_TAKEN] = MESSAGE_ROW_TAKEN,
	    [ENROLMENT_REQUEST_BAD] = MESSAGE_REQUEST_BAD,
	    [ENROLMENT_REVOKED] = MESSAGE_KEY_REVOKED,
	};

	if (code == 0) {
		complain(language, MESSAGE_ENROLLED, NULL);
		return EXIT_CLEAN;
	}
	if (code >= 10 + ENROLMENT_CODE_UNKNOWN && code < 10 + N_ENROLMENTS) {
		complain(language, denials[code - 10], NULL);
		return EXIT_USAGE;
	}
	switch (code) {
	case 1: complain(language, MESSAGE_ENROLMENT_WAITS, NULL); break;
	case 3: complain(language, MESSAGE_NO_CENTRE, NULL); break;
	case 4: complain(language, MESSAGE_NOT_THE_CENTRE, NULL); break;
	case -1: complain(language, MESSAGE_NO_COURIER, NULL); return EXIT_OURS;
	default: return EXIT_OURS;
	}
	return EXIT_INCOMPLETE;
}

static int act_enrol(const struct arguments *arguments, enum language language)
{
	const struct option_value *values = arguments->values;
	const char *user = text_or(&values[ENROL_USER], COURIER_USER);
	struct place courier = {text_or(&values[ENROL_FOLDER], COURIER_FOLDER), 0, 0};
	struct place agent = {text_or(&values[ENROL_AGENT_FOLDER], AGENT_FOLDER), 0, 0};
	const char *const words[] = {"enrol", courier.folder, user, NULL};
	struct courier_settings settings;
	struct rq_diag diag = {0};
	enum rq_err err;

	if (!read_settings(arguments, language, &settings))
		return EXIT_USAGE;
	if (!guard_user(user, &courier.user, &courier.group)) {
		complain(language, MESSAGE_NO_USER, user);
		return EXIT_USAGE;
	}
	err = lay_down(&settings, values, &courier, &agent, &diag);
	if (err != RQ_OK)
		return failure(language, &diag, err);
	return tell_enrolment(program_run("raquet-courier", words), language);
}

static int run_enrol(const struct words *words)
{
	return with_arguments(&command_enrol, words, act_enrol);
}

const struct command command_enrol = {
    .name = "enrol",
    .run = run_enrol,
    .summary = MESSAGE_COMMAND_ENROL,
    .usage = {"enrol MÃ --centre ĐỊA_CHỈ [TÙY CHỌN]...",
	      "enrol CODE --centre ADDRESS [OPTION]..."},
    .prose = {MESSAGE_ENROL_PROSE},
    .n_prose = 1,
    .table = enrol_table,
    .n_rows = N_ENROL_ROWS,
    .lang_row = ENROL_LANG,
    .help_row = ENROL_HELP,
};
