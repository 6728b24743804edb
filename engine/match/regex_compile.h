/* From the tree of a regular expression to its program. */
#ifndef RAQUET_ENGINE_MATCH_REGEX_COMPILE_H
#define RAQUET_ENGINE_MATCH_REGEX_COMPILE_H

#include "engine/match/regex.h"

struct regex_code_options {
	bool nocase;
	bool wide;
	bool backward;
	bool lazy;     /* hex strings: every repeat prefers fewer */
	bool shortest; /* the shortest match counts, whatever is preferred */
};

/* Appends the program of the tree at root to code.  RQ_ERR_LIMIT: too large. */
RQ_MUST_USE enum rq_err regex_compile_tree(const struct re_node *root,
					   const struct regex_code_options *options,
					   struct buffer *code, uint32_t *offset_out);

/* The bytes that the SET node matches, with folding and negation applied. */
struct byte_set regex_set_of(const struct re_node *node, bool nocase);

/* Whether the tree matches the empty text; when not, adds to *first every byte with
 * which a match can start. */
bool regex_first_bytes(const struct re_node *node, bool nocase, struct byte_set *first);

#endif
