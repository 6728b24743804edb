/*
 * From the checked tree to the nodes of the image.
 */
#ifndef RAQUET_ENGINE_RULESET_EMIT_H
#define RAQUET_ENGINE_RULESET_EMIT_H

#include "engine/ruleset/condition.h"
#include "engine/ruleset/need.h"

struct emit_module {
	const struct module *module;
	struct condition_field *fields;
	uint32_t n_fields;
};

struct emitter {
	struct image_builder *image;
	struct arena *arena;
	struct rule_report *report;
	const struct rule *rule;           /* whose condition is being written */
	uint32_t first_string;             /* of the rule, in IMAGE_RULE_STRINGS */
	const uint32_t *rule_places;       /* where each rule of the set went */
	const struct emit_module *modules; /* per import */
	size_t n_modules;
	struct buffer code; /* of regular expressions */
};

/* Lists the fields of what is imported, once; nodes refer to them by number. */
RQ_MUST_USE enum rq_err emit_modules(struct emitter *emitter,
				     const struct module *const *imports,
				     size_t n_imports);

/* Writes e with all that belongs to it.  RQ_ERR_RULE: the report says why. */
RQ_MUST_USE enum rq_err emit_condition(struct emitter *emitter, const struct expr *e,
				       uint32_t *root_out);

/* Writes an expression inside its loops; the innermost body is the expression. */
RQ_MUST_USE enum rq_err emit_term(struct emitter *emitter, const struct expr *e,
				  const struct need_loop *loops, uint32_t *root_out);

/* Appends bytes that are equal for equal terms and different for others. */
void emit_fingerprint(const struct expr *e, const struct need_loop *loops,
		      struct buffer *out);

#endif
