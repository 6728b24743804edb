/*
 * Rules that are found by a value: (expression, constant) -> rules.
 *
 * A thousand rules that each ask for one serial number of a certificate cost one
 * look-up for each certificate of an object, and nothing for an object without.
 */
#ifndef RAQUET_ENGINE_RULESET_DISPATCH_H
#define RAQUET_ENGINE_RULESET_DISPATCH_H

#include "engine/ruleset/emit.h"
#include "engine/ruleset/need.h"

struct dispatch;

RQ_MUST_USE enum rq_err dispatch_new(struct dispatch **dispatch_out);
void dispatch_free(struct dispatch *dispatch);

/* The rule wants the event's expression to have its constant; gate is the rule's. */
RQ_MUST_USE enum rq_err dispatch_add(struct dispatch *dispatch,
				     const struct need_event *event, uint32_t rule,
				     struct image_gate gate);

/* Writes IMAGE_TERMS, IMAGE_KEYS, IMAGE_KEY_RULES; emitter writes the expressions. */
RQ_MUST_USE enum rq_err dispatch_write(struct dispatch *dispatch,
				       struct emitter *emitter);

#endif
