/*
 * The hand-off sheet: one A4 page that goes with the machine from the person who swept
 * it to the technician who treats it.
 */
#include "finding/html_page.h"

#include "bytes/encoding.h"
#include "finding/advice.h"

/* As many as fit with paths of some length; the report has all. */
enum { SHEET_OBJECTS = 5, TITLE_COLUMNS = 72, PATH_COLUMNS = 190 };

static const char style[] =
    "body{font-size:12px;line-height:1.35}"
    "h2{font-size:1.05em;margin:.7em 0 .2em;border-bottom:1px solid #1a1a1a}"
    "dl{gap:.1rem .8rem}th,td{padding:.15rem .3rem}code{font-size:.85em}"
    "table.signed td{height:4.2em;width:33%;border:1px solid #1a1a1a}"
    ".box{display:inline-block;width:.9em;height:.9em;border:1.5px solid #1a1a1a;"
    "margin-right:.4em;vertical-align:-.1em}"
    ".ticks{columns:2;list-style:none;padding:0;margin:.2em 0}"
    ".ticks li{padding:.25em 0}.found{list-style:none;padding:0;margin:0}"
    ".found li{border-bottom:1px solid #ddd;padding:.2em 0;overflow-wrap:anywhere}"
    ".line{display:inline-block;border-bottom:1px dotted #1a1a1a;width:11em}"
    "@page{size:A4;margin:12mm}"
    "@media print{body{font-size:9pt;line-height:1.3}}";

static void machine(const struct page *page)
{
	const struct summary *summary = page->summary;
	struct buffer said = {0};

	page_put(page, "<dl>\n");
	page_term(page, WORD_MACHINE);
	page_put(page, "<strong>");
	page_escaped(page,
		     bytes_of(summary->host_name != NULL ? summary->host_name : "–"));
	buffer_format(page->out,
		      "</strong> &nbsp; %s <span class=\"line\"></span></dd>\n",
		      page_say(page, WORD_SHEET_TAG));
	page_term(page, WORD_SHEET_VERDICT);
	render_verdict_sentence(&said, summary, page->options->language);
	page_scratch(page, &said);
	page_put(page, "</dd>\n");
	page_term(page, WORD_TIME);
	render_period(page->out, summary, page->options);
	page_put(page, "</dd>\n");
	page_term(page, WORD_CONTENT);
	render_content(&said, summary, page->options->language);
	page_scratch(page, &said);
	page_put(page, ", SHA-256 <code class=\"hex\">");
	encode_hex(page->out, (struct bytes){summary->content_sha256, 32});
	page_put(page, "</code></dd>\n</dl>\n");
}

static void particulars(const struct page *page, const struct finding *finding)
{
	page_put(page, "<br>");
	if (finding->has_sha256) {
		page_put(page, "SHA-256 <code class=\"hex\">");
		encode_hex(page->out, (struct bytes){finding->sha256, 32});
		page_put(page, "</code> ");
	}
	write_size(page->out, page->options->language, finding->size);
	if (finding->modified_ms > 0) {
		buffer_format(page->out, "; %s ", page_say(page, WORD_SHEET_MODIFIED));
		write_time(page->out, finding->modified_ms,
			   page->options->utc_offset_minutes);
	}
}

static void object(const struct page *page, const struct group *group)
{
	const struct group_entry *entry = &group->entries[0];
	struct buffer said = {0};

	page_put(page, "<li>");
	page_severity(page, group->severity);
	page_put(page, " ");
	if (group->class_ == FINDING_LOOK)
		buffer_format(page->out, "%s: ", page_say(page, WORD_LOOK));
	advice_cut_end(&said, advice_title(group, page->options->language),
		       TITLE_COLUMNS);
	page_scratch(page, &said);
	page_put(page, " <span class=\"note\">(");
	advice_cut_end(&said, group->example->rule, TITLE_COLUMNS);
	page_scratch(page, &said);
	page_put(page, ")</span><br><code>");
	advice_cut_middle(&said, entry->path, PATH_COLUMNS);
	page_scratch(page, &said);
	page_put(page, "</code>");
	if (group->n_entries > 1) {
		page_put(page, " + ");
		write_count(page->out, page->options->language, group->n_entries - 1);
		buffer_format(page->out, " %s", page_say(page, WORD_MORE_FILES));
	}
	particulars(page, entry->finding);
	page_put(page, "</li>\n");
}

static void found(const struct page *page)
{
	size_t n = result_n_groups(page->result);

	page_heading(page, WORD_FINDINGS);
	if (n == 0)
		buffer_format(page->out, "<p>%s</p>\n",
			      page_say(page, WORD_NO_FINDINGS));
	page_put(page, "<ol class=\"found\">\n");
	for (size_t i = 0; i < n && i < SHEET_OBJECTS; i++)
		object(page, result_group(page->result, i));
	if (n > SHEET_OBJECTS) {
		page_put(page, "<li>+ ");
		write_count(page->out, page->options->language, n - SHEET_OBJECTS);
		buffer_format(page->out, " %s</li>\n", page_say(page, WORD_SHEET_MORE));
	}
	page_put(page, "</ol>\n");
}

static void ticks(const struct page *page, enum word title, const enum word *items,
		  size_t n)
{
	page_heading(page, title);
	page_put(page, "<ul class=\"ticks\">\n");
	for (size_t i = 0; i < n; i++)
		buffer_format(page->out, "<li><span class=\"box\"></span>%s</li>\n",
			      page_say(page, items[i]));
	page_put(page, "</ul>\n");
}

/* What the department asks first. */
static void call(const struct page *page)
{
	const struct render_options *options = page->options;

	page_heading(page, WORD_SHEET_CALL);
	page_put(page, "<p>");
	for (size_t i = 0; i < options->n_contacts; i++) {
		page_put(page, "<strong>");
		page_escaped(page, bytes_of(options->contacts[i]));
		page_put(page, "</strong><br>");
	}
	buffer_format(
	    page->out,
	    "%s <span class=\"line\"></span> %s <span class=\"line\"></span> "
	    "%s <span class=\"line\"></span></p>\n<p class=\"note\">%s</p>\n",
	    page_say(page, WORD_SHEET_CALLED), page_say(page, WORD_SHEET_CALLED_AT),
	    page_say(page, WORD_SHEET_NUMBER), page_say(page, WORD_SHEET_SAY));
}

static void signatures(const struct page *page)
{
	static const enum word who[] = {WORD_SHEET_HANDED, WORD_SHEET_TAKEN,
					WORD_SHEET_LEADER};

	page_heading(page, WORD_SHEET_SIGNED);
	page_put(page, "<table class=\"signed\"><tr>");
	for (size_t i = 0; i < sizeof who / sizeof who[0]; i++)
		buffer_format(page->out, "<td>%s</td>", page_say(page, who[i]));
	page_put(page, "</tr></table>\n");
}

void render_sheet(struct buffer *out, const struct result *result,
		  const struct summary *summary, const struct render_options *options)
{
	static const enum word keep[] = {WORD_SHEET_KEEP_FILES, WORD_SHEET_KEEP_MEMORY,
					 WORD_SHEET_KEEP_LOGS, WORD_SHEET_KEEP_REPORT};
	static const enum word done[] = {WORD_SHEET_PHOTOGRAPHED,
					 WORD_SHEET_DISCONNECTED, WORD_SHEET_COPIED,
					 WORD_SHEET_TREATED, WORD_SHEET_AGAIN};
	const struct page page = {out, result, summary, options};

	page_begin(&page, WORD_SHEET, style);
	buffer_format(out, "<h1>%s</h1>\n", page_say(&page, WORD_SHEET));
	machine(&page);
	page_warning(&page);
	found(&page);
	ticks(&page, WORD_SHEET_KEEP, keep, sizeof keep / sizeof keep[0]);
	ticks(&page, WORD_SHEET_DONE, done, sizeof done / sizeof done[0]);
	call(&page);
	signatures(&page);
	page_end(&page);
}
