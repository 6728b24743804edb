/*
 * raquet yara: reads the options of yara 4.5, prints what it prints, and ends with its
 * exit codes.  What differs stands in docs/yara.md.
 */
#include "bytes/cap.h"
#include "endpoint/command.h"
#include "endpoint/rules_cache.h"
#include "endpoint/sweep.h"
#include "endpoint/yara_print.h"
#include "engine/module/module.h"
#include "finding/gap.h"
#include "os/file.h"
#include "os/host.h"
#include "os/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YARA_VERSION "4.5.8" /* the one that we behave as */

enum { YARA_MAX_THREADS = 32, YARA_LIST = 32, YARA_TIMEOUT = 1000000 };

enum {
	ATOM_TABLE,
	COMPILED,
	COUNT,
	STRICT_ESCAPE,
	DEFINE,
	QUIET,
	FAIL_ON_WARNINGS,
	FAST,
	HELP,
	IDENTIFIER,
	MEMORY_CHUNK,
	MAX_RULES,
	MAX_STRINGS,
	MODULE_DATA,
	NEGATE,
	NO_LINKS,
	NO_WARNINGS,
	META,
	SHOW_MODULE_DATA,
	MODULE_NAMES,
	NAME_SPACE,
	STATS,
	STRINGS,
	LENGTHS,
	XOR_KEYS,
	TAGS,
	RECURSIVE,
	SCAN_LIST,
	SKIP_LARGER,
	STACK_SIZE,
	TAG,
	THREADS,
	TIMEOUT,
	VERSION,
	N_ROWS,
};

#define FLAG_ROW(name_, letter_, vi_, en_)                                             \
	{                                                                              \
		(name_), (letter_), OPTION_FLAG, 0, {0},                               \
		{                                                                      \
			(vi_), (en_)                                                   \
		}                                                                      \
	}

static const struct option table[N_ROWS] = {
    [ATOM_TABLE] = {"atom-quality-table",
		    0,
		    OPTION_TEXT,
		    0,
		    {"TỆP", "FILE"},
		    {"nhận, không có tác dụng", "accepted, without effect"}},
    [COMPILED] = FLAG_ROW("compiled-rules", 'C', "bị từ chối: dùng luật dạng văn bản",
			  "refused: give rules as text"),
    [COUNT] = FLAG_ROW("count", 'c', "chỉ in số luật đúng",
		       "print only how many rules match"),
    [STRICT_ESCAPE] = FLAG_ROW("strict-escape", 'E', "báo chuỗi thoát lạ",
			       "report unknown escape sequences"),
    [DEFINE] = {"define",
		'd',
		OPTION_LIST,
		YARA_LIST,
		{"TÊN=GIÁ_TRỊ", "VAR=VALUE"},
		{"đặt biến ngoài", "set an external variable"}},
    [QUIET] = FLAG_ROW("disable-console-logs", 'q', "không in dòng của module console",
		       "drop the lines of module console"),
    [FAIL_ON_WARNINGS] = FLAG_ROW("fail-on-warnings", 0, "coi cảnh báo là lỗi",
				  "a warning is a failure"),
    [FAST] = FLAG_ROW("fast-scan", 'f', "nhận, không có tác dụng",
		      "accepted, without effect"),
    [HELP] = FLAG_ROW("help", 'h', "hướng dẫn này", "this text"),
    [IDENTIFIER] = {"identifier",
		    'i',
		    OPTION_LIST,
		    YARA_LIST,
		    {"TÊN", "IDENTIFIER"},
		    {"chỉ in luật có tên này", "print only the rule of that name"}},
    [MEMORY_CHUNK] = {"max-process-memory-chunk",
		      0,
		      OPTION_NUMBER,
		      0,
		      {"SỐ", "NUMBER"},
		      {"nhận, không có tác dụng", "accepted, without effect"}},
    [MAX_RULES] = {"max-rules",
		   'l',
		   OPTION_NUMBER,
		   0,
		   {"SỐ", "NUMBER"},
		   {"dừng sau khi đủ số luật đúng",
		    "stop after so many matching rules"}},
    [MAX_STRINGS] = {"max-strings-per-rule",
		     0,
		     OPTION_NUMBER,
		     0,
		     {"SỐ", "NUMBER"},
		     {"số chuỗi tối đa của một luật, mặc định 10000",
		      "most strings that a rule may have, 10000 by default"}},
    [MODULE_DATA] = {"module-data",
		     'x',
		     OPTION_LIST,
		     YARA_LIST,
		     {"MODULE=TỆP", "MODULE=FILE"},
		     {"dữ liệu thêm cho module", "more data for a module"}},
    [NEGATE] =
	FLAG_ROW("negate", 'n', "in các luật sai", "print the rules that do not match"),
    [NO_LINKS] = FLAG_ROW("no-follow-symlinks", 'N', "không theo liên kết",
			  "do not follow links"),
    [NO_WARNINGS] = FLAG_ROW("no-warnings", 'w', "không in cảnh báo", "no warnings"),
    [META] = FLAG_ROW("print-meta", 'm', "in siêu dữ liệu", "print metadata"),
    [SHOW_MODULE_DATA] =
	FLAG_ROW("print-module-data", 'D', "bản này chưa có", "not in this build"),
    [MODULE_NAMES] = FLAG_ROW("module-names", 'M', "in tên các module",
			      "print the names of the modules"),
    [NAME_SPACE] =
	FLAG_ROW("print-namespace", 'e', "in không gian tên", "print namespaces"),
    [STATS] = FLAG_ROW("print-stats", 'S', "in số luật và số chuỗi",
		       "print numbers of rules and strings"),
    [STRINGS] = FLAG_ROW("print-strings", 's', "in chuỗi trùng khớp",
			 "print the strings that match"),
    [LENGTHS] =
	FLAG_ROW("print-string-length", 'L', "in độ dài chuỗi", "print their lengths"),
    [XOR_KEYS] = FLAG_ROW("print-xor-key", 'X', "in khóa xor và bản rõ",
			  "print xor key and plain text"),
    [TAGS] = FLAG_ROW("print-tags", 'g', "in nhãn", "print tags"),
    [RECURSIVE] = FLAG_ROW("recursive", 'r', "vào cả thư mục con", "enter folders"),
    [SCAN_LIST] = FLAG_ROW("scan-list", 0, "mục tiêu là danh sách đường dẫn",
			   "the target lists paths, one a line"),
    [SKIP_LARGER] = {"skip-larger",
		     'z',
		     OPTION_NUMBER,
		     0,
		     {"SỐ", "NUMBER"},
		     {"bỏ qua tệp lớn hơn khi quét thư mục",
		      "skip larger files when scanning a folder"}},
    [STACK_SIZE] = {"stack-size",
		    'k',
		    OPTION_NUMBER,
		    0,
		    {"SỐ", "SLOTS"},
		    {"nhận, không có tác dụng", "accepted, without effect"}},
    [TAG] = {"tag",
	     't',
	     OPTION_LIST,
	     YARA_LIST,
	     {"NHÃN", "TAG"},
	     {"chỉ in luật có nhãn này", "print only rules with that tag"}},
    [THREADS] = {"threads",
		 'p',
		 OPTION_NUMBER,
		 0,
		 {"SỐ", "NUMBER"},
		 {"số tiến trình quét thư mục", "workers for a folder"}},
    [TIMEOUT] = {"timeout",
		 'a',
		 OPTION_NUMBER,
		 0,
		 {"GIÂY", "SECONDS"},
		 {"dừng sau số giây này", "stop after so many seconds"}},
    [VERSION] = FLAG_ROW("version", 'v', "phiên bản yara được mô phỏng",
			 "the version of yara that this behaves as"),
};

/* One run. */
struct yara {
	const struct option_value *values;
	struct arena *arena;
	struct rules rules;
	struct yara_print_options print;
	struct yara_counts counts;
	const char *target;
	const char *missing; /* a rule file that cannot be opened */
	bool many;           /* a folder or a list: errors do not end the run */
	bool failed;
};

static void say(const char *format, ...) RQ_PRINTF(1, 2);

static void say(const char *format, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0)
		terminal_write(TERMINAL_ERR, (struct bytes){(const uint8_t *)text,
							    (size_t)n < sizeof text
								? (size_t)n
								: sizeof text - 1});
}

static void print(struct buffer *out)
{
	if (buffer_ok(out) && out->size > 0)
		terminal_write(TERMINAL_OUT, buffer_bytes(out));
	buffer_clear(out);
}

/* ---- options ---- */

static void say_wrong(const struct arguments_error *error)
{
	static const char *const sentences[] = {
	    [ARGUMENTS_UNKNOWN] = "unknown option `%s`\n",
	    [ARGUMENTS_TOO_MANY] = "too many `%s` options\n",
	    [ARGUMENTS_NEEDS_NUMBER] = "option `%s` requires an integer argument\n",
	    [ARGUMENTS_NEEDS_TEXT] = "option `%s` requires a string argument\n",
	    [ARGUMENTS_NEEDS_NOTHING] = "option `%s` doesn't expect an argument\n",
	};

	say(sentences[error->problem], error->argument);
}

static void print_modules(void)
{
	struct buffer out = {0};

	for (size_t i = 0; module_list[i] != NULL; i++)
		buffer_format(&out, "%s\n", module_list[i]->name);
	print(&out);
	buffer_free(&out);
}

static bool check_module_data(const struct option_value *given)
{
	for (size_t i = 0; i < given->n_list; i++) {
		const char *equals = strchr(given->list[i], '=');
		struct file file = FILE_NONE;

		if (equals == NULL) {
			say("error: wrong syntax for `-x` option.\n");
			return false;
		}
		if (file_open(equals + 1, &file, NULL, NULL) != RQ_OK) {
			say("error: could not open file \"%s\".\n", equals + 1);
			return false;
		}
		file_close(&file);
	}
	return true;
}

/* Our grams come from a table of our own, but a script that names a missing file must
 * hear of it. */
static bool check_atom_table(const struct option_value *given)
{
	struct file file = FILE_NONE;

	if (!given->given)
		return true;
	if (file_open(given->text, &file, NULL, NULL) != RQ_OK) {
		say("error loading atom quality table: could not open file\n");
		return false;
	}
	file_close(&file);
	return true;
}

/* What this build cannot do is refused by name: half an answer would be a wrong one. */
static bool is_refused(const struct yara *yara)
{
	if (yara->values[COMPILED].given)
		say("raquet yara: -C: compiled rules are not accepted; give the rules "
		    "as "
		    "text\n");
	else if (yara->values[SHOW_MODULE_DATA].given)
		say("raquet yara: -D: not in this build\n");
	else
		return false;
	return true;
}

static void read_print_options(struct yara *yara)
{
	const struct option_value *values = yara->values;

	yara->print = (struct yara_print_options){
	    .count = values[COUNT].given,
	    .negate = values[NEGATE].given,
	    .quiet = values[QUIET].given,
	    .meta = values[META].given,
	    .name_space = values[NAME_SPACE].given,
	    .tags = values[TAGS].given,
	    .strings = values[STRINGS].given,
	    .lengths = values[LENGTHS].given,
	    .xor_keys = values[XOR_KEYS].given,
	    .only_tags = values[TAG].list,
	    .n_only_tags = values[TAG].n_list,
	    .only_rules = values[IDENTIFIER].list,
	    .n_only_rules = values[IDENTIFIER].n_list,
	    .limit = values[MAX_RULES].number,
	    .visible = terminal_is(TERMINAL_OUT),
	};
}

/* ---- rules ---- */

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
static const char *split(struct yara *yara, const char *argument,
			 const char **name_space_out)
{
	const char *colon = strchr(argument, ':');
	struct file_info info;

	*name_space_out = "default";
	if (colon == NULL || colon[1] == '\\' ||
	    file_stat_path(argument, true, &info, NULL) == RQ_OK)
		return argument;
	*name_space_out = arena_copy(yara->arena, argument, (size_t)(colon - argument));
	return colon + 1;
}

static enum rq_err add_source(struct yara *yara, const char *argument,
			      struct rules_source *source)
{
	struct buffer text = {.max = CAP_RULE_SOURCE};
	char *kept;
	enum rq_err err;

	source->file = split(yara, argument, &source->name_space);
	if (source->name_space == NULL)
		return RQ_ERR_MEMORY;
	err = strcmp(source->file, "-") == 0
		  ? read_stdin(&text)
		  : file_read_whole(source->file, &text, NULL);
	if (err == RQ_OK) {
		kept = arena_copy(yara->arena, text.data, text.size);
		source->text = (struct bytes){(const uint8_t *)kept, text.size};
		err = kept != NULL ? RQ_OK : RQ_ERR_MEMORY;
	}
	buffer_free(&text);
	return err;
}

/* The files up to the first that cannot be opened: what stands in those before it is
 * told first, as yara compiles one after the other. */
static struct rules_source *read_sources(struct yara *yara, const char *const *files,
					 size_t n, size_t *n_out)
{
	struct rules_source *sources = arena_array(yara->arena, n, sizeof *sources);

	*n_out = 0;
	for (size_t i = 0; sources != NULL && i < n; i++) {
		enum rq_err err = add_source(yara, files[i], &sources[i]);

		if (err == RQ_ERR_MEMORY)
			return NULL;
		if (err != RQ_OK) {
			yara->missing = sources[i].file;
			break;
		}
		(*n_out)++;
	}
	return sources;
}

/* As yara: one without '=' ends the list; a name that is taken is error 56, which
 * counts only when it is the last. */
static bool read_defines(struct yara *yara, struct rules_options *options)
{
	const struct option_value *given = &yara->values[DEFINE];
	struct rules_external *externals =
	    arena_array(yara->arena, given->n_list, sizeof *externals);

	if (externals == NULL)
		return false;
	options->externals = externals;
	for (size_t i = 0; i < given->n_list; i++) {
		bool taken = false;

		if (!rules_external_read(yara->arena, given->list[i],
					 &externals[options->n_externals])) {
			say("error: wrong syntax for `-d` option.\n");
			return true;
		}
		for (size_t k = 0; k < options->n_externals; k++)
			taken |= strcmp(externals[k].name,
					externals[options->n_externals].name) == 0;
		if (taken && i + 1 == given->n_list) {
			say("error: 56\n");
			return false;
		}
		options->n_externals += taken ? 0 : 1;
	}
	return true;
}

static bool tell_messages(const struct yara *yara)
{
	const struct rule_report *report = &yara->rules.report;
	bool warnings = !yara->values[NO_WARNINGS].given;
	struct buffer out = {0};

	for (size_t i = 0; i < report->n_messages; i++)
		if (warnings || !report->messages[i].is_warning)
			yara_print_message(&out, &report->messages[i]);
	if (buffer_ok(&out) && out.size > 0)
		terminal_write(TERMINAL_ERR, buffer_bytes(&out));
	buffer_free(&out);
	return report->n_errors == 0 && !(yara->values[FAIL_ON_WARNINGS].given &&
					  warnings && report->n_warnings > 0);
}

static bool load_rules(struct yara *yara, const char *const *files, size_t n)
{
	struct rules_options options = {
	    .strict_escape = yara->values[STRICT_ESCAPE].given,
	    .libyara_limits = true,
	    .keep_kinds = true,
	};
	struct rules_source *sources;
	struct buffer cache = {0};
	struct rq_diag diag = {0};
	enum rq_err err;
	size_t n_read;

	if (yara->values[MAX_STRINGS].number > 0 &&
	    yara->values[MAX_STRINGS].number <= UINT32_MAX)
		options.max_strings = (uint32_t)yara->values[MAX_STRINGS].number;
	if (!read_defines(yara, &options))
		return false;
	sources = read_sources(yara, files, n, &n_read);
	if (sources == NULL) {
		say("not enough memory\n");
		return false;
	}
	if (rules_cache_folder(&cache))
		options.cache_folder = (const char *)cache.data;
	err = rules_compile(&yara->rules, &options, sources, n_read, &diag);
	buffer_free(&cache);
	if (!tell_messages(yara))
		return false;
	if (yara->missing != NULL) {
		say("error: could not open file: %s\n", yara->missing);
		return false;
	}
	if (err != RQ_OK) {
		say("error: %s\n", diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return false;
	}
	return true;
}

/* ---- targets ---- */

/* A path as yara builds it: "DIR/" and "name" are "DIR//name". */
static struct bytes shown_path(const struct yara *yara, struct bytes path,
			       struct buffer *scratch)
{
	size_t n = strlen(yara->target);

	if (!yara->many || yara->values[SCAN_LIST].given || n < 2 ||
	    yara->target[n - 1] != '/' || path.n <= n ||
	    memcmp(path.at, yara->target, n) != 0 || path.at[n] == '/')
		return path;
	buffer_text(scratch, yara->target);
	buffer_u8(scratch, '/');
	for (size_t i = n; i < path.n; i++)
		buffer_u8(scratch, path.at[i]);
	return buffer_ok(scratch) ? buffer_bytes(scratch) : path;
}

static void count_line(const struct yara *yara, struct buffer *out, struct bytes path,
		       int64_t n)
{
	if (!yara->print.count)
		return;
	if (yara->many) {
		buffer_put(out, path.at, path.n);
		buffer_text(out, ": ");
	}
	buffer_format(out, "%lld\n", (long long)n);
}

static void say_error(struct yara *yara, struct bytes path, const char *what)
{
	struct buffer line = {0};

	buffer_text(&line, "error scanning ");
	if (terminal_is(TERMINAL_ERR))
		yara_print_path(&line, path, true);
	else
		buffer_put(&line, path.at, path.n);
	buffer_format(&line, ": %s\n", what);
	if (buffer_ok(&line))
		terminal_write(TERMINAL_ERR, buffer_bytes(&line));
	buffer_free(&line);
	if (!yara->many)
		yara->failed = true;
}

static const char *gap_text(enum gap_reason reason)
{
	switch (reason) {
	case GAP_UNREADABLE:
	case GAP_VANISHED:
	case GAP_LISTING: return "could not open file";
	case GAP_TIMEOUT:
	case GAP_STOPPED: return "scanning timed out";
	case GAP_OUT_OF_MEMORY: return "not enough memory";
	case GAP_TOO_MANY_MATCHES: return "too many matches";
	default: return gap_sentence(LANGUAGE_EN, reason);
	}
}

static void on_object(void *listener, const struct sweep_object *object)
{
	struct yara *yara = listener;
	struct buffer out = {0}, scratch = {0};
	struct bytes path = shown_path(yara, object->path, &scratch);
	int64_t n = yara_print_object(&out, &yara->print, &yara->rules, path,
				      object->answer, &yara->counts);

	/* a single file that failed has no count */
	if (yara->many || object->answer->gaps == 0)
		count_line(yara, &out, path, n);
	print(&out);
	for (uint32_t reason = 0; reason < N_GAP_REASONS; reason++)
		if ((object->answer->gaps >> reason & 1) != 0)
			say_error(yara, path, gap_text((enum gap_reason)reason));
	buffer_free(&out);
	buffer_free(&scratch);
}

static void on_gap(void *listener, const struct sweep_gap *gap)
{
	struct yara *yara = listener;
	struct buffer out = {0}, scratch = {0};
	struct bytes path = shown_path(yara, gap->path, &scratch);

	switch (gap->reason) {
	case GAP_NOT_A_FILE: /* yara passes them over inside a folder */
	case GAP_LOOP:
	case GAP_LISTING:
		if (yara->many)
			break;
		say_error(yara, path, gap_text(gap->reason));
		break;
	case GAP_TOO_LARGE:
		if (!yara->values[NO_WARNINGS].given)
			say("skipping %.*s (%llu bytes) because it's larger than %lld "
			    "bytes.\n",
			    (int)path.n, (const char *)path.at,
			    (unsigned long long)gap->size,
			    (long long)yara->values[SKIP_LARGER].number);
		break;
	default:
		if (yara->many)
			count_line(yara, &out, path, 0);
		print(&out);
		say_error(yara, path, gap_text(gap->reason));
	}
	buffer_free(&out);
	buffer_free(&scratch);
}

static void set_sweep(struct yara *yara, struct sweep_options *sweep)
{
	const struct option_value *values = yara->values;
	uint64_t timeout_ms =
	    1000 * (values[TIMEOUT].given && values[TIMEOUT].number > 0
			? (uint64_t)values[TIMEOUT].number
			: YARA_TIMEOUT);

	sweep_options_default(sweep);
	sweep->recursive = values[RECURSIVE].given;
	sweep->follow_links = !values[NO_LINKS].given;
	sweep->n_workers = values[THREADS].given && values[THREADS].number > 0
			       ? (uint32_t)values[THREADS].number
			       : 0;
	if (!yara->many)
		sweep->n_workers = 1;
	sweep->max_holes = 0;
	if (yara->many && values[SKIP_LARGER].number > 0)
		sweep->max_file_size = (uint64_t)values[SKIP_LARGER].number - 1;
	if (yara->many)
		sweep->time_limit_ms = timeout_ms;
	sweep->worker.timeout_ms = timeout_ms;
	sweep->worker.want_strings =
	    yara->print.strings || yara->print.lengths || yara->print.xor_keys;
	sweep->worker.want_not_matching = values[NEGATE].given;
	sweep->worker.libyara_limits = true;
	sweep->worker.match_data = CAP_MATCH_DATA;
	sweep->sealed = yara->rules.sealed;
	sweep->n_rules = (uint32_t)yara->rules.n_rules;
	memcpy(sweep->content_sha256, yara->rules.image_sha256, 32);
}

static bool sweep(struct yara *yara, const char *const *paths, size_t n)
{
	const struct sweep_sink sink = {.listener = yara,
					.object = on_object,
					.every_object = yara->print.count,
					.gap = on_gap};
	struct sweep_options options;
	struct sweep_outcome outcome = {0};
	struct rq_diag diag = {0};
	enum rq_err err;

	set_sweep(yara, &options);
	options.paths = paths;
	options.n_paths = n;
	err = sweep_run(&options, &sink, &outcome, &diag);
	if (err != RQ_OK) {
		say("error: %s\n", diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return false;
	}
	return !yara->failed;
}

/* The lines of a list, each without its end. */
static const char **lines_of(struct yara *yara, struct bytes text, size_t *n_out)
{
	size_t n_lines = 1, start = 0;
	const char **lines;

	for (size_t i = 0; i < text.n; i++)
		n_lines += text.at[i] == '\n';
	lines = arena_array(yara->arena, n_lines, sizeof *lines);
	*n_out = 0;
	for (size_t i = 0; lines != NULL && i <= text.n; i++) {
		if (i < text.n && text.at[i] != '\n')
			continue;
		if (i > start)
			lines[(*n_out)++] =
			    arena_copy(yara->arena, text.at + start, i - start);
		start = i + 1;
	}
	return lines;
}

static bool scan_list(struct yara *yara)
{
	struct buffer text = {0};
	const char **lines;
	bool fine = false;
	size_t n;

	if (file_read_whole(yara->target, &text, NULL) != RQ_OK) {
		say("error: could not open file \"%s\".\n", yara->target);
	} else {
		lines = lines_of(yara, buffer_bytes(&text), &n);
		fine = lines != NULL && (n == 0 || sweep(yara, lines, n));
	}
	buffer_free(&text);
	return fine;
}

static bool is_pid(const char *text)
{
	char *end = NULL;

	return strtol(text, &end, 10) > 0 && *end == 0;
}

static bool scan_target(struct yara *yara)
{
	struct file_info info;
	bool is_there = file_stat_path(yara->target, true, &info, NULL) == RQ_OK;
	bool is_folder = is_there && info.kind == FILE_FOLDER;

	if (yara->values[SCAN_LIST].given && is_folder) {
		say("error: cannot use a directory as scan list.\n");
		return false;
	}
	yara->many = yara->values[SCAN_LIST].given || is_folder;
	if (yara->values[SCAN_LIST].given)
		return scan_list(yara);
	if (!is_there && is_pid(yara->target)) {
		say("raquet yara: %s: scanning a process is not in this build\n",
		    yara->target);
		return false;
	}
	if (!is_there) {
		say_error(yara, bytes_of(yara->target), "could not open file");
		return false;
	}
	return sweep(yara, &yara->target, 1);
}

static void print_stats(const struct yara *yara)
{
	struct buffer out = {0};

	buffer_format(&out,
		      "number of rules                    : %zu\n"
		      "number of strings                  : %zu\n",
		      yara->rules.n_rules, ruleset_n_strings(yara->rules.ruleset));
	print(&out);
	buffer_free(&out);
}

static int scan(struct yara *yara, const struct arguments *arguments)
{
	if (arguments->n_operands < 2) {
		say("yara: wrong number of arguments\n"
		    "Usage: yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | "
		    "PID\n"
		    "\nTry `--help` for more options\n");
		return EXIT_FAILURE;
	}
	if (is_refused(yara) || !check_module_data(&yara->values[MODULE_DATA]) ||
	    !check_atom_table(&yara->values[ATOM_TABLE]))
		return EXIT_FAILURE;
	read_print_options(yara);
	yara->target = arguments->operands[arguments->n_operands - 1];
	if (!load_rules(yara, arguments->operands, arguments->n_operands - 1))
		return EXIT_FAILURE;
	if (yara->values[STATS].given)
		print_stats(yara);
	return scan_target(yara) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_with(struct yara *yara, const struct arguments *arguments)
{
	enum language language;

	if (yara->values[VERSION].given) {
		terminal_write(TERMINAL_OUT, BYTES_LITERAL(YARA_VERSION "\n"));
		return EXIT_SUCCESS;
	}
	if (yara->values[HELP].given) {
		(void)language_choose(NULL, &language);
		command_help(&command_yara, language);
		return EXIT_SUCCESS;
	}
	if (yara->values[THREADS].number > YARA_MAX_THREADS) {
		say("maximum number of threads is %d\n", YARA_MAX_THREADS);
		return EXIT_FAILURE;
	}
	if (yara->values[MODULE_NAMES].given) {
		print_modules();
		return EXIT_SUCCESS;
	}
	return scan(yara, arguments);
}

static int run(const struct words *words)
{
	struct yara yara = {0};
	struct arguments arguments;
	struct arguments_error error;
	int code = EXIT_FAILURE;
	enum rq_err err;

	if (arena_new(CAP_RULE_HEAP, &yara.arena) != RQ_OK)
		return EXIT_FAILURE;
	rules_init(&yara.rules);
	err = arguments_parse(table, N_ROWS, ARGUMENTS_YARA, words->n, words->at,
			      yara.arena, &arguments, &error);
	if (err == RQ_ERR_USAGE) {
		say_wrong(&error);
	} else if (err == RQ_OK) {
		yara.values = arguments.values;
		code = run_with(&yara, &arguments);
	}
	rules_free(&yara.rules);
	arena_free(yara.arena);
	return code;
}

const struct command command_yara = {
    .name = "yara",
    .run = run,
    .summary = MESSAGE_COMMAND_YARA,
    .usage = {"yara [TÙY CHỌN]... [KHÔNG_GIAN_TÊN:]TỆP_LUẬT... TỆP|THƯ_MỤC",
	      "yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE|DIR"},
    .prose = {MESSAGE_YARA_SUMMARY},
    .n_prose = 1,
    .table = table,
    .n_rows = N_ROWS,
};
