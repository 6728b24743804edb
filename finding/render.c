#include "finding/render.h"

#include "bytes/encoding.h"

#include <string.h>

/* Paths in one sentence; the facts below it have all. */
enum { SCOPE_SHOWN = 4 };

static void scope_of(struct buffer *out, const struct summary *summary)
{
	if (summary->required_title != NULL)
		buffer_format(out, "%s: ", summary->required_title);
	for (size_t i = 0; i < summary->n_scope && i < SCOPE_SHOWN; i++) {
		if (i > 0)
			buffer_text(out, ", ");
		buffer_text(out, summary->scope[i]);
	}
	if (summary->n_scope > SCOPE_SHOWN)
		buffer_text(out, ", …");
}

static void content_of(struct buffer *out, const struct summary *summary,
		       enum language language)
{
	if (summary->content_date != NULL) {
		buffer_format(out, "%s ", word(language, WORD_CONTENT_OF));
		write_iso_date(out, summary->content_date);
	} else {
		buffer_text(out, word(language, WORD_CONTENT_GIVEN));
	}
}

void render_tolerated(struct buffer *out, uint64_t n, enum language language)
{
	if (n == 0)
		return;
	buffer_format(out, "%s: ", word(language, WORD_TOLERATED));
	write_count(out, language, n);
}

/* "; 2 things worth a look"; nothing for 0. */
static void look(struct buffer *out, uint64_t n, enum language language)
{
	if (n == 0)
		return;
	buffer_text(out, "; ");
	write_count(out, language, n);
	buffer_format(out, " %s",
		      word(language, n == 1 ? WORD_LOOK_ONE : WORD_LOOK_MANY));
}

bool render_warning(struct buffer *out, const struct summary *summary,
		    enum language language)
{
	int64_t days;

	if (summary_clock_is_wrong(summary)) {
		buffer_text(out, word(language, WORD_CLOCK_WRONG));
		return true;
	}
	if (!summary_content_is_old(summary))
		return false;
	(void)summary_content_age(summary, &days);
	buffer_format(out, "%s ", word(language, WORD_CONTENT_OLD_BEFORE));
	write_count(out, language, (uint64_t)days);
	buffer_format(out, " %s", word(language, WORD_CONTENT_OLD_BEHIND));
	return true;
}

void render_verdict_sentence(struct buffer *out, const struct summary *summary,
			     enum language language)
{
	enum verdict verdict = summary_verdict(summary);
	uint64_t n_tolerated = summary_tolerated(summary);
	uint64_t n_gaps = summary_gaps(summary) - n_tolerated;

	buffer_text(out, word_verdict(language, verdict));
	switch (verdict) {
	case VERDICT_FOUND:
		buffer_text(out, ": ");
		write_count(out, language, summary->n_found - summary->n_only_look);
		buffer_format(out, " %s", word(language, WORD_OBJECT_COUNT));
		if (n_gaps > 0) {
			buffer_format(out,
				      "; %s: ", word(language, WORD_FOUND_AND_GAPS));
			write_count(out, language, n_gaps);
		}
		break;
	case VERDICT_UNKNOWN:
		buffer_format(out, ": %s: ", word(language, WORD_UNKNOWN_BECAUSE));
		write_count(out, language, n_gaps);
		break;
	case VERDICT_CLEAN:
		/* never a bare "clean": what was asked, and by which content */
		buffer_format(out, " (%s ", word(language, WORD_CLEAN_WITHIN));
		scope_of(out, summary);
		buffer_text(out, language == LANGUAGE_VI ? ", " : "; ");
		content_of(out, summary, language);
		buffer_text(out, ")");
		break;
	}
	look(out, summary->n_look, language);
	if (n_tolerated > 0) {
		buffer_format(out, "; %s: ",
			      word(language, n_gaps > 0 ? WORD_TOLERATED_BESIDES
							: WORD_TOLERATED_GAPS));
		write_count(out, language, n_tolerated);
	}
	if (summary->stopped)
		buffer_format(out, "; %s", word(language, WORD_STOPPED));
}

void render_content(struct buffer *out, const struct summary *summary,
		    enum language language)
{
	if (summary->content_name != NULL)
		buffer_format(out, "%s, ", summary->content_name);
	content_of(out, summary, language);
	buffer_text(out, ", ");
	write_count(out, language, summary->n_rules);
	buffer_format(out, " %s", word(language, WORD_RULES));
	if (summary->n_rules_refused > 0) {
		buffer_text(out, ", ");
		write_count(out, language, summary->n_rules_refused);
		buffer_format(out, " %s", word(language, WORD_RULES_REFUSED));
	}
	if (summary->n_indicators > 0) {
		buffer_text(out, ", ");
		write_count(out, language, summary->n_indicators);
		buffer_format(out, " %s", word(language, WORD_INDICATORS));
	}
}

void render_period(struct buffer *out, const struct summary *summary,
		   const struct render_options *options)
{
	write_time(out, summary->started_ms, options->utc_offset_minutes);
	buffer_text(out, " – ");
	write_time(out, summary->ended_ms, options->utc_offset_minutes);
	buffer_text(out, " (");
	write_duration(out, options->language, summary->seconds);
	if (summary->seconds_yielded > 0) {
		buffer_format(out, ", %s ", word(options->language, WORD_YIELDED));
		write_duration(out, options->language, summary->seconds_yielded);
	}
	buffer_text(out, ")");
	if (summary->resumed)
		buffer_format(out, ", %s", word(options->language, WORD_RESUMED));
}

void render_coverage(struct buffer *out, const struct summary *summary,
		     enum language language)
{
	buffer_format(out, "%s ", word(language, WORD_SEEN));
	write_count(out, language, summary->n_seen);
	buffer_format(out, " %s (", word(language, WORD_FILES));
	write_size(out, language, summary->bytes_seen);
	buffer_format(out, "), %s ", word(language, WORD_SCANNED_OF));
	write_count(out, language, summary->n_scanned);
	buffer_format(out, " %s (", word(language, WORD_FILES));
	write_size(out, language, summary->bytes_scanned);
	buffer_text(out, ")");
	if (summary->hashed != HASHED_NONE)
		buffer_format(out, "; %s",
			      word(language, summary->hashed == HASHED_ALL
						 ? WORD_HASHED_ALL
						 : WORD_HASHED_BY_KIND));
	if (!summary->has_processes)
		return;
	buffer_format(out, "; %s: %s ", word(language, WORD_MEMORY),
		      word(language, WORD_SEEN_SMALL));
	write_count(out, language, summary->n_processes_seen);
	buffer_format(out, " %s, %s ", word(language, WORD_PROCESSES),
		      word(language, WORD_SCANNED_OF));
	write_count(out, language, summary->n_processes_scanned);
	buffer_text(out, " (");
	write_size(out, language, summary->process_bytes);
	buffer_text(out, ")");
}

static bool is_of_all_disks(const struct summary *summary)
{
	for (size_t i = 0; i < summary->n_scope; i++)
		if (strcmp(summary->scope[i], "--all") == 0)
			return true;
	return false;
}

void render_not_examined(struct buffer *out, const struct summary *summary,
			 enum language language)
{
	buffer_format(out, "%s: ", word(language, WORD_NOT_EXAMINED));
	if (!is_of_all_disks(summary))
		buffer_format(out, "%s, ", word(language, WORD_NOT_EXAMINED_ELSEWHERE));
	if (!summary->has_processes)
		buffer_format(out, "%s, ", word(language, WORD_NOT_EXAMINED_MEMORY));
	buffer_format(out, "%s.", word(language, WORD_NOT_EXAMINED_EVER));
}

const char *render_label(const struct finding_meta *meta, enum language language)
{
	static const struct {
		const char *key;
		enum word label;
	} rows[] = {
	    {"reason", WORD_REASON},
	    {"program", WORD_PROGRAM},
	    {"command_line", WORD_COMMAND_LINE},
	    {"parent", WORD_PARENT},
	    {"connection", WORD_CONNECTION},
	};

	if (meta->kind != FINDING_META_TEXT || meta->text.n == 0)
		return NULL;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (bytes_equal_text(meta->key, rows[i].key))
			return word(language, rows[i].label);
	return NULL;
}

void render_class(struct buffer *out, const struct finding *finding,
		  enum language language)
{
	if (finding_has_tag(finding, "exposure"))
		buffer_format(out, " (%s)", word(language, WORD_EXPOSURE));
}
