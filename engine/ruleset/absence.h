/*
 * What a condition is when strings are absent: `#a > 2` is false without $a, `@a < 10`
 * is undefined, `not $a` is true, `filesize > #a` cannot be told.
 */
#ifndef RAQUET_ENGINE_RULESET_ABSENCE_H
#define RAQUET_ENGINE_RULESET_ABSENCE_H

#include "bytes/arena.h"
#include "engine/rule/rule.h"

#define ABSENCE_ALL UINT32_MAX
#define ABSENCE_PE  (UINT32_MAX - 1) /* not a string: the object is no PE image */

struct absence_set {
	uint32_t *strings; /* each once */
	size_t n;
};

/* The strings that e speaks of; current is what $ stands for.  false: no memory. */
bool absence_collect(struct arena *arena, const struct expr *e, uint32_t current,
		     struct absence_set *set_out);

/*
 * Whether e surely does not hold in an object in which string (or, with ABSENCE_ALL,
 * every string of e) has no match, whatever else the object may be; with ABSENCE_PE, in
 * one for which the module pe has nothing to say.
 */
bool absence_is_false(const struct expr *e, uint32_t current, uint32_t string);

#endif
