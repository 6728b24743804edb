/*
 * What libyara would search for to find a string: its atoms, of at most four bytes.
 *
 * We search differently; but rules are written against libyara's warnings, and those
 * depend on the quality of its atoms.  Nothing here decides whether there is a match;
 * how long it is depends on where libyara finds it.
 */
#ifndef RAQUET_ENGINE_RULE_ATOM_H
#define RAQUET_ENGINE_RULE_ATOM_H

#include "engine/rule/rule.h"

/* Below this, a string "may slow down scanning". */
#define ATOM_QUALITY_SLOW 38

struct atoms {
	int quality;         /* of the worst one; at most 88 */
	uint64_t n;          /* how many libyara would insert */
	bool in_alternative; /* they are some of each way of it */
};

struct atoms atoms_of(const struct rule_string *string);

/* Those of an expression or part of a hex string. */
struct atoms atoms_of_tree(const struct rule_string *string,
			   const struct re_node *root);

/* Whether .*, .+ or .{n,} stands in regex, outside of alternatives and repeats. */
bool regex_has_unbounded_dot(const struct regex *regex);

#endif
