#include "engine/ruleset/operator.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool operator_is_binary(enum expr_op op)
{
	return (op >= EXPR_EQ && op <= EXPR_GE) || (op >= EXPR_ADD && op <= EXPR_MOD) ||
	       (op >= EXPR_BIT_AND && op <= EXPR_IEQUALS);
}

bool operator_is_unary(enum expr_op op)
{
	return op == EXPR_NOT || op == EXPR_DEFINED || op == EXPR_NEGATE ||
	       op == EXPR_BIT_NOT || op == EXPR_TRUTH;
}

static bool is_integer(struct value a)
{
	return a.type == VALUE_INT || a.type == VALUE_BOOL;
}

static bool is_number(struct value a)
{
	return is_integer(a) || a.type == VALUE_FLOAT;
}

static double real_of(struct value a)
{
	return a.type == VALUE_FLOAT ? a.real : (double)a.integer;
}

/* ---- integers ---- */

static struct value shift(enum expr_op op, int64_t a, int64_t n)
{
	if (n < 0)
		return value_undefined();
	if (n >= 64)
		return value_int(0);
	if (op == EXPR_SHIFT_LEFT)
		return value_int((int64_t)((uint64_t)a << n));
	return value_int(a >> n);
}

static struct value divide(enum expr_op op, int64_t a, int64_t b)
{
	if (b == 0 || (a == INT64_MIN && b == -1))
		return value_undefined();
	return value_int(op == EXPR_DIV ? a / b : a % b);
}

static struct value compute_integers(enum expr_op op, int64_t a, int64_t b)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op) {
	case EXPR_EQ: return value_bool(a == b);
	case EXPR_NE: return value_bool(a != b);
	case EXPR_LT: return value_bool(a < b);
	case EXPR_LE: return value_bool(a <= b);
	case EXPR_GT: return value_bool(a > b);
	case EXPR_GE: return value_bool(a >= b);
	case EXPR_ADD: return value_int((int64_t)(x + y));
	case EXPR_SUB: return value_int((int64_t)(x - y));
	case EXPR_MUL: return value_int((int64_t)(x * y));
	case EXPR_DIV:
	case EXPR_MOD: return divide(op, a, b);
	case EXPR_BIT_AND: return value_int(a & b);
	case EXPR_BIT_OR: return value_int(a | b);
	case EXPR_BIT_XOR: return value_int(a ^ b);
	case EXPR_SHIFT_LEFT:
	case EXPR_SHIFT_RIGHT: return shift(op, a, b);
	default: return value_undefined();
	}
}

/* ---- floats ---- */

static struct value compute_reals(enum expr_op op, double a, double b)
{
	switch (op) {
	case EXPR_EQ: return value_bool(fabs(a - b) < DBL_EPSILON);
	case EXPR_NE: return value_bool(fabs(a - b) >= DBL_EPSILON);
	case EXPR_LT: return value_bool(a < b);
	case EXPR_LE: return value_bool(a <= b);
	case EXPR_GT: return value_bool(a > b);
	case EXPR_GE: return value_bool(a >= b);
	case EXPR_ADD: return value_float(a + b);
	case EXPR_SUB: return value_float(a - b);
	case EXPR_MUL: return value_float(a * b);
	case EXPR_DIV: return value_float(a / b);
	default: return value_undefined();
	}
}

/* ---- texts ---- */

/* Bytes compare as signed characters, as they do in libyara on this processor. */
static int compare_texts(struct bytes a, struct bytes b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.at[i] == b.at[i])
		i++;
	if (i == a.n || i == b.n)
		return i < a.n ? 1 : i < b.n ? -1 : 0;
	return (int8_t)a.at[i] < (int8_t)b.at[i] ? -1 : 1;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t n, bool fold)
{
	if (!fold)
		return n == 0 || memcmp(a, b, n) == 0;
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

static bool contains(struct bytes a, struct bytes b, bool fold)
{
	if (b.n == 0)
		return true;
	for (size_t i = 0; i + b.n <= a.n; i++)
		if (same(a.at + i, b.at, b.n, fold))
			return true;
	return false;
}

static bool starts_with(struct bytes a, struct bytes b, bool fold)
{
	return a.n >= b.n && same(a.at, b.at, b.n, fold);
}

static bool ends_with(struct bytes a, struct bytes b, bool fold)
{
	return a.n >= b.n && (b.n == 0 || same(a.at + (a.n - b.n), b.at, b.n, fold));
}

static struct value compute_texts(enum expr_op op, struct bytes a, struct bytes b)
{
	switch (op) {
	case EXPR_EQ: return value_bool(bytes_equal(a, b));
	case EXPR_NE: return value_bool(!bytes_equal(a, b));
	case EXPR_LT: return value_bool(compare_texts(a, b) < 0);
	case EXPR_LE: return value_bool(compare_texts(a, b) <= 0);
	case EXPR_GT: return value_bool(compare_texts(a, b) > 0);
	case EXPR_GE: return value_bool(compare_texts(a, b) >= 0);
	case EXPR_CONTAINS: return value_bool(contains(a, b, false));
	case EXPR_ICONTAINS: return value_bool(contains(a, b, true));
	case EXPR_STARTSWITH: return value_bool(starts_with(a, b, false));
	case EXPR_ISTARTSWITH: return value_bool(starts_with(a, b, true));
	case EXPR_ENDSWITH: return value_bool(ends_with(a, b, false));
	case EXPR_IENDSWITH: return value_bool(ends_with(a, b, true));
	case EXPR_IEQUALS: return value_bool(a.n == b.n && starts_with(a, b, true));
	default: return value_undefined();
	}
}

struct value operator_binary(enum expr_op op, struct value a, struct value b,
			     bool floats)
{
	if (op == EXPR_LT && floats &&
	    (a.type == VALUE_UNDEFINED || b.type == VALUE_UNDEFINED))
		return value_bool(false);
	if (is_integer(a) && is_integer(b))
		return compute_integers(op, a.integer, b.integer);
	if (is_number(a) && is_number(b))
		return compute_reals(op, real_of(a), real_of(b));
	if (a.type == VALUE_TEXT && b.type == VALUE_TEXT)
		return compute_texts(op, a.text, b.text);
	return value_undefined();
}

/* ---- one operand ---- */

/*
 * A number in the place of a truth keeps its bits: a loop adds what its body gives, so
 * `for all i in (1, 2) : (i)` counts 3 of 2, in libyara as here.
 */
static struct value truth(struct value a)
{
	struct value t = value_bool(false);

	switch (a.type) {
	case VALUE_BOOL:
	case VALUE_INT: t.integer = a.integer; break;
	case VALUE_FLOAT: memcpy(&t.integer, &a.real, sizeof t.integer); break;
	case VALUE_TEXT: t.integer = a.text.n > 0; break;
	default: return value_undefined();
	}
	return t;
}

struct value operator_unary(enum expr_op op, struct value a)
{
	if (op == EXPR_DEFINED)
		return value_bool(a.type != VALUE_UNDEFINED);
	if (op == EXPR_TRUTH)
		return truth(a);
	if (op == EXPR_NOT && a.type == VALUE_UNDEFINED)
		return value_undefined();
	if (op == EXPR_NOT)
		return value_bool(!operator_holds(truth(a)));
	if (op == EXPR_NEGATE && a.type == VALUE_FLOAT)
		return value_float(-a.real);
	if (op == EXPR_NEGATE && is_integer(a))
		return value_int((int64_t)(0 - (uint64_t)a.integer));
	if (op == EXPR_BIT_NOT && is_integer(a))
		return value_int(~a.integer);
	return value_undefined();
}

bool operator_holds(struct value a)
{
	return is_integer(a) && a.integer != 0;
}

/* ---- quantifiers ---- */

struct value operator_of(enum quantifier quantifier, struct value number,
			 uint64_t n_true, uint64_t n_all)
{
	if (quantifier == QUANTIFIER_ANY)
		return value_bool(n_true >= 1);
	if (quantifier == QUANTIFIER_NONE)
		return value_bool(n_true == 0);
	if (quantifier == QUANTIFIER_PERCENT) {
		if (!is_integer(number) || n_all == 0)
			return value_undefined();
		return value_bool((double)n_true / (double)n_all * 100 >=
				  (double)number.integer);
	}
	if (quantifier == QUANTIFIER_ALL || !is_integer(number))
		return value_bool(n_true >= n_all);
	if (number.integer == 0)
		return value_bool(n_true == 0);
	return value_bool((int64_t)n_true >= number.integer);
}
