/*
 * The tree of a regular expression or a hex string (facts: YARA 4.5 language).
 *
 * Both speak of the same few things, so that one compiler and one matcher serve both:
 * a hex string is a shortest-match expression in which every byte counts.
 */
#ifndef RAQUET_ENGINE_RULE_REGEX_H
#define RAQUET_ENGINE_RULE_REGEX_H

#include "bytes/arena.h"

struct rule_report;
struct rule_place;

/* A set of byte values; bit v % 64 of bits[v / 64] stands for v. */
struct byte_set {
	uint64_t bits[4];
};

static inline bool byte_set_has(const struct byte_set *set, uint8_t value)
{
	return set->bits[value >> 6] >> (value & 63) & 1;
}

static inline void byte_set_add(struct byte_set *set, uint8_t value)
{
	set->bits[value >> 6] |= UINT64_C(1) << (value & 63);
}

enum re_op {
	RE_EMPTY,             /* matches nothing, of length 0 */
	RE_SET,               /* one byte in set (not in it, when negated) */
	RE_CONCAT,            /* kids one after another */
	RE_ALTERNATIVE,       /* one of kids */
	RE_REPEAT,            /* kids[0], min to max times */
	RE_START,             /* ^: start of the object */
	RE_END,               /* $: end of the object */
	RE_WORD_BOUNDARY,     /* \b */
	RE_NOT_WORD_BOUNDARY, /* \B */
};

#define RE_UNBOUNDED UINT32_MAX

struct re_node {
	enum re_op op;
	bool negated; /* SET: folding for nocase comes before the negation */
	/* SET: written as [...] or \w; libyara's warnings tell it apart */
	bool is_class;
	bool is_dot;   /* SET: a '.', and not a group of one */
	bool lazy;     /* REPEAT */
	bool in_group; /* REPEAT: libyara takes strings apart only outside of groups */
	struct byte_set set;
	uint32_t min, max; /* REPEAT; max may be RE_UNBOUNDED */
	struct re_node **kids;
	size_t n_kids;
};

struct regex {
	struct re_node *root;
	struct bytes source; /* between the slashes or braces, for messages */
	bool nocase;         /* flag i; for strings the modifier counts as well */
	bool dotall;         /* flag s; already applied to every '.' */
	bool is_hex;
	bool
	    shortest; /* has lazy repeats, or is_hex: the shortest match from each start */
};

/* What regex_parse may meet; the numbers are libyara's where it has one. */
struct regex_options {
	bool nocase, dotall; /* the letters behind the closing slash */
	bool
	    strict_escape; /* warn of an escape without meaning (\q is q), as libyara does */
};

/*
 * Parses the text between the slashes.  Everything lives in arena; source must stay.
 * RQ_ERR_RULE: the report got an error at `at` (line and column of the opening slash,
 * so that columns inside can be counted).  identifier is used in messages: "$a", or
 * NULL for a regular expression in a condition.
 */
RQ_MUST_USE enum rq_err regex_parse(struct arena *arena, struct bytes source,
				    const struct regex_options *options,
				    const char *identifier, const struct rule_place *at,
				    struct rule_report *report,
				    struct regex **regex_out);

/* The same for the text between the braces of a hex string; comments are allowed. */
RQ_MUST_USE enum rq_err hex_parse(struct arena *arena, struct bytes source,
				  const char *identifier, const struct rule_place *at,
				  struct rule_report *report, struct regex **regex_out);

#endif
