#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "content/shipped.h"
#include "crypto/digest.h"
#include "endpoint/command.h"
#include "endpoint/indicators.h"
#include "endpoint/process_finding.h"
#include "endpoint/progress.h"
#include "endpoint/report.h"
#include "endpoint/scan_processes.h"
#include "endpoint/sweep.h"
#include "engine/match/search.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/host.h"
#include "os/terminal.h"

#include "bytes/encoding.h"

#include <stdio.h>
#include <string.h>

enum {
	RULES,
	DEFINE,
	IOC,
	HASH_ALL,
	FORMAT,
	STRINGS,
	OUTPUT,
	ALL,
	THREADS,
	TIME_LIMIT,
	MAX_CPU,
	RESUME,
	PROGRESS,
	SEARCH_ALL,
	KERNEL,
	LANG,
	PID,
	PROCESSES,
	HELP,
	/* of the stable interface, and not in this build */
	SCOPE,
	SEAL,
	N_ROWS,
};

static const struct option table[N_ROWS] = {
    [RULES] =
	{"rules",
	 'r',
	 OPTION_LIST,
	 0,
	 {"TỆP|THƯ_MỤC", "FILE|DIR"},
	 {"dùng luật này thay cho bộ luật kèm theo; trong một thư mục mỗi tệp là "
	  "một không gian tên; lặp lại được",
	  "use these rules instead of the shipped ones; in a folder each file is a "
	  "namespace; may be repeated"}},
    [DEFINE] = {"define",
		'd',
		OPTION_LIST,
		0,
		{"TÊN=GIÁ_TRỊ", "NAME=VALUE"},
		{"đặt biến ngoài của luật", "set an external variable of the rules"}},
    [IOC] = {"ioc",
	     0,
	     OPTION_LIST,
	     0,
	     {"TỆP", "FILE"},
	     {"danh sách chỉ báo (mã băm, tên tệp, tên miền, địa chỉ); lặp lại được",
	      "a list of indicators (digests, file names, hosts, addresses); may be "
	      "repeated"}},
    [HASH_ALL] = {"hash-all",
		  0,
		  OPTION_FLAG,
		  0,
		  {0},
		  {"tra mã băm của mọi tệp, không chỉ chương trình, kịch bản, tài liệu "
		   "và tệp nén đến 64 MB",
		   "look up the digests of every file, not only of programs, scripts, "
		   "documents and archives up to 64 MB"}},
    [FORMAT] = {"format",
		'f',
		OPTION_TEXT,
		0,
		{"DẠNG", "FORMAT"},
		{"text (mặc định), jsonl hoặc html", "text (default), jsonl or html"}},
    [STRINGS] = {"strings",
		 's',
		 OPTION_FLAG,
		 0,
		 {0},
		 {"kèm vị trí và độ dài của các chuỗi trùng khớp",
		  "with offsets and lengths of the strings that matched"}},
    [OUTPUT] = {"output",
		'o',
		OPTION_TEXT,
		0,
		{"TỆP", "FILE"},
		{"ghi kết quả vào tệp", "write the result to a file"}},
    [ALL] = {"all",
	     'a',
	     OPTION_FLAG,
	     0,
	     {0},
	     {"mọi ổ đĩa của máy này, trừ ổ mạng",
	      "every disk of this machine, network disks left out"}},
    [THREADS] = {"threads",
		 't',
		 OPTION_NUMBER,
		 0,
		 {"SỐ", "N"},
		 {"số tiến trình kiểm tra; mặc định mỗi bộ xử lý một tiến trình",
		  "number of workers; by default one for each processor"}},
    [TIME_LIMIT] = {"time-limit",
		    0,
		    OPTION_NUMBER,
		    0,
		    {"GIÂY", "SECONDS"},
		    {"dừng sau số giây này; phần còn lại được nêu là chưa kiểm tra",
		     "stop after so many seconds; the rest is told as a gap"}},
    [MAX_CPU] = {"max-cpu",
		 0,
		 OPTION_NUMBER,
		 0,
		 {"PHẦN_TRĂM", "PERCENT"},
		 {"phần bộ xử lý được dùng, 1 đến 100",
		  "share of the processors to use, 1 to 100"}},
    [RESUME] =
	{"resume",
	 0,
	 OPTION_TEXT,
	 0,
	 {"TỆP", "FILE"},
	 {"ghi tiến độ vào tệp, và đi tiếp từ đó nếu lần trước bị ngắt",
	  "keep a journal there, and go on from it when the last run was cut off"}},
    [PROGRESS] = {"progress",
		  0,
		  OPTION_FLAG,
		  0,
		  {0},
		  {"hiện tiến độ cả khi không chạy trên màn hình dòng lệnh",
		   "show progress even when standard error is no terminal"}},
    [SEARCH_ALL] =
	{"search-all",
	 0,
	 OPTION_FLAG,
	 0,
	 {0},
	 {"không lọc: tìm mọi chuỗi của mọi luật (chậm, để đối chiếu)",
	  "no filter: search every string of every rule (slow, to compare)"}},
    [KERNEL] = {"kernel",
		0,
		OPTION_TEXT,
		0,
		{"TÊN", "NAME"},
		{"mã tìm kiếm theo loại bộ xử lý; mặc định là loại nhanh nhất mà máy "
		 "chạy được; kết quả như nhau (portable avx2 avx512)",
		 "search code for a kind of processor; by default the quickest that "
		 "runs here; the result is the same (portable avx2 avx512)"}},
    [LANG] = {"lang", 0, OPTION_TEXT, 0, {"vi|en", "vi|en"}, {"ngôn ngữ", "language"}},
    [PID] = {"pid",
	     0,
	     OPTION_LIST,
	     0,
	     {"SỐ", "PID"},
	     {"bộ nhớ của tiến trình này, cùng các tệp nó đang dùng; lặp lại được",
	      "the memory of this process, and the files it has mapped; may be "
	      "repeated"}},
    [PROCESSES] = {"processes",
		   0,
		   OPTION_FLAG,
		   0,
		   {0},
		   {"bộ nhớ của mọi tiến trình, cùng các tệp chúng đang dùng",
		    "the memory of all processes, and the files they have mapped"}},
    [HELP] = {"help", 'h', OPTION_FLAG, 0, {0}, {"hướng dẫn này", "this text"}},
    [SCOPE] = {"scope", 0, OPTION_TEXT, 0, {"TỆP", "FILE"}, {0}},
    [SEAL] = {"seal", 0, OPTION_TEXT, 0, {"TỆP", "FILE"}, {0}},
};

/* One run of the command. */
struct scan {
	enum language language;
	const struct option_value *values;
	struct rules rules;
	struct indicators indicators; /* table NULL: none */
	uint64_t n_by_name;           /* found by the names of what was not examined */
	struct report *report;
	struct report_options report_options;
	struct progress progress;
	struct sweep_options sweep;
	struct sweep_outcome outcome;
	struct scan_processes processes;
	const char *const *paths; /* as given */
	size_t n_paths;
	struct summary summary;
	bool failed; /* something of ours did */
};

/* ---- options ---- */

static bool in_this_build(const struct scan *scan)
{
	for (size_t i = SCOPE; i < N_ROWS; i++)
		if (scan->values[i].given) {
			char name[32];

			snprintf(name, sizeof name, "--%s", table[i].name);
			complain(scan->language, MESSAGE_NOT_IN_THIS_BUILD, name);
			return false;
		}
	return true;
}

static bool read_format(struct scan *scan)
{
	static const char *const names[] = {
	    [REPORT_TEXT] = "text", [REPORT_JSONL] = "jsonl", [REPORT_HTML] = "html"};
	const char *text = scan->values[FORMAT].text;

	for (size_t i = 0; i < 3; i++)
		if (text == NULL || strcmp(text, names[i]) == 0) {
			scan->report_options.format = (enum report_format)i;
			return true;
		}
	complain(scan->language, MESSAGE_BAD_VALUE, text);
	return false;
}

static bool read_kernel(struct scan *scan)
{
	const char *const *here = search_kernels();
	const char *text = scan->values[KERNEL].text;

	if (text == NULL)
		return true;
	while (*here != NULL && strcmp(*here, text) != 0)
		here++;
	scan->sweep.worker.kernel = bytes_of(text);
	if (*here == NULL)
		complain(scan->language,
			 search_knows_kernel(text) ? MESSAGE_KERNEL_NOT_HERE
						   : MESSAGE_BAD_VALUE,
			 text);
	return *here != NULL;
}

static bool in_range(const struct scan *scan, size_t row, int64_t least, int64_t most)
{
	const struct option_value *value = &scan->values[row];

	if (!value->given || (value->number >= least && value->number <= most))
		return true;
	complain(scan->language, MESSAGE_BAD_VALUE, value->text);
	return false;
}

/* The numbers that --pid names. */
static bool read_processes(struct scan *scan)
{
	const struct option_value *pid = &scan->values[PID];
	const char *wrong = scan_processes_read(
	    &scan->processes, pid->list, pid->n_list, scan->values[PROCESSES].given);

	if (wrong != NULL)
		complain(scan->language, MESSAGE_BAD_VALUE, wrong);
	return wrong == NULL;
}

static bool has_scope(const struct scan *scan, bool has_files)
{
	bool has_processes = scan_processes_asked(&scan->processes);

	if (!has_files && !has_processes)
		complain(scan->language, MESSAGE_NO_PATH, NULL);
	/* which files are mapped is another matter each time */
	else if (has_processes && scan->values[RESUME].given &&
		 !scan->values[ALL].given)
		complain(scan->language, MESSAGE_RESUME_PROCESSES, NULL);
	else
		return true;
	return false;
}

static bool read_options(struct scan *scan, const struct arguments *arguments)
{
	const struct option_value *values = scan->values;
	struct sweep_options *sweep = &scan->sweep;

	if (!in_this_build(scan) || !read_format(scan) ||
	    !in_range(scan, THREADS, 1, CAP_THREADS) ||
	    !in_range(scan, MAX_CPU, 1, 100) ||
	    !in_range(scan, TIME_LIMIT, 1, CAP_TIME_LIMIT))
		return false;
	if (values[ALL].given && arguments->n_operands > 0) {
		complain(scan->language, MESSAGE_PATH_AND_ALL, NULL);
		return false;
	}
	if (!read_processes(scan) ||
	    !has_scope(scan, values[ALL].given || arguments->n_operands > 0))
		return false;
	sweep_options_default(sweep);
	sweep->paths = arguments->operands;
	sweep->n_paths = arguments->n_operands;
	scan->paths = arguments->operands;
	scan->n_paths = arguments->n_operands;
	sweep->all = values[ALL].given;
	sweep->recursive = true;
	sweep->n_workers = (uint32_t)values[THREADS].number;
	sweep->max_cpu = (uint32_t)values[MAX_CPU].number;
	sweep->time_limit_ms = (uint64_t)values[TIME_LIMIT].number * 1000;
	sweep->resume_path = values[RESUME].text;
	sweep->worker.want_strings = values[STRINGS].given;
	sweep->worker.match_any = values[HASH_ALL].given;
	sweep->worker.search_all = values[SEARCH_ALL].given;
	if (!read_kernel(scan))
		return false;
	scan->report_options.path = values[OUTPUT].text;
	scan->report_options.render = (struct render_options){
	    .language = scan->language,
	    .strings = values[STRINGS].given,
	    .terminal = values[OUTPUT].text == NULL && terminal_is(TERMINAL_OUT) &&
			terminal_has_escapes(TERMINAL_OUT),
	    .utc_offset_minutes = clock_utc_offset_minutes(clock_utc_ms()),
	};
	return true;
}

/* ---- what the sweep tells ---- */

/* On a terminal a finding is announced at once; the report comes at the end. */
static void announce(struct scan *scan, const struct finding *finding)
{
	struct buffer line = {0};

	if (!scan->progress.enabled || scan->report_options.format == REPORT_JSONL)
		return;
	buffer_format(&line, "%s: ", message(scan->language, MESSAGE_FOUND_SO_FAR));
	encode_visible(&line, finding->path);
	buffer_text(&line, ": ");
	encode_visible(&line, finding->rule);
	buffer_u8(&line, '\n');
	if (buffer_ok(&line))
		terminal_write(TERMINAL_ERR, buffer_bytes(&line));
	buffer_free(&line);
}

static bool fill_lists(const struct ruleset *ruleset, const struct worker_rule *found,
		       struct arena *arena, struct finding *finding)
{
	struct ruleset_rule rule = ruleset_rule(ruleset, found->rule);
	struct bytes *tags = arena_array(arena, rule.n_tags, sizeof *tags);
	struct finding_meta *metas = arena_array(arena, rule.n_metas, sizeof *metas);

	if (tags == NULL || metas == NULL)
		return false;
	for (uint32_t i = 0; i < rule.n_tags; i++)
		tags[i] = ruleset_tag(ruleset, found->rule, i);
	for (uint32_t i = 0; i < rule.n_metas; i++) {
		struct ruleset_meta meta = ruleset_meta(ruleset, found->rule, i);

		metas[i].key = meta.key;
		metas[i].text = meta.text;
		metas[i].integer = meta.integer;
		metas[i].kind = meta.kind == META_TEXT  ? FINDING_META_TEXT
				: meta.kind == META_INT ? FINDING_META_INT
							: FINDING_META_BOOL;
	}
	finding->rule = rule.identifier;
	finding->name_space = rule.name_space;
	finding->tags = tags;
	finding->n_tags = rule.n_tags;
	finding->metas = metas;
	finding->n_metas = rule.n_metas;
	return true;
}

static bool fill_strings(const struct worker_rule *found, struct arena *arena,
			 struct finding *finding)
{
	struct finding_string *strings;
	size_t n = 0;

	for (size_t i = 0; i < found->n_strings; i++)
		n += found->strings[i].is_private ? 0 : found->strings[i].n_matches;
	strings = arena_array(arena, n, sizeof *strings);
	if (strings == NULL)
		return false;
	finding->strings = strings;
	for (size_t i = 0; i < found->n_strings; i++) {
		const struct worker_string *string = &found->strings[i];

		for (size_t k = 0; !string->is_private && k < string->n_matches; k++)
			strings[finding->n_strings++] = (struct finding_string){
			    .identifier = string->identifier,
			    .offset = string->matches[k].offset,
			    .length = string->matches[k].length,
			    .xor_key = string->matches[k].xor_key,
			};
	}
	return true;
}

/* process: whose memory the object is; NULL: it is a file. */
static void tell_rule(struct scan *scan, const struct sweep_object *object,
		      const struct process_note *process,
		      const struct worker_rule *found)
{
	struct finding finding = {
	    .kind = FINDING_RULE,
	    .path = object->path,
	    .size = object->size,
	    .has_sha256 = object->answer->has_sha256,
	};
	struct arena *arena = NULL;

	if (arena_new(CAP_RESULT, &arena) != RQ_OK ||
	    !fill_lists(scan->rules.ruleset, found, arena, &finding)) {
		scan->failed = true;
		/* tell it without its lists rather than not at all */
		finding.rule =
		    ruleset_rule(scan->rules.ruleset, found->rule).identifier;
	} else if (!fill_strings(found, arena, &finding) ||
		   (process != NULL &&
		    process_finding_extend(process, found, arena, &finding) != RQ_OK)) {
		scan->failed = true;
	}
	memcpy(finding.sha256, object->answer->sha256, sizeof finding.sha256);
	announce(scan, &finding);
	report_finding(scan->report, &finding);
	arena_free(arena);
}

static void tell_hit(struct scan *scan, const struct worker_hit *hit,
		     struct finding *finding)
{
	struct arena *arena = NULL;

	if (arena_new(CAP_RESULT, &arena) != RQ_OK ||
	    indicators_tell(&scan->indicators, hit, arena, finding) != RQ_OK)
		scan->failed = true;
	announce(scan, finding);
	report_finding(scan->report, finding);
	arena_free(arena);
}

static void tell_hits(struct scan *scan, const struct sweep_object *object)
{
	const struct worker_answer *answer = object->answer;

	for (size_t i = 0; i < answer->n_hits; i++) {
		struct finding finding = {.path = object->path,
					  .size = object->size,
					  .has_sha256 = answer->has_sha256};

		memcpy(finding.sha256, answer->sha256, sizeof finding.sha256);
		tell_hit(scan, &answer->hits[i], &finding);
	}
}

/* A name needs no bytes: what was not examined is asked for here. */
static void tell_names_of_gap(struct scan *scan, const struct sweep_gap *told)
{
	struct indicator_hits hits = {0};

	if (scan->indicators.table == NULL)
		return;
	if (indicator_path(scan->indicators.table, told->path, &hits) != RQ_OK)
		scan->failed = true;
	for (size_t i = 0; i < hits.n; i++) {
		const struct worker_hit hit = {.kind = FINDING_NAME,
					       .index = hits.at[i]};
		struct finding finding = {.path = told->path, .size = told->size};

		scan->n_by_name++;
		tell_hit(scan, &hit, &finding);
	}
	alloc_free(hits.at);
}

static void tell_object(struct scan *scan, const struct sweep_object *object,
			const struct process_note *process)
{
	const struct worker_answer *answer = object->answer;

	progress_erase(&scan->progress);
	for (size_t i = 0; i < answer->n_rules; i++)
		tell_rule(scan, object, process, &answer->rules[i]);
	tell_hits(scan, object);
	for (uint32_t reason = 0; reason < N_GAP_REASONS; reason++) {
		struct gap gap = {.path = object->path,
				  .reason = (enum gap_reason)reason,
				  .has_sha256 = answer->has_sha256};

		if ((answer->gaps >> reason & 1) == 0)
			continue;
		memcpy(gap.sha256, answer->sha256, sizeof gap.sha256);
		report_gap(scan->report, &gap);
	}
}

static void on_object(void *listener, const struct sweep_object *object)
{
	tell_object(listener, object, NULL);
}

static void on_process(void *listener, const struct process_note *process,
		       const struct sweep_object *object)
{
	struct scan *scan = listener;
	struct arena *arena = NULL;
	struct finding finding;
	enum rq_err err = arena_new(CAP_RESULT, &arena);

	tell_object(scan, object, process);
	if (err == RQ_OK)
		err = process_finding_code(process, scan->language, arena, &finding);
	if (err == RQ_OK) {
		scan->processes.n_code++;
		scan->processes.n_only_code += object->answer->n_rules == 0;
		announce(scan, &finding);
		report_finding(scan->report, &finding);
	}
	scan->failed |= err != RQ_OK && err != RQ_ERR_NOT_FOUND;
	arena_free(arena);
}

static void on_file(void *listener, struct bytes path)
{
	struct scan *scan = listener;

	if (!scan->sweep.all && !scan_processes_add_file(&scan->processes, path))
		scan->failed = true;
}

static void on_gap(void *listener, const struct sweep_gap *told)
{
	struct scan *scan = listener;
	struct gap gap = {
	    .path = told->path,
	    .reason = told->reason,
	    .detail = told->detail,
	    .has_sha256 = told->sha256 != NULL,
	};

	if (told->sha256 != NULL)
		memcpy(gap.sha256, told->sha256, sizeof gap.sha256);
	progress_erase(&scan->progress);
	report_gap(scan->report, &gap);
	tell_names_of_gap(scan, told);
}

static void on_progress(void *listener, const struct sweep_progress *now)
{
	struct scan *scan = listener;

	progress_show(&scan->progress, now);
}

/* ---- the whole ---- */

/* Every object was examined without the refused rules: that is a gap of its own. */
static void tell_refused_rules(struct scan *scan)
{
	const struct rule_report *report = &scan->rules.report;

	for (size_t i = 0; i < report->n_messages; i++) {
		const struct rule_message *message = &report->messages[i];
		struct gap gap = {.path = bytes_of(message->place.file),
				  .reason = GAP_RULES_REFUSED,
				  .detail = message->text};

		if (message->is_warning)
			continue;
		scan->summary.n_gaps[GAP_RULES_REFUSED]++;
		report_gap(scan->report, &gap);
	}
}

/* Likewise lines of lists of indicators. */
static void tell_refused_indicators(struct scan *scan)
{
	const struct indicator_list *list = scan->indicators.list;

	for (size_t i = 0; list != NULL && i < list->n_refusals; i++) {
		const struct indicator_refusal *refusal = &list->refusals[i];
		struct buffer detail = {0};
		struct gap gap = {.path = list->lists[refusal->list],
				  .reason = GAP_INDICATORS_REFUSED};

		buffer_format(&detail, "line %llu: %s",
			      (unsigned long long)refusal->line, refusal->reason);
		buffer_u8(&detail, 0);
		gap.detail =
		    buffer_ok(&detail) ? (const char *)detail.data : refusal->reason;
		report_gap(scan->report, &gap);
		buffer_free(&detail);
	}
	scan->summary.n_gaps[GAP_INDICATORS_REFUSED] +=
	    list != NULL ? list->n_refused : 0;
}

static int sweep_failure(const struct scan *scan, enum rq_err err,
			 const struct rq_diag *diag)
{
	const char *detail = diag->what[0] != 0 ? diag->what : rq_err_text(err);
	bool resuming = scan->sweep.resume_path != NULL;

	if (err == RQ_ERR_NOT_FOUND && scan->processes.outcome.n_workers == 0 &&
	    scan->processes.n_ids > 0) {
		complain(scan->language, MESSAGE_NO_PROCESS, detail);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_UNSUPPORTED && scan_processes_asked(&scan->processes)) {
		complain(scan->language, MESSAGE_NO_MEMORY_HERE, NULL);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_FORMAT && resuming) {
		complain(scan->language, MESSAGE_RESUME_REFUSED, detail);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_ACCESS && resuming) {
		complain(scan->language, MESSAGE_RESUME_BUSY, detail);
		return EXIT_USAGE;
	}
	complain(scan->language,
		 err == RQ_ERR_PEER ? MESSAGE_NO_WORKERS : MESSAGE_FAILED, detail);
	return EXIT_OURS;
}

static void summarise(struct scan *scan, const char *host)
{
	static const char *const everything[] = {"--all"};
	const struct sweep_outcome *outcome = &scan->outcome;
	struct summary *summary = &scan->summary;
	bool shipped = scan->values[RULES].n_list == 0;

	summary->n_seen = outcome->n_seen;
	summary->n_scanned = outcome->n_scanned;
	summary->n_found = outcome->n_found;
	summary->n_findings = outcome->n_findings + scan->n_by_name;
	summary->bytes_seen = outcome->bytes_seen;
	summary->bytes_scanned = outcome->bytes_scanned;
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		summary->n_gaps[i] += outcome->n_gaps[i];
	summary->n_rules = scan->rules.n_rules;
	summary->n_rules_refused = scan->rules.n_refused;
	summary->ended_ms = clock_utc_ms();
	summary->seconds = outcome->seconds;
	summary->resumed = outcome->resumed;
	summary->stopped |= outcome->stopped;
	summary->program_version = RAQUET_VERSION;
	summary->content_name = shipped ? SHIPPED_NAME : NULL;
	summary->content_date = shipped ? shipped_date() : NULL;
	memcpy(summary->content_sha256, scan->rules.content_sha256, 32);
	summary->host_name = host;
	summary->confinement = outcome->confinement;
	summary->n_workers = outcome->n_workers;
	if (scan_processes_summarise(
		&scan->processes, scan->sweep.all ? everything : scan->paths,
		scan->sweep.all ? 1 : scan->n_paths, summary) != RQ_OK)
		scan->failed = true;
}

static int exit_code(const struct scan *scan)
{
	if (scan->failed)
		return EXIT_OURS;
	switch (summary_verdict(&scan->summary)) {
	case VERDICT_FOUND: return EXIT_FOUND;
	case VERDICT_CLEAN: return EXIT_CLEAN;
	case VERDICT_UNKNOWN: break;
	}
	return scan->rules.n_refused > 0 ||
		       scan->summary.n_gaps[GAP_INDICATORS_REFUSED] > 0
		   ? EXIT_USAGE
		   : EXIT_INCOMPLETE;
}

/* All was told and the report is safe: the next run begins anew. */
static void drop_journal(struct scan *scan)
{
	const char *path = scan->sweep.resume_path;

	enum rq_err err = path != NULL ? file_remove(path) : RQ_OK;

	if (err != RQ_OK && err != RQ_ERR_NOT_FOUND) {
		complain(scan->language, MESSAGE_FAILED, path);
		scan->failed = true;
	}
}

/* Indicators for the workers, and in what a resumed sweep must have in common. */
static enum rq_err give_content(struct scan *scan)
{
	struct sweep_options *sweep = &scan->sweep;
	uint8_t both[64];

	memcpy(sweep->content_sha256, scan->rules.image_sha256, 32);
	if (scan->indicators.table == NULL)
		return RQ_OK;
	sweep->indicators = scan->indicators.sealed;
	sweep->indicator_body = scan->indicators.body;
	sweep->n_indicators = indicator_table_size(scan->indicators.table);
	memcpy(both, scan->rules.image_sha256, 32);
	memcpy(&both[32], scan->indicators.sha256, 32);
	return digest_of(DIGEST_SHA256, (struct bytes){both, sizeof both},
			 sweep->content_sha256);
}

static enum rq_err sweep_processes(struct scan *scan, struct rq_diag *diag)
{
	const struct process_sink sink = {
	    .listener = scan, .process = on_process, .gap = on_gap, .file = on_file};
	struct process_options options = {.sweep = &scan->sweep,
					  .all = scan->processes.all,
					  .ids = scan->processes.ids,
					  .n_ids = scan->processes.n_ids};

	return process_sweep_run(&options, &sink, &scan->processes.outcome, diag);
}

static enum rq_err sweep_files(struct scan *scan, struct rq_diag *diag)
{
	const struct sweep_sink sink = {.listener = scan,
					.object = on_object,
					.gap = on_gap,
					.progress = on_progress};
	enum rq_err err = scan_processes_extend(&scan->processes, &scan->sweep);

	if (err != RQ_OK || (scan->sweep.n_paths == 0 && !scan->sweep.all))
		return err;
	return sweep_run(&scan->sweep, &sink, &scan->outcome, diag);
}

/* Memory first: it is what goes away. */
static enum rq_err sweep_all(struct scan *scan, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (scan_processes_asked(&scan->processes))
		err = sweep_processes(scan, diag);
	return err == RQ_OK ? sweep_files(scan, diag) : err;
}

static int sweep(struct scan *scan)
{
	struct rq_diag diag = {0};
	char host[256];
	int usage = EXIT_CLEAN;
	enum rq_err err;

	scan->sweep.sealed = scan->rules.sealed;
	scan->sweep.n_rules = (uint32_t)scan->rules.n_rules;
	scan->sweep.want_owner = scan->rules.wants_owner;
	if (give_content(scan) != RQ_OK) {
		complain(scan->language, MESSAGE_FAILED, "digest");
		return EXIT_OURS;
	}
	progress_init(&scan->progress, scan->language, scan->values[PROGRESS].given);
	host_catch_interrupt();
	host_name(host, sizeof host);
	scan->summary.started_ms = clock_utc_ms();
	tell_refused_rules(scan);
	tell_refused_indicators(scan);
	err = sweep_all(scan, &diag);
	progress_erase(&scan->progress);
	if (err != RQ_OK) {
		usage = sweep_failure(scan, err, &diag);
		if (usage == EXIT_USAGE)
			return usage; /* nothing was swept */
		scan->failed = true;
		scan->summary.stopped = true;
	}
	summarise(scan, host);
	if (report_close(scan->report, &scan->summary) != RQ_OK)
		scan->failed = true;
	if (!scan->failed && !scan->summary.stopped)
		drop_journal(scan);
	return exit_code(scan);
}

static int load_indicators(struct scan *scan)
{
	const struct option_value *lists = &scan->values[IOC];
	struct rq_diag diag = {0};
	enum rq_err err;

	if (lists->n_list == 0)
		return EXIT_CLEAN;
	err = indicators_load(&scan->indicators, lists->list, lists->n_list, &diag);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(scan->language,
		 scan->indicators.unread != NULL ? MESSAGE_CANNOT_READ_INDICATORS
						 : MESSAGE_FAILED,
		 scan->indicators.unread != NULL ? scan->indicators.unread
		 : diag.what[0] != 0             ? diag.what
						 : rq_err_text(err));
	return scan->indicators.unread != NULL || err == RQ_ERR_USAGE ||
		       err == RQ_ERR_FORMAT
		   ? EXIT_USAGE
		   : EXIT_OURS;
}

static int load_and_sweep(struct scan *scan, struct arena *arena)
{
	const struct option_value *values = scan->values;
	struct rq_diag diag = {0};
	enum rq_err err;
	int code;

	code = command_load_rules(values[RULES].list, values[RULES].n_list,
				  values[DEFINE].list, values[DEFINE].n_list, false,
				  scan->language, arena, &scan->rules);
	if (code == EXIT_CLEAN)
		code = load_indicators(scan);
	if (code != EXIT_CLEAN)
		return code;
	err = report_open(&scan->report_options, &scan->report, &diag);
	if (err != RQ_OK) {
		complain(scan->language, MESSAGE_CANNOT_WRITE,
			 scan->report_options.path != NULL ? scan->report_options.path
							   : rq_err_text(err));
		return EXIT_OURS;
	}
	return sweep(scan);
}

static int run(const struct words *words)
{
	struct scan scan = {0};
	struct arguments arguments;
	struct arena *arena = NULL;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	rules_init(&scan.rules);
	indicators_init(&scan.indicators);
	if (!command_read(&command_scan, words, LANG, arena, &arguments,
			  &scan.language))
		goto out;
	scan.values = arguments.values;
	if (scan.values[HELP].given) {
		command_help(&command_scan, scan.language);
		code = EXIT_CLEAN;
	} else if (read_options(&scan, &arguments)) {
		code = load_and_sweep(&scan, arena);
	}
out:
	report_free(scan.report);
	indicators_free(&scan.indicators);
	scan_processes_free(&scan.processes);
	rules_free(&scan.rules);
	arena_free(arena);
	return code;
}

const struct command command_scan = {
    .name = "scan",
    .run = run,
    .summary = MESSAGE_COMMAND_SCAN,
    .usage = {"scan [TÙY CHỌN]... ĐƯỜNG_DẪN... | --all | --processes",
	      "scan [OPTION]... PATH... | --all | --processes"},
    .prose = {MESSAGE_SCAN_SUMMARY, MESSAGE_SCAN_EXITS},
    .n_prose = 2,
    .table = table,
    .n_rows = N_ROWS,
};
