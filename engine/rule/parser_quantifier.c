#include "engine/rule/parser.h"

#include "bytes/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How many, and for checks what libyara knows of it. */
struct amount {
	enum quantifier quantifier;
	struct operand number; /* NUMBER, PERCENT */
	struct token at;
};

/* Strings or rules, by index. */
struct set {
	uint32_t *indexes;
	size_t n, capacity;
	bool is_rules;
};

static bool set_add(struct parser *p, struct set *set, uint32_t index)
{
	if (!parser_grow(p, (void **)&set->indexes, &set->capacity, set->n,
			 sizeof *set->indexes))
		return false;
	set->indexes[set->n++] = index;
	return true;
}

/* ---- sets of strings ---- */

static bool name_fits(const char *identifier, struct bytes wanted)
{
	size_t n = strlen(identifier);

	if (wanted.at[wanted.n - 1] == '*')
		return n >= wanted.n - 1 &&
		       memcmp(identifier, wanted.at, wanted.n - 1) == 0;
	return n == wanted.n && memcmp(identifier, wanted.at, n) == 0;
}

/* Every string that $a, $a* or $ names. */
static bool add_strings(struct parser *p, const struct token *at, struct bytes wanted,
			struct set *set)
{
	size_t n_before = set->n;

	for (size_t i = 0; i < p->rule->n_strings; i++) {
		if (!name_fits(p->rule->strings[i].identifier, wanted))
			continue;
		if (!set_add(p, set, (uint32_t)i))
			return false;
		p->referenced[i] = true;
	}
	if (set->n > n_before)
		return true;
	return parser_refuse(p, RULE_UNDEFINED_STRING, at,
			     "the rule has no such string", "undefined string \"%.*s\"",
			     (int)wanted.n, (const char *)wanted.at) != NULL;
}

static bool string_items(struct parser *p, struct set *set)
{
	do {
		struct token at = p->token;

		if (at.kind != TOKEN_STRING && at.kind != TOKEN_STRING_WILDCARD)
			return parser_unexpected(
				   p,
				   ", expecting string identifier or string "
				   "identifier with wildcard",
				   NULL) != NULL;
		parser_advance(p);
		if (!add_strings(p, &at, at.text, set))
			return false;
	} while (parser_accept(p, TOKEN_OF_CHARACTER(',')));
	return true;
}

/* ---- sets of rules ---- */

static bool refuse_rule(struct parser *p, const struct token *at)
{
	return parser_refuse(p, RULE_UNDEFINED_IDENTIFIER, at,
			     "a rule stands before the rules that name it",
			     "undefined identifier \"%.*s\"", (int)at->text.n,
			     (const char *)at->text.at) != NULL;
}

static bool add_rule(struct parser *p, const struct token *at, struct set *set)
{
	uint32_t index = names_find(&p->set->lookup->rules, p->name_space, at->text);

	if (index == NAME_REFUSED)
		return parser_refuse_refused(p, at, at->text) != NULL;
	if (index == NAME_ABSENT)
		return refuse_rule(p, at);
	return set_add(p, set, index);
}

/* Rules that come later may not fit: the set would not hold them. */
static bool remember_wildcard(struct parser *p, struct bytes prefix)
{
	struct rule_lookup *lookup = p->set->lookup;
	void *list = lookup->wildcards;
	const char *copy;

	for (size_t i = 0; i < lookup->n_wildcards; i++)
		if (lookup->wildcards[i].name_space == p->name_space &&
		    bytes_equal(lookup->wildcards[i].prefix, prefix))
			return true;
	copy = parser_copy(p, prefix);
	if (copy == NULL)
		return false;
	if (!alloc_grow(&list, &lookup->wildcard_capacity, lookup->n_wildcards + 1,
			sizeof *lookup->wildcards))
		return parser_no_memory(p) != NULL;
	lookup->wildcards = list;
	lookup->wildcards[lookup->n_wildcards++] = (struct rule_wildcard){
	    .name_space = p->name_space, .prefix = bytes_of(copy)};
	return true;
}

static bool has_prefix(const struct rule *rule, uint32_t name_space,
		       struct bytes prefix)
{
	return rule->name_space == name_space &&
	       strncmp(rule->identifier, (const char *)prefix.at, prefix.n) == 0;
}

static bool refuse_refused(struct parser *p, const struct token *at, size_t i)
{
	const struct rule *rule = p->set->lookup->refused[i];

	return parser_refuse_refused(p, at, bytes_of(rule->identifier)) != NULL;
}

static bool add_rules(struct parser *p, const struct token *at, struct set *set)
{
	size_t n_before = set->n;

	if (!remember_wildcard(p, at->text))
		return false;
	for (size_t i = 0; i < p->set->n_rules; i++)
		if (has_prefix(p->set->rules[i], p->name_space, at->text) &&
		    !set_add(p, set, (uint32_t)i))
			return false;
	if (has_prefix(p->rule, p->name_space, at->text) &&
	    !set_add(p, set, p->rule_index))
		return false;
	for (size_t i = 0; i < p->set->lookup->n_refused; i++)
		if (has_prefix(p->set->lookup->refused[i], p->name_space, at->text))
			return refuse_refused(p, at, i);
	return set->n > n_before || refuse_rule(p, at);
}

static bool rule_items(struct parser *p, struct set *set)
{
	set->is_rules = true;
	do {
		struct token at = p->token;

		if (!parser_take(p, TOKEN_IDENTIFIER, NULL))
			return false;
		if (parser_accept(p, TOKEN_OF_CHARACTER('*')) ? !add_rules(p, &at, set)
							      : !add_rule(p, &at, set))
			return false;
	} while (parser_accept(p, TOKEN_OF_CHARACTER(',')));
	return true;
}

static bool read_set(struct parser *p, bool may_be_rules, struct set *set)
{
	struct token at = p->token;
	bool fine;

	if (parser_accept(p, TOKEN_THEM))
		return add_strings(p, &at, BYTES_LITERAL("$*"), set);
	if (!parser_accept(p, TOKEN_OF_CHARACTER('(')))
		return parser_unexpected(p, ", expecting <them> or '('", NULL) != NULL;
	fine = may_be_rules && p->token.kind == TOKEN_IDENTIFIER ? rule_items(p, set)
								 : string_items(p, set);
	return fine &&
	       parser_close(p, TOKEN_OF_CHARACTER(')'), ", expecting ')' or ','");
}

/* ---- how many ---- */

static void refuse_amount(struct parser *p, const struct token *at, const char *what)
{
	parser_refuse(p, RULE_INVALID_VALUE, at, "a whole number, all, any or none",
		      "invalid value in condition: \"%s\"", what);
}

static bool check_number(struct parser *p, const struct amount *amount)
{
	const struct expr *e = amount->number.expr;
	char text[32];

	switch (e->type) {
	case VALUE_FLOAT: refuse_amount(p, &amount->at, "0x0p+0"); return false;
	case VALUE_REGEX:
		refuse_amount(p, &amount->at, "regexp in for_expression is invalid");
		return false;
	case VALUE_TEXT:
		if (e->op == EXPR_CONSTANT)
			parser_refuse(p, RULE_INVALID_VALUE, &amount->at,
				      "a whole number, all, any or none",
				      "invalid value in condition: \"%.*s\"",
				      (int)e->value.text.n,
				      (const char *)e->value.text.at);
		else
			refuse_amount(p, &amount->at,
				      "string in for_expression is invalid");
		return false;
	default: break;
	}
	if (!amount->number.known)
		return true;
	if (amount->number.integer == 0)
		parser_warn(p, &amount->at,
			    "consider using \"none\" keyword, it is less ambiguous.");
	if (amount->number.integer >= 0)
		return true;
	snprintf(text, sizeof text, "%" PRId64, amount->number.integer);
	refuse_amount(p, &amount->at, text);
	return false;
}

static bool read_amount(struct parser *p, struct amount *amount)
{
	amount->at = p->token;
	amount->quantifier = p->token.kind == TOKEN_ALL    ? QUANTIFIER_ALL
			     : p->token.kind == TOKEN_ANY  ? QUANTIFIER_ANY
			     : p->token.kind == TOKEN_NONE ? QUANTIFIER_NONE
							   : QUANTIFIER_NUMBER;
	if (amount->quantifier != QUANTIFIER_NUMBER) {
		parser_advance(p);
		return true;
	}
	amount->number = parser_value(p);
	return amount->number.expr != NULL && check_number(p, amount);
}

/* A node with room for n_more kids behind the number, which it already has. */
static struct expr *quantified(struct parser *p, enum expr_op op,
			       const struct amount *amount, size_t n_more,
			       size_t *n_taken_out)
{
	bool has_number = amount->number.expr != NULL;
	struct expr *e =
	    expr_new(p, op, VALUE_BOOL, &amount->at, n_more + (has_number ? 1 : 0));

	if (e == NULL)
		return NULL;
	e->quantifier = amount->quantifier;
	*n_taken_out = has_number;
	return !has_number || expr_set_kid(p, e, 0, amount->number.expr) ? e : NULL;
}

/* ---- of ---- */

static bool exceeds(const struct amount *amount, size_t n)
{
	return amount->quantifier == QUANTIFIER_NUMBER && amount->number.known &&
	       amount->number.integer > (int64_t)n;
}

static void warn_of(struct parser *p, const struct amount *amount, size_t n, bool at)
{
	if (exceeds(amount, n))
		parser_warn(p, &amount->at,
			    "expression always false - requesting %" PRId64 " of %zu.",
			    amount->number.integer, n);
	if (at &&
	    (exceeds(amount, 1) || (amount->quantifier == QUANTIFIER_ALL && n > 1)))
		parser_warn(p, &amount->at,
			    "multiple strings at an offset is usually false.");
}

static bool read_of_at(struct parser *p, struct expr **at_out)
{
	struct token at;

	parser_advance(p);
	at = p->token;
	*at_out = parser_value(p).expr;
	if (*at_out == NULL || (*at_out)->type == VALUE_INT)
		return *at_out != NULL;
	refuse_amount(p, &at, "at expression must be an integer");
	return false;
}

/* of ..., with the word still to come. */
static struct operand read_of(struct parser *p, const struct amount *amount)
{
	struct expr *low = NULL, *high = NULL, *e;
	struct set set = {0};
	enum expr_op op = EXPR_OF;
	size_t n;

	if (!parser_take(p, TOKEN_OF, "all of them, 2 of ($a*), ...") ||
	    !read_set(p, true, &set))
		return operand_refused();
	if (amount->quantifier != QUANTIFIER_PERCENT && !set.is_rules) {
		if (p->token.kind == TOKEN_AT) {
			op = EXPR_OF_AT;
			if (!read_of_at(p, &low))
				return operand_refused();
		} else if (parser_accept(p, TOKEN_IN)) {
			op = EXPR_OF_IN;
			if (!parser_range(p, &low, &high))
				return operand_refused();
		}
	}
	warn_of(p, amount, set.n, op == EXPR_OF_AT);
	e = quantified(p, op, amount, (low != NULL) + (size_t)(high != NULL), &n);
	if (e == NULL || (low != NULL && !expr_set_kid(p, e, n, low)) ||
	    (high != NULL && !expr_set_kid(p, e, n + 1, high)))
		return operand_refused();
	e->set = set.indexes;
	e->n_set = set.n;
	e->set_is_rules = set.is_rules;
	return operand_truth(e);
}

struct operand parser_quantified(struct parser *p)
{
	struct amount amount = {0};

	return read_amount(p, &amount) ? read_of(p, &amount) : operand_refused();
}

static bool check_percentage(struct parser *p, const struct amount *amount)
{
	if (!check_type(p, &amount->at, amount->number.expr, VALUE_INT, "%"))
		return false;
	if (!amount->number.known ||
	    (amount->number.integer >= 1 && amount->number.integer <= 100))
		return true;
	return parser_refuse(p, RULE_INVALID_PERCENTAGE, &amount->at, NULL,
			     "percentage must be between 1 and 100 (inclusive)") !=
	       NULL;
}

struct operand parser_number_of(struct parser *p, const struct token *at,
				struct operand number)
{
	struct amount amount = {
	    .quantifier = QUANTIFIER_NUMBER, .number = number, .at = *at};
	struct operand result;

	if (!parser_accept(p, TOKEN_OF_CHARACTER('%')))
		return check_number(p, &amount) ? read_of(p, &amount)
						: operand_refused();
	amount.quantifier = QUANTIFIER_PERCENT;
	result = read_of(p, &amount);
	return result.expr != NULL && check_percentage(p, &amount) ? result
								   : operand_refused();
}

/* ---- for ---- */

static struct loop *innermost(struct parser *p)
{
	return &p->loops[p->n_loops - 1];
}

static uint32_t slots_in_use(const struct parser *p)
{
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_loops; i++)
		n += p->loops[i].n_slots;
	return n;
}

static bool has_variable(const struct parser *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_loops; i++)
		for (size_t k = 0; k < p->loops[i].n_variables; k++)
			if (bytes_equal(p->loops[i].variables[k].name, name))
				return true;
	return false;
}

static bool read_variables(struct parser *p)
{
	struct loop *loop = innermost(p);

	do {
		struct token at = p->token;

		if (!parser_take(p, TOKEN_IDENTIFIER, NULL))
			return false;
		if (loop->n_variables == 2)
			return parser_refuse(p, RULE_SYNTAX_ERROR, &at,
					     "one, or two for a dictionary",
					     "too many loop variables") != NULL;
		if (has_variable(p, at.text))
			return parser_refuse(
				   p, RULE_DUPLICATED_LOOP_IDENTIFIER, &at, NULL,
				   "duplicated loop identifier \"%.*s\"",
				   (int)at.text.n, (const char *)at.text.at) != NULL;
		loop->variables[loop->n_variables++].name = at.text;
	} while (parser_accept(p, TOKEN_OF_CHARACTER(',')));
	return true;
}

/* What a loop goes over, before its body is read. */
struct iterator {
	enum expr_op op;
	struct expr **items;
	size_t n, capacity;
	struct path path; /* ARRAY, DICT */
};

static bool iterator_add(struct parser *p, struct iterator *it, struct expr *e)
{
	if (e == NULL || !parser_grow(p, (void **)&it->items, &it->capacity, it->n,
				      sizeof *it->items))
		return false;
	it->items[it->n++] = e;
	return true;
}

static bool refuse_variables(struct parser *p, const struct token *at, const char *text)
{
	return parser_refuse(
		   p, RULE_SYNTAX_ERROR, at, NULL,
		   "iterator yields one value on each iteration , but the loop "
		   "expects %s",
		   text) != NULL;
}

static bool read_list(struct parser *p, struct iterator *it, struct expr *first)
{
	struct token at = p->token;

	it->op = EXPR_FOR_LIST;
	if (first->type != VALUE_INT && first->type != VALUE_TEXT)
		return parser_refuse(p, RULE_WRONG_TYPE, &at, "whole numbers, or texts",
				     "wrong type for enumeration item") != NULL;
	if (!iterator_add(p, it, first))
		return false;
	while (parser_accept(p, TOKEN_OF_CHARACTER(','))) {
		struct expr *e = parser_value(p).expr;

		if (e == NULL)
			return false;
		if (e->type != first->type)
			return parser_refuse(p, RULE_WRONG_TYPE, &p->token, NULL,
					     "enumerations must be all the same "
					     "type") != NULL;
		if (!iterator_add(p, it, e))
			return false;
	}
	return parser_close(p, TOKEN_OF_CHARACTER(')'), ", expecting ')' or ','");
}

/* (1..10) or (1, 2, 3) */
static bool read_values(struct parser *p, struct iterator *it)
{
	struct loop *loop = innermost(p);
	struct token at = p->token;
	struct expr *low, *high;
	struct operand first;

	parser_advance(p);
	first = parser_value(p);
	if (first.expr == NULL)
		return false;
	loop->variables[0].type = first.expr->type;
	if (parser_accept(p, TOKEN_DOT_DOT)) {
		it->op = EXPR_FOR_RANGE;
		if (!parser_range_rest(p, &at, first, &low, &high) ||
		    !iterator_add(p, it, low) || !iterator_add(p, it, high))
			return false;
	} else if (!read_list(p, it, first.expr)) {
		return false;
	}
	loop->n_slots = 1;
	return loop->n_variables == 1 || refuse_variables(p, &at, "2");
}

/* The element is reached by the keys of its array and one more, the loop's. */
static bool bind_element(struct parser *p, const struct token *at, struct variable *v,
			 const struct path *path, enum value_type key_type)
{
	struct expr *key = expr_new(p, EXPR_VARIABLE, key_type, at, 0);

	if (key == NULL)
		return false;
	if (path->n_keys == MODULE_MAX_KEYS)
		return parser_refuse(p, RULE_SYNTAX_ERROR, at, NULL,
				     "too many indexes") != NULL;
	key->index = key_type == VALUE_TEXT ? v->slot + 1 : v->slot;
	v->is_path = true;
	v->path = *path;
	v->path.is_element = true;
	v->path.keys[v->path.n_keys++] = key;
	return true;
}

static bool bind_array(struct parser *p, const struct token *at,
		       const struct iterator *it)
{
	struct loop *loop = innermost(p);

	loop->n_slots = 1;
	if (loop->n_variables != 1)
		return parser_refuse(
			   p, RULE_SYNTAX_ERROR, at, NULL,
			   "iterator for \"%.*s\" yields a single item on each "
			   "iteration, but the loop expects %zu",
			   (int)it->path.name.n, (const char *)it->path.name.at,
			   loop->n_variables) != NULL;
	return bind_element(p, at, &loop->variables[0], &it->path, VALUE_INT);
}

static bool bind_dictionary(struct parser *p, const struct token *at,
			    const struct iterator *it)
{
	struct loop *loop = innermost(p);

	loop->n_slots = 2;
	if (loop->n_variables != 2)
		return parser_refuse(
			   p, RULE_SYNTAX_ERROR, at, "for all k, v in ...",
			   "iterator for \"%.*s\" yields a key,value pair item "
			   "on each iteration",
			   (int)it->path.name.n,
			   (const char *)it->path.name.at) != NULL;
	loop->variables[0].type = VALUE_TEXT;
	loop->variables[0].slot++;
	return bind_element(p, at, &loop->variables[1], &it->path, VALUE_TEXT);
}

static bool read_collection(struct parser *p, struct iterator *it)
{
	struct token at = p->token;
	struct operand value = parser_name_or_path(p, &it->path);
	const struct module_field *field = it->path.field;

	if (value.expr == NULL && it->path.module == NULL)
		return false;
	for (size_t i = 0; i < it->path.n_keys; i++)
		if (!iterator_add(p, it, it->path.keys[i]))
			return false;
	if (value.expr == NULL && field != NULL && !it->path.is_element) {
		if (field->kind == FIELD_ARRAY) {
			it->op = EXPR_FOR_ARRAY;
			return bind_array(p, &at, it);
		}
		if (field->kind == FIELD_DICT) {
			it->op = EXPR_FOR_DICT;
			return bind_dictionary(p, &at, it);
		}
	}
	return parser_refuse(
		   p, RULE_WRONG_TYPE, &at, "an array or a dictionary of a module",
		   "identifier \"%.*s\" is not iterable", (int)it->path.name.n,
		   (const char *)it->path.name.at) != NULL;
}

static struct expr *read_loop_body(struct parser *p)
{
	struct expr *body;
	uint32_t n_slots = slots_in_use(p);

	if (n_slots > p->rule->n_slots)
		p->rule->n_slots = n_slots;
	if (!parser_take(p, TOKEN_OF_CHARACTER(':'), NULL) ||
	    !parser_take(p, TOKEN_OF_CHARACTER('('), NULL))
		return NULL;
	if (!parser_enter(p))
		return NULL;
	body = parser_truth(p);
	p->depth--;
	return body != NULL && parser_close(p, TOKEN_OF_CHARACTER(')'),
					    ", expecting <or> or <and> or ')'")
		   ? body
		   : NULL;
}

static bool is_over_strings(const struct parser *p)
{
	for (size_t i = 0; i < p->n_loops; i++)
		if (p->loops[i].over_strings)
			return true;
	return false;
}

/* for q of (set) : (body) */
static struct operand for_strings(struct parser *p, const struct amount *amount)
{
	struct set set = {0};
	struct expr *e, *body;
	size_t n;

	parser_advance(p);
	if (!read_set(p, false, &set))
		return operand_refused();
	if (is_over_strings(p)) {
		parser_refuse(
		    p, RULE_NESTED_FOR_OF, &amount->at, NULL,
		    "'for <quantifier> of <string set>' loops can't be nested");
		return operand_refused();
	}
	innermost(p)->over_strings = true;
	body = read_loop_body(p);
	e = body == NULL ? NULL : quantified(p, EXPR_FOR_OF, amount, 1, &n);
	if (e == NULL || !expr_set_kid(p, e, n, body))
		return operand_refused();
	e->set = set.indexes;
	e->n_set = set.n;
	return operand_truth(e);
}

/* for q i in ... : (body) */
static struct operand for_values(struct parser *p, const struct amount *amount)
{
	struct loop *loop = innermost(p);
	struct iterator it = {0};
	struct expr *e, *body;
	size_t n;

	loop->variables[0].slot = loop->variables[1].slot = slots_in_use(p);
	if (!read_variables(p) || !parser_close(p, TOKEN_IN, ", expecting <in> or ','"))
		return operand_refused();
	if (p->token.kind == TOKEN_IDENTIFIER ? !read_collection(p, &it)
	    : p->token.kind == TOKEN_OF_CHARACTER('(')
		? !read_values(p, &it)
		: parser_unexpected(p, ", expecting identifier or '('", NULL) == NULL)
		return operand_refused();
	body = read_loop_body(p);
	e = body == NULL ? NULL : quantified(p, it.op, amount, it.n + 1, &n);
	if (e == NULL)
		return operand_refused();
	for (size_t i = 0; i < it.n; i++)
		if (!expr_set_kid(p, e, n + i, it.items[i]))
			return operand_refused();
	if (!expr_set_kid(p, e, n + it.n, body))
		return operand_refused();
	e->index = loop->variables[0].slot;
	if (it.op == EXPR_FOR_DICT)
		e->index--;
	e->module = it.path.module;
	e->field = it.path.field;
	return operand_truth(e);
}

struct operand parser_for(struct parser *p)
{
	struct amount amount = {0};
	struct operand result;

	parser_advance(p);
	if (!read_amount(p, &amount))
		return operand_refused();
	if (p->token.kind == TOKEN_OF_CHARACTER('%')) { /* only `of` knows percents */
		parser_advance(p);
		parser_unexpected(p, "", "for all i in ..., for any of ...");
		return operand_refused();
	}
	if (p->token.kind != TOKEN_IDENTIFIER && p->token.kind != TOKEN_OF) {
		parser_unexpected(p, ", expecting identifier or <of>",
				  "for all i in ..., for any of ...");
		return operand_refused();
	}
	if (p->n_loops == CAP_RULE_LOOPS) {
		parser_refuse(p, RULE_LOOP_NESTING_LIMIT, &amount.at, NULL,
			      "loop nesting limit exceeded");
		return operand_refused();
	}
	p->loops[p->n_loops++] = (struct loop){0};
	result = p->token.kind == TOKEN_OF ? for_strings(p, &amount)
					   : for_values(p, &amount);
	p->n_loops--;
	return result;
}
