/* What the files of the evaluation share; nobody else includes this. */
#ifndef RAQUET_ENGINE_MATCH_EVALUATE_PARTS_H
#define RAQUET_ENGINE_MATCH_EVALUATE_PARTS_H

#include "engine/match/evaluate.h"
#include "engine/match/regex.h"

struct module_state {
	uint32_t epoch; /* of the object for which it was opened */
	bool failed;
	void *state;
};

struct evaluator {
	const struct conditions *view;
	struct evaluate_input input;
	struct regex_scratch *scratch;
	struct module_context context;
	struct module_state *modules; /* per import */
	uint32_t epoch;               /* of the object at hand */
	uint32_t *rule_epochs;        /* truths of other epochs are stale: false */
	uint8_t *truths;

	struct value slots[CONDITION_MAX_SLOTS];
	uint32_t current; /* string that $ stands for, or NODE_CURRENT */
	bool unknown;     /* something that was met is not known */
	bool timed_out, too_complex, out_of_memory;
	uint64_t n_cuts; /* before anything was asked */
	uint32_t loop_depth;
	uint32_t rounds; /* of loops, to look at the clock now and then */
	bool entry_is_known;
	struct value entry;
};

struct value evaluate(struct evaluator *v, uint32_t node);
struct value evaluate_kid(struct evaluator *v, const struct image_node *node,
			  uint32_t i);
bool evaluate_has_number(const struct image_node *node);

struct value evaluate_string(struct evaluator *v, const struct image_node *node);
struct value evaluate_of(struct evaluator *v, const struct image_node *node);

struct value evaluate_loop(struct evaluator *v, const struct image_node *node);

struct value evaluate_field(struct evaluator *v, const struct image_node *node);
struct value evaluate_call(struct evaluator *v, const struct image_node *node);
/* The module's state for the object, opened when first asked for.  false: no memory,
 * and what depends on it is not known. */
bool evaluate_module(struct evaluator *v, uint16_t import, void **state_out);
/*
 * A module cannot tell of failure: what it gave is not known when an allocation was
 * refused since there were that many refusals.
 */
void evaluate_note_refusals(struct evaluator *v, uint64_t n_before);
/* Whether time is over, which makes what follows unknown. */
bool evaluate_out_of_time(struct evaluator *v);
/* Keys and arguments from kids[first..first+n); false when one is undefined. */
bool evaluate_keys(struct evaluator *v, const struct image_node *node, uint32_t first,
		   uint32_t n, struct value *keys);

/* Offset in the file, or address in memory, at which the program starts. */
struct value entry_point_of(const struct object *object);

#endif
