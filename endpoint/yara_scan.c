#include "endpoint/yara_run.h"

#include "bytes/cap.h"
#include "endpoint/sweep.h"
#include "finding/gap.h"
#include "os/file.h"
#include "os/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TIMEOUT = 1000000 };

/* A path as yara builds it: "DIR/" and "name" are "DIR//name". */
static struct bytes shown_path(const struct yara_run *run, struct bytes path,
			       struct buffer *scratch)
{
	size_t n = strlen(run->target);

	if (!run->many || run->values[YARA_SCAN_LIST].given || n < 2 ||
	    run->target[n - 1] != '/' || path.n <= n ||
	    memcmp(path.at, run->target, n) != 0 || path.at[n] == '/')
		return path;
	buffer_text(scratch, run->target);
	buffer_u8(scratch, '/');
	for (size_t i = n; i < path.n; i++)
		buffer_u8(scratch, path.at[i]);
	return buffer_ok(scratch) ? buffer_bytes(scratch) : path;
}

static void count_line(const struct yara_run *run, struct buffer *out,
		       struct bytes path, int64_t n)
{
	if (!run->print.count)
		return;
	if (run->many) {
		buffer_put(out, path.at, path.n);
		buffer_text(out, ": ");
	}
	buffer_format(out, "%lld\n", (long long)n);
}

/* A line for standard error; on a terminal nothing of the path is hidden. */
static void say_of(struct bytes path, const char *before, const char *after)
{
	struct buffer line = {0};

	buffer_text(&line, before);
	if (terminal_is(TERMINAL_ERR))
		yara_print_path(&line, path, true);
	else
		buffer_put(&line, path.at, path.n);
	buffer_text(&line, after);
	buffer_u8(&line, '\n');
	(void)terminal_put(TERMINAL_ERR, &line);
}

static void say_error(struct yara_run *run, struct bytes path, const char *what)
{
	char text[1024];

	snprintf(text, sizeof text, ": %s", what);
	say_of(path, "error scanning ", text);
	if (!run->many)
		run->failed = true;
}

static void say_skipped(const struct yara_run *run, struct bytes path, uint64_t size)
{
	char text[128];

	snprintf(
	    text, sizeof text, " (%llu bytes) because it's larger than %lld bytes.",
	    (unsigned long long)size, (long long)run->values[YARA_SKIP_LARGER].number);
	if (!run->values[YARA_NO_WARNINGS].given)
		say_of(path, "skipping ", text);
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

static void warn_of_cut(const struct yara_run *run, const struct worker_cut *cut)
{
	struct bytes rule = ruleset_rule(run->rules.ruleset, cut->rule).identifier;

	yara_say("warning: rule \"%.*s\": too many matches for %.*s, results for this "
		 "rule may be incorrect\n",
		 (int)rule.n, (const char *)rule.at, (int)cut->identifier.n,
		 (const char *)cut->identifier.at);
}

/* yara goes on with the matches it has, unless a warning is to be a failure. */
static bool goes_on(struct yara_run *run, struct bytes path,
		    const struct worker_answer *answer)
{
	const struct worker_cut *last = &answer->cuts[answer->n_cuts - 1];
	struct bytes rule = ruleset_rule(run->rules.ruleset, last->rule).identifier;
	char text[512];

	if (run->values[YARA_NO_WARNINGS].given)
		return true;
	if (!run->values[YARA_FAIL_ON_WARNINGS].given) {
		for (size_t i = answer->n_cuts; i > 0; i--)
			warn_of_cut(run, &answer->cuts[i - 1]);
		return true;
	}
	warn_of_cut(run, last);
	snprintf(text, sizeof text,
		 "string \"%.*s\" in rule \"%.*s\" caused too many matches",
		 (int)last->identifier.n, (const char *)last->identifier.at,
		 (int)rule.n, (const char *)rule.at);
	say_error(run, path, text);
	return false;
}

static void on_object(void *listener, const struct sweep_object *object)
{
	struct yara_run *run = listener;
	struct buffer out = {0}, scratch = {0};
	struct bytes path = shown_path(run, object->path, &scratch);
	uint32_t gaps = object->answer->gaps;
	bool ends = false;
	int64_t n = 0;

	if (object->answer->n_cuts > 0) {
		gaps &= ~(1u << GAP_TOO_MANY_MATCHES);
		ends = !goes_on(run, path, object->answer);
	}
	if (!ends)
		n = yara_print_object(&out, &run->print, &run->rules, path,
				      object->answer, &run->counts);
	/* a single file that failed has no count */
	if (run->many || (gaps == 0 && !ends))
		count_line(run, &out, path, n);
	yara_put(&out);
	for (uint32_t reason = 0; reason < N_GAP_REASONS; reason++)
		if ((gaps >> reason & 1) != 0)
			say_error(run, path, gap_text((enum gap_reason)reason));
	buffer_free(&out);
	buffer_free(&scratch);
}

static void on_gap(void *listener, const struct sweep_gap *gap)
{
	struct yara_run *run = listener;
	struct buffer out = {0}, scratch = {0};
	struct bytes path = shown_path(run, gap->path, &scratch);

	switch (gap->reason) {
	case GAP_NOT_A_FILE: /* yara passes them over inside a folder */
	case GAP_LOOP:
	case GAP_LISTING:
		if (run->many)
			break;
		say_error(run, path, gap_text(gap->reason));
		break;
	case GAP_TOO_LARGE: say_skipped(run, path, gap->size); break;
	default:
		if (run->many)
			count_line(run, &out, path, 0);
		yara_put(&out);
		say_error(run, path, gap_text(gap->reason));
	}
	buffer_free(&out);
	buffer_free(&scratch);
}

static void set_sweep(struct yara_run *run, struct sweep_options *sweep)
{
	const struct option_value *values = run->values;
	uint64_t timeout_ms =
	    1000 * (values[YARA_TIMEOUT].given && values[YARA_TIMEOUT].number > 0
			? (uint64_t)values[YARA_TIMEOUT].number
			: DEFAULT_TIMEOUT);

	sweep_options_default(sweep);
	sweep->recursive = values[YARA_RECURSIVE].given;
	sweep->follow_links = !values[YARA_NO_LINKS].given;
	sweep->n_workers = values[YARA_THREADS].given && values[YARA_THREADS].number > 0
			       ? (uint32_t)values[YARA_THREADS].number
			       : 0;
	if (!run->many)
		sweep->n_workers = 1;
	sweep->max_holes = 0;
	if (run->many && values[YARA_SKIP_LARGER].number > 0)
		sweep->max_file_size = (uint64_t)values[YARA_SKIP_LARGER].number - 1;
	sweep->spare_named = true;
	sweep->literal = true;
	if (run->many)
		sweep->time_limit_ms = timeout_ms;
	sweep->worker.timeout_ms = timeout_ms;
	sweep->worker.want_strings =
	    run->print.strings || run->print.lengths || run->print.xor_keys;
	sweep->worker.want_not_matching = values[YARA_NEGATE].given;
	sweep->worker.want_module_data = values[YARA_SHOW_MODULE_DATA].given;
	sweep->worker.libyara_limits = true;
	sweep->worker.match_data = CAP_MATCH_DATA;
	sweep->sealed = run->rules.sealed;
	sweep->n_rules = (uint32_t)run->rules.n_rules;
	memcpy(sweep->content_sha256, run->rules.image_sha256, 32);
}

static bool sweep(struct yara_run *run, const char *const *paths, size_t n)
{
	const struct sweep_sink sink = {.listener = run,
					.object = on_object,
					.every_object = run->print.count,
					.gap = on_gap};
	struct sweep_options options;
	struct sweep_outcome outcome = {0};
	struct rq_diag diag = {0};
	enum rq_err err;

	set_sweep(run, &options);
	options.paths = paths;
	options.n_paths = n;
	err = sweep_run(&options, &sink, &outcome, &diag);
	if (err != RQ_OK) {
		yara_say("error: %s\n",
			 diag.what[0] != 0 ? diag.what : rq_err_text(err));
		return false;
	}
	return !run->failed;
}

/* The lines of a list, each without its end.  An empty one names no file. */
static const char **lines_of(struct yara_run *run, struct bytes text, size_t *n_out)
{
	static const struct sweep_gap nothing = {.reason = GAP_VANISHED};
	size_t n_lines = 1, start = 0;
	const char **lines;

	for (size_t i = 0; i < text.n; i++)
		n_lines += text.at[i] == '\n';
	lines = arena_array(run->arena, n_lines, sizeof *lines);
	*n_out = 0;
	for (size_t i = 0; lines != NULL && i <= text.n; i++) {
		if (i < text.n && text.at[i] != '\n')
			continue;
		if (i > start)
			lines[(*n_out)++] =
			    arena_copy(run->arena, text.at + start, i - start);
		else if (i < text.n)
			on_gap(run, &nothing);
		start = i + 1;
	}
	return lines;
}

static bool scan_list(struct yara_run *run)
{
	struct buffer text = {0};
	const char **lines;
	bool fine = false;
	size_t n;

	if (file_read_whole(run->target, &text, NULL) != RQ_OK) {
		yara_say("error: could not open file \"%s\".\n", run->target);
	} else {
		lines = lines_of(run, buffer_bytes(&text), &n);
		fine = lines != NULL && (n == 0 || sweep(run, lines, n));
	}
	buffer_free(&text);
	return fine;
}

static bool is_pid(const char *text)
{
	char *end = NULL;

	return strtol(text, &end, 10) > 0 && *end == 0;
}

bool yara_scan_target(struct yara_run *run)
{
	struct file_info info;
	bool is_there = file_stat_path(run->target, true, &info, NULL) == RQ_OK;
	bool is_folder = is_there && info.kind == FILE_FOLDER;

	if (run->values[YARA_SCAN_LIST].given && is_folder) {
		yara_say("error: cannot use a directory as scan list.\n");
		return false;
	}
	run->many = run->values[YARA_SCAN_LIST].given || is_folder;
	if (run->values[YARA_SCAN_LIST].given)
		return scan_list(run);
	if (!is_there && is_pid(run->target)) {
		say_error(run, bytes_of(run->target),
			  "scanning a process is not in this build");
		return false;
	}
	if (!is_there) {
		say_error(run, bytes_of(run->target), "could not open file");
		return false;
	}
	return sweep(run, &run->target, 1);
}
