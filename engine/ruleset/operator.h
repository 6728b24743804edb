/*
 * What the operators of the rule language do to values.
 *
 * One place for the compiler, which asks what a condition would be without its strings,
 * and for the evaluation: so both mean the same.  Semantics are libyara's: integers
 * wrap at 64 bits; an undefined operand makes the result undefined; comparing an
 * integer with a float compares floats, equal within the epsilon of double.
 */
#ifndef RAQUET_ENGINE_RULESET_OPERATOR_H
#define RAQUET_ENGINE_RULESET_OPERATOR_H

#include "engine/module/value.h"
#include "engine/rule/rule.h"

/* Whether op is one of those that operator_binary and operator_unary know. */
bool operator_is_binary(enum expr_op op);
bool operator_is_unary(enum expr_op op);

/*
 * a op b; operands of types that op does not take give undefined.  floats: one side is
 * a float by its declaration, which matters when it is undefined: then `<` gives false
 * where all others give undefined, in libyara as here.
 */
struct value operator_binary(enum expr_op op, struct value a, struct value b,
			     bool floats);

/* EXPR_NOT, EXPR_DEFINED, EXPR_NEGATE, EXPR_BIT_NOT, EXPR_TRUTH of a. */
struct value operator_unary(enum expr_op op, struct value a);

/* Whether a condition of this value holds: defined and not nought. */
bool operator_holds(struct value a);

/*
 * Whether `quantifier` is met by n_true of n_all; number is the value that stands
 * before `of` (undefined number: all).  For percentages the result may be undefined.
 */
struct value operator_of(enum quantifier quantifier, struct value number,
			 uint64_t n_true, uint64_t n_all);

#endif
