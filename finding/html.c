#include "finding/render.h"

#include "bytes/encoding.h"
#include "finding/gap.h"

enum { GAPS_LISTED = 200 };

/* What the rendering of one result carries along. */
struct page {
	struct buffer *out;
	const struct result *result;
	const struct summary *summary;
	const struct render_options *options;
};

static const char style[] =
    "body{font:16px/1.5 system-ui,'Segoe UI',sans-serif;margin:0 auto;max-width:60rem;"
    "padding:1.5rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.3rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}"
    ".verdict{display:flex;gap:1rem;align-items:center;padding:1rem;border:2px solid;"
    "border-radius:.5rem;font-size:1.2rem;font-weight:600}"
    ".verdict svg{flex:none;width:2.5rem;height:2.5rem}"
    ".found{color:#9b1c1c;background:#fdf2f2}.clean{color:#14532d;background:#f0fdf4}"
    ".unknown{color:#713f12;background:#fefce8}"
    ".warning{border-left:.3rem solid "
    "#713f12;padding:.3rem .8rem;color:#713f12}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}"
    "dt{color:#555}dd{margin:0;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem "
    ".5rem;overflow-wrap:anywhere;"
    "border-bottom:1px solid #ddd}"
    "td.n,th.n{text-align:right;white-space:nowrap}"
    "code{font-family:ui-monospace,Consolas,monospace;font-size:.9em;"
    "overflow-wrap:anywhere}"
    ".objects{list-style:none;padding:0;margin:0}"
    ".objects>li{border-top:1px solid #ddd;padding:.6rem 0 "
    ".4rem;overflow-wrap:anywhere}"
    ".level{display:inline-block;min-width:5rem;font-weight:600}"
    ".critical,.high{color:#9b1c1c}"
    ".medium,.low{color:#713f12}ul{margin:.25rem 0;padding-left:1.2rem}"
    "svg.bar{width:8rem;height:.7rem}.note{color:#555}"
    "@page{size:A4;margin:18mm}"
    "@media print{body{padding:0;font-size:10pt}tr,.objects>li{break-inside:avoid}"
    ".verdict{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

static const char *say(const struct page *page, enum word which)
{
	return word(page->options->language, which);
}

static void put(const struct page *page, const char *html)
{
	buffer_text(page->out, html);
}

static void escaped(const struct page *page, struct bytes text)
{
	encode_html(page->out, text);
}

/* What somebody else wrote into a scratch buffer, escaped; frees it. */
static void escaped_scratch(const struct page *page, struct buffer *scratch)
{
	page->out->failed |= !buffer_ok(scratch);
	escaped(page, buffer_bytes(scratch));
	buffer_free(scratch);
}

static const char *verdict_class(enum verdict verdict)
{
	static const char *const names[] = {
	    [VERDICT_FOUND] = "found",
	    [VERDICT_CLEAN] = "clean",
	    [VERDICT_UNKNOWN] = "unknown",
	};

	return names[verdict];
}

/* Three shapes beside three colours, for print and for eyes that see no red. */
static const char *verdict_shape(enum verdict verdict)
{
	static const char *const shapes[] = {
	    [VERDICT_FOUND] = "<path d=\"M20 3 38 36H2Z\" fill=\"currentColor\"/>",
	    [VERDICT_CLEAN] = "<circle cx=\"20\" cy=\"20\" r=\"17\" "
			      "fill=\"currentColor\"/>",
	    [VERDICT_UNKNOWN] = "<rect x=\"4\" y=\"4\" width=\"32\" height=\"32\" "
				"fill=\"none\" stroke=\"currentColor\" "
				"stroke-width=\"6\"/>",
	};

	return shapes[verdict];
}

static void head(const struct page *page)
{
	enum verdict verdict = summary_verdict(page->summary);
	struct buffer sentence = {0};

	put(page, "<!doctype html>\n<html lang=\"");
	put(page, page->options->language == LANGUAGE_VI ? "vi" : "en");
	put(page,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    /* the page asks for nothing, and could not get it */
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	put(page, say(page, WORD_REPORT));
	if (page->summary->host_name != NULL) {
		put(page, " – ");
		escaped(page, bytes_of(page->summary->host_name));
	}
	put(page, "</title>\n<style>");
	put(page, style);
	put(page, "</style>\n</head>\n<body>\n<main>\n<h1>");
	put(page, say(page, WORD_REPORT));
	put(page, "</h1>\n<p class=\"verdict ");
	put(page, verdict_class(verdict));
	put(page, "\"><svg viewBox=\"0 0 40 40\" aria-hidden=\"true\">");
	put(page, verdict_shape(verdict));
	put(page, "</svg><span>");
	render_verdict_sentence(&sentence, page->summary, page->options->language);
	escaped_scratch(page, &sentence);
	put(page, "</span></p>\n");
	if (render_warning(&sentence, page->summary, page->options->language)) {
		put(page, "<p class=\"warning\">");
		escaped(page, buffer_bytes(&sentence));
		put(page, "</p>\n");
	}
	page->out->failed |= !buffer_ok(&sentence);
	buffer_free(&sentence);
}

static void term(const struct page *page, enum word which)
{
	put(page, "<dt>");
	put(page, say(page, which));
	put(page, "</dt><dd>");
}

static void facts(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer scratch = {0};

	put(page, "<dl>\n");
	term(page, WORD_SCOPE);
	for (size_t i = 0; i < summary->n_scope; i++) {
		put(page, i > 0 ? "<br><code>" : "<code>");
		escaped(page, bytes_of(summary->scope[i]));
		put(page, "</code>");
	}
	put(page, "</dd>\n");
	if (summary->required_title != NULL) {
		term(page, WORD_REQUIRED_SCOPE);
		escaped(page, bytes_of(summary->required_title));
		put(page, "</dd>\n");
	}
	term(page, WORD_CONTENT);
	render_content(&scratch, summary, page->options->language);
	escaped_scratch(page, &scratch);
	put(page, "</dd>\n");
	term(page, WORD_CONTENT_DIGEST);
	put(page, "<code>");
	encode_hex(page->out, (struct bytes){summary->content_sha256, 32});
	put(page, "</code></dd>\n");
	term(page, WORD_TIME);
	render_period(page->out, summary, page->options);
	put(page, "</dd>\n");
	if (summary->host_name != NULL) {
		term(page, WORD_MACHINE);
		escaped(page, bytes_of(summary->host_name));
		put(page, "</dd>\n");
	}
	term(page, WORD_PROGRAM);
	buffer_format(page->out, "raquet %s</dd>\n", summary->program_version);
	if (summary->confinement != NULL) {
		term(page, WORD_CONFINEMENT);
		escaped(page, bytes_of(summary->confinement));
		put(page, "</dd>\n");
	}
	put(page, "</dl>\n");
}

/* A bar and, for those who do not see it, its share as text. */
static void bar(const struct page *page, uint64_t part, uint64_t whole)
{
	double share = whole == 0 ? 0 : 100 * ((double)part / (double)whole);

	buffer_format(page->out,
		      "<svg class=\"bar\" viewBox=\"0 0 100 8\" "
		      "preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		      "<rect width=\"100\" height=\"8\" fill=\"#e5e5e5\"/>"
		      "<rect width=\"%.1f\" height=\"8\" fill=\"#475569\"/></svg> ",
		      share);
	write_percent(page->out, page->options->language, part, whole);
}

static void heading(const struct page *page, enum word which)
{
	put(page, "<h2>");
	put(page, say(page, which));
	put(page, "</h2>\n");
}

static void column(const struct page *page, const char *class_, enum word which)
{
	buffer_format(page->out, "<th scope=\"col\"%s>%s</th>", class_,
		      say(page, which));
}

static void strings(const struct page *page, const struct finding *finding)
{
	if (!page->options->strings || finding->n_strings == 0)
		return;
	put(page, "<ul>");
	for (size_t i = 0; i < finding->n_strings; i++) {
		const struct finding_string *string = &finding->strings[i];

		put(page, "<li><code>");
		escaped(page, string->identifier);
		buffer_format(page->out, "</code> %s ", say(page, WORD_AT));
		write_count(page->out, page->options->language, string->offset);
		buffer_format(page->out, ", %s ", say(page, WORD_LENGTH));
		write_count(page->out, page->options->language, string->length);
		put(page, "</li>");
	}
	put(page, "</ul>");
}

static struct bytes text_meta(const struct finding *finding, const char *key)
{
	const struct finding_meta *meta = finding_meta(finding, key);

	return meta != NULL && meta->kind == FINDING_META_TEXT
		   ? meta->text
		   : (struct bytes){NULL, 0};
}

static void extra(const struct page *page, struct bytes text, const char *attribute)
{
	if (text.n == 0)
		return;
	buffer_format(page->out, "<br><span%s>", attribute);
	escaped(page, text);
	put(page, "</span>");
}

static void labelled_lines(const struct page *page, const struct finding *finding)
{
	for (size_t i = 0; i < finding->n_metas; i++) {
		const struct finding_meta *meta = &finding->metas[i];
		const char *text = render_label(meta, page->options->language);

		if (text == NULL)
			continue;
		buffer_format(page->out, "<br>%s: <code>", text);
		escaped(page, meta->text);
		put(page, "</code>");
	}
}

static void finding_item(const struct page *page, const struct finding *finding)
{
	struct bytes description = text_meta(finding, "description");
	struct bytes reference = text_meta(finding, "reference");

	put(page, "<li><strong>");
	escaped(page, finding->rule);
	put(page, "</strong>");
	if (description.n > 0) {
		put(page, ": ");
		escaped(page, description);
	}
	extra(page, text_meta(finding, "where"), "");
	labelled_lines(page, finding);
	extra(page, text_meta(finding, "advice"), " class=\"advice\"");
	/* as text: a link taken from a rule file would be a door */
	if (reference.n > 0) {
		put(page, "<br><span class=\"note\">");
		escaped(page, reference);
		put(page, "</span>");
	}
	strings(page, finding);
	put(page, "</li>");
}

/* Stacked, not a table: paths and sentences are long, telephones and paper narrow. */
static void object_item(const struct page *page, const struct result_object *object)
{
	static const char *const classes[] = {"low", "medium", "high", "critical"};

	buffer_format(page->out, "<li><span class=\"level %s\">%s</span> <code>",
		      classes[object->worst],
		      word_severity(page->options->language, object->worst));
	escaped(page, object->path);
	put(page, "</code><ul>");
	for (size_t i = 0; i < object->n_findings; i++)
		finding_item(page, object->findings[i]);
	put(page, "</ul></li>\n");
}

static void findings(const struct page *page)
{
	size_t n = result_n_objects(page->result);

	heading(page, WORD_FINDINGS);
	if (n == 0) {
		buffer_format(page->out, "<p>%s</p>\n", say(page, WORD_NO_FINDINGS));
		return;
	}
	buffer_format(page->out, "<p>%s</p>\n<ol class=\"objects\">\n",
		      say(page, WORD_ADVICE_FOUND));
	for (size_t i = 0; i < n; i++)
		object_item(page, result_object(page->result, i));
	put(page, "</ol>\n");
}

static void gap_list(const struct page *page, enum gap_reason reason)
{
	size_t n;
	const struct gap *gaps = result_gaps(page->result, reason, &n);

	if (n == 0)
		return;
	put(page, "<ul>");
	for (size_t i = 0; i < n && i < GAPS_LISTED; i++) {
		struct buffer path = {0};

		finding_path_write(&path, gaps[i].path, gaps[i].chain, gaps[i].n_chain);
		put(page, "<li><code>");
		escaped_scratch(page, &path);
		put(page, "</code>");
		if (gaps[i].detail != NULL) {
			put(page, " <span class=\"note\">");
			escaped(page, bytes_of(gaps[i].detail));
			put(page, "</span>");
		}
		put(page, "</li>");
	}
	if (page->summary->n_gaps[reason] > GAPS_LISTED) {
		buffer_format(page->out, "<li>%s ", say(page, WORD_AND_MORE));
		write_count(page->out, page->options->language,
			    page->summary->n_gaps[reason] - GAPS_LISTED);
		put(page, "</li>");
	}
	put(page, "</ul>");
}

static void gaps(const struct page *page)
{
	uint64_t all = summary_gaps(page->summary);

	heading(page, WORD_GAPS);
	if (all == 0) {
		buffer_format(page->out, "<p>%s</p>\n", say(page, WORD_NO_GAPS));
		return;
	}
	buffer_format(page->out, "<p>%s</p>\n<table>\n<thead><tr>",
		      say(page, all > summary_tolerated(page->summary)
				    ? WORD_ADVICE_UNKNOWN
				    : WORD_ADVICE_TOLERATED));
	column(page, "", WORD_REASON);
	column(page, " class=\"n\"", WORD_COUNT);
	put(page, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		enum gap_reason reason = (enum gap_reason)i;

		if (page->summary->n_gaps[i] == 0)
			continue;
		put(page, "<tr><td>");
		put(page, gap_sentence(page->options->language, reason));
		gap_list(page, reason);
		put(page, "</td><td class=\"n\">");
		write_count(page->out, page->options->language,
			    page->summary->n_gaps[i]);
		put(page, "<br>");
		bar(page, page->summary->n_gaps[i], all);
		put(page, page->summary->n_tolerated[i] > 0 ? "<br>" : "");
		render_tolerated(page->out, page->summary->n_tolerated[i],
				 page->options->language);
		put(page, "</td></tr>\n");
	}
	put(page, "</tbody>\n</table>\n");
}

static void coverage(const struct page *page)
{
	heading(page, WORD_COVERAGE);
	put(page, "<p>");
	render_coverage(page->out, page->summary, page->options->language);
	if (page->summary->n_seen > 0) {
		put(page, "<br>");
		bar(page, page->summary->n_scanned, page->summary->n_seen);
	}
	buffer_format(page->out, "</p>\n<p class=\"note\">%s</p>\n",
		      render_not_examined(page->summary, page->options->language));
}

void render_html(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options)
{
	const struct page page = {out, result, summary, options};

	head(&page);
	facts(&page);
	findings(&page);
	gaps(&page);
	coverage(&page);
	put(&page, "</main>\n</body>\n</html>\n");
}
