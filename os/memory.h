/*
 * Running processes and their memory, as they are seen from outside.
 *
 * Nothing is stopped and nothing is written: a process goes on while it is read, so
 * that what is read is not one moment of it.  Bytes go straight into a file; whoever
 * is not confined never looks at them.
 */
#ifndef RAQUET_OS_MEMORY_H
#define RAQUET_OS_MEMORY_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"
#include "os/file.h"

/* What is known of a process without looking into it. */
struct memory_process {
	uint64_t id, parent;
	struct bytes name;    /* any bytes, also the others */
	struct bytes command; /* the command line, words with a blank between */
	struct bytes program; /* path of its file; empty when it may not be asked */
	bool program_is_deleted;
	bool has_memory;  /* not a thread of the system, and not ended */
	uint64_t owner;   /* as in file_info */
	uint64_t started; /* with id tells one process from a later one; no unit */
};

enum memory_protection {
	MEMORY_READ = 1,
	MEMORY_WRITE = 2,
	MEMORY_EXECUTE = 4,
};

enum memory_kind {
	MEMORY_ANONYMOUS,
	MEMORY_HEAP,
	MEMORY_STACK,
	MEMORY_NAMELESS, /* a file that never had a name: memfd */
	MEMORY_FILE,
	N_MEMORY_KINDS,
};

struct memory_region {
	uint64_t address, size;
	uint8_t protection; /* enum memory_protection */
	bool is_shared;
	enum memory_kind kind;
	struct bytes path; /* of a file or nameless file, without marks of the system */
	uint64_t offset;   /* of address in it */
	bool is_deleted;
	bool is_on_disk; /* path leads to the very file that is mapped */
	struct file_identity identity;
};

/* A run of pages in one region. */
struct memory_run {
	uint64_t address, size;
};

/* The numbers of all processes, rising.  RQ_ERR_UNSUPPORTED: not on this system. */
RQ_MUST_USE enum rq_err memory_list(struct arena *arena, uint64_t **ids_out,
				    size_t *n_out, struct rq_diag *diag);
/* RQ_ERR_NOT_FOUND: there is none of that number (any more). */
RQ_MUST_USE enum rq_err memory_describe(uint64_t id, struct arena *arena,
					struct memory_process *process_out);

struct memory;

/* RQ_ERR_NOT_FOUND: it ended.  RQ_ERR_ACCESS: another user's, or guarded. */
RQ_MUST_USE enum rq_err memory_open(uint64_t id, struct memory **memory_out,
				    struct rq_diag *diag);
void memory_free(struct memory *memory);

/*
 * What is mapped now, by rising address; lists and texts lie in arena.
 * RQ_ERR_NOT_FOUND, RQ_ERR_ACCESS as above.
 */
RQ_MUST_USE enum rq_err memory_regions(struct memory *memory, struct arena *arena,
				       struct memory_region **regions_out,
				       size_t *n_out);

/*
 * The next pages of region at or behind from that hold what no file on the disk does:
 * all that is there of anonymous memory, of files without a name and of deleted files;
 * of a file on the disk only what the process changed for itself.  RQ_ERR_NOT_FOUND:
 * no more in this region.
 */
RQ_MUST_USE enum rq_err memory_next(struct memory *memory,
				    const struct memory_region *region, uint64_t from,
				    struct memory_run *run_out);

/* False: the region is large and shared, and of what others wrote into it only that can
 * be asked for which the process has touched. */
bool memory_sees_all(const struct memory *memory, const struct memory_region *region);

enum { MEMORY_READ_SIZE = 1 << 20 }; /* the most of one memory_read */

/*
 * Copies n bytes at address to off in file.  *n_out is less when the rest cannot be
 * read: the process gave it back meanwhile, or the system refuses.  RQ_ERR_NOT_FOUND:
 * the process ended; RQ_ERR_ACCESS: it may not be read any more.
 */
RQ_MUST_USE enum rq_err memory_read(struct memory *memory, uint64_t address, size_t n,
				    struct file file, uint64_t off, size_t *n_out);

/*
 * Whether there is something on the page at address, which memory_read left out: else
 * the process gave it back, or it lies behind the end of a file.  True where the system
 * does not say.
 */
bool memory_holds(struct memory *memory, const struct memory_region *region,
		  uint64_t address);

/* Whether it is still the process that was opened.  Ask when all is read: its number
 * may have gone to another meanwhile. */
bool memory_is_there(const struct memory *memory);

/* Bytes that copies may take without harm to others on this machine, or in the group
 * that we are confined to; 0: the system does not say. */
uint64_t memory_room(void);

/* An empty file without a name to read into, and the end of all writing to it. */
RQ_MUST_USE enum rq_err memory_file_new(struct file *file_out, struct rq_diag *diag);
RQ_MUST_USE enum rq_err memory_file_write(struct file file, uint64_t off,
					  struct bytes data);
RQ_MUST_USE enum rq_err memory_file_seal(struct file file);

#endif
