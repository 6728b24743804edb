/*
 * Rules and conditions as they lie in the image, and the view of them that a scan uses.
 *
 * A condition is a tree of nodes in which kids come before their parent and every node
 * has one parent, so that no cycle and no shared part is possible; indexes of strings,
 * rules and texts count from the start of their section.  ruleset_open checks all of
 * it; who reads the view need not.
 *
 * How a rule comes to be evaluated:
 *
 *     trigger   one of its strings matched (IMAGE_TRIGGERS, by pattern)
 *     check     one of its strings matched at a fixed offset (IMAGE_CHECKS)
 *     key       an expression has a value that the rule asks for (IMAGE_TERMS, _KEYS)
 *     always    nothing of the kind is known of it (IMAGE_ALWAYS)
 *
 * and in all four its gate must be open.  A rule that is not reached is false.
 */
#ifndef RAQUET_ENGINE_RULESET_CONDITION_H
#define RAQUET_ENGINE_RULESET_CONDITION_H

#include "engine/module/module.h"
#include "engine/rule/rule.h"
#include "engine/ruleset/image.h"

enum { CONDITION_MAX_SLOTS = 16 };

struct image_node {
	uint8_t op;         /* enum expr_op */
	uint8_t type;       /* enum value_type of a constant */
	uint8_t quantifier; /* enum quantifier */
	uint8_t flags;      /* enum node_flag */
	uint8_t width;      /* READ: bytes */
	uint8_t spare;
	uint16_t module; /* into IMAGE_IMPORTS */
	uint32_t index;  /* slot, string, rule or external; NODE_CURRENT */
	uint32_t field;  /* of the module, in the order of its declaration */
	uint32_t first_kid, n_kids;
	union {
		int64_t integer; /* constant; REGEX: offset in IMAGE_CONDITION_CODE */
		double real;
		struct image_text text;
		struct {
			uint32_t first, n;
		} set; /* in IMAGE_SETS */
	};
};

enum node_flag {
	NODE_SET_IS_RULES = 1 << 0,
	NODE_READ_SIGNED = 1 << 1,
	NODE_READ_BIG_ENDIAN = 1 << 2,
	NODE_HAS_FLOAT =
	    1 << 3, /* a comparison of floats, or of a float and an integer */
};

#define NODE_CURRENT UINT32_MAX /* the string at hand in `for of` */

enum image_rule_flag {
	RULE_PRIVATE = 1 << 0,
	RULE_GLOBAL = 1 << 1,
	RULE_SPEAKS =
	    1 << 2, /* calls console: evaluated once, in order, or not at all */
};

struct image_rule {
	struct image_text identifier;
	uint32_t name_space, flags;
	uint32_t first_tag, n_tags;
	uint32_t first_meta, n_metas;
	uint32_t first_string, n_strings;
	uint32_t root; /* its condition */
	uint32_t gate;
};

/* When a string of a rule that is still open is searched for, the cheapest first. */
enum search_stage {
	STAGE_RARE,   /* nothing but a sweep: four known bytes that are seldom seen */
	STAGE_SHORT,  /* many places to look at */
	STAGE_COSTLY, /* an expression is run at many places, or everywhere */
	N_STAGES,
};

struct image_rule_string {
	struct image_text identifier;
	uint32_t pattern;
	uint16_t stage; /* enum search_stage */
	uint8_t is_private, is_hex;
	uint64_t reported_at; /* only a match there is told; OFFSET_ANY: all are */
};

struct image_meta {
	uint32_t key; /* in IMAGE_TEXT: n_key bytes */
	uint16_t n_key, kind;
	union {
		struct image_text text;
		int64_t integer;
	};
};

static inline struct image_text meta_key(const struct image_meta *meta)
{
	return (struct image_text){meta->key, meta->n_key};
}

struct image_external {
	struct image_text name, text;
	union {
		int64_t integer;
		double real;
	};
	uint32_t type;
	uint16_t is_used, is_common;
};

/* A module and the digest of its declaration: an image of another build is refused. */
struct image_import {
	struct image_text name;
	uint8_t digest[32];
};

/* What an object must be for a rule to be true. */
struct image_gate {
	uint64_t min_size,
	    max_size;     /* other than 0 and UINT64_MAX: filesize is asked for */
	uint32_t classes; /* bit set of enum object_class */
	uint32_t spare;
};

struct image_check {
	uint64_t offset;
	uint32_t pattern, rule;
};

/* An expression that is worth a look-up; with loops, every value it takes. */
struct image_term {
	uint32_t root, gate;
	uint32_t first_key,
	    n_keys; /* a hash table with linear probing; a power of two */
};

struct image_key {
	uint32_t type;     /* VALUE_INT, VALUE_TEXT; VALUE_UNDEFINED: empty */
	uint32_t first, n; /* rules, in IMAGE_KEY_RULES */
	uint32_t spare;
	union {
		int64_t integer;
		struct image_text text;
	};
};

uint32_t condition_key_hash(struct value value);

/* Everything above, checked. */
struct conditions {
	const struct image *image;
	const struct image_text *name_spaces, *tags;
	const struct image_rule *rules;
	const struct image_rule_string *strings;
	const struct image_meta *metas;
	const struct image_external *externals;
	const struct image_import *imports;
	const struct image_node *nodes;
	const uint32_t *kids, *sets;
	const struct image_gate *gates;
	const uint32_t *trigger_starts; /* per pattern, one more at the end */
	const uint32_t *triggers;       /* rules */
	const struct image_check *checks;
	const struct image_term *terms;
	const struct image_key *keys;
	const uint32_t *key_rules;
	const uint32_t *always;
	const uint32_t *globals; /* rules that are global */
	const uint8_t *code;     /* of regular expressions in conditions */

	size_t n_name_spaces, n_tags, n_rules, n_strings, n_metas, n_externals,
	    n_imports, n_nodes, n_kids, n_sets, n_gates, n_trigger_starts, n_triggers,
	    n_checks, n_terms, n_keys, n_key_rules, n_always, n_globals, n_code,
	    n_patterns;

	const struct module **modules;   /* per import */
	struct condition_field **fields; /* per import, by number */
	uint32_t *n_fields;
};

/* A field and the types of its keys and arguments: as in module_field.arguments. */
struct condition_field {
	const struct module_field *field;
	char types[MODULE_MAX_KEYS + MODULE_MAX_ARGUMENTS + 1];
	uint8_t n_keys;
};

struct ruleset;
const struct conditions *ruleset_conditions(const struct ruleset *ruleset);

/*
 * The fields of a module in the order of its declaration, outer before inner; returns
 * how many there are, and stores as many as fit.
 */
uint32_t condition_list_fields(const struct module *module,
			       struct condition_field *fields, uint32_t room);

/* SHA-256 over all that a compiled field depends on. */
RQ_MUST_USE enum rq_err condition_module_digest(const struct module *module,
						uint8_t digest[32]);

/* Checks every index of the view, and that each condition is a tree. */
RQ_MUST_USE enum rq_err conditions_check(const struct conditions *view,
					 struct rq_diag *diag);

#endif
