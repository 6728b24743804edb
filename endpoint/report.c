#include "endpoint/report.h"

#include "bytes/alloc.h"
#include "endpoint/language.h"
#include "endpoint/seal.h"
#include "finding/jsonl.h"
#include "os/file.h"
#include "os/host.h"
#include "os/terminal.h"

#include <string.h>

/* Where bytes go, best first. */
enum place { PLACE_FILE, PLACE_OUT, PLACE_ERR, PLACE_NONE };

struct report {
	struct report_options options;
	enum place place;
	struct file file;      /* JSON Lines to a file */
	struct result *result; /* text and HTML */
	struct buffer line;
	bool is_left;    /* whoever read it has gone */
	enum rq_err err; /* the first failure */
};

bool report_format_read(const char *text, enum report_format *format_out)
{
	static const char *const names[] = {[REPORT_TEXT] = "text",
					    [REPORT_JSONL] = "jsonl",
					    [REPORT_HTML] = "html",
					    [REPORT_SHEET] = "sheet"};

	*format_out = REPORT_TEXT;
	for (size_t i = 0; text != NULL && i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			*format_out = (enum report_format)i;
			return true;
		}
	return text == NULL;
}

static enum rq_err open_lines(struct report *report, struct rq_diag *diag)
{
	struct file_info info;
	enum rq_err err =
	    file_open_append(report->options.path, &report->file, &info, diag);

	/* a resumed sweep tells its earlier results again */
	if (err == RQ_OK && info.kind == FILE_REGULAR)
		err = file_truncate(report->file, 0);
	return err;
}

enum rq_err report_open(const struct report_options *options,
			struct report **report_out, struct rq_diag *diag)
{
	struct report *report = alloc_array(1, sizeof *report);
	enum rq_err err = RQ_OK;

	*report_out = NULL;
	if (report == NULL)
		return RQ_ERR_MEMORY;
	report->options = *options;
	report->file = FILE_NONE;
	report->place = options->path != NULL ? PLACE_FILE : PLACE_OUT;
	if (options->listener != NULL) {
		report->place = PLACE_NONE;
		report->options.format = REPORT_JSONL;
	} else if (options->format != REPORT_JSONL || options->sheet != NULL)
		err = result_new(&report->result);
	if (err == RQ_OK && report->place == PLACE_FILE &&
	    options->format == REPORT_JSONL)
		err = open_lines(report, diag);
	if (err != RQ_OK) {
		report_free(report);
		return err;
	}
	*report_out = report; /* transferred */
	return RQ_OK;
}

void report_free(struct report *report)
{
	if (report == NULL)
		return;
	file_close(&report->file);
	result_free(report->result);
	buffer_free(&report->line);
	alloc_free(report);
}

static void note(struct report *report, enum rq_err err)
{
	if (report->err == RQ_OK)
		report->err = err;
}

static bool write_to(struct report *report, enum place place, struct bytes text)
{
	switch (place) {
	case PLACE_FILE:
		if (report->options.format == REPORT_JSONL)
			return file_append(report->file, text) == RQ_OK;
		return file_write_atomic(report->options.path, text, NULL) == RQ_OK;
	case PLACE_OUT: return terminal_write(TERMINAL_OUT, text);
	case PLACE_ERR: return terminal_write(TERMINAL_ERR, text);
	case PLACE_NONE: break;
	}
	return true;
}

/* "| head": nothing failed, and nobody wants to hear the rest. */
static void leave(struct report *report)
{
	report->is_left = true;
	report->place = PLACE_NONE;
	if (report->options.sheet == NULL && report->options.seal == NULL)
		host_interrupt();
}

bool report_is_left(const struct report *report)
{
	return report->is_left;
}

/* Writes, and moves to the next place when this one fails.  A line of which a part was
 * written is written again whole: a broken line can be told, a missing one cannot. */
static void write_out(struct report *report, struct bytes text)
{
	while (!write_to(report, report->place, text)) {
		if (report->place == PLACE_OUT && terminal_is_left(TERMINAL_OUT)) {
			leave(report);
			return;
		}
		note(report, RQ_ERR_SYSTEM);
		complain(report->options.render.language, MESSAGE_CANNOT_WRITE,
			 report->place == PLACE_FILE ? report->options.path : "stdout");
		report->place++;
		complain(report->options.render.language, MESSAGE_REST_FOLLOWS, NULL);
	}
}

static void write_line(struct report *report)
{
	if (buffer_ok(&report->line))
		write_out(report, buffer_bytes(&report->line));
	else
		note(report, RQ_ERR_MEMORY);
	buffer_clear(&report->line);
}

/* Beside a report that is safe: when it fails nothing is lost, but it is told. */
static void write_sheet(struct report *report, const struct summary *summary)
{
	render_sheet(&report->line, report->result, summary, &report->options.render);
	if (!buffer_ok(&report->line)) {
		note(report, RQ_ERR_MEMORY);
	} else if (file_write_atomic(report->options.sheet, buffer_bytes(&report->line),
				     NULL) != RQ_OK) {
		note(report, RQ_ERR_SYSTEM);
		complain(report->options.render.language, MESSAGE_CANNOT_WRITE,
			 report->options.sheet);
	}
	buffer_clear(&report->line);
}

/* Without its end. */
static struct bytes line_of(const struct report *report)
{
	return bytes_trim(buffer_bytes(&report->line), BYTES_LITERAL("\n"));
}

void report_finding(struct report *report, const struct finding *finding)
{
	seal_finding(report->options.seal, finding);
	if (report->options.format == REPORT_JSONL) {
		jsonl_match(&report->line, finding,
			    report->options.render.strings ? JSONL_STRINGS : 0);
		if (report->options.listener != NULL && buffer_ok(&report->line))
			report->options.listener->finding(
			    report->options.listener->self, line_of(report));
		write_line(report);
	}
	if (report->result == NULL)
		return;
	if (result_add_finding(report->result, finding) != RQ_OK) {
		/* no room to hold it: say it at once rather than never */
		note(report, RQ_ERR_MEMORY);
		jsonl_match(&report->line, finding, 0);
		if (buffer_ok(&report->line))
			terminal_write(TERMINAL_ERR, buffer_bytes(&report->line));
		buffer_clear(&report->line);
	}
}

void report_gap(struct report *report, const struct gap *gap)
{
	seal_gap(report->options.seal, gap);
	if (report->options.format == REPORT_JSONL) {
		jsonl_gap(&report->line, gap);
		write_line(report);
	}
	/* its place in the list; the summary counts it anyway */
	if (report->result != NULL)
		note(report, result_add_gap(report->result, gap));
}

enum rq_err report_close(struct report *report, const struct summary *summary)
{
	const struct render_options *render = &report->options.render;

	if (report->result != NULL)
		note(report, result_arrange(report->result));
	switch (report->options.format) {
	case REPORT_JSONL: jsonl_summary(&report->line, summary); break;
	case REPORT_HTML:
		render_html(&report->line, report->result, summary, render);
		break;
	case REPORT_SHEET:
		render_sheet(&report->line, report->result, summary, render);
		break;
	case REPORT_TEXT:
		render_text(&report->line, report->result, summary, render);
		break;
	}
	if (report->options.listener != NULL && buffer_ok(&report->line))
		report->options.listener->end(report->options.listener->self, summary,
					      line_of(report));
	write_line(report);
	if (report->options.sheet != NULL)
		write_sheet(report, summary);
	if (report->place == PLACE_FILE && report->options.format == REPORT_JSONL &&
	    file_flush(report->file) != RQ_OK)
		note(report, RQ_ERR_SYSTEM);
	if (report->options.seal != NULL && !seal_close(report->options.seal, summary))
		note(report, RQ_ERR_SYSTEM);
	return report->err;
}
