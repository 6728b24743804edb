/* The forms of text in which a string can occur. */
#ifndef RAQUET_ENGINE_RULESET_PATTERN_VARIANTS_H
#define RAQUET_ENGINE_RULESET_PATTERN_VARIANTS_H

#include "bytes/arena.h"
#include "engine/rule/rule.h"

/* Text with a zero behind each byte, in arena; {NULL, 0} when out of memory. */
struct bytes wide_text(struct arena *arena, struct bytes text);

/*
 * What of the base64 form of text is the same wherever text begins: shift (0 to 2)
 * bytes stand before it in its group of three.  Characters into which bits of the
 * neighbours go are left out.  {NULL, 0} when out of memory.
 */
struct bytes base64_text(struct arena *arena, struct bytes text, unsigned shift,
			 const char alphabet[64]);

/* The bytes of an expression that is nothing but bytes; false for any other. */
bool regex_is_text(const struct re_node *root, struct arena *arena,
		   struct bytes *text_out);

#endif
