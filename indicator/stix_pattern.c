/*
 * Patterns of STIX 2.1 (section 9) of which each part is an indicator by itself:
 * comparisons and observations joined by OR.  Whatever narrows (AND, FOLLOWEDBY, NOT,
 * qualifiers of time) would make of each part a wider indicator than its author wrote:
 * such a pattern is refused whole.  One AND is understood: of properties of one file
 * among which is a digest, which says all that the others do.
 */
#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "indicator/lines.h"
#include "indicator/subject.h"

#include <string.h>

enum token { TOKEN_END, TOKEN_MARK, TOKEN_WORD, TOKEN_TEXT, TOKEN_BAD };

/* A pattern is read twice: to see whether it is understood, then to add it. */
struct pattern {
	struct indicator_list *list; /* NULL: nothing is added */
	const struct subject *subject;
	struct reader rest;
	enum token kind;    /* the token at hand */
	struct bytes token; /* a mark, a word, or a text without its quotes */
	struct buffer text; /* of texts */
	unsigned depth;
	const char *refusal; /* why it is not taken */
	enum rq_err err;
};

enum what { OF_DIGEST, OF_FILE, OF_FOLDER, OF_SIZE, OF_PLACE };

static const struct path {
	const char *path; /* quotes are left out */
	enum what what;
	enum indicator_kind kind; /* of a digest */
} paths[] = {
    {"file:hashes.MD5", OF_DIGEST, INDICATOR_MD5},
    {"file:hashes.SHA-1", OF_DIGEST, INDICATOR_SHA1},
    {"file:hashes.SHA1", OF_DIGEST, INDICATOR_SHA1},
    {"file:hashes.SHA-256", OF_DIGEST, INDICATOR_SHA256},
    {"file:hashes.SHA256", OF_DIGEST, INDICATOR_SHA256},
    {"file:name", OF_FILE, INDICATOR_NAME},
    {"file:parent_directory_ref.path", OF_FOLDER, INDICATOR_NAME},
    {"directory:path", OF_FOLDER, INDICATOR_NAME},
    {"file:size", OF_SIZE, INDICATOR_NAME},
    {"domain-name:value", OF_PLACE, INDICATOR_HOST},
    {"ipv4-addr:value", OF_PLACE, INDICATOR_HOST},
    {"ipv6-addr:value", OF_PLACE, INDICATOR_HOST},
    {"url:value", OF_PLACE, INDICATOR_HOST},
};

/* Comparisons joined by AND. */
struct term {
	size_t n;
	bool is_plain; /* all of them are equalities of one file */
	bool has_digest;
	enum indicator_kind kind; /* of the longest digest */
	uint8_t digest[64];       /* as it stands there */
	size_t n_digest;
	uint64_t size;
};

static const char reason_and[] = "AND in a pattern: its parts alone would say more";

static void refuse(struct pattern *p, const char *why)
{
	if (p->refusal == NULL)
		p->refusal = why;
}

static bool goes_on(const struct pattern *p)
{
	return p->refusal == NULL && p->err == RQ_OK;
}

/* ---- tokens ---- */

static uint8_t peek(struct reader r)
{
	uint8_t c = reader_u8(&r);

	return reader_ok(&r) ? c : 0;
}

static bool is_of_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
}

/* Behind the opening quote; a backslash stands before a quote or another one. */
static enum token read_quoted(struct pattern *p)
{
	while (reader_left(&p->rest) > 0) {
		uint8_t c = reader_u8(&p->rest);

		if (c == '\'')
			return TOKEN_TEXT;
		if (c == '\\') {
			c = reader_u8(&p->rest);
			if (c != '\'' && c != '\\')
				return TOKEN_BAD;
		}
		buffer_u8(&p->text, c);
	}
	return TOKEN_BAD;
}

/* A word; an object path may have quoted parts, which keep their quotes. */
static void read_word(struct pattern *p)
{
	struct reader start = p->rest;
	size_t n = 0;
	bool is_quoted = false;

	for (uint8_t c = peek(p->rest); c != 0; c = peek(p->rest)) {
		if (!is_quoted && c != '\'' && !is_of_word(c))
			break;
		is_quoted ^= c == '\'';
		reader_skip(&p->rest, 1);
		n++;
	}
	p->token = reader_bytes(&start, n);
}

static void next(struct pattern *p)
{
	struct reader start;
	uint8_t c = peek(p->rest);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		reader_skip(&p->rest, 1);
		c = peek(p->rest);
	}
	buffer_clear(&p->text);
	p->token = (struct bytes){NULL, 0};
	if (reader_left(&p->rest) == 0) {
		p->kind = TOKEN_END;
	} else if (c == '\'') {
		reader_skip(&p->rest, 1);
		p->kind = read_quoted(p);
		p->token = buffer_bytes(&p->text);
		if (!buffer_ok(&p->text))
			p->err = RQ_ERR_MEMORY;
	} else if (is_of_word(c)) {
		p->kind = TOKEN_WORD;
		read_word(p);
	} else {
		start = p->rest;
		reader_skip(&p->rest, 1);
		p->kind = TOKEN_MARK;
		p->token = reader_bytes(&start, 1);
	}
}

static bool at(const struct pattern *p, enum token kind, const char *text)
{
	return p->kind == kind && bytes_equal_text(p->token, text);
}

static void expect_mark(struct pattern *p, const char *mark)
{
	if (!at(p, TOKEN_MARK, mark))
		refuse(p, "a pattern that cannot be read");
	next(p);
}

/* ---- comparisons ---- */

/* Whether the token at hand is path, whose parts may stand in quotes. */
static bool at_path(const struct pattern *p, const char *path)
{
	struct reader r = reader_over(p->token.at, p->token.n);

	if (p->kind != TOKEN_WORD)
		return false;
	while (reader_left(&r) > 0) {
		uint8_t c = reader_u8(&r);

		if (c != '\'' && c != (uint8_t)*path++)
			return false;
	}
	return *path == '\0';
}

/* What the value at hand adds to a term. */
static void collect(struct pattern *p, const struct path *path, struct term *term)
{
	if (path->what == OF_SIZE && !text_size(p->token, &term->size))
		refuse(p, "no size");
	if (path->what == OF_PLACE)
		term->is_plain = false;
	if (path->what != OF_DIGEST || p->token.n > sizeof term->digest ||
	    (term->has_digest && term->kind >= path->kind))
		return;
	term->has_digest = true;
	term->kind = path->kind;
	term->n_digest = p->token.n;
	memcpy(term->digest, p->token.at, p->token.n);
}

static void add(struct pattern *p, const struct path *path)
{
	switch (path->what) {
	case OF_DIGEST:
		p->err = subject_digest(p->list, p->subject, path->kind, p->token);
		break;
	case OF_FILE: p->err = subject_file(p->list, p->subject, p->token); break;
	case OF_FOLDER: p->err = subject_folder(p->list, p->subject, p->token); break;
	case OF_PLACE: p->err = subject_place(p->list, p->subject, p->token); break;
	case OF_SIZE: refuse(p, "a size alone"); break;
	}
}

/* term NULL: the value counts by itself. */
static void read_value(struct pattern *p, const struct path *path, struct term *term)
{
	if (p->kind != (path->what == OF_SIZE ? TOKEN_WORD : TOKEN_TEXT))
		refuse(p, p->kind == TOKEN_BAD ? "a pattern that cannot be read"
					       : "a value of another type");
	else if (term != NULL)
		collect(p, path, term);
	else if (p->list != NULL || path->what == OF_SIZE)
		add(p, path);
	if (goes_on(p))
		next(p);
}

/* ('x', 'y') */
static void read_set(struct pattern *p, const struct path *path, struct term *term)
{
	expect_mark(p, "(");
	while (goes_on(p)) {
		read_value(p, path, term);
		if (!at(p, TOKEN_MARK, ","))
			break;
		next(p);
	}
	if (goes_on(p))
		expect_mark(p, ")");
}

static void read_comparison(struct pattern *p, struct term *term)
{
	const size_t n = sizeof paths / sizeof paths[0];
	size_t i = 0;

	if (at(p, TOKEN_WORD, "NOT") || at(p, TOKEN_WORD, "EXISTS")) {
		refuse(p, "NOT or EXISTS in a pattern");
		return;
	}
	if (at(p, TOKEN_MARK, "(") && term != NULL) {
		refuse(p, reason_and);
		return;
	}
	while (i < n && !at_path(p, paths[i].path))
		i++;
	if (i == n) {
		refuse(p, p->kind == TOKEN_WORD ? "a property that is not looked for"
						: "a pattern that cannot be read");
		return;
	}
	next(p);
	if (at(p, TOKEN_MARK, "=")) {
		next(p);
		read_value(p, &paths[i], term);
	} else if (at(p, TOKEN_WORD, "IN")) {
		if (term != NULL)
			term->is_plain = false;
		next(p);
		read_set(p, &paths[i], term);
	} else {
		refuse(p, "a comparison other than = and IN");
	}
}

/* One file, told by several of its properties: by its digest. */
static void add_term(struct pattern *p, const struct term *term)
{
	struct subject subject = *p->subject;

	if (!term->is_plain || !term->has_digest) {
		refuse(p, reason_and);
		return;
	}
	subject.size = term->size;
	if (p->list != NULL)
		p->err = subject_digest(p->list, &subject, term->kind,
					(struct bytes){term->digest, term->n_digest});
}

static void read_term(struct pattern *p)
{
	struct term term = {.n = 1, .is_plain = true};
	struct reader start = p->rest;
	struct bytes first = p->token;

	read_comparison(p, &term);
	while (goes_on(p) && at(p, TOKEN_WORD, "AND")) {
		next(p);
		read_comparison(p, &term);
		term.n++;
	}
	if (!goes_on(p))
		return;
	if (term.n > 1) {
		add_term(p, &term);
		return;
	}
	/* it stands alone: from its start again, each value for itself */
	p->rest = start;
	p->kind = TOKEN_WORD;
	p->token = first;
	read_comparison(p, NULL);
}

/* ---- what joins them ---- */

static void read_alternatives(struct pattern *p, bool in_observation);

static bool enter(struct pattern *p)
{
	if (++p->depth > CAP_INDICATOR_NESTING)
		refuse(p, "a pattern that is nested too deeply");
	return goes_on(p);
}

/* A comparison, or an observation, or several of them in parentheses. */
static void read_operand(struct pattern *p, bool in_observation)
{
	if (at(p, TOKEN_MARK, "(")) {
		next(p);
		if (enter(p))
			read_alternatives(p, in_observation);
		if (goes_on(p))
			expect_mark(p, ")");
		p->depth--;
	} else if (in_observation) {
		read_term(p);
	} else {
		expect_mark(p, "[");
		if (goes_on(p))
			read_alternatives(p, true);
		if (goes_on(p))
			expect_mark(p, "]");
	}
}

static void read_alternatives(struct pattern *p, bool in_observation)
{
	static const char *const narrowing[] = {"FOLLOWEDBY", "WITHIN", "REPEATS",
						"START"};

	read_operand(p, in_observation);
	while (goes_on(p) && at(p, TOKEN_WORD, "OR")) {
		next(p);
		read_operand(p, in_observation);
	}
	if (goes_on(p) && at(p, TOKEN_WORD, "AND"))
		refuse(p, reason_and);
	for (size_t i = 0; i < sizeof narrowing / sizeof narrowing[0]; i++)
		if (goes_on(p) && at(p, TOKEN_WORD, narrowing[i]))
			refuse(p, "an order or a time in a pattern");
}

static enum rq_err read_once(struct pattern *p, struct bytes text)
{
	p->rest = reader_over(text.at, text.n);
	next(p);
	if (goes_on(p))
		read_alternatives(p, false);
	if (goes_on(p) && p->kind != TOKEN_END)
		refuse(p, "a pattern that cannot be read");
	buffer_free(&p->text);
	return p->err;
}

enum rq_err read_stix_pattern(struct indicator_list *list,
			      const struct subject *subject, struct bytes text)
{
	struct pattern trial = {.subject = subject};
	struct pattern pattern = {.subject = subject, .list = list};
	enum rq_err err = read_once(&trial, text);

	if (err == RQ_OK && trial.refusal != NULL)
		return subject_refuse(list, subject, trial.refusal, text);
	return err == RQ_OK ? read_once(&pattern, text) : err;
}
