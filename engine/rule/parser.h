/*
 * Inside of the parser: one recursive descent over several files, each with one part
 * of the language.
 *
 * Errors: a function that meets one calls parser_refuse and returns NULL (or an operand
 * without expression); everybody above does the same until the rule is given up.
 */
#ifndef RAQUET_ENGINE_RULE_PARSER_H
#define RAQUET_ENGINE_RULE_PARSER_H

#include "bytes/cap.h"
#include "engine/rule/lexer.h"
#include "engine/rule/names.h"
#include "engine/rule/rule.h"

/* In rule_lookup.rules: a rule that was refused, so that whoever names it is as well. */
#define NAME_REFUSED (UINT32_MAX - 1)

struct rule_wildcard {
	uint32_t name_space;
	struct bytes prefix;
};

struct rule_lookup {
	struct names rules;              /* (name space, name): index of the rule */
	struct names externals;          /* (0, name): index of the external */
	struct names modules;            /* (name space, name): index of the import */
	struct names spaces;             /* (0, name): index of the name space */
	struct rule_wildcard *wildcards; /* sets like (pre*) seen so far */
	size_t n_wildcards, wildcard_capacity;
	struct rule **refused; /* rules that were not kept */
	size_t n_refused, refused_capacity;
	size_t rule_capacity, external_capacity, space_capacity, import_capacity;
};

/* Something a module has: the module itself, or a field reached from it. */
struct path {
	const struct module *module;
	const struct module_field *field; /* NULL: the module itself */
	bool is_element;                  /* one of an array or dictionary */
	struct expr *keys[MODULE_MAX_KEYS];
	size_t n_keys;
	struct bytes name; /* last identifier, for messages */
};

struct variable {
	struct bytes name;
	bool is_path;         /* an element of a module's array or dictionary */
	enum value_type type; /* otherwise */
	uint32_t slot;
	struct path path;
};

struct loop {
	bool over_strings;
	struct variable variables[2];
	size_t n_variables;
	uint32_t n_slots;
};

struct parser {
	struct rule_set *set;
	const struct rule_options *options;
	struct rule_report *report;
	uint32_t name_space;

	struct lexer *lexer; /* of the file being read */
	struct token token;  /* the current one */
	struct token next;   /* the one behind it, when has_next */
	bool has_next;
	const char *files[CAP_RULE_INCLUDES];
	size_t n_files;
	size_t source_bytes; /* of all files so far */

	struct rule *rule;   /* the one being read, or NULL */
	uint32_t rule_index; /* that it will have */
	bool *referenced;    /* which of its strings its condition names */
	size_t string_capacity;
	struct names strings; /* (serial, name): index of the string */
	uint32_t serial;      /* of the rule in this parse */
	size_t n_atoms;       /* of its strings, as libyara counts them */
	struct loop loops[CAP_RULE_LOOPS];
	size_t n_loops;
	uint32_t depth; /* of our own recursion */

	bool failed;     /* the rule being read is refused */
	bool stopped;    /* a token could not be read and we do not keep going */
	enum rq_err err; /* ours, not the author's */
};

/* What an expression gave.  expr NULL: refused. */
struct operand {
	struct expr *expr;
	bool is_primary; /* may stand beside an operator */
	/* What libyara knows of an integer while it compiles, for its checks; externals
	 * count with their default. */
	bool known;
	int64_t integer;
};

/* ---- parser.c ---- */

/* Reads text with all it includes into p->set; set, options, report and name_space are
 * filled in. */
RQ_MUST_USE enum rq_err parser_run(struct parser *p, const char *file,
				   struct bytes text);

void parser_advance(struct parser *p);
const struct token *parser_peek(struct parser *p);
/* Refuses the rule.  Always NULL. */
void *parser_refuse(struct parser *p, enum rule_code code, const struct token *at,
		    const char *hint, const char *format, ...) RQ_PRINTF(5, 6);
/* Refuses a rule that names a refused one.  Without keep_going one message was enough. */
void *parser_refuse_refused(struct parser *p, const struct token *at,
			    struct bytes name);
/* "syntax error, unexpected X" with what was expected (", expecting Y"), or "". */
void *parser_unexpected(struct parser *p, const char *expecting, const char *hint);
void *parser_no_memory(struct parser *p);
void parser_warn(struct parser *p, const struct token *at, const char *format, ...)
    RQ_PRINTF(3, 4);
/* Takes a token of that kind, or refuses. */
bool parser_take(struct parser *p, enum token_kind kind, const char *hint);
/* Takes what closes a value, where an operator could also follow: `expecting` is what
 * libyara says then. */
bool parser_close(struct parser *p, enum token_kind kind, const char *expecting);
/* Takes it if it is there. */
bool parser_accept(struct parser *p, enum token_kind kind);
/* A copy in the arena, ended by 0; NULL: out of memory. */
const char *parser_copy(struct parser *p, struct bytes text);
/* One level deeper; false: refused.  Every success is undone by p->depth--. */
bool parser_enter(struct parser *p);
/* Grows an array in the arena to hold one more; the old room is left behind. */
bool parser_grow(struct parser *p, void **array, size_t *capacity, size_t n,
		 size_t size);

/* ---- parser_string.c ---- */

/* string_declarations, up to the condition. */
bool parser_strings(struct parser *p);
/* Index of the string that token (any of $a #a @a !a) names, or STRING_CURRENT;
 * NAME_ABSENT is never returned: false is refused. */
bool parser_string_index(struct parser *p, const struct token *token,
			 uint32_t *index_out);

/* ---- parser_condition.c ---- */

/* boolean_expression: the condition of a rule, the body of a loop. */
struct expr *parser_truth(struct parser *p);
/* expression: an argument of a function. */
struct operand parser_expression(struct parser *p);

/* ---- parser_operand.c ---- */

/* primary_expression: one that can only be a value. */
struct operand parser_value(struct parser *p);
/* Goes on behind left with operators that bind at least as tightly as limit. */
struct operand parser_operators(struct parser *p, struct operand left, unsigned limit);
/* A single operand; with may_be_truth set parentheses may hold a condition. */
struct operand parser_single(struct parser *p, bool may_be_truth);
/* ( low .. high ) with the opening parenthesis still to come. */
bool parser_range(struct parser *p, struct expr **low_out, struct expr **high_out);
bool parser_range_rest(struct parser *p, const struct token *at, struct operand low,
		       struct expr **low_out, struct expr **high_out);
struct expr *parser_regex(struct parser *p);

/* ---- parser_quantifier.c ---- */

/* What starts with for, all, any or none. */
struct operand parser_for(struct parser *p);
struct operand parser_quantified(struct parser *p);
/* number of (...) and number % of (...); number was read from at. */
struct operand parser_number_of(struct parser *p, const struct token *at,
				struct operand number);

/* ---- parser_field.c ---- */

/* What an identifier and all that follows it (. [ ( ) stands for: a variable, an
 * external, a rule, a value of a module. */
struct operand parser_name(struct parser *p);
/* The same, but it may be an array or dictionary of a module (path_out->module set). */
struct operand parser_name_or_path(struct parser *p, struct path *path_out);

/* ---- check.c: nodes with their types checked and constants folded ---- */

struct expr *expr_new(struct parser *p, enum expr_op op, enum value_type type,
		      const struct token *at, size_t n_kids);
/* Sets kid number i and what follows from it. */
bool expr_set_kid(struct parser *p, struct expr *e, size_t i, struct expr *kid);
struct expr *expr_constant(struct parser *p, const struct token *at,
			   struct value value);
/* e as a truth. */
struct expr *expr_truth(struct parser *p, const struct token *at, struct expr *e);
struct operand check_unary(struct parser *p, const struct token *at, struct operand a);
struct operand check_binary(struct parser *p, const struct token *at, struct operand a,
			    struct operand b);
/* Refuses unless e has the type that `what` wants. */
bool check_type(struct parser *p, const struct token *at, const struct expr *e,
		enum value_type type, const char *what);

static inline struct operand operand_refused(void)
{
	return (struct operand){0};
}

static inline struct operand operand_of(struct expr *e)
{
	return (struct operand){.expr = e, .is_primary = true};
}

/* A comparison, a string, a quantifier: not to be used beside an operator. */
static inline struct operand operand_truth(struct expr *e)
{
	return (struct operand){.expr = e};
}

#endif
