/*
 * Results for people.  Both renderings show the verdict first, in the words of the
 * glossary, then what was found, what was not examined and why, and how much was
 * covered.  Nothing that came from outside reaches a terminal or a page unescaped.
 */
#ifndef RAQUET_FINDING_RENDER_H
#define RAQUET_FINDING_RENDER_H

#include "finding/result.h"
#include "finding/words.h"

struct render_options {
	enum language language;
	bool strings;                /* offsets and lengths of the strings of a rule */
	bool terminal;               /* colours and shapes */
	int utc_offset_minutes;      /* for the times shown */
	const char *const *contacts; /* whom to call; none: a line to fill in */
	size_t n_contacts;
};

/* result must have been arranged. */
void render_text(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options);

/* One self-contained page: no script, no resource from elsewhere; prints on A4. */
void render_html(struct buffer *out, const struct result *result,
		 const struct summary *summary, const struct render_options *options);

/* The hand-off sheet: one A4 page to print and fill in. */
void render_sheet(struct buffer *out, const struct result *result,
		  const struct summary *summary, const struct render_options *options);

/* What both say the same way: "18 luật, raquet 20/12/2020" and the like, as text that
 * still has to be escaped for its medium. */
void render_verdict_sentence(struct buffer *out, const struct summary *summary,
			     enum language language);
/* "Bộ luật đã cũ 20 ngày ..." when there is something to warn of; false: nothing. */
bool render_warning(struct buffer *out, const struct summary *summary,
		    enum language language);
/* "trong mức cho phép: 2"; nothing for 0. */
void render_tolerated(struct buffer *out, uint64_t n, enum language language);
void render_content(struct buffer *out, const struct summary *summary,
		    enum language language);
void render_period(struct buffer *out, const struct summary *summary,
		   const struct render_options *options);
void render_coverage(struct buffer *out, const struct summary *summary,
		     enum language language);

/* What was not part of the sweep, one sentence. */
void render_not_examined(struct buffer *out, const struct summary *summary,
			 enum language language);

/* What a person reads before the text of a metadata entry that is shown on a line of
 * its own ("Command line"); NULL: it is not. */
const char *render_label(const struct finding_meta *meta, enum language language);

/* " (exposure, not an infection)" behind what is tagged so; else nothing. */
void render_class(struct buffer *out, const struct finding *finding,
		  enum language language);

#endif
