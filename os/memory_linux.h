/* Between memory_linux.c and memory_list_linux.c. */
#ifndef RAQUET_OS_MEMORY_LINUX_H
#define RAQUET_OS_MEMORY_LINUX_H

#include "os/memory.h"

/* What the system's numbers mean for somebody who asks for a process. */
enum rq_err memory_error(int number);

/* Appends a file of /proc, relative to folder, up to max bytes of it. */
enum rq_err memory_read_text(int folder, const char *name, size_t max,
			     struct buffer *to);

/*
 * Reads the text of /proc/PID/maps.  Lists and texts lie in arena; is_on_disk is left
 * for the caller.  RQ_ERR_FORMAT: not such a text.
 */
enum rq_err memory_maps_decode(struct bytes text, struct arena *arena,
			       struct memory_region **regions_out, size_t *n_out);

/* And of /proc/PID/stat: name, parent, started and has_memory. */
enum rq_err memory_stat_decode(struct bytes text, struct arena *arena,
			       struct memory_process *process);

#endif
