/* Hex strings: bytes, masks, jumps and alternatives, as a tree of regex.h. */
#include "engine/rule/regex_tree.h"

#include "bytes/cap.h"
#include "engine/rule/report.h"

#include <limits.h>

struct hex_reader {
	struct arena *arena;
	struct bytes source;
	size_t pos;
	unsigned depth;      /* of alternatives */
	const char *problem; /* the first */
	size_t problem_pos;
	bool out_of_memory;
};

static void *refuse(struct hex_reader *r, const char *problem)
{
	if (r->problem == NULL) {
		r->problem = problem;
		r->problem_pos = r->pos;
	}
	return NULL;
}

static void *no_memory(struct hex_reader *r)
{
	r->out_of_memory = true;
	return refuse(r, "not enough memory");
}

static int byte_at(const struct hex_reader *r, size_t pos)
{
	return pos < r->source.n ? r->source.at[pos] : -1;
}

static void skip_comment(struct hex_reader *r)
{
	if (byte_at(r, r->pos + 1) == '/') {
		while (byte_at(r, r->pos) >= 0 && byte_at(r, r->pos) != '\n')
			r->pos++;
		return;
	}
	for (r->pos += 2; r->pos < r->source.n; r->pos++)
		if (byte_at(r, r->pos) == '*' && byte_at(r, r->pos + 1) == '/') {
			r->pos += 2;
			return;
		}
}

/* The next byte that means something. */
static int peek(struct hex_reader *r)
{
	for (;;) {
		int c = byte_at(r, r->pos);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			r->pos++;
		else if (c == '/' && (byte_at(r, r->pos + 1) == '/' ||
				      byte_at(r, r->pos + 1) == '*'))
			skip_comment(r);
		else
			return c;
	}
}

/* ---- bytes ---- */

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void fill_masked(struct byte_set *set, int high, int low)
{
	for (int value = 0; value < 256; value++)
		if ((high < 0 || value >> 4 == high) &&
		    (low < 0 || (value & 15) == low))
			byte_set_add(set, (uint8_t)value);
}

/* XX, X?, ?X, ?? and, with a tilde, their opposites but that of ??. */
static struct re_node *read_byte(struct hex_reader *r)
{
	bool negated = byte_at(r, r->pos) == '~';
	size_t pos = r->pos + negated;
	int first = byte_at(r, pos), second = byte_at(r, pos + 1);
	int high = hex_digit(first), low = hex_digit(second);
	struct re_node *node;

	if ((high < 0 && first != '?') || (low < 0 && second != '?') ||
	    (negated && high < 0 && low < 0)) {
		if (negated)
			return refuse(r, "invalid not operator (~) in hex string");
		return refuse(r, high >= 0 ? "uneven number of digits in hex string"
					   : "invalid character in hex string");
	}
	node = re_node_new(r->arena, RE_SET);
	if (node == NULL)
		return no_memory(r);
	node->negated = negated;
	fill_masked(&node->set, high, low);
	r->pos = pos + 2;
	return node;
}

/* ---- jumps ---- */

struct jump {
	int64_t min, max;
	bool has_min, has_max, has_dash;
};

static bool read_number(struct hex_reader *r, int64_t *value_out)
{
	int64_t value = 0;

	for (int c; (c = byte_at(r, r->pos)) >= '0' && c <= '9'; r->pos++)
		if (value <= INT_MAX)
			value = value * 10 + (c - '0');
	*value_out = value;
	return value <= INT_MAX || refuse(r, "jump length too large") != NULL;
}

/* What stands between the brackets; libyara skips blanks there, but no comments. */
static bool read_jump_text(struct hex_reader *r, struct jump *jump)
{
	for (;;) {
		int c = byte_at(r, r->pos);

		if (c >= '0' && c <= '9') {
			if (jump->has_max || (jump->has_min && !jump->has_dash))
				return refuse(r, "syntax error") != NULL;
			if (!read_number(r, jump->has_dash ? &jump->max : &jump->min))
				return false;
			*(jump->has_dash ? &jump->has_max : &jump->has_min) = true;
			continue;
		}
		r->pos++;
		if (c == ']')
			return true;
		if (c == '-' && !jump->has_dash)
			jump->has_dash = true;
		else if (c == '-')
			return refuse(r, "syntax error") != NULL;
		else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return refuse(r, "invalid character in hex string jump") !=
			       NULL;
	}
}

static bool check_jump(struct hex_reader *r, const struct jump *jump)
{
	const char *problem = NULL;
	bool too_long = jump->min > CAP_HEX_CHAIN || jump->max > CAP_HEX_CHAIN;

	if (!jump->has_min && (!jump->has_dash || jump->has_max))
		problem = "syntax error";
	else if (!jump->has_dash && jump->min == 0)
		problem = "invalid jump length";
	else if (r->depth > 0 && jump->has_dash && !jump->has_max)
		problem = "unbounded jumps not allowed inside alternation (|)";
	else if (r->depth > 0 && too_long)
		problem = "jumps over 200 not allowed inside alternation (|)";
	else if (jump->has_max && jump->min > jump->max)
		problem = "invalid jump range";
	return problem == NULL || refuse(r, problem) != NULL;
}

static struct re_node *read_jump(struct hex_reader *r)
{
	struct jump jump = {0};
	struct re_node *any;
	uint32_t max;

	r->pos++;
	if (!read_jump_text(r, &jump) || !check_jump(r, &jump))
		return NULL;
	any = re_node_new(r->arena, RE_SET);
	if (any == NULL)
		return no_memory(r);
	byte_set_fill(&any->set);
	if (!jump.has_dash && jump.min == 1)
		return any;
	max = !jump.has_dash ? (uint32_t)jump.min
	      : jump.has_max ? (uint32_t)jump.max
			     : RE_UNBOUNDED;
	any = re_node_repeat(r->arena, any, (uint32_t)jump.min, max, true);
	return any != NULL ? any : no_memory(r);
}

/* ---- sequences ---- */

static struct re_node *tokens(struct hex_reader *r);

static struct re_node *alternatives(struct hex_reader *r)
{
	struct re_list list = {.arena = r->arena};
	struct re_node *node;

	if (r->depth == CAP_REGEX_DEPTH)
		return refuse(r, "alternatives are nested too deep");
	r->depth++;
	do {
		r->pos++; /* ( or | */
		node = tokens(r);
		if (node == NULL)
			return NULL;
		if (!re_list_add(&list, node))
			return no_memory(r);
	} while (peek(r) == '|');
	r->depth--;
	if (peek(r) != ')')
		return refuse(r, "syntax error");
	r->pos++;
	node = re_list_join(&list, RE_ALTERNATIVE);
	return node != NULL ? node : no_memory(r);
}

static struct re_node *token(struct hex_reader *r, int c)
{
	if (c == '(')
		return alternatives(r);
	if (c == '[')
		return read_jump(r);
	return read_byte(r);
}

/* A jump stands between two things. */
static struct re_node *tokens(struct hex_reader *r)
{
	struct re_list list = {.arena = r->arena};
	struct re_node *node;
	bool is_jump = true;
	int c;

	for (c = peek(r); c >= 0 && c != '|' && c != ')'; c = peek(r)) {
		if (c == '[' && list.n == 0)
			return refuse(r, "syntax error");
		is_jump = c == '[';
		node = token(r, c);
		if (node == NULL)
			return NULL;
		if (!re_list_add(&list, node))
			return no_memory(r);
	}
	if (is_jump)
		return refuse(r, "syntax error");
	node = re_list_join(&list, RE_CONCAT);
	return node != NULL ? node : no_memory(r);
}

enum rq_err hex_parse(struct arena *arena, struct bytes source, const char *identifier,
		      const struct rule_place *at, struct rule_report *report,
		      struct regex **regex_out)
{
	struct hex_reader r = {.arena = arena, .source = source};
	struct re_node *root = tokens(&r);
	struct rule_place place;

	*regex_out = NULL;
	if (root != NULL && peek(&r) >= 0)
		root = refuse(&r, "syntax error");
	if (r.out_of_memory)
		return RQ_ERR_MEMORY;
	if (root == NULL) {
		place = re_place(at, source, r.problem_pos);
		return rule_report_add(
		    report, RULE_INVALID_HEX_STRING, false, &place, report->rule, NULL,
		    "invalid hex string \"%s\": %s", identifier, r.problem);
	}
	*regex_out = arena_make(arena, struct regex);
	if (*regex_out == NULL)
		return RQ_ERR_MEMORY;
	**regex_out = (struct regex){.root = root,
				     .source = source,
				     .dotall = true,
				     .is_hex = true,
				     .shortest = true};
	return RQ_OK;
}
