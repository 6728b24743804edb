#include "engine/rule/parser.h"

#include <string.h>

/* Everything between `and` and `or`; what a libyara grammar calls `expression`. */

static bool is_comparison(enum token_kind kind)
{
	return (kind >= TOKEN_MATCHES && kind <= TOKEN_IEQUALS) ||
	       (kind >= TOKEN_EQ && kind <= TOKEN_GE);
}

/* left op right; conditions do not compare. */
static struct operand comparison(struct parser *p, struct operand left)
{
	struct token at = p->token;

	if (left.expr == NULL || !left.is_primary || !is_comparison(at.kind))
		return left;
	parser_advance(p);
	if (at.kind == TOKEN_MATCHES)
		return check_binary(p, &at, left, operand_of(parser_regex(p)));
	return check_binary(p, &at, left, parser_value(p));
}

/* $a, $a at offset, $a in (from..to) */
static struct operand match(struct parser *p)
{
	struct token at = p->token;
	struct expr *low = NULL, *high = NULL, *e;
	enum expr_op op = EXPR_MATCH;

	parser_advance(p);
	if (parser_accept(p, TOKEN_AT)) {
		op = EXPR_MATCH_AT;
		low = parser_value(p).expr;
		if (low == NULL || !check_type(p, &at, low, VALUE_INT, "at"))
			return operand_refused();
	} else if (parser_accept(p, TOKEN_IN)) {
		op = EXPR_MATCH_IN;
		if (!parser_range(p, &low, &high))
			return operand_refused();
	}
	e = expr_new(p, op, VALUE_BOOL, &at, (low != NULL) + (size_t)(high != NULL));
	if (e == NULL || !parser_string_index(p, &at, &e->index) ||
	    (low != NULL && !expr_set_kid(p, e, 0, low)) ||
	    (high != NULL && !expr_set_kid(p, e, 1, high)))
		return operand_refused();
	return operand_truth(e);
}

/* As part of a condition: a literal text is most likely a mistake. */
static struct expr *as_truth(struct parser *p, const struct token *at, struct operand a)
{
	if (a.expr != NULL && a.expr->op == EXPR_CONSTANT && a.expr->type == VALUE_TEXT)
		parser_warn(
		    p, at, "using literal string \"%.*s\" in a boolean operation.",
		    (int)a.expr->value.text.n, (const char *)a.expr->value.text.at);
	return expr_truth(p, at, a.expr);
}

static struct operand unary(struct parser *p);

static struct operand negation(struct parser *p)
{
	struct token at = p->token, inner;
	struct expr *e;

	parser_advance(p);
	inner = p->token;
	if (!parser_enter(p))
		return operand_refused();
	e = as_truth(p, &inner, unary(p));
	p->depth--;
	if (e == NULL)
		return operand_refused();
	struct expr *result = expr_new(
	    p, at.kind == TOKEN_NOT ? EXPR_NOT : EXPR_DEFINED, VALUE_BOOL, &at, 1);
	if (result == NULL || !expr_set_kid(p, result, 0, e))
		return operand_refused();
	return operand_truth(result);
}

static struct operand unary(struct parser *p)
{
	struct token at = p->token;
	struct operand left;

	switch (at.kind) {
	case TOKEN_NOT:
	case TOKEN_DEFINED: return negation(p);
	case TOKEN_TRUE:
	case TOKEN_FALSE:
		parser_advance(p);
		return operand_truth(
		    expr_constant(p, &at, value_bool(at.kind == TOKEN_TRUE)));
	case TOKEN_STRING: return match(p);
	case TOKEN_FOR: return parser_for(p);
	case TOKEN_ALL:
	case TOKEN_ANY:
	case TOKEN_NONE: return parser_quantified(p);
	default: break;
	}
	left = parser_operators(p, parser_single(p, true), 1);
	if (left.expr != NULL && left.is_primary &&
	    (p->token.kind == TOKEN_OF || p->token.kind == TOKEN_OF_CHARACTER('%')))
		return parser_number_of(p, &at, left);
	return comparison(p, left);
}

/* ---- and, or ---- */

/* A chain of equal operators is one node, however long. */
struct chain {
	struct expr **kids;
	size_t n, capacity;
};

static bool chain_add(struct parser *p, struct chain *chain, enum expr_op op,
		      struct expr *e)
{
	size_t n = e->op == op ? e->n_kids : 1;
	struct expr **kids = e->op == op ? e->kids : &e;

	for (size_t i = 0; i < n; i++) {
		if (!parser_grow(p, (void **)&chain->kids, &chain->capacity, chain->n,
				 sizeof *chain->kids))
			return false;
		chain->kids[chain->n++] = kids[i];
	}
	return true;
}

static struct operand chain_finish(struct parser *p, const struct token *at,
				   enum expr_op op, const struct chain *chain)
{
	struct expr *e = expr_new(p, op, VALUE_BOOL, at, chain->n);

	if (e == NULL)
		return operand_refused();
	for (size_t i = 0; i < chain->n; i++)
		if (!expr_set_kid(p, e, i, chain->kids[i]))
			return operand_refused();
	return operand_truth(e);
}

static struct operand chain_of(struct parser *p, enum token_kind kind, enum expr_op op,
			       struct operand (*part)(struct parser *))
{
	struct token at = p->token, next;
	struct operand first = part(p);
	struct chain chain = {0};
	struct expr *e;

	if (first.expr == NULL || p->token.kind != kind)
		return first;
	e = as_truth(p, &at, first);
	if (e == NULL || !chain_add(p, &chain, op, e))
		return operand_refused();
	while (parser_accept(p, kind)) {
		next = p->token;
		e = as_truth(p, &next, part(p));
		if (e == NULL || !chain_add(p, &chain, op, e))
			return operand_refused();
	}
	return chain_finish(p, &at, op, &chain);
}

static struct operand conjunction(struct parser *p)
{
	return chain_of(p, TOKEN_AND, EXPR_AND, unary);
}

struct operand parser_expression(struct parser *p)
{
	return chain_of(p, TOKEN_OR, EXPR_OR, conjunction);
}

struct expr *parser_truth(struct parser *p)
{
	struct token at = p->token;

	return as_truth(p, &at, parser_expression(p));
}
