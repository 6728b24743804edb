/*
 * Memory of a process as the parent hands it to a worker: a sealed file that holds
 * runs of pages and says where each of them was.  docs/process-image.md has the bytes.
 *
 * The parent writes it without a look at what it copies; the worker makes an object
 * of many blocks from it.  Runs that touch in memory become one block, whatever they
 * belong to: a pattern across two regions is found.
 */
#ifndef RAQUET_ENDPOINT_PROCESS_IMAGE_H
#define RAQUET_ENDPOINT_PROCESS_IMAGE_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "engine/object/object.h"
#include "os/file.h"
#include "os/memory.h"

struct process_image_block {
	uint64_t address, size;
	uint64_t offset;    /* in the image */
	uint8_t protection; /* enum memory_protection */
	uint8_t kind;       /* enum memory_kind */
};

struct process_image {
	struct file file;
	uint64_t end; /* of the bytes so far */
	struct process_image_block *blocks;
	size_t n_blocks, capacity;
};

RQ_MUST_USE enum rq_err process_image_new(struct process_image *image,
					  struct rq_diag *diag);
void process_image_free(struct process_image *image);

/*
 * The caller wrote block->size bytes at image->end of image->file: they are block now
 * (offset is set here).  By rising address.  RQ_ERR_LIMIT: CAP_IMAGE_BLOCKS.
 */
RQ_MUST_USE enum rq_err process_image_add(struct process_image *image,
					  const struct process_image_block *block);

/* Writes the table, seals the file and gives it away: image is empty then. */
RQ_MUST_USE enum rq_err process_image_take(struct process_image *image,
					   struct file *file_out);

/*
 * The worker's side.  The blocks lie in arena, their bytes in image.  RQ_ERR_FORMAT:
 * not an image.
 */
RQ_MUST_USE enum rq_err process_image_open(struct bytes image, struct arena *arena,
					   struct object *object_out);

#endif
