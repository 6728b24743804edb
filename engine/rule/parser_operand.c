#include "engine/rule/parser.h"

/* How tightly an operator between two values binds; 0: it is none. */
static unsigned binding(enum token_kind kind)
{
	switch ((int)kind) {
	case TOKEN_CHARACTER_0 + '|': return 1;
	case TOKEN_CHARACTER_0 + '^': return 2;
	case TOKEN_CHARACTER_0 + '&': return 3;
	case TOKEN_SHIFT_LEFT:
	case TOKEN_SHIFT_RIGHT: return 4;
	case TOKEN_CHARACTER_0 + '+':
	case TOKEN_CHARACTER_0 + '-': return 5;
	case TOKEN_CHARACTER_0 + '*':
	case TOKEN_CHARACTER_0 + '\\':
	case TOKEN_CHARACTER_0 + '%': return 6;
	default: return 0;
	}
}

struct operand parser_operators(struct parser *p, struct operand left, unsigned limit)
{
	for (unsigned b; left.expr != NULL && left.is_primary &&
			 (b = binding(p->token.kind)) >= limit && b > 0;) {
		struct token at = p->token;

		/* 50 % of them: only where a whole expression stands on the left */
		if (limit == 1 && at.kind == TOKEN_OF_CHARACTER('%') &&
		    parser_peek(p)->kind == TOKEN_OF)
			break;
		parser_advance(p);
		left = check_binary(
		    p, &at, left, parser_operators(p, parser_single(p, false), b + 1));
	}
	return left;
}

struct operand parser_value(struct parser *p)
{
	return parser_operators(p, parser_single(p, false), 1);
}

/* ---- single operands ---- */

static struct operand number(struct parser *p, const struct token *at)
{
	struct operand result =
	    operand_of(expr_constant(p, at, value_int(at->integer)));

	result.known = true;
	result.integer = at->integer;
	return result;
}

/* uint16(offset) and its like. */
static struct operand read_of_object(struct parser *p, const struct token *at)
{
	struct operand offset;
	struct expr *e;

	if (!parser_take(p, TOKEN_OF_CHARACTER('('), NULL))
		return operand_refused();
	offset = parser_value(p);
	if (offset.expr == NULL || !parser_close(p, TOKEN_OF_CHARACTER(')'), "") ||
	    !check_type(p, at, offset.expr, VALUE_INT, "intXXXX or uintXXXX"))
		return operand_refused();
	e = expr_new(p, EXPR_READ, VALUE_INT, at, 1);
	if (e == NULL || !expr_set_kid(p, e, 0, offset.expr))
		return operand_refused();
	e->read = (struct expr_read){.width = at->integer & 0xFF,
				     .is_signed = at->integer >> 8 & 1,
				     .big_endian = at->integer >> 9 & 1};
	return operand_of(e);
}

static struct operand count(struct parser *p, const struct token *at)
{
	struct expr *low = NULL, *high = NULL, *e;
	bool in = parser_accept(p, TOKEN_IN);

	if (in && !parser_range(p, &low, &high))
		return operand_refused();
	e = expr_new(p, in ? EXPR_COUNT_IN : EXPR_COUNT, VALUE_INT, at, in ? 2 : 0);
	if (e == NULL || !parser_string_index(p, at, &e->index) ||
	    (in && (!expr_set_kid(p, e, 0, low) || !expr_set_kid(p, e, 1, high))))
		return operand_refused();
	return operand_of(e);
}

/* @a[i] and !a[i]; the first when no index is written. */
static struct operand place_of_match(struct parser *p, const struct token *at)
{
	enum expr_op op = at->kind == TOKEN_STRING_OFFSET ? EXPR_OFFSET : EXPR_LENGTH;
	struct expr *e = expr_new(p, op, VALUE_INT, at, 1), *index;

	if (e == NULL)
		return operand_refused();
	if (parser_accept(p, TOKEN_OF_CHARACTER('['))) {
		index = parser_value(p).expr;
		if (index == NULL || !parser_close(p, TOKEN_OF_CHARACTER(']'), "") ||
		    !check_type(p, at, index, VALUE_INT, "[]"))
			return operand_refused();
	} else {
		index = expr_constant(p, at, value_int(1));
	}
	if (!expr_set_kid(p, e, 0, index) || !parser_string_index(p, at, &e->index))
		return operand_refused();
	return operand_of(e);
}

struct expr *parser_regex(struct parser *p)
{
	struct token at = p->token;
	struct rule_place place = lexer_place(p->lexer, &at);
	struct regex_options options = {.nocase = at.regex_nocase,
					.dotall = at.regex_dotall,
					.strict_escape = p->options->strict_escape};
	struct expr *e;
	enum rq_err err;

	if (!parser_take(p, TOKEN_REGEX, "a regular expression: /.../"))
		return NULL;
	e = expr_new(p, EXPR_REGEX, VALUE_REGEX, &at, 0);
	if (e == NULL)
		return NULL;
	err = regex_parse(p->set->arena, at.value, &options, NULL, &place, p->report,
			  &e->regex);
	if (err == RQ_OK)
		return e;
	p->failed = true;
	return err == RQ_ERR_RULE ? NULL : parser_no_memory(p);
}

static struct operand regex(struct parser *p)
{
	return operand_of(parser_regex(p));
}

static struct operand sign(struct parser *p, const struct token *at)
{
	struct operand result;

	parser_advance(p);
	if (!parser_enter(p))
		return operand_refused();
	result = parser_single(p, false);
	p->depth--;
	return check_unary(p, at, result);
}

/* Inside of parentheses a condition stays one, and a value a value. */
static struct operand parenthesis(struct parser *p, bool may_be_truth)
{
	struct operand result;

	parser_advance(p);
	if (!parser_enter(p))
		return operand_refused();
	result = may_be_truth ? parser_expression(p) : parser_value(p);
	p->depth--;
	if (result.expr == NULL ||
	    !parser_close(p, TOKEN_OF_CHARACTER(')'),
			  may_be_truth ? ", expecting <or> or <and>" : ""))
		return operand_refused();
	return result;
}

static struct operand entry_point(struct parser *p, const struct token *at)
{
	parser_warn(p, at,
		    "using deprecated \"entrypoint\" keyword. Use the \"entry_point\" "
		    "function from PE module instead.");
	return operand_of(expr_new(p, EXPR_ENTRYPOINT, VALUE_INT, at, 0));
}

struct operand parser_single(struct parser *p, bool may_be_truth)
{
	struct token at = p->token;

	switch ((int)at.kind) {
	case TOKEN_CHARACTER_0 + '(': return parenthesis(p, may_be_truth);
	case TOKEN_CHARACTER_0 + '-':
	case TOKEN_CHARACTER_0 + '~': return sign(p, &at);
	case TOKEN_IDENTIFIER: return parser_name(p);
	case TOKEN_REGEX: return regex(p);
	default: break;
	}
	if (at.kind != TOKEN_FILESIZE && at.kind != TOKEN_ENTRYPOINT &&
	    at.kind != TOKEN_INTEGER_FUNCTION && at.kind != TOKEN_NUMBER &&
	    at.kind != TOKEN_FLOAT && at.kind != TOKEN_TEXT &&
	    at.kind != TOKEN_STRING_COUNT && at.kind != TOKEN_STRING_OFFSET &&
	    at.kind != TOKEN_STRING_LENGTH) {
		parser_unexpected(p, "",
				  may_be_truth ? "a condition was expected"
					       : "a value was expected");
		return operand_refused();
	}
	parser_advance(p);
	switch (at.kind) {
	case TOKEN_FILESIZE:
		return operand_of(expr_new(p, EXPR_FILESIZE, VALUE_INT, &at, 0));
	case TOKEN_ENTRYPOINT: return entry_point(p, &at);
	case TOKEN_INTEGER_FUNCTION: return read_of_object(p, &at);
	case TOKEN_NUMBER: return number(p, &at);
	case TOKEN_FLOAT:
		return operand_of(expr_constant(p, &at, value_float(at.real)));
	case TOKEN_TEXT: return operand_of(expr_constant(p, &at, value_text(at.value)));
	case TOKEN_STRING_COUNT: return count(p, &at);
	default: return place_of_match(p, &at);
	}
}

/* ---- ranges ---- */

bool parser_range_rest(struct parser *p, const struct token *at, struct operand low,
		       struct expr **low_out, struct expr **high_out)
{
	struct operand high = parser_value(p);
	const char *problem = NULL;

	if (high.expr == NULL || !parser_close(p, TOKEN_OF_CHARACTER(')'), ""))
		return false;
	if (low.known && high.known && low.integer > high.integer)
		problem = "range lower bound must be less than upper bound";
	else if (low.known && high.known && low.integer < 0)
		problem = "range lower bound can not be negative";
	if (problem != NULL)
		return parser_refuse(p, RULE_INVALID_VALUE, at, NULL,
				     "invalid value in condition: \"%s\"",
				     problem) != NULL;
	if (high.expr->type != VALUE_INT || low.expr->type != VALUE_INT)
		return parser_refuse(p, RULE_WRONG_TYPE, at, "bounds are whole numbers",
				     "wrong type for range's %s bound",
				     high.expr->type != VALUE_INT ? "upper"
								  : "lower") != NULL;
	*low_out = low.expr;
	*high_out = high.expr;
	return true;
}

bool parser_range(struct parser *p, struct expr **low_out, struct expr **high_out)
{
	struct token at = p->token;
	struct operand low;

	if (!parser_take(p, TOKEN_OF_CHARACTER('('), "a range: (from..to)"))
		return false;
	low = parser_value(p);
	return low.expr != NULL && parser_close(p, TOKEN_DOT_DOT, "") &&
	       parser_range_rest(p, &at, low, low_out, high_out);
}
