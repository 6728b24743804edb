#include "finding/html_page.h"

#include "bytes/encoding.h"
#include "finding/advice.h"
#include "finding/gap.h"
#include "finding/qr.h"

enum {
	FIRST_PAGE_GROUPS = 10,
	FIRST_PAGE_REASONS = 4,
	TITLE_COLUMNS = 78,
	PATH_COLUMNS = 84
};

static const char style[] =
    ".verdict{display:flex;gap:1rem;align-items:center;padding:.8rem 1rem;"
    "border:2px solid;border-radius:.5rem;font-size:1.2rem;font-weight:600;margin:0}"
    ".verdict svg{flex:none;width:2.5rem;height:2.5rem}"
    ".verdict span{overflow-wrap:anywhere;min-width:0}"
    ".found{color:#9b1c1c;background:#fdf2f2}.clean{color:#14532d;background:#f0fdf4}"
    ".unknown{color:#713f12;background:#fefce8}"
    ".do{font-size:1.15rem;font-weight:600;margin:.25rem 0 1rem}"
    ".blank{display:block;border-bottom:1px dotted #555;min-height:1.6em;color:#555;"
    "font-size:.9em}"
    ".worst,.groups{list-style:none;padding:0;margin:0}"
    ".worst>li,.groups>li{border-top:1px solid #ddd;padding:.35rem 0;"
    "overflow-wrap:anywhere}"
    ".groups p{margin:.2rem 0}ul{margin:.25rem 0;padding-left:1.2rem}"
    ".worst code{display:block}"
    ".foot{display:flex;gap:1rem;align-items:center;justify-content:space-between;"
    "margin-top:1rem}.foot svg.qr{flex:none;width:8rem;height:8rem}"
    "@media screen{.details{margin-top:3rem;border-top:3px solid #ddd;"
    "padding-top:1rem}}"
    "@media(max-width:30rem){body{padding:.8rem}dl{display:block}dd{margin:0 0 .5rem}"
    ".foot{display:block}}"
    /* the whole of it on one sheet, with the longest sentences */
    "@page{margin:12mm}"
    "@media print{.details{break-before:page}h1{margin:0 0 2mm}"
    ".verdict{font-size:12pt;padding:2mm 3mm}.do{font-size:12pt}"
    ".foot{break-inside:avoid;margin-top:3mm;font-size:8.5pt;line-height:1.3}"
    ".worst{font-size:9pt;line-height:1.3}"
    ".worst>li{padding:.7mm 0}.groups>li{break-inside:auto}"
    ".foot{display:flex}.foot p{margin:1mm 0}.foot svg.qr{width:25mm;height:25mm}"
    "h2{margin:3mm 0 1mm}.do{margin:1mm 0 3mm}}";

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

static void verdict_box(const struct page *page)
{
	enum verdict verdict = summary_verdict(page->summary);
	struct buffer sentence = {0};

	buffer_format(page->out, "<h1>%s</h1>\n<p class=\"verdict ",
		      page_say(page, WORD_REPORT));
	page_put(page, verdict_class(verdict));
	page_put(page, "\"><svg viewBox=\"0 0 40 40\" aria-hidden=\"true\">");
	page_put(page, verdict_shape(verdict));
	page_put(page, "</svg><span>");
	render_verdict_sentence(&sentence, page->summary, page->options->language);
	page_scratch(page, &sentence);
	page_put(page, "</span></p>\n");
}

static void what_to_do(const struct page *page)
{
	enum word now = advice_now(page->result, page->summary);

	page_heading(page, WORD_WHAT_TO_DO);
	buffer_format(page->out, "<p class=\"do\">%s</p>\n", page_say(page, now));
}

static void whom_to_call(const struct page *page)
{
	const struct render_options *options = page->options;

	page_term(page, WORD_CALL);
	for (size_t i = 0; i < options->n_contacts; i++) {
		page_put(page, i > 0 ? "<br><strong>" : "<strong>");
		page_escaped(page, bytes_of(options->contacts[i]));
		page_put(page, "</strong>");
	}
	if (options->n_contacts == 0)
		buffer_format(page->out, "<span class=\"blank\">%s</span>",
			      page_say(page, WORD_CALL_LINE));
	page_put(page, "</dd>\n");
}

static void where(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer folders = {0};

	page_term(page, WORD_MACHINE);
	page_put(page, "<strong>");
	page_escaped(page,
		     bytes_of(summary->host_name != NULL ? summary->host_name : "–"));
	page_put(page, "</strong></dd>\n");
	advice_user_folders(&folders, page->result);
	/* no tag depends on what a path says */
	page_term(page, WORD_USER_FOLDERS);
	if (folders.size == 0 && !folders.failed)
		buffer_text(&folders, "–");
	page_scratch(page, &folders);
	page_put(page, "</dd>\n");
}

static void people_and_places(const struct page *page)
{
	page_put(page, "<dl>\n");
	whom_to_call(page);
	where(page);
	if (result_n_groups(page->result) > 0) {
		page_term(page, WORD_HOW_BAD);
		page_severity(page, advice_worst(page->result));
		page_put(page, "</dd>\n");
	}
	page_term(page, WORD_TIME);
	render_period(page->out, page->summary, page->options);
	page_put(page, "</dd>\n</dl>\n");
}

/* Why the answer is not known, most frequent first; the details name the places. */
static void reasons(const struct page *page)
{
	const struct summary *summary = page->summary;
	bool told[N_GAP_REASONS] = {false};

	if (summary_verdict(summary) != VERDICT_UNKNOWN || summary_gaps(summary) == 0)
		return;
	page_heading(page, WORD_GAPS);
	page_put(page, "<ul>\n");
	for (int shown = 0; shown < FIRST_PAGE_REASONS; shown++) {
		size_t most = N_GAP_REASONS;

		for (size_t i = 0; i < N_GAP_REASONS; i++)
			if (!told[i] && summary->n_gaps[i] > summary->n_tolerated[i] &&
			    (most == N_GAP_REASONS ||
			     summary->n_gaps[i] > summary->n_gaps[most]))
				most = i;
		if (most == N_GAP_REASONS)
			break;
		told[most] = true;
		buffer_format(
		    page->out, "<li>%s: ",
		    gap_sentence(page->options->language, (enum gap_reason)most));
		write_count(page->out, page->options->language,
			    summary->n_gaps[most] - summary->n_tolerated[most]);
		page_put(page, "</li>\n");
	}
	page_put(page, "</ul>\n");
}

/* Cut to two lines, so that ten of them leave room on the sheet; the details have all
 * of it. */
static void worst_item(const struct page *page, const struct group *group)
{
	struct buffer title = {0}, path = {0};

	page_put(page, "<li>");
	page_severity(page, group->severity);
	page_put(page, " ");
	if (group->class_ == FINDING_UNWANTED)
		buffer_format(page->out, "%s: ", page_say(page, WORD_UNWANTED));
	advice_cut_end(&title, advice_title(group, page->options->language),
		       TITLE_COLUMNS);
	page_scratch(page, &title);
	page_put(page, "<code>");
	advice_cut_middle(&path, group->entries[0].path, PATH_COLUMNS);
	page_scratch(page, &path);
	if (group->n_entries > 1) {
		page_put(page, " + ");
		write_count(page->out, page->options->language, group->n_entries - 1);
		buffer_format(page->out, " %s", page_say(page, WORD_MORE_FILES));
	}
	page_put(page, "</code></li>\n");
}

/* The groups from first to end, as far as there is room for them. */
static void list(const struct page *page, enum word name, size_t first, size_t end,
		 size_t room)
{
	size_t n = end - first;

	if (n == 0)
		return;
	page_heading(page, name);
	page_put(page, "<ol class=\"worst\">\n");
	for (size_t i = 0; i < n && i < room; i++)
		worst_item(page, result_group(page->result, first + i));
	if (n > room) {
		page_put(page, "<li>+ ");
		write_count(page->out, page->options->language, n - room);
		buffer_format(page->out, " %s</li>\n",
			      page_say(page, WORD_MORE_GROUPS));
	}
	page_put(page, "</ol>\n");
}

/* What is only worth a look takes the room that is left, in a place of its own. */
static void worst(const struct page *page)
{
	size_t n = result_n_groups(page->result), n_worst = 0;

	while (n_worst < n &&
	       result_group(page->result, n_worst)->class_ != FINDING_LOOK)
		n_worst++;
	list(page, WORD_WORST_FIRST, 0, n_worst, FIRST_PAGE_GROUPS);
	list(page, WORD_LOOK, n_worst, n,
	     n_worst < FIRST_PAGE_GROUPS ? FIRST_PAGE_GROUPS - n_worst : 0);
}

static void code(const struct page *page)
{
	struct buffer text = {0};

	qr_text(&text, page->summary);
	buffer_u8(&text, 0);
	page->out->failed |= !buffer_ok(&text);
	if (!buffer_ok(&text) || !qr_draw(page->out, (const char *)text.data))
		buffer_format(page->out, "<p class=\"note\">%s</p>",
			      page_say(page, WORD_QR_NONE));
	buffer_free(&text);
}

static void foot(const struct page *page)
{
	const struct summary *summary = page->summary;

	page_put(page, "<div class=\"foot\"><div>");
	buffer_format(page->out, "<p><strong>%s</strong> ",
		      page_say(page, WORD_COVERAGE));
	if (summary->n_seen > 0)
		page_bar(page, summary->n_scanned, summary->n_seen);
	page_put(page, "<br>");
	render_coverage(page->out, summary, page->options->language);
	buffer_format(page->out, "</p>\n<p class=\"note\">%s<br>%s</p></div>",
		      page_say(page, WORD_QR), page_say(page, WORD_DETAILS_FOLLOW));
	code(page);
	page_put(page, "</div>\n");
}

void render_html(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options)
{
	const struct page page = {out, result, summary, options};

	page_begin(&page, WORD_REPORT, style);
	page_put(&page, "<section>\n");
	verdict_box(&page);
	page_warning(&page);
	what_to_do(&page);
	people_and_places(&page);
	reasons(&page);
	worst(&page);
	foot(&page);
	page_put(&page, "</section>\n");
	html_details(&page);
	page_end(&page);
}
