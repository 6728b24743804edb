/*
 * Where rules come from: files, folders, or the program itself.  A file is named first
 * and read only when its bytes are asked for, since with a cache nobody keeps them.
 */
#ifndef RAQUET_ENDPOINT_RULES_SOURCE_H
#define RAQUET_ENDPOINT_RULES_SOURCE_H

#include "bytes/arena.h"

/* One text, and the namespace that its rules belong to. */
struct rules_source {
	const char *name_space;
	const char *file;  /* for messages and includes */
	struct bytes text; /* at NULL: what stands in file */
};

struct rules_list {
	struct rules_source *items;
	size_t n, capacity;
};
void rules_list_free(struct rules_list *list);

/*
 * Names a file (namespace "default"), or every .yar, .yara, .rule and .rules file of a
 * folder and the folders in it, by rising path, each a namespace of its own named by
 * its path in the folder.  Appends to *list; names and texts live in arena.
 */
RQ_MUST_USE enum rq_err rules_gather(struct arena *arena, const char *path,
				     struct rules_list *list, struct rq_diag *diag);

/* The rules that came with the program. */
RQ_MUST_USE enum rq_err rules_gather_shipped(struct arena *arena,
					     struct rules_list *list);

/* Of a source whose file is named: a pipe and its like are read here. */
RQ_MUST_USE enum rq_err rules_source_open(struct arena *arena,
					  struct rules_source *source,
					  struct rq_diag *diag);

/* All bytes of a file; at is never NULL. */
RQ_MUST_USE enum rq_err rules_read_text(struct arena *arena, const char *path,
					struct bytes *text_out, struct rq_diag *diag);

#endif
