/*
 * Rule text in, checked tree out.
 *
 * rule_parse reads one source (a file with its includes) into the rules of a namespace.
 * What comes out is complete: names are resolved, types are checked, constants are
 * folded, sets of strings and rules are lists of indexes.  The compiler (ruleset/) asks
 * nothing but this tree and never meets an error of the rule's author.
 *
 * Language: YARA 4.5, rows 1 to 150 of the list in docs/yara.md.
 */
#ifndef RAQUET_ENGINE_RULE_RULE_H
#define RAQUET_ENGINE_RULE_RULE_H

#include "engine/module/module.h"
#include "engine/rule/regex.h"
#include "engine/rule/report.h"

/* ---- strings ---- */

enum string_kind { STRING_TEXT, STRING_HEX, STRING_REGEX };

enum string_flag {
	STRING_ASCII = 1 << 0, /* also when neither ascii nor wide is written */
	STRING_WIDE = 1 << 1,
	STRING_NOCASE = 1 << 2,
	STRING_FULLWORD = 1 << 3,
	STRING_PRIVATE = 1 << 4,
	STRING_XOR = 1 << 5,
	STRING_BASE64 = 1 << 6,
	STRING_BASE64WIDE = 1 << 7,
};

struct rule_string {
	const char *identifier; /* "$a"; "$" for an anonymous one */
	enum string_kind kind;
	uint32_t flags; /* enum string_flag */
	uint8_t xor_min, xor_max;
	char base64_alphabet[64]; /* standard when none is given */
	struct bytes text;        /* TEXT: the bytes after escapes */
	struct regex *regex;      /* HEX, REGEX */
	struct rule_place place;
};

/* ---- conditions ---- */

enum expr_op {
	/* constants */
	EXPR_CONSTANT, /* value: BOOL, INT, FLOAT, TEXT */
	EXPR_REGEX,    /* regex: right side of matches, or an argument */
	/* names */
	EXPR_FILESIZE,
	EXPR_ENTRYPOINT,
	EXPR_EXTERNAL, /* index: into rule_set.externals */
	EXPR_VARIABLE, /* index: slot of a loop variable; slots are numbered from 0 by depth */
	EXPR_RULE,     /* index: an earlier rule in rule_set.rules; the result of a rule that
			* names itself is false */
	EXPR_FIELD,    /* module, field; kids: the keys of its path */
	EXPR_CALL,     /* module, field; kids: keys, then arguments */
	/* strings of this rule; index: into rule.strings, or STRING_CURRENT in `for of` */
	EXPR_MATCH,       /* $a */
	EXPR_MATCH_AT,    /* $a at k0 */
	EXPR_MATCH_IN,    /* $a in (k0..k1) */
	EXPR_COUNT,       /* #a */
	EXPR_COUNT_IN,    /* #a in (k0..k1) */
	EXPR_OFFSET,      /* @a[k0]; k0 is 1 when not written */
	EXPR_LENGTH,      /* !a[k0] */
	/* reading the object; read: width, sign, order */
	EXPR_READ,        /* uint32(k0) */
	/* operators; k0 op k1 */
	EXPR_AND, EXPR_OR, /* n kids each: chains are flattened */
	EXPR_NOT, EXPR_DEFINED,
	EXPR_EQ, EXPR_NE, EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE, /* INT, FLOAT (mixed) or TEXT */
	EXPR_NEGATE, EXPR_ADD, EXPR_SUB, EXPR_MUL, EXPR_DIV, EXPR_MOD,
	EXPR_BIT_NOT, EXPR_BIT_AND, EXPR_BIT_OR, EXPR_BIT_XOR,
	EXPR_SHIFT_LEFT, EXPR_SHIFT_RIGHT,
	EXPR_CONTAINS, EXPR_ICONTAINS, EXPR_STARTSWITH, EXPR_ISTARTSWITH,
	EXPR_ENDSWITH, EXPR_IENDSWITH, EXPR_IEQUALS,
	EXPR_MATCHES,     /* k0 matches k1 (EXPR_REGEX) */
	EXPR_TRUTH,       /* k0 as a truth: 0, 0.0 and "" are false, undefined stays */
	/* quantified; quantifier says how many */
	EXPR_OF,          /* of (set): strings or rules */
	EXPR_OF_AT,       /* of (set) at k_last */
	EXPR_OF_IN,       /* of (set) in (k_last-1 .. k_last) */
	EXPR_FOR_OF,      /* for q of (set) : (body); body is the last kid */
	EXPR_FOR_RANGE,   /* for q i in (k..k) : (body) */
	EXPR_FOR_LIST,    /* for q i in (k, k, ...) : (body) */
	EXPR_FOR_ARRAY,   /* for q x in module.array : (body); module, field; kids: keys, body */
	EXPR_FOR_DICT,    /* for q k, v in module.dict : (body); likewise */
};

/*
 * Where module fields are reached through a loop variable (for any s in pe.sections :
 * (s.name == "x")) the variable never appears: slot holds the element's index, and
 * s.name is EXPR_FIELD pe.sections[].name with the key EXPR_VARIABLE slot.  For a
 * dictionary slot holds the position and slot + 1 its text key; the element is
 * reached by the key EXPR_VARIABLE slot + 1.  The first slot of a loop is `index`.
 */

#define STRING_CURRENT UINT32_MAX /* $, #, @, ! inside for ... of */

enum quantifier {
	QUANTIFIER_ALL,
	QUANTIFIER_ANY,
	QUANTIFIER_NONE,
	QUANTIFIER_NUMBER,  /* at least kids[0]; the number 0: none */
	QUANTIFIER_PERCENT, /* at least kids[0] percent */
};

struct expr_read {
	uint8_t width; /* bytes: 1, 2, 4 */
	bool is_signed, big_endian;
};

struct expr {
	enum expr_op op;
	enum value_type type; /* of the result */
	enum quantifier quantifier;
	struct expr_read read;
	bool set_is_rules; /* OF: set holds rules, else strings */
	uint32_t index;
	struct value value;
	struct regex *regex;
	const struct module *module;
	const struct module_field *field;
	uint32_t *set; /* OF, FOR_OF: indexes, in source order, no duplicates removed */
	size_t n_set;
	struct expr **kids; /* the quantifier's number first, where it has one */
	size_t n_kids;
	uint16_t depth; /* of the tree from here down; at most CAP_RULE_TREE */
	struct rule_place place;
};

/* ---- rules ---- */

enum meta_kind { META_TEXT, META_INT, META_BOOL };

struct rule_meta {
	const char *key;
	enum meta_kind kind;
	struct bytes text;
	int64_t integer; /* INT, BOOL */
};

struct rule {
	const char *identifier;
	uint32_t name_space; /* index into rule_set.name_spaces */
	bool is_private, is_global;
	const char **tags;
	size_t n_tags;
	struct rule_meta *metas;
	size_t n_metas;
	struct rule_string *strings;
	size_t n_strings;
	struct expr *condition;
	uint32_t n_slots; /* loop variables alive at once, at most */
	struct rule_place place;
};

struct rule_external {
	const char *name;
	struct value value; /* type and default; text in the arena */
	bool is_used;       /* some condition names it */
	bool is_common;     /* the caller knows it for each object, and gave no value */
};

struct rule_set {
	struct arena *arena; /* holds everything below */
	const char **name_spaces;
	size_t n_name_spaces;
	struct rule **rules; /* in source order */
	size_t n_rules;
	struct rule_external *externals;
	size_t n_externals;
	const struct module **imports; /* every module named by some import, once */
	size_t n_imports;
	struct rule_lookup *lookup; /* the parser's own tables */
};

/* Reads an included file.  Returns RQ_ERR_NOT_FOUND etc.; the text lives in arena. */
typedef enum rq_err rule_include(void *reader, const char *path, struct arena *arena,
				 struct bytes *text_out);

struct rule_options {
	bool keep_going;    /* a bad rule is reported and left out; the rest loads */
	bool strict_escape; /* warn of escapes without meaning in regular expressions */
	bool no_includes;   /* `include` is an error */
	uint32_t max_strings; /* of one rule; 0: CAP_RULE_STRINGS */
	rule_include *include; /* NULL: includes cannot be opened */
	void *include_reader;
};

/*
 * An empty set.  max_bytes bounds the tree (arena).  Free with rule_set_free.
 */
RQ_MUST_USE enum rq_err rule_set_new(size_t max_bytes, struct rule_set **set_out);
void rule_set_free(struct rule_set *set);

/* Declares an external variable before the sources that use it are parsed; value is
 * copied.  RQ_ERR_USAGE when the name is taken or no identifier. */
RQ_MUST_USE enum rq_err rule_set_external(struct rule_set *set, const char *name,
					  const struct value *value);
/* Likewise, an empty text that is no value: scans may say for each object what it is. */
RQ_MUST_USE enum rq_err rule_set_common_external(struct rule_set *set,
						 const char *name);

/*
 * Parses text (whole, any bytes) as `file` into name_space ("default" when NULL) and
 * appends its rules.  Every message goes to report.  RQ_ERR_RULE: at least one error;
 * without keep_going nothing of this source was appended, with it the good rules were
 * (a rule that refers to a refused one is refused as well, and says so).
 */
RQ_MUST_USE enum rq_err rule_parse(struct rule_set *set, const char *name_space,
				   const char *file, struct bytes text,
				   const struct rule_options *options,
				   struct rule_report *report);

#endif
