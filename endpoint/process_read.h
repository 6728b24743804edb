/*
 * Reads the memory of one process, one image after another (process_image.h).
 */
#ifndef RAQUET_ENDPOINT_PROCESS_READ_H
#define RAQUET_ENDPOINT_PROCESS_READ_H

#include "bytes/error.h"
#include "os/file.h"
#include "os/memory.h"

struct process_read {
	struct memory *memory;
	const struct memory_region *regions;
	size_t n_regions;
	uint64_t max_size; /* of one image */
	/* where the next image begins */
	size_t region;
	uint64_t address;
	/* bytes that are there and could not be read, so far */
	uint64_t n_lost;
	/* of a large region, read so far, only what the process has touched */
	bool has_unseen;
};

/*
 * How large one image may be where room bytes are free (memory_room): a process should
 * fit into one, since rules see one image at a time; and the machine is to go on.
 */
uint64_t process_read_limit(uint64_t room);

/*
 * The next image: sealed, the caller's.  RQ_ERR_NOT_FOUND: that was all.
 * RQ_ERR_PEER: the process ended meanwhile, and what was read may be another's.
 * RQ_ERR_ACCESS: it may not be read any more.
 */
RQ_MUST_USE enum rq_err process_read_next(struct process_read *read,
					  struct file *image_out, struct rq_diag *diag);

#endif
