/*
 * The file systems of this machine, for a sweep of all of it.
 */
#ifndef RAQUET_OS_MOUNT_H
#define RAQUET_OS_MOUNT_H

#include "bytes/buffer.h"
#include "bytes/error.h"

#include <stdbool.h>
#include <stddef.h>

enum mount_kind {
	MOUNT_LOCAL,   /* disks, memory disks */
	MOUNT_NETWORK, /* another machine answers, or a program that may stand for one */
	MOUNT_PSEUDO,  /* the kernel's own tables: no stored files */
};

struct mount {
	const char *path; /* where it hangs */
	const char *type; /* "ext4", "nfs4" */
	enum mount_kind kind;
	bool is_duplicate; /* the same files can be reached through another mount */
	bool is_start;     /* a sweep of everything does not come by: it starts here */
};

struct mount_list;

RQ_MUST_USE enum rq_err mount_list_new(struct mount_list **list_out,
				       struct rq_diag *diag);
void mount_list_free(struct mount_list *list);
size_t mount_list_count(const struct mount_list *list);
const struct mount *mount_list_at(const struct mount_list *list, size_t i);
/* What hangs exactly at path, or NULL. */
const struct mount *mount_list_find(const struct mount_list *list, const char *path);
/* What path (real: without links) lies in, or NULL. */
const struct mount *mount_list_holding(const struct mount_list *list, const char *path);
/*
 * Whether folder shows all that path shows, since the same disk hangs at more than one
 * place: appends the path below folder, with a 0 behind it.  Both are real paths.  In
 * doubt false.
 */
bool mount_list_shows(const struct mount_list *list, const char *folder,
		      const char *path, struct buffer *shown_out);
/* Whether a sweep of everything starts at this mount: on Linux "/", from which most is
 * reached, and disks that hang in what the sweep stays out of. */
bool mount_is_start(const struct mount *mount);

#endif
