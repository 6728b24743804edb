/* Tests of the search: one string, one object, and what is found in it. */
#ifndef RAQUET_ENGINE_MATCH_SEARCH_WORLD_H
#define RAQUET_ENGINE_MATCH_SEARCH_WORLD_H

#include "bytes/test.h"

#include "bytes/buffer.h"
#include "engine/match/search.h"
#include "engine/ruleset/pattern.h"

/* Sets the standard alphabet of base64. */
void world_alphabet(struct rule_string *string);

/* The image of string as the one trigger of a rule set. */
void world_compile(const struct rule_string *string, struct buffer *image_out,
		   uint32_t *pattern_out);

/*
 * Compiles string, searches data in every way there is (as a trigger, on demand,
 * plainly, with each kernel) and fails unless each finds what `found` says:
 * "offset+length ...", with ^key behind those of xor strings.
 */
void assert_world_finds(const char *name, const struct rule_string *string,
			struct bytes data, const char *found);

#endif
