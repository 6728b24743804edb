/*
 * Compiled rules, kept from one run to the next.
 *
 * An entry is found by a code of all that its image was made from, and believed only
 * when its own code is right.  Both are made with a key of this user on this machine:
 * whoever can write such a file can run programs as this user.  Whatever is wrong with an entry
 * (damaged, of another version, somebody else's, an included file that changed), the
 * rules are compiled from their text again; a scan never depends on the cache.
 * docs/rules-cache-format.md has the bytes.
 */
#ifndef RAQUET_ENDPOINT_RULES_CACHE_H
#define RAQUET_ENDPOINT_RULES_CACHE_H

#include "endpoint/rules.h"

/* The user's folder for it; false: there is none, or RAQUET_CACHE=off. */
bool rules_cache_folder(struct buffer *path_out);

/* Unless the user said RAQUET_CACHE=off. */
bool rules_cache_is_wanted(void);

struct rules_cache;

/* Opens the cache in folder, with the key that lies there or a new one. */
RQ_MUST_USE enum rq_err rules_cache_open(const char *folder,
					 struct rules_cache **cache_out);
void rules_cache_free(struct rules_cache *cache);

/* Computes the name of the entry for these sources, whose files are read.  First of all
 * calls. */
RQ_MUST_USE enum rq_err rules_cache_choose(struct rules_cache *cache,
					   const struct rules_options *options,
					   const struct rules_source *sources,
					   size_t n);

/* Fills *rules (which has its arena) as compiling would.  RQ_ERR_NOT_FOUND: no entry
 * that can be believed; *rules is as before. */
RQ_MUST_USE enum rq_err rules_cache_load(struct rules_cache *cache,
					 struct rules *rules);

/* Keeps *rules as the entry, and removes the oldest ones beyond the caps. */
RQ_MUST_USE enum rq_err rules_cache_store(struct rules_cache *cache,
					  const struct rules *rules);

#endif
