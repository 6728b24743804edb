/*
 * Confinement: a worker gives up every power but reading what it is given and
 * answering on its channel.  There is no way to run without.
 */
#ifndef RAQUET_OS_CONFINE_H
#define RAQUET_OS_CONFINE_H

#include "bytes/error.h"
#include "os/file.h"
#include "os/process.h"

#include <stddef.h>

struct confine_options {
	uint64_t max_memory; /* private memory in bytes; 0: no limit */
	/* The one file that may still be written, opened for appending; its number
	 * changes.  NULL: none.  On Linux only. */
	struct file *log;
};

/*
 * Confines this process for good.  names_out says what is in force, as
 * "seccomp,landlock,rlimit".  On failure the process must end: some of it may be in
 * force and some not.
 */
RQ_MUST_USE enum rq_err confine_self(const struct confine_options *options,
				     char *names_out, size_t size,
				     struct rq_diag *diag);

#endif
