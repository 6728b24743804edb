/*
 * What a rule needs to be true.
 *
 * From a condition follow events of which at least one must be seen in an object for
 * the condition to hold: a string matches, a string matches at a fixed offset, an
 * expression equals a constant, a test is passed.  `and` needs the cheapest of its
 * kids' needs, `or` all of them together, `k of n` the n-k+1 cheapest.  A condition of
 * which nothing is known has no bounded need and is always evaluated.
 *
 * Beside it a gate: what kind and size of object the condition asks for.
 */
#ifndef RAQUET_ENGINE_RULESET_NEED_H
#define RAQUET_ENGINE_RULESET_NEED_H

#include "bytes/arena.h"
#include "engine/ruleset/condition.h"
#include "engine/ruleset/pattern.h"

/* A loop around an expression, outermost first: its values are those that the
 * expression takes in the rounds of the loop. */
struct need_loop {
	const struct expr *loop;
	const struct need_loop *inner;
};

enum need_kind { NEED_MATCH, NEED_MATCH_AT, NEED_EQUAL };

struct need_event {
	enum need_kind kind;
	uint32_t pattern; /* MATCH, MATCH_AT */
	uint64_t offset;  /* MATCH_AT */
	/* EQUAL */
	const struct expr *expr;
	const struct need_loop *loops;
	struct value constant;
};

struct need {
	bool bounded;
	double
	    cost; /* how often one of the events happens, in a rough common measure */
	const struct need_event *events; /* none: the condition never holds */
	size_t n_events;
	const struct need *also; /* the next cheapest that must be met too, or NULL */
};

/* What is known of the rule's strings and of earlier rules. */
struct need_context {
	struct arena *arena;
	const uint32_t *patterns;         /* per string of the rule */
	const struct pattern_cost *costs; /* likewise */
	const struct rule_string *strings;
	const struct need *rule_needs; /* per rule of the set */
	const struct image_gate *rule_gates;
	bool modules_gate; /* the gate is for objects of one block: see need_gate */
	bool
	    failed; /* out of memory: every need is unbounded then, which is always right */
};

struct need need_of_condition(struct need_context *context,
			      const struct expr *condition);

/*
 * With modules_gate, what asks the module pe is shut to objects that do not start as an
 * image does.  The module finds an image in any block of several, though: for such
 * objects, and for the search that does not tell them apart, only the gate without holds.
 */
struct image_gate need_gate(struct need_context *context, const struct expr *condition);
struct image_gate need_gate_union(struct image_gate a, struct image_gate b);

/* Whether expr calls the module that writes lines. */
bool need_speaks(const struct expr *expr);

/* How many strings libyara thinks must match for expr to be true: where it is nought,
 * the condition is evaluated in any object, else where a string of the rule matched.
 * Only lines that a condition writes make a difference. */
unsigned need_strings_libyara(const struct expr *expr);

#endif
