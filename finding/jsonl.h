/*
 * The result as JSON Lines: one event a line, written as it happens, so that what was
 * found is on the disk when the machine loses power.  docs/result-format.md describes
 * every field; names and shape are stable.
 */
#ifndef RAQUET_FINDING_JSONL_H
#define RAQUET_FINDING_JSONL_H

#include "finding/finding.h"

void jsonl_match(struct buffer *out, const struct finding *finding, bool strings);
void jsonl_gap(struct buffer *out, const struct gap *gap);
void jsonl_summary(struct buffer *out, const struct summary *summary);

#endif
