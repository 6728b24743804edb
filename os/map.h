/*
 * Memory that stands for a file, and memory that is shared with a worker.
 */
#ifndef RAQUET_OS_MAP_H
#define RAQUET_OS_MAP_H

#include "bytes/error.h"
#include "bytes/reader.h"
#include "os/file.h"

struct map {
	const uint8_t *data;
	size_t size;
};

/* Maps the first size bytes of file for reading from front to back. */
RQ_MUST_USE enum rq_err map_file(struct file file, uint64_t size, struct map *map_out);
void map_free(struct map *map); /* sets it to {NULL, 0} */

/*
 * Calls work(argument) while map may lose its bytes (another process shortens the
 * file, the disk fails).  False: that happened; work was left in the middle, and
 * whatever it was changing must not be used again.  One thread only.
 */
bool map_guarded(const struct map *map, void (*work)(void *argument), void *argument);

/*
 * A copy of data that nobody can change any more, in a file without a name, to be
 * passed to workers and mapped with map_sealed (there for as long as the process).
 */
RQ_MUST_USE enum rq_err map_seal(struct bytes data, struct file *sealed_out,
				 struct rq_diag *diag);
/* Is told each piece of a copy, in order, MAP_PIECE bytes but for the last: exactly the
 * bytes that the copy has, or what read leaves in their place. */
enum { MAP_PIECE = 256 * 1024 };
struct map_reader {
	enum rq_err (*read)(void *reader, uint8_t *piece, size_t n);
	void *reader;
};
/*
 * The same of n bytes at off of a file, which somebody may be writing to; whoever has
 * to know what the copy is made of reads along, while the bytes are near.  reader may
 * be NULL; its error ends the copy.
 */
RQ_MUST_USE enum rq_err map_seal_file(struct file from, uint64_t off, size_t n,
				      const struct map_reader *reader,
				      struct file *sealed_out, struct rq_diag *diag);
RQ_MUST_USE enum rq_err map_sealed(struct file sealed, struct map *map_out);

#endif
