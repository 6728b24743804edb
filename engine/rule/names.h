/*
 * What a name stands for: a table from (scope, name) to a number.  The names stay with
 * the caller.
 */
#ifndef RAQUET_ENGINE_RULE_NAMES_H
#define RAQUET_ENGINE_RULE_NAMES_H

#include "bytes/error.h"
#include "bytes/reader.h"

struct name_entry {
	struct bytes name; /* at NULL: free */
	uint32_t scope, value;
};

struct names {
	struct name_entry *entries;
	size_t n, capacity; /* capacity: a power of two */
};

#define NAME_ABSENT UINT32_MAX

/* {0} is an empty table. */
void names_free(struct names *names);

uint32_t names_find(const struct names *names, uint32_t scope, struct bytes name);

/* Adds or replaces.  value NAME_ABSENT forgets the name. */
RQ_MUST_USE enum rq_err names_set(struct names *names, uint32_t scope,
				  struct bytes name, uint32_t value);

#endif
