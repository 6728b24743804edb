#include "finding/render.h"

#include "bytes/encoding.h"
#include "finding/gap.h"

#include <string.h>

enum { BAR_CELLS = 20, GAP_EXAMPLES = 3, LABEL_COLUMNS = 14, SENTENCE_COLUMNS = 56 };

/* What the rendering of one result carries along. */
struct page {
	struct buffer *out;
	const struct result *result;
	const struct summary *summary;
	const struct render_options *options;
};

static const char *say(const struct page *page, enum word which)
{
	return word(page->options->language, which);
}

static void spaces(struct buffer *out, size_t n)
{
	while (n-- > 0)
		buffer_u8(out, ' ');
}

/* text and blanks up to columns */
static void padded(struct buffer *out, const char *text, size_t columns)
{
	size_t used = utf8_columns(bytes_of(text));

	buffer_text(out, text);
	spaces(out, used < columns ? columns - used : 1);
}

static void colour(const struct page *page, const char *code)
{
	if (page->options->terminal)
		buffer_format(page->out, "\x1b[%sm", code);
}

/* Three answers, three colours, three shapes: nobody must tell red from green. */
static void verdict_line(const struct page *page)
{
	static const struct {
		const char *colour, *shape;
	} signs[] = {
	    [VERDICT_FOUND] = {"1;31", "▲ "},
	    [VERDICT_CLEAN] = {"1;32", "● "},
	    [VERDICT_UNKNOWN] = {"1;33", "■ "},
	};
	enum verdict verdict = summary_verdict(page->summary);
	struct buffer sentence = {0};

	colour(page, signs[verdict].colour);
	if (page->options->terminal)
		buffer_text(page->out, signs[verdict].shape);
	render_verdict_sentence(&sentence, page->summary, page->options->language);
	page->out->failed |= !buffer_ok(&sentence);
	encode_visible(page->out, buffer_bytes(&sentence));
	buffer_free(&sentence);
	colour(page, "0");
	buffer_text(page->out, "\n\n");
}

static void warning(const struct page *page)
{
	struct buffer sentence = {0};

	if (render_warning(&sentence, page->summary, page->options->language)) {
		colour(page, "1;33");
		encode_visible(page->out, buffer_bytes(&sentence));
		colour(page, "0");
		buffer_text(page->out, "\n\n");
	}
	page->out->failed |= !buffer_ok(&sentence);
	buffer_free(&sentence);
}

static void label(const struct page *page, enum word which)
{
	padded(page->out, say(page, which), LABEL_COLUMNS);
}

static void facts(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer *out = page->out;
	struct buffer content = {0};

	label(page, WORD_SCOPE);
	for (size_t i = 0; i < summary->n_scope; i++) {
		buffer_text(out, i > 0 ? ", " : "");
		encode_visible(out, bytes_of(summary->scope[i]));
	}
	buffer_u8(out, '\n');
	if (summary->required_title != NULL) {
		buffer_format(out, "%s: ", say(page, WORD_REQUIRED_SCOPE));
		encode_visible(out, bytes_of(summary->required_title));
		buffer_u8(out, '\n');
	}
	label(page, WORD_CONTENT);
	render_content(&content, summary, page->options->language);
	out->failed |= !buffer_ok(&content);
	encode_visible(out, buffer_bytes(&content));
	buffer_free(&content);
	buffer_text(out, "\n");
	spaces(out, LABEL_COLUMNS);
	buffer_text(out, "SHA-256 ");
	encode_hex(out, (struct bytes){summary->content_sha256, 32});
	buffer_u8(out, '\n');
	label(page, WORD_TIME);
	render_period(out, summary, page->options);
	buffer_u8(out, '\n');
	if (summary->host_name != NULL) {
		label(page, WORD_MACHINE);
		encode_visible(out, bytes_of(summary->host_name));
		buffer_u8(out, '\n');
	}
	label(page, WORD_PROGRAM);
	buffer_format(out, "raquet %s", summary->program_version);
	if (summary->confinement != NULL) {
		buffer_format(out, "; %s: ", say(page, WORD_CONFINEMENT));
		encode_visible(out, bytes_of(summary->confinement));
		buffer_format(out, ", %u %s", (unsigned)summary->n_workers,
			      say(page, WORD_WORKERS));
	}
	buffer_text(out, "\n\n");
}

static void heading(const struct page *page, enum word which)
{
	colour(page, "1");
	buffer_text(page->out, say(page, which));
	colour(page, "0");
	buffer_u8(page->out, '\n');
}

static void strings(const struct page *page, const struct finding *finding)
{
	for (size_t i = 0; i < finding->n_strings; i++) {
		const struct finding_string *string = &finding->strings[i];

		spaces(page->out, 8);
		encode_visible(page->out, string->identifier);
		buffer_format(page->out, " %s ", say(page, WORD_AT));
		write_count(page->out, page->options->language, string->offset);
		buffer_format(page->out, ", %s ", say(page, WORD_LENGTH));
		write_count(page->out, page->options->language, string->length);
		buffer_u8(page->out, '\n');
	}
}

static void text_meta(const struct page *page, const struct finding *finding,
		      const char *key, const char *before)
{
	const struct finding_meta *meta = finding_meta(finding, key);

	if (meta == NULL || meta->kind != FINDING_META_TEXT || meta->text.n == 0)
		return;
	buffer_text(page->out, before);
	encode_visible(page->out, meta->text);
}

static void text_meta_line(const struct page *page, const struct finding *finding,
			   const char *key)
{
	size_t before = page->out->size;

	text_meta(page, finding, key, "      ");
	if (page->out->size > before)
		buffer_u8(page->out, '\n');
}

static void labelled_lines(const struct page *page, const struct finding *finding)
{
	for (size_t i = 0; i < finding->n_metas; i++) {
		const struct finding_meta *meta = &finding->metas[i];
		const char *text = render_label(meta, page->options->language);

		if (text == NULL)
			continue;
		buffer_format(page->out, "      %s: ", text);
		encode_visible(page->out, meta->text);
		buffer_u8(page->out, '\n');
	}
}

static void finding_lines(const struct page *page, const struct finding *finding)
{
	spaces(page->out, 4);
	encode_visible(page->out, finding->rule);
	text_meta(page, finding, "description", ": ");
	buffer_u8(page->out, '\n');
	text_meta_line(page, finding, "where");
	labelled_lines(page, finding);
	text_meta_line(page, finding, "advice");
	if (page->options->strings)
		strings(page, finding);
}

static const char *severity_colour(enum severity severity)
{
	return severity >= SEVERITY_HIGH ? "31" : "33";
}

static void findings(const struct page *page)
{
	if (result_n_objects(page->result) == 0)
		return;
	heading(page, WORD_FINDINGS);
	for (size_t i = 0; i < result_n_objects(page->result); i++) {
		const struct result_object *object = result_object(page->result, i);

		buffer_text(page->out, "  ");
		colour(page, severity_colour(object->worst));
		buffer_format(page->out, "[%s]",
			      word_severity(page->options->language, object->worst));
		colour(page, "0");
		buffer_u8(page->out, ' ');
		encode_visible(page->out, object->path);
		buffer_u8(page->out, '\n');
		for (size_t k = 0; k < object->n_findings; k++)
			finding_lines(page, object->findings[k]);
	}
	buffer_format(page->out, "\n%s\n\n", say(page, WORD_ADVICE_FOUND));
}

/* part of whole as cells; a part that is not nothing shows, a part that is not all
 * leaves a cell empty */
static void bar(const struct page *page, uint64_t part, uint64_t whole)
{
	size_t cells;

	if (!page->options->terminal || whole == 0)
		return;
	cells = (size_t)((double)part / (double)whole * BAR_CELLS + 0.5);
	if (cells == 0 && part > 0)
		cells = 1;
	if (cells >= BAR_CELLS)
		cells = part < whole ? BAR_CELLS - 1 : BAR_CELLS;
	buffer_text(page->out, " ");
	for (size_t i = 0; i < BAR_CELLS; i++)
		buffer_text(page->out, i < cells ? "█" : "░");
}

static void gap_examples(const struct page *page, enum gap_reason reason)
{
	size_t n;
	const struct gap *gaps = result_gaps(page->result, reason, &n);

	for (size_t i = 0; i < n && i < GAP_EXAMPLES; i++) {
		struct buffer path = {0};

		finding_path_write(&path, gaps[i].path, gaps[i].chain, gaps[i].n_chain);
		page->out->failed |= !buffer_ok(&path);
		spaces(page->out, 6);
		encode_visible(page->out, buffer_bytes(&path));
		buffer_free(&path);
		if (gaps[i].detail != NULL) {
			buffer_text(page->out, " (");
			encode_visible(page->out, bytes_of(gaps[i].detail));
			buffer_u8(page->out, ')');
		}
		buffer_u8(page->out, '\n');
	}
	if (page->summary->n_gaps[reason] > GAP_EXAMPLES && n > 0) {
		spaces(page->out, 6);
		buffer_format(page->out, "… %s ", say(page, WORD_AND_MORE));
		write_count(page->out, page->options->language,
			    page->summary->n_gaps[reason] - GAP_EXAMPLES);
		buffer_u8(page->out, '\n');
	}
}

static void gaps(const struct page *page)
{
	uint64_t all = summary_gaps(page->summary);

	heading(page, WORD_GAPS);
	if (all == 0) {
		buffer_format(page->out, "  %s\n\n", say(page, WORD_NO_GAPS));
		return;
	}
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		enum gap_reason reason = (enum gap_reason)i;

		if (page->summary->n_gaps[i] == 0)
			continue;
		spaces(page->out, 2);
		padded(page->out, gap_sentence(page->options->language, reason),
		       SENTENCE_COLUMNS);
		write_count(page->out, page->options->language,
			    page->summary->n_gaps[i]);
		bar(page, page->summary->n_gaps[i], all);
		buffer_text(page->out, page->summary->n_tolerated[i] > 0 ? "; " : "");
		render_tolerated(page->out, page->summary->n_tolerated[i],
				 page->options->language);
		buffer_u8(page->out, '\n');
		gap_examples(page, reason);
	}
	buffer_format(page->out, "\n%s\n\n",
		      say(page, all > summary_tolerated(page->summary)
				    ? WORD_ADVICE_UNKNOWN
				    : WORD_ADVICE_TOLERATED));
}

static void coverage(const struct page *page)
{
	const struct summary *summary = page->summary;

	heading(page, WORD_COVERAGE);
	buffer_text(page->out, "  ");
	render_coverage(page->out, summary, page->options->language);
	if (summary->n_seen > 0) {
		bar(page, summary->n_scanned, summary->n_seen);
		buffer_u8(page->out, ' ');
		write_percent(page->out, page->options->language, summary->n_scanned,
			      summary->n_seen);
	}
	buffer_format(page->out, "\n  %s\n",
		      render_not_examined(page->summary, page->options->language));
}

void render_text(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options)
{
	const struct page page = {out, result, summary, options};

	verdict_line(&page);
	warning(&page);
	facts(&page);
	findings(&page);
	gaps(&page);
	coverage(&page);
}
