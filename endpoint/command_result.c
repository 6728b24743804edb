#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "crypto/secret.h"
#include "endpoint/result_files.h"
#include "endpoint/result_show.h"
#include "endpoint/verb.h"
#include "os/clock.h"
#include "sealed/describe.h"
#include "sealed/key_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNIT_CODE_FILE,
	CENTRE_PRIVATE_KEY,
	COPY,
	FORMAT,
	OUTPUT,
	CONTACT,
	LANG,
	HELP,
	N_ROWS
};

static const struct option table[N_ROWS] = {
    [UNIT_CODE_FILE] =
	{"unit-code-file",
	 0,
	 OPTION_TEXT,
	 0,
	 {"TỆP", "FILE"},
	 {"tệp có mã của đơn vị: kết quả phải được niêm phong bằng mã này",
	  "file with the code of the unit: results must be sealed with it"}},
    [CENTRE_PRIVATE_KEY] = {"centre-private-key",
			    0,
			    OPTION_TEXT,
			    0,
			    {"TỆP", "FILE"},
			    {"khóa riêng của máy chủ, để giải mã",
			     "private key of the centre, to decrypt"}},
    [COPY] = {"copy",
	      0,
	      OPTION_TEXT,
	      0,
	      {"KHÓA", "KEY"},
	      {"chỉ nhận kết quả của bản Raquet có khóa này (64 chữ số hệ 16)",
	       "accept only results of the copy with this key (64 hex digits)"}},
    [FORMAT] =
	{"format",
	 'f',
	 OPTION_TEXT,
	 0,
	 {"DẠNG", "FORMAT"},
	 {"show: text (mặc định: phần đầu và kết quả), jsonl (các dòng như đã ghi), "
	  "html "
	  "hoặc sheet (phiếu bàn giao)",
	  "show: text (default: header and result), jsonl (the lines as they were "
	  "written), html or sheet (to hand a machine over)"}},
    [OUTPUT] = {"output",
		'o',
		OPTION_TEXT,
		0,
		{"TỆP", "FILE"},
		{"nơi merge ghi kết quả đã gộp, show ghi kết quả",
		 "where merge writes the list, and show what it shows"}},
    [CONTACT] = {"contact",
		 0,
		 OPTION_LIST,
		 0,
		 {"NGƯỜI", "TEXT"},
		 {"show: gọi cho ai (tên, số điện thoại); lặp lại được",
		  "show: whom to call (name, number); may be repeated"}},
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
};

/* What the verbs say, beside the sentences of refusals. */
enum line {
	LINE_REFUSED,
	LINE_GOOD,
	LINE_SWEEP,
	LINE_COPY,
	LINE_UNIT_GOOD,
	LINE_UNIT_UNCHECKED,
	LINE_UNIT_NONE,
	LINE_WAS_ENCRYPTED,
	LINE_IN_ITS_SCOPE,
	LINE_NO_CONTENT_DATE,
	LINE_REPLAYED,
	LINE_CONFLICT,
	LINE_KEPT,
	LINE_DOUBLES,
	LINE_UNCHECKED,
	LINE_COPIES,
	LINE_MACHINES,
	N_LINES,
};

static const char *const lines[N_LINES][N_LANGUAGES] = {
    [LINE_REFUSED] = {"BỊ TỪ CHỐI", "REFUSED"},
    [LINE_GOOD] = {"nguyên vẹn", "good"},
    [LINE_SWEEP] = {"lần rà quét", "sweep"},
    [LINE_COPY] = {"bản Raquet", "copy"},
    [LINE_UNIT_GOOD] = {"mã của đơn vị khớp", "code of the unit fits"},
    [LINE_UNIT_UNCHECKED] = {"chưa kiểm tra mã của đơn vị",
			     "code of the unit not checked"},
    [LINE_UNIT_NONE] = {"không kèm mã của đơn vị", "no code of the unit"},
    [LINE_WAS_ENCRYPTED] = {"đã giải mã", "decrypted"},
    [LINE_IN_ITS_SCOPE] = {"trong phạm vi mà raquet result show nêu; bộ luật",
			   "in the scope that raquet result show tells; rule set"},
    [LINE_NO_CONTENT_DATE] = {"không ghi ngày", "without a date"},
    [LINE_REPLAYED] = {"lặp lại một kết quả đã có", "repeats an earlier result"},
    [LINE_CONFLICT] = {"khác với một kết quả của cùng lần rà quét",
		       "differs from another result of the same sweep"},
    [LINE_KEPT] = {"kết quả đã gộp", "results merged"},
    [LINE_DOUBLES] = {"bản trùng bỏ qua", "doubles left out"},
    [LINE_UNCHECKED] = {"mã hóa, chưa kiểm tra", "encrypted, not checked"},
    [LINE_COPIES] = {"bản Raquet", "copies of Raquet"},
    [LINE_MACHINES] = {"máy khác nhau theo dấu hiệu của máy (máy nhân bản có thể giống "
		       "nhau)",
		       "machines that differ by their facts (clones may not)"},
};

/* What one run works with. */
struct run {
	const struct verb_run *verb;
	enum language language; /* of the verb */
	uint8_t centre_secret[SEAL_SECRET_SIZE], copy[SIGN_PUBLIC_SIZE];
	struct buffer unit;
	struct result_demands demands;
	struct result_reader_options reading;
	struct result_reader *reader;
	struct result_files files;
};

static const char *line(const struct run *run, enum line which)
{
	return lines[which][run->language];
}

/* ---- keys and files ---- */

static int key_refused(const struct run *run, const struct rq_diag *diag)
{
	char detail[800];

	snprintf(detail, sizeof detail, "%s: %s", diag->where, diag->what);
	complain(run->language, MESSAGE_KEY_REFUSED, detail);
	return EXIT_USAGE;
}

static bool read_copy(struct run *run, const char *text)
{
	size_t n = 0;

	if (strlen(text) != 2 * SIGN_PUBLIC_SIZE ||
	    strspn(text, "0123456789abcdef") != 2 * SIGN_PUBLIC_SIZE)
		return false;
	for (; n < SIGN_PUBLIC_SIZE; n++) {
		const char octet[] = {text[2 * n], text[2 * n + 1], 0};

		run->copy[n] = (uint8_t)strtoul(octet, NULL, 16);
	}
	run->demands.copy = run->copy;
	return true;
}

static int read_openers(struct run *run)
{
	const struct option_value *values = run->verb->values;
	struct rq_diag diag = {0};

	if (values[COPY].given && !read_copy(run, values[COPY].text)) {
		complain(run->language, MESSAGE_BAD_VALUE, values[COPY].text);
		return EXIT_USAGE;
	}
	if (values[UNIT_CODE_FILE].given) {
		if (unit_code_read(values[UNIT_CODE_FILE].text, &run->unit, &diag) !=
		    RQ_OK)
			return key_refused(run, &diag);
		run->demands.unit = buffer_bytes(&run->unit);
	}
	if (values[CENTRE_PRIVATE_KEY].given) {
		if (key_file_read(values[CENTRE_PRIVATE_KEY].text,
				  KEY_FILE_CENTRE_PRIVATE, run->centre_secret,
				  &diag) != RQ_OK)
			return key_refused(run, &diag);
		run->reading.centre_secret = run->centre_secret;
	}
	return EXIT_CLEAN;
}

static int read_files(struct run *run)
{
	struct rq_diag diag = {0};
	enum rq_err err;

	if (run->verb->n_paths == 0) {
		complain(run->language, MESSAGE_NO_RESULT_FILE, NULL);
		return EXIT_USAGE;
	}
	err = result_reader_new(&run->reading, &run->reader);
	if (err == RQ_OK)
		err = result_files_read(run->verb->paths, run->verb->n_paths,
					run->reader, &run->demands, &run->files, &diag);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	if (diag.where[0] == 0) {
		complain(run->language,
			 err == RQ_ERR_PEER ? MESSAGE_NO_WORKERS : MESSAGE_FAILED,
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return EXIT_OURS;
	}
	complain(run->language, MESSAGE_CANNOT_READ, diag.where);
	return EXIT_USAGE;
}

/* ---- verify ---- */

static void put_name(struct buffer *out, const struct result_entry *entry)
{
	encode_visible(out, bytes_of(entry->name));
	if (entry->number > 0)
		buffer_format(out, "#%zu", entry->number);
	buffer_text(out, ": ");
}

static void put_refusal(struct buffer *out, const struct run *run, const char *why)
{
	buffer_format(out, "%s: %s\n", line(run, LINE_REFUSED), why);
}

static void put_good(struct buffer *out, const struct run *run,
		     const struct result_entry *entry)
{
	buffer_format(out, "%s; %s ", line(run, LINE_GOOD), line(run, LINE_SWEEP));
	encode_hex(out, (struct bytes){entry->sweep_id, SWEEP_ID_SIZE});
	buffer_format(out, "; %s ", line(run, LINE_COPY));
	encode_hex(out, (struct bytes){entry->copy, SIGN_PUBLIC_SIZE});
	buffer_format(out, "; %s",
		      line(run, !entry->has_unit_code      ? LINE_UNIT_NONE
				: run->demands.unit.n == 0 ? LINE_UNIT_UNCHECKED
							   : LINE_UNIT_GOOD));
	if (entry->was_encrypted)
		buffer_format(out, "; %s", line(run, LINE_WAS_ENCRYPTED));
	buffer_format(out, "; %s", word_verdict(run->language, entry->verdict));
	/* never without the scope and the date of what was looked for */
	if (entry->verdict == VERDICT_CLEAN)
		buffer_format(out, " (%s %s)", line(run, LINE_IN_ITS_SCOPE),
			      entry->content[0] != '\0'
				  ? entry->content
				  : line(run, LINE_NO_CONTENT_DATE));
	buffer_text(out, "\n");
}

/* Whether entry is accepted; says so, and why not. */
static bool put_answer(struct buffer *out, const struct run *run,
		       const struct result_entry *entry)
{
	put_name(out, entry);
	if (entry->refusal != SEALED_GOOD)
		put_refusal(out, run,
			    sealed_refusal_sentence(run->language, entry->refusal));
	else if (entry->earlier != NULL)
		put_refusal(out, run,
			    line(run, entry->is_same ? LINE_REPLAYED : LINE_CONFLICT));
	else
		put_good(out, run, entry);
	return entry->refusal == SEALED_GOOD && entry->earlier == NULL;
}

static int verify(struct run *run)
{
	struct buffer out = {0};
	size_t n_good = 0;
	int code = read_files(run), printed;

	if (code != EXIT_CLEAN)
		return code;
	for (size_t i = 0; i < run->files.n; i++)
		n_good += put_answer(&out, run, &run->files.entries[i]);
	if (n_good > 0)
		buffer_format(&out, "%s\n", describe_limits(run->language));
	code = n_good == run->files.n ? EXIT_CLEAN : EXIT_FOUND;
	printed = command_print(&out, run->language);
	return printed == EXIT_CLEAN ? code : printed;
}

/* ---- show ---- */

/* EXIT_CLEAN, or complains. */
static int show_one(const struct run *run, const struct result_entry *entry,
		    enum report_format format, struct buffer *out)
{
	const struct option_value *values = run->verb->values;
	const struct result_show_options options = {
	    .format = format,
	    .render = {.language = run->language,
		       .terminal = values[OUTPUT].text == NULL &&
				   terminal_is(TERMINAL_OUT) &&
				   terminal_has_escapes(TERMINAL_OUT),
		       .contacts = values[CONTACT].list,
		       .n_contacts = values[CONTACT].n_list,
		       .utc_offset_minutes = clock_utc_offset_minutes(clock_utc_ms())},
	};
	struct rq_diag diag = {0};
	enum rq_err err = result_show(entry, run->reader, &options, out, &diag);

	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(run->language, MESSAGE_FAILED,
		 diag.what[0] != 0 ? diag.what : rq_err_text(err));
	return EXIT_OURS;
}

/* To standard output, or to --output. */
static int put_shown(const struct run *run, struct buffer *out)
{
	int code = EXIT_OURS;

	if (!run->verb->values[OUTPUT].given)
		return command_print(out, run->language);
	if (buffer_ok(out))
		code = verb_write(run->verb, OUTPUT, buffer_bytes(out));
	else
		complain(run->language, MESSAGE_OUT_OF_MEMORY, NULL);
	buffer_free(out);
	return code;
}

/* Answers stand with what is shown as text; elsewhere that stands alone. */
static int show_all(struct run *run, enum report_format format)
{
	struct buffer out = {0}, answers = {0};
	int code = EXIT_CLEAN, put;

	for (size_t i = 0; code != EXIT_OURS && i < run->files.n; i++) {
		const struct result_entry *entry = &run->files.entries[i];

		if (!put_answer(format == REPORT_TEXT ? &out : &answers, run, entry))
			code = EXIT_FOUND;
		else if (show_one(run, entry, format, &out) != EXIT_CLEAN)
			code = EXIT_OURS;
	}
	(void)terminal_put(TERMINAL_ERR, &answers);
	/* a page that is refused replaces no page */
	if (code != EXIT_CLEAN && out.size == 0)
		return code;
	put = put_shown(run, &out);
	return put == EXIT_CLEAN ? code : put;
}

static int show(struct run *run)
{
	const char *text = run->verb->values[FORMAT].text;
	enum report_format format;
	int code;

	if (!report_format_read(text, &format)) {
		complain(run->language, MESSAGE_BAD_VALUE, text);
		return EXIT_USAGE;
	}
	run->reading.want_lines = format == REPORT_JSONL;
	run->reading.want_records = format != REPORT_JSONL;
	code = read_files(run);
	if (code != EXIT_CLEAN)
		return code;
	if (run->files.n != 1 && (format == REPORT_HTML || format == REPORT_SHEET)) {
		complain(run->language, MESSAGE_ONE_RESULT, text);
		return EXIT_USAGE;
	}
	return show_all(run, format);
}

/* ---- merge ---- */

struct tally {
	size_t n_kept, n_doubles, n_unchecked, n_copies, n_machines;
};

/* Whether entry may be in a list; complains otherwise. */
static bool may_be_merged(const struct run *run, const struct result_entry *entry)
{
	struct buffer out = {0};
	bool is_fine =
	    (entry->refusal == SEALED_GOOD || entry->refusal == SEALED_NEEDS_CENTRE) &&
	    (entry->earlier == NULL || entry->is_same);

	if (!is_fine) {
		put_name(&out, entry);
		put_refusal(
		    &out, run,
		    entry->earlier != NULL
			? line(run, LINE_CONFLICT)
			: sealed_refusal_sentence(run->language, entry->refusal));
		(void)terminal_put(TERMINAL_ERR, &out);
	}
	return is_fine;
}

/* Adds entry to the counts of copies and of machines, by what came before it. */
static void count_kinds(const struct run *run, const struct result_entry *entry,
			struct tally *tally)
{
	bool new_copy = true, new_machine = true;

	for (size_t i = 0; i < entry->order; i++) {
		const struct result_entry *other = &run->files.entries[i];

		if (other->refusal != SEALED_GOOD)
			continue;
		new_copy &= memcmp(other->copy, entry->copy, sizeof entry->copy) != 0;
		new_machine &=
		    memcmp(other->machine_sha256, entry->machine_sha256, 32) != 0;
	}
	tally->n_copies += new_copy;
	tally->n_machines += new_machine;
}

static int write_list(const struct run *run, const struct result_entry *const *kept,
		      size_t n)
{
	struct buffer *files = alloc_array(n + 1, sizeof *files);
	struct bytes *parts = alloc_array(n + 1, sizeof *parts);
	struct buffer list = {0};
	struct rq_diag diag = {0};
	enum rq_err err = files != NULL && parts != NULL ? RQ_OK : RQ_ERR_MEMORY;
	int code = EXIT_OURS;

	for (size_t i = 0; err == RQ_OK && i < n; i++) {
		err = result_files_copy(kept[i], &files[i], &diag);
		parts[i] = buffer_bytes(&files[i]);
	}
	if (err == RQ_OK)
		err = sealed_list_write(parts, n, &list);
	if (err == RQ_OK)
		code = verb_write(run->verb, OUTPUT, buffer_bytes(&list));
	else
		complain(run->language, MESSAGE_FAILED,
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
	for (size_t i = 0; files != NULL && i < n; i++)
		buffer_free(&files[i]);
	buffer_free(&list);
	alloc_free(files);
	alloc_free(parts);
	return code;
}

static int tell_tally(const struct run *run, const struct tally *tally)
{
	const struct {
		enum line line;
		size_t n;
	} rows[] = {{LINE_KEPT, tally->n_kept},
		    {LINE_DOUBLES, tally->n_doubles},
		    {LINE_UNCHECKED, tally->n_unchecked},
		    {LINE_COPIES, tally->n_copies},
		    {LINE_MACHINES, tally->n_machines}};
	struct buffer out = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buffer_format(&out, "%s: ", line(run, rows[i].line));
		write_count(&out, run->language, rows[i].n);
		buffer_u8(&out, '\n');
	}
	return command_print(&out, run->language);
}

static int merge(struct run *run)
{
	const struct result_entry **kept;
	struct tally tally = {0};
	int code;

	if (!run->verb->values[OUTPUT].given) {
		complain(run->language, MESSAGE_NEEDS_TEXT, "--output");
		return EXIT_USAGE;
	}
	code = read_files(run);
	if (code != EXIT_CLEAN)
		return code;
	kept = alloc_array(run->files.n + 1, sizeof *kept);
	for (size_t i = 0; kept != NULL && i < run->files.n; i++) {
		const struct result_entry *entry = &run->files.entries[i];

		/* one that is refused ends it all: who leaves it out must know */
		if (!may_be_merged(run, entry)) {
			code = EXIT_FOUND;
			continue;
		}
		if (entry->earlier != NULL) {
			tally.n_doubles++;
			continue;
		}
		tally.n_unchecked += entry->refusal == SEALED_NEEDS_CENTRE;
		if (entry->refusal == SEALED_GOOD)
			count_kinds(run, entry, &tally);
		kept[tally.n_kept++] = entry;
	}
	if (kept == NULL)
		code = EXIT_OURS;
	if (code == EXIT_CLEAN)
		code = write_list(run, kept, tally.n_kept);
	if (code == EXIT_CLEAN)
		code = tell_tally(run, &tally);
	alloc_free(kept);
	return code;
}

/* ---- new-centre-key ---- */

static int new_centre_key(struct run *run)
{
	uint8_t public_key[SEAL_PUBLIC_SIZE];
	struct rq_diag diag = {0};
	struct buffer name = {0};
	enum rq_err err;

	if (run->verb->n_paths != 1) {
		complain(run->language, MESSAGE_NEEDS_TEXT, "new-centre-key");
		return EXIT_USAGE;
	}
	buffer_format(&name, "%s.pub", run->verb->paths[0]);
	buffer_u8(&name, 0);
	err = buffer_ok(&name) ? secret_fill(run->centre_secret, SEAL_SECRET_SIZE)
			       : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = seal_public(run->centre_secret, public_key);
	if (err == RQ_OK)
		err = key_file_make(run->verb->paths[0], KEY_FILE_CENTRE_PRIVATE,
				    run->centre_secret, &diag);
	if (err == RQ_OK)
		err = key_file_make((const char *)name.data, KEY_FILE_CENTRE_PUBLIC,
				    public_key, &diag);
	if (err == RQ_OK)
		complain(run->language, MESSAGE_WRITTEN_TO, (const char *)name.data);
	buffer_free(&name);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	return key_refused(run, &diag);
}

/* ---- the verbs ---- */

static int with_openers(const struct verb_run *verb, int (*act)(struct run *run))
{
	struct run run = {.verb = verb,
			  .language = verb->language,
			  .reading = result_reader_options_default()};
	int code = read_openers(&run);

	run.reading.want_records = false; /* but to show them */
	if (code == EXIT_CLEAN)
		code = act(&run);
	result_files_free(&run.files);
	result_reader_free(run.reader);
	key_file_forget(&run.unit);
	secret_wipe(run.centre_secret, sizeof run.centre_secret);
	return code;
}

static int run_verify(const struct verb_run *verb)
{
	return with_openers(verb, verify);
}

static int run_show(const struct verb_run *verb)
{
	return with_openers(verb, show);
}

static int run_merge(const struct verb_run *verb)
{
	return with_openers(verb, merge);
}

static int run_new_centre_key(const struct verb_run *verb)
{
	return with_openers(verb, new_centre_key);
}

static const struct verb verbs[] = {
    {"verify",
     {"kiểm tra chữ ký, mã của đơn vị và giải mã, mỗi kết quả một dòng",
      "signature, code of the unit and decryption, one line a result"},
     run_verify},
    {"show", {"xem nội dung", "what is inside"}, run_show},
    {"merge",
     {"gộp nhiều kết quả vào tệp --output, mỗi lần rà quét một lần",
      "several results into one file (--output), each sweep once"},
     run_merge},
    {"new-centre-key",
     {"tạo cặp khóa của máy chủ trong TỆP và TỆP.pub",
      "makes the centre's pair of keys in FILE and FILE.pub"},
     run_new_centre_key},
};

const struct command command_result = {
    .name = "result",
    .summary = MESSAGE_COMMAND_RESULT,
    .usage = {"result verify|show|merge|new-centre-key [TÙY CHỌN]... TỆP...",
	      "result verify|show|merge|new-centre-key [OPTION]... FILE..."},
    .prose = {MESSAGE_RESULT_EXITS},
    .n_prose = 1,
    .verbs = verbs,
    .n_verbs = sizeof verbs / sizeof verbs[0],
    .table = table,
    .n_rows = N_ROWS,
    .lang_row = LANG,
    .help_row = HELP,
};
