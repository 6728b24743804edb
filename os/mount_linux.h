/* The table of mounts apart from where it comes from, for its fuzz target. */
#ifndef RAQUET_OS_MOUNT_LINUX_H
#define RAQUET_OS_MOUNT_LINUX_H

#include "bytes/reader.h"
#include "os/mount.h"

/* What mount_list_new makes of the text of /proc/self/mountinfo.  Names in it are those
 * that whoever mounts something has chosen. */
RQ_MUST_USE enum rq_err mount_list_parse(struct bytes table,
					 struct mount_list **list_out);

#endif
