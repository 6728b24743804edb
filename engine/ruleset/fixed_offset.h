/*
 * Strings that a rule asks for at one place only.
 *
 * Where `$a at 0` is all that a condition says of a string of plain text, libyara looks
 * for it at that offset alone and reports no other match.  We look for it everywhere,
 * since other rules may share the pattern, and leave the others out of the result.
 */
#ifndef RAQUET_ENGINE_RULESET_FIXED_OFFSET_H
#define RAQUET_ENGINE_RULESET_FIXED_OFFSET_H

#include "engine/rule/rule.h"

#define OFFSET_ANY UINT64_MAX

/* For each string of rule the one offset whose match is reported, or OFFSET_ANY.
 * offsets has room for all. */
void fixed_offsets(const struct rule *rule, uint64_t *offsets);

#endif
