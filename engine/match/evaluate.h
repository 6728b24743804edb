/*
 * Evaluating conditions on one object.
 *
 * An evaluation may meet what is not known yet: matches of a string that was not
 * searched, a rule that is still open.  It then goes on as far as the rest decides the
 * matter (`x and false` is false whatever x is) and answers TRUTH_UNKNOWN otherwise.
 * So the same code serves the cheap first look and the last word.
 */
#ifndef RAQUET_ENGINE_MATCH_EVALUATE_H
#define RAQUET_ENGINE_MATCH_EVALUATE_H

#include "engine/match/search.h"
#include "engine/ruleset/condition.h"

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

struct evaluator; /* one per thread; refers to a view that must stay */

RQ_MUST_USE enum rq_err evaluator_new(const struct conditions *view,
				      struct evaluator **evaluator_out);
void evaluator_free(struct evaluator *evaluator);

/* What an object is evaluated with; all borrowed until the next begin. */
struct evaluate_input {
	const struct object *object;
	struct search *search; /* begun with the same object */
	struct arena *arena;
	const struct value *externals; /* as many as the view declares */
	void (*console)(void *listener, struct bytes line);
	void *listener;
	int64_t now;          /* seconds since 1970 */
	uint64_t deadline_ns; /* monotonic; 0: none */
	bool libyara_limits;  /* where libyara's modules stop is the end for us too */
};

/* Begins with a new object: all rules are false. */
void evaluator_begin(struct evaluator *evaluator, const struct evaluate_input *input);

/* What conditions see of rule; the caller says it in source order. */
void evaluator_set(struct evaluator *evaluator, uint32_t rule, enum truth truth);
enum truth evaluator_get(const struct evaluator *evaluator, uint32_t rule);

/* Evaluates the condition at root, of a rule or any other; sets nothing. */
enum truth evaluator_condition(struct evaluator *evaluator, uint32_t root);

/* Tells every value that a term takes in the object, loops included; false when it may
 * take others as well. */
bool evaluator_term(struct evaluator *evaluator, uint32_t root,
		    void (*tell)(void *listener, struct value value), void *listener);

/* The state of a module for the object, which is opened now at the latest.  False: no
 * memory. */
bool evaluator_module(struct evaluator *evaluator, uint16_t import, void **state_out);

/* What went wrong since begin. */
bool evaluator_timed_out(const struct evaluator *evaluator);
bool evaluator_too_complex(const struct evaluator *evaluator);
bool evaluator_out_of_memory(const struct evaluator *evaluator);
/* A module left something out (bytes/cut.h): what it gave may not be all. */
bool evaluator_cut(const struct evaluator *evaluator);

#endif
