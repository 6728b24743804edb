#include "engine/rule/parser.h"

#include <string.h>

/* What has been read so far of a.b[c].d(e). */
struct reached {
	struct operand value; /* a variable, external, rule or result of a call */
	struct path path;     /* module set: not a value yet */
	struct bytes name;    /* last identifier, for messages */
};

static void *refuse_name(struct parser *p, const struct token *at, enum rule_code code,
			 const char *format_before, struct bytes name,
			 const char *format_after, const char *hint)
{
	return parser_refuse(p, code, at, hint, "%s\"%.*s\"%s", format_before,
			     (int)name.n, (const char *)name.at, format_after);
}

/* ---- the first identifier ---- */

static const struct variable *find_variable(const struct parser *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_loops; i++)
		for (size_t k = 0; k < p->loops[i].n_variables; k++)
			if (bytes_equal(p->loops[i].variables[k].name, name))
				return &p->loops[i].variables[k];
	return NULL;
}

static bool reach_variable(struct parser *p, const struct token *at,
			   const struct variable *v, struct reached *r)
{
	if (v->is_path) {
		r->path = v->path;
		return true;
	}
	r->value = operand_of(expr_new(p, EXPR_VARIABLE, v->type, at, 0));
	if (r->value.expr == NULL)
		return false;
	r->value.expr->index = v->slot;
	return true;
}

/* A boolean external is an integer to the language. */
static bool reach_external(struct parser *p, const struct token *at, uint32_t index,
			   struct reached *r)
{
	const struct value *value = &p->set->externals[index].value;
	enum value_type type = value->type == VALUE_BOOL ? VALUE_INT : value->type;

	p->set->externals[index].is_used = true;
	r->value = operand_of(expr_new(p, EXPR_EXTERNAL, type, at, 0));
	if (r->value.expr == NULL)
		return false;
	r->value.expr->index = index;
	r->value.known = type == VALUE_INT;
	r->value.integer = type == VALUE_INT ? value->integer : 0;
	return true;
}

static bool reach_rule(struct parser *p, const struct token *at, uint32_t index,
		       struct reached *r)
{
	if (index == p->rule_index) {
		/* while it is being decided, a rule does not hold */
		r->value = operand_of(expr_constant(p, at, value_bool(false)));
		return r->value.expr != NULL;
	}
	r->value = operand_of(expr_new(p, EXPR_RULE, VALUE_BOOL, at, 0));
	if (r->value.expr == NULL)
		return false;
	r->value.expr->index = index;
	return true;
}

static bool reach_first(struct parser *p, struct reached *r)
{
	const struct rule_lookup *lookup = p->set->lookup;
	struct token at = p->token;
	const struct variable *v = find_variable(p, at.text);
	uint32_t index;

	parser_advance(p);
	r->name = at.text;
	if (v != NULL)
		return reach_variable(p, &at, v, r);
	index = names_find(&lookup->externals, 0, at.text);
	if (index != NAME_ABSENT)
		return reach_external(p, &at, index, r);
	index = names_find(&lookup->modules, p->name_space, at.text);
	if (index != NAME_ABSENT) {
		r->path = (struct path){.module = p->set->imports[index]};
		return true;
	}
	index = names_find(&lookup->rules, p->name_space, at.text);
	if (index < NAME_REFUSED)
		return reach_rule(p, &at, index, r);
	if (index == NAME_REFUSED)
		return parser_refuse_refused(p, &at, at.text) != NULL;
	return refuse_name(p, &at, RULE_UNDEFINED_IDENTIFIER, "undefined identifier ",
			   at.text, "",
			   module_find(at.text) != NULL
			       ? "the module is not imported"
			       : "no variable, module or earlier rule") != NULL;
}

/* ---- .field ---- */

static const struct module_field *fields_of(const struct path *path)
{
	if (path->module == NULL)
		return NULL;
	if (path->field == NULL)
		return path->module->fields;
	if (path->field->kind == FIELD_STRUCT || path->is_element)
		return path->field->fields;
	return NULL;
}

static bool reach_field(struct parser *p, struct reached *r)
{
	const struct module_field *field = fields_of(&r->path);
	struct token at;

	parser_advance(p);
	at = p->token;
	if (!parser_take(p, TOKEN_IDENTIFIER, NULL))
		return false;
	if (field == NULL)
		return refuse_name(p, &at, RULE_NOT_A_STRUCTURE, "", r->name,
				   " is not a structure", NULL) != NULL;
	while (field->kind != FIELD_END && !bytes_equal_text(at.text, field->name))
		field++;
	if (field->kind == FIELD_END)
		return refuse_name(p, &at, RULE_INVALID_FIELD, "invalid field name ",
				   at.text, "", NULL) != NULL;
	r->path.field = field;
	r->path.is_element = false;
	r->name = at.text;
	return true;
}

/* ---- [key] ---- */

static bool check_key(struct parser *p, const struct token *at, const struct reached *r,
		      const struct expr *key)
{
	const struct module_field *field = r->path.field;
	bool is_array;

	if (field == NULL || r->path.is_element ||
	    (field->kind != FIELD_ARRAY && field->kind != FIELD_DICT))
		return refuse_name(p, at, RULE_NOT_INDEXABLE, "", r->name,
				   " is not an array or dictionary", NULL) != NULL;
	is_array = field->kind == FIELD_ARRAY;
	if (key->type == (is_array ? VALUE_INT : VALUE_TEXT))
		return true;
	return parser_refuse(p, RULE_WRONG_TYPE, at, NULL,
			     is_array
				 ? "array indexes must be of integer type"
				 : "dictionary keys must be of string type") != NULL;
}

static bool reach_element(struct parser *p, struct reached *r)
{
	struct token at = p->token;
	struct expr *key;

	parser_advance(p);
	key = parser_value(p).expr;
	if (key == NULL || !parser_close(p, TOKEN_OF_CHARACTER(']'), "") ||
	    !check_key(p, &at, r, key))
		return false;
	if (r->path.n_keys == MODULE_MAX_KEYS)
		return parser_refuse(p, RULE_SYNTAX_ERROR, &at, NULL,
				     "too many indexes") != NULL;
	r->path.keys[r->path.n_keys++] = key;
	r->path.is_element = true;
	return true;
}

/* ---- (arguments) ---- */

static char type_letter(enum value_type type)
{
	switch (type) {
	case VALUE_INT: return 'i';
	case VALUE_FLOAT: return 'f';
	case VALUE_TEXT: return 's';
	case VALUE_REGEX: return 'r';
	default: return 'b';
	}
}

/* Reads the arguments behind the parenthesis; types_out gets a letter each. */
static bool read_arguments(struct parser *p, struct expr **arguments, char *types,
			   size_t *n_out)
{
	*n_out = 0;
	if (parser_accept(p, TOKEN_OF_CHARACTER(')')))
		return true;
	do {
		struct token at = p->token;
		struct expr *e = parser_expression(p).expr;

		if (e == NULL)
			return false;
		if (*n_out == MODULE_MAX_ARGUMENTS)
			return parser_refuse(p, RULE_TOO_MANY_ARGUMENTS, &at, NULL,
					     "too many arguments") != NULL;
		types[*n_out] = type_letter(e->type);
		arguments[(*n_out)++] = e;
	} while (parser_accept(p, TOKEN_OF_CHARACTER(',')));
	return parser_close(p, TOKEN_OF_CHARACTER(')'), ", expecting ')' or ','");
}

/* The overloads of a function are rows one behind the other. */
static const struct module_field *find_overload(const struct module_field *field,
						const char *types)
{
	for (const struct module_field *f = field;
	     f->kind == FIELD_FUNCTION && strcmp(f->name, field->name) == 0; f++)
		if (strcmp(f->arguments, types) == 0)
			return f;
	return NULL;
}

static bool make_call(struct parser *p, const struct token *at, struct reached *r,
		      struct expr **arguments, size_t n, const char *types)
{
	const struct module_field *field = find_overload(r->path.field, types);
	struct expr *e;

	if (field == NULL)
		return refuse_name(p, at, RULE_WRONG_ARGUMENTS,
				   "wrong arguments for function ", r->name, "",
				   NULL) != NULL;
	e = expr_new(p, EXPR_CALL, field->type, at, r->path.n_keys + n);
	if (e == NULL)
		return false;
	for (size_t i = 0; i < r->path.n_keys; i++)
		if (!expr_set_kid(p, e, i, r->path.keys[i]))
			return false;
	for (size_t i = 0; i < n; i++)
		if (!expr_set_kid(p, e, r->path.n_keys + i, arguments[i]))
			return false;
	e->module = r->path.module;
	e->field = field;
	r->value = operand_of(e);
	r->path = (struct path){0};
	return true;
}

static bool reach_call(struct parser *p, struct reached *r)
{
	struct expr *arguments[MODULE_MAX_ARGUMENTS];
	char types[MODULE_MAX_ARGUMENTS + 1] = "";
	struct token at = p->token;
	size_t n;

	parser_advance(p);
	if (!parser_enter(p))
		return false;
	if (!read_arguments(p, arguments, types, &n))
		return false;
	p->depth--;
	if (r->path.field == NULL || r->path.field->kind != FIELD_FUNCTION)
		return refuse_name(p, &at, RULE_NOT_A_FUNCTION, "", r->name,
				   " is not a function", NULL) != NULL;
	return make_call(p, &at, r, arguments, n, types);
}

/* ---- all of it ---- */

static bool reach(struct parser *p, struct reached *r)
{
	bool fine = reach_first(p, r);

	while (fine) {
		if (p->token.kind == TOKEN_OF_CHARACTER('.'))
			fine = reach_field(p, r);
		else if (p->token.kind == TOKEN_OF_CHARACTER('['))
			fine = reach_element(p, r);
		else if (p->token.kind == TOKEN_OF_CHARACTER('('))
			fine = reach_call(p, r);
		else
			break;
	}
	return fine;
}

static struct expr *constant_of_field(struct parser *p, const struct token *at,
				      const struct module_field *field)
{
	switch (field->type) {
	case VALUE_INT: return expr_constant(p, at, value_int(field->integer));
	case VALUE_FLOAT: return expr_constant(p, at, value_float(field->real));
	default: return expr_constant(p, at, value_text(bytes_of(field->text)));
	}
}

/* Whether the path ends at a value: anything else is only a way to one. */
static bool is_value(const struct path *path)
{
	const struct module_field *field = path->field;

	if (field == NULL)
		return false;
	if (field->kind == FIELD_ARRAY || field->kind == FIELD_DICT)
		return path->is_element && field->fields == NULL;
	return field->kind == FIELD_VALUE || field->kind == FIELD_CONSTANT;
}

static struct operand value_of_path(struct parser *p, const struct token *at,
				    const struct path *path)
{
	struct expr *e;

	if (path->field->kind == FIELD_CONSTANT)
		return operand_of(constant_of_field(p, at, path->field));
	e = expr_new(p, EXPR_FIELD, path->field->type, at, path->n_keys);
	if (e == NULL)
		return operand_refused();
	for (size_t i = 0; i < path->n_keys; i++)
		if (!expr_set_kid(p, e, i, path->keys[i]))
			return operand_refused();
	e->module = path->module;
	e->field = path->field;
	return operand_of(e);
}

struct operand parser_name_or_path(struct parser *p, struct path *path_out)
{
	struct token at = p->token;
	struct reached r = {0};

	*path_out = (struct path){0};
	if (!reach(p, &r))
		return operand_refused();
	r.path.name = r.name;
	path_out->name = r.name;
	if (r.path.module == NULL)
		return r.value;
	if (is_value(&r.path))
		return value_of_path(p, &at, &r.path);
	*path_out = r.path;
	return operand_refused();
}

struct operand parser_name(struct parser *p)
{
	struct token at = p->token;
	struct path path;
	struct operand value = parser_name_or_path(p, &path);

	if (value.expr == NULL && path.module != NULL)
		refuse_name(p, &at, RULE_WRONG_TYPE, "wrong usage of identifier ",
			    path.name, "", NULL);
	return value;
}
