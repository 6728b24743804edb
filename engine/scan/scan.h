/*
 * Scanning: the public entry of the engine.
 *
 * A scanner is light, belongs to one thread and serves one object after another.
 */
#ifndef RAQUET_ENGINE_SCAN_SCAN_H
#define RAQUET_ENGINE_SCAN_SCAN_H

#include "engine/match/search.h"
#include "engine/object/object.h"
#include "engine/ruleset/ruleset.h"

struct scanner;

struct scanner_options {
	struct search_options search;
	uint64_t timeout_ms; /* for one object; 0: none */
	size_t max_memory;   /* arena of one object, bytes */
	/* console.log; NULL: dropped */
	void (*console)(void *listener, struct bytes line);
	/* all that modules know of an object, a line at a time (engine/module/
	 * module_print.h), until it returns false; NULL: nobody asks */
	bool (*module_data)(void *listener, struct bytes line);
	void *listener;
};

void scanner_options_default(struct scanner_options *options);

RQ_MUST_USE enum rq_err scanner_new(struct ruleset *ruleset,
				    const struct scanner_options *options,
				    struct scanner **scanner_out);
void scanner_free(struct scanner *scanner);

/*
 * Sets an external variable for the objects that follow; text is borrowed until the
 * next scan ends.  RQ_ERR_NOT_FOUND: no rule declares it.  RQ_ERR_USAGE: other type
 * (an integer is taken for a float).
 */
RQ_MUST_USE enum rq_err scanner_define(struct scanner *scanner, const char *name,
				       const struct value *value);

/* One string of a matching rule, as the condition saw it. */
struct scan_string {
	struct bytes identifier; /* "$a" */
	bool is_private, is_hex;
	const struct match *matches; /* by rising offset */
	size_t n_matches;
};

struct scan_rule {
	uint32_t rule; /* for ruleset_rule() */
	const struct scan_string
	    *strings; /* only with want_strings; those with matches */
	size_t n_strings;
};

struct scan_request {
	bool want_strings; /* complete match lists of all strings of matching rules */
	bool want_not_matching; /* yara -n: list the rules that are false instead */
};

/* Why an answer is not complete; a bit set. */
enum scan_gap {
	SCAN_TIMEOUT = 1 << 0,
	SCAN_TOO_MANY_MATCHES = 1 << 1,
	SCAN_TOO_COMPLEX = 1 << 2,
	SCAN_OUT_OF_MEMORY = 1 << 3,
	SCAN_MODULE_LIMIT = 1 << 4, /* a module that rules asked left something out */
};

/* A string with more matches than are kept: those that are missing are unknown to the
 * conditions. */
struct scan_cut {
	uint32_t rule;
	struct bytes identifier;
};

struct scan_result {
	const struct scan_rule *rules; /* in source order, without private rules */
	size_t n_rules;
	const struct scan_cut *cuts; /* with SCAN_TOO_MANY_MATCHES: why */
	size_t n_cuts;
	uint32_t gaps; /* enum scan_gap */
};

/*
 * Scans object.  The result lives until the next scan or scanner_free.  Timeouts and
 * the like are gaps in the result, not errors; RQ_ERR_MEMORY only when not even an
 * empty result could be made.
 */
RQ_MUST_USE enum rq_err scanner_scan(struct scanner *scanner,
				     const struct object *object,
				     const struct scan_request *request,
				     const struct scan_result **result_out);

#endif
