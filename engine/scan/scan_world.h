/* Rules from text and one scan after another, for tests. */
#ifndef RAQUET_ENGINE_SCAN_SCAN_WORLD_H
#define RAQUET_ENGINE_SCAN_SCAN_WORLD_H

#include "engine/scan/scan.h"

struct scan_world {
	struct arena *arena;
	struct rule_set *set;
	struct rule_report report;
	struct buffer image;
	struct ruleset *ruleset;
	struct scanner *scanner;
	struct buffer lines; /* of console, each with its end */
};

/* External variables that the rules may use, ended by a NULL name; an undefined value:
 * one that the scan knows for each object. */
struct scan_external {
	const char *name;
	struct value value;
};

/* false: the rules were refused; the report says why.  Free in any case. */
bool scan_world_new(struct scan_world *world, const char *rules,
		    const struct scan_external *externals, bool search_all);
void scan_world_free(struct scan_world *world);

/* The names of the matching rules with a space behind each; lives until the next. */
const char *scan_world_names(struct scan_world *world, const struct object *object,
			     const struct scan_request *request);

/* Likewise, of a result that is there. */
const char *scan_world_result_names(struct scan_world *world,
				    const struct scan_result *result);

#endif
