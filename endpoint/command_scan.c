#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "bytes/encoding.h"
#include "content/shipped.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "endpoint/command.h"
#include "endpoint/loaded_modules.h"
#include "endpoint/persistence.h"
#include "endpoint/scan_options.h"
#include "endpoint/scan_run.h"
#include "endpoint/scan_told.h"
#include "endpoint/seal.h"
#include "engine/match/search.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/host.h"
#include "os/process.h"
#include "os/terminal.h"

#include <stdio.h>
#include <string.h>

enum { QUICK_LIMIT_MS = 600 * 1000 };

/* ---- options ---- */

static bool read_format(struct scan *scan)
{
	const char *text = scan->values[SCAN_FORMAT].text;
	bool is_known = report_format_read(text, &scan->report_options.format);

	if (!is_known)
		complain(scan->language, MESSAGE_BAD_VALUE, text);
	return is_known;
}

static bool read_kernel(struct scan *scan)
{
	const char *const *here = search_kernels();
	const char *text = scan->values[SCAN_KERNEL].text;

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
	const struct option_value *pid = &scan->values[SCAN_PID];
	const char *wrong =
	    scan_processes_read(&scan->processes, pid->list, pid->n_list,
				scan->values[SCAN_PROCESSES].given);

	if (wrong != NULL)
		complain(scan->language, MESSAGE_BAD_VALUE, wrong);
	return wrong == NULL;
}

static bool has_scope(const struct scan *scan, bool has_files)
{
	bool has_processes = scan_processes_asked(&scan->processes);

	if (!has_files && !has_processes && !scan_scope_has_places(&scan->scope))
		complain(scan->language, MESSAGE_NO_PATH, NULL);
	/* which files are mapped is another matter each time */
	else if (has_processes && scan->values[SCAN_RESUME].given &&
		 !scan->values[SCAN_ALL].given)
		complain(scan->language, MESSAGE_RESUME_PROCESSES, NULL);
	else if (!has_files && scan->values[SCAN_RESUME].given &&
		 scan->scope.scope.running_programs)
		complain(scan->language, MESSAGE_QUICK_ANEW, NULL);
	else
		return true;
	return false;
}

/* What options ask for, and the scope where it chooses what is swept. */
static void read_wants(struct scan *scan)
{
	const struct option_value *values = scan->values;
	const struct scope *scope = &scan->scope.scope;

	scan->wants_persistence =
	    values[SCAN_PERSISTENCE].given || values[SCAN_ALL].given;
	if (!scan_scope_chooses(&scan->scope, &scan->sweep))
		return;
	scan->wants_persistence |= scope->persistence;
	scan->processes_by_scope =
	    scope->processes && !scan_processes_asked(&scan->processes);
	scan->processes.all |= scan->processes_by_scope;
}

/* False: *code is what it ends with. */
static bool read_scope(struct scan *scan, struct arena *arena, int *code)
{
	const char *name =
	    scan->values[SCAN_QUICK].given ? "quick" : scan->values[SCAN_SCOPE].text;
	int read = EXIT_CLEAN;

	if (name != NULL)
		read = scan_scope_read(&scan->scope, name, scan->language, arena);
	if (read != EXIT_CLEAN)
		*code = read;
	return read == EXIT_CLEAN;
}

static bool read_options(struct scan *scan, const struct arguments *arguments)
{
	const struct option_value *values = scan->values;
	struct sweep_options *sweep = &scan->sweep;

	if (!read_format(scan) || !in_range(scan, SCAN_THREADS, 1, CAP_THREADS) ||
	    !in_range(scan, SCAN_MAX_CPU, 1, 100) ||
	    !in_range(scan, SCAN_TIME_LIMIT, 1, CAP_TIME_LIMIT))
		return false;
	if (values[SCAN_QUICK].given &&
	    (values[SCAN_ALL].given || values[SCAN_SCOPE].given ||
	     arguments->n_operands > 0)) {
		complain(scan->language, MESSAGE_QUICK_ALONE, NULL);
		return false;
	}
	if (values[SCAN_ALL].given && arguments->n_operands > 0) {
		complain(scan->language, MESSAGE_PATH_AND_ALL, NULL);
		return false;
	}
	if (!read_processes(scan))
		return false;
	sweep_options_default(sweep);
	sweep->paths = arguments->operands;
	sweep->n_paths = arguments->n_operands;
	scan->paths = arguments->operands;
	scan->n_paths = arguments->n_operands;
	sweep->all = values[SCAN_ALL].given;
	read_wants(scan);
	if (!has_scope(scan, values[SCAN_ALL].given || values[SCAN_PERSISTENCE].given ||
				 arguments->n_operands > 0))
		return false;
	sweep->recursive = true;
	sweep->n_workers = (uint32_t)values[SCAN_THREADS].number;
	sweep->max_cpu = (uint32_t)values[SCAN_MAX_CPU].number;
	sweep->time_limit_ms = (uint64_t)values[SCAN_TIME_LIMIT].number * 1000;
	if (values[SCAN_QUICK].given && !values[SCAN_TIME_LIMIT].given)
		sweep->time_limit_ms = QUICK_LIMIT_MS;
	sweep->resume_path = values[SCAN_RESUME].text;
	sweep->worker.want_strings = values[SCAN_STRINGS].given;
	sweep->worker.match_any = values[SCAN_HASH_ALL].given;
	sweep->worker.search_all = values[SCAN_SEARCH_ALL].given;
	if (!read_kernel(scan))
		return false;
	scan->report_options.path = values[SCAN_OUTPUT].text;
	scan->report_options.sheet = values[SCAN_SHEET].text;
	scan->report_options.render = (struct render_options){
	    .language = scan->language,
	    .strings = values[SCAN_STRINGS].given,
	    .contacts = values[SCAN_CONTACT].list,
	    .n_contacts = values[SCAN_CONTACT].n_list,
	    .terminal = values[SCAN_OUTPUT].text == NULL && terminal_is(TERMINAL_OUT) &&
			terminal_has_escapes(TERMINAL_OUT),
	    .utc_offset_minutes = clock_utc_offset_minutes(clock_utc_ms()),
	};
	return true;
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
		scan_tell(scan, &gap);
	}
}

/* What the scope requires and this sweep does not include. */
static void tell_holes(struct scan *scan)
{
	const struct scope_places *places = &scan->scope.places;

	for (size_t i = 0; i < places->n_holes; i++) {
		struct gap gap = {.path = bytes_of(places->holes[i].path),
				  .reason = places->holes[i].reason,
				  .detail = places->holes[i].detail};

		scan->summary.n_gaps[gap.reason]++;
		scan_tell(scan, &gap);
	}
}

/* Likewise lines of lists of indicators. */
static void tell_refused_indicators(struct scan *scan)
{
	const struct indicator_list *list = scan->indicators.list;

	for (size_t i = 0; list != NULL && i < list->refused.n; i++) {
		const struct indicator_remark *refusal = &list->refused.at[i];
		struct buffer detail = {0};
		struct gap gap = {.path = list->lists[refusal->list],
				  .reason = GAP_INDICATORS_REFUSED};

		if (refusal->line > 0)
			buffer_format(&detail,
				      "line %llu: ", (unsigned long long)refusal->line);
		buffer_text(&detail, refusal->reason);
		/* what has no line has a name */
		if (refusal->line == 0 && refusal->text.n > 0) {
			buffer_text(&detail, ": ");
			encode_visible(&detail, refusal->text);
		}
		buffer_u8(&detail, 0);
		gap.detail =
		    buffer_ok(&detail) ? (const char *)detail.data : refusal->reason;
		scan_tell(scan, &gap);
		buffer_free(&detail);
	}
	scan->summary.n_gaps[GAP_INDICATORS_REFUSED] +=
	    list != NULL ? list->refused.n_all : 0;
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
	if (resuming && strcmp(diag->where, scan->sweep.resume_path) == 0) {
		char named[sizeof diag->where + sizeof diag->what + 2];

		snprintf(named, sizeof named, "%s: %s", diag->where, detail);
		complain(scan->language, MESSAGE_RESUME_UNUSABLE, named);
		return EXIT_USAGE;
	}
	if (err == RQ_ERR_LIMIT && scan->outcome.n_workers == 0) {
		complain(scan->language, MESSAGE_TOO_FEW_FILES, detail);
		return EXIT_OURS;
	}
	complain(scan->language,
		 err == RQ_ERR_PEER ? MESSAGE_NO_WORKERS : MESSAGE_FAILED, detail);
	return EXIT_OURS;
}

/* Never more than leaves room for what counts: a count that went wrong must not turn
 * "found" into something else. */
static void count_looks(struct scan *scan)
{
	struct summary *summary = &scan->summary;
	uint64_t n_counting =
	    scan->n_told[FINDING_COUNTS] + scan->n_told[FINDING_UNWANTED];
	uint64_t room =
	    summary->n_findings > n_counting ? summary->n_findings - n_counting : 0;

	summary->n_look =
	    scan->n_told[FINDING_LOOK] < room ? scan->n_told[FINDING_LOOK] : room;
	summary->n_only_look =
	    scan->n_only_look < summary->n_found ? scan->n_only_look : summary->n_found;
}

static void summarise(struct scan *scan, const char *host)
{
	static const char *const everything[] = {"--all"};
	const struct sweep_outcome *outcome = &scan->outcome;
	struct summary *summary = &scan->summary;
	bool shipped = scan->values[SCAN_RULES].n_list == 0;

	summary->n_seen = outcome->n_seen;
	summary->n_scanned = outcome->n_scanned;
	summary->n_found = outcome->n_found + scan->n_unread_found;
	summary->n_findings = outcome->n_findings + scan->n_by_name;
	summary->bytes_seen = outcome->bytes_seen;
	summary->bytes_scanned = outcome->bytes_scanned;
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		summary->n_gaps[i] += outcome->n_gaps[i];
	summary->n_rules = scan->rules.n_rules;
	summary->n_rules_refused = scan->rules.n_refused;
	indicators_summarise(&scan->indicators, scan->values[SCAN_HASH_ALL].given,
			     summary);
	summary->ended_ms = clock_utc_ms();
	summary->seconds = outcome->seconds;
	summary->seconds_yielded = (double)scan->polite.governor.yielded_ns / 1e9;
	summary->resumed = outcome->resumed;
	summary->stopped |= outcome->stopped;
	summary->program_version = RAQUET_VERSION;
	summary->content_name = shipped ? SHIPPED_NAME : NULL;
	summary->content_date = shipped ? shipped_date() : NULL;
	memcpy(summary->content_sha256, scan->rules.content_sha256, 32);
	summary->host_name = host;
	summary->sweep_id = scan->sweep_text;
	summary->unit = scan->asset.unit;
	scan_scope_summarise(&scan->scope, scan->language, summary);
	summary->confinement = outcome->confinement;
	summary->n_workers = outcome->n_workers;
	if (scan_processes_summarise(
		&scan->processes, scan->sweep.all ? everything : scan->paths,
		scan->sweep.all ? 1 : scan->n_paths, summary) != RQ_OK)
		scan->failed = true;
	count_looks(scan);
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

/* Indicators and packs for the workers, and in what a resumed sweep must have in
 * common. */
static enum rq_err give_content(struct scan *scan)
{
	struct sweep_options *sweep = &scan->sweep;
	uint8_t all[96];

	memcpy(all, scan->rules.image_sha256, 32);
	memcpy(&all[32], scan->indicators.sha256, 32);
	memcpy(&all[64], scan->artefacts.sha256, 32);
	sweep->artefacts = scan->artefacts.sealed;
	sweep->n_artefacts = (uint32_t)scan->artefacts.set.n;
	/* a folder that was removed has no files either */
	if (file_real_path(".", &scan->folder) == RQ_OK && scan->folder.size > 0)
		sweep->worker.folder =
		    (struct bytes){scan->folder.data, scan->folder.size - 1};
	if (scan->indicators.table != NULL) {
		sweep->indicators = scan->indicators.sealed;
		sweep->indicator_body = scan->indicators.body;
		sweep->n_indicators = indicator_table_size(scan->indicators.table);
		seal_content(scan->seal, "indicators", scan->indicators.sha256);
		sweep->find_names = indicators_find_names;
		sweep->finder = &scan->indicators;
	}
	if (scan->artefacts.set.n > 0)
		seal_content(scan->seal, "artefacts", scan->artefacts.sha256);
	return digest_of(DIGEST_SHA256, (struct bytes){all, sizeof all},
			 sweep->content_sha256);
}

static enum rq_err sweep_processes(struct scan *scan, struct rq_diag *diag)
{
	const struct process_sink sink = {.listener = scan,
					  .process = scan_tell_process,
					  .gap = scan_tell_gap,
					  .file = scan_tell_file,
					  .progress = scan_tell_progress};
	struct process_options options = {.sweep = &scan->sweep,
					  .all = scan->processes.all,
					  .ids = scan->processes.ids,
					  .n_ids = scan->processes.n_ids};

	return process_sweep_run(&options, &sink, &scan->processes.outcome, diag);
}

static enum rq_err sweep_files(struct scan *scan, struct rq_diag *diag)
{
	const struct sweep_sink sink = {.listener = scan,
					.object = scan_tell_object,
					.gap = scan_tell_gap,
					.progress = scan_tell_progress};
	enum rq_err err = scan_processes_extend(&scan->processes, &scan->sweep);

	if (err != RQ_OK || (scan->sweep.n_paths == 0 && !scan->sweep.all))
		return err;
	if (scan->sweep.time_limit_ms != 0)
		scan->sweep.time_limit_ms = scan_processes_time_left(
		    &scan->processes, scan->sweep.time_limit_ms);
	return sweep_run(&scan->sweep, &sink, &scan->outcome, diag);
}

/* This system does not let memory be read: the scope asks for more than there is. */
static void tell_no_processes(struct scan *scan)
{
	struct gap gap = {.path = bytes_of(""), .reason = GAP_PROCESSES_NOT_SWEPT};

	scan->processes.all = false;
	scan->summary.n_gaps[gap.reason]++;
	scan_tell(scan, &gap);
}

static void tell_module_gap(void *listener, const struct sweep_gap *told)
{
	struct scan *scan = listener;
	struct gap gap = {
	    .path = told->path, .reason = told->reason, .detail = told->detail};

	scan->summary.n_gaps[gap.reason]++;
	scan_tell(scan, &gap);
}

static enum rq_err look_at_modules(struct scan *scan)
{
	const struct module_sink sink = {
	    .listener = scan, .module = scan_tell_module, .gap = tell_module_gap};

	return scan->wants_persistence ? loaded_modules_look("", &scan->artefacts.set,
							     scan->language, &sink)
				       : RQ_OK;
}

/* Memory first: it is what goes away. */
static enum rq_err sweep_all(struct scan *scan, struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (scan->values[SCAN_POLITE].given)
		err = polite_open(&scan->polite, &scan->sweep);
	if (err == RQ_OK && scan_processes_asked(&scan->processes))
		err = sweep_processes(scan, diag);
	if (err == RQ_ERR_UNSUPPORTED && scan->processes_by_scope) {
		tell_no_processes(scan);
		err = RQ_OK;
	}
	if (err == RQ_OK)
		err = look_at_modules(scan);
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
	progress_init(&scan->progress, scan->language,
		      scan->values[SCAN_PROGRESS].given);
	host_catch_interrupt();
	host_name(host, sizeof host);
	scan->summary.started_ms = clock_utc_ms();
	tell_refused_rules(scan);
	tell_refused_indicators(scan);
	tell_holes(scan);
	err = sweep_all(scan, &diag);
	progress_erase(&scan->progress);
	if (err != RQ_OK) {
		usage = sweep_failure(scan, err, &diag);
		if (usage == EXIT_USAGE)
			return usage; /* nothing was swept */
		scan->failed = true;
		scan->summary.stopped = true;
	}
	if (scan->outcome.journal_failed) {
		complain(scan->language, MESSAGE_RESUME_CUT, scan->sweep.resume_path);
		scan->failed = true;
	}
	summarise(scan, host);
	if (report_close(scan->report, &scan->summary) != RQ_OK)
		scan->failed = true;
	if (!scan->failed && !scan->summary.stopped && !report_is_left(scan->report))
		drop_journal(scan);
	return exit_code(scan);
}

static int load_indicators(struct scan *scan)
{
	const struct option_value *lists = &scan->values[SCAN_IOC];
	struct rq_diag diag = {0};
	enum rq_err err = RQ_OK;

	if (lists->n_list > 0)
		err = indicators_load(&scan->indicators, lists->list, lists->n_list,
				      &diag);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(scan->language,
		 scan->indicators.unread != NULL ? MESSAGE_CANNOT_READ_INDICATORS
						 : MESSAGE_FAILED,
		 scan->indicators.unread != NULL ? scan->indicators.unread : diag.what);
	/* memory and the system are ours, the rest lies in what was given */
	return err == RQ_ERR_MEMORY || err == RQ_ERR_SYSTEM ? EXIT_OURS : EXIT_USAGE;
}

/* The shipped packs go with the shipped rules. */
static int load_artefacts(struct scan *scan)
{
	const struct option_value *packs = &scan->values[SCAN_ARTEFACTS];
	struct artefacts *artefacts = &scan->artefacts;
	struct rq_diag diag = {0};
	struct buffer fault = {0};
	enum rq_err err =
	    artefacts_load(artefacts, scan->values[SCAN_RULES].n_list == 0, packs->list,
			   packs->n_list, &diag);

	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(scan->language,
		 artefacts->unread != NULL ? MESSAGE_CANNOT_READ_ARTEFACTS
					   : MESSAGE_FAILED,
		 artefacts->unread != NULL ? artefacts->unread : rq_err_text(err));
	if (err == RQ_ERR_RULE) {
		artefacts_explain(artefacts, &fault);
		(void)terminal_put(TERMINAL_ERR, &fault);
	}
	return artefacts->unread != NULL ? EXIT_USAGE : EXIT_OURS;
}

/* The one place where a sweep gets its name, sealed or not. */
static enum rq_err name_sweep(struct scan *scan)
{
	struct buffer text = {0};
	enum rq_err err = secret_fill(scan->sweep_id, sizeof scan->sweep_id);

	encode_hex(&text, (struct bytes){scan->sweep_id, sizeof scan->sweep_id});
	if (err == RQ_OK && !buffer_ok(&text))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		memcpy(scan->sweep_text, text.data, text.size);
	buffer_free(&text);
	return err;
}

/* Which machine this is, for the seal and for the code on paper. */
static int ask_machine(struct scan *scan, struct arena *arena)
{
	const struct asset_question question = {
	    .list = scan->values[SCAN_ASSETS].text,
	    .tag = scan->values[SCAN_ASSET_TAG].text,
	    .language = scan->language,
	};

	return asset_ask(&question, arena, &scan->asset);
}

static int open_seal(struct scan *scan, struct arena *arena)
{
	const struct option_value *values = scan->values;
	struct seal_options options = {
	    .path = values[SCAN_SEAL].text,
	    .sweep_id = scan->sweep_id,
	    .unit_code_file = values[SCAN_UNIT_CODE_FILE].text,
	    .centre_key_file = values[SCAN_CENTRE_KEY].text,
	    .copy_key_file = values[SCAN_COPY_KEY].text,
	    .gap_paths = values[SCAN_WITH_GAP_PATHS].given,
	    .is_agreed = values[SCAN_YES].given,
	    .language = scan->language,
	    .utc_offset_minutes = scan->report_options.render.utc_offset_minutes,
	};
	int code;

	for (size_t i = SCAN_UNIT_CODE_FILE; i <= SCAN_YES; i++)
		if (values[i].given && !values[SCAN_SEAL].given) {
			complain(scan->language, MESSAGE_NEEDS_SEAL,
				 scan_options[i].name);
			return EXIT_USAGE;
		}
	if (!values[SCAN_SEAL].given)
		return EXIT_CLEAN;
	code = ask_machine(scan, arena);
	options.asset = scan->asset;
	return code == EXIT_CLEAN ? seal_open(&options, &scan->seal) : code;
}

/* A worker takes as long to start as the rules to load: let it do so meanwhile.  One
 * that shall stand behind everything else is started when we stand there ourselves. */
static void start_early(struct scan *scan)
{
	if (!scan->values[SCAN_POLITE].given &&
	    process_start_worker(&scan->early, NULL) == RQ_OK)
		scan->sweep.early = &scan->early;
}

static int load_and_sweep(struct scan *scan, struct arena *arena)
{
	const struct option_value *values = scan->values;
	struct rq_diag diag = {0};
	enum rq_err err = name_sweep(scan);
	int code;

	if (err != RQ_OK) {
		complain(scan->language, MESSAGE_FAILED, rq_err_text(err));
		return EXIT_OURS;
	}
	code = open_seal(scan, arena);
	if (code == EXIT_CLEAN)
		start_early(scan);
	if (code == EXIT_CLEAN)
		code = command_load_rules(
		    values[SCAN_RULES].list, values[SCAN_RULES].n_list,
		    values[SCAN_DEFINE].list, values[SCAN_DEFINE].n_list, false,
		    scan->language, arena, &scan->rules);
	if (code == EXIT_CLEAN)
		code = load_indicators(scan);
	if (code == EXIT_CLEAN)
		code = load_artefacts(scan);
	if (code != EXIT_CLEAN)
		return code;
	err = scan_scope_apply(&scan->scope, scan->processes.all,
			       scan->wants_persistence && persistence_is_read_here(),
			       arena, &scan->sweep);
	if (err != RQ_OK) {
		complain(scan->language, MESSAGE_FAILED, rq_err_text(err));
		return EXIT_OURS;
	}
	if (scan->scope.n_told > 0) {
		seal_by_scope(scan->seal);
		scan->paths = scan->scope.told;
		scan->n_paths = scan->scope.n_told;
	}
	if (scan->wants_persistence) {
		err = persistence_extend(arena, &scan->sweep);
		/* --quick and --all have it */
		if (err == RQ_OK && !scan->scope.is_quick && !values[SCAN_ALL].given)
			err = persistence_name(arena, &scan->paths, &scan->n_paths);
	}
	if (err != RQ_OK) {
		complain(scan->language, MESSAGE_FAILED, rq_err_text(err));
		return EXIT_OURS;
	}
	scan->report_options.seal = scan->seal;
	err = report_open(&scan->report_options, &scan->report, &diag);
	if (err != RQ_OK) {
		complain(scan->language, MESSAGE_CANNOT_WRITE,
			 scan->report_options.path != NULL ? scan->report_options.path
							   : rq_err_text(err));
		return EXIT_OURS;
	}
	return sweep(scan);
}

int scan_run_told(const struct words *words, const struct scan_told *told)
{
	struct scan scan = {.report_options.listener = told->listener};
	struct arguments arguments;
	struct arena *arena = NULL;
	int code = EXIT_USAGE;

	if (arena_new(CAP_RULE_HEAP, &arena) != RQ_OK)
		return EXIT_OURS;
	rules_init(&scan.rules);
	indicators_init(&scan.indicators);
	artefacts_init(&scan.artefacts);
	if (!command_read(&command_scan, words, arena, &arguments, &scan.language))
		goto out;
	scan.values = arguments.values;
	if (scan.values[SCAN_HELP].given) {
		code = command_help(&command_scan, scan.language);
	} else if (!read_scope(&scan, arena, &code)) {
		goto out;
	} else if (read_options(&scan, &arguments)) {
		if (told->max_file_size > 0)
			scan.sweep.max_file_size = told->max_file_size;
		code = load_and_sweep(&scan, arena);
	}
out:
	process_free(scan.early);
	polite_close(&scan.polite);
	report_free(scan.report);
	seal_free(scan.seal);
	indicators_free(&scan.indicators);
	buffer_free(&scan.folder);
	buffer_free(&scan.whole);
	scan_processes_free(&scan.processes);
	artefacts_free(&scan.artefacts);
	rules_free(&scan.rules);
	arena_free(arena);
	return code;
}

static int run(const struct words *words)
{
	return scan_run_told(words, &(struct scan_told){0});
}

const struct command command_scan = {
    .name = "scan",
    .run = run,
    .summary = MESSAGE_COMMAND_SCAN,
    .usage = {"scan [TÙY CHỌN]... ĐƯỜNG_DẪN... | --all | --quick | --processes",
	      "scan [OPTION]... PATH... | --all | --quick | --processes"},
    .prose = {MESSAGE_SCAN_SUMMARY, MESSAGE_SCAN_EXITS},
    .n_prose = 2,
    .table = scan_options,
    .n_rows = N_SCAN_OPTIONS,
    .lang_row = SCAN_LANG,
    .help_row = SCAN_HELP,
};
