#include "finding/advice.h"

#include "bytes/encoding.h"

#include <stdio.h>
#include <string.h>

enum { MAX_FOLDERS = 4 };

enum severity advice_worst(const struct result *result)
{
	/* groups are sorted so */
	return result_n_groups(result) > 0 ? result_group(result, 0)->severity
					   : SEVERITY_MEDIUM;
}

static enum word advice_found(const struct result *result)
{
	enum finding_class first = result_n_groups(result) > 0
				       ? result_group(result, 0)->class_
				       : FINDING_LOOK;

	if (first == FINDING_UNWANTED)
		return WORD_DO_UNWANTED;
	/* what made the answer "found" did not get into the result */
	if (first == FINDING_LOOK)
		return WORD_DO_MEDIUM;
	switch (advice_worst(result)) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH: return WORD_DO_SEVERE;
	case SEVERITY_MEDIUM: return WORD_DO_MEDIUM;
	case SEVERITY_LOW: break;
	}
	return WORD_DO_LOW;
}

enum word advice_now(const struct result *result, const struct summary *summary)
{
	switch (summary_verdict(summary)) {
	case VERDICT_FOUND: return advice_found(result);
	case VERDICT_CLEAN:
		if (summary->n_look > 0)
			return WORD_DO_LOOK;
		/* nobody shall read that there is nothing to do below a warning */
		return summary_content_is_old(summary) ||
			       summary_clock_is_wrong(summary)
			   ? WORD_DO_AGAIN
			   : WORD_DO_CLEAN;
	case VERDICT_UNKNOWN: break;
	}
	return summary->stopped ? WORD_DO_STOPPED : WORD_DO_UNKNOWN;
}

static struct bytes text_of(const struct finding *finding, const char *key)
{
	const struct finding_meta *meta = finding_meta(finding, key);

	return meta != NULL && meta->kind == FINDING_META_TEXT
		   ? meta->text
		   : (struct bytes){NULL, 0};
}

struct bytes advice_meta(const struct finding *finding, const char *key,
			 enum language language)
{
	char with_language[32];
	struct bytes text;

	snprintf(with_language, sizeof with_language, "%s_%s", key,
		 language == LANGUAGE_VI ? "vi" : "en");
	text = text_of(finding, with_language);
	return text.n > 0 ? text : text_of(finding, key);
}

struct bytes advice_title(const struct group *group, enum language language)
{
	struct bytes text = advice_meta(group->example, "description", language);

	return text.n > 0 ? text : group->example->rule;
}

/* ---- where ---- */

static bool begins(struct bytes path, const char *with, size_t at)
{
	size_t n = strlen(with);

	return path.n > at + n && memcmp(path.at + at, with, n) == 0;
}

static size_t user_parent(struct bytes path)
{
	static const char *const parents[] = {"/home/", ":\\Users\\",
					      ":\\Documents and Settings\\"};

	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
		size_t at = parents[i][0] == ':'; /* behind the letter of a disk */

		if (begins(path, parents[i], at))
			return at + strlen(parents[i]);
	}
	return 0;
}

/* The user's folder that path lies in; empty: in none. */
static struct bytes user_folder(struct bytes path)
{
	size_t n = user_parent(path);

	if (begins(path, "/root/", 0))
		return (struct bytes){path.at, strlen("/root")};
	if (n == 0)
		return (struct bytes){NULL, 0};
	while (n < path.n && path.at[n] != '/' && path.at[n] != '\\')
		n++;
	/* a file right inside the parent is nobody's folder */
	return n < path.n ? (struct bytes){path.at, n} : (struct bytes){NULL, 0};
}

void advice_user_folders(struct buffer *out, const struct result *result)
{
	struct bytes seen[MAX_FOLDERS];
	size_t n_seen = 0;

	for (size_t i = 0; i < result_n_objects(result); i++) {
		/* of the file: names inside a container say nothing of users */
		const struct finding *finding = result_object(result, i)->findings[0];
		struct bytes folder = user_folder(finding->path);
		size_t k = 0;

		while (k < n_seen && !bytes_equal(seen[k], folder))
			k++;
		if (folder.n == 0 || k < n_seen)
			continue;
		if (n_seen > 0)
			buffer_text(out, ", ");
		if (n_seen == MAX_FOLDERS) {
			buffer_text(out, "…");
			return;
		}
		seen[n_seen++] = folder;
		buffer_put(out, folder.at, folder.n);
	}
}

/* ---- what fits ---- */

/* Bytes of text, which is visible, that take at most columns. */
static size_t prefix(struct bytes text, size_t columns)
{
	size_t n = 0;

	while (n < text.n) {
		struct bytes rest = {text.at + n, text.n - n};
		size_t length = utf8_sequence(rest, NULL);
		size_t width;

		if (length == 0)
			break;
		width = utf8_columns((struct bytes){rest.at, length});
		if (width > columns)
			break;
		columns -= width;
		n += length;
	}
	return n;
}

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* From where the end of text takes at most columns. */
static size_t suffix(struct bytes text, size_t columns)
{
	size_t from = text.n;

	while (from > 0) {
		size_t before = from - 1;

		while (before > 0 && is_continuation(text.at[before]))
			before--;
		if (utf8_columns((struct bytes){text.at + before, text.n - before}) >
		    columns)
			break;
		from = before;
	}
	return from;
}

static void cut(struct buffer *out, struct bytes raw, size_t head, size_t tail)
{
	struct buffer visible = {0};
	struct bytes text;
	size_t from;

	encode_visible(&visible, raw);
	out->failed |= !buffer_ok(&visible);
	text = buffer_bytes(&visible);
	if (utf8_columns(text) <= head + 1 + tail) {
		buffer_put(out, text.at, text.n);
	} else {
		from = suffix(text, tail);
		buffer_put(out, text.at, prefix(text, head));
		buffer_text(out, "…");
		buffer_put(out, text.at + from, text.n - from);
	}
	buffer_free(&visible);
}

void advice_cut_middle(struct buffer *out, struct bytes text, size_t columns)
{
	cut(out, text, (columns - 1) / 2, columns - 1 - (columns - 1) / 2);
}

void advice_cut_end(struct buffer *out, struct bytes text, size_t columns)
{
	cut(out, text, columns - 1, 0);
}
