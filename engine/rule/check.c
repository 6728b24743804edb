#include "engine/rule/parser.h"

#include <inttypes.h>
#include <string.h>

struct expr *expr_new(struct parser *p, enum expr_op op, enum value_type type,
		      const struct token *at, size_t n_kids)
{
	struct expr *e = arena_make(p->set->arena, struct expr);

	if (e == NULL)
		return parser_no_memory(p);
	e->op = op;
	e->type = type;
	e->depth = 1;
	e->place = (struct rule_place){
	    .file = p->lexer->file, .line = at->line, .column = at->column};
	if (n_kids > 0) {
		e->kids = arena_array(p->set->arena, n_kids, sizeof *e->kids);
		if (e->kids == NULL)
			return parser_no_memory(p);
		e->n_kids = n_kids;
	}
	return e;
}

bool expr_set_kid(struct parser *p, struct expr *e, size_t i, struct expr *kid)
{
	if (kid == NULL)
		return false;
	e->kids[i] = kid;
	if (kid->depth >= e->depth)
		e->depth = kid->depth + 1;
	if (e->depth <= CAP_RULE_TREE)
		return true;
	parser_refuse(p, RULE_SYNTAX_ERROR, &p->token, "split the rule",
		      "condition is nested too deep");
	return false;
}

struct expr *expr_constant(struct parser *p, const struct token *at, struct value value)
{
	struct expr *e = expr_new(p, EXPR_CONSTANT, value.type, at, 0);

	if (e != NULL)
		e->value = value;
	return e;
}

struct expr *expr_truth(struct parser *p, const struct token *at, struct expr *e)
{
	struct expr *truth;

	if (e == NULL || e->type == VALUE_BOOL)
		return e;
	if (e->type == VALUE_REGEX)
		/* libyara takes the address of the expression for a number */
		return expr_constant(p, at, value_bool(true));
	truth = expr_new(p, EXPR_TRUTH, VALUE_BOOL, at, 1);
	return truth != NULL && expr_set_kid(p, truth, 0, e) ? truth : NULL;
}

/* ---- types ---- */

static const char *type_name(enum value_type type)
{
	switch (type) {
	case VALUE_BOOL: return "boolean";
	case VALUE_INT: return "integer";
	case VALUE_FLOAT: return "float";
	case VALUE_TEXT: return "string";
	case VALUE_REGEX: return "regexp";
	default: return "undefined";
	}
}

static void refuse_type(struct parser *p, const struct token *at, const struct expr *e,
			const char *what)
{
	parser_refuse(p, RULE_WRONG_TYPE, at, NULL, "wrong type \"%s\" for %s operator",
		      type_name(e->type), what);
}

bool check_type(struct parser *p, const struct token *at, const struct expr *e,
		enum value_type type, const char *what)
{
	if (e->type == type)
		return true;
	refuse_type(p, at, e, what);
	return false;
}

static bool is_number(const struct expr *e)
{
	return e->type == VALUE_INT || e->type == VALUE_FLOAT;
}

/* ---- constants ---- */

static bool is_constant(const struct expr *e)
{
	return e->op == EXPR_CONSTANT;
}

static double as_real(const struct expr *e)
{
	return e->type == VALUE_FLOAT ? e->value.real : (double)e->value.integer;
}

/* Two's complement, as the scan computes it. */
static int64_t wrap(uint64_t value)
{
	int64_t result;

	memcpy(&result, &value, sizeof result);
	return result;
}

static int64_t shift_right(int64_t a, int64_t n)
{
	if (n >= 64)
		return 0;
	return a >= 0 ? a >> n : wrap(~(~(uint64_t)a >> n));
}

/* Division by 0 and negative shifts were refused before. */
static int64_t fold_integers(enum expr_op op, int64_t a, int64_t b)
{
	uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

	switch (op) {
	case EXPR_ADD: return wrap(ua + ub);
	case EXPR_SUB: return wrap(ua - ub);
	case EXPR_MUL: return wrap(ua * ub);
	case EXPR_DIV: return b == -1 ? wrap(0 - ua) : a / b;
	case EXPR_MOD: return b == -1 ? 0 : a % b;
	case EXPR_BIT_AND: return wrap(ua & ub);
	case EXPR_BIT_OR: return wrap(ua | ub);
	case EXPR_BIT_XOR: return wrap(ua ^ ub);
	case EXPR_SHIFT_LEFT: return b >= 64 ? 0 : wrap(ua << b);
	default: return shift_right(a, b);
	}
}

static double fold_reals(enum expr_op op, double a, double b)
{
	switch (op) {
	case EXPR_ADD: return a + b;
	case EXPR_SUB: return a - b;
	case EXPR_MUL: return a * b;
	default: return a / b;
	}
}

static bool is_arithmetic(enum expr_op op)
{
	return op >= EXPR_NEGATE && op <= EXPR_SHIFT_RIGHT;
}

/* Whether the value is already known; a module's constants count here as well. */
static bool can_fold(const struct expr *e)
{
	if (!is_arithmetic(e->op))
		return false;
	for (size_t i = 0; i < e->n_kids; i++)
		if (!is_constant(e->kids[i]) || !is_number(e->kids[i]))
			return false;
	if (e->type != VALUE_INT || e->n_kids < 2)
		return true;
	if (e->op == EXPR_DIV || e->op == EXPR_MOD)
		return e->kids[1]->value.integer != 0;
	if (e->op == EXPR_SHIFT_LEFT || e->op == EXPR_SHIFT_RIGHT)
		return e->kids[1]->value.integer >= 0;
	return true;
}

static struct value fold_one(const struct expr *e, const struct expr *a)
{
	if (e->op == EXPR_BIT_NOT)
		return value_int(~a->value.integer);
	if (e->type == VALUE_INT)
		return value_int(wrap(0 - (uint64_t)a->value.integer));
	return value_float(-a->value.real);
}

static struct value fold_two(const struct expr *e, const struct expr *a,
			     const struct expr *b)
{
	if (e->type == VALUE_INT)
		return value_int(
		    fold_integers(e->op, a->value.integer, b->value.integer));
	return value_float(fold_reals(e->op, as_real(a), as_real(b)));
}

/* The node becomes the constant: no second node for each step of a long sum. */
static void fold(struct expr *e)
{
	e->value = e->n_kids == 1 ? fold_one(e, e->kids[0])
				  : fold_two(e, e->kids[0], e->kids[1]);
	e->op = EXPR_CONSTANT;
	e->n_kids = 0;
	e->depth = 1;
}

static struct expr *node(struct parser *p, const struct token *at, enum expr_op op,
			 enum value_type type, struct expr *a, struct expr *b)
{
	struct expr *e = expr_new(p, op, type, at, b == NULL ? 1 : 2);

	if (e == NULL || !expr_set_kid(p, e, 0, a) ||
	    (b != NULL && !expr_set_kid(p, e, 1, b)))
		return NULL;
	if (can_fold(e))
		fold(e);
	return e;
}

/* ---- what libyara knows and refuses while it compiles ---- */

static void *refuse_overflow(struct parser *p, const struct token *at, const char *op,
			     int64_t a, int64_t b)
{
	return parser_refuse(
	    p, RULE_INTEGER_OVERFLOW, at, "numbers have 64 bits with a sign",
	    "integer overflow in \"%" PRId64 " %s %" PRId64 "\"", a, op, b);
}

static bool product_overflows(int64_t a, int64_t b)
{
	uint64_t ua = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
	uint64_t ub = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;

	return b != 0 && ua > (uint64_t)INT64_MAX / ub;
}

static bool sum_overflows(enum expr_op op, int64_t a, int64_t b)
{
	int64_t ignored;

	return op == EXPR_ADD ? __builtin_add_overflow(a, b, &ignored)
			      : __builtin_sub_overflow(a, b, &ignored);
}

/* False: refused. */
static bool check_integers(struct parser *p, const struct token *at, enum expr_op op,
			   const char *name, const struct operand *a,
			   const struct operand *b)
{
	bool both = a->known && b->known;

	if ((op == EXPR_DIV || op == EXPR_MOD) && b->known && b->integer == 0)
		return parser_refuse(p, RULE_DIVISION_BY_ZERO, at, NULL,
				     "division by zero") != NULL;
	if ((op == EXPR_SHIFT_LEFT || op == EXPR_SHIFT_RIGHT) && b->known &&
	    b->integer < 0)
		/* libyara has no words for it */
		return parser_refuse(p, RULE_INVALID_OPERAND, at,
				     "the number of bits to shift is negative", "%s",
				     "") != NULL;
	if (both && (((op == EXPR_ADD || op == EXPR_SUB) &&
		      sum_overflows(op, a->integer, b->integer)) ||
		     (op == EXPR_MUL && product_overflows(a->integer, b->integer)) ||
		     (op == EXPR_DIV && a->integer == INT64_MIN && b->integer == -1)))
		return refuse_overflow(p, at, name, a->integer, b->integer) != NULL;
	return true;
}

static void know_result(struct operand *result, enum expr_op op,
			const struct operand *a, const struct operand *b)
{
	if (op == EXPR_SHIFT_LEFT)
		result->known = b->known && (a->known || b->integer >= 64);
	else if (op == EXPR_SHIFT_RIGHT)
		/* libyara takes it for the other shift: what we knew, it would not refuse */
		result->known = b->known && b->integer >= 64;
	else
		result->known = a->known && b->known;
	if (result->known)
		result->integer =
		    fold_integers(op, a->known ? a->integer : 0, b->integer);
}

/* ---- operators ---- */

struct operator
{
	enum token_kind kind;
	enum expr_op op;
	const char *name;
	const char *type_name; /* what libyara calls it when a type is wrong */
};

static const struct operator operators[] = {
    {TOKEN_OF_CHARACTER('+'), EXPR_ADD, "+", "+"},
    {TOKEN_OF_CHARACTER('-'), EXPR_SUB, "-", "-"},
    {TOKEN_OF_CHARACTER('*'), EXPR_MUL, "*", "*"},
    {TOKEN_OF_CHARACTER('\\'), EXPR_DIV, "\\", "\\"},
    {TOKEN_OF_CHARACTER('%'), EXPR_MOD, "%", "%"},
    {TOKEN_OF_CHARACTER('&'), EXPR_BIT_AND, "&", "^"},
    {TOKEN_OF_CHARACTER('|'), EXPR_BIT_OR, "|", "|"},
    {TOKEN_OF_CHARACTER('^'), EXPR_BIT_XOR, "^", "^"},
    {TOKEN_SHIFT_LEFT, EXPR_SHIFT_LEFT, "<<", "<<"},
    {TOKEN_SHIFT_RIGHT, EXPR_SHIFT_RIGHT, ">>", ">>"},
    {TOKEN_EQ, EXPR_EQ, "==", "=="},
    {TOKEN_NE, EXPR_NE, "!=", "!="},
    {TOKEN_LT, EXPR_LT, "<", "<"},
    {TOKEN_LE, EXPR_LE, "<=", "<="},
    {TOKEN_GT, EXPR_GT, ">", ">"},
    {TOKEN_GE, EXPR_GE, ">=", ">="},
    {TOKEN_CONTAINS, EXPR_CONTAINS, "contains", "contains"},
    {TOKEN_ICONTAINS, EXPR_ICONTAINS, "icontains", "icontains"},
    {TOKEN_STARTSWITH, EXPR_STARTSWITH, "startswith", "startswith"},
    {TOKEN_ISTARTSWITH, EXPR_ISTARTSWITH, "istartswith", "istartswith"},
    {TOKEN_ENDSWITH, EXPR_ENDSWITH, "endswith", "endswith"},
    {TOKEN_IENDSWITH, EXPR_IENDSWITH, "iendswith", "iendswith"},
    {TOKEN_IEQUALS, EXPR_IEQUALS, "iequals", "iequals"},
    {TOKEN_MATCHES, EXPR_MATCHES, "matches", "matches"},
};

static const struct operator* find_operator(enum token_kind kind)
{
	size_t i = 0;

	while (operators[i].kind != kind)
		i++;
	return &operators[i];
}

static struct operand arithmetic(struct parser *p, const struct token *at,
				 const struct operator* o, struct operand a,
				 struct operand b)
{
	struct operand result = {.is_primary = true};
	enum value_type type = VALUE_FLOAT;

	if (a.expr->type == VALUE_INT && b.expr->type == VALUE_INT) {
		type = VALUE_INT;
		if (!check_integers(p, at, o->op, o->name, &a, &b))
			return operand_refused();
		know_result(&result, o->op, &a, &b);
	}
	result.expr = node(p, at, o->op, type, a.expr, b.expr);
	return result;
}

/* + - * \ and comparisons: two numbers, or for comparisons two texts. */
static bool check_pair(struct parser *p, const struct token *at,
		       const struct operator* o, const struct expr *a,
		       const struct expr *b)
{
	if (is_number(a) && is_number(b))
		return true;
	if (a->type != VALUE_TEXT || b->type != VALUE_TEXT)
		return parser_refuse(p, RULE_WRONG_TYPE, at, NULL, "type mismatch") !=
		       NULL;
	if (is_arithmetic(o->op))
		return parser_refuse(p, RULE_WRONG_TYPE, at, NULL,
				     "strings don't support \"%s\" operation",
				     o->name) != NULL;
	return true;
}

struct operand check_binary(struct parser *p, const struct token *at, struct operand a,
			    struct operand b)
{
	const struct operator* o = find_operator(at->kind);

	if (a.expr == NULL || b.expr == NULL)
		return operand_refused();
	if (o->op == EXPR_MATCHES)
		return !check_type(p, at, a.expr, VALUE_TEXT, o->type_name)
			   ? operand_refused()
			   : operand_truth(
				 node(p, at, o->op, VALUE_BOOL, a.expr, b.expr));
	if (o->op >= EXPR_CONTAINS)
		return !check_type(p, at, a.expr, VALUE_TEXT, o->type_name) ||
			       !check_type(p, at, b.expr, VALUE_TEXT, o->type_name)
			   ? operand_refused()
			   : operand_truth(
				 node(p, at, o->op, VALUE_BOOL, a.expr, b.expr));
	if (o->op >= EXPR_MOD) {
		if (!check_type(p, at, a.expr, VALUE_INT, o->type_name) ||
		    !check_type(p, at, b.expr, VALUE_INT, o->type_name))
			return operand_refused();
		return arithmetic(p, at, o, a, b);
	}
	if (!check_pair(p, at, o, a.expr, b.expr))
		return operand_refused();
	if (is_arithmetic(o->op))
		return arithmetic(p, at, o, a, b);
	return operand_truth(node(p, at, o->op, VALUE_BOOL, a.expr, b.expr));
}

struct operand check_unary(struct parser *p, const struct token *at, struct operand a)
{
	bool minus = at->kind == TOKEN_OF_CHARACTER('-');
	struct operand result = {.is_primary = true, .known = a.known};

	if (a.expr == NULL)
		return operand_refused();
	if (a.expr->type != VALUE_INT && !(minus && a.expr->type == VALUE_FLOAT)) {
		refuse_type(p, at, a.expr, minus ? "-" : "~");
		return operand_refused();
	}
	result.integer = minus ? wrap(0 - (uint64_t)a.integer) : ~a.integer;
	result.expr =
	    node(p, at, minus ? EXPR_NEGATE : EXPR_BIT_NOT, a.expr->type, a.expr, NULL);
	return result;
}
