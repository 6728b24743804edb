/* One source in a set of its own, for the tests of this folder. */
#ifndef RAQUET_ENGINE_RULE_TEST_H
#define RAQUET_ENGINE_RULE_TEST_H

#include "bytes/test.h"
#include "engine/rule/rule.h"

#include <string.h>

struct parsed {
	struct rule_set *set;
	struct arena *arena;
	struct rule_report report;
	enum rq_err err;
};

static inline struct parsed parse(const char *text, const struct rule_options *options)
{
	static const struct rule_options none = {0};
	const struct value zero = value_int(0), empty = value_text(BYTES_LITERAL(""));
	struct parsed p = {0};

	assert_int_equal(rule_set_new(16 << 20, &p.set), RQ_OK);
	assert_int_equal(arena_new(1 << 20, &p.arena), RQ_OK);
	rule_report_init(&p.report, p.arena);
	assert_int_equal(rule_set_external(p.set, "zero", &zero), RQ_OK);
	assert_int_equal(rule_set_external(p.set, "filename", &empty), RQ_OK);
	p.err = rule_parse(p.set, NULL, "test.yar", bytes_of(text),
			   options != NULL ? options : &none, &p.report);
	return p;
}

static inline void parsed_free(struct parsed *p)
{
	rule_report_clear(&p->report);
	arena_free(p->arena);
	rule_set_free(p->set);
}

#endif
