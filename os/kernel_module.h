/* What the system says of the modules of its kernel, as texts that others read. */
#ifndef RAQUET_OS_KERNEL_MODULE_H
#define RAQUET_OS_KERNEL_MODULE_H

#include "bytes/buffer.h"
#include "bytes/error.h"

/*
 * Appends what is loaded, a line each, and what is installed for the kernel that runs,
 * which stays empty when nobody says.  root: "" for this system.  RQ_ERR_NOT_FOUND: a
 * kernel without modules.  RQ_ERR_UNSUPPORTED: not on this system.
 */
RQ_MUST_USE enum rq_err kernel_module_lists(const char *root, struct buffer *loaded,
					    struct buffer *installed);

#endif
