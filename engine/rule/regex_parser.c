/*
 * Regular expressions as YARA 4.5 has them: no captures, no references, no POSIX
 * classes, no looking around; whatever has no meaning stands for itself.
 */
#include "engine/rule/regex_tree.h"

#include "bytes/cap.h"
#include "engine/rule/report.h"

struct regex_reader {
	struct arena *arena;
	struct bytes source;
	size_t pos;
	const struct regex_options *options;
	unsigned depth;
	bool has_greedy, has_lazy;
	bool unknown_escape;
	const char *problem; /* the first */
	size_t problem_pos;
	enum rule_code code;
	bool out_of_memory;
};

static void *refuse(struct regex_reader *r, const char *problem)
{
	if (r->problem == NULL) {
		r->problem = problem;
		r->problem_pos = r->pos;
		r->code = RULE_INVALID_REGEX;
	}
	return NULL;
}

static void *no_memory(struct regex_reader *r)
{
	r->out_of_memory = true;
	return refuse(r, "not enough memory");
}

static int byte_at(const struct regex_reader *r, size_t pos)
{
	return pos < r->source.n ? r->source.at[pos] : -1;
}

static int peek(const struct regex_reader *r)
{
	return byte_at(r, r->pos);
}

static bool accept(struct regex_reader *r, int c)
{
	if (peek(r) != c)
		return false;
	r->pos++;
	return true;
}

/* ---- sets ---- */

static void add_range(struct byte_set *set, unsigned first, unsigned last)
{
	for (unsigned c = first; c <= last; c++)
		byte_set_add(set, (uint8_t)c);
}

static void add_complement(struct byte_set *set, const struct byte_set *other)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] |= ~other->bits[i];
}

/* What \w, \s, \d and their opposites stand for.  False: c is none of them. */
static bool add_class(struct byte_set *set, int c)
{
	struct byte_set members = {0};

	switch (c | 0x20) {
	case 'w':
		add_range(&members, 'a', 'z');
		add_range(&members, 'A', 'Z');
		add_range(&members, '0', '9');
		byte_set_add(&members, '_');
		break;
	case 's':
		add_range(&members, '\t', '\r');
		byte_set_add(&members, ' ');
		break;
	case 'd': add_range(&members, '0', '9'); break;
	default: return false;
	}
	if (c & 0x20)
		for (int i = 0; i < 4; i++)
			set->bits[i] |= members.bits[i];
	else
		add_complement(set, &members);
	return true;
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_plain_escape(int c)
{
	static const char plain[] = "\\^$.|()[]*+?\"'-{}#:_=/!,@<>~&%";

	for (size_t i = 0; plain[i] != '\0'; i++)
		if (plain[i] == c)
			return true;
	return false;
}

/*
 * The value of the escape whose backslash was just read, or -1.  An escape without
 * meaning is the letter itself; warn tells whether it is worth a word.
 */
static int read_escape(struct regex_reader *r, bool warn)
{
	int c = peek(r), high, low;

	if (c <= 0)
		return -1;
	r->pos++;
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	case 'f': return '\f';
	case 'a': return '\a';
	case 'x':
		high = hex_digit(byte_at(r, r->pos));
		low = hex_digit(byte_at(r, r->pos + 1));
		if (high < 0 || low < 0)
			return -1;
		r->pos += 2;
		return high << 4 | low;
	default:
		if (warn && r->options->strict_escape && !is_plain_escape(c))
			r->unknown_escape = true;
		return c;
	}
}

/* Length of what may start a range in a class: a character or an escape. */
static size_t range_start(const struct regex_reader *r)
{
	if (peek(r) != '\\')
		return 1;
	if (byte_at(r, r->pos + 1) == 'x' && hex_digit(byte_at(r, r->pos + 2)) >= 0 &&
	    hex_digit(byte_at(r, r->pos + 3)) >= 0)
		return 4;
	return 2;
}

static bool is_range(const struct regex_reader *r)
{
	size_t dash = r->pos + range_start(r);

	return byte_at(r, dash) == '-' && byte_at(r, dash + 1) >= 0 &&
	       byte_at(r, dash + 1) != ']';
}

static int read_member(struct regex_reader *r)
{
	int c = peek(r);

	r->pos++;
	if (c == '\\') {
		c = read_escape(r, false);
		if (c < 0)
			refuse(r, "illegal escape sequence");
	}
	return c;
}

static bool read_range(struct regex_reader *r, struct byte_set *set)
{
	int first = read_member(r), last;

	if (first < 0)
		return false;
	r->pos++; /* - */
	last = read_member(r);
	if (last < 0)
		return false;
	if (last < first)
		return refuse(r, "bad character range") != NULL;
	add_range(set, (unsigned)first, (unsigned)last);
	return true;
}

static bool read_class_member(struct regex_reader *r, struct byte_set *set)
{
	int c = peek(r);

	if (is_range(r))
		return read_range(r, set);
	r->pos++;
	if (c == '\\') {
		if (add_class(set, peek(r))) {
			r->pos++;
			return true;
		}
		c = read_escape(r, true);
		if (c < 0)
			return refuse(r, "illegal escape sequence") != NULL;
	} else if (c < 32 || c >= 127) {
		return refuse(r, "non-ascii character") != NULL;
	}
	byte_set_add(set, (uint8_t)c);
	return true;
}

/* Behind the opening bracket; a closing one that comes first is a member. */
static struct re_node *read_class(struct regex_reader *r)
{
	struct re_node *node = re_node_new(r->arena, RE_SET);

	if (node == NULL)
		return no_memory(r);
	node->is_class = true;
	node->negated = accept(r, '^');
	if (accept(r, ']'))
		byte_set_add(&node->set, ']');
	while (peek(r) != ']') {
		if (peek(r) < 0)
			return refuse(r, "missing terminating ] for character class");
		if (!read_class_member(r, &node->set))
			return NULL;
	}
	r->pos++;
	return node;
}

/* ---- single things ---- */

static struct re_node *literal(struct regex_reader *r, int c)
{
	struct re_node *node = re_node_new(r->arena, RE_SET);

	if (node == NULL)
		return no_memory(r);
	byte_set_add(&node->set, (uint8_t)c);
	return node;
}

static struct re_node *any(struct regex_reader *r)
{
	struct re_node *node = re_node_new(r->arena, RE_SET);

	if (node == NULL)
		return no_memory(r);
	byte_set_fill(&node->set);
	if (!r->options->dotall)
		node->set.bits[0] &= ~(UINT64_C(1) << '\n');
	node->is_dot = true;
	return node;
}

static struct re_node *escaped(struct regex_reader *r)
{
	int c = peek(r);
	struct re_node *node;

	if (c >= '0' && c <= '9')
		return refuse(r, "backreferences are not allowed");
	if (c == 'w' || c == 'W' || c == 's' || c == 'S' || c == 'd' || c == 'D') {
		node = re_node_new(r->arena, RE_SET);
		if (node == NULL)
			return no_memory(r);
		node->is_class = add_class(&node->set, c);
		r->pos++;
		return node;
	}
	c = read_escape(r, true);
	return c < 0 ? refuse(r, "illegal escape sequence") : literal(r, c);
}

static struct re_node *alternatives(struct regex_reader *r);

static struct re_node *group(struct regex_reader *r)
{
	struct re_node *node;

	if (r->depth == CAP_REGEX_DEPTH) {
		refuse(r, "regular expression is too complex");
		r->code = RULE_REGEX_TOO_COMPLEX;
		return NULL;
	}
	r->depth++;
	node = alternatives(r);
	r->depth--;
	if (node == NULL)
		return NULL;
	node->is_dot = false;
	return accept(r, ')') ? node : refuse(r, "syntax error");
}

/* ---- repetition ---- */

/* Digits from pos on, at most CAP_REGEX_REPEAT + 1; the position behind them. */
static size_t read_bound(const struct regex_reader *r, size_t pos, uint32_t *value_out)
{
	uint32_t value = 0;

	for (int c; (c = byte_at(r, pos)) >= '0' && c <= '9'; pos++)
		if (value <= CAP_REGEX_REPEAT)
			value = value * 10 + ((uint32_t)c - '0');
	*value_out = value <= CAP_REGEX_REPEAT ? value : CAP_REGEX_REPEAT + 1;
	return pos;
}

static size_t skip_spaces(const struct regex_reader *r, size_t pos)
{
	while (byte_at(r, pos) == ' ')
		pos++;
	return pos;
}

struct bounds {
	uint32_t min, max;
};

/* {n} {n,} {,m} {n,m}; anything else in braces is text.  False: no bounds. */
static bool read_bounds(struct regex_reader *r, struct bounds *bounds_out)
{
	size_t start = r->pos + 1, pos = read_bound(r, start, &bounds_out->min), from;

	bounds_out->max = bounds_out->min;
	if (byte_at(r, pos) != '}' || pos == start) {
		pos = skip_spaces(r, pos);
		if (byte_at(r, pos) != ',')
			return false;
		from = skip_spaces(r, pos + 1);
		pos = read_bound(r, from, &bounds_out->max);
		if (byte_at(r, pos) != '}')
			return false;
		if (pos == from)
			bounds_out->max = RE_UNBOUNDED;
	}
	r->pos = pos + 1;
	return true;
}

/* libyara knows no end beyond CAP_REGEX_REPEAT, and says so in this order. */
static bool check_bounds(struct regex_reader *r, const struct bounds *b)
{
	uint32_t max = b->max == RE_UNBOUNDED ? CAP_REGEX_REPEAT : b->max;

	if (max > CAP_REGEX_REPEAT)
		return refuse(r, "repeat interval too large") != NULL;
	if (max < b->min)
		return refuse(r, "bad repeat interval") != NULL;
	return true;
}

static bool starts_bounds(const struct regex_reader *r)
{
	struct regex_reader ahead = *r;
	struct bounds ignored;

	return peek(r) == '{' && read_bounds(&ahead, &ignored);
}

static struct re_node *repeated(struct regex_reader *r, struct re_node *single)
{
	struct bounds b;
	bool lazy;

	if (accept(r, '*'))
		b = (struct bounds){0, RE_UNBOUNDED};
	else if (accept(r, '+'))
		b = (struct bounds){1, RE_UNBOUNDED};
	else if (accept(r, '?'))
		b = (struct bounds){0, 1};
	else if (peek(r) != '{' || !read_bounds(r, &b))
		return single;
	else if (!check_bounds(r, &b))
		return NULL;
	lazy = accept(r, '?');
	if (lazy)
		r->has_lazy = true;
	else
		r->has_greedy = true;
	single = re_node_repeat(r->arena, single, b.min, b.max, lazy);
	if (single == NULL)
		return no_memory(r);
	single->in_group = r->depth > 0;
	return single;
}

/* ---- sequences ---- */

static struct re_node *assertion(struct regex_reader *r, enum re_op op)
{
	struct re_node *node = re_node_new(r->arena, op);

	return node != NULL ? node : no_memory(r);
}

/* One thing with its repetition.  Assertions cannot be repeated. */
static struct re_node *piece(struct regex_reader *r)
{
	struct re_node *node;
	int c = peek(r);

	if (c < 0 || c == '|' || c == ')' || c == '*' || c == '+' || c == '?' ||
	    starts_bounds(r))
		return refuse(r, "syntax error");
	r->pos++;
	switch (c) {
	case '^': return assertion(r, RE_START);
	case '$': return assertion(r, RE_END);
	case '(': node = group(r); break;
	case '[': node = read_class(r); break;
	case '.': node = any(r); break;
	case '\\':
		if (accept(r, 'b'))
			return assertion(r, RE_WORD_BOUNDARY);
		if (accept(r, 'B'))
			return assertion(r, RE_NOT_WORD_BOUNDARY);
		node = escaped(r);
		break;
	default: node = literal(r, c); break;
	}
	return node == NULL ? NULL : repeated(r, node);
}

static struct re_node *sequence(struct regex_reader *r)
{
	struct re_list list = {.arena = r->arena};
	struct re_node *node;

	do {
		node = piece(r);
		if (node == NULL)
			return NULL;
		if (!re_list_add(&list, node))
			return no_memory(r);
	} while (peek(r) >= 0 && peek(r) != '|' && peek(r) != ')');
	node = re_list_join(&list, RE_CONCAT);
	return node != NULL ? node : no_memory(r);
}

/* Behind a | there may be nothing; before it, not. */
static struct re_node *alternatives(struct regex_reader *r)
{
	struct re_list list = {.arena = r->arena};
	struct re_node *node = sequence(r);

	while (node != NULL) {
		if (!re_list_add(&list, node))
			return no_memory(r);
		if (!accept(r, '|')) {
			node = re_list_join(&list, RE_ALTERNATIVE);
			return node != NULL ? node : no_memory(r);
		}
		if (peek(r) < 0 || peek(r) == '|' || peek(r) == ')')
			node = assertion(r, RE_EMPTY);
		else
			node = sequence(r);
	}
	return NULL;
}

/* ---- the whole ---- */

static enum rq_err report_problem(const struct regex_reader *r, const char *identifier,
				  const struct rule_place *at,
				  struct rule_report *report)
{
	struct rule_place place = re_place(at, r->source, r->problem_pos);

	if (r->out_of_memory)
		return RQ_ERR_MEMORY;
	if (identifier == NULL || r->code != RULE_INVALID_REGEX)
		return rule_report_add(report, r->code, false, &place, report->rule,
				       NULL, "%s", r->problem);
	return rule_report_add(report, r->code, false, &place, report->rule, NULL,
			       "invalid regular expression \"%s\": %s", identifier,
			       r->problem);
}

/* In a string only: in a condition both kinds may stand together. */
static const char mixed[] =
    "greedy and ungreedy quantifiers can't be mixed in a regular expression";

enum rq_err regex_parse(struct arena *arena, struct bytes source,
			const struct regex_options *options, const char *identifier,
			const struct rule_place *at, struct rule_report *report,
			struct regex **regex_out)
{
	struct regex_reader r = {.arena = arena, .source = source, .options = options};
	struct re_node *root = alternatives(&r);

	*regex_out = NULL;
	if (root != NULL && r.pos < source.n)
		root = refuse(&r, "syntax error");
	if (root == NULL)
		return report_problem(&r, identifier, at, report);
	if (r.unknown_escape)
		rule_report_add(report, RULE_WARNING, true, at, report->rule, NULL,
				"unknown escape sequence");
	if (identifier != NULL && r.has_greedy && r.has_lazy)
		return rule_report_add(report, RULE_INVALID_REGEX, false, at,
				       report->rule, NULL, "%s", mixed);
	*regex_out = arena_make(arena, struct regex);
	if (*regex_out == NULL)
		return RQ_ERR_MEMORY;
	**regex_out = (struct regex){.root = root,
				     .source = source,
				     .nocase = options->nocase,
				     .dotall = options->dotall,
				     .shortest = r.has_lazy};
	return RQ_OK;
}
