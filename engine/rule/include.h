/* Where the file named by `include "..."` lies. */
#ifndef RAQUET_ENGINE_RULE_INCLUDE_H
#define RAQUET_ENGINE_RULE_INCLUDE_H

#include "bytes/arena.h"

/*
 * name as written, seen from the file that includes it: relative to its folder, unless
 * name is absolute or file has no folder.  Both kinds of slashes count, and so does a
 * drive letter: rules travel between systems.  In arena; NULL: out of memory.
 */
const char *include_path(struct arena *arena, const char *file, struct bytes name);

#endif
