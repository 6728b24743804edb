/*
 * The powers that a service gives up for good before it hears anybody: the agent the
 * network, the courier the files.  Linux alone.
 */
#ifndef RAQUET_OS_GUARD_H
#define RAQUET_OS_GUARD_H

#include "bytes/error.h"

#include <stdbool.h>
#include <stddef.h>

/* This process and all that it starts open no socket but local ones.  Without this there
 * is no start. */
RQ_MUST_USE enum rq_err guard_network(struct rq_diag *diag);

/*
 * This process becomes user (when it is root; then there is no way back), starts no
 * program, and writes in folder alone.  It reads that folder and what the system's
 * resolver needs; the rest is closed by Landlock where the kernel has it
 * (*has_landlock_out), and by the user's rights anyway.  RQ_ERR_ACCESS: user is root, or is not
 * there.
 */
RQ_MUST_USE enum rq_err guard_files(const char *user, const char *folder,
				    bool *has_landlock_out, struct rq_diag *diag);

/* The number of a user and of its group; false: there is none of that name. */
bool guard_user(const char *name, unsigned *user_out, unsigned *group_out);
/* Makes folder, or path's owner, that user's alone (0700, a file 0600). */
RQ_MUST_USE enum rq_err guard_give(const char *path, bool is_folder, unsigned user,
				   unsigned group, struct rq_diag *diag);
/* An empty folder of our own. */
RQ_MUST_USE enum rq_err guard_remove_folder(const char *path);

#endif
