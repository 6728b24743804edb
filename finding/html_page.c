#include "finding/html_page.h"

#include "bytes/encoding.h"

static const char common_style[] =
    "body{font:16px/1.5 system-ui,'Segoe UI',sans-serif;margin:0 auto;max-width:60rem;"
    "padding:1.5rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.3rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}"
    "dt{color:#555}dd{margin:0;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;"
    "overflow-wrap:anywhere;border-bottom:1px solid #ddd}"
    "td.n,th.n{text-align:right;white-space:nowrap}"
    /* many fonts of one width tear the accents of Vietnamese names apart */
    "code{font-family:inherit;font-size:.9em;overflow-wrap:anywhere}"
    ".hex{font-family:ui-monospace,Consolas,monospace}"
    ".level{font-weight:600;white-space:nowrap}"
    ".level svg{width:.8em;height:.8em;margin-right:.35em}"
    ".critical{color:#7f1d1d}.high{color:#b91c1c}.medium{color:#92400e}"
    ".low{color:#475569}"
    ".note{color:#555}svg.bar{width:8rem;height:.7rem}"
    ".warning{border-left:.3rem solid #713f12;padding:.3rem .8rem;color:#713f12}"
    "@page{size:A4;margin:15mm}"
    /* or the page cuts off a border on its edge */
    "@media print{main{padding:0 "
    ".3mm}body{padding:0;max-width:none;font-size:10pt;line-height:1.4;"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "tr,li{break-inside:avoid}h2{break-after:avoid}}";

const char *page_say(const struct page *page, enum word which)
{
	return word(page->options->language, which);
}

void page_put(const struct page *page, const char *html)
{
	buffer_text(page->out, html);
}

void page_escaped(const struct page *page, struct bytes text)
{
	encode_html(page->out, text);
}

void page_scratch(const struct page *page, struct buffer *scratch)
{
	page->out->failed |= !buffer_ok(scratch);
	page_escaped(page, buffer_bytes(scratch));
	buffer_free(scratch);
}

void page_begin(const struct page *page, enum word title, const char *style)
{
	page_put(page, "<!doctype html>\n<html lang=\"");
	page_put(page, page->options->language == LANGUAGE_VI ? "vi" : "en");
	page_put(page,
		 "\">\n<head>\n<meta charset=\"utf-8\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width\">\n"
		 /* the page asks for nothing, and could not get it */
		 "<meta http-equiv=\"Content-Security-Policy\" "
		 "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	page_put(page, page_say(page, title));
	if (page->summary->host_name != NULL) {
		page_put(page, " – ");
		page_escaped(page, bytes_of(page->summary->host_name));
	}
	page_put(page, "</title>\n<style>");
	page_put(page, common_style);
	page_put(page, style);
	page_put(page, "</style>\n</head>\n<body>\n<main>\n");
}

void page_end(const struct page *page)
{
	page_put(page, "</main>\n</body>\n</html>\n");
}

void page_heading(const struct page *page, enum word which)
{
	buffer_format(page->out, "<h2>%s</h2>\n", page_say(page, which));
}

void page_warning(const struct page *page)
{
	struct buffer sentence = {0};

	if (render_warning(&sentence, page->summary, page->options->language)) {
		page_put(page, "<p class=\"warning\">");
		page_escaped(page, buffer_bytes(&sentence));
		page_put(page, "</p>\n");
	}
	page->out->failed |= !buffer_ok(&sentence);
	buffer_free(&sentence);
}

void page_term(const struct page *page, enum word which)
{
	buffer_format(page->out, "<dt>%s</dt><dd>", page_say(page, which));
}

/* Four shapes beside four colours, for print and for eyes that see no red. */
void page_severity(const struct page *page, enum severity severity)
{
	static const struct {
		const char *name, *shape;
	} signs[] = {
	    [SEVERITY_LOW] = {"low", "M20 6A14 14 0 1 0 20.1 6Z"},
	    [SEVERITY_MEDIUM] = {"medium", "M20 2 38 20 20 38 2 20Z"},
	    [SEVERITY_HIGH] = {"high", "M20 3 38 36H2Z"},
	    [SEVERITY_CRITICAL] = {"critical", "M13 2H27L38 13V27L27 38H13L2 27V13Z"},
	};

	buffer_format(page->out,
		      "<span class=\"level %s\"><svg viewBox=\"0 0 40 40\" "
		      "aria-hidden=\"true\"><path d=\"%s\" fill=\"currentColor\"/>"
		      "</svg>%s</span>",
		      signs[severity].name, signs[severity].shape,
		      word_severity(page->options->language, severity));
}

void page_bar(const struct page *page, uint64_t part, uint64_t whole)
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
