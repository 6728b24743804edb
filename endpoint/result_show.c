#include "endpoint/result_show.h"

#include "sealed/describe.h"

struct showing {
	const struct result_show_options *options;
	struct result *result;
	struct buffer *out;
};

static enum rq_err show_head(void *listener, const struct result_head *head)
{
	struct showing *showing = listener;
	const struct render_options *render = &showing->options->render;

	if (showing->options->format != REPORT_TEXT)
		return RQ_OK;
	describe_header(showing->out, &head->header, render->language,
			render->utc_offset_minutes);
	buffer_u8(showing->out, '\n');
	return RQ_OK;
}

static enum rq_err show_line(void *listener, struct bytes line)
{
	struct showing *showing = listener;

	buffer_put(showing->out, line.at, line.n);
	buffer_u8(showing->out, '\n');
	return RQ_OK;
}

/* The summary is the last record: with it everything is there. */
static enum rq_err show_whole(struct showing *showing, const struct summary *summary)
{
	const struct render_options *render = &showing->options->render;
	enum rq_err err = result_arrange(showing->result);

	if (err != RQ_OK)
		return err;
	switch (showing->options->format) {
	case REPORT_HTML:
		render_html(showing->out, showing->result, summary, render);
		break;
	case REPORT_SHEET:
		render_sheet(showing->out, showing->result, summary, render);
		break;
	default: render_text(showing->out, showing->result, summary, render);
	}
	return RQ_OK;
}

static enum rq_err show_record(void *listener, const struct jsonl_line *line)
{
	struct showing *showing = listener;

	switch (line->event) {
	case JSONL_MATCH: return result_add_finding(showing->result, &line->finding);
	case JSONL_GAP: return result_add_gap(showing->result, &line->gap);
	case JSONL_SUMMARY: break;
	}
	return show_whole(showing, &line->summary);
}

enum rq_err result_show(const struct result_entry *entry, struct result_reader *reader,
			const struct result_show_options *options, struct buffer *out,
			struct rq_diag *diag)
{
	struct showing showing = {.options = options, .out = out};
	const struct result_sink sink = {.listener = &showing,
					 .head = show_head,
					 .record = show_record,
					 .line = show_line};
	size_t before = out->size;
	bool is_good = false;
	enum rq_err err = result_new(&showing.result);

	if (err == RQ_OK)
		err = result_files_tell(entry, reader, &sink, &is_good, diag);
	if (err == RQ_OK && !is_good)
		err = rq_fail(diag, RQ_ERR_FORMAT, entry->name,
			      "it changed while it was read");
	if (err == RQ_OK && !buffer_ok(out))
		err = RQ_ERR_MEMORY;
	if (err != RQ_OK)
		out->size = before;
	result_free(showing.result);
	return err;
}
