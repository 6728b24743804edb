/* Rules as commands load them: compiled, or taken from the cache, and opened. */
#ifndef RAQUET_ENDPOINT_RULES_H
#define RAQUET_ENDPOINT_RULES_H

#include "endpoint/rules_source.h"
#include "engine/ruleset/ruleset.h"
#include "os/map.h"

struct rules_external {
	const char *name;
	struct value value;
};

struct rules_options {
	bool keep_going; /* a bad rule is left out; else it fails all */
	bool strict_escape;
	bool libyara_limits;
	uint32_t max_strings;  /* of one rule; 0: as libyara */
	bool common_externals; /* declare those that public rules expect, as "" */
	const struct rules_external *externals; /* win over the common ones */
	size_t n_externals;
	const char *cache_folder; /* NULL: no cache */
};

/* A file that an include asked for while compiling. */
struct rules_include {
	const char *path;
	bool is_there;
	uint8_t sha256[32]; /* zeros when it is not */
};

struct rules_includes {
	struct rules_include *items; /* in the arena of the rules */
	size_t n, capacity;
};

struct rules {
	struct arena *arena; /* of everything below */
	struct rule_report report;
	struct file sealed;         /* the image, for workers */
	struct map image;           /* the same */
	struct ruleset *ruleset;    /* over image; NULL when there is none */
	uint8_t source_sha256[32];  /* of all texts, one behind the other */
	uint8_t content_sha256[32]; /* of what they include as well; what people see */
	uint8_t image_sha256[32];   /* of what a scan depends on */
	size_t n_rules, n_refused;
	bool wants_owner;
	bool from_cache;
	bool not_kept;      /* the cache could not be written */
	const char *unread; /* the first source that could not be read */
	struct rules_includes includes;
};

void rules_init(struct rules *rules);
void rules_free(struct rules *rules);

/* Whether name=value is one; the type follows the form of value, as with yara -d:
 * 1.5 a float, 12 an integer, true and false booleans, else text.  Both borrow. */
bool rules_external_read(struct arena *arena, const char *definition,
			 struct rules_external *external_out);

/*
 * Takes them from the cache, or reads and compiles.  With rules->unread any other
 * error, and only what stands before that source has been compiled.  RQ_ERR_RULE: without keep_going something was refused, with it nothing was
 * left; rules->report says what.  RQ_ERR_USAGE: an external was refused, named by diag.
 */
RQ_MUST_USE enum rq_err rules_compile(struct rules *rules,
				      const struct rules_options *options,
				      const struct rules_source *sources, size_t n,
				      struct rq_diag *diag);

/* Reads a file for an include into arena, and remembers in rules what was found. */
RQ_MUST_USE enum rq_err rules_include_read(struct rules *rules, const char *path,
					   struct arena *arena, struct bytes *text_out);

#endif
