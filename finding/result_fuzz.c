/*
 * Findings and gaps with whatever names, in every rendering: each has to be valid UTF-8
 * without a character that a terminal obeys or a person does not see, and no name may
 * open a tag or leave an attribute of the page.
 */
#include "finding/jsonl.h"
#include "finding/render.h"

#include "bytes/arena.h"
#include "bytes/encoding.h"

#include <stdlib.h>
#include <string.h>

enum { TREE = 16 << 20, MAX_TEXTS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What HTML gives a meaning, and the bytes that stand for them in the plain half. */
static const char special[] = "<>\"'&", plain[] = "\1\2\3\4\5";

struct world {
	struct reader r;
	struct arena *arena;
	bool is_plain;
	struct result *result;
	struct summary summary;
	struct buffer out;
};

static struct bytes take_text(struct world *w)
{
	struct bytes raw = reader_bytes(&w->r, reader_u8(&w->r));
	uint8_t *text = (uint8_t *)arena_copy(w->arena, raw.at, raw.n);

	if (text == NULL)
		return (struct bytes){NULL, 0};
	for (size_t i = 0; i < raw.n; i++) {
		const char *meaning = text[i] != 0 ? strchr(special, text[i]) : NULL;

		if (text[i] != 0 && strchr(plain, text[i]) != NULL)
			text[i] = 'x';
		else if (w->is_plain && meaning != NULL)
			text[i] = (uint8_t)plain[meaning - special];
	}
	return (struct bytes){text, raw.n};
}

static const char *take_name(struct world *w)
{
	struct bytes text = take_text(w);
	char *name = arena_copy(w->arena, text.at, text.n); /* with a 0 behind it */

	return name != NULL ? name : "";
}

static void expect_visible(const struct buffer *out, const char *allowed)
{
	struct bytes rest = buffer_bytes(out);
	uint32_t code_point;

	while (rest.n > 0) {
		size_t n = utf8_sequence(rest, &code_point);

		if (n == 0 || (code_point_is_hidden(code_point) &&
			       (code_point > 0x7f || code_point == 0 ||
				strchr(allowed, (int)code_point) == NULL)))
			abort();
		rest = (struct bytes){rest.at + n, rest.n - n};
	}
}

static void add_finding(struct world *w)
{
	struct bytes texts[MAX_TEXTS];
	struct finding_meta metas[2] = {0};
	struct finding_string string = {0};
	struct finding finding = {.kind = FINDING_RULE, .chain = texts, .tags = texts};

	for (size_t i = 0; i < MAX_TEXTS; i++)
		texts[i] = take_text(w);
	finding.n_chain = reader_u8(&w->r) % MAX_TEXTS;
	finding.n_tags = reader_u8(&w->r) % MAX_TEXTS;
	finding.path = take_text(w);
	finding.rule = take_text(w);
	finding.name_space = take_text(w);
	metas[0].key = take_text(w);
	metas[0].text = take_text(w);
	metas[1].key = BYTES_LITERAL("score");
	metas[1].kind = FINDING_META_INT;
	metas[1].integer = (int64_t)reader_u64le(&w->r);
	finding.metas = metas;
	finding.n_metas = 2;
	string.identifier = take_text(w);
	string.offset = reader_u64le(&w->r);
	string.length = reader_u64le(&w->r);
	finding.strings = &string;
	finding.n_strings = 1;
	jsonl_match(&w->out, &finding, true);
	if (result_add_finding(w->result, &finding) == RQ_OK)
		w->summary.n_findings = ++w->summary.n_found;
}

static void add_gap(struct world *w)
{
	struct bytes chain = take_text(w);
	struct gap gap = {.reason = (enum gap_reason)(reader_u8(&w->r) % N_GAP_REASONS),
			  .chain = &chain,
			  .n_chain = chain.n > 0,
			  .detail = take_name(w)};

	gap.path = take_text(w);
	jsonl_gap(&w->out, &gap);
	if (result_add_gap(w->result, &gap) == RQ_OK)
		w->summary.n_gaps[gap.reason]++;
}

static size_t count_tags(const struct buffer *page)
{
	size_t n = 0;

	for (size_t i = 0; i < page->size; i++)
		n += page->data[i] == '<' || page->data[i] == '>' ||
		     page->data[i] == '"' || page->data[i] == '\'';
	return n;
}

/* Returns the number of signs of HTML in the pages; 0 when memory ran out. */
static size_t render(struct world *w)
{
	struct render_options options = {.strings = true};
	size_t n = 0;

	jsonl_summary(&w->out, &w->summary);
	if (!buffer_ok(&w->out) || result_arrange(w->result) != RQ_OK)
		return 0;
	expect_visible(&w->out, "\n");
	for (int i = 0; i < N_LANGUAGES; i++) {
		options.language = (enum language)i;
		buffer_clear(&w->out);
		render_text(&w->out, w->result, &w->summary, &options);
		if (!buffer_ok(&w->out))
			return 0;
		expect_visible(&w->out, "\n");
		buffer_clear(&w->out);
		render_html(&w->out, w->result, &w->summary, &options);
		if (!buffer_ok(&w->out))
			return 0;
		expect_visible(&w->out, "\n\t");
		n += count_tags(&w->out);
		buffer_clear(&w->out);
		render_sheet(&w->out, w->result, &w->summary, &options);
		if (!buffer_ok(&w->out))
			return 0;
		expect_visible(&w->out, "\n\t");
	}
	return n;
}

static size_t run(struct bytes input, bool is_plain)
{
	struct world w = {.r = reader_over(input.at, input.n), .is_plain = is_plain};
	const char *scope;
	size_t n = 0;

	if (arena_new(TREE, &w.arena) != RQ_OK || result_new(&w.result) != RQ_OK)
		goto out;
	w.summary.program_version = "0.1.0";
	w.summary.host_name = take_name(&w);
	w.summary.content_name = take_name(&w);
	w.summary.content_date = take_name(&w);
	w.summary.confinement = take_name(&w);
	scope = take_name(&w);
	w.summary.scope = &scope;
	w.summary.n_scope = 1;
	w.summary.started_ms = reader_u32le(&w.r);
	while (reader_ok(&w.r) && reader_left(&w.r) > 0)
		if (reader_u8(&w.r) % 2 == 0)
			add_finding(&w);
		else
			add_gap(&w);
	n = render(&w);
out:
	result_free(w.result);
	arena_free(w.arena);
	buffer_free(&w.out);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n_tags = run((struct bytes){data, size}, false);
	size_t n_plain = run((struct bytes){data, size}, true);

	if (n_tags != 0 && n_plain != 0 && n_tags != n_plain)
		abort();
	return 0;
}
