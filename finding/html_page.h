/*
 * The parts that pages of HTML are made of.  Of finding/ alone: render.h is for others.
 */
#ifndef RAQUET_FINDING_HTML_PAGE_H
#define RAQUET_FINDING_HTML_PAGE_H

#include "finding/render.h"

/* What the rendering of one result carries along. */
struct page {
	struct buffer *out;
	const struct result *result;
	const struct summary *summary;
	const struct render_options *options;
};

const char *page_say(const struct page *page, enum word which);
void page_put(const struct page *page, const char *html);
void page_escaped(const struct page *page, struct bytes text);
/* What somebody else wrote into a scratch buffer, escaped; frees it. */
void page_scratch(const struct page *page, struct buffer *scratch);

/* From the doctype to the opening of the body; style is added to that of all pages. */
void page_begin(const struct page *page, enum word title, const char *style);
void page_end(const struct page *page);

void page_heading(const struct page *page, enum word which);
/* That the content is old, or the clock wrong; nothing when neither is. */
void page_warning(const struct page *page);
/* <dt>which</dt><dd>; the caller closes it. */
void page_term(const struct page *page, enum word which);
/* A shape and its word, in the colour of the severity. */
void page_severity(const struct page *page, enum severity severity);
/* A bar and, for those who do not see it, its share as text. */
void page_bar(const struct page *page, uint64_t part, uint64_t whole);

/* Facts, all findings, gaps and coverage. */
void html_details(const struct page *page);

#endif
