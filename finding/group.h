/*
 * What was found, told once: findings that say the same thing of many objects are one
 * group, with its objects under it.  Unwanted software, and what is only worth a look,
 * are classes of their own, behind everything else.
 */
#ifndef RAQUET_FINDING_GROUP_H
#define RAQUET_FINDING_GROUP_H

#include "bytes/arena.h"
#include "finding/finding.h"

/* Of one group before a reader of a page; the others unfold. */
enum { GROUP_ENTRIES_SHOWN = 20 };

struct group_entry {
	struct bytes path; /* outer!inner */
	const struct finding *finding;
};

struct group {
	const struct finding *example; /* the first: names, metas and tags of all */
	enum severity severity;
	enum finding_class class_;
	const struct group_entry *entries; /* by path */
	size_t n_entries;
};

/* Sorts entries and cuts them into groups: by class, of each the worst
 * first.  Groups live in arena and point into entries. */
RQ_MUST_USE enum rq_err group_arrange(struct group_entry *entries, size_t n,
				      struct arena *arena, struct group **groups_out,
				      size_t *n_groups_out);

#endif
