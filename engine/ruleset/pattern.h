/*
 * Patterns: the distinct strings of a rule set, prepared for searching.
 *
 * Strings that are equal in text, kind and modifiers are one pattern, however many
 * rules use them.  The compiler adds every string of every rule, learns what each would
 * cost to search, chooses for each rule the triggers (strings of which at least one
 * must occur for the rule to be true), and marks those; only marked patterns are
 * searched in every object.  The rest can be asked for object by object.
 */
#ifndef RAQUET_ENGINE_RULESET_PATTERN_H
#define RAQUET_ENGINE_RULESET_PATTERN_H

#include "engine/rule/rule.h"
#include "engine/ruleset/image.h"

struct pattern_builder;

/* How a pattern can be found. */
enum pattern_tier {
	PATTERN_GRAMS, /* every alignment has a four-byte gram: the fast filter */
	PATTERN_SHORT, /* some alignment has only two or three known bytes */
	PATTERN_SLOW,  /* no fixed bytes worth looking for: tried everywhere */
};

struct pattern_cost {
	enum pattern_tier tier;
	double hits_per_mb; /* expected places that must be looked at, by the table */
};

struct pattern_options {
	bool libyara_limits; /* a regular expression reaches 4,096 bytes at most */
	/* How many more places a megabyte have each gram (by gram_table_place, 65,536
	 * of them) than files do, for rules that are not about files; NULL: none. */
	const uint16_t *common;
};

RQ_MUST_USE enum rq_err pattern_builder_new(const struct pattern_options *options,
					    struct pattern_builder **builder_out);
void pattern_builder_free(struct pattern_builder *builder);

/*
 * Adds a string (borrowed until finish) and gives its pattern and cost.
 * RQ_ERR_RULE: the expression is too large or too complex; report has the message.
 */
RQ_MUST_USE enum rq_err pattern_builder_add(
    struct pattern_builder *builder, const struct rule_string *string, const char *rule,
    struct rule_report *report, uint32_t *pattern_out, struct pattern_cost *cost_out);

/* Pattern will be searched in every object of the classes (bit set of
 * enum object_class, engine/object/object.h). */
void pattern_builder_trigger(struct pattern_builder *builder, uint32_t pattern,
			     uint32_t classes);

/* Whether string, up to its first long jump, is plain text for libyara. */
bool pattern_starts_with_text(const struct rule_string *string);

/* Chooses grams, builds filters, writes the sections IMAGE_PATTERNS and following. */
RQ_MUST_USE enum rq_err pattern_builder_finish(struct pattern_builder *builder,
					       struct image_builder *image);

#endif
