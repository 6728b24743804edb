/*
 * What a cached rule set needs besides its image: what was said about it when it was
 * compiled, and which included files it was made from.  docs/rules-cache-format.md has
 * the bytes.
 */
#ifndef RAQUET_ENDPOINT_RULES_NOTES_H
#define RAQUET_ENDPOINT_RULES_NOTES_H

#include "endpoint/rules.h"

void rules_notes_write(const struct rules *rules, struct buffer *to);

/*
 * Fills all of *rules but image and ruleset, which are open already, and reads each
 * included file again.  RQ_ERR_FORMAT: not notes of this rule set; RQ_ERR_NOT_FOUND:
 * an included file is another now.
 */
RQ_MUST_USE enum rq_err rules_notes_read(struct bytes notes, struct rules *rules);

#endif
