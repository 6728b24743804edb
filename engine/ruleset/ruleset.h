/*
 * A rule set ready to scan with: immutable, shared by all threads, counted.
 */
#ifndef RAQUET_ENGINE_RULESET_RULESET_H
#define RAQUET_ENGINE_RULESET_RULESET_H

#include "engine/rule/rule.h"
#include "engine/ruleset/image.h"
#include "engine/ruleset/pattern.h"

struct ruleset;

/*
 * Compiles a checked set into an image.  report gets what only the compiler finds
 * (an expression too large).  RQ_ERR_RULE with keep_going false; with it such rules,
 * and rules that refer to them, are left out.
 */
struct ruleset_compile_options {
	bool keep_going;
	struct pattern_options pattern;
};
RQ_MUST_USE enum rq_err ruleset_compile(const struct rule_set *set,
					const struct ruleset_compile_options *options,
					struct rule_report *report,
					struct buffer *image_out);

/* What is to be checked of an image beyond its head and the bounds of its sections. */
enum ruleset_check {
	RULESET_CHECK_ALL,     /* the digest, and every index of the conditions */
	RULESET_CHECK_INDEXES, /* it was made here, or an authentication code is right */
	RULESET_CHECK_NONE,    /* another process did, and nobody can change it since */
};

/*
 * Opens an image: validates what check says, resolves modules by name.  (The patterns
 * are checked by whoever searches.)  data stays the caller's and must stay until the
 * last unref.  RQ_ERR_FORMAT: damaged or of another version of this program.
 */
RQ_MUST_USE enum rq_err ruleset_open(const void *data, size_t size,
				     enum ruleset_check check,
				     struct ruleset **ruleset_out,
				     struct rq_diag *diag);
/*
 * Fetches what its modules need of the system, for this thread: before a worker is
 * confined.
 */
RQ_MUST_USE enum rq_err ruleset_prepare(const struct ruleset *ruleset,
					struct rq_diag *diag);

struct ruleset *ruleset_ref(struct ruleset *ruleset);
void ruleset_unref(struct ruleset *ruleset);

const struct image *ruleset_image(const struct ruleset *ruleset);

/* ---- what a result needs to know ---- */

struct ruleset_meta {
	struct bytes key;
	enum meta_kind kind;
	struct bytes text;
	int64_t integer;
};

struct ruleset_rule {
	struct bytes identifier, name_space;
	bool is_private, is_global;
	uint32_t n_tags, n_metas, n_strings;
};

size_t ruleset_n_rules(const struct ruleset *ruleset);
size_t ruleset_n_strings(const struct ruleset *ruleset); /* of all rules */
struct ruleset_rule ruleset_rule(const struct ruleset *ruleset, uint32_t rule);
struct bytes ruleset_tag(const struct ruleset *ruleset, uint32_t rule, uint32_t i);
struct ruleset_meta ruleset_meta(const struct ruleset *ruleset, uint32_t rule,
				 uint32_t i);

/* What makes a scan evaluate a rule; a bit set.  None: only another rule can ask for
 * it, or it cannot match. */
enum ruleset_reach {
	RULESET_REACH_STRING = 1 << 0,  /* a string of it was found */
	RULESET_REACH_OFFSET = 1 << 1,  /* a string of it stands at a fixed offset */
	RULESET_REACH_LOOK_UP = 1 << 2, /* a value has one of its constants */
	RULESET_REACH_ALWAYS = 1 << 3,  /* nothing: every object pays for it */
};
/* Fills n_rules bytes. */
void ruleset_reach(const struct ruleset *ruleset, uint8_t *reach_out);

size_t ruleset_n_externals(const struct ruleset *ruleset);
/* Name and default value of an external variable. */
void ruleset_external(const struct ruleset *ruleset, size_t i, struct bytes *name_out,
		      struct value *value_out);
/* Whether a condition names it: a value that nobody asks for need not be computed. */
bool ruleset_external_is_used(const struct ruleset *ruleset, size_t i);
/* Whether that is no value that somebody gave; see rule_set_common_external. */
bool ruleset_external_is_common(const struct ruleset *ruleset, size_t i);

#endif
