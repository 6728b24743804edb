/*
 * Where the result goes.  JSON Lines are written as events come; text and HTML are
 * held and written whole at the end, to a file in one step.
 *
 * When the place cannot take it (disk full, closed pipe), what was not written goes to
 * standard output instead, or to standard error when that was the place: nothing that
 * was found is lost, and the exit code says that we failed.
 */
#ifndef RAQUET_ENDPOINT_REPORT_H
#define RAQUET_ENDPOINT_REPORT_H

#include "finding/render.h"

enum report_format { REPORT_TEXT, REPORT_JSONL, REPORT_HTML, REPORT_SHEET };

/* As --format has it; NULL: text.  False: there is no such form. */
bool report_format_read(const char *text, enum report_format *format_out);

struct seal;

/* Who takes the place of a file: the lines of --format jsonl, as they come. */
struct report_listener {
	void *self;
	void (*finding)(void *self, struct bytes line);
	void (*end)(void *self, const struct summary *summary, struct bytes line);
};

struct report_options {
	enum report_format format;
	const char *path;  /* NULL: standard output */
	struct seal *seal; /* told the same, and closed at the end; NULL: none */
	const struct report_listener *listener; /* then nothing is written; or NULL */
	const char *sheet; /* hand-off sheet beside it; NULL: none */
	struct render_options render;
};

struct report;

RQ_MUST_USE enum rq_err report_open(const struct report_options *options,
				    struct report **report_out, struct rq_diag *diag);
void report_free(struct report *report);

void report_finding(struct report *report, const struct finding *finding);
void report_gap(struct report *report, const struct gap *gap);

/* Ends it.  Failure since open (memory, the place) sticks and is returned here;
 * everything that is known was written somewhere all the same. */
RQ_MUST_USE enum rq_err report_close(struct report *report,
				     const struct summary *summary);

/* Whether the reader of standard output went away ("| head"): that is no failure, but
 * not all was told.  The sweep is asked to stop when nothing else is to be written. */
bool report_is_left(const struct report *report);

#endif
