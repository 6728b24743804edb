#include "finding/render.h"

#include "bytes/encoding.h"
#include "finding/advice.h"
#include "finding/gap.h"

#include <string.h>

enum {
	BAR_CELLS = 20,
	GAP_EXAMPLES = 3,
	COLUMNS = 80,
	LABEL_COLUMNS = 20,
	SENTENCE_COLUMNS = 56
};

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
	struct buffer said = {0};

	colour(page, signs[verdict].colour);
	if (page->options->terminal)
		buffer_text(page->out, signs[verdict].shape);
	render_verdict_sentence(&said, page->summary, page->options->language);
	page->out->failed |= !buffer_ok(&said);
	encode_visible(page->out, buffer_bytes(&said));
	buffer_free(&said);
	colour(page, "0");
	buffer_text(page->out, "\n\n");
}

/* Bytes of text up to the blank before the first word that goes beyond columns; a word
 * too long for any line stays whole: half a path is no path. */
static size_t line_length(struct bytes text, size_t columns)
{
	size_t fits = 0;

	for (size_t n = 1; n <= text.n; n++) {
		if (n < text.n && text.at[n] != ' ')
			continue;
		if (utf8_columns((struct bytes){text.at, n}) > columns && fits > 0)
			return fits;
		fits = n;
	}
	return fits;
}

/* Text, made visible, in lines of COLUMNS; the first goes on at column first, those
 * behind it begin at indent. */
static void wrapped_from(const struct page *page, struct bytes raw, size_t first,
			 size_t indent)
{
	struct buffer visible = {0};
	size_t at = first;
	struct bytes rest;

	encode_visible(&visible, raw);
	page->out->failed |= !buffer_ok(&visible);
	rest = buffer_bytes(&visible);
	while (rest.n > 0) {
		size_t n = line_length(rest, COLUMNS - at);

		buffer_put(page->out, rest.at, n);
		buffer_u8(page->out, '\n');
		n += n < rest.n; /* the blank */
		rest = (struct bytes){rest.at + n, rest.n - n};
		at = indent;
		if (rest.n > 0)
			spaces(page->out, indent);
	}
	if (visible.size == 0)
		buffer_u8(page->out, '\n');
	buffer_free(&visible);
}

static void wrapped(const struct page *page, struct bytes raw, size_t indent)
{
	wrapped_from(page, raw, indent, indent);
}

/* As wrapped, of what somebody else wrote into a scratch buffer; frees it. */
static void wrapped_scratch(const struct page *page, struct buffer *scratch,
			    size_t indent)
{
	page->out->failed |= !buffer_ok(scratch);
	wrapped(page, buffer_bytes(scratch), indent);
	buffer_free(scratch);
}

static void label(const struct page *page, enum word which)
{
	padded(page->out, say(page, which), LABEL_COLUMNS);
}

static void heading(const struct page *page, enum word which)
{
	colour(page, "1");
	buffer_text(page->out, say(page, which));
	colour(page, "0");
	buffer_u8(page->out, '\n');
}

static void sentence(const struct page *page, enum word which)
{
	spaces(page->out, 2);
	wrapped(page, bytes_of(say(page, which)), 2);
	buffer_u8(page->out, '\n');
}

/* ---- what the first page of HTML says ---- */

static void warning(const struct page *page)
{
	struct buffer said = {0};

	if (render_warning(&said, page->summary, page->options->language)) {
		colour(page, "1;33");
		page->out->failed |= !buffer_ok(&said);
		wrapped(page, buffer_bytes(&said), 0);
		colour(page, "0");
		buffer_u8(page->out, '\n');
	}
	buffer_free(&said);
}

static void whom_to_call(const struct page *page)
{
	const struct render_options *options = page->options;

	label(page, WORD_CALL);
	for (size_t i = 0; i < options->n_contacts; i++) {
		spaces(page->out, i > 0 ? LABEL_COLUMNS : 0);
		wrapped(page, bytes_of(options->contacts[i]), LABEL_COLUMNS);
	}
	if (options->n_contacts == 0)
		buffer_format(page->out, "%s\n", say(page, WORD_CALL_LINE));
}

static void where(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer folders = {0};

	if (summary->host_name != NULL) {
		label(page, WORD_MACHINE);
		wrapped(page, bytes_of(summary->host_name), LABEL_COLUMNS);
	}
	advice_user_folders(&folders, page->result);
	page->out->failed |= folders.failed;
	if (folders.size > 0) {
		label(page, WORD_USER_FOLDERS);
		wrapped_scratch(page, &folders, LABEL_COLUMNS);
	}
	if (result_n_groups(page->result) > 0) {
		label(page, WORD_HOW_BAD);
		buffer_format(
		    page->out, "%s\n",
		    word_severity(page->options->language, advice_worst(page->result)));
	}
	label(page, WORD_TIME);
	render_period(page->out, summary, page->options);
	buffer_text(page->out, "\n\n");
}

/* ---- details ---- */

static void scope(const struct page *page)
{
	struct buffer list = {0};

	for (size_t i = 0; i < page->summary->n_scope; i++) {
		buffer_text(&list, i > 0 ? ", " : "");
		buffer_text(&list, page->summary->scope[i]);
	}
	label(page, WORD_SCOPE);
	wrapped_scratch(page, &list, LABEL_COLUMNS);
}

static void program(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer line = {0};

	label(page, WORD_PROGRAM);
	buffer_format(&line, "raquet %s", summary->program_version);
	if (summary->confinement != NULL)
		buffer_format(&line, "; %s: %s, %u %s", say(page, WORD_CONFINEMENT),
			      summary->confinement, (unsigned)summary->n_workers,
			      say(page, WORD_WORKERS));
	wrapped_scratch(page, &line, LABEL_COLUMNS);
}

static void facts(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer content = {0};

	scope(page);
	if (page->summary->required_title != NULL) {
		label(page, WORD_REQUIRED_SCOPE);
		wrapped(page, bytes_of(page->summary->required_title), LABEL_COLUMNS);
	}
	if (page->summary->required_description != NULL) {
		spaces(page->out, LABEL_COLUMNS);
		wrapped(page, bytes_of(page->summary->required_description),
			LABEL_COLUMNS);
	}
	label(page, WORD_CONTENT);
	render_content(&content, summary, page->options->language);
	wrapped_scratch(page, &content, LABEL_COLUMNS);
	/* a line that is not broken, to be compared by eye */
	buffer_text(page->out, "  SHA-256 ");
	encode_hex(page->out, (struct bytes){summary->content_sha256, 32});
	buffer_u8(page->out, '\n');
	program(page);
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

static void meta(const struct page *page, const struct finding *finding,
		 const char *key, enum word name)
{
	struct bytes text = advice_meta(finding, key, page->options->language);
	struct buffer line = {0};

	if (text.n == 0)
		return;
	buffer_format(&line, "%s: ", say(page, name));
	buffer_put(&line, text.at, text.n);
	spaces(page->out, 4);
	wrapped_scratch(page, &line, 4);
}

static void circumstance(const struct page *page, const char *name, struct bytes text)
{
	struct buffer line = {0};

	buffer_format(&line, "%s: ", name);
	buffer_put(&line, text.at, text.n);
	spaces(page->out, 8);
	wrapped_scratch(page, &line, 10);
}

/* What is told of each object of a group: where in it, by which process. */
static void circumstances(const struct page *page, const struct finding *finding)
{
	struct bytes where = advice_meta(finding, "where", page->options->language);

	if (where.n > 0)
		circumstance(page, say(page, WORD_WHERE), where);
	for (size_t i = 0; i < finding->n_metas; i++) {
		const char *name =
		    render_label(&finding->metas[i], page->options->language);

		if (name != NULL)
			circumstance(page, name, finding->metas[i].text);
	}
}

static const char *severity_colour(enum severity severity)
{
	return severity >= SEVERITY_HIGH ? "31" : "33";
}

static void group_title(const struct page *page, const struct group *group)
{
	const char *severity = word_severity(page->options->language, group->severity);
	struct bytes title = advice_title(group, page->options->language);
	struct buffer line = {0};

	spaces(page->out, 2);
	colour(page, severity_colour(group->severity));
	buffer_format(page->out, "[%s]", severity);
	colour(page, "0");
	buffer_u8(page->out, ' ');
	buffer_put(&line, title.at, title.n);
	if (!bytes_equal(title, group->example->rule)) {
		buffer_text(&line, " (");
		buffer_put(&line, group->example->rule.at, group->example->rule.n);
		buffer_text(&line, ")");
	}
	render_class(&line, group->example, page->options->language);
	page->out->failed |= !buffer_ok(&line);
	wrapped_from(page, buffer_bytes(&line), 5 + utf8_columns(bytes_of(severity)),
		     4);
	buffer_free(&line);
	meta(page, group->example, "advice", WORD_TO_DO);
	meta(page, group->example, "reference", WORD_REFERENCE);
}

static void more(const struct page *page, uint64_t n, size_t indent)
{
	spaces(page->out, indent);
	buffer_format(page->out, "… %s ", say(page, WORD_AND_MORE));
	write_count(page->out, page->options->language, n);
	buffer_format(page->out, " (%s)\n", say(page, WORD_ALL_IN_JSONL));
}

static void group_lines(const struct page *page, const struct group *group)
{
	group_title(page, group);
	for (size_t i = 0; i < group->n_entries; i++) {
		spaces(page->out, 6);
		encode_visible(page->out, group->entries[i].path);
		buffer_u8(page->out, '\n');
		circumstances(page, group->entries[i].finding);
		if (page->options->strings)
			strings(page, group->entries[i].finding);
	}
}

static void class_of_findings(const struct page *page, enum word name,
			      enum finding_class class_)
{
	size_t n_shown = 0;

	for (size_t i = 0; i < result_n_groups(page->result); i++) {
		const struct group *group = result_group(page->result, i);

		if (group->class_ != class_)
			continue;
		if (n_shown++ == 0)
			heading(page, name);
		if (n_shown == 1 && class_ == FINDING_LOOK) {
			spaces(page->out, 2);
			wrapped(page, bytes_of(say(page, WORD_LOOK_NOTE)), 2);
		}
		group_lines(page, group);
	}
	if (n_shown > 0)
		buffer_u8(page->out, '\n');
}

static void findings(const struct page *page)
{
	class_of_findings(page, WORD_FINDINGS, FINDING_COUNTS);
	class_of_findings(page, WORD_UNWANTED, FINDING_UNWANTED);
	class_of_findings(page, WORD_LOOK, FINDING_LOOK);
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

		if (gaps[i].path.n == 0)
			continue; /* of the sweep, not of a place */
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
	if (page->summary->n_gaps[reason] > GAP_EXAMPLES && n > 0)
		more(page, page->summary->n_gaps[reason] - GAP_EXAMPLES, 6);
}

static void gaps(const struct page *page)
{
	uint64_t all = summary_gaps(page->summary);

	heading(page, WORD_GAPS);
	if (all == 0) {
		sentence(page, WORD_NO_GAPS);
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
	buffer_u8(page->out, '\n');
	sentence(page, all > summary_tolerated(page->summary) ? WORD_ADVICE_UNKNOWN
							      : WORD_ADVICE_TOLERATED);
}

static void coverage(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer not_examined = {0};

	heading(page, WORD_COVERAGE);
	buffer_text(page->out, "  ");
	render_coverage(page->out, summary, page->options->language);
	if (summary->n_seen > 0) {
		bar(page, summary->n_scanned, summary->n_seen);
		buffer_u8(page->out, ' ');
		write_percent(page->out, page->options->language, summary->n_scanned,
			      summary->n_seen);
	}
	buffer_u8(page->out, '\n');
	spaces(page->out, 2);
	render_not_examined(&not_examined, summary, page->options->language);
	wrapped_scratch(page, &not_examined, 2);
	buffer_u8(page->out, '\n');
}

void render_text(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options)
{
	const struct page page = {out, result, summary, options};

	verdict_line(&page);
	warning(&page);
	heading(&page, WORD_WHAT_TO_DO);
	sentence(&page, advice_now(result, summary));
	whom_to_call(&page);
	where(&page);
	findings(&page);
	gaps(&page);
	coverage(&page);
	facts(&page);
}
