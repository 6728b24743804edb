#include "finding/html_page.h"

#include "bytes/encoding.h"
#include "finding/advice.h"
#include "finding/gap.h"

enum { GAPS_LISTED = 200 };

/* ---- facts ---- */

static void facts(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer scratch = {0};

	page_put(page, "<dl>\n");
	page_term(page, WORD_SCOPE);
	for (size_t i = 0; i < summary->n_scope; i++) {
		page_put(page, i > 0 ? "<br><code>" : "<code>");
		page_escaped(page, bytes_of(summary->scope[i]));
		page_put(page, "</code>");
	}
	page_put(page, "</dd>\n");
	if (summary->required_title != NULL) {
		page_term(page, WORD_REQUIRED_SCOPE);
		page_escaped(page, bytes_of(summary->required_title));
		if (summary->required_description != NULL) {
			page_put(page, "<br>");
			page_escaped(page, bytes_of(summary->required_description));
		}
		page_put(page, "</dd>\n");
	}
	page_term(page, WORD_CONTENT);
	render_content(&scratch, summary, page->options->language);
	page_scratch(page, &scratch);
	page_put(page, "</dd>\n");
	page_term(page, WORD_CONTENT_DIGEST);
	page_put(page, "<code class=\"hex\">");
	encode_hex(page->out, (struct bytes){summary->content_sha256, 32});
	page_put(page, "</code></dd>\n");
	page_term(page, WORD_TIME);
	render_period(page->out, summary, page->options);
	page_put(page, "</dd>\n");
	if (summary->host_name != NULL) {
		page_term(page, WORD_MACHINE);
		page_escaped(page, bytes_of(summary->host_name));
		page_put(page, "</dd>\n");
	}
	page_term(page, WORD_PROGRAM);
	buffer_format(page->out, "raquet %s</dd>\n", summary->program_version);
	if (summary->confinement != NULL) {
		page_term(page, WORD_CONFINEMENT);
		page_escaped(page, bytes_of(summary->confinement));
		page_put(page, "</dd>\n");
	}
	page_put(page, "</dl>\n");
}

/* ---- findings ---- */

static void strings(const struct page *page, const struct finding *finding)
{
	if (!page->options->strings || finding->n_strings == 0)
		return;
	page_put(page, "<ul>");
	for (size_t i = 0; i < finding->n_strings; i++) {
		const struct finding_string *string = &finding->strings[i];

		page_put(page, "<li><code>");
		page_escaped(page, string->identifier);
		buffer_format(page->out, "</code> %s ", page_say(page, WORD_AT));
		write_count(page->out, page->options->language, string->offset);
		buffer_format(page->out, ", %s ", page_say(page, WORD_LENGTH));
		write_count(page->out, page->options->language, string->length);
		page_put(page, "</li>");
	}
	page_put(page, "</ul>");
}

static void circumstance(const struct page *page, const char *name, struct bytes text)
{
	buffer_format(page->out, "<br><span class=\"note\">%s:</span> ", name);
	page_escaped(page, text);
}

/* What is told of each object of a group: where in it, by which process. */
static void circumstances(const struct page *page, const struct finding *finding)
{
	struct bytes where = advice_meta(finding, "where", page->options->language);

	if (where.n > 0)
		circumstance(page, page_say(page, WORD_WHERE), where);
	for (size_t i = 0; i < finding->n_metas; i++) {
		const char *name =
		    render_label(&finding->metas[i], page->options->language);

		if (name != NULL)
			circumstance(page, name, finding->metas[i].text);
	}
}

static void group_texts(const struct page *page, const struct group *group)
{
	enum language language = page->options->language;
	struct bytes advice = advice_meta(group->example, "advice", language);
	struct bytes reference = advice_meta(group->example, "reference", language);

	if (advice.n > 0) {
		buffer_format(page->out, "<p><strong>%s:</strong> ",
			      page_say(page, WORD_TO_DO));
		page_escaped(page, advice);
		page_put(page, "</p>");
	}
	/* as text: a link taken from a rule file would be a door */
	if (reference.n > 0) {
		page_put(page, "<p class=\"note\">");
		page_escaped(page, reference);
		page_put(page, "</p>");
	}
}

static void group_head(const struct page *page, const struct group *group)
{
	struct bytes title = advice_title(group, page->options->language);

	page_severity(page, group->severity);
	page_put(page, " <strong>");
	page_escaped(page, title);
	page_put(page, "</strong>");
	render_class(page->out, group->example, page->options->language);
	if (!bytes_equal(title, group->example->rule)) {
		page_put(page, " <span class=\"note\">(");
		page_escaped(page, group->example->rule);
		page_put(page, ")</span>");
	}
	group_texts(page, group);
}

static void more(const struct page *page, uint64_t n)
{
	buffer_format(page->out, "<li>%s ", page_say(page, WORD_AND_MORE));
	write_count(page->out, page->options->language, n);
	buffer_format(page->out, " (%s)</li>", page_say(page, WORD_ALL_IN_JSONL));
}

static void entries(const struct page *page, const struct group *group, size_t first,
		    size_t end)
{
	page_put(page, "<ul>");
	for (size_t i = first; i < group->n_entries && i < end; i++) {
		page_put(page, "<li><code>");
		page_escaped(page, group->entries[i].path);
		page_put(page, "</code>");
		circumstances(page, group->entries[i].finding);
		strings(page, group->entries[i].finding);
		page_put(page, "</li>");
	}
	page_put(page, "</ul>");
}

/* All of them are in the page: those behind the first unfold.
 * Stacked, not a table: paths and sentences are long, telephones and paper narrow. */
static void group_item(const struct page *page, const struct group *group)
{
	page_put(page, "<li>");
	group_head(page, group);
	entries(page, group, 0, GROUP_ENTRIES_SHOWN);
	if (group->n_entries > GROUP_ENTRIES_SHOWN) {
		buffer_format(page->out, "<details><summary>%s ",
			      page_say(page, WORD_AND_MORE));
		write_count(page->out, page->options->language,
			    group->n_entries - GROUP_ENTRIES_SHOWN);
		page_put(page, "</summary>");
		entries(page, group, GROUP_ENTRIES_SHOWN, group->n_entries);
		page_put(page, "</details>");
	}
	page_put(page, "</li>\n");
}

/* The groups of one class under their heading; nothing when there is none. */
static void class_of_findings(const struct page *page, enum word name,
			      enum finding_class class_)
{
	size_t n = result_n_groups(page->result), n_shown = 0;

	for (size_t i = 0; i < n; i++) {
		const struct group *group = result_group(page->result, i);

		if (group->class_ != class_)
			continue;
		if (n_shown++ == 0) {
			page_heading(page, name);
			if (class_ == FINDING_LOOK)
				buffer_format(page->out, "<p>%s</p>\n",
					      page_say(page, WORD_LOOK_NOTE));
			page_put(page, "<ol class=\"groups\">\n");
		}
		group_item(page, group);
	}
	if (n_shown > 0)
		page_put(page, "</ol>\n");
}

static void findings(const struct page *page)
{
	class_of_findings(page, WORD_FINDINGS, FINDING_COUNTS);
	class_of_findings(page, WORD_UNWANTED, FINDING_UNWANTED);
	class_of_findings(page, WORD_LOOK, FINDING_LOOK);
	if (result_n_groups(page->result) > 0)
		return;
	page_heading(page, WORD_FINDINGS);
	buffer_format(page->out, "<p>%s</p>\n", page_say(page, WORD_NO_FINDINGS));
}

/* ---- gaps and coverage ---- */

static void column(const struct page *page, const char *class_, enum word which)
{
	buffer_format(page->out, "<th scope=\"col\"%s>%s</th>", class_,
		      page_say(page, which));
}

static void gap_list(const struct page *page, enum gap_reason reason)
{
	size_t n;
	const struct gap *gaps = result_gaps(page->result, reason, &n);

	if (n == 0 || (n == 1 && gaps[0].path.n == 0))
		return;
	page_put(page, "<ul>");
	for (size_t i = 0; i < n && i < GAPS_LISTED; i++) {
		struct buffer path = {0};

		if (gaps[i].path.n == 0)
			continue; /* of the sweep, not of a place */
		finding_path_write(&path, gaps[i].path, gaps[i].chain, gaps[i].n_chain);
		page_put(page, "<li><code>");
		page_scratch(page, &path);
		page_put(page, "</code>");
		if (gaps[i].detail != NULL) {
			page_put(page, " <span class=\"note\">");
			page_escaped(page, bytes_of(gaps[i].detail));
			page_put(page, "</span>");
		}
		page_put(page, "</li>");
	}
	if (page->summary->n_gaps[reason] > GAPS_LISTED)
		more(page, page->summary->n_gaps[reason] - GAPS_LISTED);
	page_put(page, "</ul>");
}

static void gaps(const struct page *page)
{
	uint64_t all = summary_gaps(page->summary);

	page_heading(page, WORD_GAPS);
	if (all == 0) {
		buffer_format(page->out, "<p>%s</p>\n", page_say(page, WORD_NO_GAPS));
		return;
	}
	buffer_format(page->out, "<p>%s</p>\n<table>\n<thead><tr>",
		      page_say(page, all > summary_tolerated(page->summary)
					 ? WORD_ADVICE_UNKNOWN
					 : WORD_ADVICE_TOLERATED));
	column(page, "", WORD_REASON);
	column(page, " class=\"n\"", WORD_COUNT);
	page_put(page, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		enum gap_reason reason = (enum gap_reason)i;

		if (page->summary->n_gaps[i] == 0)
			continue;
		page_put(page, "<tr><td>");
		page_put(page, gap_sentence(page->options->language, reason));
		gap_list(page, reason);
		page_put(page, "</td><td class=\"n\">");
		write_count(page->out, page->options->language,
			    page->summary->n_gaps[i]);
		page_put(page, "<br>");
		page_bar(page, page->summary->n_gaps[i], all);
		page_put(page, page->summary->n_tolerated[i] > 0 ? "<br>" : "");
		render_tolerated(page->out, page->summary->n_tolerated[i],
				 page->options->language);
		page_put(page, "</td></tr>\n");
	}
	page_put(page, "</tbody>\n</table>\n");
}

static void coverage(const struct page *page)
{
	page_heading(page, WORD_COVERAGE);
	page_put(page, "<p>");
	render_coverage(page->out, page->summary, page->options->language);
	if (page->summary->n_seen > 0) {
		page_put(page, "<br>");
		page_bar(page, page->summary->n_scanned, page->summary->n_seen);
	}
	page_put(page, "</p>\n<p class=\"note\">");
	render_not_examined(page->out, page->summary, page->options->language);
	page_put(page, "</p>\n");
}

void html_details(const struct page *page)
{
	page_put(page, "<section class=\"details\">\n");
	buffer_format(page->out, "<h1>%s</h1>\n", page_say(page, WORD_DETAILS));
	findings(page);
	gaps(page);
	coverage(page);
	facts(page);
	page_put(page, "</section>\n");
}
