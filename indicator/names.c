/*
 * Expressions of names as a rule set over the path: the engine finds the few of them
 * whose fixed parts stand in a path by one pass, and runs only those.
 */
#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "engine/ruleset/gram.h"
#include "engine/ruleset/ruleset.h"
#include "indicator/layout.h"

#include <stdlib.h>
#include <string.h>

enum { N_GRAM_PLACES = 65536, COMMON_STEP = 20 };

/* The body as rule text has it: a bare slash would end it, and what is no visible
 * ASCII is written as a number. */
static void put_regex(struct buffer *to, struct bytes body, bool ignores_case)
{
	bool is_escaped = false;

	buffer_u8(to, '/');
	for (size_t i = 0; i < body.n; i++) {
		uint8_t c = body.at[i];

		if (c < ' ' || c > '~') {
			/* behind a backslash it stands for itself as well */
			if (is_escaped)
				to->size--;
			buffer_format(to, "\\x%02x", c);
			is_escaped = false;
			continue;
		}
		if (c == '/' && !is_escaped)
			buffer_u8(to, '\\');
		buffer_u8(to, c);
		is_escaped = c == '\\' && !is_escaped;
	}
	buffer_u8(to, '/');
	if (ignores_case)
		buffer_u8(to, 'i');
}

static void put_rule(struct buffer *to, const struct indicator_name *name, size_t i)
{
	bool excludes = name->exclusion.n > 0;

	buffer_format(to, "rule n%zu{strings:$a=", i);
	put_regex(to, name->expression, name->ignores_case);
	if (excludes) {
		buffer_text(to, " $b=");
		put_regex(to, name->exclusion, name->exclusion_ignores_case);
	}
	buffer_text(to, excludes ? " condition:$a and not $b}\n" : " condition:$a}\n");
}

/* Which names the report refuses; a mark each. */
static void mark_refused(const struct rule_report *report, size_t n_names,
			 const char **reasons)
{
	for (size_t i = 0; i < report->n_messages; i++) {
		const struct rule_message *message = &report->messages[i];
		unsigned long line = message->place.line;

		if (!message->is_warning && line > 0 && line <= n_names &&
		    reasons[line - 1] == NULL)
			reasons[line - 1] = message->text;
	}
}

/* Moves refused names out of the list; their reason is copied into it. */
static enum rq_err take_out(struct indicator_list *list, const char **reasons)
{
	size_t n_kept = 0;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < list->n_names; i++) {
		const struct indicator_name *name = &list->names[i];
		const char *reason;

		if (reasons[i] == NULL) {
			list->names[n_kept++] = *name;
			continue;
		}
		reason = arena_copy(list->arena, reasons[i], strlen(reasons[i]));
		err = reason == NULL
			  ? RQ_ERR_MEMORY
			  : indicator_refuse(list, name->line, reason, name->text);
		if (err == RQ_OK && list->refused.n > 0)
			list->refused.at[list->refused.n - 1].list =
			    list->details[name->detail].list;
	}
	if (err == RQ_OK)
		list->n_names = n_kept;
	return err;
}

/*
 * How often grams stand in paths, by the list itself: what many expressions name
 * (AppData\Roaming) are the folders that paths go through, and each of these would be
 * tried wherever one of them stands.  Letters of classes are counted like any; a number
 * that is too great costs a little time, no finding.
 */
static void count_common(const struct indicator_list *list, uint16_t *common)
{
	for (size_t i = 0; i < list->n_names; i++) {
		struct bytes body = list->names[i].expression;
		struct reader r = reader_over(body.at, body.n);

		while (reader_left(&r) >= 4) {
			struct reader four = r;
			uint32_t place =
			    gram_table_place(gram_load(reader_bytes(&four, 4).at));

			if (common[place] < UINT16_MAX - COMMON_STEP)
				common[place] += COMMON_STEP;
			reader_skip(&r, 1);
		}
	}
}

/* One round; *n_refused_out names have a reason.  (The names stand one a line.) */
static enum rq_err compile_once(const struct indicator_list *list, struct arena *arena,
				const uint16_t *common, struct buffer *image,
				const char **reasons, size_t *n_refused_out)
{
	const struct rule_options how = {.keep_going = true};
	const struct ruleset_compile_options compile = {.keep_going = true,
							.pattern.common = common};
	struct buffer text = {.max = CAP_RULE_SOURCE};
	struct rule_report report;
	struct rule_set *set = NULL;
	enum rq_err err = rule_set_new(CAP_RULE_HEAP, &set);

	rule_report_init(&report, arena);
	for (size_t i = 0; i < list->n_names; i++)
		put_rule(&text, &list->names[i], i);
	if (err == RQ_OK && !buffer_ok(&text))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = rule_parse(set, "names", "names", buffer_bytes(&text), &how,
				 &report);
	if (err == RQ_OK || err == RQ_ERR_RULE)
		err = ruleset_compile(set, &compile, &report, image);
	if (err == RQ_ERR_RULE)
		err = RQ_OK;
	if (err == RQ_OK && (report.failed || !buffer_ok(image)))
		err = RQ_ERR_MEMORY;
	*n_refused_out = 0;
	mark_refused(&report, list->n_names, reasons);
	for (size_t i = 0; i < list->n_names; i++)
		*n_refused_out += reasons[i] != NULL;
	rule_report_clear(&report);
	rule_set_free(set);
	buffer_free(&text);
	return err;
}

enum rq_err names_compile(struct indicator_list *list, struct buffer *image_out)
{
	const char **reasons = NULL;
	struct arena *arena = NULL;
	uint16_t *common = alloc_array(N_GRAM_PLACES, sizeof *common);
	size_t n_refused = 1;
	enum rq_err err = arena_new(CAP_RULE_REPORT, &arena);

	if (err == RQ_OK && common == NULL)
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		count_common(list, common);

	/* rules that are refused leave numbers behind that name nothing: once more */
	while (err == RQ_OK && n_refused > 0 && list->n_names > 0) {
		buffer_clear(image_out);
		alloc_free(reasons);
		reasons = alloc_array(list->n_names, sizeof *reasons);
		err = reasons == NULL ? RQ_ERR_MEMORY
				      : compile_once(list, arena, common, image_out,
						     reasons, &n_refused);
		if (err == RQ_OK && n_refused > 0)
			err = take_out(list, reasons);
	}
	if (list->n_names == 0)
		buffer_clear(image_out);
	alloc_free(reasons);
	alloc_free(common);
	arena_free(arena);
	return err;
}
